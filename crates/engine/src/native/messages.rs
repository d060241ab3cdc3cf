//! Native messages: taken into custody, taken once at home, given in order, and
//! answered with a receipt at their end.

use super::{Station, TrunkId, Whereabouts};
use crate::deadlines::{Timer, durations};
use crate::engine::Engine;
use crate::limits::{HOPS, HOPS_OF_NOTES, RETURNING_MAX};
use crate::mail::{Kind, Message, Source, Stamp};
use crate::output::{Handed, Output};
use crate::quotas::Admission;
use crate::{Place, Write};
use postrider_proto::Number;
use postrider_proto::native;
use postrider_proto::native::{
    Age, Body, Count, Epoch, Hops, Lifetime, MessageId, Outcome, Precedence, Reason, Receipt,
};
use std::time::Duration;

impl Engine {
    /// The other side hands over a message.
    pub(crate) fn take_message(&mut self, id: TrunkId, item: u64, message: &native::Message<'_>) {
        let Some(from) = self.native.trunks.peer(id) else {
            return self.submit_native(id, item, message);
        };
        let here = self.is_cared_for(message.id.to);
        if let (true, Body::History { first }) = (here, message.body) {
            self.take_history(message.id, first);
            self.try_again(message.id.to, message.id.from);
            return self.output(Output::Took { trunk: id, item });
        }
        let is_repeat = here && self.native.taken.contains(message.id);
        if is_repeat {
            self.counters.taken_over_repeats += 1;
            self.keep_what_came_back(message.id);
        } else if let (true, Body::Receipt(receipt)) = (here, message.body) {
            if self.keeps_note(Kind::Receipt, message.id.to) {
                self.take_one(from, here, message);
            } else {
                self.learn(Some(message.id), receipt.about(message.id), receipt);
            }
        } else if here && self.is_unproved(message) {
            self.counters.refused_unproved += 1;
            self.refuse_one(from, here, message, Reason::BAD_SIGNATURE);
        } else {
            match self.admission(from, message) {
                Admission::Take => self.take_one(from, here, message),
                Admission::Refuse(reason) => self.refuse_one(from, here, message, reason),
                Admission::Wait => return,
            }
            self.try_again(message.id.to, message.id.from);
        }
        self.output(Output::Took { trunk: id, item });
    }

    /// A text without a signature in the name of a number that is bound to a key. (One with a
    /// signature is verified by its reader's device, or before it comes here.)
    fn is_unproved(&self, message: &native::Message<'_>) -> bool {
        let is_text = Kind::of(&message.body) == Kind::Text;
        is_text && message.signature.is_none() && self.native.is_bound(message.id.from)
    }

    /// A message whose reader came home was handed on before that, and the copy comes back.
    /// The one that waits here stays, however late the other side says that it has a copy.
    fn keep_what_came_back(&mut self, id: MessageId) {
        let mut waiting = self.mail.of_pair(id.to, id.from);
        let is_it = |kept: &Place| {
            self.mail.get(id.to, *kept).is_some_and(|message| message.id(id.to) == Some(id))
        };
        if let Some(kept) = waiting.find(is_it)
            && let Some(trunk) = self.native.queue.handed_to(kept)
        {
            self.native.trunks.came_back(trunk, kept);
            self.native.queue.took_back(kept);
        }
    }

    fn take_one(&mut self, from: Station, here: bool, message: &native::Message<'_>) {
        self.counters.taken_over += 1;
        let hops = message.hops.handed_on().unwrap_or(Hops(0));
        let message = native::Message { hops, ..*message };
        let (seq, since_s) = (self.next_seq, self.native.sweep.ran_s(self.now));
        self.write(&Write::Take { from, seq, since_s, message });
        if here {
            self.write(&Write::Taken { first: message.id, last: message.id.count });
        }
        self.hold_if_it_goes_back(from, message.id.to);
    }

    /// A message that would go straight back waits a moment: whoever sent it knows
    /// something of the ways that this server is about to hear.
    fn hold_if_it_goes_back(&mut self, from: Station, to: Number) {
        let Whereabouts::Station(station) = self.whereabouts(to) else { return };
        if self.native.routes.to(station).is_some_and(|route| route.next == from) {
            self.hold_newest(station, to);
        }
    }

    /// The message for this number that came last waits a moment.
    pub(super) fn hold_newest(&mut self, station: Station, to: Number) {
        if self.native.returning.len() >= RETURNING_MAX {
            return;
        }
        if let Some((kept, message)) = self.mail.newest(to) {
            let precedence = message.stamp.map_or(Precedence::Routine, |stamp| stamp.precedence());
            self.native.queue.remove(station, precedence, kept);
            let at = self.now + durations::NOT_BACK;
            if self.native.returning.is_empty() {
                self.deadlines.set(at, Timer::Return);
            }
            self.native.returning.push_back((at, to, kept));
        }
    }

    /// Those that have waited long enough may go back.
    pub(crate) fn let_return(&mut self) {
        while let Some(&(at, to, kept)) = self.native.returning.front() {
            if at > self.now {
                return self.deadlines.set(at, Timer::Return);
            }
            self.native.returning.pop_front();
            self.wait_again(kept, to);
        }
    }

    /// What a trunk is handed of a message that waits.
    pub(super) fn handed(&self, to: Number, message: &Message) -> Option<Handed> {
        let stamp = message.stamp?;
        let id = MessageId { from: message.from, to, epoch: stamp.epoch(), count: stamp.count };
        let (age, lifetime) = self.age_of(message)?;
        let (hops, precedence) = (Hops(stamp.hops), stamp.precedence());
        Some(Handed::Message { id, age, lifetime, hops, precedence, text: message.at })
    }

    /// How old a message is, and how old it may become.
    pub(crate) fn age_of(&self, message: &Message) -> Option<(Age, Lifetime)> {
        let stamp = message.stamp?;
        let ran_s = self.native.sweep.ran_s(self.now);
        let kept = Duration::from_secs(ran_s.saturating_sub(stamp.since_s).into());
        Some((Age::from_code(stamp.age_code).after(kept), Lifetime::from_code(stamp.lifetime_code)))
    }

    /// How the next message from here to a recipient is counted, on a server that has, or
    /// had, trunks; and how long it has run.
    pub(crate) fn next_count(&self, from: Number, to: Number) -> Option<(Epoch, Count, u32)> {
        let epoch = self.native.epoch?;
        Some((epoch, self.native.counts.next(from, to), self.native.sweep.ran_s(self.now)))
    }

    /// The stamp of a text of an own classic client.
    pub(crate) fn stamp_of_own(&self, epoch: Epoch, count: Count, since_s: u32) -> Stamp {
        let lifetime = self.native.config.map_or(Lifetime::MAX, |config| config.lifetime);
        let (routine, zero) = (Precedence::Routine, Age::ZERO);
        Stamp::new(epoch, count, routine, Kind::Text, lifetime, HOPS, zero, since_s)
    }

    /// The stamp of a message from a trunk, or of a receipt.
    pub(crate) fn stamp_of(message: &native::Message<'_>, since_s: u32) -> Stamp {
        let native::Message { id, lifetime, age, hops, precedence, body, .. } = message;
        let kind = Kind::of(body);
        Stamp::new(id.epoch, id.count, *precedence, kind, *lifetime, hops.0, *age, since_s)
    }

    /// The oldest message for an own client that may be given: of one sender's, the one
    /// that is counted first; one behind a gap waits for a while that the gap may close.
    pub(crate) fn oldest_in_order(&self, client: Number) -> Option<(Place, &Message)> {
        let ran_s = self.native.sweep.ran_s(self.now);
        self.mail.all_for(client).find_map(|(kept, message)| {
            let Some(stamp) = message.stamp else { return Some((kept, message)) };
            let first = self.mail.first_counted(client, message.from, stamp.epoch());
            let (kept, message) = first.unwrap_or((kept, message));
            let count = message.stamp?.count;
            let id = MessageId { from: message.from, to: client, epoch: stamp.epoch(), count };
            let waited_s = ran_s.saturating_sub(message.stamp?.since_s);
            let is_due = waited_s >= durations::GAP_S;
            (is_due || !self.native.taken.misses_before(id)).then_some((kept, message))
        })
    }

    /// Whether a message for an own client is behind no gap, or has waited for it long
    /// enough.
    pub(super) fn may_be_given(&self, client: Number, message: &Message) -> bool {
        let (Some(id), Some(stamp)) = (message.id(client), message.stamp) else { return false };
        let waited_s = self.native.sweep.ran_s(self.now).saturating_sub(stamp.since_s);
        waited_s >= durations::GAP_S || !self.native.taken.misses_before(id)
    }

    /// Changes where a number is. What waits for it comes into the care of this server, or
    /// leaves it.
    pub(crate) fn change_care(&mut self, number: Number, change: impl FnOnce(&mut Engine)) {
        let before = self.is_cared_for(number);
        change(self);
        match (before, self.is_cared_for(number)) {
            (false, true) => self.enter_mailbox(number),
            (true, false) => self.leave_mailbox(number),
            _ => {}
        }
    }

    /// Whether messages for a number end here: it is an own client, or at another server
    /// of the line that this server speaks for.
    pub(crate) fn is_cared_for(&self, number: Number) -> bool {
        matches!(self.whereabouts(number), Whereabouts::Here | Whereabouts::Line(_))
    }

    /// A number has come: what waits for it is in its mailbox now, unless it has been
    /// there before.
    fn enter_mailbox(&mut self, client: Number) {
        for (kept, _) in self.mail.stamped(client) {
            let Some(message) = self.mail.get(client, kept).copied() else { continue };
            let Some(stamp) = message.stamp else { continue };
            let (from, epoch, count) = (message.from, stamp.epoch(), stamp.count);
            let id = MessageId { from, to: client, epoch, count };
            if let Some(first) = message.history() {
                self.take_history(id, first);
                self.write(&Write::Forget { kept, to: client });
            } else if let Some(receipt) = message.receipt()
                && !self.keeps_note(Kind::Receipt, client)
            {
                self.learn(Some(id), receipt.about(id), receipt);
                self.write(&Write::Forget { kept, to: client });
            } else if self.native.taken.contains(id) {
                self.counters.taken_over_repeats += 1;
                self.write(&Write::Forget { kept, to: client });
            } else {
                self.write(&Write::Taken { first: id, last: count });
            }
        }
    }

    /// A number leaves: what waits in its mailbox has not been read, and may come back.
    fn leave_mailbox(&mut self, client: Number) {
        for (kept, _) in self.mail.stamped(client) {
            if self.is_on_the_line(client, kept) {
                continue;
            }
            let message = self.mail.get(client, kept);
            if let Some((from, stamp)) = message
                .and_then(|message| Some((message.from, message.stamp.filter(Stamp::is_counted)?)))
            {
                let (epoch, count) = (stamp.epoch(), stamp.count);
                self.write(&Write::Untaken { id: MessageId { from, to: client, epoch, count } });
            }
        }
    }

    /// A number that was at home here is at home elsewhere: its new home is told what was
    /// taken here, so that it neither takes it again nor waits for it.
    pub(crate) fn tell_history(&mut self, number: Number) {
        for (first, last) in self.native.taken.of(number) {
            let message = native::Message {
                id: MessageId { count: last, ..first },
                lifetime: Lifetime::MAX,
                age: Age::ZERO,
                hops: Hops(HOPS_OF_NOTES),
                precedence: Precedence::Immediate,
                body: Body::History { first: first.count },
                signature: None,
            };
            let (seq, since_s) = (self.next_seq, self.native.sweep.ran_s(self.now));
            self.write(&Write::Take { from: Station::ME, seq, since_s, message });
        }
    }

    fn take_history(&mut self, id: MessageId, first: Count) {
        self.write(&Write::Taken { first: MessageId { count: first, ..id }, last: id.count });
    }

    /// A message is given to its reader although one before it is missing.
    pub(crate) fn pass_gap(&mut self, to: Number, kept: Place) {
        let Some(message) = self.mail.get(to, kept) else { return };
        let Some(stamp) = message.stamp else { return };
        let (from, epoch, count) = (message.from, stamp.epoch(), stamp.count);
        self.native.taken.pass(MessageId { from, to, epoch, count });
    }

    /// A reader has the message.
    pub(crate) fn tell_delivered(&mut self, to: Number, kept: Place) {
        self.tell_sender(to, kept, Outcome::Delivered);
    }

    /// A classic server has what came from an own client or by a trunk.
    pub(crate) fn tell_passed_on(&mut self, to: Number, kept: Place) {
        let source = self.mail.get(to, kept).map(Message::source);
        if source.is_some_and(|source| !matches!(source, Source::Line(_))) {
            self.tell_sender(to, kept, Outcome::PassedOn);
        }
    }

    pub(super) fn expire(&mut self, to: Number, kept: Place) {
        // What may have arrived is not said to have expired.
        if let Some(trunk) = self.native.queue.handed_to(kept) {
            return self.wait_for_custody(to, kept, trunk);
        }
        let Some(message) = self.mail.get(to, kept) else { return };
        let is_out = self.mail.is_handed_out(to, kept)
            || message.servers().next().is_some()
            || self.native.sessions.may_have(to, kept);
        if is_out && !self.is_overdue(message) {
            return;
        }
        self.counters.expired += 1;
        let is_unknown = self.whereabouts(to) == Whereabouts::Unknown;
        let outcome =
            if is_unknown { Outcome::Refused(Reason::NUMBER_UNKNOWN) } else { Outcome::Expired };
        self.tell_sender(to, kept, outcome);
        self.write(&Write::Forget { kept, to });
    }

    fn tell_sender(&mut self, to: Number, kept: Place, outcome: Outcome) {
        let Some(message) = self.mail.get(to, kept).copied() else { return };
        let (Some(stamp), Some((age, _))) = (message.stamp, self.age_of(&message)) else { return };
        if stamp.is_text() {
            let id = MessageId { from: message.from, to, epoch: stamp.epoch(), count: stamp.count };
            self.quotas.speaks_of(message.source());
            self.send_receipt(id, age, outcome);
            self.quotas.speaks_of(Source::Forgotten);
        }
    }

    /// A home that has refused a message does not wait for it, nor take it when it comes
    /// again: its sender was told.
    fn refuse_one(
        &mut self,
        from: Station,
        here: bool,
        message: &native::Message<'_>,
        reason: Reason,
    ) {
        self.quotas.speaks_of(Source::Trunk(from));
        self.refuse(message, reason);
        self.quotas.speaks_of(Source::Forgotten);
        if here {
            self.write(&Write::Taken { first: message.id, last: message.id.count });
        }
    }

    pub(super) fn refuse(&mut self, message: &native::Message<'_>, reason: Reason) {
        if Kind::of(&message.body) == Kind::Text {
            self.send_receipt(message.id, message.age, Outcome::Refused(reason));
        }
    }

    /// The receipt goes to the sender as a message of its own; it has a place whatever
    /// the limits, since the message has left one.
    fn send_receipt(&mut self, about: MessageId, age: Age, outcome: Outcome) {
        let (Some(config), Some(epoch)) = (self.native.config, self.native.epoch) else { return };
        let server = config.key.id();
        let receipt = Receipt { epoch: about.epoch, count: about.count, outcome, server, age };
        let (from, to) = (about.to, about.from);
        let here = self.is_cared_for(to);
        if here && !self.keeps_note(Kind::Receipt, to) {
            return self.learn(None, about, receipt);
        }
        let id = MessageId { from, to, epoch, count: self.native.counts.next(from, to) };
        self.counters.receipts += 1;
        let message = native::Message {
            id,
            lifetime: Lifetime::MAX,
            age: Age::ZERO,
            hops: Hops(HOPS_OF_NOTES),
            precedence: Precedence::Routine,
            body: Body::Receipt(receipt),
            signature: None,
        };
        let (seq, since_s) = (self.next_seq, self.native.sweep.ran_s(self.now));
        self.write(&Write::Take { from: Station::ME, seq, since_s, message });
        if here {
            self.write(&Write::Taken { first: id, last: id.count });
        }
    }

    /// What became of a message of an own client.
    pub(super) fn learn(&mut self, id: Option<MessageId>, about: MessageId, receipt: Receipt) {
        self.counters.learned += 1;
        self.write(&Write::Learn { id, about, receipt });
    }
}
