//! What a world is made of.

use crate::bugs::Bug;
use fastrand::Rng;
use postrider_engine::limits::Limits;
use std::fmt;
use std::time::Duration;

/// How the wires behave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weather {
    /// Share of the datagrams that are lost, 0 to 1.
    pub loss: f64,
    /// Share of the datagrams that arrive twice, 0 to 1.
    pub duplicate: f64,
    /// Share of the datagrams that take up to [`Weather::stray_max`] longer, so that
    /// later ones overtake them, 0 to 1.
    pub stray: f64,
    /// The shortest way.
    pub delay_min: Duration,
    /// The longest way of a datagram that does not stray.
    pub delay_max: Duration,
    /// How much longer one that strays takes at the most.
    pub stray_max: Duration,
}

/// On what the servers keep their logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    /// The real store on a simulated disk: crashes tear commits sector by sector.
    Store,
    /// Rows in memory, for speed: a commit is there or not.
    Memory,
}

/// What a world is made of. [`Options::default`] is five servers and ten people
/// in ordinary weather for ten minutes; [`Options::from_seed`] varies everything.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Servers in the line, 1 to 12.
    pub servers: u8,
    /// People, at most 10,000.
    pub people: u32,
    /// How long faults happen, in simulated minutes.
    pub minutes: u32,
    /// The mean time between two things that a person does.
    pub pace: Duration,
    /// How the wires behave while faults happen.
    pub weather: Weather,
    /// Crashes of each server per simulated hour, on average.
    pub crashes: f64,
    /// How long a server stays down at the most.
    pub down_max: Duration,
    /// Share of what people do that is moving to another server, 0 to 1.
    pub moving: f64,
    /// Share of what people do that is leaving and coming back, 0 to 1.
    pub leaving: f64,
    /// Share of the people whose programs do not mark their texts, 0 to 1.
    pub unmarked: f64,
    /// Share of the servers that remove a message when they hand it out, 0 to 1.
    pub unacknowledged: f64,
    /// Malformed and forged datagrams per simulated minute, on average.
    pub rogue: f64,
    /// Times that a disk is full for a while, per server and hour.
    pub disk_full: f64,
    /// The servers' limits.
    pub limits: Limits,
    /// On what the servers keep their logs.
    pub disk: Disk,
    /// How long a commit takes.
    pub flush: Duration,
    /// Which promises are checked.
    pub checks: Checks,
    /// A planted bug.
    pub bug: Option<Bug>,
}

/// Which promises are checked; all of them, unless a test of the checkers asks for one.
pub type Checks = Option<crate::report::Promise>;

impl Default for Options {
    fn default() -> Options {
        Options {
            servers: 5,
            people: 10,
            minutes: 10,
            pace: Duration::from_secs(20),
            weather: Weather {
                loss: 0.02,
                duplicate: 0.01,
                stray: 0.01,
                delay_min: Duration::from_millis(1),
                delay_max: Duration::from_millis(40),
                stray_max: Duration::from_secs(2),
            },
            crashes: 4.0,
            down_max: Duration::from_secs(20),
            moving: 0.05,
            leaving: 0.02,
            unmarked: 0.1,
            unacknowledged: 0.0,
            rogue: 1.0,
            disk_full: 0.0,
            limits: Limits { log_slack_bytes: 64 << 10, ..Limits::default() },
            disk: Disk::Memory,
            flush: Duration::from_micros(300),
            checks: None,
            bug: None,
        }
    }
}

impl Options {
    /// A world that differs in everything from the next seed's. Every fourth keeps
    /// its logs in the real store.
    pub fn from_seed(seed: u64) -> Options {
        let mut dice = Rng::with_seed(seed ^ 0x0070_7269_6465);
        let dice = &mut dice;
        let servers_max = one_of(dice, &[4, 12]);
        let servers = dice.u8(1..=servers_max);
        let mut options = Options {
            servers,
            people: dice.u32(2..=6 + 2 * u32::from(servers)),
            minutes: dice.u32(2..=6),
            pace: Duration::from_millis(dice.u64(300..12_000)),
            weather: Weather::from_dice(dice),
            crashes: one_of(dice, &[0.0, 2.0, 10.0, 60.0]),
            down_max: Duration::from_millis(one_of(dice, &[500, 5_000, 60_000])),
            moving: one_of(dice, &[0.0, 0.02, 0.1, 0.3]),
            leaving: one_of(dice, &[0.0, 0.02, 0.1]),
            unmarked: one_of(dice, &[0.0, 0.0, 0.3]),
            unacknowledged: one_of(dice, &[0.0, 0.0, 0.0, 0.3]),
            rogue: one_of(dice, &[0.0, 1.0, 30.0]),
            disk_full: one_of(dice, &[0.0, 0.0, 0.0, 20.0]),
            limits: limits_from(dice),
            disk: if seed.is_multiple_of(4) { Disk::Store } else { Disk::Memory },
            flush: Duration::from_micros(one_of(dice, &[50, 300, 20_000])),
            ..Options::default()
        };
        if dice.u8(..8) == 0 {
            options.be_gentle();
        }
        options
    }

    /// Nothing is lost, doubled or slow, nobody moves, nothing crashes.
    pub fn be_gentle(&mut self) {
        self.weather = self.weather.calm();
        (self.crashes, self.moving, self.leaving, self.disk_full) = (0.0, 0.0, 0.0, 0.0);
    }

    /// Whether nothing can excuse that a text arrives twice.
    pub(crate) fn is_gentle(&self) -> bool {
        let Weather { loss, duplicate, stray, delay_max, .. } = self.weather;
        let still = self.crashes + self.moving + self.leaving + self.disk_full == 0.0;
        let smooth = loss + duplicate + stray == 0.0 && delay_max < Duration::from_millis(400);
        still && smooth && self.limits.waiting > 100_000 && self.limits.mailbox > 1_000
    }
}

impl Weather {
    fn from_dice(dice: &mut Rng) -> Weather {
        let delay_max = Duration::from_millis(one_of(dice, &[5, 50, 300, 900]));
        Weather {
            loss: one_of(dice, &[0.0, 0.01, 0.1, 0.3]),
            duplicate: one_of(dice, &[0.0, 0.01, 0.2]),
            stray: one_of(dice, &[0.0, 0.01, 0.1]),
            delay_min: delay_max / 20,
            delay_max,
            stray_max: Duration::from_millis(one_of(dice, &[400, 3_000, 12_000])),
        }
    }

    /// The same wires on a good day.
    pub(crate) fn calm(self) -> Weather {
        let delay_max = self.delay_max.min(Duration::from_millis(50));
        Weather { loss: 0.0, duplicate: 0.0, stray: 0.0, delay_max, ..self }
    }

    /// How long a datagram usually takes.
    pub(crate) fn delay(&self, dice: &mut Rng) -> Duration {
        let (min, max) = (self.delay_min.as_micros() as u64, self.delay_max.as_micros() as u64);
        Duration::from_micros(dice.u64(min.min(max)..=max))
    }

    /// How much longer this one takes, if it strays.
    pub(crate) fn stray(&self, dice: &mut Rng) -> Option<Duration> {
        let longest = self.stray_max.as_micros() as u64;
        let strays = self.stray > 0.0 && dice.f64() < self.stray;
        strays.then(|| Duration::from_micros(dice.u64(..=longest)))
    }
}

fn limits_from(dice: &mut Rng) -> Limits {
    let log_slack_bytes = one_of(dice, &[2_000, 20_000, 16 << 20]);
    let limits = Limits { log_slack_bytes, ..Limits::default() };
    match dice.u8(..10) {
        0 => Limits { mailbox: dice.usize(2..20), ..limits },
        1 => Limits { waiting: dice.usize(10..60), ..limits },
        2 => Limits { clients: dice.usize(2..16), ..limits },
        _ => limits,
    }
}

/// One of these, by chance.
pub(crate) fn one_of<T: Copy>(dice: &mut Rng, choices: &[T]) -> T {
    choices[dice.usize(..choices.len())]
}

/// As flags of the lab.
impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Weather { loss, duplicate, stray, delay_min, delay_max, stray_max } = self.weather;
        let Limits { clients, waiting, mailbox, log_slack_bytes, .. } = self.limits;
        write!(f, "--servers {} --people {}", self.servers, self.people)?;
        write!(f, " --minutes {} --pace {:?}", self.minutes, self.pace)?;
        write!(f, " --loss {loss} --duplicate {duplicate} --stray {stray}")?;
        write!(f, " --delay {delay_min:?}..{delay_max:?} --stray-max {stray_max:?}")?;
        write!(f, " --crashes {} --down-max {:?}", self.crashes, self.down_max)?;
        write!(f, " --moving {} --leaving {}", self.moving, self.leaving)?;
        write!(f, " --unmarked {}", self.unmarked)?;
        write!(f, " --unacknowledged {}", self.unacknowledged)?;
        write!(f, " --rogue {} --disk-full {}", self.rogue, self.disk_full)?;
        write!(f, " --limits {clients},{waiting},{mailbox},{log_slack_bytes}")?;
        write!(f, " --disk {:?} --flush {:?}", self.disk, self.flush)?;
        match self.bug {
            Some(bug) => write!(f, " --bug {bug:?}"),
            None => Ok(()),
        }
    }
}
