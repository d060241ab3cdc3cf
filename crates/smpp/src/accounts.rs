//! Accounts: who may bind, and what for.
//!
//! They stand in a file of the server's data folder, `smpp-accounts.json`, which only its owner
//! reads. Of a password only an Argon2 hash is there. A running server sees at once what was
//! added or removed.

use crate::coding::Charset;
use crate::limits::{ACCOUNTS_MAX, BINDS, NUMBERS_MAX, WINDOW};
use crate::numbers::Rule;
use crate::parts::Long;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, PasswordHash};
use ipnet::IpNet;
use postrider_proto::Number;
use postrider_resident::{ListError, PrivateList};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const NAME: &str = "smpp-accounts";
const FOLDER: &str = "smpp";
/// Bytes of a system_id.
const SYSTEM_ID_MAX: usize = 15;
/// Bytes of a password: the specification's eight are too few to insist on.
const PASSWORD_MAX: usize = 64;

/// Letters and digits of a password that is made: 8, which is all that the specification allows, so
/// that every client can say it; of 32, none of which looks like another.
const MADE_LENGTH: usize = 8;
const MADE_OF: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// Makes a password that nobody guesses.
pub fn new_password() -> Result<String, AccountsError> {
    let mut random = [0; MADE_LENGTH];
    getrandom::fill(&mut random)?;
    let letter = |byte: u8| char::from(MADE_OF[usize::from(byte) % MADE_OF.len()]);
    Ok(random.into_iter().map(letter).collect())
}

/// Where the profile of an account's number is, in a server's data folder.
pub fn folder_of(data: &Path, number: Number) -> PathBuf {
    data.join(FOLDER).join(number.to_string())
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// What it is called: 1 to 15 visible characters of ASCII.
    pub system_id: String,
    /// The Argon2 hash of its password.
    hash: String,
    /// Networks, beside loopback, from which it may bind.
    pub networks: Vec<IpNet>,
    /// Its numbers; the first is the sender of what says no sender.
    #[serde(with = "digits")]
    pub numbers: Vec<Number>,
    /// What addresses mean.
    pub rules: Vec<Rule>,
    /// Texts that it may send in a second; 0: as many as it can.
    pub rate: u32,
    /// Commands of a bind that are not answered yet.
    pub window: u32,
    /// Binds at once.
    pub binds: u32,
    /// How it codes what it says no coding of.
    pub charset: Charset,
    /// How it wants long texts.
    pub long: Long,
    /// Whether bytes that are no characters are sent, as hexadecimal digits; else they are
    /// refused.
    pub binary: bool,
}

/// Why accounts cannot be read or changed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// The file cannot be used.
    #[error(transparent)]
    List(#[from] ListError),
    /// There are as many as may be.
    #[error("there are {ACCOUNTS_MAX} accounts already; remove some that nobody uses")]
    TooMany,
    /// All together have as many numbers as may be.
    #[error("all accounts have {NUMBERS_MAX} numbers together at the most")]
    TooManyNumbers,
    /// A name that cannot be.
    #[error("{0:?} cannot be a system_id: it has 1 to 15 letters, digits and signs of ASCII")]
    SystemId(String),
    /// A password that cannot be.
    #[error("a password has 1 to {PASSWORD_MAX} bytes and no NUL")]
    Password,
    /// The name is taken.
    #[error("there is an account {0:?} already; nothing was changed")]
    Exists(String),
    /// A number is another account's.
    #[error("the number {number} is the account {system_id:?}'s already")]
    NumberTaken {
        /// The number.
        number: Number,
        /// Whose it is.
        system_id: String,
    },
    /// An account without numbers.
    #[error("an account has at least one number")]
    NoNumber,
    /// No hash could be made.
    #[error("the password cannot be hashed: {0}")]
    Hash(String),
    /// The system gives no randomness.
    #[error("no random numbers can be had: {0}")]
    Random(#[from] getrandom::Error),
}

/// The accounts of a server's data folder.
#[derive(Debug)]
pub struct Accounts(PrivateList<Account>);

impl Account {
    /// One with this password, and without numbers yet. Takes some 20 ms and 19 MiB.
    pub fn new(system_id: &str, password: &str) -> Result<Account, AccountsError> {
        let is_plain = system_id.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_plain || !(1..=SYSTEM_ID_MAX).contains(&system_id.len()) {
            return Err(AccountsError::SystemId(system_id.to_owned()));
        }
        Ok(Account {
            system_id: system_id.to_owned(),
            hash: hash(password)?,
            networks: Vec::new(),
            numbers: Vec::new(),
            rules: Vec::new(),
            rate: 0,
            window: WINDOW,
            binds: BINDS,
            charset: Charset::default(),
            long: Long::default(),
            binary: false,
        })
    }

    /// Whether it may bind from there.
    pub fn is_allowed(&self, from: IpAddr) -> bool {
        let from = from.to_canonical();
        from.is_loopback() || self.networks.iter().any(|network| network.contains(&from))
    }

    /// Whether this is its password. Takes as long as [`Account::new`].
    pub fn is_password(&self, said: &[u8]) -> bool {
        PasswordHash::new(&self.hash)
            .is_ok_and(|hash| Argon2::default().verify_password(said, &hash).is_ok())
    }

    /// What tells a password that was right before from one that is for an account by now.
    pub(crate) fn hash(&self) -> &str {
        &self.hash
    }
}

fn hash(password: &str) -> Result<String, AccountsError> {
    if !(1..=PASSWORD_MAX).contains(&password.len()) || password.contains('\0') {
        return Err(AccountsError::Password);
    }
    let mut salt = [0; 16];
    getrandom::fill(&mut salt)?;
    let hashed = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    Ok(hashed.map_err(|why| AccountsError::Hash(why.to_string()))?.to_string())
}

impl Accounts {
    /// Those in a data folder; there may be none yet.
    pub fn in_folder(data: &Path) -> Accounts {
        Accounts(PrivateList::in_folder(data, NAME))
    }

    /// All of them, the oldest first.
    pub fn all(&self) -> Result<Arc<Vec<Account>>, AccountsError> {
        Ok(self.0.all()?)
    }

    /// Adds one. It is in the file when this returns.
    pub fn add(&self, account: Account) -> Result<(), AccountsError> {
        if account.numbers.is_empty() {
            return Err(AccountsError::NoNumber);
        }
        self.0.change(|all: &mut Vec<Account>| {
            if all.iter().any(|other| other.system_id == account.system_id) {
                return Err(AccountsError::Exists(account.system_id.clone()));
            }
            if all.len() >= ACCOUNTS_MAX {
                return Err(AccountsError::TooMany);
            }
            let has = |other: &Account| other.numbers.len();
            if all.iter().map(has).sum::<usize>() + account.numbers.len() > NUMBERS_MAX {
                return Err(AccountsError::TooManyNumbers);
            }
            for number in &account.numbers {
                if let Some(other) = all.iter().find(|other| other.numbers.contains(number)) {
                    let system_id = other.system_id.clone();
                    return Err(AccountsError::NumberTaken { number: *number, system_id });
                }
            }
            all.push(account);
            Ok(())
        })
    }

    /// Gives one another password; says whether it is there.
    pub fn set_password(&self, system_id: &str, password: &str) -> Result<bool, AccountsError> {
        let hash = hash(password)?;
        self.0.change(|all: &mut Vec<Account>| {
            let account = all.iter_mut().find(|account| account.system_id == system_id);
            Ok(account.map(|account| account.hash = hash).is_some())
        })
    }

    /// Takes one away; says whether it was there. Its numbers' profiles are left where they are.
    pub fn remove(&self, system_id: &str) -> Result<bool, AccountsError> {
        self.0.change(|all: &mut Vec<Account>| {
            let before = all.len();
            all.retain(|account| account.system_id != system_id);
            Ok(all.len() < before)
        })
    }
}

mod digits {
    use postrider_proto::Number;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        numbers: &[Number],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(numbers.iter().map(Number::to_string))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Number>, D::Error> {
        let all = Vec::<String>::deserialize(deserializer)?;
        all.iter().map(|digits| digits.parse().map_err(D::Error::custom)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(system_id: &str, numbers: &[&str]) -> Account {
        let numbers = numbers.iter().map(|digits| digits.parse().unwrap()).collect();
        Account { numbers, ..Account::new(system_id, "secret").unwrap() }
    }

    #[test]
    fn an_account_has_its_password_and_numbers_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let accounts = Accounts::in_folder(folder.path());
        accounts.add(account("pumps", &["5550000001"])).unwrap();
        let again = accounts.add(account("pumps", &["5550000002"]));
        assert!(matches!(again, Err(AccountsError::Exists(_))));
        let taken = accounts.add(account("alarm", &["5550000002", "5550000001"]));
        assert!(matches!(taken, Err(AccountsError::NumberTaken { .. })));
        let read = accounts.all().unwrap();
        assert!(read[0].is_password(b"secret") && !read[0].is_password(b"secre"));
        let written = std::fs::read_to_string(folder.path().join("smpp-accounts.json")).unwrap();
        assert!(written.contains("$argon2id$") && !written.contains("secret"));
        assert!(accounts.set_password("pumps", "other").unwrap());
        assert!(accounts.all().unwrap()[0].is_password(b"other"));
        assert!(accounts.remove("pumps").unwrap() && !accounts.remove("pumps").unwrap());
    }

    #[test]
    fn what_cannot_be_an_account_is_refused() {
        for wrong in ["", "a b", "0123456789abcdef", "ä"] {
            assert!(matches!(Account::new(wrong, "x"), Err(AccountsError::SystemId(_))));
        }
        assert!(matches!(Account::new("a", ""), Err(AccountsError::Password)));
        let folder = tempfile::tempdir().unwrap();
        let none = Accounts::in_folder(folder.path()).add(account("a", &[]));
        assert!(matches!(none, Err(AccountsError::NoNumber)));
    }

    #[test]
    fn it_may_bind_from_loopback_and_its_networks() {
        let networks = vec!["10.1.0.0/16".parse().unwrap()];
        let account = Account { networks, ..account("a", &["5550000001"]) };
        let from = |address: &str| account.is_allowed(address.parse().unwrap());
        assert!(from("127.0.0.1") && from("::1") && from("10.1.2.3") && from("::ffff:10.1.2.3"));
        assert!(!from("10.2.0.1") && !from("::2"));
    }
}
