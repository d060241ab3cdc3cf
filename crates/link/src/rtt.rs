//! How long a round trip takes.

use crate::durations::{PROBE_MAX, PROBE_SLACK, REORDER_MIN, REPORT_DELAY, RTT_ASSUMED};
use std::time::Duration;

/// The estimate of RFC 6298, on samples from which the other end's own delay has been
/// taken off.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rtt {
    smoothed: Duration,
    variation: Duration,
    is_measured: bool,
    /// How often a packet that counted as lost came after all.
    overtaken: u32,
}

impl Rtt {
    pub(crate) fn new(first: Option<Duration>) -> Rtt {
        let smoothed = first.unwrap_or(RTT_ASSUMED);
        Rtt { smoothed, variation: smoothed / 2, is_measured: first.is_some(), overtaken: 0 }
    }

    pub(crate) fn sample(&mut self, rtt: Duration) {
        if self.is_measured {
            let error = self.smoothed.abs_diff(rtt);
            self.variation = (self.variation * 3 + error) / 4;
            self.smoothed = (self.smoothed * 7 + rtt) / 8;
        } else {
            *self = Rtt { overtaken: self.overtaken, ..Rtt::new(Some(rtt)) };
        }
    }

    pub(crate) fn smoothed(&self) -> Duration {
        self.smoothed
    }

    /// How long after a packet its report should have come, `times` probes on: twice as long
    /// after every second.
    pub(crate) fn probe_after(&self, times: u32) -> Duration {
        let once = self.smoothed + (self.variation * 4).max(PROBE_SLACK) + REPORT_DELAY;
        (once * (1 << (times / 2).min(10))).min(PROBE_MAX.max(once))
    }

    /// By how much packets may overtake each other.
    pub(crate) fn reorder_window(&self) -> Duration {
        let quarter = (self.smoothed / 4).max(REORDER_MIN);
        (quarter * (1 + self.overtaken)).min(self.smoothed.max(REORDER_MIN))
    }

    /// A packet that counted as lost has come after all: the path reorders.
    pub(crate) fn overtaken(&mut self) {
        self.overtaken = (self.overtaken + 1).min(8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_back_off_up_to_a_bound_and_never_below_one_round_trip() {
        let fast = Rtt::new(Some(Duration::from_millis(20)));
        assert!(fast.probe_after(0) >= Duration::from_millis(20) + REPORT_DELAY);
        assert_eq!(fast.probe_after(1), fast.probe_after(0));
        assert_eq!(fast.probe_after(2), 2 * fast.probe_after(0));
        assert_eq!(fast.probe_after(30), PROBE_MAX);
        let slow = Rtt::new(Some(Duration::from_secs(20)));
        assert!(slow.probe_after(9) > Duration::from_secs(20));
    }

    #[test]
    fn a_path_that_reorders_is_given_more_time() {
        let mut rtt = Rtt::new(Some(Duration::from_millis(100)));
        let before = rtt.reorder_window();
        rtt.overtaken();
        assert_eq!(rtt.reorder_window(), 2 * before);
        (0..20).for_each(|_| rtt.overtaken());
        assert_eq!(rtt.reorder_window(), Duration::from_millis(100));
    }
}
