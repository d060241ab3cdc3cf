//! What a world of devices tells.

use super::options::{Given, Options};
use crate::trunks::report as trunks;
use postrider_engine::Time;
use std::fmt;
use std::time::Duration;

/// A promise, and the checker of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// What a text was submitted for ends, and its sender's device knows how; who is said to have
    /// it has it.
    Ends,
    /// A text is in a device's history once.
    Once,
    /// The texts of one device to one number are read in the order in which they were written.
    Order,
    /// Whoever is shown that a text was delivered, signed, can rely on it: a device of the reader
    /// has it on disk.
    Proven,
    /// No *delivered* between native people is without their signature.
    Signed,
    /// What is known of a text only leads further.
    Further,
    /// A device has nothing left to hand over in the end.
    Outbox,
    /// Nothing expires before its lifetime is spent, however clocks are set.
    Lifetime,
    /// Where nothing happens nothing is said.
    Quiet,
    /// What is promised of servers and trunks.
    Servers,
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

impl From<trunks::Broken> for Broken {
    fn from(trunks::Broken { promise, what }: trunks::Broken) -> Broken {
        Broken { promise: Promise::Servers, what: format!("{promise:?}: {what}") }
    }
}

/// A checker's verdict.
pub(crate) type Verdict = Result<(), Broken>;

/// What a world without a violation did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Servers.
    pub servers: usize,
    /// Devices.
    pub devices: usize,
    /// How long it took in simulated time.
    pub simulated: Duration,
    /// Texts that people wrote.
    pub written: u64,
    /// Texts of which the sender's device knows that they were delivered, or read.
    pub delivered: u64,
    /// Texts that expired or were refused.
    pub returned: u64,
    /// Entries of readers' histories.
    pub received: u64,
    /// Times that a device lost power, or its program was killed.
    pub power_losses: u64,
    /// Devices that were installed anew.
    pub reinstalls: u64,
    /// Crashes of servers.
    pub crashes: u64,
    /// Datagrams, between servers and with devices.
    pub datagrams: u64,
    /// The hash of everything that happened, in order.
    pub trace: u64,
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
        write!(f, "repeat it with: postrider lab --network devices --seed {seed}{given}")
    }
}
