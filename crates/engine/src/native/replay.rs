//! What native writes do to the memory, now and when the log is replayed.

use super::{Says, Station, Whereabouts};
use crate::edge::classic_text;
use crate::engine::Engine;
use crate::fingerprint::fingerprint_of_send;
use crate::limits::OUTCOMES_MAX;
use crate::mail::{Message, ServerSet};
use crate::{Place, Write};
use postrider_proto::Number;
use postrider_proto::classic::Seq;
use postrider_proto::native::{self, Body, Fact, Form, MessageId, Receipt, SentRow};

impl Engine {
    pub(crate) fn apply_native(&mut self, place: Place, write: &Write<'_>) {
        match *write {
            Write::Station { station, key } => self.native.stations.set(station, key),
            Write::Epoch { epoch } => self.native.epoch = Some(epoch),
            Write::Row { origin, peer, sent } => self.apply_row(place, origin, peer, &sent),
            Write::OwnRow { sequence, says } => self.apply_own_row(place, sequence, says),
            Write::OwnBound { sequence, row } => {
                self.apply_own_row(place, sequence, Says::of_number(&row));
            }
            Write::Invite { code, is_used } => self.native.invitations.set(code, is_used, place),
            Write::Disputed { dispute, is_told } => {
                self.native.disputes.set(dispute, is_told, place);
            }
            Write::Passed { origin, after, sequence } => self.see(origin, after, sequence),
            Write::KeepCounted { epoch, count, since_s, origin, seq, from, to, text } => {
                self.native.counts.set(from, to, count, place);
                self.native.sweep.replay(since_s);
                let stamp = self.stamp_of_own(epoch, count, since_s);
                self.apply_keep(place, origin, seq, from, to, text, Some(stamp));
            }
            Write::Take { from, seq, since_s, message } => {
                self.apply_take(place, from, seq, since_s, &message);
            }
            Write::CarryNative { kept, sent_to, seq, since_s, message } => {
                self.apply_carry_native(place, kept, sent_to, seq, since_s, &message);
            }
            Write::HandOn { kept, to, .. } => {
                self.apply_removal(place, kept, to);
            }
            Write::Counted { from, to, count } => self.native.counts.set(from, to, count, place),
            Write::Taken { first, last } => self.native.taken.add_range(first, last),
            Write::Untaken { id } => self.native.taken.remove(id),
            Write::Ran { seconds } => self.native.sweep.replay(seconds),
            Write::Learn { id, about, receipt } => self.apply_learn(place, id, about, receipt),
            _ => {}
        }
    }

    /// Where a number is, as far as this server knows.
    pub fn whereabouts(&self, number: Number) -> Whereabouts {
        match self.directory.home(number) {
            Some(home) if home == self.config.me => Whereabouts::Here,
            Some(home) if self.is_other(home) && self.may_use_line(number) => {
                Whereabouts::Line(home)
            }
            _ => match self.native.home(number) {
                Some(station) => Whereabouts::Station(station),
                None => Whereabouts::Unknown,
            },
        }
    }

    /// Changes where a number is; what waits for it follows.
    pub(crate) fn relocate(&mut self, number: Number, change: impl FnOnce(&mut Engine)) {
        let before = self.whereabouts(number);
        change(self);
        self.follow(number, before);
    }

    /// What waits for a number that was there follows it to where it is now.
    pub(crate) fn follow(&mut self, number: Number, before: Whereabouts) {
        let after = self.whereabouts(number);
        if before != after {
            self.native.sessions.stir(number);
            self.native.disputes.stir();
            self.leave_queue(before, number);
            self.join_queue(after, number);
            self.recount(number, before, after);
        }
    }

    fn leave_queue(&mut self, before: Whereabouts, number: Number) {
        match before {
            Whereabouts::Line(server) => {
                for kept in self.not_on_the_line(number) {
                    self.remove_head(server, kept);
                }
            }
            Whereabouts::Station(station) => {
                for (kept, precedence) in self.mail.stamped(number) {
                    self.native.queue.remove(station, precedence, kept);
                }
                self.leave_line(number);
            }
            Whereabouts::Here | Whereabouts::Unknown => {}
        }
    }

    fn join_queue(&mut self, after: Whereabouts, number: Number) {
        match after {
            Whereabouts::Line(server) => {
                for head in self.mail.heads(number) {
                    if !self.is_to_be_forwarded(server, head) {
                        self.add_head(server, head, number);
                    }
                }
            }
            Whereabouts::Station(station) => {
                for (kept, precedence) in self.mail.stamped(number) {
                    if !self.is_on_the_line(number, kept) {
                        self.native.queue.add(station, precedence, kept, number);
                    }
                }
            }
            Whereabouts::Here | Whereabouts::Unknown => {}
        }
    }

    /// A message was added: it has a queue, if its recipient is elsewhere.
    pub(crate) fn queue_stamped(
        &mut self,
        whereabouts: Whereabouts,
        to: Number,
        kept: Place,
        message: &Message,
    ) {
        if let (Some(stamp), Whereabouts::Station(station)) = (message.stamp, whereabouts) {
            self.native.queue.add(station, stamp.precedence(), kept, to);
        }
    }

    pub(crate) fn unqueue_stamped(
        &mut self,
        whereabouts: Whereabouts,
        kept: Place,
        message: &Message,
    ) {
        if let (Some(stamp), Whereabouts::Station(station)) = (message.stamp, whereabouts) {
            self.native.queue.remove(station, stamp.precedence(), kept);
        }
    }

    /// A trunk that had it went down, or it was held back.
    pub(crate) fn wait_again(&mut self, kept: Place, to: Number) {
        if let Some(message) = self.mail.get(to, kept).copied() {
            self.queue_stamped(self.whereabouts(to), to, kept, &message);
        }
    }

    fn apply_take(
        &mut self,
        place: Place,
        from: Station,
        seq: Seq,
        since_s: u32,
        message: &native::Message<'_>,
    ) {
        let id = message.id;
        match message.body {
            Body::History { .. } if from == Station::ME => self.native.taken.forget(id),
            Body::Receipt(_) if from == Station::ME && message.signature.is_none() => {
                self.native.counts.set(id.from, id.to, id.count, place);
            }
            _ => {}
        }
        if matches!(message.body, Body::Text { .. }) {
            self.next_seq = seq.next();
        }
        let kept = self.native_message(place, seq, since_s, message);
        let kept = match from {
            // An own client has signed it; what this server says itself, nobody has.
            Station::ME if message.signature.is_some() => kept,
            Station::ME => kept.said_of(self.quotas.spoken_of()),
            neighbour => kept.over_trunk(neighbour),
        };
        self.insert_mail(id.to, place, kept);
    }

    fn apply_carry_native(
        &mut self,
        place: Place,
        kept: Place,
        sent_to: u64,
        seq: Seq,
        since_s: u32,
        message: &native::Message<'_>,
    ) {
        let to = message.id.to;
        let carried = self.native_message(place, seq, since_s, message);
        let carried = Message { sent_to: ServerSet(sent_to), ..carried.of_unknown_source() };
        match self.mail.get_mut(to, kept) {
            Some(waiting) => (waiting.at, waiting.stamp) = (place, carried.stamp),
            None => self.insert_mail(to, kept, carried),
        }
    }

    /// What a classic server would be sent of it is compared by this; nothing where there
    /// is none.
    fn fingerprint_for_line(&self, seq: Seq, message: &native::Message<'_>) -> u64 {
        if self.config.servers == 1 {
            return 0;
        }
        let mut buffer = String::new();
        let text = classic_text(message, &mut buffer);
        fingerprint_of_send(seq, message.id.from, message.id.to, text)
    }

    fn native_message(
        &mut self,
        at: Place,
        seq: Seq,
        since_s: u32,
        message: &native::Message<'_>,
    ) -> Message {
        self.native.sweep.replay(since_s);
        let kept = Message {
            from: message.id.from,
            at,
            fingerprint: self.fingerprint_for_line(seq, message),
            sent_to: ServerSet::default(),
            taken_millis: self.now.wrapping_millis(),
            seq,
            origin: 0,
            text_bytes: body_bytes(message),
            stamp: Some(Engine::stamp_of(message, since_s)),
        };
        match &message.body {
            Body::Receipt(receipt) => kept.with_receipt(receipt),
            Body::History { first } => kept.with_history(*first),
            Body::Text { .. } => kept,
        }
    }

    fn apply_row(
        &mut self,
        place: Place,
        origin: Station,
        peer: Option<Station>,
        sent: &SentRow<'_>,
    ) {
        let entry = &sent.row().entry;
        let sequence = entry.sequence.value();
        self.see(origin, sent.after(), sequence);
        let says = match &entry.fact {
            Fact::Number(row) => Says::of_number(row),
            Fact::Link(link) => match peer {
                Some(peer) => Says::Link { peer, cost: link.cost },
                None => return,
            },
            Fact::Server(row) => {
                self.native.stations.set_label(origin, row.label.as_str());
                Says::Server { blocks: row.blocks, place: row.line }
            }
        };
        self.apply_fact(place, origin, sequence, says);
    }

    fn see(&mut self, origin: Station, after: u64, sequence: u64) {
        self.native.rows.see(origin, after, sequence);
        self.native.news.insert(origin);
    }

    fn apply_own_row(&mut self, place: Place, sequence: u64, says: Says) {
        self.see(Station::ME, sequence - 1, sequence);
        self.apply_fact(place, Station::ME, sequence, says);
    }

    fn apply_fact(&mut self, place: Place, origin: Station, sequence: u64, says: Says) {
        if self.native.rows.is_live(origin, sequence) {
            return self.native.rows.carried(origin, sequence, place);
        }
        match says {
            Says::Number { number, .. } => self.relocate(number, |engine| {
                engine.native.rows.set(origin, sequence, says, place);
            }),
            Says::Link { .. } => {
                self.native.rows.set(origin, sequence, says, place);
                self.native.routes_wanted = true;
            }
            Says::Server { blocks, place: in_line } => {
                self.native.stations.set_place(origin, in_line);
                self.native.rows.set(origin, sequence, says, place);
                self.native.routes_wanted = true;
                self.set_blocks(origin, blocks);
            }
        }
    }

    fn apply_learn(
        &mut self,
        place: Place,
        id: Option<MessageId>,
        about: MessageId,
        receipt: Receipt,
    ) {
        if let Some(id) = id {
            self.native.taken.add_range(id, id.count);
        }
        let outcomes = &mut self.native.outcomes;
        if outcomes.len() >= OUTCOMES_MAX {
            outcomes.pop_first();
        }
        outcomes.insert(place, (about, receipt));
    }
}

/// Bytes of what a message says, and of its signature.
fn body_bytes(message: &native::Message<'_>) -> u16 {
    let body = match message.body {
        Body::Text { content, .. } => match content.form() {
            Form::Gsm(packed) => packed.bytes().len(),
            Form::Utf8(text) => text.len(),
            Form::Sealed(bytes) => bytes.len(),
        },
        Body::Receipt(_) => Receipt::BYTES,
        Body::History { .. } => size_of::<u32>(),
    };
    let signature = message.signature.map_or(0, |signature| signature.len());
    u16::try_from(body + signature).unwrap_or(u16::MAX)
}
