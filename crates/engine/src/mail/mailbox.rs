//! What waits for one number.
//!
//! Few messages lie in a row, in which everything is found by looking; of many there are
//! indexes. So a message costs one step in the map of all mailboxes as long as people
//! read what they get, and a mailbox that is full costs no more than a logarithm.

use super::{Message, Stamp};
use crate::Place;
use postrider_proto::Number;
use postrider_proto::native::{Count, Epoch};
use std::collections::{BTreeMap, BTreeSet};

/// More than this many are indexed,
const FEW_MAX: usize = 128;
/// until there are so few again.
const MANY_MIN: usize = 32;

/// What waits for one number, oldest first.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    messages: Messages,
    /// What the last `get` handed out.
    pub(super) handed_out: Option<Place>,
}

#[derive(Debug)]
enum Messages {
    /// In the order of their places.
    Few(Vec<(Place, Message)>),
    Many(Box<Many>),
}

#[derive(Debug, Default)]
struct Many {
    waiting: BTreeMap<Place, Message>,
    /// The same by sender.
    senders: BTreeSet<(Number, Place)>,
    /// What has a stamp, but for histories, by sender, epoch and count.
    counted: BTreeSet<(Number, u64, Place)>,
}

impl Default for Messages {
    fn default() -> Messages {
        Messages::Few(Vec::new())
    }
}

impl Mailbox {
    pub(super) fn insert(&mut self, kept: Place, message: Message) {
        if let Messages::Few(few) = &mut self.messages
            && few.len() == FEW_MAX
        {
            let mut many = Many::default();
            few.drain(..).for_each(|(kept, message)| many.insert(kept, message));
            self.messages = Messages::Many(Box::new(many));
        }
        match &mut self.messages {
            Messages::Few(few) => insert_few(few, kept, message),
            Messages::Many(many) => many.insert(kept, message),
        }
    }

    pub(super) fn remove(&mut self, kept: Place) -> Option<Message> {
        let message = match &mut self.messages {
            Messages::Few(few) => few.remove(position(few, kept)?).1,
            Messages::Many(many) => many.remove(kept)?,
        };
        if let Messages::Many(many) = &mut self.messages
            && many.waiting.len() <= MANY_MIN
        {
            let few = std::mem::take(&mut many.waiting).into_iter().collect();
            self.messages = Messages::Few(few);
        }
        self.handed_out = self.handed_out.filter(|handed| *handed != kept);
        Some(message)
    }

    pub(super) fn len(&self) -> usize {
        match &self.messages {
            Messages::Few(few) => few.len(),
            Messages::Many(many) => many.waiting.len(),
        }
    }

    pub(super) fn get(&self, kept: Place) -> Option<&Message> {
        match &self.messages {
            Messages::Few(few) => Some(&few[position(few, kept)?].1),
            Messages::Many(many) => many.waiting.get(&kept),
        }
    }

    pub(super) fn get_mut(&mut self, kept: Place) -> Option<&mut Message> {
        match &mut self.messages {
            Messages::Few(few) => {
                let position = position(few, kept)?;
                Some(&mut few[position].1)
            }
            Messages::Many(many) => many.waiting.get_mut(&kept),
        }
    }

    pub(super) fn newest(&self) -> Option<(Place, &Message)> {
        match &self.messages {
            Messages::Few(few) => few.last().map(|(kept, message)| (*kept, message)),
            Messages::Many(many) => many.waiting.last_key_value().map(|(kept, m)| (*kept, m)),
        }
    }

    /// Those from a place on, oldest first.
    pub(super) fn from(&self, place: Place) -> impl Iterator<Item = (Place, &Message)> {
        let few = self.few();
        let few = &few[few.partition_point(|(kept, _)| *kept < place)..];
        let many = self.many().into_iter().flat_map(move |many| many.waiting.range(place..));
        let few = few.iter().map(|(kept, message)| (*kept, message));
        few.chain(many.map(|(kept, message)| (*kept, message)))
    }

    /// Those of one sender, oldest first.
    pub(super) fn of_sender(&self, from: Number) -> impl Iterator<Item = Place> {
        let few = self.few().iter().filter(move |(_, message)| message.from == from);
        let range = (from, Place(0))..=(from, Place(u64::MAX));
        let many = self.many().into_iter().flat_map(move |many| many.senders.range(range.clone()));
        few.map(|(kept, _)| *kept).chain(many.map(|(_, kept)| *kept))
    }

    /// Of the messages of one sender and epoch, the one counted first.
    pub(super) fn first_counted(&self, from: Number, epoch: Epoch) -> Option<(Place, &Message)> {
        match &self.messages {
            Messages::Few(few) => {
                let of_sender = few.iter().filter(|(_, message)| message.from == from);
                let ranked = of_sender.filter_map(|(kept, m)| Some((rank_of(m)?, *kept, m)));
                let of_epoch = ranked.filter(|(rank, ..)| rank >> 32 == u64::from(epoch.value()));
                let first = of_epoch.min_by_key(|(rank, kept, _)| (*rank, *kept));
                first.map(|(_, kept, message)| (kept, message))
            }
            Messages::Many(many) => {
                let rank = u64::from(epoch.value()) << 32;
                let least = (from, rank, Place(0));
                let most = (from, rank | 0xffff_ffff, Place(u64::MAX));
                let (_, _, kept) = many.counted.range(least..=most).next()?;
                Some((*kept, many.waiting.get(kept)?))
            }
        }
    }

    /// All of them, in the order of their counts.
    pub(super) fn in_order_of(
        &self,
        from: Number,
        epoch: Epoch,
    ) -> impl Iterator<Item = (Place, &Message)> {
        let of_sender = self.few().iter().filter(move |(_, message)| message.from == from);
        let ranked = of_sender.filter_map(|(kept, m)| Some((rank_of(m)?, *kept, m)));
        let of_epoch = ranked.filter(move |(rank, ..)| rank >> 32 == u64::from(epoch.value()));
        let mut few: Vec<_> = of_epoch.collect();
        few.sort_unstable_by_key(|(rank, kept, _)| (*rank, *kept));
        let rank = u64::from(epoch.value()) << 32;
        let range = (from, rank, Place(0))..=(from, rank | 0xffff_ffff, Place(u64::MAX));
        let many = self.many().into_iter().flat_map(move |many| {
            let counted = many.counted.range(range.clone());
            counted.filter_map(|(_, _, kept)| Some((*kept, many.waiting.get(kept)?)))
        });
        few.into_iter().map(|(_, kept, message)| (kept, message)).chain(many)
    }

    /// Where the one with this count is kept.
    pub(super) fn find(&self, from: Number, epoch: Epoch, count: Count) -> Option<Place> {
        let rank = u64::from(epoch.value()) << 32 | u64::from(count.value());
        match &self.messages {
            Messages::Few(few) => {
                let is_it =
                    |message: &Message| message.from == from && rank_of(message) == Some(rank);
                few.iter().find(|(_, message)| is_it(message)).map(|(kept, _)| *kept)
            }
            Messages::Many(many) => {
                let range = (from, rank, Place(0))..=(from, rank, Place(u64::MAX));
                many.counted.range(range).next().map(|(_, _, kept)| *kept)
            }
        }
    }

    fn few(&self) -> &[(Place, Message)] {
        match &self.messages {
            Messages::Few(few) => few,
            Messages::Many(_) => &[],
        }
    }

    fn many(&self) -> Option<&Many> {
        match &self.messages {
            Messages::Few(_) => None,
            Messages::Many(many) => Some(many),
        }
    }
}

fn position(few: &[(Place, Message)], kept: Place) -> Option<usize> {
    few.binary_search_by_key(&kept, |(kept, _)| *kept).ok()
}

/// Grows by a half, since there are mailboxes in which hardly anything waits.
fn insert_few(few: &mut Vec<(Place, Message)>, kept: Place, message: Message) {
    if few.len() == few.capacity() {
        few.reserve_exact(1 + few.len() / 2);
    }
    let at = few.partition_point(|(place, _)| *place < kept);
    few.insert(at, (kept, message));
}

/// Of a history none: it is no message of its sender's.
fn rank_of(message: &Message) -> Option<u64> {
    message.stamp.filter(Stamp::is_counted).map(|stamp| stamp.rank())
}

impl Many {
    fn insert(&mut self, kept: Place, message: Message) {
        self.senders.insert((message.from, kept));
        if let Some(rank) = rank_of(&message) {
            self.counted.insert((message.from, rank, kept));
        }
        self.waiting.insert(kept, message);
    }

    fn remove(&mut self, kept: Place) -> Option<Message> {
        let message = self.waiting.remove(&kept)?;
        self.senders.remove(&(message.from, kept));
        if let Some(rank) = rank_of(&message) {
            self.counted.remove(&(message.from, rank, kept));
        }
        Some(message)
    }
}
