//! The only time there is: since this run of the server began.

use std::ops::Add;
use std::time::Duration;

/// A moment, in microseconds since some fixed moment before the server's run
/// began. It never goes back, and means nothing to another run or server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(u64);

impl Time {
    /// The first moment.
    pub const ZERO: Time = Time(0);

    /// This many microseconds after [`Time::ZERO`].
    pub const fn from_micros(micros: u64) -> Time {
        Time(micros)
    }

    /// Microseconds since [`Time::ZERO`].
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// How long ago `earlier` was, zero if it is still to come.
    pub const fn since(self, earlier: Time) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// Milliseconds, wrapping after 49 days: for waits of seconds only.
    pub(crate) const fn wrapping_millis(self) -> u32 {
        (self.0 / 1000) as u32
    }
}

impl Add<Duration> for Time {
    type Output = Time;

    fn add(self, duration: Duration) -> Time {
        Time(self.0.saturating_add(duration.as_micros() as u64))
    }
}
