//! A server's clock: how fast it runs, and where it begins. It never goes back.

use postrider_engine::Time;
use std::time::Duration;

/// A clock that has its own opinion of the world's time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    /// Microseconds that it counts in a second.
    speed: u64,
    /// What it showed at the start of this run, and when that was.
    origin: Time,
    started: Time,
}

/// Microseconds in a second.
pub(crate) const SECOND: u64 = 1_000_000;

impl Clock {
    pub(crate) fn new(speed: u64) -> Clock {
        Clock { speed, origin: Time::ZERO, started: Time::ZERO }
    }

    /// A run begins.
    pub(crate) fn start(&mut self, now: Time, origin: Time) {
        (self.started, self.origin) = (now, origin);
    }

    /// From now on it is ahead by this much more.
    pub(crate) fn jump(&mut self, now: Time, ahead: Duration) {
        (self.origin, self.started) = (self.shows(now) + ahead, now);
    }

    /// What it shows.
    pub(crate) fn shows(&self, now: Time) -> Time {
        let micros = now.since(self.started).as_micros() as u64;
        let counted = u128::from(micros) * u128::from(self.speed) / u128::from(SECOND);
        self.origin + Duration::from_micros(counted as u64)
    }

    /// The first moment at which it shows this, or more.
    pub(crate) fn moment(&self, shown: Time) -> Time {
        let micros = shown.since(self.origin).as_micros() as u64;
        let real = (u128::from(micros) * u128::from(SECOND)).div_ceil(u128::from(self.speed));
        self.started + Duration::from_micros(real as u64)
    }
}
