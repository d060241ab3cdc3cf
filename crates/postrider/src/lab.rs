//! `postrider lab`: simulated networks with loss, delay and crashes, from a seed.

mod devices;
mod native;
mod view;

use crate::log::say;
use anyhow::{Context, bail, ensure};
use postrider_engine::limits::Limits;
use postrider_sim::devices::Given as DevicesGiven;
use postrider_sim::trunks::{Given, Shape};
use postrider_sim::{Bug, Disk, Excused, Options, Report, Violation, run as simulate};
use serde_json::json;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Simulated networks with loss, delay and crashes, from a seed.
///
/// The servers are the real engine and store; time, wires, disks, crashes and people
/// are simulated. Each world first has faults, then none; then everything accepted
/// must have arrived, all servers must agree, and the world must fall quiet. The same
/// seed and options give the same world, datagram by datagram.
///
/// `--network native` simulates servers that are joined by native trunks in any shape,
/// with partitions, changing addresses, wrong clocks and a lying neighbour. All but
/// --servers, --shape and --loss is then drawn from the seed.
///
/// `--network devices` simulates real clients on 1 to 5 such servers: devices lose power at
/// any step, change addresses and servers, have their clocks set, and are lost and installed
/// anew. All but --servers and --loss is drawn from the seed. Their files lie in a temporary
/// folder while a world runs.
///
/// `--view` shows one native world in a browser: the map of the network page, with what
/// happened, and a slider for the time:
///
///   postrider lab --network native --seed 7 --servers 12 --view
///
/// Exits with 1 if a promise was broken, and prints how to repeat it.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// The first world's seed
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How many worlds, one seed each
    #[arg(long, value_name = "N", default_value_t = 1)]
    count: u64,
    /// Which dialect the servers speak among themselves
    #[arg(long, value_enum, default_value_t = Network::Classic)]
    network: Network,
    /// How native servers are joined: line, ring, star, mesh or random
    #[arg(long, value_name = "SHAPE", conflicts_with = "vary")]
    shape: Option<Shape>,
    /// Show one native world in a browser, at this address
    #[arg(long, value_name = "ADDR", num_args = 0..=1, require_equals = true,
          default_missing_value = "127.0.0.1:10410", conflicts_with_all = ["count", "json"])]
    view: Option<SocketAddr>,
    /// Draw all other options from each seed
    #[arg(long)]
    vary: bool,
    /// Print one JSON object a world, and one for all
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    world: World,
}

/// What servers speak among themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Network {
    /// The classic protocol, in a line.
    Classic,
    /// Native trunks, in any shape.
    Native,
    /// Native trunks, and native clients.
    Devices,
}

/// What stands in the way of --vary.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
#[group(conflicts_with = "vary", multiple = true)]
struct World {
    /// Servers, 1 to 12 in a line; native ones 2 to 50, and with devices 1 to 5
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=50))]
    servers: Option<u8>,
    /// People who text each other
    #[arg(long, value_name = "N")]
    people: Option<u32>,
    /// How long faults happen, in simulated minutes
    #[arg(long, value_name = "M")]
    minutes: Option<u32>,
    /// Mean time between two things that a person does, such as 20s
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pace: Option<Duration>,
    /// Share of datagrams that are lost, 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = share)]
    loss: Option<f64>,
    /// Share of datagrams that arrive twice
    #[arg(long, value_name = "SHARE", value_parser = share)]
    duplicate: Option<f64>,
    /// Share of datagrams that later ones overtake
    #[arg(long, value_name = "SHARE", value_parser = share)]
    stray: Option<f64>,
    /// How long datagrams take, such as 1ms..40ms
    #[arg(long, value_name = "TIME..TIME", value_parser = range)]
    delay: Option<(Duration, Duration)>,
    /// How much longer a straying one takes at the most
    #[arg(long, value_name = "TIME", value_parser = duration)]
    stray_max: Option<Duration>,
    /// Crashes of each server in a simulated hour
    #[arg(long, value_name = "N")]
    crashes: Option<f64>,
    /// How long a server stays down at the most
    #[arg(long, value_name = "TIME", value_parser = duration)]
    down_max: Option<Duration>,
    /// Share of what people do that is moving to another server
    #[arg(long, value_name = "SHARE", value_parser = share)]
    moving: Option<f64>,
    /// Share of what people do that is leaving and coming back
    #[arg(long, value_name = "SHARE", value_parser = share)]
    leaving: Option<f64>,
    /// Share of people whose programs do not mark their texts
    #[arg(long, value_name = "SHARE", value_parser = share)]
    unmarked: Option<f64>,
    /// Share of servers that remove a text when they hand it out
    #[arg(long, value_name = "SHARE", value_parser = share)]
    unacknowledged: Option<f64>,
    /// Malformed and forged datagrams in a simulated minute
    #[arg(long, value_name = "N")]
    rogue: Option<f64>,
    /// Times that a server's disk is full for a while, in a simulated hour
    #[arg(long, value_name = "N")]
    disk_full: Option<f64>,
    /// The servers' limits: clients, waiting, mailbox, bytes of slack in the log
    #[arg(long, value_name = "N,N,N,N", value_parser = limits)]
    limits: Option<Limits>,
    /// Where logs are kept: Store (a simulated disk that tears writes) or Memory
    #[arg(long, value_name = "KIND", value_parser = disk)]
    disk: Option<Disk>,
    /// How long a flush takes
    #[arg(long, value_name = "TIME", value_parser = duration)]
    flush: Option<Duration>,
    /// A planted bug, which has to be caught
    #[arg(long, value_name = "BUG", value_parser = bug)]
    bug: Option<Bug>,
}

/// What all worlds came to.
#[derive(Default)]
struct Total {
    worlds: u64,
    broken: u64,
    accepted: u64,
    delivered: u64,
    datagrams: u64,
    crashes: u64,
    excused: u64,
    simulated: Duration,
    busy: Duration,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if let Some(listen) = args.view {
        ensure!(
            args.network == Network::Native,
            "--view shows native worlds: add --network native"
        );
        return view::run(args.seed, &args.given()?, listen);
    }
    match args.network {
        Network::Native => Ok(native::run(args.seed, args.count, &args.given()?, args.json)),
        Network::Devices => {
            Ok(devices::run(args.seed, args.count, &args.given_of_devices()?, args.json))
        }
        Network::Classic => run_classic(args),
    }
}

impl Args {
    /// What a native world is to be, whatever its seed says.
    fn given(&self) -> anyhow::Result<Given> {
        let World { servers, loss, .. } = self.world;
        let given = World { servers, loss, ..World::default() };
        if self.world != given {
            bail!("of a native world only --servers, --shape and --loss can be set");
        }
        if servers.is_some_and(|servers| servers < 2) {
            bail!("a native world has 2 to 50 servers");
        }
        Ok(Given { servers: servers.map(usize::from), shape: self.shape, loss })
    }
}

impl Args {
    /// What a world of devices is to be, whatever its seed says.
    fn given_of_devices(&self) -> anyhow::Result<DevicesGiven> {
        let World { servers, loss, .. } = self.world;
        let given = World { servers, loss, ..World::default() };
        if self.world != given || self.shape.is_some() {
            bail!("of a world of devices only --servers and --loss can be set");
        }
        if servers.is_some_and(|servers| servers > 5) {
            bail!("a world of devices has 1 to 5 servers");
        }
        Ok(DevicesGiven { servers: servers.map(usize::from), loss })
    }
}

fn run_classic(args: &Args) -> anyhow::Result<ExitCode> {
    if args.shape.is_some() || args.world.servers.is_some_and(|servers| servers > 12) {
        bail!("classic servers are in a line of 1 to 12; --network native has other shapes");
    }
    let started = Instant::now();
    let mut total = Total::default();
    for seed in args.seed..args.seed.saturating_add(args.count) {
        let options = if args.vary { Options::from_seed(seed) } else { args.world.options() };
        let began = Instant::now();
        match simulate(seed, &options) {
            Ok(report) => {
                total.add(&report);
                let took = began.elapsed();
                if args.json {
                    say(world_json(seed, &options, &report, took));
                } else {
                    say(world_line(seed, &options, &report, took));
                }
            }
            Err(violation) => {
                total.broken += 1;
                say(if args.json { violation_json(&violation) } else { violation.to_string() });
            }
        }
    }
    let took = started.elapsed();
    say(if args.json { total.json(took).to_string() } else { total.text(took) });
    Ok(if total.broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl World {
    fn options(&self) -> Options {
        let mut options = Options::default();
        set(&mut options.servers, self.servers);
        set(&mut options.people, self.people);
        set(&mut options.minutes, self.minutes);
        set(&mut options.pace, self.pace);
        set(&mut options.weather.loss, self.loss);
        set(&mut options.weather.duplicate, self.duplicate);
        set(&mut options.weather.stray, self.stray);
        set(&mut options.weather.delay_min, self.delay.map(|(min, _)| min));
        set(&mut options.weather.delay_max, self.delay.map(|(_, max)| max));
        set(&mut options.weather.stray_max, self.stray_max);
        set(&mut options.crashes, self.crashes);
        set(&mut options.down_max, self.down_max);
        set(&mut options.moving, self.moving);
        set(&mut options.leaving, self.leaving);
        set(&mut options.unmarked, self.unmarked);
        set(&mut options.unacknowledged, self.unacknowledged);
        set(&mut options.rogue, self.rogue);
        set(&mut options.disk_full, self.disk_full);
        set(&mut options.limits, self.limits);
        set(&mut options.disk, self.disk);
        set(&mut options.flush, self.flush);
        options.bug = self.bug;
        options
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

/// How much faster than the simulated time, and than that part of it in which people
/// do things: most of the rest is a quiet hour.
fn ratio(simulated: Duration, took: Duration) -> f64 {
    simulated.as_secs_f64() / took.as_secs_f64().max(1e-9)
}

fn sum(excused: &Excused) -> u64 {
    let Excused {
        late_repeats,
        shown_from_two_copies,
        shown_from_one_copy,
        lost_to_an_old_ack,
        lost_unacknowledged,
        tossed,
        order_after_a_move,
    } = *excused;
    late_repeats
        + shown_from_two_copies
        + shown_from_one_copy
        + lost_to_an_old_ack
        + lost_unacknowledged
        + tossed
        + order_after_a_move
}

fn world_line(seed: u64, options: &Options, report: &Report, took: Duration) -> String {
    format!(
        "seed {seed}: {} servers, {} people: {} texts accepted, {} delivered, {} wait, \
         {} crashes, {} moves, {} datagrams, {} excused; {:.0} min in {:.3} s, trace {:016x}",
        options.servers,
        options.people,
        report.accepted,
        report.delivered,
        report.waiting,
        report.crashes,
        report.moves,
        report.datagrams,
        sum(&report.excused),
        report.simulated.as_secs_f64() / 60.0,
        took.as_secs_f64(),
        report.trace
    )
}

fn world_json(seed: u64, options: &Options, report: &Report, took: Duration) -> String {
    json!({
        "seed": seed,
        "options": options.to_string(),
        "accepted": report.accepted,
        "delivered": report.delivered,
        "waiting": report.waiting,
        "crashes": report.crashes,
        "moves": report.moves,
        "datagrams": report.datagrams,
        "commits": report.commits,
        "excused": sum(&report.excused),
        "simulated_s": report.simulated.as_secs_f64(),
        "busy_s": report.busy.as_secs_f64(),
        "took_s": took.as_secs_f64(),
        "trace": format!("{:016x}", report.trace),
    })
    .to_string()
}

fn violation_json(violation: &Violation) -> String {
    json!({
        "seed": violation.seed,
        "options": violation.options.to_string(),
        "promise": format!("{:?}", violation.promise),
        "what": violation.what,
        "at_s": violation.at.as_micros() as f64 / 1e6,
    })
    .to_string()
}

impl Total {
    fn add(&mut self, report: &Report) {
        self.worlds += 1;
        self.accepted += report.accepted;
        self.delivered += report.delivered;
        self.datagrams += report.datagrams;
        self.crashes += report.crashes;
        self.excused += sum(&report.excused);
        self.simulated += report.simulated;
        self.busy += report.busy;
    }

    fn text(&self, took: Duration) -> String {
        format!(
            "{} worlds kept every promise, {} did not. {} texts accepted, {} delivered, {} crashes, \
             {} datagrams; {} times something that classic cannot prevent.\n\
             {:.1} simulated hours in {:.1} s: {:.0} times faster, {:.0} times in the busy part.",
            self.worlds,
            self.broken,
            self.accepted,
            self.delivered,
            self.crashes,
            self.datagrams,
            self.excused,
            self.simulated.as_secs_f64() / 3600.0,
            took.as_secs_f64(),
            ratio(self.simulated, took),
            ratio(self.busy, took),
        )
    }

    fn json(&self, took: Duration) -> serde_json::Value {
        json!({
            "worlds": self.worlds,
            "broken": self.broken,
            "accepted": self.accepted,
            "delivered": self.delivered,
            "crashes": self.crashes,
            "datagrams": self.datagrams,
            "excused": self.excused,
            "simulated_s": self.simulated.as_secs_f64(),
            "took_s": took.as_secs_f64(),
            "ratio": ratio(self.simulated, took),
            "ratio_busy": ratio(self.busy, took),
        })
    }
}

fn share(written: &str) -> anyhow::Result<f64> {
    let share: f64 = written.parse()?;
    if !(0.0..=1.0).contains(&share) {
        bail!("a share is 0 to 1");
    }
    Ok(share)
}

/// A number with a unit, as `Duration` prints it: 20s, 1.5ms, 300µs.
fn duration(written: &str) -> anyhow::Result<Duration> {
    let digits = written.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(written.len());
    let (value, unit) = written.split_at(digits);
    let seconds = match unit {
        "s" => 1.0,
        "ms" => 1e-3,
        "µs" | "us" => 1e-6,
        "ns" => 1e-9,
        "min" => 60.0,
        _ => bail!("write a time with its unit: 20s, 1.5ms, 300us or 2min"),
    };
    Ok(Duration::try_from_secs_f64(value.parse::<f64>()? * seconds)?)
}

fn range(written: &str) -> anyhow::Result<(Duration, Duration)> {
    let (min, max) = written.split_once("..").context("write two times, such as 1ms..40ms")?;
    Ok((duration(min)?, duration(max)?))
}

fn limits(written: &str) -> anyhow::Result<Limits> {
    let numbers: Vec<u64> = written.split(',').map(str::parse).collect::<Result<_, _>>()?;
    let [clients, waiting, mailbox, log_slack_bytes] = numbers[..] else {
        bail!("write four numbers: clients, waiting, mailbox, bytes of slack in the log");
    };
    let (clients, waiting, mailbox) = (clients as usize, waiting as usize, mailbox as usize);
    Ok(Limits { clients, waiting, mailbox, log_slack_bytes, ..Limits::default() })
}

fn disk(written: &str) -> anyhow::Result<Disk> {
    match written {
        "Store" | "store" => Ok(Disk::Store),
        "Memory" | "memory" => Ok(Disk::Memory),
        _ => bail!("Store or Memory"),
    }
}

fn bug(written: &str) -> anyhow::Result<Bug> {
    let mut all = Bug::ALL.iter().map(|(bug, _)| *bug);
    all.find(|bug| format!("{bug:?}") == written).with_context(|| {
        let names: Vec<String> = Bug::ALL.iter().map(|(bug, _)| format!("{bug:?}")).collect();
        format!("the planted bugs are {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn what_a_violation_prints_repeats_its_world() {
        for seed in 0..200 {
            let options = Options::from_seed(seed);
            let printed = options.to_string();
            let words = std::iter::once("lab").chain(printed.split(' '));
            let args = Cli::try_parse_from(words).unwrap().args;
            assert_eq!(args.world.options().to_string(), printed);
        }
    }

    #[test]
    fn what_is_given_of_a_native_world_is_read_as_it_is_printed() {
        let given = Given { servers: Some(50), shape: Some(Shape::Ring), loss: Some(0.25) };
        let printed = format!("lab --network native --seed 3{given}");
        let args = Cli::try_parse_from(printed.split(' ')).unwrap().args;
        assert_eq!(args.network, Network::Native);
        assert_eq!(args.given().unwrap(), given);
        let args = ["lab", "--network", "native", "--people", "3"];
        assert!(Cli::try_parse_from(args).unwrap().args.given().is_err());
    }

    #[test]
    fn what_is_given_of_a_world_of_devices_is_read_as_it_is_printed() {
        let given = DevicesGiven { servers: Some(5), loss: Some(0.25) };
        let printed = format!("lab --network devices --seed 3{given}");
        let args = Cli::try_parse_from(printed.split(' ')).unwrap().args;
        assert_eq!(args.network, Network::Devices);
        assert_eq!(args.given_of_devices().unwrap(), given);
        for more in [["--shape", "ring"], ["--servers", "6"], ["--people", "3"]] {
            let args = ["lab", "--network", "devices"].into_iter().chain(more);
            assert!(Cli::try_parse_from(args).unwrap().args.given_of_devices().is_err());
        }
    }

    #[test]
    fn times_are_read_with_their_units() {
        assert_eq!(duration("1.5ms").unwrap(), Duration::from_micros(1500));
        assert_eq!(duration("20s").unwrap(), Duration::from_secs(20));
        assert!(duration("20").is_err());
        assert!(share("1.1").is_err());
    }
}
