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
/// Round trips in which a queue is to be brought to its target.
const CORRECTION_ROUNDS: f64 = 2.0;
/// How far below and above the rate of arrival that may lead.
const SLOWER_MAX: f64 = 1.0 / 4.0;
const FASTER_MAX: f64 = 1.0 / 8.0;
/// How far above what is known to be carried the rate is while there is no queue; twice
/// that after each time that more arrived.
const PROBE: f64 = 1.0 / 32.0;
const PROBE_MAX: f64 = 1.0 / 2.0;
/// The share of what was sent that has to arrive; if less does, though there is no queue,
/// the path drops what is too much.
const ARRIVES_MIN: f64 = 0.85;
/// Packets of a round, at least, for its rate to mean something; two will do in startup.
const ROUND_PACKETS: u32 = 4;
/// Packets in the first round trip.
const FIRST_PACKETS: f64 = 2.0;
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
    /// The longest time between sending one of them and hearing of it.
    pub(crate) waited: Duration,
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
    /// What the path is known to carry.
    capacity: f64,
    probe: f64,
    /// Of all that was sent lately, what arrived.
    arriving: Share,
    /// Of the packets that were sent while draining, those that arrived.
    drained: Share,
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
            rate: (FIRST_PACKETS * mtu / rtt.as_secs_f64().max(1e-4)).clamp(RATE_MIN, RATE_MAX),
            phase: Phase::Startup { best: 0.0, flat: 0 },
            round: None,
            capacity: 0.0,
            probe: PROBE,
            arriving: Share::default(),
            drained: Share::default(),
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
        let is_known = self.drained.all >= 16.0;
        if is_known { (1.0 - self.drained.get()).min(LOSS_MAX) } else { 0.0 }
    }

    /// There was nothing to send although more might have left.
    pub(crate) fn limited(&mut self) {
        self.limited = true;
    }

    /// How long a packet waited in the queue.
    pub(crate) fn queue_of(&mut self, sample: Sample) -> Duration {
        self.delay.queue(sample)
    }

    /// Of a packet that was sent while draining it is known whether it was lost.
    pub(crate) fn settled_in_drain(&mut self, is_lost: bool) {
        self.drained.add(f64::from(u8::from(!is_lost)), 1.0, 512.0);
    }

    /// Takes a report in.
    pub(crate) fn heard(&mut self, now: Time, heard: Heard) {
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
        let is_startup = matches!(self.phase, Phase::Startup { .. });
        let packets_min = if is_startup { ROUND_PACKETS / 2 } else { ROUND_PACKETS };
        if heard.newest >= round.ends_with && round.packets >= packets_min {
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
                let round = self.round.filter(|round| round.packets >= ROUND_PACKETS / 2);
                let measured = round.zip(heard.mark).and_then(|(round, mark)| round.measure_until(mark));
                let arrival = measured.map(|measured| measured.arrived_bytes / measured.secs);
                let rate = arrival.unwrap_or(self.rate / 2.0).max(best);
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
        let Some(measured) = round.measure_until(mark) else { return };
        let carried = self.carried(&measured);
        match self.phase {
            Phase::Startup { best, flat } => self.grow(now, round, carried, best, flat),
            Phase::Cruise => self.steer(now, round, carried),
            // While there is a queue, packets arrive as fast as the path carries them.
            Phase::Drain { until, is_first, .. } if self.queue > self.target() / 2 => {
                self.phase = Phase::Drain { until, then: carried, is_first };
            }
            Phase::Drain { .. } => {}
        }
    }

    /// Startup: twice as fast in each round, until what arrives no longer grows.
    fn grow(&mut self, now: Time, round: &Round, carried: f64, best: f64, flat: u32) {
        if carried > best * 1.25 {
            self.phase = Phase::Startup { best: carried, flat: 0 };
        } else if !round.is_limited {
            self.phase = Phase::Startup { best: best.max(carried), flat: flat + 1 };
            if flat + 1 >= FLAT_ROUNDS {
                return self.drain(now, best.max(carried), true);
            }
        }
        // What arrives was sent at the rate of a round ago.
        let faster = (2.0 * self.rate).min(4.0 * carried);
        self.set_rate(if round.is_limited { self.rate.max(carried) } else { faster });
    }

    /// Cruise: what arrived, and a step by how far the queue is from its target.
    fn steer(&mut self, now: Time, round: &Round, carried: f64) {
        let target = self.target();
        if round.is_limited && self.queue <= target {
            return self.set_rate(self.rate.max(carried));
        }
        let wanted = match self.queue > target / 2 {
            true => self.correct(target, carried),
            false => self.probe(carried),
        };
        self.set_rate(wanted.max(self.rate / 2.0));
        if now >= self.delay.turned() + self.drain_every() {
            self.drain(now, self.capacity, false);
        }
    }

    /// There is a queue: packets arrive as fast as the path carries them.
    fn correct(&mut self, target: Duration, carried: f64) -> f64 {
        let rtt = self.least_rtt().unwrap_or(RTT_ASSUMED).as_secs_f64().max(1e-4);
        let off = target.as_secs_f64() - self.queue.as_secs_f64();
        let step = (off / (CORRECTION_ROUNDS * rtt)).clamp(-SLOWER_MAX, FASTER_MAX);
        self.capacity = carried;
        self.probe = PROBE;
        carried * (1.0 + step)
    }

    /// There is none: packets arrive as fast as they are sent, unless the path drops some.
    fn probe(&mut self, carried: f64) -> f64 {
        if carried > self.capacity * (1.0 + self.probe / 2.0) {
            self.probe = (2.0 * self.probe).min(PROBE_MAX);
        }
        self.capacity = match self.drops_what_is_too_much() {
            true => carried,
            false => self.capacity.max(carried),
        };
        self.capacity * (1.0 + self.probe)
    }

    fn drain(&mut self, now: Time, then: f64, is_first: bool) {
        let rtt = self.least_rtt().unwrap_or(RTT_ASSUMED);
        let packets = Duration::from_secs_f64(2.0 * self.mtu / (DRAIN * then));
        let wait = if is_first { 4 * rtt + 4 * self.queue } else { rtt / 4 + 2 * self.queue };
        self.delay.turn(now);
        self.capacity = then;
        self.probe = PROBE;
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

    /// What the path carries, if it carries no more than what arrived: that, and what was
    /// lost on the way by the path's nature.
    fn carried(&mut self, measured: &Measured) -> f64 {
        self.arriving.add(measured.arrived_bytes, measured.sent_bytes, 64.0 * self.mtu);
        let arrival = measured.arrived_bytes / measured.secs;
        let is_usual = !self.drops_what_is_too_much();
        arrival / if is_usual { self.arriving.get().min(1.0) } else { 1.0 - self.loss() }
    }

    /// Whether much less arrives than with an empty queue.
    fn drops_what_is_too_much(&self) -> bool {
        self.arriving.get() < ARRIVES_MIN * (1.0 - self.loss())
    }
}

/// A share of something, of which the old counts less.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    part: f64,
    all: f64,
}

impl Share {
    fn add(&mut self, part: f64, all: f64, all_max: f64) {
        self.part += part;
        self.all += all;
        while self.all > all_max {
            self.part /= 2.0;
            self.all /= 2.0;
        }
    }

    fn get(&self) -> f64 {
        if self.all > 0.0 { self.part / self.all } else { 1.0 }
    }
}

/// What happened between two arrivals.
struct Measured {
    secs: f64,
    arrived_bytes: f64,
    sent_bytes: f64,
}

impl Round {
    fn new(began: Mark, ends_with: u64) -> Round {
        Round { began, ends_with, packets: 0, queue: None, is_limited: false }
    }

    /// None if a clock has jumped between the two arrivals.
    fn measure_until(&self, mark: Mark) -> Option<Measured> {
        let began = &self.began;
        let arrived = mark.arrived_micros.wrapping_sub(began.arrived_micros);
        let took = mark.sent.since(began.sent).max(Duration::from_micros(u64::from(arrived)));
        let heard = mark.heard.since(began.heard);
        let is_plausible = took > Duration::ZERO && took <= 2 * heard + Duration::from_secs(1);
        is_plausible.then(|| Measured {
            secs: took.as_secs_f64(),
            arrived_bytes: mark.arrived_bytes.saturating_sub(began.arrived_bytes) as f64,
            sent_bytes: mark.sent_bytes.saturating_sub(began.sent_bytes) as f64,
        })
    }
}
