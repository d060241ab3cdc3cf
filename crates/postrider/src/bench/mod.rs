//! `postrider bench`: load, and the figures that docs/performance.md quotes.
//!
//! Real servers, as processes of their own, on loopback; the load comes from this
//! process. The two limits that the figures are held against are measured in the
//! same run.

mod clients;
mod directory;
mod engine;
mod figures;
mod filled;
mod latency;
mod limits;
mod line;
mod links;
mod load;
mod news;
mod process;
mod single;
mod smpp;
mod trunk;
mod web;

use crate::log::{self, Format, say};
use clap::Subcommand;
use figures::Figures;
use std::process::ExitCode;
use std::time::Duration;

/// Load, and the figures that docs/performance.md quotes.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// The classic protocol: one server, and a line of five
    Classic(ClassicArgs),
    /// Native trunks: lines of servers, and the directory
    Trunk(TrunkArgs),
    /// Native clients: one that submits, and many that are only there
    Clients(ClientsArgs),
    /// SMPP: texts submitted, how long an answer takes, and binds that do nothing
    Smpp(SmppArgs),
    /// The page for browsers: open ones, and what the API takes
    Web(WebArgs),
    /// What the engine alone takes for a message
    Engine(EngineArgs),
    #[command(hide = true)]
    Crowd(clients::CrowdArgs),
}

/// Native clients: one that submits, and many that are only there.
#[derive(clap::Args)]
pub(crate) struct ClientsArgs {
    /// Seconds for each figure of a rate
    #[arg(long, value_name = "S", default_value_t = 3.0)]
    seconds: f64,
    /// Clients that are attached and do nothing
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    idle: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// SMPP: texts submitted, how long an answer takes, and binds that do nothing.
#[derive(clap::Args)]
pub(crate) struct SmppArgs {
    /// Seconds for each figure of a rate
    #[arg(long, value_name = "S", default_value_t = 3.0)]
    seconds: f64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The page for browsers: what open ones cost, how fast a text is in one, what the API takes.
#[derive(clap::Args)]
pub(crate) struct WebArgs {
    /// Seconds for each figure of a rate
    #[arg(long, value_name = "S", default_value_t = 3.0)]
    seconds: f64,
    /// Pages that are open; each takes the server two files, see `ulimit -n`
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pages: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What the engine alone takes for a message, without sockets, disk and cryptography.
#[derive(clap::Args)]
pub(crate) struct EngineArgs {
    /// Messages of each kind, at least 256
    #[arg(long, value_name = "N", default_value_t = 300_000)]
    messages: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Native trunks: lines of servers, the directory, and what is simulated of both.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct TrunkArgs {
    #[command(subcommand)]
    only: Option<Simulated>,
    /// Seconds for each figure of a rate
    #[arg(long, value_name = "S", default_value_t = 4.0)]
    seconds: f64,
    /// Servers of each line; 0 for the directory alone
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "2,5,10")]
    servers: Vec<usize>,
    /// Bytes of a link's datagrams, at most
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "1200,256")]
    mtu: Vec<u16>,
    /// Numbers in the largest directory
    #[arg(long, value_name = "N", default_value_t = 10_000_000)]
    numbers: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// One part alone, in simulated time: the same figures on every machine.
#[derive(Subcommand)]
enum Simulated {
    /// What a link carries, alone and shared
    Links(SimulatedArgs),
    /// How the directory spreads
    News(SimulatedArgs),
}

#[derive(clap::Args)]
struct SimulatedArgs {
    /// The whole of it, which takes an hour, instead of some examples
    #[arg(long)]
    all: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The classic protocol: one server, and a line of five.
///
/// Takes some minutes, and disk in folders that it removes.
#[derive(clap::Args)]
pub(crate) struct ClassicArgs {
    /// Seconds for each figure of a rate
    #[arg(long, value_name = "S", default_value_t = 4.0)]
    seconds: f64,
    /// Waiting messages and clients in the largest data folders
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    waiting: u64,
    /// Clients in the largest directory
    #[arg(long, value_name = "N", default_value_t = 10_000_000)]
    clients: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    log::begin("warn", Format::Text)?;
    match &args.what {
        What::Classic(args) => classic(args),
        What::Trunk(args) => trunk(args),
        What::Engine(args) => engine(args),
        What::Clients(args) => clients(args),
        What::Smpp(args) => smpp(args),
        What::Web(args) => web(args),
        What::Crowd(args) => clients::run_crowd(args),
    }
}

fn classic(args: &ClassicArgs) -> anyhow::Result<ExitCode> {
    let mut figures = Figures::new(!args.json);
    let time = Duration::from_secs_f64(args.seconds);
    single::measure(&mut figures, time)?;
    line::measure(&mut figures, time)?;
    filled::measure(&mut figures, time, args.waiting, args.clients)?;
    if args.json {
        say(figures.into_json());
    }
    Ok(ExitCode::SUCCESS)
}

fn clients(args: &ClientsArgs) -> anyhow::Result<ExitCode> {
    let mut figures = Figures::new(!args.json);
    clients::measure(&mut figures, Duration::from_secs_f64(args.seconds), args.idle)?;
    if args.json {
        say(figures.into_json());
    }
    Ok(ExitCode::SUCCESS)
}

fn smpp(args: &SmppArgs) -> anyhow::Result<ExitCode> {
    let mut figures = Figures::new(!args.json);
    smpp::measure(&mut figures, Duration::from_secs_f64(args.seconds))?;
    if args.json {
        say(figures.into_json());
    }
    Ok(ExitCode::SUCCESS)
}

fn web(args: &WebArgs) -> anyhow::Result<ExitCode> {
    let mut figures = Figures::new(!args.json);
    web::measure(&mut figures, Duration::from_secs_f64(args.seconds), args.pages)?;
    if args.json {
        say(figures.into_json());
    }
    Ok(ExitCode::SUCCESS)
}

fn engine(args: &EngineArgs) -> anyhow::Result<ExitCode> {
    let mut figures = Figures::new(!args.json);
    engine::measure(&mut figures, args.messages)?;
    if args.json {
        say(figures.into_json());
    }
    Ok(ExitCode::SUCCESS)
}

fn trunk(args: &TrunkArgs) -> anyhow::Result<ExitCode> {
    if let Some(only) = &args.only {
        return simulated(only);
    }
    let mut figures = Figures::new(!args.json);
    let time = Duration::from_secs_f64(args.seconds);
    for mtu in &args.mtu {
        for servers in args.servers.iter().filter(|servers| **servers > 0) {
            anyhow::ensure!(*servers > 1, "--servers: a trunk joins two");
            trunk::measure(&mut figures, time, *servers, *mtu)?;
        }
        trunk::measure_backlog(&mut figures, *mtu)?;
    }
    directory::measure(&mut figures, args.numbers)?;
    links::measure(&mut figures, false)?;
    news::measure(&mut figures, false)?;
    if args.json {
        say(figures.into_json());
    }
    Ok(ExitCode::SUCCESS)
}

fn simulated(only: &Simulated) -> anyhow::Result<ExitCode> {
    let (Simulated::Links(args) | Simulated::News(args)) = only;
    let mut figures = Figures::new(!args.json);
    match only {
        Simulated::Links(_) => links::measure(&mut figures, args.all)?,
        Simulated::News(_) => news::measure(&mut figures, args.all)?,
    }
    if args.json {
        say(figures.into_json());
    }
    Ok(ExitCode::SUCCESS)
}
