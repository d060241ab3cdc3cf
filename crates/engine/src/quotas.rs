//! How the room for messages is shared: nobody can take all of it, and what is on its way
//! never waits for ever for a place.
//!
//! ```text
//!   shared room      whoever it is, it may have no more than is left free:
//!                    a mailbox, a sender, all own clients together, each neighbour
//!   the reserve      beyond that: some places for each number of hops left, of texts and
//!                    of receipts, for what comes over trunks and is at home elsewhere
//! ```
//!
//! ARCHITECTURE.md, "Full servers", says why that is enough.

use crate::Time;
use crate::deadlines::durations;
use crate::engine::Engine;
use crate::limits::HOPS;
use crate::mail::{Kind, Message, Source};
use crate::native::{Station, Whereabouts};
use postrider_proto::Number;
use postrider_proto::classic::{Line, ServerIndex};
use postrider_proto::native::{self, Hops, Reason};
use std::collections::BTreeMap;

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

/// Who has how much of the room. 4 bytes for each neighbour and each hop, and some 30 for
/// each sender of what waits.
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    /// What is on its way, by where it came from: see [`place_of`].
    shares: Vec<u32>,
    /// The texts on their way by hops left, and the receipts and histories.
    texts: Classes,
    notes: Classes,
    /// What waits of each own client, in mailboxes as well.
    senders: BTreeMap<Number, u32>,
    /// Texts that own clients have sent since then.
    submitted: BTreeMap<Number, u32>,
    since: Time,
    /// All that this server says itself, and the neighbour of whose message it speaks now.
    said: usize,
    speaks_of: Option<Station>,
}

/// How many there are of each number of hops left.
#[derive(Debug)]
struct Classes([u32; 256]);

impl Default for Classes {
    fn default() -> Classes {
        Classes([0; 256])
    }
}

/// Own clients first, then the servers of the classic line, then two for each station: what
/// came from it, and what this server says of that.
fn place_of(source: Source) -> Option<usize> {
    let of_station = |station: Station| Line::SERVERS_MAX + 1 + 2 * station.index();
    match source {
        Source::Client => Some(0),
        Source::Line(server) => Some(usize::from(server.value())),
        Source::Trunk(station) => Some(of_station(station)),
        Source::Said(station) => Some(of_station(station) + 1),
        Source::Forgotten => None,
    }
}

impl Quotas {
    /// A message waits from now on.
    pub(crate) fn add(&mut self, message: &Message, is_here: bool) {
        if message.source() == Source::Client {
            *self.senders.entry(message.from).or_default() += 1;
        }
        if !is_here {
            self.on_the_way(message, 1);
        }
    }

    /// It waits no more.
    pub(crate) fn remove(&mut self, message: &Message, is_here: bool) {
        if message.source() == Source::Client
            && let Some(count) = self.senders.get_mut(&message.from)
        {
            *count -= 1;
            if *count == 0 {
                self.senders.remove(&message.from);
            }
        }
        if !is_here {
            self.on_the_way(message, -1);
        }
    }

    /// So many more are on their way.
    fn on_the_way(&mut self, message: &Message, more: i32) {
        let step = |count: &mut u32| *count = count.saturating_add_signed(more);
        if let Some(place) = place_of(message.source()) {
            if self.shares.len() <= place {
                self.shares.resize(place + 1, 0);
            }
            step(&mut self.shares[place]);
        }
        if let Source::Said(_) = message.source() {
            self.said = self.said.saturating_add_signed(more as isize);
        }
        if let Some(stamp) = &message.stamp {
            let Classes(classes) = self.classes(stamp.kind());
            step(&mut classes[usize::from(stamp.hops)]);
        }
    }

    fn classes(&mut self, kind: Kind) -> &mut Classes {
        match kind {
            Kind::Text => &mut self.texts,
            Kind::Receipt | Kind::History => &mut self.notes,
        }
    }

    fn class(&self, kind: Kind, hops: Hops) -> usize {
        let Classes(classes) = match kind {
            Kind::Text => &self.texts,
            Kind::Receipt | Kind::History => &self.notes,
        };
        classes[usize::from(hops.0)] as usize
    }

    /// How much of what is on its way came from there.
    fn share(&self, source: Source) -> usize {
        let share = place_of(source).and_then(|place| self.shares.get(place));
        share.map_or(0, |share| *share as usize)
    }

    /// The receipts and histories that this server says itself, and that wait.
    pub(crate) fn said_here(&self) -> usize {
        self.said
    }

    /// What it says next is of a message that came from there.
    pub(crate) fn speaks_of(&mut self, source: Source) {
        self.speaks_of = match source {
            Source::Trunk(station) => Some(station),
            _ => None,
        };
    }

    /// Of which neighbour's message it speaks; its own, if of none.
    pub(crate) fn spoken_of(&self) -> Station {
        self.speaks_of.unwrap_or(Station::ME)
    }

    fn of_sender(&self, sender: Number) -> usize {
        self.senders.get(&sender).map_or(0, |count| *count as usize)
    }

    /// Counts a text that an own client sends.
    pub(crate) fn submit(&mut self, sender: Number, now: Time) {
        self.begin_anew(now);
        *self.submitted.entry(sender).or_default() += 1;
    }

    /// How many a client has sent lately.
    fn submitted(&mut self, sender: Number, now: Time) -> usize {
        self.begin_anew(now);
        self.submitted.get(&sender).map_or(0, |count| *count as usize)
    }

    fn begin_anew(&mut self, now: Time) {
        if now.since(self.since) >= durations::SUBMITTED {
            self.submitted.clear();
            self.since = now;
        }
    }

    /// How many clients and neighbours are counted.
    pub(crate) fn len(&self) -> usize {
        self.senders.len() + self.submitted.len() + self.shares.len()
    }
}

impl Engine {
    /// Whether a new text of an own client has room; if not, counted.
    pub(crate) fn admits_own(&mut self, from: Number, to: Number) -> bool {
        let lack = self.lacks(Source::Client, to).or_else(|| self.is_over_its_quota(from));
        lack.map(|lack| self.count_lack(lack)).is_none()
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
            Some(hops) => self.lacks_on_the_way(from, Kind::of(&message.body), hops),
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
        if Kind::of(&message.body) == Kind::Text && !self.answers_leave(from) {
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
        let lack = match () {
            () if !self.has_room => Lack::Disk,
            () if waiting >= self.config.limits.mailbox => Lack::Mailbox,
            () if left == 0 || is_here && waiting >= left => Lack::Waiting,
            () if !is_here && self.quotas.share(source) >= left => Lack::Share,
            () => return None,
        };
        Some(lack)
    }

    /// Whether there is room for one more receipt for what came from a neighbour. If not, it
    /// does not take those that wait, or cannot; then nothing more is taken from it that has
    /// to be answered.
    fn answers_leave(&self, from: Station) -> bool {
        self.quotas.share(Source::Said(from)) < self.left()
            || self.quotas.class(Kind::Receipt, Hops(HOPS)) < self.config.limits.reserve
    }

    fn lacks_at_home(&self, from: Station, message: &native::Message<'_>) -> Option<Lack> {
        let lack = self.lacks(Source::Trunk(from), message.id.to);
        lack.or_else(|| (!self.answers_leave(from)).then_some(Lack::Share))
    }

    /// The same of a message that is at home elsewhere and comes over a trunk. Beyond its
    /// neighbour's share it has the reserve of those with as many hops left.
    fn lacks_on_the_way(&self, from: Station, kind: Kind, hops: Hops) -> Option<Lack> {
        let limits = self.config.limits;
        let may_end = kind != Kind::Text || self.answers_leave(from);
        if !self.has_room {
            Some(Lack::Disk)
        } else if self.quotas.share(Source::Trunk(from)) < self.left()
            || may_end && self.quotas.class(kind, hops) < limits.reserve
        {
            None
        } else if self.left() == 0 {
            Some(Lack::Waiting)
        } else {
            Some(Lack::Share)
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

    /// A number has come home, or has left: what waits for it is on its way no more, or again.
    pub(crate) fn recount(&mut self, number: Number, before: Whereabouts, after: Whereabouts) {
        let more = match (before == Whereabouts::Here, after == Whereabouts::Here) {
            (true, false) => 1,
            (false, true) => -1,
            _ => return,
        };
        for (_, message) in self.mail.all_for(number) {
            self.quotas.on_the_way(message, more);
        }
    }
}
