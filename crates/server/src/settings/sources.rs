//! Where settings come from, and what each source may say.

use super::limits::LimitSources;
use super::smpp::SmppSources;
use super::trunks::{ClientSources, TrunkSources, check_name};
use super::web::WebSources;
use super::{Settings, SettingsError};
use ipnet::IpNet;
use postrider_proto::classic::{Line, ServerIndex, parse_address};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Requests that an address may make in a second, unless told otherwise: more than a
/// busy person's phone, little enough for a forged source.
const REQUESTS_PER_SECOND: u32 = 100;

/// What one source of settings says; the rest is left to the next. As a file:
///
/// ```toml
/// data = "/var/lib/postrider"
/// listen = "0.0.0.0:10410"
/// name = "Camp 2"
///
/// [classic]
/// networks = ["192.168.7.0/24"]
/// requests_per_second = 100
/// acknowledged = true
///
/// [trunks]
/// strangers = "refuse"
///
/// [[trunks.peer]]
/// address = "10.0.0.3"
/// key = "6a7d2cd9…"
/// ```
///
/// A server of a classic line has `classic.line` and `classic.index` instead of `listen`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// The data folder. A relative one is relative to where the server was started.
    pub data: Option<PathBuf>,
    /// Where it listens, `IP` or `IP:PORT`, unless it has a place in a classic line.
    pub listen: Option<String>,
    /// What people call it.
    pub name: Option<String>,
    /// The classic protocol.
    #[serde(default)]
    pub classic: ClassicSources,
    /// How much it holds, and for whom.
    #[serde(default)]
    pub limits: LimitSources,
    /// Links with other servers.
    pub trunks: Option<TrunkSources>,
    /// Native clients; a server that has this has links, whether or not trunks are named.
    pub clients: Option<ClientSources>,
    /// The page for browsers.
    #[serde(default)]
    pub web: WebSources,
    /// The message centre for SMPP.
    #[serde(default)]
    pub smpp: SmppSources,
}

/// The part `[classic]`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ClassicSources {
    /// The addresses of all servers, `IP` or `IP:PORT`, in the order in which they stand.
    pub line: Option<Vec<String>>,
    /// Which of them this one is, from 1.
    pub index: Option<usize>,
    /// Whether clients acknowledge what they are handed; yes unless told otherwise.
    pub acknowledged: Option<bool>,
    /// The networks, beside loopback, whose clients are answered.
    pub networks: Option<Vec<IpNet>>,
    /// Requests that an address outside loopback may make in a second.
    pub requests_per_second: Option<u32>,
}

impl Sources {
    /// Reads a file. Unknown keys are refused, with a hint.
    pub fn read(file: &Path) -> Result<Sources, SettingsError> {
        let unreadable = |source| SettingsError::Unreadable { file: file.to_owned(), source };
        let written = std::fs::read_to_string(file).map_err(unreadable)?;
        toml::from_str(&written).map_err(|error| SettingsError::Invalid {
            file: file.to_owned(),
            what: format!("{error}{}", hint(error.message())),
        })
    }

    /// What this says, and where it is silent, what `below` says.
    #[must_use]
    pub fn over(self, below: Sources) -> Sources {
        let (top, low) = (self.classic, below.classic);
        Sources {
            data: self.data.or(below.data),
            listen: self.listen.or(below.listen),
            name: self.name.or(below.name),
            classic: ClassicSources {
                line: top.line.or(low.line),
                index: top.index.or(low.index),
                acknowledged: top.acknowledged.or(low.acknowledged),
                networks: top.networks.or(low.networks),
                requests_per_second: top.requests_per_second.or(low.requests_per_second),
            },
            limits: self.limits.over(below.limits),
            trunks: match (self.trunks, below.trunks) {
                (Some(top), Some(low)) => Some(top.over(low)),
                (top, low) => top.or(low),
            },
            clients: match (self.clients, below.clients) {
                (Some(top), Some(low)) => Some(top.over(low)),
                (top, low) => top.or(low),
            },
            web: self.web.over(below.web),
            smpp: self.smpp.over(below.smpp),
        }
    }

    /// Checks that all is said, and makes sense. A server that has no line has trunks,
    /// whether they are named or not.
    pub fn check(self) -> Result<Settings, SettingsError> {
        let listen = self.listen.as_deref().map(address).transpose()?;
        let (line, me) = self.classic.place(listen)?;
        let own = line.address(me);
        if let (Some(listen), Some(line)) = (listen, own.filter(|own| Some(*own) != listen)) {
            return Err(SettingsError::TwoAddresses { listen, line });
        }
        let missing =
            SettingsError::Missing { what: "the data folder", flag: "--data", key: "data" };
        let wants_trunks =
            self.trunks.is_some() || self.clients.is_some() || self.classic.line.is_none();
        let clients = self.clients.unwrap_or_default();
        let name = check_name(self.name, own)?;
        let trunks = wants_trunks.then(|| self.trunks.unwrap_or_default().check(name, &clients));
        let trunks = trunks.transpose()?;
        let takes_clients = trunks.as_ref().is_some_and(|trunks| trunks.clients.is_some());
        Ok(Settings {
            web: self.web.check(takes_clients)?,
            smpp: self.smpp.check(takes_clients)?,
            me,
            line,
            data: self.data.ok_or(missing)?,
            acknowledged: self.classic.acknowledged.unwrap_or(true),
            networks: self.classic.networks.unwrap_or_default(),
            requests_per_second: self.classic.requests_per_second.unwrap_or(REQUESTS_PER_SECOND),
            limits: self.limits.check()?,
            trunks,
        })
    }
}

impl ClassicSources {
    /// The line and the place in it: without one, a line of the server alone.
    fn place(&self, listen: Option<SocketAddr>) -> Result<(Line, ServerIndex), SettingsError> {
        let missing = |what, flag, key| SettingsError::Missing { what, flag, key };
        let Some(line) = &self.line else {
            let listen =
                listen.ok_or(missing("where to listen", "--listen or --line", "listen"))?;
            let alone = Line::new(vec![listen])?;
            let me = alone.server(1)?;
            return Ok((alone, me));
        };
        let line = Line::new(line.iter().map(|one| address(one)).collect::<Result<_, _>>()?)?;
        let index =
            self.index.ok_or(missing("the place in the line", "--index", "classic.index"))?;
        let me = line.server(index)?;
        Ok((line, me))
    }
}

pub(super) fn address(written: &str) -> Result<SocketAddr, SettingsError> {
    parse_address(written.trim())
        .ok_or_else(|| SettingsError::Address { found: written.to_owned() })
}

/// For an unknown key, the known one that looks most like it.
fn hint(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let Some(unknown) = quoted.next().filter(|_| message.starts_with("unknown field")) else {
        return String::new();
    };
    let distance = |known: &&str| strsim::damerau_levenshtein(unknown, known);
    match quoted.min_by_key(distance).filter(|known| distance(known) <= 3) {
        Some(known) => format!("did you mean `{known}`?\n"),
        None => String::new(),
    }
}
