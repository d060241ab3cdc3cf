//! What a world of trunks tells.

use super::options::{Given, Options};
use postrider_engine::Time;
use std::fmt;
use std::time::Duration;

/// A promise, and the checker of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// Accepted means on disk, and so does custody.
    Accepted,
    /// Whatever was accepted is delivered, expired or refused, and its sender is told.
    Silence,
    /// A message enters a mailbox once, and an acknowledged one is not handed out again.
    Once,
    /// The messages of one sender to one recipient are read in their order.
    Order,
    /// Every server agrees on every number's home, and knows the shortest way there.
    Converge,
    /// A number that is bound to a key is where that key says.
    Owner,
    /// Nothing expires before its lifetime is spent, or lives much longer.
    Lifetime,
    /// Everything has a limit.
    Bounded,
    /// Bad input does no harm.
    BadInput,
    /// A network in which nothing happens sends keep-alives and nothing else.
    Quiet,
}

impl Promise {
    pub(crate) fn broken<T>(self, what: impl Into<String>) -> Result<T, Broken> {
        Err(Broken { promise: self, what: what.into() })
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

/// What a world without a violation did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Servers.
    pub servers: usize,
    /// Links between them.
    pub links: usize,
    /// The most links between two servers.
    pub diameter: usize,
    /// How long it took in simulated time.
    pub simulated: Duration,
    /// Texts that servers took from people.
    pub accepted: u64,
    /// Texts that were shown to their recipient.
    pub delivered: u64,
    /// Texts that expired or were refused, and never shown.
    pub returned: u64,
    /// Texts that were shown, and of which the sender was told only that they expired or
    /// were refused: another copy was.
    pub contradicted: u64,
    /// Texts shown twice to somebody who moved.
    pub twice_after_a_move: u64,
    /// Datagrams sent between servers.
    pub datagrams: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Sessions of links that came up.
    pub sessions: u64,
    /// Crashes of servers.
    pub crashes: u64,
    /// Forged or malformed items refused at the edge.
    pub refused_items: u64,
    /// What was measured.
    pub figures: Figures,
    /// The hash of everything that happened, in order.
    pub trace: u64,
}

/// What was measured when the faults ended.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// From the last link that came up until every server knew every number's home.
    pub convergence: Duration,
    /// A round trip over as many links as the diameter.
    pub diameter_round_trip: Duration,
    /// Rows that servers had not heard of, summed over the servers.
    pub rows_missing: u64,
    /// Rows that were handed over until all agreed.
    pub rows_handed: u64,
    /// Bytes of these, and of the summaries.
    pub bytes_handed: u64,
}

/// A promise was broken.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// The seed.
    pub seed: u64,
    /// What was not drawn from the seed.
    pub given: Given,
    /// All options.
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
        let Violation { seed, given, options, at, promise, what } = self;
        let seconds = at.as_micros() as f64 / 1e6;
        writeln!(f, "seed {seed}: {options:?}")?;
        writeln!(f, "{promise:?} broken after {seconds:.6} s: {what}")?;
        write!(f, "repeat it with: postrider lab --network native --seed {seed}{given}")
    }
}
