//! When the next packet may leave: by the rate that the link carries, and by the budget
//! that its operator gives it.

use crate::Time;
use crate::durations::{BUDGET_BURST, PACING_SLACK};
use std::time::Duration;

/// Spaces packets at a rate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pacer {
    next: Time,
}

impl Pacer {
    pub(crate) fn new(now: Time) -> Pacer {
        Pacer { next: now }
    }

    /// When the next packet may leave.
    pub(crate) fn ready_at(&self) -> Time {
        self.next.before(PACING_SLACK)
    }

    /// A packet of `bytes` leaves. After a pause, the one after it may follow at once.
    pub(crate) fn sent(&mut self, now: Time, bytes: usize, rate: f64) {
        let took = Duration::from_secs_f64(bytes as f64 / rate);
        self.next = self.next.max(now.before(took)) + took;
    }
}

/// A token bucket, in bytes a second; it may go below zero, and then nothing leaves that
/// can wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    bytes_per_second: f64,
    bytes: f64,
    at: Time,
}

impl Budget {
    pub(crate) fn new(now: Time, bytes_per_second: u32, mtu: u16) -> Budget {
        let bytes_per_second = f64::from(bytes_per_second.max(1));
        Budget { bytes_per_second, bytes: f64::from(mtu), at: now }
    }

    /// When a packet that can wait may leave.
    pub(crate) fn ready_at(&self) -> Time {
        self.at + Duration::from_secs_f64((-self.bytes).max(0.0) / self.bytes_per_second)
    }

    pub(crate) fn sent(&mut self, now: Time, bytes: usize) {
        let saved = now.since(self.at).as_secs_f64() * self.bytes_per_second;
        let most = self.bytes_per_second * BUDGET_BURST.as_secs_f64();
        self.bytes = (self.bytes + saved).min(most) - bytes as f64;
        self.at = self.at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Time {
        Time::from_micros(millis * 1_000)
    }

    #[test]
    fn after_a_pause_two_packets_leave_and_then_one_at_a_time() {
        let mut pacer = Pacer::new(at(0));
        pacer.sent(at(5_000), 1_000, 10_000.0);
        assert!(pacer.ready_at() <= at(5_000));
        pacer.sent(at(5_000), 1_000, 10_000.0);
        assert_eq!(pacer.ready_at(), at(5_099));
        pacer.sent(at(5_099), 1_000, 10_000.0);
        assert_eq!(pacer.ready_at(), at(5_199));
    }

    #[test]
    fn a_budget_holds_over_any_time_longer_than_its_burst() {
        let mut budget = Budget::new(at(0), 1_000, 256);
        let (mut now, mut bytes) = (at(0), 0);
        while now < at(60_000) {
            bytes += 200;
            budget.sent(now, 200);
            now = now.max(budget.ready_at());
        }
        assert!((58_000..=61_000).contains(&bytes), "{bytes}");
    }
}
