//! What a run tells.

use crate::options::Options;
use postrider_engine::Time;
use std::fmt;
use std::time::Duration;

/// A promise, and the checker of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// Accepted means on disk, and nothing that was accepted is lost.
    Accepted,
    /// When faults have stopped, everything that was accepted is delivered.
    Delivered,
    /// Whatever was repeated is kept once.
    Once,
    /// Texts arrive in the order in which they were taken.
    Order,
    /// Every server agrees on every attached client's home.
    Converge,
    /// Everything has a limit.
    Bounded,
    /// Bad input does no harm.
    BadInput,
    /// A network in which nothing happens sends nothing.
    Quiet,
    /// Numbers are consecutive, across restarts.
    Numbers,
    /// Lists are sent when they should be, and never otherwise.
    Lists,
    /// Forwarding keeps its times and its window.
    Forwarding,
    /// Every answer and every write is the one that the protocol's page says.
    Letter,
}

/// What a world without a violation did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How long it took in simulated time, the quiet hour included.
    pub simulated: Duration,
    /// How long of it people did things.
    pub busy: Duration,
    /// Texts that servers took from people.
    pub accepted: u64,
    /// Texts that were shown to their recipient.
    pub delivered: u64,
    /// Texts that still wait, for people who have gone.
    pub waiting: u64,
    /// What broke a promise's wording in a way that classic cannot prevent.
    pub excused: Excused,
    /// Datagrams sent.
    pub datagrams: u64,
    /// Commits.
    pub commits: u64,
    /// Crashes of servers.
    pub crashes: u64,
    /// Moves of people.
    pub moves: u64,
    /// The hash of everything that happened, in order.
    pub trace: u64,
}

/// What classic cannot prevent, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Excused {
    /// A marked text was kept twice: a repeat arrived after the comparison had ended.
    pub late_repeats: u64,
    /// A text was shown twice: two servers had it when an `ack` between them was lost.
    pub shown_from_two_copies: u64,
    /// A text was shown twice: the reader's `ack` was lost, late, or not yet on disk
    /// at a crash.
    pub shown_from_one_copy: u64,
    /// A text was lost to an old `ack` which named another with the same number.
    pub lost_to_an_old_ack: u64,
    /// A text was lost on its way from a server that asks for no acknowledgment.
    pub lost_unacknowledged: u64,
    /// Worlds that did not fall quiet: two servers toss what waits for somebody who has
    /// gone, each in the belief that the other one has them.
    pub tossed: u64,
    /// Inversions of texts whose recipient moved.
    pub order_after_a_move: u64,
}

/// A promise was broken.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// The seed.
    pub seed: u64,
    /// The options.
    pub options: Box<Options>,
    /// When, in simulated time.
    pub at: Time,
    /// Which promise.
    pub promise: Promise,
    /// What happened.
    pub what: String,
}

impl std::error::Error for Violation {}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Violation { seed, options, at, promise, what } = self;
        let seconds = at.as_micros() as f64 / 1e6;
        let varied = **options == Options::from_seed(*seed);
        writeln!(f, "seed {seed}, {options}")?;
        writeln!(f, "{promise:?} broken after {seconds:.6} s: {what}")?;
        write!(f, "repeat it with: postrider lab --seed {seed}")?;
        if varied { write!(f, " --vary") } else { write!(f, " {options}") }
    }
}

/// What a checker found, before the world adds its seed.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) promise: Promise,
    pub(crate) what: String,
}

/// A checker's verdict.
pub(crate) type Verdict = Result<(), Broken>;

impl Promise {
    pub(crate) fn broken<T>(self, what: String) -> Result<T, Broken> {
        Err(Broken { promise: self, what })
    }
}
