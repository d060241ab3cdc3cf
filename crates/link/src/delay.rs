//! How long packets wait in the queue of the bottleneck.
//!
//! Two measures, each of which is wrong in a way in which the other is not: the round
//! trip over its least also holds the queue of the way back; the way there over its
//! least, by the clocks of both ends, also holds what one clock gains on the other. The
//! queue is at most either of them. A clock that jumps only makes one of them
//! meaningless until its least is forgotten or fallen below.

use crate::Time;
use crate::time::micros;
use std::time::Duration;

/// The least of the current and the last period.
#[derive(Clone, Copy, Debug)]
struct Least<T> {
    current: Option<T>,
    last: Option<T>,
}

impl<T: Copy> Least<T> {
    const NONE: Least<T> = Least { current: None, last: None };

    fn take(&mut self, value: T, is_less: impl Fn(T, T) -> bool) {
        if self.current.is_none_or(|least| is_less(value, least)) {
            self.current = Some(value);
        }
    }

    fn get(&self, is_less: impl Fn(T, T) -> bool) -> Option<T> {
        match (self.current, self.last) {
            (Some(current), Some(last)) if is_less(last, current) => Some(last),
            (current, last) => current.or(last),
        }
    }

    fn turn(&mut self) {
        self.last = self.current.take();
    }
}

/// One packet's times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// When it left, by our clock.
    pub(crate) sent: Time,
    /// When it arrived, in microseconds by the other end's clock.
    pub(crate) arrived_micros: u32,
    /// The round trip, without the time that its report waited.
    pub(crate) rtt: Duration,
}

/// What is known of a path's delays.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delay {
    rtt: Least<Duration>,
    /// Arrival less departure, each by its own clock.
    way_micros: Least<u32>,
    turned: Time,
}

impl Delay {
    pub(crate) fn new(now: Time, first_rtt: Option<Duration>) -> Delay {
        let rtt = Least { current: first_rtt, last: None };
        Delay { rtt, way_micros: Least::NONE, turned: now }
    }

    /// The least round trip that is remembered.
    pub(crate) fn least_rtt(&self) -> Option<Duration> {
        self.rtt.get(|a, b| a < b)
    }

    /// Forgets what is older than the last time that this was done.
    pub(crate) fn turn(&mut self, now: Time) {
        self.rtt.turn();
        self.way_micros.turn();
        self.turned = now;
    }

    /// When [`Delay::turn`] was last done.
    pub(crate) fn turned(&self) -> Time {
        self.turned
    }

    /// How long this packet waited in queues, as far as is known.
    pub(crate) fn queue(&mut self, sample: Sample) -> Duration {
        let way = sample.arrived_micros.wrapping_sub(micros_of(sample.sent));
        self.rtt.take(sample.rtt, |a, b| a < b);
        self.way_micros.take(way, is_before);
        let least = self.way_micros.get(is_before).unwrap_or(way);
        let by_way = Duration::from_micros(u64::from(way.wrapping_sub(least)));
        let by_rtt = sample.rtt.saturating_sub(self.least_rtt().unwrap_or(sample.rtt));
        by_way.min(by_rtt)
    }
}

/// Our clock as the other end's is sent: 32 bits of microseconds.
pub(crate) fn micros_of(time: Time) -> u32 {
    micros(time.since(Time::ZERO)) as u32
}

fn is_before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000;

    fn sample(sent: u64, way: u64, back: u64, clock: u64) -> Sample {
        Sample {
            sent: Time::from_micros(sent),
            arrived_micros: (sent + way).wrapping_add(clock) as u32,
            rtt: Duration::from_micros(way + back),
        }
    }

    fn queue(delay: &mut Delay, sample: Sample) -> u64 {
        delay.queue(sample).as_micros() as u64 / MS
    }

    #[test]
    fn a_queue_on_the_way_back_does_not_count() {
        let mut delay = Delay::new(Time::ZERO, None);
        assert_eq!(queue(&mut delay, sample(0, 50 * MS, 50 * MS, 7)), 0);
        assert_eq!(queue(&mut delay, sample(100 * MS, 50 * MS, 400 * MS, 7)), 0);
        assert_eq!(queue(&mut delay, sample(200 * MS, 80 * MS, 50 * MS, 7)), 30);
    }

    #[test]
    fn a_clock_that_jumps_changes_nothing_but_its_own_base() {
        for jump in [3_600_000 * MS, u64::from(u32::MAX) - 5_000 * MS, 100 * MS] {
            let mut delay = Delay::new(Time::ZERO, None);
            assert_eq!(queue(&mut delay, sample(0, 50 * MS, 50 * MS, 0)), 0);
            assert_eq!(queue(&mut delay, sample(100 * MS, 50 * MS, 50 * MS, jump)), 0, "{jump}");
            assert!(queue(&mut delay, sample(200 * MS, 90 * MS, 50 * MS, jump)) <= 40, "{jump}");
        }
    }

    #[test]
    fn the_least_is_forgotten_after_two_turns() {
        let mut delay = Delay::new(Time::ZERO, None);
        delay.queue(sample(0, 10 * MS, 10 * MS, 0));
        delay.turn(Time::from_micros(1));
        assert_eq!(queue(&mut delay, sample(100, 30 * MS, 30 * MS, 0)), 20);
        delay.turn(Time::from_micros(2));
        assert_eq!(queue(&mut delay, sample(200, 30 * MS, 30 * MS, 0)), 0);
    }
}
