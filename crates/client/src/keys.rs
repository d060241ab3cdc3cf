//! The secrets of a user on this device, in a file that only its owner may read.

use crate::words::{self, WordsError};
use crate::{DeviceCode, Server};
use ed25519_dalek::{Signer, SigningKey};
use postrider_proto::Number;
use postrider_proto::native::{
    Attach, Claim, ClaimItem, Item, Message, NumberRow, Owner, OwnerKey, ServerKey, Signature,
    Version,
};
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The file's first line.
const TITLE: &str = "postrider profile v1";
/// Nobody but the owner reads or writes it.
const MODE: u32 = 0o600;

/// A number, the secret of its owner, and the secret of this device. Wiped from memory when
/// they are dropped, never logged.
pub struct Keys {
    number: Number,
    owner: SigningKey,
    device: Zeroizing<[u8; 32]>,
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
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

impl Keys {
    /// New ones.
    pub fn generate(number: Number) -> Result<Keys, KeysError> {
        Ok(Keys { number, owner: SigningKey::from_bytes(&*random()?), device: random()? })
    }

    /// Those of these secrets, each of 32 bytes that nobody can guess: the owner's, and the
    /// device's, which no other device has.
    pub fn from_secrets(number: Number, owner: &[u8; 32], device: &[u8; 32]) -> Keys {
        Keys { number, owner: SigningKey::from_bytes(owner), device: Zeroizing::new(*device) }
    }

    /// Those of an owner's 24 words, and a new one for this device.
    pub fn from_words(number: Number, words: &str) -> Result<Keys, KeysError> {
        let owner = SigningKey::from_bytes(&*words::to_secret(words)?);
        Ok(Keys { number, owner, device: random()? })
    }

    /// Those of a code that another device has shown, and a new one for this device.
    pub fn from_code(code: &DeviceCode) -> Result<Keys, KeysError> {
        let owner = SigningKey::from_bytes(&code.secret);
        Ok(Keys { number: code.number, owner, device: random()? })
    }

    /// All that a second device needs. Who has it has the number.
    pub fn device_code(&self, servers: Vec<Server>) -> DeviceCode {
        let secret = Zeroizing::new(self.owner.to_bytes());
        DeviceCode { number: self.number, secret, servers }
    }

    /// The owner's secret as 24 words. Who has them has the number.
    pub fn words(&self) -> Zeroizing<String> {
        words::from_secret(&Zeroizing::new(self.owner.to_bytes()))
    }

    /// Reads a file.
    pub fn read(file: &Path) -> Result<Keys, KeysError> {
        let failed = |why| KeysError::File { file: file.to_owned(), why };
        let mut open = File::open(file).map_err(failed)?;
        if open.metadata().map_err(failed)?.permissions().mode() & 0o077 != 0 {
            return Err(KeysError::Exposed { file: file.to_owned() });
        }
        let mut written = Zeroizing::new(String::new());
        let form = || KeysError::Form { file: file.to_owned() };
        match open.read_to_string(&mut written) {
            Err(why) if why.kind() == io::ErrorKind::InvalidData => return Err(form()),
            done => done.map_err(failed)?,
        };
        Keys::parse(&written).ok_or_else(form)
    }

    /// Writes them to a file that is not there yet, and flushes it.
    pub fn write(&self, file: &Path) -> Result<(), KeysError> {
        let failed = |why| KeysError::File { file: file.to_owned(), why };
        let mut written = Zeroizing::new(format!("{TITLE}\nnumber {}\nowner ", self.number));
        hex(&Zeroizing::new(self.owner.to_bytes()), &mut written);
        written.push_str("\ndevice ");
        hex(&self.device, &mut written);
        written.push('\n');
        let mut options = OpenOptions::new();
        let mut open =
            options.write(true).create_new(true).mode(MODE).open(file).map_err(failed)?;
        open.write_all(written.as_bytes()).and_then(|()| open.sync_all()).map_err(failed)
    }

    fn parse(written: &str) -> Option<Keys> {
        let mut lines = written.lines();
        if lines.next() != Some(TITLE) {
            return None;
        }
        let mut value = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
        let number = value("number")?.parse().ok()?;
        let owner = SigningKey::from_bytes(&*parse_secret(value("owner")?)?);
        Some(Keys { number, owner, device: parse_secret(value("device")?)? })
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
        Zeroizing::new(self.owner.to_scalar_bytes())
    }

    fn sign(&self, bytes: &[u8]) -> Signature {
        self.owner.sign(bytes).to_bytes()
    }

    /// The item that attaches this device at a server.
    pub fn attach(&self, server: ServerKey) -> Vec<u8> {
        let device = *self.device().public().as_bytes();
        let unsigned = Attach { number: self.number, key: self.owner_key(), signature: &[0; 64] };
        let mut bytes = Vec::new();
        unsigned.signed_part(server, &device, &mut bytes);
        let signature = self.sign(&bytes);
        bytes.clear();
        Item::Attach(Attach { signature: &signature, ..unsigned }).print(&mut bytes);
        bytes
    }

    /// The item that brings the number to a server, or gives it up there.
    pub fn claim(&self, home: ServerKey, version: Version, released: bool, code: &str) -> Vec<u8> {
        let (number, key) = (self.number, self.owner_key());
        let claim = Claim { number, version, home, released, key, is_later_key: false };
        let mut bytes = Vec::new();
        claim.signed_part(&mut bytes);
        let signature = self.sign(&bytes);
        let owner = Some(Owner { key, signature: &signature, first: None });
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

fn random() -> Result<Zeroizing<[u8; 32]>, KeysError> {
    let mut secret = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *secret)?;
    Ok(secret)
}

fn hex(bytes: &[u8; 32], out: &mut String) {
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
}

fn parse_secret(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut secret = Zeroizing::new([0; 32]);
    for (byte, at) in secret.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_by_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys");
        let keys = Keys::generate(Number::MAX).unwrap();
        keys.write(&file).unwrap();
        assert!(keys.write(&file).is_err(), "keys are never written over");
        let read = Keys::read(&file).unwrap();
        assert_eq!((read.number(), read.owner_key()), (Number::MAX, keys.owner_key()));
        assert_eq!(read.device().public(), keys.device().public());
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Keys::read(&file), Err(KeysError::Exposed { .. })));
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(MODE)).unwrap();
        std::fs::write(&file, "postrider profile v1\nnumber 12\n").unwrap();
        assert!(matches!(Keys::read(&file), Err(KeysError::Form { .. })));
    }

    #[test]
    fn the_words_give_the_owner_back_on_another_device() {
        let keys = Keys::generate(Number::MIN).unwrap();
        let restored = Keys::from_words(Number::MIN, &keys.words()).unwrap();
        assert_eq!(restored.owner_key(), keys.owner_key());
        assert_ne!(restored.device().public(), keys.device().public());
    }
}
