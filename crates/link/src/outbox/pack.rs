//! Which items go into the next packet.

use super::{CLASSES, Item, Outbox, Precedence};
use crate::flight::Chunk;
use crate::frame::{ITEM_HEADER_BYTES, ItemFrame, PART_BYTES, Part};
use crate::limits::{CHUNKS_MAX, ITEM_WINDOW, PARTIALS_MAX};
use crate::varint;
use std::ops::Range;

/// Where the next chunk of a class comes from.
#[derive(Clone, Copy, Debug)]
enum Next {
    Again(Chunk),
    Begun(Chunk),
    Fresh(u32),
}

impl Outbox {
    /// Whether something waits to be sent, and may be.
    pub(crate) fn has_chunks(&self) -> bool {
        CLASSES.iter().any(|class| self.next_chunk(*class).is_some())
    }

    /// Chooses what goes into packet `number`, of which `room` bytes are free, and writes
    /// its frames.
    pub(crate) fn pack(
        &mut self,
        number: u64,
        room: usize,
        chunks: &mut Vec<Chunk>,
        out: &mut Vec<u8>,
    ) {
        chunks.clear();
        let mut left = room;
        for class in CLASSES {
            while chunks.len() < CHUNKS_MAX
                && let Some(next) = self.next_chunk(class)
            {
                let bytes = self.frame_bytes(next);
                if bytes > left {
                    self.print(chunks, out);
                    return;
                }
                let chunk = self.take_chunk(class, next, number);
                self.skip_settled(class);
                // If another frame follows, this one needs its length.
                left = left.saturating_sub(bytes + varint::len(bytes as u32));
                chunks.push(chunk);
            }
        }
        self.print(chunks, out);
    }

    /// What of a class is to be sent next: what was lost, what was begun, what is new.
    fn next_chunk(&self, class: Precedence) -> Option<Next> {
        let index = class as usize;
        if let Some(chunk) = self.again[index].front() {
            return Some(Next::Again(*chunk));
        }
        if let Some(chunk) = self.begun[index] {
            return Some(Next::Begun(chunk));
        }
        let slot = *self.fresh[index].front()?;
        let is_partial = self.items[slot as usize].parts > 1;
        let may = (self.window.len() as u64) < ITEM_WINDOW
            && !(is_partial && self.partials >= PARTIALS_MAX);
        may.then_some(Next::Fresh(slot))
    }

    /// Takes it, and says as what it is sent.
    fn take_chunk(&mut self, class: Precedence, next: Next, packet: u64) -> Chunk {
        let index = class as usize;
        let chunk = match next {
            Next::Again(chunk) => {
                self.again[index].pop_front();
                chunk
            }
            Next::Begun(chunk) => {
                self.begun[index] = self.after(chunk);
                chunk
            }
            Next::Fresh(slot) => {
                self.fresh[index].pop_front();
                self.window.push_back(slot);
                let chunk = Chunk { item: self.next_number() - 1, part: 0 };
                self.partials += usize::from(self.items[slot as usize].parts > 1);
                self.begun[index] = self.after(chunk);
                chunk
            }
        };
        if let Some(slot) = self.slot(chunk.item) {
            self.items[slot as usize].last_packet[usize::from(chunk.part)] = packet;
        }
        chunk
    }

    fn after(&self, chunk: Chunk) -> Option<Chunk> {
        let item = &self.items[self.slot(chunk.item)? as usize];
        let part = chunk.part + 1;
        (part < item.parts).then_some(Chunk { part, ..chunk })
    }

    /// Bytes of its frame without a length.
    fn frame_bytes(&self, next: Next) -> usize {
        let (slot, part) = match next {
            Next::Fresh(slot) => (Some(slot), 0),
            Next::Again(chunk) | Next::Begun(chunk) => (self.slot(chunk.item), chunk.part),
        };
        let Some(slot) = slot else { return 0 };
        let item = &self.items[slot as usize];
        match item.parts {
            1 => ITEM_HEADER_BYTES + item.bytes.len(),
            _ => {
                let range = part_range(item, part, self.part_bytes());
                ITEM_HEADER_BYTES + PART_BYTES + range.len()
            }
        }
    }

    fn print(&self, chunks: &[Chunk], out: &mut Vec<u8>) {
        for (index, chunk) in chunks.iter().enumerate() {
            let Some(slot) = self.slot(chunk.item) else { continue };
            let item = &self.items[slot as usize];
            let (range, part) = match item.parts {
                1 => (0..item.bytes.len(), None),
                _ => {
                    let range = part_range(item, chunk.part, self.part_bytes());
                    let (offset, total) = (range.start as u16, item.bytes.len() as u16);
                    (range, Some(Part { offset, total }))
                }
            };
            let frame = ItemFrame { number: chunk.item as u32, part, bytes: &item.bytes[range] };
            frame.print(index + 1 == chunks.len(), out);
        }
    }
}

fn part_range(item: &Item, part: u8, part_bytes: usize) -> Range<usize> {
    let start = usize::from(part) * part_bytes;
    start..item.bytes.len().min(start + part_bytes)
}
