//! What is due without a packet.

use super::Session;
use crate::Time;
use crate::close::DownReason;
use crate::durations::{HANDSHAKE_MAX, PING_AFTER, SILENCE_MAX, UNANSWERED_LIMIT, UNANSWERED_MAX};
use std::time::Duration;

/// Why an endpoint wants to be driven at its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// A datagram waits to leave.
    Transmit,
    /// A peer is to be dialled, or an init to be sent again.
    Dial,
    /// A handshake is to be given up.
    GiveUp,
    /// A finish is to be sent again until the other end shows that it has come.
    Confirm,
    /// A report is due.
    Report,
    /// The rate or the budget allows the next packet.
    Pacing,
    /// A packet counts as lost unless it is reported before.
    Reorder,
    /// Nothing was heard of what was sent: it is asked for.
    Probe,
    /// Items have come and are not in custody: it is asked for.
    Custody,
    /// Nothing was heard for a while: a sign of life is asked for.
    Ping,
    /// Nothing was heard for too long: the link is given up.
    Silence,
    /// What was sent was not reported for too long: the link is given up.
    Unanswered,
    /// A session that was replaced is forgotten.
    Forget,
}

impl Session {
    /// Does what is due; a reason if the session has ended by it.
    pub(crate) fn handle_due(&mut self, now: Time) -> Option<DownReason> {
        if let Some(unconfirmed) = &self.unconfirmed {
            let is_over = now >= unconfirmed.began + HANDSHAKE_MAX;
            return is_over.then_some(DownReason::Unanswered);
        }
        let (alive_at, why) = self.alive_at();
        if alive_at <= now {
            match why {
                Why::Unanswered => return Some(DownReason::Unanswered),
                Why::Silence => return Some(DownReason::Silent),
                _ => {
                    self.wants_ping = true;
                    self.shrink();
                }
            }
        }
        if self.lost_at.is_some_and(|at| at <= now) {
            self.find_lost(now);
            self.flight.drop_settled(now, 4 * self.rtt.probe_after(0));
        }
        if self.probe_at.is_some_and(|at| at <= now) {
            self.probe(now);
        }
        if self.custody_ask_at.is_some_and(|at| at <= now) {
            self.wants_ping = true;
            self.custody_asks += 1;
            self.ask_for_custody(now);
        }
        // What was in flight may have been found lost just now, and not be wanted again.
        if self.custody_ask_at.is_none() {
            self.ask_for_custody(now);
        }
        None
    }

    /// When the session needs a sign of life, or ends for want of one.
    pub(super) fn alive_at(&self) -> (Time, Why) {
        if let Some(since) = self.unanswered_since {
            let patience = (12 * self.rtt.probe_after(0)).clamp(UNANSWERED_MAX, UNANSWERED_LIMIT);
            return (since + patience, Why::Unanswered);
        }
        match self.is_initiator {
            true => (self.heard_at.max(self.asked_at) + PING_AFTER, Why::Ping),
            false => (self.heard_at + SILENCE_MAX, Why::Silence),
        }
    }

    /// Asks for what should have been reported, by sending some of it again.
    fn probe(&mut self, now: Time) {
        self.probes += 1;
        self.probe_at = Some(now + self.rtt.probe_after(self.probes));
        self.may_probe = true;
        for packet in self.flight.flying() {
            let mut any = false;
            for chunk in self.flight.chunks(packet) {
                any |= self.outbox.send_again(packet, chunk);
            }
            if any {
                return;
            }
        }
        self.wants_ping = true;
    }

    /// Sets when to ask for custody: only while nothing else brings a report.
    pub(super) fn ask_for_custody(&mut self, now: Time) {
        let is_idle = self.outbox.awaits_custody() && self.flight.is_empty();
        let wait = (2 * self.rtt.probe_after(0)).max(Duration::from_secs(1));
        let wait = (wait * (1 << self.custody_asks.min(5))).min(PING_AFTER);
        self.custody_ask_at = is_idle.then(|| now + wait);
        if !self.outbox.awaits_custody() {
            self.custody_asks = 0;
        }
    }

    /// Finds what counts as lost by now; what is still wanted of it is sent again.
    pub(super) fn find_lost(&mut self, now: Time) {
        loop {
            let number = match self.flight.take_lost(now, &self.rtt) {
                Ok(number) => number,
                Err(at) => {
                    self.lost_at = at;
                    return;
                }
            };
            self.traffic.packets_lost += 1;
            if self.flight.get(number).is_some_and(|sent| sent.in_drain) {
                self.congestion.settled_in_drain(true);
            }
            for chunk in self.flight.chunks(number) {
                let again = self.outbox.send_again(number, chunk);
                self.traffic.sent_again += u64::from(again);
            }
        }
    }
}
