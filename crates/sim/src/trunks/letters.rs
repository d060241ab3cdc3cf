//! What became of every text, as the checkers see it.

use crate::texts::{filling, id_of};
use fastrand::Rng;
use postrider_engine::{Place, Time};
use postrider_proto::Number;
use postrider_proto::native::{Body, Message, MessageId, Outcome};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A text that somebody wrote.
#[derive(Clone, Debug, Default)]
pub(crate) struct Letter {
    /// Whom it is for.
    pub(crate) to: Option<Number>,
    /// Its sender was told that it is accepted.
    pub(crate) promised: bool,
    /// Its identity, and when a server had it on disk first.
    pub(crate) kept: Option<(MessageId, Time)>,
    /// The servers that ever had it on disk.
    pub(crate) seen_at: BTreeSet<usize>,
    /// How often it was shown.
    pub(crate) shown: u32,
    /// Its reader has said at this server that it arrived.
    pub(crate) acknowledged: Option<usize>,
    /// The server that has heard so, and in which of its runs.
    pub(crate) heard: Option<(usize, u32)>,
    /// That is on disk.
    pub(crate) done: bool,
    /// What its sender's server has learned.
    pub(crate) outcomes: Vec<Outcome>,
    /// A lying server may have had a hand in it.
    pub(crate) excused: bool,
    /// Its reader moved at some time.
    pub(crate) reader_moved: bool,
    /// How much the clocks had jumped when it was kept.
    pub(crate) jumped: Duration,
}

/// All texts. Their ids count from 1.
#[derive(Debug, Default)]
pub(crate) struct Letters {
    all: Vec<Letter>,
    by_id: BTreeMap<MessageKey, u32>,
}

type MessageKey = (u64, u64, u32, u32);

/// Something that a server holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    /// The text's id, 0 for a receipt.
    pub(crate) text: u32,
    pub(crate) since: Time,
}

/// What a server holds, by recipient and place.
pub(crate) type Holds = BTreeMap<(Number, Place), Held>;

impl Letter {
    /// It was shown, and its sender was told otherwise.
    pub(crate) fn is_contradicted(&self) -> bool {
        self.shown > 0 && !self.outcomes.is_empty() && !self.outcomes.contains(&Outcome::Delivered)
    }
}

impl Letters {
    /// Writes a text that begins with its id.
    pub(crate) fn write(&mut self, letter: Letter, dice: &mut Rng) -> (u32, String) {
        self.all.push(letter);
        let id = self.all.len() as u32;
        (id, format!("#{id} {}", filling(dice)))
    }

    pub(crate) fn get(&mut self, id: u32) -> Option<&mut Letter> {
        self.all.get_mut((id as usize).checked_sub(1)?)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Letter)> {
        (1..).zip(&self.all)
    }

    /// A server has given a text its identity.
    pub(crate) fn identify(&mut self, text: u32, id: MessageId, now: Time) {
        if let Some(letter) = self.get(text) {
            letter.kept.get_or_insert((id, now));
            self.by_id.insert(key(id), text);
        }
    }

    /// A lying server may have had a hand in it, or it is nobody's text.
    pub(crate) fn is_excused(&self, text: u32) -> bool {
        let letter = (text as usize).checked_sub(1).and_then(|index| self.all.get(index));
        letter.is_none_or(|letter| letter.excused)
    }

    /// This reader has moved.
    pub(crate) fn reader_moves(&mut self, reader: Number) {
        for letter in self.all.iter_mut().filter(|letter| letter.to == Some(reader)) {
            letter.reader_moved = true;
        }
    }

    pub(crate) fn find(&mut self, id: MessageId) -> Option<(u32, &mut Letter)> {
        let text = *self.by_id.get(&key(id))?;
        Some((text, self.get(text)?))
    }
}

fn key(id: MessageId) -> MessageKey {
    (id.from.value(), id.to.value(), id.epoch.value(), id.count.value())
}

/// The id of the text that a message carries; 0 for none.
pub(crate) fn text_of(message: &Message<'_>) -> u32 {
    let Body::Text { content, .. } = message.body else { return 0 };
    let mut text = String::new();
    if content.read(&mut text) { id_of(&text) } else { 0 }
}
