//! What a world of devices is made of.

use super::bugs::Bug;
use super::report::Promise;
use crate::options::{Disk, one_of};
use crate::trunks::{self, Shape, Weather};
use fastrand::Rng;
use std::fmt;
use std::time::Duration;

/// What a world is made of; [`Options::from_seed`] varies everything.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Servers, wires and what goes wrong with them.
    pub servers: trunks::Options,
    /// People, 2 or more, with a number each.
    pub people: usize,
    /// How many of them have a second device.
    pub second_devices: usize,
    /// The mean time between two things that a person does.
    pub pace: Duration,
    /// Times in an hour that a device loses power, or its program is killed.
    pub power_losses: f64,
    /// How long it stays off at the most.
    pub off_max: Duration,
    /// Times in an hour that a device gets another address.
    pub address_changes: f64,
    /// Times in an hour that a person prefers other servers.
    pub roams: f64,
    /// Times in an hour that a device's wire to a server is cut for a while.
    pub cuts: f64,
    /// Times in an hour that a device's clock is set, by up to a year.
    pub clocks_set: f64,
    /// Times in an hour that a device is lost, and its number comes back on a new one.
    pub reinstalls: f64,
    /// Share of the devices' links that are clear.
    pub clear: f64,
    /// Share of texts that are for a number that nobody has.
    pub hopeless: f64,
    /// Share of questions for a server's address that have no answer.
    pub nameless: f64,
    /// Which promise is checked; all of them, unless a test of the checkers asks for one.
    pub checks: Option<Promise>,
    /// A planted bug.
    pub bug: Option<Bug>,
}

/// What somebody who asks for a world wants, whatever its seed says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Given {
    /// Servers, 1 to 5.
    pub servers: Option<usize>,
    /// See [`Weather::loss`].
    pub loss: Option<f64>,
}

impl Default for Options {
    fn default() -> Options {
        let servers = trunks::Options {
            servers: 3,
            people: 0,
            minutes: 4,
            cuts: 10.0,
            partitions: 2.0,
            flaps: 0.0,
            address_changes: 0.0,
            cut_max: Duration::from_secs(40),
            ..trunks::Options::default()
        };
        Options {
            servers,
            people: 4,
            second_devices: 1,
            pace: Duration::from_secs(8),
            power_losses: 40.0,
            off_max: Duration::from_secs(30),
            address_changes: 20.0,
            roams: 0.0,
            cuts: 20.0,
            clocks_set: 10.0,
            reinstalls: 0.0,
            clear: 0.0,
            hopeless: 0.0,
            nameless: 0.1,
            checks: None,
            bug: None,
        }
    }
}

impl Options {
    /// A world that differs in everything from the next seed's, except for what is given.
    pub fn from_seed(seed: u64, given: &Given) -> Options {
        let mut dice = Rng::with_seed(seed ^ 0x6465_7669_6365);
        let dice = &mut dice;
        let base = Options::default();
        let mut servers = trunks::Options {
            servers: dice.usize(1..=5),
            shape: Shape::ALL[dice.usize(..Shape::ALL.len())],
            minutes: dice.u32(1..=5),
            weather: Weather::from_dice(dice),
            narrow: one_of(dice, &[0.0, 0.0, 0.5]),
            narrow_rate: one_of(dice, &[600, 2_400]),
            cuts: one_of(dice, &[0.0, 10.0, 40.0]),
            partitions: one_of(dice, &[0.0, 4.0]),
            flaps: one_of(dice, &[0.0, 0.0, 2.0]),
            cut_max: Duration::from_secs(one_of(dice, &[5, 40])),
            crashes: one_of(dice, &[0.0, 10.0, 60.0]),
            down_max: Duration::from_secs(one_of(dice, &[1, 10, 40])),
            disk_full: one_of(dice, &[0.0, 0.0, 20.0]),
            drift: one_of(dice, &[0.0, 0.0, 0.01]),
            disk: if seed.is_multiple_of(4) { Disk::Store } else { Disk::Memory },
            flush: Duration::from_micros(one_of(dice, &[50, 300, 20_000])),
            ..base.servers.clone()
        };
        servers.servers = given.servers.unwrap_or(servers.servers).clamp(1, 5);
        servers.weather.loss = given.loss.unwrap_or(servers.weather.loss);
        Options {
            servers,
            people: dice.usize(2..=4),
            second_devices: one_of(dice, &[0, 0, 1, 2]),
            pace: Duration::from_millis(dice.u64(2_000..15_000)),
            power_losses: one_of(dice, &[0.0, 20.0, 120.0]),
            off_max: Duration::from_secs(one_of(dice, &[1, 10, 90])),
            address_changes: one_of(dice, &[0.0, 20.0]),
            roams: one_of(dice, &[0.0, 0.0, 30.0]),
            cuts: one_of(dice, &[0.0, 30.0]),
            clocks_set: one_of(dice, &[0.0, 0.0, 30.0]),
            reinstalls: one_of(dice, &[0.0, 0.0, 10.0]),
            clear: one_of(dice, &[0.0, 0.0, 0.3]),
            hopeless: one_of(dice, &[0.0, 0.0, 0.1]),
            nameless: one_of(dice, &[0.0, 0.2]),
            ..base
        }
    }

    /// As the servers' part of the world takes it.
    pub(crate) fn of_servers(&self) -> trunks::Options {
        let bug = self.bug.and_then(Bug::of_servers);
        trunks::Options { bug, clients: self.people as u32, ..self.servers.clone() }
    }
}

/// As flags of the lab, each after a space.
impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Given { servers, loss } = self;
        servers.iter().try_for_each(|servers| write!(f, " --servers {servers}"))?;
        loss.iter().try_for_each(|loss| write!(f, " --loss {loss}"))
    }
}
