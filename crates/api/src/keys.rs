//! Bearer keys: who may ask what.
//!
//! They stand in a file of the server's data folder, `api-keys.json`, which only its owner reads.
//! Of a key's secret part only the hash is there; it has 256 bits, so that no slow hash is
//! needed. A running server sees at once what was added or removed.

use crate::limits::KEYS_MAX;
use postrider_resident::{ListError, PrivateList};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const NAME: &str = "api-keys";

/// What a key is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// To send texts of its application.
    Send,
    /// To read its application's texts and what became of them.
    Read,
    /// To read and change its contacts.
    Contacts,
    /// To have what happens told to an address.
    Hooks,
    /// To look into the network, as the server's operator does.
    Network,
    /// To read the server's metrics.
    Metrics,
}

impl Scope {
    /// Those of an application.
    pub const OF_APPLICATIONS: [Scope; 4] =
        [Scope::Send, Scope::Read, Scope::Contacts, Scope::Hooks];
    /// All.
    pub const ALL: [Scope; 6] =
        [Scope::Send, Scope::Read, Scope::Contacts, Scope::Hooks, Scope::Network, Scope::Metrics];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Send => "send",
            Scope::Read => "read",
            Scope::Contacts => "contacts",
            Scope::Hooks => "hooks",
            Scope::Network => "network",
            Scope::Metrics => "metrics",
        }
    }

    /// Of what was written.
    pub fn of(name: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// A key, without its secret part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// What it is called: eight hexadecimal digits.
    pub id: String,
    /// Whose it is; none of an operator's or a monitor's.
    pub application: Option<String>,
    /// What it is good for.
    pub scopes: BTreeSet<Scope>,
    /// When it was made, in seconds since 1970 by the server's clock.
    pub made_s: u64,
    /// Until when it is good, by the same clock; none: until it is removed.
    pub until_s: Option<u64>,
    /// The SHA-256 of the whole key, in hexadecimal digits.
    hash: String,
}

/// A key as its program has it. It is shown once.
pub struct Secret(pub String);

/// Why keys cannot be read or changed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file cannot be used.
    #[error(transparent)]
    List(#[from] ListError),
    /// There are as many as may be.
    #[error("there are {KEYS_MAX} keys already; remove some that nobody uses")]
    TooMany,
    /// The system gives no randomness.
    #[error("no random numbers can be had: {0}")]
    Random(#[from] getrandom::Error),
}

/// The keys of a server's data folder.
#[derive(Debug)]
pub struct Keys(PrivateList<Key>);

impl Keys {
    /// Those in a data folder; there may be none yet.
    pub fn in_folder(data: &Path) -> Keys {
        Keys(PrivateList::in_folder(data, NAME))
    }

    /// All of them, the oldest first.
    pub fn all(&self) -> Result<Arc<Vec<Key>>, KeysError> {
        Ok(self.0.all()?)
    }

    /// Makes a key. It is in the file when this returns.
    pub fn add(
        &self,
        application: Option<&str>,
        scopes: BTreeSet<Scope>,
        good_for: Option<Duration>,
    ) -> Result<(Key, Secret), KeysError> {
        let mut random = [0; 36];
        getrandom::fill(&mut random)?;
        let (id, secret) = random.split_at(4);
        let id = hex(id);
        let secret = format!("pr_{id}_{}", hex(secret));
        let made_s = now_s();
        let until_s = good_for.map(|good_for| made_s.saturating_add(good_for.as_secs()));
        let application = application.map(str::to_owned);
        let hash = hash(&secret);
        let key = Key { id, application, scopes, made_s, until_s, hash };
        self.0.change(|keys| {
            if keys.len() >= KEYS_MAX {
                return Err(KeysError::TooMany);
            }
            keys.push(key.clone());
            Ok(())
        })?;
        Ok((key, Secret(secret)))
    }

    /// Takes a key back; says whether it was there. Nobody gets in by it any more.
    pub fn remove(&self, id: &str) -> Result<bool, KeysError> {
        self.0.change(|keys| {
            let before = keys.len();
            keys.retain(|key| key.id != id);
            Ok(keys.len() < before)
        })
    }

    /// The key that this is, unless it is not, or no longer, good.
    pub fn check(&self, said: &str) -> Result<Option<Key>, KeysError> {
        // What is compared are hashes: how far they agree says nothing of the key.
        let hash = hash(said);
        let found = self.all()?.iter().find(|key| key.hash == hash).cloned();
        Ok(found.filter(|key| key.until_s.is_none_or(|until| now_s() < until)))
    }
}

fn hash(key: &str) -> String {
    hex(&Sha256::digest(key.as_bytes()))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(all: &[Scope]) -> BTreeSet<Scope> {
        all.iter().copied().collect()
    }

    #[test]
    fn a_key_is_good_until_it_is_removed_and_the_file_does_not_have_it() {
        let folder = tempfile::tempdir().unwrap();
        let (server, operator) = (Keys::in_folder(folder.path()), Keys::in_folder(folder.path()));
        assert!(server.all().unwrap().is_empty());
        let (key, secret) = operator.add(Some("pumps"), scopes(&[Scope::Send]), None).unwrap();
        let (_, other) = operator.add(None, scopes(&[Scope::Network]), None).unwrap();
        assert_eq!(server.check(&secret.0).unwrap(), Some(key.clone()));
        assert_eq!(server.check(&secret.0[..secret.0.len() - 1]).unwrap(), None);
        assert_eq!(server.check("").unwrap(), None);
        let file = folder.path().join("api-keys.json");
        assert!(!std::fs::read_to_string(&file).unwrap().contains(&secret.0[12..]));
        assert!(operator.remove(&key.id).unwrap() && !operator.remove(&key.id).unwrap());
        assert_eq!(server.check(&secret.0).unwrap(), None);
        assert!(server.check(&other.0).unwrap().is_some());
    }

    #[test]
    fn a_key_whose_time_is_over_is_not_good() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::in_folder(folder.path());
        let all = scopes(&Scope::ALL);
        let (_, over) = keys.add(None, all.clone(), Some(Duration::ZERO)).unwrap();
        let (_, good) = keys.add(None, all, Some(Duration::from_secs(3_600))).unwrap();
        assert_eq!(keys.check(&over.0).unwrap(), None);
        assert!(keys.check(&good.0).unwrap().is_some());
    }
}
