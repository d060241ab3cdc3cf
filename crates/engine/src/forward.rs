//! Forwarding: at most twenty messages to one server without an `ack`, oldest
//! first, and of one sender to one recipient only the oldest.
//!
//! ```text
//!   queued behind its pair's head ─► ready ─► in flight ─► handed over
//!                                      ▲│        │ ▲
//!                                      │▼        └─┘ every second
//!                                     held: equal to one forwarded lately,
//!                                           or just come from that server
//! ```

use crate::deadlines::{Timer, durations};
use crate::engine::Engine;
use crate::lately::Lately;
use crate::limits::{IN_FLIGHT_MAX, OVERTAKE_MAX};
use crate::mail::Message;
use crate::{Output, Place, Time, Write};
use postrider_proto::Number;
use postrider_proto::classic::ServerIndex;
use std::collections::{BTreeMap, VecDeque};

/// The heads of the pairs whose recipients are at one other server.
#[derive(Debug, Default)]
pub(crate) struct Outbound {
    /// Those that may go, and their recipients.
    ready: BTreeMap<Place, Number>,
    /// Those that must wait, and until when.
    held: BTreeMap<Place, (Number, Time)>,
    /// Those without an `ack`.
    in_flight: BTreeMap<Place, Flight>,
    /// When the last [`OVERTAKE_MAX`] were sent there first, repeats not counted.
    sent: VecDeque<Time>,
    /// How many were sent there, repeats not counted.
    count: u64,
    pub(crate) lately: Lately,
}

/// A message without an `ack`.
#[derive(Clone, Copy, Debug)]
struct Flight {
    to: Number,
    /// When it is repeated.
    again: Time,
    /// [`Outbound::count`] when it was sent first.
    ordinal: u64,
}

impl Outbound {
    fn has(&self, kept: Place) -> bool {
        self.ready.contains_key(&kept)
            || self.held.contains_key(&kept)
            || self.in_flight.contains_key(&kept)
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Whether one more may be sent: too many must neither be in flight nor overtake
    /// the one that waits longest for its `ack`, within the ten seconds in which the
    /// other side may compare it.
    fn has_room(&self, now: Time) -> bool {
        let oldest = self.in_flight.values().map(|flight| flight.ordinal).min();
        let few_overtake = oldest.is_none_or(|oldest| self.count - oldest < OVERTAKE_MAX as u64);
        let few_lately = || {
            let long_ago = |at: &Time| now.since(*at) > durations::EQUAL;
            self.sent.len() < OVERTAKE_MAX || self.sent.front().is_some_and(long_ago)
        };
        self.in_flight.len() < IN_FLIGHT_MAX && (few_overtake || few_lately())
    }

    /// Counts one that is sent for the first time; says which one it is.
    fn count_one(&mut self, now: Time) -> u64 {
        if self.sent.len() == OVERTAKE_MAX {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
        self.count += 1;
        self.count
    }
}

impl Engine {
    /// A message became the oldest of its pair, and its recipient is at `server`.
    pub(crate) fn add_head(&mut self, server: ServerIndex, kept: Place, to: Number) {
        self.outbound(server).ready.insert(kept, to);
    }

    /// A message is no longer to be forwarded to `server`; says whether it was, as the
    /// next one of its pair.
    pub(crate) fn remove_head(&mut self, server: ServerIndex, kept: Place) -> bool {
        let outbound = self.outbound(server);
        let mut was_next = outbound.ready.remove(&kept).is_some();
        if let Some((_, until)) = outbound.held.remove(&kept) {
            was_next = true;
            self.deadlines.clear(until, Timer::Release(server, kept));
        }
        if let Some(flight) = self.outbound(server).in_flight.remove(&kept) {
            was_next = true;
            self.deadlines.clear(flight.again, Timer::Resend(server, kept));
        }
        was_next
    }

    /// Whether a message is, or waits to be, on its way to a server of the line.
    pub(crate) fn is_to_be_forwarded(&self, server: ServerIndex, kept: Place) -> bool {
        self.outbound[usize::from(server.value()) - 1].has(kept)
    }

    /// A message that had to be held back may go.
    pub(crate) fn release(&mut self, server: ServerIndex, kept: Place) {
        let outbound = self.outbound(server);
        if let Some((to, _)) = outbound.held.remove(&kept) {
            outbound.ready.insert(kept, to);
        }
    }

    /// No `ack` came for a second.
    pub(crate) fn resend(&mut self, server: ServerIndex, kept: Place) {
        if let Some(flight) = self.outbound(server).in_flight.get(&kept).copied() {
            self.counters.forwarded_again += 1;
            self.transmit(server, kept, flight.to, flight.ordinal);
        }
    }

    /// Sends what may go, to every server.
    pub(crate) fn forward_all(&mut self) {
        let now = self.now;
        for server in self.other_servers() {
            while self.outbound(server).has_room(now) {
                let Some((kept, to)) = self.outbound(server).ready.pop_first() else {
                    break;
                };
                self.forward_or_hold(server, kept, to);
            }
        }
    }

    fn forward_or_hold(&mut self, server: ServerIndex, kept: Place, to: Number) {
        let Some(message) = self.mail.get(to, kept).copied() else {
            debug_assert!(false, "what is ready waits");
            return;
        };
        let (kept, message) = self.first_of_its_count(to, kept, message);
        if let Some(until) = self.held_until(server, to, &message) {
            self.outbound(server).held.insert(kept, (to, until));
            self.deadlines.set(until, Timer::Release(server, kept));
            return;
        }
        if !message.sent_to.contains(server) {
            self.write(&Write::Sent { kept, to, server });
            self.counters.forwarded += 1;
        }
        let now = self.now;
        let ordinal = self.outbound(server).count_one(now);
        self.transmit(server, kept, to, ordinal);
    }

    fn held_until(&mut self, server: ServerIndex, to: Number, message: &Message) -> Option<Time> {
        let now = self.now;
        if let Some(until) = self.gap_until(to, message) {
            return Some(until);
        }
        let age_millis = now.wrapping_millis().wrapping_sub(message.taken_millis);
        // One more, since the age is of whole milliseconds.
        let not_back_millis = durations::NOT_BACK.as_millis() as u32 + 1;
        if message.origin == server.value() && age_millis < not_back_millis {
            let left = u64::from(not_back_millis - age_millis);
            return Some(now + std::time::Duration::from_millis(left));
        }
        self.outbound(server).lately.held_until(message.fingerprint, now)
    }

    fn transmit(&mut self, server: ServerIndex, kept: Place, to: Number, ordinal: u64) {
        let Some(message) = self.mail.get(to, kept).copied() else {
            debug_assert!(false, "what is in flight waits");
            return;
        };
        let again = self.now + durations::RESEND;
        self.outbound(server).in_flight.insert(kept, Flight { to, again, ordinal });
        self.deadlines.set(again, Timer::Resend(server, kept));
        let Message { seq, from, at, .. } = message;
        self.output(Output::Forward { server, seq, from, to, text: at });
    }
}
