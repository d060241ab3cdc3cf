//! `postrider serve`: a server in the foreground.

use crate::log::{self, Format, say};
use crate::page::{self, Page};
use crate::smpp::Gateway;
use crate::watchdog::Watchdog;
use anyhow::Context;
use clap::ValueEnum;
use postrider_server::{
    ClassicSources, PeerSource, Server, Settings, SmppSources, Sources, Status, Teller,
    TrunkSources, WebSources,
};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::{IsTerminal, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Run a server, in the foreground.
///
/// What it has accepted is on disk before it says so. SIGTERM or Ctrl-C drains it:
/// what was received is answered and flushed, then it ends.
///
/// Each setting may stand in a file, in the environment, or on the command line; the
/// later ones win. Two servers that know each other's keys (`postrider keygen` shows
/// them) have a trunk between them:
///
///   postrider serve --listen 10.0.0.1 --data ./camp1 --name "Camp 1" --peer KEY2@10.0.0.2
///   postrider serve --listen 10.0.0.2 --data ./camp2 --name "Camp 2" --peer KEY1
///
/// A server of a classic line needs no key. The first of three on one machine:
///
///   postrider serve --line 127.0.0.1:10411,127.0.0.1:10412,127.0.0.1:10413 \
///                   --index 1 --data ./server1
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// The settings' file; postrider.toml in this folder if there is one
    #[arg(long, value_name = "FILE", env = "POSTRIDER_CONFIG")]
    config: Option<PathBuf>,
    /// Where to listen, IP or IP:PORT (port 10410), unless it has a place in a line
    #[arg(long, value_name = "ADDR", env = "POSTRIDER_LISTEN")]
    listen: Option<String>,
    /// What people call this server, 1 to 32 bytes
    #[arg(long, value_name = "NAME", env = "POSTRIDER_NAME")]
    name: Option<String>,
    /// A server to have a trunk with: its address to dial it, its key to be sure who it
    /// is. Without a key, the one that is seen first is kept. May be given several times
    #[arg(long, value_name = "KEY@ADDR|KEY|ADDR", value_delimiter = ',', env = "POSTRIDER_PEERS")]
    peer: Option<Vec<String>>,
    /// Show this server to the local network by multicast DNS, and look there for peers that
    /// have a key and no address
    #[arg(long, env = "POSTRIDER_DISCOVER")]
    discover: bool,
    /// The file with this server's secret key [default: identity.key in the data folder]
    #[arg(long, value_name = "FILE", env = "POSTRIDER_KEY_FILE")]
    key_file: Option<PathBuf>,
    /// All servers of the classic line in their order, IP or IP:PORT (port 10410)
    #[arg(long, value_name = "ADDR,ADDR,…", value_delimiter = ',', env = "POSTRIDER_LINE")]
    line: Option<Vec<String>>,
    /// Which server of the line this one is, from 1
    #[arg(long, value_name = "I", env = "POSTRIDER_INDEX")]
    index: Option<usize>,
    /// The folder that keeps what is accepted; made if it is not there
    #[arg(long, value_name = "DIR", env = "POSTRIDER_DATA")]
    data: Option<PathBuf>,
    /// Whether clients acknowledge what they are handed; if not, it is removed when it
    /// is handed out [default: yes]
    #[arg(long, value_name = "yes|no", env = "POSTRIDER_ACKNOWLEDGED")]
    acknowledged: Option<YesNo>,
    /// Networks, beside loopback, whose clients are answered, such as 192.168.7.0/24
    #[arg(long, value_name = "NET,…", value_delimiter = ',', env = "POSTRIDER_NETWORKS")]
    networks: Option<Vec<String>>,
    /// Show the page for browsers here, IP or IP:PORT (port 10410, TCP): whoever reaches it can
    /// have a number of this server
    #[arg(long, value_name = "ADDR", env = "POSTRIDER_WEB")]
    web: Option<String>,
    /// Speak SMPP here, IP or IP:PORT (port 2775, TCP), with the accounts of
    /// `postrider smpp account`
    #[arg(long, value_name = "ADDR", env = "POSTRIDER_SMPP")]
    smpp: Option<String>,
    /// How much is logged: error, warn, info, debug, or finer directives
    #[arg(long, value_name = "LEVEL", default_value = "info", env = "POSTRIDER_LOG")]
    log: String,
    /// How log lines are written
    #[arg(long, value_name = "FORMAT", default_value = "text", env = "POSTRIDER_LOG_FORMAT")]
    log_format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum YesNo {
    Yes,
    No,
}

/// Where settings are read from if no file is named.
pub(crate) const DEFAULT_FILE: &str = "postrider.toml";

/// How often the signals and the server's health are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

impl Args {
    fn settings(&self) -> anyhow::Result<Settings> {
        Ok(self.flags()?.over(self.file()?).check()?)
    }

    /// What flags and environment say.
    pub(crate) fn flags(&self) -> anyhow::Result<Sources> {
        let networks = self.networks.as_ref().map(|all| {
            let parse = |one: &String| one.parse().with_context(|| format!("the network {one:?}"));
            all.iter().map(parse).collect::<anyhow::Result<Vec<_>>>()
        });
        let classic = ClassicSources {
            line: self.line.clone(),
            index: self.index,
            acknowledged: self.acknowledged.map(|answer| answer == YesNo::Yes),
            networks: networks.transpose()?,
            requests_per_second: None,
        };
        Ok(Sources {
            data: self.data.clone(),
            listen: self.listen.clone(),
            name: self.name.clone(),
            classic,
            trunks: self.trunks(),
            web: WebSources { listen: self.web.clone(), ..WebSources::default() },
            smpp: SmppSources { listen: self.smpp.clone(), ..SmppSources::default() },
            ..Sources::default()
        })
    }

    fn trunks(&self) -> Option<TrunkSources> {
        let peer = self.peer.as_ref().map(|all| all.iter().map(|one| PeerSource::parse(one)));
        let peer = peer.map(Iterator::collect);
        let discover = self.discover.then_some(true);
        let is_said = peer.is_some() || self.key_file.is_some() || discover.is_some();
        let key_file = self.key_file.clone();
        is_said.then(|| TrunkSources { peer, key_file, discover, ..TrunkSources::default() })
    }

    /// What the settings' file says, if there is one.
    pub(crate) fn file(&self) -> anyhow::Result<Sources> {
        match self.file_name() {
            Some(file) => Ok(Sources::read(&file)?),
            None => Ok(Sources::default()),
        }
    }

    /// The settings' file: the one that is named, or else the one of this folder.
    pub(crate) fn file_name(&self) -> Option<PathBuf> {
        let default = PathBuf::from(DEFAULT_FILE);
        self.config.clone().or_else(|| default.is_file().then_some(default))
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    log::begin(&args.log, args.log_format)?;
    let settings = args.settings()?;
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    let server = Server::start(&settings)?;
    let page = Page::start(&settings, &server)?;
    warn_if_nobody_may_attach(&settings, &server);
    say_ready(&settings, &server);
    if let Some(page) = &page {
        say(format_args!("its page is at {}", page.address()));
        page::first_key(&settings.data, stdout().is_terminal())?.into_iter().for_each(say);
    }
    let smpp = Gateway::start(&settings, &server)?;
    for address in smpp.iter().flat_map(Gateway::addresses) {
        say(format_args!("it speaks SMPP at {address}"));
    }
    notify(sd_notify::NotifyState::Ready);
    let (mut teller, mut watchdog) = (Teller::default(), Watchdog::of_the_system());
    while server.is_running() && signals.pending().next().is_none() {
        std::thread::park_timeout(LOOK_EVERY);
        teller.tell(&server);
        watchdog.tell(&server);
    }
    notify(sd_notify::NotifyState::Stopping);
    tracing::info!("draining");
    smpp.into_iter().for_each(Gateway::stop);
    page.into_iter().for_each(Page::stop);
    let drops = server.drops();
    let Status { counters, sizes } = server.drain()?;
    tracing::info!(
        accepted = counters.accepted,
        taken_over = counters.taken_over,
        delivered = counters.delivered,
        handed_over = counters.handed_over,
        waiting = sizes.waiting,
        commits = counters.commits,
        log_bytes = counters.committed_bytes,
        refused = counters.refused(),
        dropped = %drops.summary(),
        "drained; everything accepted is on disk"
    );
    Ok(ExitCode::SUCCESS)
}

fn say_ready(settings: &Settings, server: &Server) {
    let address = server.address();
    match (&settings.trunks, settings.line.count()) {
        (Some(trunks), 1) => say(format_args!("{} is ready on {address}", trunks.name)),
        (_, count) => say(format_args!("server {} of {count} is ready on {address}", settings.me)),
    }
    if let Some(key) = server.key() {
        say(format_args!("its key is {key}"));
    }
}

/// A server on a network's address that answers nobody there is likely a mistake.
fn warn_if_nobody_may_attach(settings: &Settings, server: &Server) {
    if !server.address().ip().is_loopback() && settings.networks.is_empty() {
        tracing::warn!(
            "clients are answered on loopback only; name their networks with --networks, \
             or `classic.networks` in postrider.toml"
        );
    }
}

/// Tells systemd, where it is there to be told.
pub(crate) fn notify(state: sd_notify::NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::debug!(%error, "systemd was not told");
    }
}
