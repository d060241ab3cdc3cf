//! Who a server is: an Ed25519 key in a file that only its owner may read.

use ed25519_dalek::{Signer, SigningKey};
use postrider_proto::native::{ServerKey, Signature};
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The file's first line.
const TITLE: &str = "postrider identity v1";

/// Nobody but the owner reads or writes it.
const MODE: u32 = 0o600;

/// The secret of a server. Wiped from memory when it is dropped, never logged.
pub struct Identity(SigningKey);

/// Why a key cannot be used. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("cannot use the key file {}: {why}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// Others than its owner may read it.
    #[error(
        "others may read the key file {}; run `chmod 600` on it, and make a new key if \
         somebody else may have seen it",
        file.display()
    )]
    Exposed {
        /// The file.
        file: PathBuf,
    },
    /// It is something else.
    #[error("{} is no key file of postrider; `postrider keygen` makes one", file.display())]
    Form {
        /// The file.
        file: PathBuf,
    },
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

impl Identity {
    /// A new one, from the system's random numbers.
    pub fn generate() -> Result<Identity, KeyError> {
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *secret)?;
        Ok(Identity(SigningKey::from_bytes(&secret)))
    }

    /// Reads a file, or writes a new identity to it if there is none.
    pub fn read_or_create(file: &Path) -> Result<Identity, KeyError> {
        if file.exists() {
            return Identity::read(file);
        }
        let identity = Identity::generate()?;
        identity.create(file)?;
        Ok(identity)
    }

    /// Reads a file.
    pub fn read(file: &Path) -> Result<Identity, KeyError> {
        let failed = |why| KeyError::File { file: file.to_owned(), why };
        let mut open = File::open(file).map_err(failed)?;
        if open.metadata().map_err(failed)?.permissions().mode() & 0o077 != 0 {
            return Err(KeyError::Exposed { file: file.to_owned() });
        }
        let mut written = Zeroizing::new(String::new());
        let invalid = || KeyError::Form { file: file.to_owned() };
        match open.read_to_string(&mut written) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(invalid()),
            done => done.map_err(failed)?,
        };
        let secret = written.strip_prefix(TITLE).map(str::trim).and_then(parse_secret);
        let secret = secret.ok_or_else(invalid)?;
        Ok(Identity(SigningKey::from_bytes(&secret)))
    }

    /// Writes it to a file that is not there yet, and flushes it.
    pub fn create(&self, file: &Path) -> Result<(), KeyError> {
        let failed = |why| KeyError::File { file: file.to_owned(), why };
        let mut written = Zeroizing::new(format!("{TITLE}\n"));
        for byte in Zeroizing::new(self.0.to_bytes()).iter() {
            let _ = write!(written, "{byte:02x}");
        }
        written.push('\n');
        let mut open = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(MODE)
            .open(file)
            .map_err(failed)?;
        open.write_all(written.as_bytes()).and_then(|()| open.sync_all()).map_err(failed)
    }

    /// By what others know it.
    pub fn key(&self) -> ServerKey {
        ServerKey(self.0.verifying_key().to_bytes())
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> Signature {
        self.0.sign(bytes).to_bytes()
    }

    pub(crate) fn for_links(&self) -> postrider_link::Identity {
        postrider_link::Identity::from_secret(&Zeroizing::new(self.0.to_bytes()))
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({:?})", self.key())
    }
}

/// A server's public key as people write it: 64 hexadecimal digits.
pub fn parse_key(written: &str) -> Option<ServerKey> {
    let bytes = parse_hex(written)?;
    postrider_link::PublicKey::from_bytes(bytes).ok().map(|key| ServerKey(*key.as_bytes()))
}

fn parse_secret(written: &str) -> Option<Zeroizing<[u8; 32]>> {
    parse_hex(written).map(Zeroizing::new)
}

fn parse_hex(written: &str) -> Option<[u8; 32]> {
    if written.len() != 64 || !written.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&written[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_only_by_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("identity.key");
        let made = Identity::read_or_create(&file).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, MODE);
        assert_eq!(Identity::read_or_create(&file).unwrap().key(), made.key());
        assert!(matches!(made.create(&file), Err(KeyError::File { .. })), "it is not overwritten");
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
        assert!(matches!(Identity::read(&file), Err(KeyError::Exposed { .. })));
    }

    #[test]
    fn what_is_no_key_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("identity.key");
        for wrong in [&b""[..], b"postrider identity v1\n0011", b"\xff\xfe", &[b'0'; 64]] {
            std::fs::write(&file, wrong).unwrap();
            std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
            assert!(matches!(Identity::read(&file), Err(KeyError::Form { .. })), "{wrong:?}");
        }
    }

    #[test]
    fn a_public_key_is_read_as_it_is_shown() {
        let key = Identity::generate().unwrap().key();
        assert_eq!(parse_key(&key.to_string()), Some(key));
        assert_eq!(parse_key(&"0".repeat(63)), None);
        assert_eq!(parse_key(&"00".repeat(32)), None, "a weak key");
        assert_eq!(parse_key(&"é".repeat(32)), None);
    }
}
