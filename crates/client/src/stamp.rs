//! What a wall clock shows.

use std::time::{Duration, SystemTime};

/// What this device's clock showed: milliseconds since 1970, for people to read. Nothing is
/// decided by it but how old a text is that has waited here, since only that clock has run;
/// if it is set meanwhile, that is noticed (`profile/clock.rs`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(pub i64);

impl Stamp {
    /// What it shows now.
    pub fn now() -> Stamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Stamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// How long before this `earlier` was; zero if the clock was set back.
    pub fn since(self, earlier: Stamp) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// So much later.
    #[must_use]
    pub fn after(self, duration: Duration) -> Stamp {
        Stamp(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// So much earlier.
    #[must_use]
    pub fn before(self, duration: Duration) -> Stamp {
        Stamp(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }
}
