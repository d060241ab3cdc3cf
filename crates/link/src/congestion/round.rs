//! What reports tell of the rate at which packets arrive.

use crate::Time;
use std::time::Duration;

/// The time between two sendings, of that between their arrivals, below which there is a
/// queue between them.
const STRETCHED: f64 = 0.9;

/// A moment of the stream of arrivals.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    /// The arrival of a packet, by the other end's clock.
    pub(crate) arrived_micros: u32,
    /// When that packet was sent.
    pub(crate) sent: Time,
    /// Bytes that have arrived up to then.
    pub(crate) arrived_bytes: u64,
    /// Bytes that were sent up to and with that packet.
    pub(crate) sent_bytes: u64,
    /// When we heard of it.
    pub(crate) heard: Time,
}

/// What one report has told.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Heard {
    /// The newest packet that has arrived.
    pub(crate) newest: u64,
    /// The number of the next packet that is sent.
    pub(crate) next: u64,
    /// The latest arrival.
    pub(crate) mark: Option<Mark>,
    /// Packets that the report was the first to tell of.
    pub(crate) packets: u32,
    /// The shortest wait in the queue among them.
    pub(crate) queue: Option<Duration>,
    /// How long it waited since the first of those arrived of which it has the time.
    pub(crate) waited: Option<Duration>,
}

/// The packets from one moment until one that was sent after it has arrived.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round {
    began: Mark,
    pub(super) ends_with: u64,
    pub(super) packets: u32,
    pub(super) queue: Option<Duration>,
    /// Something else than the rate held packets back for some of it.
    pub(super) is_limited: bool,
}

/// A share of something, of which the old counts less.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Share {
    part: f64,
    pub(super) all: f64,
}

impl Share {
    /// The oldest counts less once there is more than `all_max`.
    pub(super) fn add(&mut self, part: f64, all: f64, all_max: f64) {
        self.part += part;
        self.all += all;
        while self.all > all_max {
            self.part /= 2.0;
            self.all /= 2.0;
        }
    }

    /// All of nothing.
    pub(super) fn get(&self) -> f64 {
        if self.all > 0.0 { self.part / self.all } else { 1.0 }
    }
}

/// What happened between two arrivals.
pub(super) struct Measured {
    pub(super) secs: f64,
    /// Between the sending of the two.
    sent_secs: f64,
    pub(super) arrived_bytes: f64,
    pub(super) sent_bytes: f64,
}

impl Measured {
    /// Whether packets arrived further apart than they were sent.
    pub(super) fn is_stretched(&self) -> bool {
        self.sent_secs < STRETCHED * self.secs
    }
}

impl Round {
    pub(super) fn new(began: Mark, ends_with: u64) -> Round {
        Round { began, ends_with, packets: 0, queue: None, is_limited: false }
    }

    /// None if a clock has jumped between the two arrivals, or they were not sent in this
    /// order.
    pub(super) fn measure_until(&self, mark: Mark) -> Option<Measured> {
        let began = &self.began;
        let arrived = mark.arrived_micros.wrapping_sub(began.arrived_micros);
        let took = mark.sent.since(began.sent).max(Duration::from_micros(u64::from(arrived)));
        let heard = mark.heard.since(began.heard);
        let arrived_bytes = mark.arrived_bytes.saturating_sub(began.arrived_bytes);
        let sent_bytes = mark.sent_bytes.saturating_sub(began.sent_bytes);
        let is_plausible = took > Duration::ZERO && took <= 2 * heard + Duration::from_secs(1);
        (is_plausible && arrived_bytes > 0 && sent_bytes > 0).then(|| Measured {
            secs: took.as_secs_f64(),
            sent_secs: mark.sent.since(began.sent).as_secs_f64(),
            arrived_bytes: arrived_bytes as f64,
            sent_bytes: sent_bytes as f64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(millis: u64, arrived_millis: u32, bytes: u64) -> Mark {
        let sent = Time::from_micros(millis * 1_000);
        let heard = sent + Duration::from_millis(100);
        let arrived_micros = arrived_millis.wrapping_mul(1_000);
        Mark { arrived_micros, sent, arrived_bytes: bytes, sent_bytes: bytes, heard }
    }

    #[test]
    fn the_rate_is_that_of_arrival_or_of_sending_whichever_is_slower() {
        let round = Round::new(mark(0, 50, 1_000), 0);
        let slow = round.measure_until(mark(100, 250, 3_000)).unwrap();
        assert_eq!((slow.secs, slow.arrived_bytes), (0.2, 2_000.0));
        assert!(slow.is_stretched());
        let bunched = round.measure_until(mark(100, 51, 3_000)).unwrap();
        assert_eq!(bunched.secs, 0.1);
        assert!(!bunched.is_stretched());
    }

    #[test]
    fn a_clock_that_jumps_or_an_order_that_is_not_kept_measures_nothing() {
        let round = Round::new(mark(100, 150, 3_000), 0);
        assert!(round.measure_until(mark(200, 9_999_999, 4_000)).is_none());
        assert!(round.measure_until(mark(200, 0, 4_000)).is_none());
        assert!(round.measure_until(mark(0, 160, 1_000)).is_none());
        assert!(round.measure_until(mark(100, 150, 3_000)).is_none());
    }

    #[test]
    fn the_old_counts_less_in_a_share() {
        let mut share = Share::default();
        assert_eq!(share.get(), 1.0);
        (0..1_000).for_each(|_| share.add(0.0, 1.0, 64.0));
        (0..64).for_each(|_| share.add(1.0, 1.0, 64.0));
        assert!(share.get() > 0.6 && share.all <= 64.0);
    }
}
