//! `postrider lab`: simulated networks with loss, delay and crashes, from a seed.

mod classic;
mod devices;
mod native;
mod view;
mod written;

use anyhow::{bail, ensure};
use postrider_engine::limits::Limits;
use postrider_sim::devices::Given as DevicesGiven;
use postrider_sim::trunks::{Given, Shape};
use postrider_sim::{Bug, Disk, Options};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;
use written::{bug, disk, duration, limits, range, share};

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
        Network::Classic => classic::run(args),
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
}
