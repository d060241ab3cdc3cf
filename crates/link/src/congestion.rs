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
use crate::durations::{DRAIN_EVERY, DRAIN_SOON, REPORT_DELAY, RTT_ASSUMED};
use crate::limits::{RATE_MAX, RATE_MIN};
use std::time::Duration;

/// Packets at the own rate that the queue may hold, beside a share of the round trip.
const TARGET_PACKETS: f64 = 2.0;
/// A path on which that is so many packets; on longer ones it is more.
const SHORT_PATH: Duration = Duration::from_millis(100);
/// That share, and its bounds.
const TARGET_SHARE: u32 = 8;
const TARGET_MIN: Duration = Duration::from_millis(3);
const TARGET_MAX: Duration = Duration::from_millis(30);
/// Packets of a round from which on its rate is taken as it is.
const STEADY_PACKETS: f64 = 8.0;
/// Round trips in which a queue is to be brought to its target.
const CORRECTION_ROUNDS: f64 = 3.0;
/// How far below and above the rate of arrival that may lead; further above, up to four
/// times, where it is half a packet a round: so of two small shares the smaller gains.
const SLOWER_MAX: f64 = 1.0 / 4.0;
const FASTER_MAX: f64 = 1.0 / 8.0;
/// How far above what is known to be carried the rate is while there is no queue; twice
/// that after each time that more arrived.
const PROBE: f64 = 1.0 / 32.0;
const PROBE_MAX: f64 = 1.0 / 2.0;
/// The share of what was sent that has to arrive; if less does, though there is no queue,
/// the path drops what is too much.
const ARRIVES_MIN: f64 = 0.8;
/// Packets over which that is measured.
const SHARE_PACKETS: f64 = 64.0;
/// Packets of a drain that is to tell how much the path loses by its nature.
const TELLING_PACKETS: f64 = 16.0;
/// Packets of a round, at least, for its rate to mean something.
const ROUND_PACKETS: u32 = 2;
/// Packets in the first round trip.
const FIRST_PACKETS: f64 = 1.0;
/// Rounds in which what arrives has not grown by so much, after which startup ends.
const FLAT_ROUNDS: u32 = 3;
const GROWS_MIN: f64 = 1.1;
/// The share of what was sent in startup that arrives as fast, or startup ends.
const FOLLOWS_MIN: f64 = 0.8;
/// The time between two sendings, of that between their arrivals, below which there is a
/// queue between them.
const STRETCHED: f64 = 0.9;
/// How much faster each round of startup is, and where so few packets are under way that
/// one more makes a queue.
const GROWTH: f64 = 2.0;
const COARSE_GROWTH: f64 = 1.33;
const COARSE_PACKETS: f64 = 6.0;
/// Packets in a round trip, at least.
const LEAST_PACKETS: f64 = 0.5;
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
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// From a rate and a time on, faster by the time.
    Startup {
        best: f64,
        flat: u32,
        from_rate: f64,
        from: Time,
    },
    /// Until a time, and at first until the queue is gone, seen by a packet after `from`.
    Drain {
        until: Time,
        from: u64,
        then: f64,
        is_first: bool,
    },
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
    /// The rate at which the last round of startup began.
    rate_before: f64,
    /// Of all that was sent lately, what arrived.
    arriving: Share,
    /// Of the packets that were sent while draining, those that arrived.
    drained: Share,
    delay: Delay,
    /// The standing queue of the last round.
    queue: Duration,
    /// The round trip without that queue, smoothed.
    trip: Duration,
    limited: bool,
    /// The number of the next packet, as of the last report.
    next: u64,
    /// The first packet of the rate in use: none before it says what that rate does.
    since: u64,
}

impl Congestion {
    pub(crate) fn new(now: Time, mtu: u16, first_rtt: Option<Duration>) -> Congestion {
        let rtt = first_rtt.unwrap_or(RTT_ASSUMED);
        let mtu = f64::from(mtu);
        let rate = FIRST_PACKETS * mtu / rtt.as_secs_f64().max(1e-4);
        let rate = rate.clamp(RATE_MIN, RATE_MAX);
        Congestion {
            mtu,
            rate,
            phase: Phase::Startup { best: 0.0, flat: 0, from_rate: rate, from: now },
            round: None,
            capacity: 0.0,
            probe: PROBE,
            rate_before: 0.0,
            arriving: Share::default(),
            drained: Share::default(),
            delay: Delay::new(now, first_rtt),
            queue: Duration::ZERO,
            trip: rtt,
            limited: false,
            next: 0,
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
        let least = self.least_rtt().unwrap_or(RTT_ASSUMED);
        // What waits on the way back is in flight too, up to a bound: a clock that loses
        // makes a queue on the way there look like one on the way back.
        let trip = self.trip.clamp(least, 2 * (least + REPORT_DELAY));
        1.5 * self.lasting_rate() * (trip + REPORT_DELAY).as_secs_f64() + 4.0 * self.mtu
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
        let is_known = self.drained.all >= TELLING_PACKETS / 2.0;
        if is_known { (1.0 - self.drained.get()).min(LOSS_MAX) } else { 0.0 }
    }

    /// Something else than the rate has held packets back.
    pub(crate) fn limited(&mut self) {
        self.limited = true;
    }

    /// How long a packet waited in the queue.
    pub(crate) fn queue_of(&mut self, sample: Sample) -> Duration {
        let queue = self.delay.queue(sample);
        self.trip = (self.trip * 7 + sample.rtt.saturating_sub(queue)) / 8;
        queue
    }

    /// Of a packet that was sent while draining it is known whether it was lost.
    pub(crate) fn settled_in_drain(&mut self, is_lost: bool) {
        self.drained.add(f64::from(u8::from(!is_lost)), 1.0, 2.0 * SHARE_PACKETS);
    }

    /// Takes a report in.
    pub(crate) fn heard(&mut self, now: Time, heard: Heard) {
        self.next = heard.next;
        if let Some(mark) = heard.mark.filter(|_| heard.newest >= self.since) {
            self.follow_round(now, &heard, mark);
        }
        self.watch_queue(now, &heard);
        self.ramp(now);
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
            self.end_round(now, &round, heard.newest, mark);
        }
    }

    /// What does not wait for the end of a round.
    fn watch_queue(&mut self, now: Time, heard: &Heard) {
        let target = self.target();
        match (self.phase, heard.queue) {
            (Phase::Startup { best, .. }, Some(queue)) => {
                let measured = self.measure_round(heard);
                let is_stretched = measured.as_ref().is_some_and(Measured::is_stretched);
                if queue > target || (is_stretched && queue > self.packet_time() / 4) {
                    self.queue = queue;
                    let arrival = measured.map(|measured| measured.arrived_bytes / measured.secs);
                    let known = if best > 0.0 { best } else { self.rate / 2.0 };
                    self.drain(now, arrival.unwrap_or(known).max(best), true);
                }
            }
            (Phase::Drain { then, from, is_first: true, .. }, Some(queue))
                if queue < target / 2 && heard.newest >= from =>
            {
                self.cruise(then);
            }
            (Phase::Drain { until, then, .. }, _) if now >= until => self.cruise(then),
            _ => {}
        }
    }

    /// What the round that goes on has told, if that is something.
    fn measure_round(&self, heard: &Heard) -> Option<Measured> {
        let round = self.round.filter(|round| round.packets > ROUND_PACKETS)?;
        round.measure_until(heard.mark?)
    }

    /// How far packets are apart.
    fn packet_time(&self) -> Duration {
        Duration::from_secs_f64(self.mtu / self.lasting_rate())
    }

    fn end_round(&mut self, now: Time, round: &Round, newest: u64, mark: Mark) {
        let queue_before = self.queue;
        self.queue = round.queue.unwrap_or(queue_before);
        let Some(measured) = round.measure_until(mark) else { return };
        let carried = self.carried(&measured);
        match self.phase {
            Phase::Startup { best, flat, from_rate, .. } => {
                // What has arrived was sent in the round before.
                let before = std::mem::replace(&mut self.rate_before, from_rate);
                self.grow(now, round, &measured, (best, flat, before));
            }
            Phase::Cruise => self.steer(now, round, carried, queue_before),
            // What was sent before, into a queue, arrives as fast as the path carries it.
            Phase::Drain { until, from, is_first, .. }
                if newest < from && self.queue > self.target() / 2 =>
            {
                self.phase = Phase::Drain { until, from, then: carried, is_first };
                self.set_rate(DRAIN * carried);
            }
            Phase::Drain { .. } => {}
        }
    }

    /// Startup, after a round: goes on unless what arrives no longer follows.
    fn grow(&mut self, now: Time, round: &Round, measured: &Measured, known: (f64, u32, f64)) {
        let (mut best, mut flat, before) = known;
        if !round.is_limited {
            // Loss is no sign here, unless most is lost.
            let follows = match self.arriving.get() < LOSS_MAX {
                true => measured.arrived_bytes / measured.secs,
                false => measured.sent_bytes / measured.secs,
            };
            flat = if follows > best * GROWS_MIN { 0 } else { flat + 1 };
            best = best.max(follows);
            let is_stretched = measured.is_stretched() && self.queue > self.packet_time() / 4;
            if flat >= FLAT_ROUNDS || follows < FOLLOWS_MIN * before || is_stretched {
                return self.drain(now, best, true);
            }
        }
        self.phase = Phase::Startup { best, flat, from_rate: self.rate, from: now };
    }

    /// Startup, between: twice as fast within a round trip, or less where a packet more
    /// makes a queue.
    fn ramp(&mut self, now: Time) {
        let Phase::Startup { from_rate, from, .. } = self.phase else { return };
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
    fn steer(&mut self, now: Time, round: &Round, carried: f64, queue_before: Duration) {
        let target = self.target();
        if round.is_limited && self.queue <= target {
            return self.set_rate(self.rate.max(carried));
        }
        let rtt = self.loop_secs();
        let off = target.as_secs_f64() - self.queue.as_secs_f64();
        let packet = self.mtu / (self.rate * rtt);
        let faster_max = (packet / 2.0).clamp(FASTER_MAX, 4.0 * FASTER_MAX);
        let step = (off / (CORRECTION_ROUNDS * rtt)).clamp(-SLOWER_MAX, faster_max);
        let wanted = match self.queue > target / 2 {
            true => self.correct(step, carried, round.packets),
            false => self.probe(step, carried),
        };
        self.set_rate(wanted.max(self.rate / 2.0));
        // A loss that is not usual may be the path's nature, and then shows while draining.
        let every = if self.drops_what_is_too_much() { DRAIN_SOON } else { DRAIN_EVERY };
        let rtts = if self.drops_what_is_too_much() { 5 } else { 30 };
        let every = every.max(rtts * self.least_rtt().unwrap_or(RTT_ASSUMED));
        // A queue that suddenly falls is drained by another link: together they empty it.
        let is_helped = queue_before > target / 2 && self.queue < target / 4;
        let every = if is_helped { every / 2 } else { every };
        if now >= self.delay.turned() + every {
            self.drain(now, self.capacity, false);
        }
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

    fn drain(&mut self, now: Time, then: f64, is_first: bool) {
        let rtt = self.least_rtt().unwrap_or(RTT_ASSUMED);
        let packets = if self.drops_what_is_too_much() { TELLING_PACKETS } else { 1.0 };
        let packets = Duration::from_secs_f64(packets * self.mtu / (DRAIN * then));
        let packets = packets.min(DRAIN_SOON.max(8 * rtt));
        let wait = if is_first { 8 * (rtt + self.queue) } else { rtt / 4 + 2 * self.queue };
        self.delay.turn(now);
        self.capacity = then;
        self.probe = PROBE;
        let (until, from) = (now + wait.max(packets), self.next);
        self.phase = Phase::Drain { until, from, then, is_first };
        self.set_rate(DRAIN * then);
    }

    fn cruise(&mut self, rate: f64) {
        self.phase = Phase::Cruise;
        self.round = None;
        self.since = self.next;
        self.set_rate(rate);
    }

    /// The wait in the queue at which the rate is right.
    fn target(&self) -> Duration {
        let rtt = self.least_rtt().unwrap_or(RTT_ASSUMED);
        let share = (rtt / TARGET_SHARE).clamp(TARGET_MIN, TARGET_MAX);
        let packets = self.packet_time().mul_f64(TARGET_PACKETS);
        // On long paths the difference between two shares has to be larger to count.
        let longer = packets.mul_f64(rtt.as_secs_f64() / SHORT_PATH.as_secs_f64());
        share + longer.clamp(packets, packets.max(rtt / 2))
    }

    /// How long it takes until a change of the rate shows.
    fn loop_secs(&self) -> f64 {
        let rtt = self.least_rtt().unwrap_or(RTT_ASSUMED) + self.queue;
        rtt.as_secs_f64().max(1e-4)
    }

    /// The rate, or the one that comes after draining.
    fn lasting_rate(&self) -> f64 {
        match self.phase {
            Phase::Drain { then, .. } => then,
            _ => self.rate,
        }
    }

    /// Half a packet a round trip is never too much: a queue makes the round trip longer.
    fn set_rate(&mut self, rate: f64) {
        let least = LEAST_PACKETS * self.mtu / self.loop_secs();
        self.rate = rate.max(least).clamp(RATE_MIN, RATE_MAX);
    }

    /// What the path carries, as far as it was asked to: what was sent, if it usually
    /// loses as much as it did; else what arrived, and what it usually loses.
    fn carried(&mut self, measured: &Measured) -> f64 {
        self.arriving.add(measured.arrived_bytes, measured.sent_bytes, SHARE_PACKETS * self.mtu);
        match self.drops_what_is_too_much() {
            false => measured.sent_bytes / measured.secs,
            true => measured.arrived_bytes / measured.secs / (1.0 - self.loss()),
        }
    }

    /// Whether much less arrives than with an empty queue.
    fn drops_what_is_too_much(&self) -> bool {
        let is_known = self.arriving.all >= SHARE_PACKETS / 4.0 * self.mtu;
        is_known && self.arriving.get() < ARRIVES_MIN * (1.0 - self.loss())
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
    /// Between the sending of the two.
    sent_secs: f64,
    arrived_bytes: f64,
    sent_bytes: f64,
}

impl Measured {
    /// Whether packets arrived further apart than they were sent.
    fn is_stretched(&self) -> bool {
        self.sent_secs < STRETCHED * self.secs
    }
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
            sent_secs: mark.sent.since(began.sent).as_secs_f64(),
            arrived_bytes: mark.arrived_bytes.saturating_sub(began.arrived_bytes) as f64,
            sent_bytes: mark.sent_bytes.saturating_sub(began.sent_bytes) as f64,
        })
    }
}
