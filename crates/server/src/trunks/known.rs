//! The keys that were seen first at addresses whose key is not configured, kept in a
//! file so that another key is not let in after a restart.

use crate::keys::parse_key;
use postrider_proto::native::ServerKey;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// Refused strangers that are remembered, so that each is told once.
const STRANGERS_TOLD_MAX: usize = 256;

/// A line for each: the address, a space, the key.
#[derive(Debug)]
pub(crate) struct KnownPeers {
    file: PathBuf,
    keys: BTreeMap<SocketAddr, ServerKey>,
    strangers: BTreeSet<IpAddr>,
}

impl KnownPeers {
    /// Reads the file; none is an empty one. A line that is not understood is an error,
    /// since to ignore it would let anybody in.
    pub(crate) fn read(file: PathBuf) -> io::Result<KnownPeers> {
        let written = match std::fs::read_to_string(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            read => read?,
        };
        let mut keys = BTreeMap::new();
        for line in written.lines() {
            let (address, key) = parse_line(line).ok_or_else(|| {
                let what = format!("{}: not an address and a key: {line:?}", file.display());
                io::Error::new(io::ErrorKind::InvalidData, what)
            })?;
            keys.insert(address, key);
        }
        Ok(KnownPeers { file, keys, strangers: BTreeSet::new() })
    }

    pub(crate) fn at(&self, address: SocketAddr) -> Option<ServerKey> {
        self.keys.get(&address).copied()
    }

    /// Writes it down. If that fails the key is known until the server ends.
    pub(crate) fn remember(&mut self, address: SocketAddr, key: ServerKey) {
        self.keys.insert(address, key);
        if let Err(error) = self.write() {
            let file = self.file.display();
            tracing::error!(%file, %error, "the key that was seen first is not kept");
        }
    }

    fn write(&self) -> io::Result<()> {
        let new = self.file.with_extension("new");
        let mut open = File::create(&new)?;
        for (address, key) in &self.keys {
            writeln!(open, "{address} {key}")?;
        }
        open.sync_all()?;
        std::fs::rename(new, &self.file)
    }

    /// Whether nobody at this address was refused before, as far as is remembered.
    pub(crate) fn is_new_stranger(&mut self, address: SocketAddr) -> bool {
        self.strangers.len() < STRANGERS_TOLD_MAX && self.strangers.insert(address.ip())
    }
}

fn parse_line(line: &str) -> Option<(SocketAddr, ServerKey)> {
    let (address, key) = line.split_once(' ')?;
    Some((address.parse().ok()?, parse_key(key)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Identity;

    #[test]
    fn what_was_seen_first_is_known_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("known-peers");
        let (address, key) = (([10, 0, 0, 1], 7).into(), Identity::generate().unwrap().key());
        KnownPeers::read(file.clone()).unwrap().remember(address, key);
        let known = KnownPeers::read(file.clone()).unwrap();
        assert_eq!(known.at(address), Some(key));
        assert_eq!(known.at(([10, 0, 0, 2], 7).into()), None);
        std::fs::write(&file, "10.0.0.1:7 somebody\n").unwrap();
        assert!(KnownPeers::read(file).is_err());
    }
}
