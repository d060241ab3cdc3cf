//! What leaves, and when it may.

use super::{Session, Why};
use crate::Time;
use crate::close::CloseReason;
use crate::durations::HANDSHAKE_MAX;
use crate::frame::{print_close, print_ping};
use crate::packet::{TAG_BYTES, print_data};

impl Session {
    /// Writes the next datagram into an empty buffer; false, and nothing is written, if
    /// none may leave now.
    pub(crate) fn poll_transmit(&mut self, now: Time, out: &mut Vec<u8>) -> bool {
        if let Some(unconfirmed) = &mut self.unconfirmed {
            let is_due = unconfirmed.resend_at <= now;
            if is_due {
                out.extend_from_slice(&unconfirmed.finish);
                unconfirmed.resend_at = now + unconfirmed.wait;
                unconfirmed.wait *= 2;
            }
            return is_due;
        }
        let wants_report = self.intake.report_at().is_some_and(|at| at <= now);
        let may_send = self.items_at().is_some_and(|at| at <= now);
        if !(wants_report || may_send || self.wants_ping) {
            self.note_if_limited(now);
            return false;
        }
        self.print_packet(now, wants_report, may_send, out);
        true
    }

    /// When items may leave; none while there are none, or too much is in flight.
    pub(super) fn items_at(&self) -> Option<Time> {
        if !self.outbox.has_chunks() || self.flight.is_full() {
            return None;
        }
        let budget_at = self.budget.map_or(Time::ZERO, |budget| budget.ready_at());
        if self.may_probe {
            return Some(budget_at);
        }
        let is_open = (self.flight.flying_bytes() as f64) < self.congestion.flight_bytes_max();
        is_open.then(|| budget_at.max(self.pacer.ready_at()))
    }

    /// Tells the controller when it was not its rate that held packets back.
    fn note_if_limited(&mut self, now: Time) {
        let is_held_back = match self.items_at() {
            None => true,
            Some(_) => self.budget.is_some_and(|budget| budget.ready_at() > now),
        };
        if is_held_back && self.pacer.ready_at() <= now {
            self.congestion.limited();
        }
    }

    fn print_packet(&mut self, now: Time, wants_report: bool, may_send: bool, out: &mut Vec<u8>) {
        let number = self.flight.next();
        let room = usize::from(self.mtu) - TAG_BYTES;
        print_data(self.mode, self.remote, number, out);
        if wants_report {
            self.intake.print_report(now, room - out.len(), out);
        }
        let before_items = out.len();
        self.chunks.clear();
        if may_send {
            self.outbox.pack(number, room - out.len(), &mut self.chunks, out);
        }
        if self.wants_ping && self.chunks.is_empty() && out.len() < room {
            print_ping(out);
        }
        let asks = out.len() > before_items;
        self.sealer.seal(number, self.mode, out);
        self.note_sent(now, asks, out.len());
    }

    fn note_sent(&mut self, now: Time, asks: bool, bytes: usize) {
        self.traffic.packets_out += 1;
        self.traffic.bytes_out += bytes as u64;
        if let Some(budget) = &mut self.budget {
            budget.sent(now, bytes);
        }
        if !asks {
            return self.flight.push_quiet(now);
        }
        self.flight.push(now, bytes, self.congestion.is_draining(), &self.chunks);
        self.pacer.sent(now, bytes, self.congestion.rate());
        self.wants_ping = false;
        self.may_probe = false;
        self.asked_at = now;
        self.unanswered_since.get_or_insert(now);
        self.probe_at = Some(now + self.rtt.probe_after(self.probes));
    }

    /// Writes a packet that says that this end closes the session.
    pub(crate) fn print_close(&mut self, now: Time, reason: CloseReason, out: &mut Vec<u8>) {
        let number = self.flight.next();
        print_data(self.mode, self.remote, number, out);
        print_close(reason.code(), out);
        self.sealer.seal(number, self.mode, out);
        self.flight.push_quiet(now);
    }

    /// When the session next has something to do, and what.
    pub(crate) fn deadline(&self) -> (Time, Why) {
        if let Some(unconfirmed) = &self.unconfirmed {
            let over_at = unconfirmed.began + HANDSHAKE_MAX;
            return (unconfirmed.resend_at, Why::Confirm).min((over_at, Why::GiveUp));
        }
        let (alive_at, alive_why) = self.alive_at();
        [
            (self.intake.report_at(), Why::Report),
            (self.items_at(), Why::Pacing),
            (self.lost_at, Why::Reorder),
            (self.probe_at, Why::Probe),
            (self.custody_ask_at, Why::Custody),
        ]
        .into_iter()
        .filter_map(|(at, why)| at.map(|at| (at, why)))
        .fold(
            (alive_at, alive_why),
            |soonest, other| if other.0 < soonest.0 { other } else { soonest },
        )
    }
}
