//! The secrets of a user on this device, in a file that only its owner may read.

mod change;
mod file;

pub use change::{KeyRank, Word};

use crate::words::{self, WordsError};
use crate::{DeviceCode, Server, verify};
use change::{Change, Former};
use ed25519_dalek::{Signer, SigningKey};
use postrider_link::PublicKey;
use postrider_proto::Number;
use postrider_proto::native::{
    Attach, Claim, ClaimItem, Item, Message, NumberRow, Owner, OwnerKey, ServerKey, Signature,
    Version,
};
use std::io;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// A number, the secret of its owner, and the secret of this device. Wiped from memory when
/// they are dropped, never logged.
///
/// The owner's key is the first one that the number was bound to, or a later one, for which the
/// first one has signed ([`Word`]); or the first one is to sign for it ([`KeyRank::Changing`]).
#[derive(Clone)]
pub struct Keys {
    number: Number,
    owner: SigningKey,
    device: Zeroizing<[u8; 32]>,
    /// Of a later key.
    word: Option<Word>,
    /// While the first key is to sign for this one.
    change: Option<Change>,
    /// Keys that the number had before, as far as texts are opened by them.
    former: Vec<Former>,
}

/// Why keys cannot be used. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file cannot be read or written.
    #[error("cannot use the key file {}: {why}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// Others than its owner may read it.
    #[error("others may read the key file {}; run `chmod 600` on it", file.display())]
    Exposed {
        /// The file.
        file: PathBuf,
    },
    /// It is something else.
    #[error("{} is no key file of a postrider profile", file.display())]
    Form {
        /// The file.
        file: PathBuf,
    },
    /// The words are no secret.
    #[error("these words are no key: {0}")]
    Words(#[from] WordsError),
    /// They are the words of another key than the one that the number was bound to first.
    #[error("these are not the words of the first key of {number}")]
    NotTheFirst {
        /// The number.
        number: Number,
    },
    /// A later key without the first one's signature.
    #[error("the code is of a later key for which the first key of {number} has not signed")]
    NoWord {
        /// The number.
        number: Number,
    },
    /// The first key is to sign for another one already.
    #[error(
        "a change of the key is under way; it ends with the next command that reaches a server"
    )]
    IsChanging,
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

impl Keys {
    /// New ones.
    pub fn generate(number: Number) -> Result<Keys, KeysError> {
        Ok(Keys::of_first(number, SigningKey::from_bytes(&*random()?), random()?))
    }

    fn of_first(number: Number, owner: SigningKey, device: Zeroizing<[u8; 32]>) -> Keys {
        Keys { number, owner, device, word: None, change: None, former: Vec::new() }
    }

    /// Those of these secrets, each of 32 bytes that nobody can guess: the owner's, and the
    /// device's, which no other device has.
    pub fn from_secrets(number: Number, owner: &[u8; 32], device: &[u8; 32]) -> Keys {
        Keys::of_first(number, SigningKey::from_bytes(owner), Zeroizing::new(*device))
    }

    /// Those of an owner's 24 words, and a new one for this device.
    pub fn from_words(number: Number, words: &str) -> Result<Keys, KeysError> {
        let owner = SigningKey::from_bytes(&*words::to_secret(words)?);
        Ok(Keys::of_first(number, owner, random()?))
    }

    /// Those of a code that another device has shown, and a new one for this device.
    pub fn from_code(code: &DeviceCode) -> Result<Keys, KeysError> {
        let owner = SigningKey::from_bytes(&code.secret);
        let keys = Keys::of_first(code.number, owner, random()?);
        let word = code.word.clone();
        if word.as_ref().is_some_and(|word| !word.is_for(keys.number, keys.owner_key())) {
            return Err(KeysError::NoWord { number: code.number });
        }
        Ok(Keys { word, ..keys })
    }

    /// All that a second device needs. Who has it has the number. Refused while a change is
    /// under way, since the first key's word is not known before.
    pub fn device_code(&self, servers: Vec<Server>) -> Result<DeviceCode, KeysError> {
        if self.change.is_some() {
            return Err(KeysError::IsChanging);
        }
        let secret = Zeroizing::new(self.owner.to_bytes());
        Ok(DeviceCode { number: self.number, secret, word: self.word.clone(), servers })
    }

    /// The first key's secret as 24 words. Who has them decides about the number for ever. None
    /// where that secret is not here, since the owner's key is a later one.
    pub fn words(&self) -> Option<Zeroizing<String>> {
        let first = match (&self.change, &self.word) {
            (Some(change), _) => &change.first,
            (None, None) => &self.owner,
            (None, Some(_)) => return None,
        };
        Some(words::from_secret(&Zeroizing::new(first.to_bytes())))
    }

    /// The number.
    pub fn number(&self) -> Number {
        self.number
    }

    /// The key that the number is, or is to be, bound to.
    pub fn owner_key(&self) -> OwnerKey {
        OwnerKey(self.owner.verifying_key().to_bytes())
    }

    /// Who this device is on links.
    pub fn device(&self) -> postrider_link::Identity {
        postrider_link::Identity::from_secret(&self.device)
    }

    /// The X25519 form of the owner's secret.
    pub(crate) fn owner_x25519(&self) -> Zeroizing<[u8; 32]> {
        x25519(&self.owner)
    }

    /// The X25519 forms of all secrets by which texts are opened here, the owner's first.
    pub(crate) fn openers(&self) -> impl Iterator<Item = Zeroizing<[u8; 32]>> {
        let first = self.change.iter().map(|change| x25519(&change.first));
        let former = self.former.iter().map(|former| former.x25519.clone());
        std::iter::once(self.owner_x25519()).chain(first).chain(former)
    }

    fn sign(&self, bytes: &[u8]) -> Signature {
        self.owner.sign(bytes).to_bytes()
    }

    /// The item that attaches this device at a server.
    pub fn attach(&self, server: ServerKey) -> Vec<u8> {
        self.attach_through(server, &self.device().public())
    }

    /// The same where the link is another device's, as a browser's is its gateway's.
    pub fn attach_through(&self, server: ServerKey, device: &PublicKey) -> Vec<u8> {
        let unsigned = Attach { number: self.number, key: self.owner_key(), signature: &[0; 64] };
        let mut bytes = Vec::new();
        unsigned.signed_part(server, device.as_bytes(), &mut bytes);
        let signature = self.sign(&bytes);
        bytes.clear();
        Item::Attach(Attach { signature: &signature, ..unsigned }).print(&mut bytes);
        bytes
    }

    /// The item that brings the number to a server, or gives it up there.
    pub fn claim(&self, home: ServerKey, version: Version, released: bool, code: &str) -> Vec<u8> {
        let (number, key) = (self.number, self.owner_key());
        let first = self.word.as_ref().map(Word::of_row);
        // The first key's word is for a version that may lie ahead of what this server knows.
        let version = version.max(first.map_or(Version::FIRST, |first| first.since));
        let claim = Claim { number, version, home, released, key, is_later_key: first.is_some() };
        let mut bytes = Vec::new();
        claim.signed_part(&mut bytes);
        let signature = self.sign(&bytes);
        let owner = Some(Owner { key, signature: &signature, first });
        let row = NumberRow { number, version, released, line: false, owner };
        bytes.clear();
        Item::Claim(ClaimItem { row, code }).print(&mut bytes);
        bytes
    }

    /// A message from the number, signed.
    pub fn sign_message(&self, unsigned: &Message<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        unsigned.signed_part(&mut bytes);
        let signature = self.sign(&bytes);
        bytes.clear();
        Message { signature: Some(&signature), ..*unsigned }.print(&mut bytes);
        bytes
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({}, {:?})", self.number, self.owner_key())
    }
}

fn x25519(secret: &SigningKey) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(secret.to_scalar_bytes())
}

fn random() -> Result<Zeroizing<[u8; 32]>, KeysError> {
    let mut secret = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *secret)?;
    Ok(secret)
}

#[cfg(test)]
mod tests;
