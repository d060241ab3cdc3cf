//! What a client hands over.

use super::TrunkId;
use crate::engine::Engine;
use crate::limits::HOPS;
use crate::native::{Station, Whereabouts};
use crate::output::Output;
use crate::quotas::Admission;
use crate::{Place, Write};
use postrider_proto::Number;
use postrider_proto::native::{Body, Hops, Message, MessageId, Outcome, Reason, Receipt};

impl Engine {
    /// A client hands over a text, or its receipt for one.
    pub(crate) fn submit_native(&mut self, id: TrunkId, item: u64, message: &Message<'_>) {
        let number = self.native.sessions.number_of(id);
        let is_here = number.is_some_and(|number| self.is_native_here(number));
        if !is_here && self.native.sessions.has(id) {
            // Its number was moved just now, or is not claimed yet. It waits with the link.
            self.counters.submits_early += 1;
            return;
        }
        let is_its_own = number == Some(message.id.from) && message.signature.is_some();
        let took = match message.body {
            _ if !is_its_own => self.counts_stranger(),
            Body::Text { .. } => self.submit_text(message),
            Body::Receipt(receipt) => self.submit_receipt(message, receipt),
            Body::History { .. } => self.counts_stranger(),
        };
        if took {
            self.output(Output::Took { trunk: id, item });
        }
    }

    /// What no client may say is taken, and forgotten.
    fn counts_stranger(&mut self) -> bool {
        self.counters.submits_refused += 1;
        true
    }

    fn submit_text(&mut self, message: &Message<'_>) -> bool {
        if self.is_here_already(message.id) {
            self.counters.accepted_repeats += 1;
            return true;
        }
        match self.admission_of_own(message.id.from, message.id.to) {
            Admission::Wait => return false,
            Admission::Refuse(reason) => self.refuse_own(message, reason),
            Admission::Take => {
                self.counters.accepted += 1;
                self.quotas.submit(message.id.from, self.now);
                self.take_own(message);
            }
        }
        true
    }

    /// The message waits here, or was in a mailbox here. Of one that has left for another
    /// server only its home knows.
    fn is_here_already(&self, id: MessageId) -> bool {
        self.native.taken.contains(id) && self.is_cared_for(id.to) || self.mail.find(id).is_some()
    }

    fn take_own(&mut self, message: &Message<'_>) {
        let message = Message { hops: Hops(message.hops.0.min(HOPS)), ..*message };
        let (from, seq, since_s) = (Station::ME, self.next_seq, self.native.sweep.ran_s(self.now));
        self.write(&Write::Take { from, seq, since_s, message });
        if self.is_cared_for(message.id.to) {
            self.write(&Write::Taken { first: message.id, last: message.id.count });
        }
    }

    fn refuse_own(&mut self, message: &Message<'_>, reason: Reason) {
        self.refuse(message, reason);
        if self.whereabouts(message.id.to) == Whereabouts::Here {
            self.write(&Write::Taken { first: message.id, last: message.id.count });
        }
    }

    /// The reader's own word that it has a text, or has read it: the text leaves the
    /// mailbox, and the receipt goes where the text came from.
    fn submit_receipt(&mut self, message: &Message<'_>, receipt: Receipt) -> bool {
        if !matches!(receipt.outcome, Outcome::Delivered | Outcome::Read) {
            return self.counts_stranger();
        }
        let (reader, about) = (message.id.from, receipt.about(message.id));
        let ended = self.mail.find(about);
        let is_repeat = self.is_here_already(message.id);
        let has_room = is_repeat
            || ended.is_some()
            || self.admission_of_own(reader, message.id.to) == Admission::Take;
        if !has_room {
            return false;
        }
        self.end_text(about, ended);
        match is_repeat {
            true => self.counters.accepted_repeats += 1,
            false => self.send_on(message, receipt),
        }
        true
    }

    fn end_text(&mut self, about: MessageId, ended: Option<Place>) {
        if let Some(kept) = ended {
            self.counters.delivered += 1;
            self.write(&Write::Forget { kept, to: about.to });
        }
        // It was read where the reader was before, and may be on its way here.
        if !self.native.taken.contains(about) {
            self.write(&Write::Taken { first: about, last: about.count });
        }
    }

    fn send_on(&mut self, message: &Message<'_>, receipt: Receipt) {
        let to: Number = message.id.to;
        self.counters.receipts += 1;
        if self.is_cared_for(to) && !self.keeps_note(crate::mail::Kind::Receipt, to) {
            return self.learn(Some(message.id), receipt.about(message.id), receipt);
        }
        self.take_own(message);
    }
}
