//! How much may be in flight.

use super::{Congestion, LOSS_MAX};
use crate::durations::{REPORT_DELAY, RTT_ASSUMED};
use std::time::Duration;

/// Packets in flight until something is heard: how long a full one takes is not known.
const FIRST_FLIGHT_PACKETS: f64 = 2.0;
/// Packets in flight beside what the rate brings, where nothing is lost.
const FLIGHT_SLACK_PACKETS: f64 = 4.0;
/// Packets in a round trip at the own rate below which those in flight are counted, as
/// long as there is a queue and nothing much is lost.
const COUNTED_PACKETS: f64 = 3.0;
/// Packets beside what the rate brings and the queue may hold, where they are counted: what
/// a rate that is a bit too low leaves out.
const COUNTED_SLACK_PACKETS: f64 = 0.3;
/// The least that is in flight where packets are counted: one on the wire, and one that
/// follows it while its report is on the way.
const COUNTED_MIN: f64 = 2.0;
/// The most, beside those of which a report waits: of links that share a path one has at
/// most half as much again as another.
const COUNTED_MAX: f64 = 3.0;
/// Of what was sent, the share that arrives, for packets to be counted: what nothing is
/// heard of, since it was lost, would have to be let off.
const COUNTED_ARRIVES_MIN: f64 = 0.95;
/// The wait in the queue, in packets at the own rate, that is one.
const QUEUED_PACKETS: f64 = 0.25;

impl Congestion {
    /// Bytes of which nothing has been heard, with which one more packet may leave, at most.
    /// On most paths a bound for when reports stop, not what holds the queue down.
    pub(crate) fn flight_bytes_max(&self) -> f64 {
        if !self.has_heard {
            return self.bytes_before(FIRST_FLIGHT_PACKETS);
        }
        if let Some(packets) = self.counted_packets() {
            return self.bytes_before(packets);
        }
        // Where most is lost, what is heard of a packet comes with a later one.
        let arriving = self.arriving.get().max(LOSS_MAX);
        let slack = FLIGHT_SLACK_PACKETS / (arriving * arriving) * self.mtu;
        1.5 * self.lasting_rate() * (self.whole_trip() + REPORT_DELAY).as_secs_f64() + slack
    }

    /// How many packets may be in flight where that is what holds the queue down. It is not
    /// while there is no queue: so a rate that was found too low is no bound to itself.
    fn counted_packets(&self) -> Option<f64> {
        let packet = self.packet_time().as_secs_f64();
        let least = self.least_rtt()?;
        let is_coarse = least.as_secs_f64() < COUNTED_PACKETS * packet;
        let is_queued = self.last_queue.as_secs_f64() > QUEUED_PACKETS * packet;
        // What waits on the way back would have to be let off, too.
        let is_back_free = self.trip < least + least / 8;
        if !is_coarse || !is_queued || !is_back_free || self.arriving.get() < COUNTED_ARRIVES_MIN {
            return None;
        }
        let with_queue = (least + self.target()).as_secs_f64() / packet + COUNTED_SLACK_PACKETS;
        let while_waiting = (self.report_wait.as_secs_f64() / packet).floor();
        Some(with_queue.floor().clamp(COUNTED_MIN, COUNTED_MAX) + while_waiting)
    }

    /// What waits on the way back is in flight too, up to a bound: a clock that loses makes a
    /// queue on the way there look like one on the way back.
    fn whole_trip(&self) -> Duration {
        let least = self.least_rtt().unwrap_or(RTT_ASSUMED);
        self.trip.clamp(least, 2 * (least + REPORT_DELAY))
    }

    /// Packets may be a bit shorter than the mtu, so half a one is no room for another.
    fn bytes_before(&self, packets: f64) -> f64 {
        (packets - 0.5) * self.mtu
    }
}
