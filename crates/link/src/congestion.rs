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
//! Where a link has only a packet or two in a round trip, a rate is too coarse to hold a
//! queue down, and what is in flight is counted as well.

mod law;
mod round;
mod window;

pub(crate) use round::{Heard, Mark};

use crate::Time;
use crate::delay::{Delay, Sample};
use crate::durations::{DRAIN_SOON, RTT_ASSUMED};
use crate::limits::{RATE_MAX, RATE_MIN};
use law::PROBE;
use round::{Measured, Round, Share};
use std::time::Duration;

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
/// Packets in a round trip, at least.
const LEAST_PACKETS: f64 = 0.5;
/// The share of the rate while the queue is drained.
const DRAIN: f64 = 0.5;
/// The most loss that is made up for.
const LOSS_MAX: f64 = 0.5;

/// A round of startup: from a rate and a time on, faster by the time.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Startup {
    from_rate: f64,
    from: Time,
    /// The most that has arrived, bytes a second, and for how many rounds it was not more.
    best: f64,
    flat: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Startup(Startup),
    /// Until a time, and at first until the queue is gone, seen by a packet after `from`.
    Drain {
        until: Time,
        from: u64,
        then: f64,
        is_first: bool,
    },
    Cruise,
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
    /// The wait in the queue of which was heard last.
    last_queue: Duration,
    /// How long reports wait at the other end; a longer wait counts for some while.
    report_wait: Duration,
    /// The round trip without that queue, smoothed.
    trip: Duration,
    limited: bool,
    /// A full packet's round trip has been measured.
    has_heard: bool,
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
            phase: Phase::Startup(Startup { from_rate: rate, from: now, best: 0.0, flat: 0 }),
            round: None,
            capacity: 0.0,
            probe: PROBE,
            rate_before: 0.0,
            arriving: Share::default(),
            drained: Share::default(),
            delay: Delay::new(now, first_rtt),
            queue: Duration::ZERO,
            last_queue: Duration::ZERO,
            report_wait: Duration::ZERO,
            trip: rtt,
            limited: false,
            has_heard: false,
            next: 0,
            since: 0,
        }
    }

    /// Bytes a second at which packets may leave.
    pub(crate) fn rate(&self) -> f64 {
        self.rate
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
        if !self.has_heard {
            self.begin(&sample);
        }
        let queue = self.delay.queue(sample);
        self.trip = (self.trip * 7 + sample.rtt.saturating_sub(queue)) / 8;
        queue
    }

    /// The first packet of a link has been heard of. On a slow path it takes far longer than
    /// those of the handshake, whose round trip is forgotten.
    fn begin(&mut self, sample: &Sample) {
        self.has_heard = true;
        self.delay = Delay::new(sample.sent, None);
        self.trip = sample.rtt;
        let rate = FIRST_PACKETS * self.mtu / sample.rtt.as_secs_f64().max(1e-4);
        self.rate = self.rate.min(rate).max(RATE_MIN);
        if let Phase::Startup(startup) = &mut self.phase {
            startup.from_rate = self.rate;
        }
    }

    /// Of a packet that was sent while draining it is known whether it was lost.
    pub(crate) fn settled_in_drain(&mut self, is_lost: bool) {
        self.drained.add(f64::from(u8::from(!is_lost)), 1.0, 2.0 * SHARE_PACKETS);
    }

    /// Takes a report in.
    pub(crate) fn heard(&mut self, now: Time, heard: Heard) {
        self.next = heard.next;
        self.last_queue = heard.queue.unwrap_or(self.last_queue);
        if let Some(waited) = heard.waited {
            self.report_wait = waited.max(self.report_wait * 7 / 8);
        }
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
            (Phase::Startup(Startup { best, .. }), Some(queue)) => {
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
            Phase::Startup(startup) => self.grow(now, round, &measured, startup),
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

    fn drain(&mut self, now: Time, then: f64, is_first: bool) {
        let then = then.clamp(RATE_MIN, RATE_MAX);
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
    /// Nor are some more where most is lost by the path's nature, of which too little would
    /// arrive to tell anything.
    fn set_rate(&mut self, rate: f64) {
        let least = LEAST_PACKETS / (1.0 - self.loss()).powi(2) * self.mtu / self.loop_secs();
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
