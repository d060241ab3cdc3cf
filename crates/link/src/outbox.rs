//! The items that wait until the other end has them in custody.
//!
//! ```text
//!   send ─► fresh ─► a packet ─► it arrives ─► custody
//!             four        │
//!            classes      └─ it is lost ─► again ─► a packet …
//! ```

mod pack;

use crate::flight::Chunk;
use crate::frame::{ITEM_HEADER_BYTES, PART_BYTES};
use crate::limits::PARTS_MAX;
use crate::packet::OVERHEAD_BYTES;
use std::collections::VecDeque;
use std::ops::Range;

/// What goes first. Within a class, what was given first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precedence {
    /// Goes last.
    #[default]
    Routine,
    /// Goes before routine.
    Priority,
    /// Goes before priority.
    Immediate,
    /// Goes first.
    Flash,
}

const CLASSES: [Precedence; 4] =
    [Precedence::Flash, Precedence::Immediate, Precedence::Priority, Precedence::Routine];

/// No slot: the item of this number is in custody.
const NONE: u32 = u32::MAX;
/// No packet: the part waits to be sent again.
const WAITS: u64 = u64::MAX;

/// How much more a queue takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// Items.
    pub items: usize,
    /// Bytes of items.
    pub bytes: usize,
}

#[derive(Debug, Default)]
struct Item {
    tag: u64,
    precedence: Precedence,
    bytes: Vec<u8>,
    /// Bit n: part n has arrived.
    arrived: u8,
    parts: u8,
    /// In which packet each part was last sent.
    last_packet: [u64; PARTS_MAX],
}

/// The items of one direction of one session.
#[derive(Debug)]
pub(crate) struct Outbox {
    items: Vec<Item>,
    free: Vec<u32>,
    /// Items without a number, by precedence.
    fresh: [VecDeque<u32>; 4],
    /// The next part of the first fresh item of each class, once that has a number.
    begun: [Option<Chunk>; 4],
    again: [VecDeque<Chunk>; 4],
    /// The slot of each numbered item from `base` on.
    window: VecDeque<u32>,
    base: u64,
    /// Items of several parts that have a number and have not arrived.
    partials: usize,
    /// Items that have arrived whole and are not in custody.
    arrived: usize,
    used: Room,
    limit: Room,
    was_full: bool,
    whole_bytes: usize,
}

impl Outbox {
    pub(crate) fn new(mtu: u16, limit: Room) -> Outbox {
        Outbox {
            items: Vec::new(),
            free: Vec::new(),
            fresh: Default::default(),
            begun: [None; 4],
            again: Default::default(),
            window: VecDeque::new(),
            base: 0,
            partials: 0,
            arrived: 0,
            used: Room::default(),
            limit,
            was_full: false,
            whole_bytes: usize::from(mtu) - OVERHEAD_BYTES - ITEM_HEADER_BYTES,
        }
    }

    /// What waits.
    pub(crate) fn used(&self) -> Room {
        self.used
    }

    /// How much more it takes.
    pub(crate) fn room(&self) -> Room {
        Room {
            items: self.limit.items.saturating_sub(self.used.items),
            bytes: self.limit.bytes.saturating_sub(self.used.bytes),
        }
    }

    /// Takes an item; false, and nothing is kept, if there is no room for it.
    pub(crate) fn push(&mut self, precedence: Precedence, tag: u64, bytes: &[u8]) -> bool {
        let room = self.room();
        if room.items == 0 || room.bytes < bytes.len() {
            self.was_full = true;
            return false;
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.items.push(Item::default());
            (self.items.len() - 1) as u32
        });
        let parts = match bytes.len() {
            length if length <= self.whole_bytes => 1,
            length => length.div_ceil(self.part_bytes()) as u8,
        };
        let item = &mut self.items[slot as usize];
        item.bytes.clear();
        item.bytes.extend_from_slice(bytes);
        (item.tag, item.precedence, item.parts, item.arrived) = (tag, precedence, parts, 0);
        self.fresh[precedence as usize].push_back(slot);
        self.used.items += 1;
        self.used.bytes += bytes.len();
        true
    }

    /// Whether there is room again after there was none: a quarter of it.
    pub(crate) fn take_has_room(&mut self) -> bool {
        let (room, quarter) = (self.room(), (self.limit.items / 4, self.limit.bytes / 4));
        let has_room = self.was_full && room.items >= quarter.0 && room.bytes >= quarter.1;
        self.was_full &= !has_room;
        has_room
    }

    /// Whether items have arrived that the other end has not said to keep.
    pub(crate) fn awaits_custody(&self) -> bool {
        self.arrived > 0
    }

    /// A packet with these parts is lost, or as good as: those that are in no newer
    /// packet are sent again, before anything new.
    pub(crate) fn send_again(&mut self, packet: u64, chunk: Chunk) -> bool {
        let Some(slot) = self.slot(chunk.item) else { return false };
        let item = &mut self.items[slot as usize];
        let last = &mut item.last_packet[usize::from(chunk.part)];
        if *last != packet || item.arrived & (1 << chunk.part) != 0 {
            return false;
        }
        *last = WAITS;
        self.again[item.precedence as usize].push_back(chunk);
        true
    }

    /// A packet with this part has arrived.
    pub(crate) fn arrived(&mut self, chunk: Chunk) {
        let Some(slot) = self.slot(chunk.item) else { return };
        let item = &mut self.items[slot as usize];
        let before = item.has_arrived();
        item.arrived |= 1 << chunk.part;
        if item.has_arrived() && !before {
            self.arrived += 1;
            self.partials -= usize::from(item.parts > 1);
        }
    }

    /// The other end has these items in custody: their tags.
    pub(crate) fn kept(&mut self, range: Range<u64>, mut tell: impl FnMut(u64)) {
        for number in range.start.max(self.base)..range.end.min(self.next_number()) {
            let index = (number - self.base) as usize;
            let slot = std::mem::replace(&mut self.window[index], NONE);
            if slot != NONE {
                tell(self.release(slot));
            }
        }
        while self.window.front() == Some(&NONE) {
            self.window.pop_front();
            self.base += 1;
        }
    }

    /// Skips what need not be sent any more. To be called after [`Outbox::arrived`] and
    /// [`Outbox::kept`].
    pub(crate) fn settle(&mut self) {
        CLASSES.iter().for_each(|class| self.skip_settled(*class));
    }

    fn skip_settled(&mut self, class: Precedence) {
        let index = class as usize;
        while let Some(chunk) = self.again[index].front()
            && self.is_settled(*chunk)
        {
            self.again[index].pop_front();
        }
        if self.begun[index].is_some_and(|chunk| self.slot(chunk.item).is_none()) {
            self.begun[index] = None;
        }
    }

    fn is_settled(&self, chunk: Chunk) -> bool {
        let slot = self.slot(chunk.item);
        slot.is_none_or(|slot| self.items[slot as usize].arrived & (1 << chunk.part) != 0)
    }

    /// The first item that is not in custody, or the one after the last sent.
    pub(crate) fn base(&self) -> u64 {
        self.base
    }

    pub(crate) fn next_number(&self) -> u64 {
        self.base + self.window.len() as u64
    }

    /// Gives memory back, if nothing waits.
    pub(crate) fn shrink(&mut self) {
        if self.used.items == 0 && self.items.len() > 16 {
            self.items = Vec::new();
            self.free = Vec::new();
            self.fresh.iter_mut().for_each(VecDeque::shrink_to_fit);
            self.window.shrink_to_fit();
        }
    }

    fn part_bytes(&self) -> usize {
        self.whole_bytes - PART_BYTES
    }

    fn slot(&self, number: u64) -> Option<u32> {
        let index = usize::try_from(number.checked_sub(self.base)?).ok()?;
        self.window.get(index).copied().filter(|slot| *slot != NONE)
    }

    fn release(&mut self, slot: u32) -> u64 {
        let item = &mut self.items[slot as usize];
        let arrived = item.has_arrived();
        self.arrived -= usize::from(arrived);
        self.partials -= usize::from(!arrived && item.parts > 1);
        self.used.items -= 1;
        self.used.bytes -= item.bytes.len();
        self.free.push(slot);
        item.tag
    }
}

impl Item {
    fn has_arrived(&self) -> bool {
        u32::from(self.parts) == self.arrived.count_ones()
    }
}

#[cfg(test)]
mod tests;
