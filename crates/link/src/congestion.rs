//! How fast a link may send.
//!
//! ```text
//!   startup ──the queue grows, or the rate no longer does──► drain ──► cruise
//!                                                              ▲         │ every 10 s
//!                                                              └─────────┘
//! ```
//!
//! The rate hangs on the rate at which packets arrive at the other end, by its clock, so
//! it cannot run away from what the path carries, whatever is lost. In cruise it goes
//! above or below that once a round trip, by how far the queue is from its target. The
//! target is a few milliseconds, and two packets at the link's own share: so of links
//! that share a bottleneck the faster gives way to the slower. Loss by itself changes
//! nothing: what is lost while the queue is drained is the path's nature, and is made up
//! for. The time for which a report waits at the other end is in none of this.

use crate::Time;
use crate::delay::{Delay, Sample};
use crate::durations::{DRAIN_EVERY, REPORT_DELAY, RTT_ASSUMED};
use crate::limits::{RATE_MAX, RATE_MIN};
use std::time::Duration;

/// Packets at the own rate that the queue may hold, beside a share of the round trip.
const TARGET_PACKETS: f64 = 2.0;
/// That share, and its bounds.
const TARGET_SHARE: u32 = 8;
const TARGET_MIN: Duration = Duration::from_millis(3);
const TARGET_MAX: Duration = Duration::from_millis(30);
/// How far the rate goes from that of arrival in one round, at most, to begin with.
const STEP: f64 = 1.0 / 8.0;
/// The same after several rounds without a queue.
const STEP_MAX: f64 = 1.0 / 2.0;
/// Rounds without a queue after which the step doubles.
const CALM_ROUNDS: u32 = 3;
/// Packets of a round, at least, for its rate to mean something.
const ROUND_PACKETS: u32 = 4;
/// Rounds in which the rate has not grown, after which startup ends.
const FLAT_ROUNDS: u32 = 3;
/// The share of the rate while the queue is drained.
const DRAIN: f64 = 0.5;
/// The most loss that is made up for.
const LOSS_MAX: f64 = 0.5;

/// A moment of the stream of arrivals.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    /// The arrival of a packet, by the other end's clock.
    pub(crate) arrived_micros: u32,
    /// When that packet was sent.
    pub(crate) sent: Time,
    /// Bytes that have arrived up to then.
    pub(crate) bytes: u64,
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
    /// The longest time between sending one of them and hearing of it.
    pub(crate) waited: Duration,
    /// Of the packets that were sent while draining: lost, and settled in all.
    pub(crate) drain_lost: u32,
    pub(crate) drain_settled: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Startup { best: f64, flat: u32 },
    Drain { until: Time, then: f64, is_first: bool },
    Cruise,
}

/// The packets from one moment until one that was sent after it has arrived.
#[derive(Clone, Copy, Debug)]
struct Round {
    began: Mark,
    ends_with: u64,
    packets: u32,
    queue: Option<Duration>,
    /// There was nothing to send for some of it.
    is_limited: bool,
}

/// The controller of one direction of one link.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Congestion {
    mtu: f64,
    rate: f64,
    phase: Phase,
    round: Option<Round>,
    calm: u32,
    /// The share of packets that is lost with an empty queue.
    loss: f64,
    delay: Delay,
    /// The standing queue of the last round.
    queue: Duration,
    /// The longest that packets waited for their report, of this round and the last.
    waited: [Duration; 2],
    limited: bool,
    /// The first packet of the rate in use: none before it says what that rate does.
    since: u64,
}

impl Congestion {
    pub(crate) fn new(now: Time, mtu: u16, first_rtt: Option<Duration>) -> Congestion {
        let rtt = first_rtt.unwrap_or(RTT_ASSUMED);
        let mtu = f64::from(mtu);
        Congestion {
            mtu,
            rate: (4.0 * mtu / rtt.as_secs_f64().max(1e-4)).clamp(RATE_MIN, RATE_MAX),
            phase: Phase::Startup { best: 0.0, flat: 0 },
            round: None,
            calm: 0,
            loss: 0.0,
            delay: Delay::new(now, first_rtt),
            queue: Duration::ZERO,
            waited: [rtt + REPORT_DELAY; 2],
            limited: false,
            since: 0,
        }
    }

    /// Bytes a second at which packets may leave.
    pub(crate) fn rate(&self) -> f64 {
        self.rate
    }

    /// Bytes of which nothing has been heard, at most: a bound for when reports stop, not
    /// what holds the queue down.
    pub(crate) fn flight_bytes_max(&self) -> f64 {
        let rate = match self.phase {
            Phase::Drain { then, .. } => then,
            _ => self.rate,
        };
        let waited = self.waited[0].max(self.waited[1]).saturating_sub(self.queue);
        1.5 * rate * waited.as_secs_f64() + 4.0 * self.mtu
    }

    /// Whether packets that leave are to show the path without a queue.
    pub(crate) fn is_draining(&self) -> bool {
        matches!(self.phase, Phase::Drain { .. })
    }

    /// The least round trip that is remembered.
    pub(crate) fn least_rtt(&self) -> Option<Duration> {
        self.delay.least_rtt()
    }

    /// The share of packets that is lost by the path's nature.
    pub(crate) fn loss(&self) -> f64 {
        self.loss
    }

    /// There was nothing to send although more might have left.
    pub(crate) fn limited(&mut self) {
        self.limited = true;
    }

    /// How long a packet waited in the queue.
    pub(crate) fn queue_of(&mut self, sample: Sample) -> Duration {
        self.delay.queue(sample)
    }

    /// Takes a report in.
    pub(crate) fn heard(&mut self, now: Time, heard: Heard) {
        self.learn_loss(heard.drain_lost, heard.drain_settled);
        self.waited[0] = self.waited[0].max(heard.waited);
        if let Some(mark) = heard.mark.filter(|_| heard.newest >= self.since) {
            self.follow_round(now, &heard, mark);
        }
        self.watch_queue(now, &heard);
    }

    fn follow_round(&mut self, now: Time, heard: &Heard, mark: Mark) {
        let began = Round::new(mark, heard.next);
        let Some(round) = &mut self.round else {
            self.round = Some(began);
            return;
        };
        round.packets += heard.packets;
        round.queue = [round.queue, heard.queue].into_iter().flatten().min();
        round.is_limited |= std::mem::take(&mut self.limited);
        if heard.newest >= round.ends_with && round.packets >= ROUND_PACKETS {
            let round = *round;
            self.round = Some(began);
            self.end_round(now, &round, mark);
        }
    }

    /// What does not wait for the end of a round.
    fn watch_queue(&mut self, now: Time, heard: &Heard) {
        let target = self.target();
        match (self.phase, heard.queue) {
            (Phase::Startup { best, .. }, Some(queue)) if queue > target => {
                self.queue = queue;
                let rate = if best > 0.0 { best } else { self.rate / 2.0 };
                self.drain(now, rate, true);
            }
            (Phase::Drain { then, is_first: true, .. }, Some(queue)) if queue < target / 2 => {
                self.cruise(then, heard.next);
            }
            (Phase::Drain { until, then, .. }, _) if now >= until => self.cruise(then, heard.next),
            _ => {}
        }
    }

    fn end_round(&mut self, now: Time, round: &Round, mark: Mark) {
        self.queue = round.queue.unwrap_or(self.queue);
        self.waited = [Duration::ZERO, self.waited[0]];
        let Some(arrival) = round.rate_until(mark) else { return };
        let carried = arrival / (1.0 - self.loss.min(LOSS_MAX));
        match self.phase {
            Phase::Startup { best, flat } => self.grow(now, round, carried, best, flat),
            Phase::Cruise => self.steer(now, round, carried),
            // What arrives is what was queued: the first drain learns the rate from it.
            Phase::Drain { until, then, is_first: true } => {
                let then = then.max(carried);
                self.phase = Phase::Drain { until, then, is_first: true };
            }
            Phase::Drain { .. } => {}
        }
    }

    /// Startup: twice what arrived, until that no longer grows.
    fn grow(&mut self, now: Time, round: &Round, carried: f64, best: f64, flat: u32) {
        if carried > best * 1.25 {
            self.phase = Phase::Startup { best: carried, flat: 0 };
        } else if !round.is_limited {
            self.phase = Phase::Startup { best: best.max(carried), flat: flat + 1 };
            if flat + 1 >= FLAT_ROUNDS {
                return self.drain(now, best.max(carried), true);
            }
        }
        self.set_rate(self.rate.max(2.0 * carried));
    }

    /// Cruise: what arrived, and a step by how far the queue is from its target.
    fn steer(&mut self, now: Time, round: &Round, carried: f64) {
        let target = self.target();
        let is_idle = round.is_limited && self.queue <= target;
        if is_idle {
            self.calm = 0;
            return self.set_rate(self.rate.max(carried));
        }
        let off = 1.0 - self.queue.as_secs_f64() / target.as_secs_f64();
        self.calm = if off > 0.5 { self.calm + 1 } else { 0 };
        let doubled = f64::from(1_u32 << (self.calm / CALM_ROUNDS).min(4));
        let step = (STEP * doubled).min(STEP_MAX);
        let wanted = carried * (1.0 + step * off.clamp(-1.0, 1.0));
        self.set_rate(wanted.max(self.rate / 2.0));
        if now >= self.delay.turned() + self.drain_every() {
            self.drain(now, self.rate, false);
        }
    }

    fn drain(&mut self, now: Time, then: f64, is_first: bool) {
        let rtt = self.least_rtt().unwrap_or(RTT_ASSUMED);
        let packets = Duration::from_secs_f64(4.0 * self.mtu / (DRAIN * then));
        let wait = if is_first { 4 * rtt + 4 * self.queue } else { rtt / 4 + 2 * self.queue };
        self.delay.turn(now);
        self.calm = 0;
        self.phase = Phase::Drain { until: now + wait.max(packets), then, is_first };
        self.set_rate(DRAIN * then);
    }

    fn cruise(&mut self, rate: f64, next: u64) {
        self.phase = Phase::Cruise;
        self.round = None;
        self.since = next;
        self.set_rate(rate);
    }

    /// The wait in the queue at which the rate is right.
    fn target(&self) -> Duration {
        let rtt = self.least_rtt().unwrap_or(RTT_ASSUMED);
        let share = (rtt / TARGET_SHARE).clamp(TARGET_MIN, TARGET_MAX);
        share + Duration::from_secs_f64(TARGET_PACKETS * self.mtu / self.rate)
    }

    fn drain_every(&self) -> Duration {
        DRAIN_EVERY.max(20 * self.least_rtt().unwrap_or(RTT_ASSUMED))
    }

    fn set_rate(&mut self, rate: f64) {
        self.rate = rate.clamp(RATE_MIN, RATE_MAX);
    }

    fn learn_loss(&mut self, lost: u32, settled: u32) {
        if settled > 0 {
            let share = f64::from(lost) / f64::from(settled);
            self.loss += (share - self.loss) * (f64::from(settled) / 64.0).min(0.5);
        }
    }
}

impl Round {
    fn new(began: Mark, ends_with: u64) -> Round {
        Round { began, ends_with, packets: 0, queue: None, is_limited: false }
    }

    /// Bytes a second between two arrivals; none if a clock has jumped between them.
    fn rate_until(&self, mark: Mark) -> Option<f64> {
        let arrived = mark.arrived_micros.wrapping_sub(self.began.arrived_micros);
        let sent = mark.sent.since(self.began.sent);
        let heard = mark.heard.since(self.began.heard);
        let took = sent.max(Duration::from_micros(u64::from(arrived)));
        let plausible = took > Duration::ZERO && took <= 2 * heard + Duration::from_secs(1);
        let bytes = (mark.bytes - self.began.bytes) as f64;
        plausible.then(|| bytes / took.as_secs_f64())
    }
}
