//! How the room for messages is shared: nobody can take all of it, and what is on its way
//! never waits for ever for a place.
//!
//! ```text
//!   shared room      whoever it is, it may have no more than is left free:
//!                    a mailbox, a sender, all own clients together, each neighbour; what
//!                    has no way is counted apart
//!   the reserve      beyond that: some places for each number of hops left, of texts and
//!                    of receipts, for what comes over trunks and can go on
//! ```
//!
//! ARCHITECTURE.md, "Full servers", says why that is enough.

mod shares;
mod tally;

use crate::engine::Engine;
use crate::limits::HOPS_OF_NOTES;
use crate::mail::{Kind, Message, Source};
use crate::native::{Native, Station, Whereabouts};
use postrider_proto::Number;
use postrider_proto::classic::ServerIndex;
use postrider_proto::native::{self, Hops, Reason};
use shares::Bound;
pub(crate) use shares::Quotas;

/// What is to be done with a message that a trunk offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It has a place.
    Take,
    /// It ends here, and its sender is told why.
    Refuse(Reason),
    /// No custody: the other side keeps it, and tries again.
    Wait,
}

/// Why there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lack {
    Disk,
    Waiting,
    Mailbox,
    Share,
    Sender,
    Rate,
}

impl Engine {
    /// Whether a new text of an own client has room; if not, counted.
    pub(crate) fn admits_own(&mut self, from: Number, to: Number) -> bool {
        let lack = self.lacks(Source::Client, to).or_else(|| self.is_over_its_quota(from));
        lack.map(|lack| self.count_lack(lack)).is_none()
    }

    /// The same of a message of a client that keeps it until there is room.
    pub(crate) fn admission_of_own(&mut self, from: Number, to: Number) -> Admission {
        let lack = self.lacks(Source::Client, to).or_else(|| self.is_over_its_quota(from));
        let Some(lack) = lack else { return Admission::Take };
        self.count_lack(lack);
        match lack {
            Lack::Mailbox => Admission::Refuse(Reason::MAILBOX_FULL),
            _ => Admission::Wait,
        }
    }

    /// The same of a text that a server of the classic line forwards.
    pub(crate) fn admits_of_line(&mut self, server: ServerIndex, to: Number) -> bool {
        let lack = self.lacks(Source::Line(server), to);
        lack.map(|lack| self.count_lack(lack)).is_none()
    }

    /// What is to be done with a message that a trunk offers, of any kind that has to have
    /// a place here.
    pub(crate) fn admission(&mut self, from: Station, message: &native::Message<'_>) -> Admission {
        let is_here = self.whereabouts(message.id.to) == Whereabouts::Here;
        let lack = match message.hops.handed_on() {
            _ if is_here => self.lacks_at_home(from, message),
            Some(hops) => self.lacks_on_the_way(from, message, hops),
            // What ends a text's silence does not end in silence itself.
            None if self.is_cared_for(message.id.to) || Kind::of(&message.body) != Kind::Text => {
                self.lacks_on_the_way(from, message, native::Hops(0))
            }
            None => return self.refuses(from, message, None, Reason::HOP_LIMIT),
        };
        match lack {
            None => Admission::Take,
            Some(lack @ Lack::Mailbox) => {
                self.refuses(from, message, Some(lack), Reason::MAILBOX_FULL)
            }
            Some(lack @ Lack::Waiting) if is_here => {
                self.refuses(from, message, Some(lack), Reason::SERVER_FULL)
            }
            Some(lack) => {
                self.count_lack(lack);
                Admission::Wait
            }
        }
    }

    /// It ends here, if there is a place for the receipt.
    fn refuses(
        &mut self,
        from: Station,
        message: &native::Message<'_>,
        lack: Option<Lack>,
        reason: Reason,
    ) -> Admission {
        if Kind::of(&message.body) == Kind::Text && !self.has_room_to_answer(from, message) {
            self.count_lack(Lack::Share);
            return Admission::Wait;
        }
        match lack {
            Some(lack) => self.count_lack(lack),
            None => self.counters.refused_hops += 1,
        }
        Admission::Refuse(reason)
    }

    /// The room that is free.
    fn left(&self) -> usize {
        self.config.limits.waiting.saturating_sub(self.mail.len())
    }

    /// What a text lacks for a place in the shared room: nobody has more than is left.
    fn lacks(&self, source: Source, to: Number) -> Option<Lack> {
        let (left, waiting) = (self.left(), self.mail.count_for(to));
        let is_here = self.whereabouts(to) == Whereabouts::Here;
        let share = || self.quotas.sum(self.can_reach(to)).of(source);
        let lack = match () {
            () if !self.has_room => Lack::Disk,
            () if waiting >= self.config.limits.mailbox => Lack::Mailbox,
            () if left == 0 || is_here && waiting >= left => Lack::Waiting,
            () if !is_here && share() >= left => Lack::Share,
            () => return None,
        };
        Some(lack)
    }

    fn lacks_at_home(&self, from: Station, message: &native::Message<'_>) -> Option<Lack> {
        let lack = self.lacks(Source::Trunk(from), message.id.to);
        let may_end = || self.has_room_to_answer(from, message);
        lack.or_else(|| (!may_end()).then_some(Lack::Share))
    }

    /// The same of a message that is at home elsewhere and comes over a trunk. Beyond its
    /// neighbour's share it has the reserve of those with as many hops left, if it can go on.
    fn lacks_on_the_way(
        &self,
        from: Station,
        message: &native::Message<'_>,
        hops: Hops,
    ) -> Option<Lack> {
        let (kind, goes) = (Kind::of(&message.body), self.can_reach(message.id.to));
        let sum = self.quotas.sum(goes);
        let reserve = || goes && sum.with(kind, hops) < self.config.limits.reserve;
        let may_end = || kind != Kind::Text || self.has_room_to_answer(from, message);
        if !self.has_room {
            Some(Lack::Disk)
        } else if sum.of(Source::Trunk(from)) < self.left() || reserve() && may_end() {
            None
        } else if self.left() == 0 {
            Some(Lack::Waiting)
        } else {
            Some(Lack::Share)
        }
    }

    /// Whether there is room for a receipt for what came from a neighbour. Where it has taken
    /// none of the others, nothing more is taken from it that may have to be answered.
    fn has_room_to_answer(&self, from: Station, message: &native::Message<'_>) -> bool {
        let goes = self.can_reach(message.id.from);
        let sum = self.quotas.sum(goes);
        sum.of(Source::Said(from)) < self.left()
            || goes && sum.with(Kind::Receipt, Hops(HOPS_OF_NOTES)) < self.config.limits.reserve
    }

    /// Whether what is for a number can go on, or is there.
    fn can_reach(&self, number: Number) -> bool {
        match self.whereabouts(number) {
            Whereabouts::Here | Whereabouts::Line(_) => true,
            Whereabouts::Station(station) => self.native.routes.to(station).is_some(),
            Whereabouts::Unknown => false,
        }
    }

    fn is_over_its_quota(&mut self, from: Number) -> Option<Lack> {
        let limits = self.config.limits;
        if self.quotas.of_sender(from) >= limits.sender.min(self.left()) {
            Some(Lack::Sender)
        } else if self.quotas.submitted(from, self.now) >= limits.submitted {
            Some(Lack::Rate)
        } else {
            None
        }
    }

    fn count_lack(&mut self, lack: Lack) {
        let counters = &mut self.counters;
        let counter = match lack {
            Lack::Disk => &mut counters.refused_disk,
            Lack::Waiting => &mut counters.refused_waiting,
            Lack::Mailbox => &mut counters.refused_mailbox,
            Lack::Share => &mut counters.refused_share,
            Lack::Sender => &mut counters.refused_sender,
            Lack::Rate => &mut counters.refused_rate,
        };
        *counter += 1;
    }

    /// A message waits.
    pub(crate) fn count_in(&mut self, message: &Message, whereabouts: Whereabouts) {
        let to = Bound::from(whereabouts);
        self.quotas.add(message, to, self.native.has_way(to));
    }

    /// A number is somewhere else: what waits for it has another way.
    pub(crate) fn recount(&mut self, number: Number, before: Whereabouts, after: Whereabouts) {
        let (before, after) = (Bound::from(before), Bound::from(after));
        let has_way = self.native.has_way(after);
        for (_, message) in self.mail.all_for(number) {
            self.quotas.arrive(message, before);
            self.quotas.set_out(message, after, has_way);
        }
    }
}

impl Native {
    fn has_way(&self, to: Bound) -> bool {
        matches!(to, Bound::Station(station) if self.routes.to(station).is_some())
    }
}
