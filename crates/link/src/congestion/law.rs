//! By how much the rate changes.

use super::round::{Measured, Round};
use super::{Congestion, LOSS_MAX, Phase, Startup};
use crate::Time;
use crate::durations::{DRAIN_EVERY, DRAIN_SOON, RTT_ASSUMED};
use std::time::Duration;

/// Packets at the own rate that the queue may hold, beside a share of the round trip.
const TARGET_PACKETS: f64 = 1.3;
/// A path on which that is so many packets; on longer ones it is more, up to so many times:
/// beyond, a long link would take from a short one on the same path.
const SHORT_PATH: Duration = Duration::from_millis(100);
const LONGER_MAX: f64 = 6.0;
/// That share, and its bounds.
const TARGET_SHARE: u32 = 12;
const TARGET_MIN: Duration = Duration::from_millis(3);
const TARGET_MAX: Duration = Duration::from_millis(15);
/// Packets of a round from which on its rate is taken as it is.
const STEADY_PACKETS: f64 = 8.0;
/// Round trips in which a queue is to be brought to its target.
const CORRECTION_ROUNDS: f64 = 3.0;
/// How far below and above the rate of arrival that may lead; further above, up to four
/// times, where it is half a packet a round: so of two small shares the smaller gains.
const SLOWER_MAX: f64 = 1.0 / 4.0;
const FASTER_MAX: f64 = 1.0 / 8.0;
/// How much faster a link on a long path becomes in a round while the queue is nearly empty.
/// Its target is a small part of its round trip, so steps by the round trip are small ones,
/// and the smaller of two shares would hardly grow.
const LONG_FASTER: f64 = 1.0 / 16.0;
/// How far above what is known to be carried the rate is while there is no queue; twice
/// that after each time that more arrived.
pub(super) const PROBE: f64 = 1.0 / 32.0;
const PROBE_MAX: f64 = 1.0 / 2.0;
/// Rounds in which what arrives has not grown by so much, after which startup ends.
const FLAT_ROUNDS: u32 = 3;
const GROWS_MIN: f64 = 1.1;
/// The share of what was sent in startup that arrives as fast, or startup ends.
const FOLLOWS_MIN: f64 = 0.8;
/// How much faster each round of startup is, and where so few packets are under way that
/// one more makes a queue.
const GROWTH: f64 = 2.0;
const COARSE_GROWTH: f64 = 1.33;
const COARSE_PACKETS: f64 = 6.0;

impl Congestion {
    /// Startup, after a round: goes on unless what arrives no longer follows.
    pub(super) fn grow(
        &mut self,
        now: Time,
        round: &Round,
        measured: &Measured,
        mut startup: Startup,
    ) {
        // What has arrived was sent in the round before.
        let before = std::mem::replace(&mut self.rate_before, startup.from_rate);
        // Of a few packets more are lost in one round than in the next by chance.
        let is_telling = measured.sent_bytes >= STEADY_PACKETS * self.mtu;
        if !round.is_limited {
            // Loss is no sign here, unless most is lost.
            let follows = match self.arriving.get() < LOSS_MAX {
                true => measured.arrived_bytes / measured.secs,
                false => measured.sent_bytes / measured.secs,
            };
            let is_more = follows > startup.best * GROWS_MIN;
            startup.flat = if is_more { 0 } else { startup.flat + u32::from(is_telling) };
            startup.best = startup.best.max(follows);
            let is_stretched = measured.is_stretched() && self.queue > self.packet_time() / 4;
            let is_behind = is_telling && follows < FOLLOWS_MIN * before;
            if startup.flat >= FLAT_ROUNDS || is_behind || is_stretched {
                return self.drain(now, startup.best, true);
            }
        }
        self.phase = Phase::Startup(Startup { from_rate: self.rate, from: now, ..startup });
    }

    /// Startup, between: twice as fast within a round trip, or less where a packet more
    /// makes a queue.
    pub(super) fn ramp(&mut self, now: Time) {
        let Phase::Startup(Startup { from_rate, from, .. }) = self.phase else { return };
        if self.round.is_none_or(|round| round.is_limited) {
            return;
        }
        let rtt = self.loop_secs();
        let is_coarse = from_rate * rtt < COARSE_PACKETS * self.mtu;
        let growth = if is_coarse { COARSE_GROWTH } else { GROWTH };
        let share = (now.since(from).as_secs_f64() / rtt).min(1.0);
        self.set_rate(from_rate * (1.0 + share * (growth - 1.0)));
    }

    /// Cruise: what arrived, and a step by how far the queue is from its target.
    pub(super) fn steer(&mut self, now: Time, round: &Round, carried: f64, queue_before: Duration) {
        let target = self.target();
        if round.is_limited && self.queue <= target {
            return self.set_rate(self.rate.max(carried));
        }
        let rtt = self.loop_secs();
        let wanted_queue = target.as_secs_f64();
        let off = wanted_queue - self.queue.as_secs_f64();
        let packet = self.mtu / (self.rate * rtt);
        let faster_max = (packet / 2.0).clamp(FASTER_MAX, 4.0 * FASTER_MAX);
        let step = off / (CORRECTION_ROUNDS * rtt);
        let is_long = self.least_rtt().unwrap_or(RTT_ASSUMED) > SHORT_PATH;
        let step = match is_long && off > 0.0 {
            true => step.max(LONG_FASTER * off / wanted_queue),
            false => step,
        };
        let step = step.clamp(-SLOWER_MAX, faster_max);
        let wanted = match self.queue > target / 2 {
            true => self.correct(step, carried, round.packets),
            false => self.probe(step, carried),
        };
        self.set_rate(wanted.max(self.rate / 2.0));
        if now >= self.delay.turned() + self.drain_every(target, queue_before) {
            self.drain(now, self.capacity, false);
        }
    }

    /// How long after a drain the next one is wanted.
    fn drain_every(&self, target: Duration, queue_before: Duration) -> Duration {
        // A loss that is not usual may be the path's nature, and then shows while draining.
        let every = if self.drops_what_is_too_much() { DRAIN_SOON } else { DRAIN_EVERY };
        let rtts = if self.drops_what_is_too_much() { 5 } else { 30 };
        let every = every.max(rtts * self.least_rtt().unwrap_or(RTT_ASSUMED));
        // A queue that suddenly falls is drained by another link: together they empty it.
        let is_helped = queue_before > target / 2 && self.queue < target / 4;
        if is_helped { every / 2 } else { every }
    }

    /// There is a queue: packets arrive as fast as the path carries them.
    fn correct(&mut self, step: f64, carried: f64, packets: u32) -> f64 {
        let weight = (f64::from(packets) / STEADY_PACKETS).min(1.0);
        self.capacity += (carried - self.capacity) * weight;
        self.probe = PROBE;
        self.capacity * (1.0 + step)
    }

    /// There is none: packets arrive as fast as they are sent, unless the path drops some.
    fn probe(&mut self, step: f64, carried: f64) -> f64 {
        if carried > self.capacity * (1.0 + self.probe / 2.0) {
            self.probe = (2.0 * self.probe).min(PROBE_MAX);
        }
        self.capacity = match self.drops_what_is_too_much() {
            true => carried,
            false => self.capacity.max(carried),
        };
        self.capacity * (1.0 + self.probe.max(step))
    }

    /// The wait in the queue at which the rate is right.
    pub(super) fn target(&self) -> Duration {
        let rtt = self.least_rtt().unwrap_or(RTT_ASSUMED);
        let share = (rtt / TARGET_SHARE).clamp(TARGET_MIN, TARGET_MAX);
        let packets = self.packet_time().mul_f64(TARGET_PACKETS);
        // On long paths the difference between two shares has to be larger to count.
        let longer = rtt.as_secs_f64() / SHORT_PATH.as_secs_f64();
        let longer = packets.mul_f64(longer.min(LONGER_MAX));
        share + longer.clamp(packets, packets.max(rtt / 2))
    }
}
