//! What a server's log says: a slow and simple second reading of it, which the
//! checkers hold the engine to.

use postrider_engine::{Origin, Place, Time, Write, durations};
use postrider_proto::classic::{Seq, ServerIndex};
use postrider_proto::{Number, Text};
use siphasher::sip::SipHasher24;
use std::collections::{BTreeMap, VecDeque};
use std::hash::Hasher;
use std::time::Duration;

/// A message that waits.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) from: Number,
    pub(crate) seq: Seq,
    pub(crate) text: String,
    /// Where its newest record is.
    pub(crate) at: Place,
    /// Where it was before that was written.
    pub(crate) was_at: Place,
    /// The server that it came from, 0 for a client, [`FORGOTTEN`] if that is long ago.
    pub(crate) origin: u8,
    pub(crate) sent_to: u64,
    pub(crate) taken: Time,
    /// It has left, and is only written again to be known when equal ones come.
    pub(crate) has_left: bool,
}

/// A client's last `send`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LastSend {
    pub(crate) mark: Seq,
    pub(crate) seq: Seq,
    pub(crate) fingerprint: u64,
}

/// All five fields of a forwarded message.
pub(crate) type Fields = (Seq, Number, Number, String);

/// A message taken over from another server lately.
#[derive(Clone, Debug)]
pub(crate) struct Recent {
    pub(crate) fields: Fields,
    pub(crate) kept: Place,
    pub(crate) taken: Time,
}

/// What a log says.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) live: BTreeMap<(Number, Place), Kept>,
    pub(crate) homes: BTreeMap<Number, ServerIndex>,
    pub(crate) sends: BTreeMap<Number, LastSend>,
    pub(crate) next: Seq,
    pub(crate) recents: BTreeMap<ServerIndex, VecDeque<Recent>>,
    /// What was forwarded and has left, and when.
    left: BTreeMap<(Number, Place), Time>,
    /// What a log would take that said only what waits, in bytes.
    mail_bytes: u64,
    /// Everything before this place was written before the last restart.
    pub(crate) began: Place,
}

/// No server: it was rewritten before the last restart, which does not say so.
pub(crate) const FORGOTTEN: u8 = u8::MAX;

/// How many forwarded messages of one server a new one is compared with.
const RECENTS: usize = 50;

/// For how long a server may know what it has forwarded: it tells the ten seconds by
/// samples of its log, which in an idle time are ten seconds apart.
const LATELY: Duration = durations::EQUAL.saturating_mul(2).saturating_add(durations::AGE_STEP);

/// The bytes of records, as docs/protocol/log.md says: of a message without its text,
/// a home, and a mark.
const CARRY: u64 = 30;
const HOME: u64 = 9;
const MARK: u64 = 18;

impl Kept {
    fn new(from: Number, seq: Seq, text: Text<'_>, place: Place, now: Time) -> Kept {
        let text = text.as_str().to_owned();
        let (at, was_at, origin, sent_to) = (place, place, 0, 0);
        Kept { from, seq, text, at, was_at, origin, sent_to, taken: now, has_left: false }
    }

    fn bytes(&self) -> u64 {
        CARRY + self.text.len() as u64
    }
}

impl State {
    /// Applies one write of the log.
    pub(crate) fn apply(&mut self, place: Place, write: &Write<'_>, now: Time) {
        match *write {
            Write::Keep { origin, seq, from, to, text } => {
                self.keep(place, origin, seq, (from, to, text), now);
            }
            Write::Carry { kept, sent_to, seq, from, to, text } => {
                let fresh = Kept { origin: FORGOTTEN, ..Kept::new(from, seq, text, place, now) };
                let has_left = self.has_left_lately(to, kept, now);
                let old = self.live.get(&(to, kept)).cloned().unwrap_or(fresh);
                let message = Kept { at: place, was_at: old.at, sent_to, has_left, ..old };
                self.insert(to, kept, message);
            }
            Write::Sent { kept, to, server } => self.sent(kept, to, server),
            Write::HandOver { kept, to, .. } => {
                self.leave(to, kept, now);
                for recents in self.recents.values_mut() {
                    recents.retain(|recent| recent.kept != kept);
                }
            }
            Write::Forget { kept, to } => self.leave(to, kept, now),
            Write::Home { client, server } => drop(self.homes.insert(client, server)),
            Write::Gone { client } => drop(self.homes.remove(&client)),
            Write::Mark { client, mark, seq, fingerprint } => {
                self.sends.insert(client, LastSend { mark, seq, fingerprint });
            }
            Write::Unmark { client } => drop(self.sends.remove(&client)),
            Write::Next { seq } => self.next = seq,
            Write::Aged { before } => {
                for recents in self.recents.values_mut() {
                    recents.retain(|recent| recent.kept >= before);
                }
            }
            // Those of native trunks, of which these worlds have none.
            _ => {}
        }
    }

    fn keep(
        &mut self,
        place: Place,
        origin: Origin,
        seq: Seq,
        (from, to, text): (Number, Number, Text<'_>),
        now: Time,
    ) {
        let mut origin_value = 0;
        match origin {
            Origin::Client { mark } => {
                self.next = seq.next();
                self.sends.remove(&from);
                if mark != Seq::ZERO {
                    let fingerprint = fingerprint(mark, to, text);
                    self.sends.insert(from, LastSend { mark, seq, fingerprint });
                }
            }
            Origin::Server(server) => {
                origin_value = server.value();
                let fields = (seq, from, to, text.as_str().to_owned());
                let recents = self.recents.entry(server).or_default();
                recents.push_back(Recent { fields, kept: place, taken: now });
                if recents.len() > RECENTS {
                    recents.pop_front();
                }
            }
        }
        let message = Kept::new(from, seq, text, place, now);
        self.insert(to, place, Kept { origin: origin_value, ..message });
    }

    fn leave(&mut self, to: Number, kept: Place, now: Time) {
        self.left.retain(|_, left| now.since(*left) <= LATELY);
        let is_news = |message: &Kept| message.sent_to != 0 && !message.has_left;
        if self.remove(to, kept).is_some_and(|message| is_news(&message)) {
            self.left.insert((to, kept), now);
        }
    }

    fn insert(&mut self, to: Number, kept: Place, message: Kept) {
        self.remove(to, kept);
        self.mail_bytes += message.bytes();
        self.live.insert((to, kept), message);
    }

    fn remove(&mut self, to: Number, kept: Place) -> Option<Kept> {
        let message = self.live.remove(&(to, kept))?;
        self.mail_bytes -= message.bytes();
        Some(message)
    }

    /// What a log would take that said nothing but what it has to, in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.mail_bytes + HOME * self.homes.len() as u64 + MARK * self.sends.len() as u64
    }

    /// Whether a message was forwarded, and left so lately that equal ones are held back.
    pub(crate) fn has_left_lately(&self, to: Number, kept: Place, now: Time) -> bool {
        let left = self.left.get(&(to, kept));
        left.is_some_and(|left| now.since(*left) <= LATELY)
    }

    pub(crate) fn sent(&mut self, kept: Place, to: Number, server: ServerIndex) {
        if let Some(message) = self.live.get_mut(&(to, kept)) {
            message.sent_to |= 1 << (server.value() - 1);
        }
    }

    /// Whether a forwarded `send` equals one of the last fifty from that server,
    /// taken within ten seconds and not handed on since.
    pub(crate) fn is_repeat(&self, server: ServerIndex, fields: &Fields, now: Time) -> bool {
        let young = |recent: &&Recent| now.since(recent.taken) <= durations::EQUAL;
        let mut recents = self.recents.get(&server).into_iter().flatten().filter(young);
        recents.any(|recent| {
            recent.fields == *fields && !self.may_have_come_round(fields.2, recent.kept)
        })
    }

    /// After a restart nobody knows how long ago it was taken; if it was sent on, it may
    /// have been handed on, and come round before the `ack`.
    fn may_have_come_round(&self, to: Number, kept: Place) -> bool {
        kept < self.began && self.live.get(&(to, kept)).is_some_and(|message| message.sent_to != 0)
    }

    /// Whether one with these fields may have.
    pub(crate) fn any_may_have_come_round(&self, (seq, from, to, text): &Fields) -> bool {
        self.mailbox(*to).any(|(kept, message)| {
            (message.seq, message.from, &message.text) == (*seq, *from, text)
                && self.may_have_come_round(*to, kept)
        })
    }

    /// The messages for a number, oldest first.
    pub(crate) fn mailbox(&self, to: Number) -> impl Iterator<Item = (Place, &Kept)> {
        let all = self.live.range((to, Place(0))..=(to, Place(u64::MAX)));
        all.map(|((_, kept), message)| (*kept, message))
    }

    /// The message whose newest record is here, or was before it was written again.
    pub(crate) fn at(&self, to: Number, at: Place) -> Option<(Place, &Kept)> {
        self.mailbox(to).find(|(_, message)| message.at == at || message.was_at == at)
    }

    /// How another state differs in what must survive, if it does.
    pub(crate) fn difference(&self, other: &State) -> Option<String> {
        if self.next != other.next {
            return Some(format!("the next number was {}, is {}", self.next, other.next));
        }
        if self.homes != other.homes {
            return Some(format!("the homes were {:?}, are {:?}", self.homes, other.homes));
        }
        if self.sends != other.sends {
            return Some(format!("the marks were {:?}, are {:?}", self.sends, other.sends));
        }
        let (mine, others) = (self.essence(), other.essence());
        (mine != others).then(|| format!("what waits was {mine:?}, is {others:?}"))
    }

    fn essence(&self) -> Vec<(Number, Place, Number, Seq, &str, u64)> {
        self.live
            .iter()
            .map(|((to, kept), message)| {
                let Kept { from, seq, text, sent_to, .. } = message;
                (*to, *kept, *from, *seq, text.as_str(), *sent_to)
            })
            .collect()
    }
}

/// What the log keeps of a marked `send`, computed from its definition.
pub(crate) fn fingerprint(mark: Seq, to: Number, text: Text<'_>) -> u64 {
    let mut hasher = SipHasher24::new_with_keys(1, u64::from(mark.value()));
    hasher.write(&to.value().to_le_bytes());
    hasher.write(text.as_str().as_bytes());
    hasher.finish()
}
