//! The only time there is: what the caller says.

use std::ops::Add;
use std::time::Duration;

/// A moment, in microseconds since some fixed moment of the caller's choice. It never
/// goes back, and means nothing to the other end of a link.
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

    /// This long before, but not before [`Time::ZERO`].
    pub(crate) fn before(self, duration: Duration) -> Time {
        Time(self.0.saturating_sub(micros(duration)))
    }
}

impl Add<Duration> for Time {
    type Output = Time;

    fn add(self, duration: Duration) -> Time {
        Time(self.0.saturating_add(micros(duration)))
    }
}

/// Whole microseconds; half a million years and more count as that.
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
