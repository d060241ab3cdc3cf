//! What a world of trunks is made of.

use super::bugs::Bug;
use super::report::Promise;
use super::shape::Shape;
use crate::options::{Disk, one_of};
use fastrand::Rng;
use postrider_engine::limits::Limits;
use std::fmt;
use std::time::Duration;

/// How wires behave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weather {
    /// Share of the datagrams that are lost, 0 to 1.
    pub loss: f64,
    /// Share that arrives twice.
    pub duplicate: f64,
    /// Share of which a byte is changed.
    pub corrupt: f64,
    /// Share that takes up to [`Weather::stray_max`] longer.
    pub stray: f64,
    /// The shortest way.
    pub delay_min: Duration,
    /// The longest way of what does not stray.
    pub delay_max: Duration,
    /// How much longer what strays takes at the most.
    pub stray_max: Duration,
}

/// What a world is made of; [`Options::from_seed`] varies everything.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Servers, 2 to 50.
    pub servers: usize,
    /// How they are joined.
    pub shape: Shape,
    /// People.
    pub people: u32,
    /// How long faults happen, in simulated minutes.
    pub minutes: u32,
    /// The mean time between two things that a person does.
    pub pace: Duration,
    /// How the wires behave while faults happen.
    pub weather: Weather,
    /// Share of the links that are narrow: 256 bytes a datagram, and few bytes a second.
    pub narrow: f64,
    /// Bytes a second of a narrow link.
    pub narrow_rate: u32,
    /// Times in an hour that a link is cut, in one direction or both.
    pub cuts: f64,
    /// Times in an hour that the network falls into two.
    pub partitions: f64,
    /// How long a cut or a partition lasts at the most.
    pub cut_max: Duration,
    /// Times in an hour that a link begins to come and go.
    pub flaps: f64,
    /// Times in an hour that a server changes its address.
    pub address_changes: f64,
    /// Crashes in an hour, of all servers together.
    pub crashes: f64,
    /// How long a server stays down at the most.
    pub down_max: Duration,
    /// Times in an hour that a disk is full for a while.
    pub disk_full: f64,
    /// How much faster or slower than the world's the servers' clocks run at the most, as
    /// a share.
    pub drift: f64,
    /// Times in an hour that a server's clock jumps ahead, by up to two days.
    pub jumps: f64,
    /// Share of the people who sometimes move, or leave and come back.
    pub movers: f64,
    /// Share of what people write that is for a number which nobody has, or whose owner
    /// never reads.
    pub hopeless: f64,
    /// Numbers of native clients; if there are none, no devices are let in.
    pub clients: u32,
    /// What a lying neighbour does in a minute; 0 for none.
    pub rogue: f64,
    /// How old texts may become.
    pub lifetime: Duration,
    /// The servers' limits.
    pub limits: Limits,
    /// On what the servers keep their logs.
    pub disk: Disk,
    /// How long a commit takes.
    pub flush: Duration,
    /// Which promise is checked; all of them, unless a test of the checkers asks for one.
    pub checks: Option<Promise>,
    /// A planted bug.
    pub bug: Option<Bug>,
}

/// What somebody who asks for a world wants, whatever its seed says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Given {
    /// See [`Options::servers`].
    pub servers: Option<usize>,
    /// See [`Options::shape`].
    pub shape: Option<Shape>,
    /// See [`Weather::loss`].
    pub loss: Option<f64>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            servers: 4,
            shape: Shape::Random,
            people: 8,
            minutes: 8,
            pace: Duration::from_secs(8),
            weather: Weather {
                loss: 0.05,
                duplicate: 0.02,
                corrupt: 0.01,
                stray: 0.05,
                delay_min: Duration::from_millis(5),
                delay_max: Duration::from_millis(60),
                stray_max: Duration::from_secs(1),
            },
            narrow: 0.0,
            narrow_rate: 1_000,
            cuts: 20.0,
            partitions: 2.0,
            cut_max: Duration::from_secs(90),
            flaps: 2.0,
            address_changes: 4.0,
            crashes: 20.0,
            down_max: Duration::from_secs(30),
            disk_full: 4.0,
            drift: 0.0,
            jumps: 0.0,
            movers: 0.0,
            hopeless: 0.0,
            clients: 0,
            rogue: 0.0,
            lifetime: Duration::from_secs(7 * 86_400),
            limits: Limits { log_slack_bytes: 64 << 10, ..Limits::default() },
            disk: Disk::Memory,
            flush: Duration::from_micros(300),
            checks: None,
            bug: None,
        }
    }
}

impl Options {
    /// A world that differs in everything from the next seed's, except for what is given.
    /// Every fourth keeps its logs in the real store.
    pub fn from_seed(seed: u64, given: &Given) -> Options {
        let mut dice = Rng::with_seed(seed ^ 0x7472_756e_6b73);
        let dice = &mut dice;
        let servers_max = one_of(dice, &[3, 4, 5, 8, 12]);
        let servers =
            if dice.u8(..150) == 0 { dice.usize(20..=50) } else { dice.usize(2..=servers_max) };
        let shape = Shape::ALL[dice.usize(..Shape::ALL.len())];
        let shape = if servers > 8 && shape == Shape::Mesh { Shape::Random } else { shape };
        let mut options = Options {
            servers,
            shape,
            people: dice.u32(2..=4 + servers as u32),
            minutes: dice.u32(2..=10),
            pace: Duration::from_millis(dice.u64(1_000..20_000)),
            weather: Weather::from_dice(dice),
            narrow: one_of(dice, &[0.0, 0.0, 0.3, 1.0]),
            narrow_rate: one_of(dice, &[250, 600, 2_400]),
            cuts: one_of(dice, &[0.0, 10.0, 60.0]),
            partitions: one_of(dice, &[0.0, 2.0, 10.0]),
            flaps: one_of(dice, &[0.0, 0.0, 4.0]),
            address_changes: one_of(dice, &[0.0, 0.0, 10.0]),
            crashes: one_of(dice, &[0.0, 6.0, 30.0, 120.0]),
            down_max: Duration::from_secs(one_of(dice, &[1, 20, 120])),
            disk_full: one_of(dice, &[0.0, 0.0, 20.0]),
            drift: one_of(dice, &[0.0, 0.0, 0.01, 0.2]),
            jumps: one_of(dice, &[0.0, 0.0, 0.0, 10.0]),
            movers: one_of(dice, &[0.0, 0.0, 0.4]),
            rogue: one_of(dice, &[0.0, 0.0, 0.0, 10.0, 60.0]),
            limits: limits_from(dice),
            disk: if seed.is_multiple_of(4) { Disk::Store } else { Disk::Memory },
            flush: Duration::from_micros(one_of(dice, &[50, 300, 20_000])),
            ..Options::default()
        };
        if options.rogue > 0.0 {
            // A liar fills a small server with what nobody ever fetches. Its neighbours cut
            // its trunks then, again and again, and the network is not quiet.
            options.limits.waiting = Limits::default().waiting;
        }
        options.vary_length(dice);
        options.apply(given);
        options
    }

    /// Short lives with texts that nobody can have, or outages of hours or weeks.
    fn vary_length(&mut self, dice: &mut Rng) {
        match dice.u16(..240) {
            0..60 => {
                self.lifetime = Duration::from_secs(60 * one_of(dice, &[5, 15, 40]));
                self.hopeless = 0.1;
            }
            60..62 if self.servers < 6 => {
                (self.minutes, self.pace) = (60 * dice.u32(2..12), Duration::from_secs(300));
                self.cut_max = Duration::from_secs(3 * 3600);
                (self.partitions, self.cuts, self.flaps) = (0.5, 0.5, 0.1);
                self.crashes /= 30.0;
                self.jumps /= 30.0;
                self.rogue /= 30.0;
            }
            62 if self.servers < 5 => self.last_weeks(dice),
            _ => self.cut_max = Duration::from_secs(one_of(dice, &[10, 60, 240])),
        }
    }

    /// Two to four weeks in which somebody writes now and then, and servers do not see each
    /// other for up to ten days.
    fn last_weeks(&mut self, dice: &mut Rng) {
        const DAY: Duration = Duration::from_secs(86_400);
        self.minutes = dice.u32(14..28) * 24 * 60;
        self.pace = DAY / 6;
        (self.cut_max, self.lifetime) = (10 * DAY, 90 * DAY);
        (self.partitions, self.cuts, self.flaps) = (1.0 / 72.0, 1.0 / 72.0, 1.0 / 72.0);
        for often in [&mut self.crashes, &mut self.disk_full, &mut self.address_changes] {
            *often /= 300.0;
        }
        (self.jumps, self.rogue) = (self.jumps / 300.0, 0.0);
    }

    fn apply(&mut self, given: &Given) {
        self.servers = given.servers.unwrap_or(self.servers).clamp(2, 50);
        self.shape = given.shape.unwrap_or(self.shape);
        self.weather.loss = given.loss.unwrap_or(self.weather.loss);
    }
}

impl Weather {
    pub(crate) fn from_dice(dice: &mut Rng) -> Weather {
        let delay_max = Duration::from_millis(one_of(dice, &[2, 30, 200, 900]));
        Weather {
            loss: one_of(dice, &[0.0, 0.01, 0.1, 0.3, 0.5]),
            duplicate: one_of(dice, &[0.0, 0.01, 0.2]),
            corrupt: one_of(dice, &[0.0, 0.0, 0.02, 0.1]),
            stray: one_of(dice, &[0.0, 0.01, 0.2]),
            delay_min: delay_max / 10,
            delay_max,
            stray_max: Duration::from_millis(one_of(dice, &[300, 2_000, 6_000])),
        }
    }

    /// The same wires on a good day.
    pub(crate) fn calm(self) -> Weather {
        let delay_max = self.delay_max.min(Duration::from_millis(60));
        let delay_min = self.delay_min.min(delay_max);
        Weather {
            loss: 0.0,
            duplicate: 0.0,
            corrupt: 0.0,
            stray: 0.0,
            delay_min,
            delay_max,
            ..self
        }
    }
}

fn limits_from(dice: &mut Rng) -> Limits {
    let log_slack_bytes = one_of(dice, &[2_000, 20_000, 16 << 20]);
    let limits = Limits { log_slack_bytes, ..Limits::default() };
    match dice.u8(..10) {
        0 => Limits { mailbox: dice.usize(2..20), ..limits },
        1 => Limits { waiting: dice.usize(10..60), reserve: dice.usize(1..3), ..limits },
        _ => limits,
    }
}

/// As flags of the lab, each after a space.
impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Given { servers, shape, loss } = self;
        servers.iter().try_for_each(|servers| write!(f, " --servers {servers}"))?;
        shape.iter().try_for_each(|shape| write!(f, " --shape {shape}"))?;
        loss.iter().try_for_each(|loss| write!(f, " --loss {loss}"))
    }
}
