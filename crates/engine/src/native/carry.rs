//! What of the native records is still live, and written again when the log is cleaned.

use super::{Native, Station};
use crate::engine::Engine;
use crate::mail::Message;
use crate::{Place, Write};
use postrider_proto::native::{
    self, Age, Body, Content, Count, Hops, Lifetime, MessageId, Receipt,
};
use postrider_proto::{Number, Text};
use std::collections::BTreeSet;

/// What has to be written once for a row of the log that is cleaned.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    origins: BTreeSet<Station>,
    stations: BTreeSet<Station>,
    ran: bool,
    epoch: bool,
}

impl Native {
    /// About how many bytes of the log are live.
    pub(crate) fn live_bytes(&self) -> u64 {
        40 * self.stations.len() as u64
            + 170 * self.rows.live() as u64
            + 20 * self.counts.len() as u64
            + 40 * self.taken.len() as u64
            + 60 * self.outcomes.len() as u64
            + 36 * self.invitations.len() as u64
            + 33 * self.disputes.len() as u64
    }
}

impl Engine {
    /// Writes a record again if it is live, or notes what has to be.
    pub(crate) fn carry_native(&mut self, place: Place, write: &Write<'_>, carried: &mut Carried) {
        match *write {
            Write::Station { station, .. } => {
                carried.stations.insert(station);
            }
            Write::Epoch { .. } => carried.epoch = true,
            Write::Ran { .. } => carried.ran = true,
            Write::Row { origin, sent, .. } => {
                carried.origins.insert(origin);
                let sequence = sent.row().entry.sequence.value();
                if self.native.rows.is_written_at(origin, sequence, place) {
                    self.write(write);
                }
            }
            Write::Invite { code, .. } => {
                if let Some(is_used) = self.native.invitations.written_at(&code, place) {
                    self.write(&Write::Invite { code, is_used });
                }
            }
            Write::Disputed { dispute, .. } => {
                if let Some(is_told) = self.native.disputes.written_at(dispute.number, place) {
                    self.write(&Write::Disputed { dispute, is_told });
                }
            }
            Write::OwnRow { sequence, .. } | Write::OwnBound { sequence, .. } => {
                carried.origins.insert(Station::ME);
                if self.native.rows.is_written_at(Station::ME, sequence, place) {
                    self.write(write);
                }
            }
            Write::Passed { origin, .. } => {
                carried.origins.insert(origin);
            }
            Write::Take { message, .. } | Write::CarryNative { message, .. } => {
                self.carry_counts(place, message.id.from, message.id.to);
                self.carry_taken(place, message.id);
            }
            Write::Counted { from, to, .. } => self.carry_counts(place, from, to),
            Write::Taken { first, .. } => self.carry_taken(place, first),
            Write::Learn { id, about, receipt } => {
                if let Some(id) = id {
                    self.carry_taken(place, id);
                }
                self.carry_outcome(place, about, receipt);
            }
            _ => {}
        }
    }

    /// Writes what was noted.
    pub(crate) fn carry_rest(&mut self, carried: &Carried) {
        for station in &carried.stations {
            if let Some(key) = self.native.stations.key(*station) {
                self.write(&Write::Station { station: *station, key });
            }
        }
        for origin in &carried.origins {
            let sequence = self.native.rows.seen(*origin).map_or(0, super::seen::Seen::up_to);
            if sequence > 0 {
                self.write(&Write::Passed { origin: *origin, after: 0, sequence });
            }
        }
        if let Some(epoch) = self.native.epoch.filter(|_| carried.epoch) {
            self.write(&Write::Epoch { epoch });
        }
        if carried.ran {
            self.write(&Write::Ran { seconds: self.native.sweep.ran_s(self.now) });
        }
    }

    /// The record at this place may be what the last count was known by.
    pub(crate) fn carry_counts(&mut self, place: Place, from: Number, to: Number) {
        if let Some(count) = self.native.counts.written_at(from, to, place) {
            self.write(&Write::Counted { from, to, count });
        }
    }

    /// The same for a text of an own classic client, which may have been for another one.
    pub(crate) fn carry_counts_of_own(&mut self, place: Place, from: Number, to: Number) {
        self.carry_counts(place, from, to);
        if let Some(epoch) = self.native.epoch {
            self.carry_taken(place, MessageId { from, to, epoch, count: Count::FIRST });
        }
    }

    /// The record at this place may have added to what was taken. All of it is said again,
    /// once for all records of the part that is cleaned.
    fn carry_taken(&mut self, place: Place, id: MessageId) {
        let again = self.journal.end();
        for (first, last) in self.native.taken.say_again(id, place, again) {
            self.write(&Write::Taken { first, last });
        }
    }

    /// What became of a message is written again as long as it is remembered.
    fn carry_outcome(&mut self, place: Place, about: MessageId, receipt: Receipt) {
        if self.native.outcomes.remove(&place).is_some() {
            self.write(&Write::Learn { id: None, about, receipt });
        }
    }

    /// A message of the native form, if it waits. Its age stays that at which it was taken,
    /// and when that was: how long it has waited here says how long a gap is waited for.
    pub(crate) fn carry_message_of(
        &mut self,
        at: Place,
        kept: Place,
        message: &native::Message<'_>,
    ) {
        let waiting = self.mail.get(message.id.to, kept).copied();
        let Some(waiting) = waiting.filter(|waiting| waiting.at == at) else { return };
        let Some(stamp) = waiting.stamp else { return };
        let (age, hops) = (Age::from_code(stamp.age_code), Hops(stamp.hops));
        let message = native::Message { age, hops, ..*message };
        self.carry_message_as(kept, &waiting, message);
    }

    /// A text of an own classic client gets the native form when it is rewritten.
    pub(crate) fn carry_stamped(
        &mut self,
        kept: Place,
        to: Number,
        waiting: &Message,
        text: Text<'_>,
    ) {
        let Some(stamp) = waiting.stamp else { return };
        let age = Age::from_code(stamp.age_code);
        let lifetime = Lifetime::from_code(stamp.lifetime_code);
        let mut buffer = [0; Content::GSM_BYTES_MAX];
        let Ok(content) = Content::write(text.as_str(), &mut buffer) else { return };
        let id = MessageId { from: waiting.from, to, epoch: stamp.epoch(), count: stamp.count };
        let body = Body::Text { part: None, content };
        let (hops, precedence) = (Hops(stamp.hops), stamp.precedence());
        let message =
            native::Message { id, lifetime, age, hops, precedence, body, signature: None };
        self.carry_message_as(kept, waiting, message);
    }

    fn carry_message_as(&mut self, kept: Place, waiting: &Message, message: native::Message<'_>) {
        let (sent_to, seq) = (waiting.sent_to.0, waiting.seq);
        let Some(since_s) = waiting.stamp.map(|stamp| stamp.since_s) else { return };
        self.write(&Write::CarryNative { kept, sent_to, seq, since_s, message });
    }
}
