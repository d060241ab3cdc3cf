//! What a server is told: `postrider.toml`, then environment and flags over it.

use ipnet::IpNet;
use postrider_proto::classic::{DEFAULT_PORT, Line, LineError, ServerIndex, parse_address};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Requests that an address may make in a second, unless told otherwise: more than a
/// busy person's phone, little enough for a forged source.
const REQUESTS_PER_SECOND: u32 = 100;

/// What a server is told, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// All servers of its line.
    pub line: Line,
    /// Which of them it is.
    pub me: ServerIndex,
    /// Where it keeps what it has accepted.
    pub data: PathBuf,
    /// Whether clients acknowledge what they are handed.
    pub acknowledged: bool,
    /// The networks, beside loopback, whose clients it answers.
    pub networks: Vec<IpNet>,
    /// Requests that an address outside loopback may make in a second.
    pub requests_per_second: u32,
}

/// What one source of settings says; the rest is left to the next. As a file:
///
/// ```toml
/// data = "/var/lib/postrider"
///
/// [classic]
/// line = ["192.168.7.1", "192.168.7.2", "10.0.0.3:10411"]
/// index = 2
/// acknowledged = true
/// networks = ["192.168.7.0/24"]
/// requests_per_second = 100
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// The data folder. A relative one is relative to where the server was started.
    pub data: Option<PathBuf>,
    /// The classic protocol.
    #[serde(default)]
    pub classic: ClassicSources,
}

/// The part `[classic]`.
#[derive(Clone, Debug, Default, Deserialize)]
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

/// Why settings cannot be used. Nothing was started or changed.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file says something that is not understood.
    #[error("{}: {what}", file.display())]
    Invalid {
        /// The file.
        file: PathBuf,
        /// What, and where.
        what: String,
    },
    /// Nothing says what has to be said.
    #[error("{what} is not set; use {flag}, or `{key}` in postrider.toml")]
    Missing {
        /// What is missing.
        what: &'static str,
        /// The flag that sets it.
        flag: &'static str,
        /// The key that sets it.
        key: &'static str,
    },
    /// An address that is not one.
    #[error("{found:?} is not an address; write IP or IP:PORT, such as 192.168.7.1:{DEFAULT_PORT}")]
    Address {
        /// What was written.
        found: String,
    },
    /// The addresses or the index do not make a line.
    #[error(transparent)]
    Line(#[from] LineError),
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
            classic: ClassicSources {
                line: top.line.or(low.line),
                index: top.index.or(low.index),
                acknowledged: top.acknowledged.or(low.acknowledged),
                networks: top.networks.or(low.networks),
                requests_per_second: top.requests_per_second.or(low.requests_per_second),
            },
        }
    }

    /// Checks that all is said, and makes sense.
    pub fn check(self) -> Result<Settings, SettingsError> {
        let missing = |what, flag, key| SettingsError::Missing { what, flag, key };
        let classic = self.classic;
        let line = classic.line.ok_or(missing("the line of servers", "--line", "classic.line"))?;
        let line = Line::new(line.iter().map(|one| address(one)).collect::<Result<_, _>>()?)?;
        let index =
            classic.index.ok_or(missing("the place in the line", "--index", "classic.index"))?;
        Ok(Settings {
            me: line.server(index)?,
            line,
            data: self.data.ok_or(missing("the data folder", "--data", "data"))?,
            acknowledged: classic.acknowledged.unwrap_or(true),
            networks: classic.networks.unwrap_or_default(),
            requests_per_second: classic.requests_per_second.unwrap_or(REQUESTS_PER_SECOND),
        })
    }
}

fn address(written: &str) -> Result<SocketAddr, SettingsError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(written: &str) -> Result<Sources, SettingsError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("postrider.toml");
        std::fs::write(&file, written).unwrap();
        Sources::read(&file)
    }

    const WHOLE: &str = r#"
        data = "/var/lib/postrider"
        [classic]
        line = ["192.168.7.1", "192.168.7.2:999"]
        index = 2
        acknowledged = false
        networks = ["192.168.7.0/24"]
        requests_per_second = 7
    "#;

    #[test]
    fn a_whole_file_is_understood() {
        let settings = read(WHOLE).unwrap().check().unwrap();
        assert_eq!(settings.me.value(), 2);
        let addresses = settings.line.servers().filter_map(|server| settings.line.address(server));
        let expected = ["192.168.7.1:10410", "192.168.7.2:999"].map(|one| one.parse().unwrap());
        assert_eq!(addresses.collect::<Vec<SocketAddr>>(), expected);
        assert_eq!((settings.acknowledged, settings.requests_per_second), (false, 7));
    }

    #[test]
    fn flags_go_over_the_file() {
        let classic = ClassicSources { index: Some(1), ..ClassicSources::default() };
        let flags = Sources { data: Some("here".into()), classic };
        let settings = flags.over(read(WHOLE).unwrap()).check().unwrap();
        assert_eq!((settings.me.value(), settings.data), (1, PathBuf::from("here")));
    }

    #[test]
    fn an_unknown_key_is_refused_with_a_hint_and_its_line() {
        let error = read("data = \"x\"\n[classic]\nlines = []\n").unwrap_err().to_string();
        assert!(error.contains("did you mean `line`?"), "{error}");
        assert!(error.contains("line 3"), "{error}");
    }

    #[test]
    fn what_makes_no_line_is_refused() {
        let with = |line: &str, index: &str| {
            read(&format!("data = \"x\"\n[classic]\nline = {line}\nindex = {index}\n"))
                .and_then(Sources::check)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            with(r#"["10.0.0.1", "10.0.0.1:10410"]"#, "1"),
            "the address 10.0.0.1:10410 stands twice in the line"
        );
        assert_eq!(
            with(r#"["10.0.0.1"]"#, "2"),
            "the line has servers 1 to 1, there is no server 2"
        );
        assert_eq!(
            with(r#"["10.0.0.1"]"#, "0"),
            "the line has servers 1 to 1, there is no server 0"
        );
        assert!(with(r#"["example"]"#, "1").contains("\"example\" is not an address"));
        assert_eq!(with("[]", "1"), "a line has at least one server");
    }

    #[test]
    fn what_is_missing_is_named_with_its_flag_and_key() {
        let error = Sources::default().check().unwrap_err().to_string();
        assert_eq!(
            error,
            "the line of servers is not set; use --line, or `classic.line` in postrider.toml"
        );
    }
}
