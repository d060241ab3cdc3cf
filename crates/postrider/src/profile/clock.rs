//! When things were, for people.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use postrider_client::Stamp;

/// The zone that times are shown in, and what is today.
#[derive(Clone)]
pub(crate) struct Clock {
    zone: TimeZone,
    now: Stamp,
}

impl Clock {
    /// This device's.
    pub(crate) fn here() -> Clock {
        Clock { zone: TimeZone::system(), now: Stamp::now() }
    }

    /// UTC, at some moment.
    #[cfg(test)]
    pub(crate) fn at(now: Stamp) -> Clock {
        Clock { zone: TimeZone::UTC, now }
    }

    /// It is now as late as it is.
    pub(crate) fn set(&mut self, now: Stamp) {
        self.now = now;
    }

    /// `12:05`, with the day if it was not today.
    pub(crate) fn time(&self, at: Stamp) -> String {
        let form = if self.day(at) == self.day(self.now) { "%H:%M" } else { "%-d %b %H:%M" };
        self.print(at, form)
    }

    /// `12:05`.
    pub(crate) fn minute(&self, at: Stamp) -> String {
        self.print(at, "%H:%M")
    }

    /// `Thu 26 Nov 2026`.
    pub(crate) fn day(&self, at: Stamp) -> String {
        self.print(at, "%a %-d %b %Y")
    }

    /// `2026-11-26T12:05:00+01:00`.
    pub(crate) fn full(&self, at: Stamp) -> String {
        self.print(at, "%Y-%m-%dT%H:%M:%S%:z")
    }

    fn print(&self, at: Stamp, form: &str) -> String {
        let at = Timestamp::from_millisecond(at.0).unwrap_or_default();
        at.to_zoned(self.zone.clone()).strftime(form).to_string()
    }
}
