//! The form of the key file.
//!
//! ```text
//!   postrider profile v2            v1 where nothing follows the device's secret
//!   number 5550000001
//!   owner HEX                       the owner's secret
//!   device HEX                      the device's
//!   word HEX VERSION HEX            of a later key: the first key, since when, its signature
//!   first HEX own|typed             while a change is under way: the first key's secret
//!   opens HEX [MILLISECONDS]        any number: what opens texts for a former key, until when
//! ```

use super::{Change, Former, Keys, KeysError, Word};
use crate::Stamp;
use ed25519_dalek::SigningKey;
use postrider_proto::native::{OwnerKey, Version};
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use zeroize::Zeroizing;

const TITLE: &str = "postrider profile v1";
const TITLE_OF_LATER: &str = "postrider profile v2";
/// Nobody but the owner reads or writes it.
pub(super) const MODE: u32 = 0o600;
/// So much room that no copy is left behind while it is filled.
const FILE_BYTES: usize = 4_096;
const OWN: &str = "own";
const TYPED: &str = "typed";

impl Keys {
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
        let mut options = OpenOptions::new();
        let mut open =
            options.write(true).create_new(true).mode(MODE).open(file).map_err(failed)?;
        let written = self.written();
        open.write_all(written.as_bytes()).and_then(|()| open.sync_all()).map_err(failed)
    }

    /// Writes them in the place of those of a file: whatever happens meanwhile, the file has
    /// these, whole, or those. That it has these lasts when this returns.
    pub(crate) fn write_over(&self, file: &Path) -> Result<(), KeysError> {
        let failed = |why| KeysError::File { file: file.to_owned(), why };
        let new = file.with_extension("new");
        match std::fs::remove_file(&new) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(failed(why)),
            _ => {}
        }
        self.write(&new)?;
        std::fs::rename(&new, file).map_err(failed)?;
        let folder = file.parent().unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }

    fn written(&self) -> Zeroizing<String> {
        let mut out = Zeroizing::new(String::with_capacity(FILE_BYTES));
        let is_plain = self.word.is_none() && self.change.is_none() && self.former.is_empty();
        let title = if is_plain { TITLE } else { TITLE_OF_LATER };
        let _ = write!(out, "{title}\nnumber {}\nowner ", self.number);
        hex(&*Zeroizing::new(self.owner.to_bytes()), &mut out);
        out.push_str("\ndevice ");
        hex(&*self.device, &mut out);
        out.push('\n');
        if let Some(Word { first, since, signature }) = &self.word {
            out.push_str("word ");
            hex(&first.0, &mut out);
            let _ = write!(out, " {} ", since.value());
            hex(signature, &mut out);
            out.push('\n');
        }
        if let Some(Change { first, was_own }) = &self.change {
            out.push_str("first ");
            hex(&*Zeroizing::new(first.to_bytes()), &mut out);
            let _ = writeln!(out, " {}", if *was_own { OWN } else { TYPED });
        }
        for Former { x25519, until } in &self.former {
            out.push_str("opens ");
            hex(&**x25519, &mut out);
            let _ = until.map(|until| write!(out, " {}", until.0));
            out.push('\n');
        }
        out
    }

    fn parse(written: &str) -> Option<Keys> {
        let mut lines = written.lines();
        let has_more = match lines.next()? {
            TITLE => false,
            TITLE_OF_LATER => true,
            _ => return None,
        };
        let mut value = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
        let number = value("number")?.parse().ok()?;
        let owner = SigningKey::from_bytes(&*parse_hex(value("owner")?)?);
        let mut keys = Keys::of_first(number, owner, parse_hex(value("device")?)?);
        for line in lines.filter(|_| has_more) {
            keys.parse_line(line)?;
        }
        Some(keys)
    }

    fn parse_line(&mut self, line: &str) -> Option<()> {
        let fields: Vec<&str> = line.split(' ').collect();
        match fields[..] {
            ["word", first, since, signature] if self.word.is_none() => {
                let since = Version::from_value(since.parse().ok()?)?;
                let (first, signature) = (OwnerKey(*parse_hex(first)?), *parse_hex(signature)?);
                self.word = Some(Word { first, since, signature });
            }
            ["first", secret, whose @ (OWN | TYPED)] if self.change.is_none() => {
                let first = SigningKey::from_bytes(&*parse_hex(secret)?);
                self.change = Some(Change { first, was_own: whose == OWN });
            }
            ["opens", secret, ref until @ ..] if until.len() < 2 => {
                let until = match until.first() {
                    Some(until) => Some(Stamp(until.parse().ok()?)),
                    None => None,
                };
                self.former.push(Former { x25519: parse_hex(secret)?, until });
            }
            _ => return None,
        }
        Some(())
    }
}

fn hex(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
}

fn parse_hex<const N: usize>(text: &str) -> Option<Zeroizing<[u8; N]>> {
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    let mut bytes = Zeroizing::new([0; N]);
    for (byte, at) in bytes.iter_mut().zip((0..2 * N).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}
