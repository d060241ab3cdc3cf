//! The clocks of the machine.

use crate::{Moment, Stamp};
use nix::time::{ClockId, clock_gettime};
use postrider_link::Time;
use std::time::Duration;
use tokio::time::Instant;

/// The clocks, since the client has begun.
pub(super) struct Machine {
    began: Instant,
    /// Which start of the machine this is, as the system calls it.
    boot: Option<String>,
}

impl Machine {
    pub(super) fn new() -> Machine {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok();
        Machine { began: Instant::now(), boot: boot.map(|boot| boot.trim().to_owned()) }
    }

    pub(super) fn boot(&self) -> Option<String> {
        self.boot.clone()
    }

    pub(super) fn now(&self) -> Moment {
        let ran = clock_gettime(ClockId::CLOCK_BOOTTIME).ok().map(Duration::from);
        Moment { time: self.time(), stamp: Stamp::now(), ran }
    }

    pub(super) fn time(&self) -> Time {
        let since = self.began.elapsed().as_micros();
        Time::from_micros(u64::try_from(since).unwrap_or(u64::MAX))
    }

    /// When the link's clock shows this.
    pub(super) fn instant(&self, time: Time) -> Instant {
        self.began + Duration::from_micros(time.as_micros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_says_when_the_machine_was_started() {
        let (one, other) = (Machine::new(), Machine::new());
        assert!(one.boot().is_some_and(|boot| !boot.is_empty()));
        assert_eq!(one.boot(), other.boot());
        let start = |machine: &Machine| {
            let Moment { stamp, ran, .. } = machine.now();
            stamp.before(ran.unwrap()).0
        };
        assert!(start(&one).abs_diff(start(&other)) < 1_000);
    }
}
