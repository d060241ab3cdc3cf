//! How a profile begins.

use anyhow::Context;
use postrider_client::{Profile, Server};
use postrider_link::PublicKey;
use postrider_proto::Number;
use postrider_proto::classic::DEFAULT_PORT;
use std::net::Ipv6Addr;
use std::path::Path;

/// A number that nobody is likely to have: one of nine thousand million, from 1000000000 up, so
/// that it is easily said.
pub(crate) fn random_number() -> Number {
    let value = fastrand::u64(1_000_000_000..=Number::MAX.value());
    Number::from_value(value).unwrap_or(Number::MAX)
}

/// Makes a profile with these servers.
pub(crate) fn begin(folder: &Path, number: Number, servers: &[Server]) -> anyhow::Result<Profile> {
    let mut profile = Profile::create(folder, number).map_err(super::explain)?;
    profile.set_servers(servers)?;
    Ok(profile)
}

/// Takes back a profile that was begun a moment ago, for a number that cannot be had: nobody
/// has been told of its keys.
pub(crate) fn forget_new(profile: Profile) -> anyhow::Result<()> {
    let folder = profile.folder().to_owned();
    drop(profile);
    for entry in std::fs::read_dir(&folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name == "keys" || name == "lock" || name.starts_with("history.db") {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// A server as people write it: `HOST`, `HOST:PORT`, or `KEY@HOST:PORT`.
pub(crate) fn server(written: &str) -> anyhow::Result<Server> {
    let (key, place) = match written.trim().split_once('@') {
        Some((key, place)) => (Some(key_of(key)?), place),
        None => (None, written.trim()),
    };
    anyhow::ensure!(!place.is_empty(), "{written:?}: a server is HOST, or HOST:PORT");
    let address = if place.parse::<Ipv6Addr>().is_ok() {
        format!("[{place}]:{DEFAULT_PORT}")
    } else if place.ends_with(']') || !place.contains(':') {
        format!("{place}:{DEFAULT_PORT}")
    } else {
        place.to_owned()
    };
    let port = address.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
    anyhow::ensure!(matches!(port, Some(Ok(1..))), "{written:?}: the port is 1 to 65535");
    Ok(Server { key, ..Server::at(address) })
}

fn key_of(written: &str) -> anyhow::Result<PublicKey> {
    let byte = |at| u8::from_str_radix(written.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..written.len()).step_by(2).map(byte).collect();
    let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let bytes = bytes.with_context(|| format!("{written:?}: a key is 64 hexadecimal digits"))?;
    PublicKey::from_bytes(bytes).with_context(|| format!("{written:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_written_as_people_do() {
        let address = |written| server(written).map(|server| server.address).ok();
        assert_eq!(address("post.example").as_deref(), Some("post.example:10410"));
        assert_eq!(address(" 10.0.0.2:7 ").as_deref(), Some("10.0.0.2:7"));
        assert_eq!(address("fe80::1").as_deref(), Some("[fe80::1]:10410"));
        assert_eq!(address("[fe80::1]").as_deref(), Some("[fe80::1]:10410"));
        assert_eq!(address("[fe80::1]:9").as_deref(), Some("[fe80::1]:9"));
        for wrong in ["", "a:", "a:0", "a:99999", "xyz@a", "é@a"] {
            assert_eq!(address(wrong), None, "{wrong}");
        }
    }
}
