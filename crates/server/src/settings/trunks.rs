//! The part `[trunks]`: links with other servers.

use super::SettingsError;
use super::sources::address;
use crate::keys::parse_key;
use postrider_engine::Claims;
use postrider_link::{LinkConfig, Mode, PublicKey, Strangers, limits};
use postrider_proto::native::{Block, Blocks, Label, Lifetime, ServerKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How old a classic client's text becomes unless told otherwise.
pub(super) const LIFETIME_HOURS: u32 = 7 * 24;

/// Links with other servers, checked.
#[derive(Clone, Debug)]
pub struct TrunkSettings {
    /// What people call this server.
    pub name: String,
    /// The file with its secret key; in the data folder unless it is named.
    pub key_file: Option<PathBuf>,
    /// The servers that are known beforehand.
    pub peers: Vec<PeerSettings>,
    /// Who else may come.
    pub strangers: Strangers,
    /// What links with them are like.
    pub stranger_link: LinkConfig,
    /// How old a classic client's text may become.
    pub lifetime: Lifetime,
    /// The numbers that only this server gives out.
    pub blocks: Blocks,
    /// Whether it shows itself on the local network, and looks for its peers there.
    pub discover: bool,
    /// What links with native clients are like, where they may come.
    pub clients: Option<LinkConfig>,
    /// Who may have a new number.
    pub claims: Claims,
}

/// A server that is known beforehand, checked.
#[derive(Clone, Debug)]
pub struct PeerSettings {
    /// Its key; none for the one that is seen first at its address.
    pub key: Option<ServerKey>,
    /// Where it is dialled; none if it is only waited for.
    pub address: Option<SocketAddr>,
    /// What it costs to send there, from 1 up.
    pub cost: u16,
    /// What the link is like.
    pub link: LinkConfig,
}

impl fmt::Display for PeerSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.address, self.key) {
            (Some(address), _) => address.fmt(f),
            (None, Some(key)) => key.id().fmt(f),
            (None, None) => f.write_str("nowhere"),
        }
    }
}

/// What one source says of trunks.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TrunkSources {
    /// The file with this server's secret key.
    pub key_file: Option<PathBuf>,
    /// `refuse`, the default, or `accept`: who comes that is no peer and has no key in
    /// `allow`.
    pub strangers: Option<StrangersSource>,
    /// Keys that may come from anywhere.
    pub allow: Option<Vec<String>>,
    /// The servers that are known beforehand.
    pub peer: Option<Vec<PeerSource>>,
    /// How old a classic client's text may become; a week unless told otherwise.
    pub lifetime_hours: Option<u32>,
    /// The numbers that only this server gives out, such as `604555xxxx`.
    pub blocks: Option<Vec<String>>,
    /// Whether it shows itself on the local network, and looks for its peers there; not
    /// unless told so.
    pub discover: Option<bool>,
}

/// Who may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StrangersSource {
    /// Nobody.
    Refuse,
    /// Anybody.
    Accept,
}

/// What one source says of native clients.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSources {
    /// Whether they may come; they may unless told otherwise.
    pub accept: Option<bool>,
    /// Who may have a new number: `open`, the default, `invited` or `closed`.
    pub numbers: Option<NumbersSource>,
}

/// Who may have a new number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NumbersSource {
    /// Anybody.
    #[default]
    Open,
    /// Who has an invitation code.
    Invited,
    /// Nobody.
    Closed,
}

impl From<NumbersSource> for Claims {
    fn from(source: NumbersSource) -> Claims {
        match source {
            NumbersSource::Open => Claims::Open,
            NumbersSource::Invited => Claims::Invited,
            NumbersSource::Closed => Claims::Closed,
        }
    }
}

impl ClientSources {
    pub(super) fn over(self, below: ClientSources) -> ClientSources {
        ClientSources {
            accept: self.accept.or(below.accept),
            numbers: self.numbers.or(below.numbers),
        }
    }
}

/// What one source says of a peer.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PeerSource {
    /// Its key, 64 hexadecimal digits.
    pub key: Option<String>,
    /// `IP` or `IP:PORT`.
    pub address: Option<String>,
    /// From 1 up; 1 unless told otherwise.
    pub cost: Option<u16>,
    /// Bytes of a datagram at most, 256 to 1,400.
    pub mtu: Option<u16>,
    /// Whether its datagrams can be read on the way, for radio services that forbid
    /// encryption. Both ends have to say the same.
    pub clear: Option<bool>,
    /// Bytes per second that may be sent there.
    pub bytes_per_second: Option<u32>,
}

impl PeerSource {
    /// As written on a command line: `ADDRESS`, `KEY` or `KEY@ADDRESS`.
    pub fn parse(written: &str) -> PeerSource {
        let (key, address) = match written.split_once('@') {
            Some((key, address)) => (Some(key), Some(address)),
            None if parse_key(written).is_some() => (Some(written), None),
            None => (None, Some(written)),
        };
        let owned = |part: Option<&str>| part.map(str::to_owned);
        PeerSource { key: owned(key), address: owned(address), ..PeerSource::default() }
    }

    fn check(&self) -> Result<PeerSettings, SettingsError> {
        let name = self.address.as_ref().or(self.key.as_ref());
        let wrong = |what: &str| SettingsError::Peer {
            peer: name.cloned().unwrap_or_else(|| "without a name".to_owned()),
            what: what.to_owned(),
        };
        if name.is_none() {
            return Err(wrong("it needs a key, an address, or both"));
        }
        let (least, most) = (limits::MTU_MIN, limits::MTU_MAX);
        let mtu = self.mtu.unwrap_or(limits::MTU_DEFAULT);
        if !(least..=most).contains(&mtu) {
            return Err(wrong(&format!("mtu is from {least} to {most} bytes, not {mtu}")));
        }
        let cost = self.cost.unwrap_or(1);
        if cost == 0 || self.bytes_per_second == Some(0) {
            return Err(wrong("cost and bytes_per_second are from 1 up"));
        }
        let mode = if self.clear.unwrap_or(false) { Mode::Clear } else { Mode::Sealed };
        let link = LinkConfig { mode, mtu, budget: self.bytes_per_second, ..LinkConfig::default() };
        let address = self.address.as_deref().map(address).transpose()?;
        Ok(PeerSettings { key: self.key.as_deref().map(key).transpose()?, address, cost, link })
    }
}

impl TrunkSources {
    pub(super) fn over(self, below: TrunkSources) -> TrunkSources {
        TrunkSources {
            key_file: self.key_file.or(below.key_file),
            strangers: self.strangers.or(below.strangers),
            allow: self.allow.or(below.allow),
            peer: self.peer.or(below.peer),
            lifetime_hours: self.lifetime_hours.or(below.lifetime_hours),
            blocks: self.blocks.or(below.blocks),
            discover: self.discover.or(below.discover),
        }
    }

    pub(super) fn check(
        self,
        name: String,
        clients: &ClientSources,
    ) -> Result<TrunkSettings, SettingsError> {
        let peers = self.peer.unwrap_or_default();
        let peers = peers.iter().map(PeerSource::check).collect::<Result<Vec<_>, _>>()?;
        let hours = self.lifetime_hours.unwrap_or(LIFETIME_HOURS);
        Ok(TrunkSettings {
            name,
            key_file: self.key_file,
            peers,
            strangers: strangers(self.strangers, &self.allow.unwrap_or_default())?,
            stranger_link: LinkConfig::default(),
            lifetime: lifetime(hours),
            blocks: blocks(&self.blocks.unwrap_or_default())?,
            discover: self.discover.unwrap_or(false),
            clients: clients.accept.unwrap_or(true).then(LinkConfig::default),
            claims: clients.numbers.unwrap_or_default().into(),
        })
    }
}

/// Of so many hours, or some more: not every one can be told.
pub(super) fn lifetime(hours: u32) -> Lifetime {
    Lifetime::at_least(Duration::from_secs(u64::from(hours) * 3_600))
}

/// In any order.
fn blocks(written: &[String]) -> Result<Blocks, SettingsError> {
    let parse = |one: &String| {
        let wrong = |error| SettingsError::Blocks { what: format!("{one:?}: {error}") };
        one.parse::<Block>().map_err(wrong)
    };
    let mut all = written.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    all.sort_unstable();
    Blocks::new(&all).map_err(|error| SettingsError::Blocks { what: error.to_string() })
}

fn strangers(
    source: Option<StrangersSource>,
    allow: &[String],
) -> Result<Strangers, SettingsError> {
    if source == Some(StrangersSource::Accept) {
        return Ok(Strangers::Accept);
    }
    let allowed = allow.iter().map(|one| {
        let found = || SettingsError::Key { found: one.clone() };
        PublicKey::from_bytes(key(one)?.0).map_err(|_| found())
    });
    let allowed = allowed.collect::<Result<BTreeSet<_>, _>>()?;
    Ok(if allowed.is_empty() { Strangers::Refuse } else { Strangers::Allow(allowed) })
}

fn key(written: &str) -> Result<ServerKey, SettingsError> {
    parse_key(written.trim()).ok_or_else(|| SettingsError::Key { found: written.to_owned() })
}

/// A server that has no name is called by its address.
pub(super) fn check_name(
    name: Option<String>,
    own: Option<SocketAddr>,
) -> Result<String, SettingsError> {
    let name = name.unwrap_or_else(|| own.map(|own| own.to_string()).unwrap_or_default());
    let shown: String = name.chars().take(Label::BYTES_MAX).collect();
    match Label::new(&shown) {
        Ok(_) if shown.len() == name.len() => Ok(name),
        // An address of IPv6 may be longer than a name.
        Ok(_) if own.is_some_and(|own| own.to_string() == name) => Ok(shown),
        _ => Err(SettingsError::Name { found: name }),
    }
}
