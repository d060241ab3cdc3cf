//! What a server is told: `postrider.toml`, then environment and flags over it.

mod effective;
mod limits;
mod smpp;
mod sources;
mod trunks;
mod web;

pub use effective::Named;
pub use limits::LimitSources;
pub use smpp::{SmppSettings, SmppSources};
pub use sources::{ClassicSources, Sources};
pub use trunks::{
    ClientSources, NumbersSource, PeerSettings, PeerSource, TrunkSettings, TrunkSources,
};

pub use web::{Degrees, WebSettings, WebSources};

use ipnet::IpNet;
use postrider_engine::limits::Limits;
use postrider_proto::classic::{DEFAULT_PORT, Line, LineError, ServerIndex};
use postrider_proto::native::{LineId, LinePlace};
use siphasher::sip::SipHasher24;
use std::hash::Hasher;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What a server is told, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// All servers of its classic line; itself alone where there is none.
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
    /// How much it holds, and for whom.
    pub limits: Limits,
    /// Its links with other servers; none of a server that speaks classic only.
    pub trunks: Option<TrunkSettings>,
    /// The page for browsers; none unless told so.
    pub web: Option<WebSettings>,
    /// The message centre for SMPP; none unless told so.
    pub smpp: Option<SmppSettings>,
}

impl Settings {
    /// What people call it: a server of a line that has no name is called by its place.
    pub fn name(&self) -> String {
        let trunks = self.trunks.as_ref().map(|trunks| trunks.name.clone());
        trunks.unwrap_or_else(|| format!("server {}", self.me))
    }

    /// Its place in a line of classic servers, as native servers are told it; none where
    /// the line has no other.
    pub fn line_place(&self) -> Option<LinePlace> {
        let all = self.line.servers().filter_map(|server| self.line.address(server));
        let all: Vec<String> = all.map(|address| address.to_string()).collect();
        let mut hasher = SipHasher24::new();
        hasher.write(all.join(",").as_bytes());
        let line = LineId(hasher.finish().to_be_bytes());
        (all.len() > 1).then_some(LinePlace { line, index: self.me })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.line.address(self.me).unwrap_or_else(|| ([0, 0, 0, 0], DEFAULT_PORT).into())
    }
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
    /// Both a line and another address.
    #[error(
        "`listen` is {listen}, but the server's place in the line has {line}; \
         leave `listen` out, or the line"
    )]
    TwoAddresses {
        /// The one.
        listen: SocketAddr,
        /// The other.
        line: SocketAddr,
    },
    /// A limit of nothing.
    #[error("limits.{key} is from 1 up")]
    Limit {
        /// Which one.
        key: &'static str,
    },
    /// A key that is not one.
    #[error(
        "{found:?} is not a server's key; write the 64 digits that its `postrider keygen` or `status` shows"
    )]
    Key {
        /// What was written.
        found: String,
    },
    /// Something about a peer that cannot be.
    #[error("the peer {peer}: {what}")]
    Peer {
        /// Which one.
        peer: String,
        /// What.
        what: String,
    },
    /// Blocks that cannot be.
    #[error("`blocks` in postrider.toml: {what}")]
    Blocks {
        /// Why.
        what: String,
    },
    /// A page, and nobody who may use it.
    #[error(
        "`web` in postrider.toml, or --web: browsers are clients, and this server takes none; \
         leave `clients.accept` out, or the page"
    )]
    WebWithoutClients,
    /// A place that is nowhere.
    #[error(
        "`web.places` in postrider.toml: the place of {name:?} is [LATITUDE, LONGITUDE] in degrees, \
         from -90 to 90 and from -180 to 180, such as [59.913, 10.752]"
    )]
    Place {
        /// Whose.
        name: String,
    },
    /// A certificate without its key, or the other way round.
    #[error(
        "`web.certificate` and `web.key` in postrider.toml go together: name both files for \
         HTTPS, or neither for plain HTTP"
    )]
    HalfACertificate,
    /// A message centre, and nobody who may attach.
    #[error(
        "`smpp` in postrider.toml, or --smpp: the numbers of its accounts are clients, and this \
         server takes none; leave `clients.accept` out, or SMPP"
    )]
    SmppWithoutClients,
    /// Some of what TLS needs.
    #[error("`smpp` in postrider.toml: TLS needs all of `listen_tls`, `certificate` and `key`")]
    SmppTls,
    /// A name that cannot be shown.
    #[error(
        "{found:?} cannot be a server's name; it has 1 to 32 bytes that print, without spaces around"
    )]
    Name {
        /// What was written.
        found: String,
    },
}

/// What an error is about, as a file writes it.
enum About<'a> {
    /// A key and whatever it is set to.
    Key(&'a str),
    /// A value of whatever key.
    Value(&'a str),
}

impl SettingsError {
    /// The line, from 1, of a file that says what is wrong here; none where it does not say
    /// such a thing.
    pub fn line_in(&self, written: &str) -> Option<usize> {
        let about = match self {
            SettingsError::Address { found }
            | SettingsError::Key { found }
            | SettingsError::Name { found } => About::Value(found),
            SettingsError::Peer { peer, .. } => About::Value(peer),
            SettingsError::Limit { key } => About::Key(key),
            SettingsError::Blocks { .. } => About::Key("blocks"),
            SettingsError::TwoAddresses { .. } => About::Key("listen"),
            SettingsError::WebWithoutClients | SettingsError::SmppWithoutClients => {
                About::Key("accept")
            }
            SettingsError::SmppTls => About::Key("listen_tls"),
            SettingsError::Line(LineError::NoSuchServer { .. }) => About::Key("index"),
            SettingsError::Line(_) => About::Key("line"),
            _ => return None,
        };
        let says = |line: &str| match about {
            About::Key(key) => line.split_once('=').is_some_and(|(name, _)| name.trim() == key),
            About::Value(value) => line.contains(&format!("{value:?}")),
        };
        let mut lines = written.lines().map(str::trim).enumerate();
        lines.find(|(_, line)| !line.starts_with('#') && says(line)).map(|(at, _)| at + 1)
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
        let flags = Sources { data: Some("here".into()), classic, ..Sources::default() };
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
    fn limits_are_as_they_are_said_to_be_and_none_is_nothing() {
        let with = |limits: &str| {
            let written = format!("data = \"x\"\nlisten = \"10.0.0.1\"\n[limits]\n{limits}");
            read(&written).and_then(Sources::check).map(|settings| settings.limits)
        };
        let limits = with("messages = 9\nmailbox = 4\nsender = 3\ntexts_per_second = 2").unwrap();
        let expected =
            Limits { waiting: 9, mailbox: 4, sender: 3, submitted: 20, ..Limits::default() };
        assert_eq!(limits, expected);
        assert_eq!(with("").unwrap(), Limits::default());
        assert_eq!(with("sender = 0").unwrap_err().to_string(), "limits.sender is from 1 up");
    }

    #[test]
    fn the_local_network_is_left_alone_unless_told_otherwise() {
        let discovers = |written: &str| {
            let settings = read(&format!("data = \"x\"\nlisten = \"10.0.0.1\"\n{written}"));
            settings.unwrap().check().unwrap().trunks.map(|trunks| trunks.discover)
        };
        assert_eq!(discovers(""), Some(false));
        assert_eq!(discovers("[trunks]\ndiscover = true\n"), Some(true));
    }

    #[test]
    fn there_is_a_page_for_browsers_where_one_is_wanted_and_clients_may_come() {
        let with = |written: &str| {
            let settings = read(&format!("data = \"x\"\nlisten = \"10.0.0.1\"\n{written}"));
            settings.and_then(Sources::check).map(|settings| settings.web)
        };
        assert_eq!(with("").unwrap(), None);
        let web =
            with("[web]\nlisten = \"10.0.0.1\"\nhosts = [\"post.example\"]").unwrap().unwrap();
        assert_eq!(web.listen, "10.0.0.1:10410".parse().unwrap());
        assert_eq!(web.hosts, ["post.example"]);
        let nowhere = with("[web]\nlisten = \"10.0.0.1\"\n[web.places]\n\"Camp 1\" = [91.0, 0.0]");
        assert!(nowhere.unwrap_err().to_string().contains("the place of \"Camp 1\""));
        let half = with("[web]\nlisten = \"10.0.0.1\"\ncertificate = \"a.pem\"").unwrap_err();
        assert!(half.to_string().contains("name both files"), "{half}");
        let none = with("[web]\nlisten = \"10.0.0.1\"\n[clients]\naccept = false").unwrap_err();
        assert!(none.to_string().contains("browsers are clients"), "{none}");
    }

    #[test]
    fn smpp_is_spoken_where_it_is_wanted_at_its_usual_ports() {
        let with = |written: &str| {
            let settings = read(&format!("data = \"x\"\nlisten = \"10.0.0.1\"\n{written}"));
            settings.and_then(Sources::check).map(|settings| settings.smpp)
        };
        assert_eq!(with("").unwrap(), None);
        let smpp = with(
            "[smpp]\nlisten = \"10.0.0.1\"\nlisten_tls = \"[::1]\"\n\
                         certificate = \"c\"\nkey = \"k\"",
        );
        let smpp = smpp.unwrap_err().to_string();
        assert!(smpp.contains("is not an address"), "{smpp}");
        let smpp = with(
            "[smpp]\nlisten = \"10.0.0.1\"\nlisten_tls = \"::1\"\n\
                         certificate = \"c\"\nkey = \"k\"",
        );
        let smpp = smpp.unwrap().unwrap();
        assert_eq!(smpp.listen, Some("10.0.0.1:2775".parse().unwrap()));
        assert_eq!(smpp.tls.unwrap().0, "[::1]:3550".parse().unwrap());
        let half = with("[smpp]\nlisten_tls = \"::1\"").unwrap_err().to_string();
        assert!(half.contains("all of `listen_tls`"), "{half}");
        let none = with("[smpp]\nlisten = \"10.0.0.1\"\n[clients]\naccept = false").unwrap_err();
        assert!(none.to_string().contains("are clients"), "{none}");
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
            "where to listen is not set; use --listen or --line, or `listen` in postrider.toml"
        );
    }

    #[test]
    fn a_server_without_a_line_has_trunks() {
        let key = crate::Identity::generate().unwrap().key();
        let written = format!(
            r#"
            data = "x"
            listen = "10.0.0.1"
            name = "Camp 2"
            [trunks]
            allow = ["{key}"]
            lifetime_hours = 3
            blocks = ["604556xxxx", "604555xxxx"]
            [[trunks.peer]]
            address = "10.0.0.2"
            key = "{key}"
            mtu = 256
            clear = true
            [[trunks.peer]]
            address = "10.0.0.3:999"
            cost = 7
            "#
        );
        let settings = read(&written).unwrap().check().unwrap();
        assert_eq!(settings.address(), "10.0.0.1:10410".parse().unwrap());
        let trunks = settings.trunks.unwrap();
        assert_eq!((trunks.name.as_str(), trunks.peers.len()), ("Camp 2", 2));
        let [one, two] = [&trunks.peers[0], &trunks.peers[1]];
        assert_eq!((one.key, one.link.mtu, one.cost), (Some(key), 256, 1));
        assert_eq!((two.key, two.link.mtu, two.cost), (None, 1_200, 7));
        assert_eq!(one.link.mode, postrider_link::Mode::Clear);
        assert!(matches!(trunks.strangers, postrider_link::Strangers::Allow(_)));
        let blocks: Vec<String> = trunks.blocks.iter().map(|block| block.to_string()).collect();
        assert_eq!(blocks, ["604555xxxx", "604556xxxx"]);
    }

    #[test]
    fn blocks_that_cannot_be_are_refused() {
        let with = |blocks: &str| {
            let written =
                format!("data = \"x\"\nlisten = \"10.0.0.1\"\n[trunks]\nblocks = {blocks}");
            read(&written).and_then(Sources::check).unwrap_err().to_string()
        };
        assert!(with("[\"604555\"]").contains("\"604555\": a block is written like 604555xxxx"));
        assert!(with("[\"604555xxxx\", \"604xxxxxxx\"]").contains("overlap"));
        let many: Vec<String> = (10..27).map(|first| format!("{first}xxxxxxxx")).collect();
        assert!(with(&format!("{many:?}")).contains("too many"));
    }

    #[test]
    fn a_peer_that_cannot_be_is_refused() {
        let with = |peer: &str| {
            let written = format!("data = \"x\"\nlisten = \"10.0.0.1\"\n[[trunks.peer]]\n{peer}");
            read(&written).and_then(Sources::check).unwrap_err().to_string()
        };
        assert!(with("cost = 1").contains("it needs a key, an address, or both"));
        assert!(with("address = \"a\"").contains("\"a\" is not an address"));
        assert!(with("address = \"10.0.0.2\"\nmtu = 99").contains("mtu is from 256 to 1400"));
        assert!(with("key = \"12\"").contains("\"12\" is not a server's key"));
        assert!(with("address = \"10.0.0.2\"\ncost = 0").contains("from 1 up"));
        assert!(with("adress = \"10.0.0.2\"").contains("did you mean `address`?"));
    }

    #[test]
    fn a_peer_on_the_command_line_has_a_key_an_address_or_both() {
        let key = crate::Identity::generate().unwrap().key().to_string();
        let both = PeerSource::parse(&format!("{key}@10.0.0.1"));
        assert_eq!((both.key, both.address.as_deref()), (Some(key.clone()), Some("10.0.0.1")));
        assert_eq!(PeerSource::parse(&key).key, Some(key));
        assert_eq!(PeerSource::parse("10.0.0.1").address.as_deref(), Some("10.0.0.1"));
    }
}
