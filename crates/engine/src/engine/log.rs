//! The engine and its log: what is to be committed, its age, and what of it is still
//! live.

use super::Engine;
use crate::deadlines::{Timer, durations};
use crate::fingerprint::fingerprint_of_send;
use crate::mail::{Message, ServerSet};
use crate::native::Carried;
use crate::write::{Origin, Place, Write, records};
use crate::{Damaged, Row};
use postrider_proto::classic::Seq;
use postrider_proto::{Number, Text};

impl Engine {
    pub(crate) fn replay(&mut self, start: Place, row: &[u8]) -> Result<(), Damaged> {
        for record in records(start, row) {
            let (place, write) = record?;
            self.apply(place, &write);
        }
        Ok(())
    }

    pub(crate) fn begin_at(&mut self, end_of_log: Place) {
        self.journal.restart(end_of_log);
        self.began = end_of_log;
        self.deadlines.set(self.now, Timer::Start);
        self.sample_age();
    }

    pub(crate) fn wants_commit(&self) -> bool {
        let lazy_due = self.flush_at.is_some_and(|at| at <= self.now);
        !self.journal.is_empty() && (lazy_due || self.journal.backs_a_promise())
    }

    pub(crate) fn uncommitted(&self) -> &[u8] {
        self.journal.bytes()
    }

    pub(crate) fn committed(&mut self, end_of_log: Place) {
        self.counters.commits += 1;
        self.counters.committed_bytes += self.journal.bytes().len() as u64;
        self.journal.restart(end_of_log);
        if let Some(at) = self.flush_at.take() {
            self.deadlines.clear(at, Timer::Flush);
        }
        if self.ages.back().is_none_or(|(at, _)| self.now.since(*at) >= durations::AGE_STEP) {
            self.sample_age();
        }
    }

    fn sample_age(&mut self) {
        if self.ages.is_empty() {
            self.deadlines.set(self.now + durations::EQUAL, Timer::Age);
        }
        self.ages.push_back((self.now, self.journal.end()));
    }

    /// The oldest sample is ten seconds old.
    pub(super) fn age(&mut self) {
        let Some((_, place)) = self.ages.pop_front() else {
            return;
        };
        self.aged = place;
        if self.apply_aged(place) {
            self.write(&Write::Aged { before: place });
        }
        match self.ages.front() {
            Some((at, _)) => self.deadlines.set(*at + durations::EQUAL, Timer::Age),
            None if self.holds_lately() => self.sample_age(),
            None => {}
        }
    }

    fn holds_lately(&self) -> bool {
        self.recents.iter().any(|recents| recents.len() > 0)
            || self.outbound.iter().any(|outbound| outbound.lately.len() > 0)
    }

    /// Whether the log from `start` on is much longer than what it has to hold.
    pub(crate) fn wants_cleaning(&self, start: Place) -> bool {
        let bytes = self.journal.end().0 - start.0;
        let live = self.mail.record_bytes()
            + 9 * self.directory.len() as u64
            + 18 * self.marks.len() as u64
            + self.native.live_bytes();
        bytes > 2 * live + self.config.limits.log_slack_bytes
    }

    /// Only what is older than ten seconds is cleaned: repeats are recognised by it.
    pub(crate) fn may_clean(&self, row: Row) -> bool {
        row.end <= self.aged
    }

    /// Writes again what is live of the oldest part of the log.
    pub(crate) fn carry_over(&mut self, start: Place, row: &[u8]) -> Result<(), Damaged> {
        let mut counts = false;
        let mut natives = Carried::default();
        for record in records(start, row) {
            let (place, write) = record?;
            match write {
                Write::Keep { origin, seq, from, to, text } => {
                    counts = true;
                    self.carry_message(place, place, seq, from, to, text);
                    if matches!(origin, Origin::Client { .. }) {
                        self.carry_mark(from, seq);
                    }
                }
                Write::KeepCounted { origin, seq, from, to, text, .. } => {
                    counts = true;
                    self.carry_message(place, place, seq, from, to, text);
                    if matches!(origin, Origin::Client { .. }) {
                        self.carry_mark(from, seq);
                    }
                    self.carry_counts_of_own(place, from, to);
                }
                Write::Take { message, .. } => {
                    counts = true;
                    self.carry_native(place, &write, &mut natives);
                    self.carry_message_of(place, place, &message);
                }
                Write::CarryNative { kept, message, .. } => {
                    self.carry_native(place, &write, &mut natives);
                    self.carry_message_of(place, kept, &message);
                }
                Write::Carry { kept, seq, from, to, text, .. } => {
                    self.carry_message(place, kept, seq, from, to, text);
                }
                Write::Mark { client, seq, .. } => self.carry_mark(client, seq),
                Write::Home { client, server } if self.directory.is_written_at(client, place) => {
                    self.write(&Write::Home { client, server });
                }
                Write::Next { .. } => counts = true,
                _ => self.carry_native(place, &write, &mut natives),
            }
        }
        self.carry_rest(&natives);
        if counts {
            self.write(&Write::Next { seq: self.next_seq });
        }
        Ok(())
    }

    fn carry_message(
        &mut self,
        at: Place,
        kept: Place,
        seq: Seq,
        from: Number,
        to: Number,
        text: Text<'_>,
    ) {
        match self.mail.get(to, kept).copied() {
            Some(message) if message.at == at && message.stamp.is_some() => {
                self.carry_stamped(kept, to, &message, text);
            }
            Some(Message { at: newest, sent_to: ServerSet(sent_to), .. }) if newest == at => {
                self.write(&Write::Carry { kept, sent_to, seq, from, to, text });
            }
            Some(_) => {}
            None => self.carry_departure(kept, seq, from, to, text),
        }
    }

    /// A message that was forwarded and has left within ten seconds is what equal ones
    /// are held back by. The memory knows, and a replay learns it from what is written
    /// here alone: that the message was here, and is not.
    fn carry_departure(&mut self, kept: Place, seq: Seq, from: Number, to: Number, text: Text<'_>) {
        let fingerprint = fingerprint_of_send(seq, from, to, text);
        let mut sent_to = ServerSet::default();
        for server in self.other_servers() {
            if self.outbound(server).lately.is_last(fingerprint, kept) {
                sent_to.insert(server);
            }
        }
        if sent_to != ServerSet::default() {
            let ServerSet(sent_to) = sent_to;
            self.journal.push(&Write::Carry { kept, sent_to, seq, from, to, text });
            self.journal.push(&Write::Forget { kept, to });
        }
    }

    fn carry_mark(&mut self, client: Number, seq: Seq) {
        if let Some(last) = self.marks.last(client).filter(|last| last.seq == seq) {
            let fingerprint = last.fingerprint();
            self.write(&Write::Mark { client, mark: last.mark, seq, fingerprint });
        }
    }
}
