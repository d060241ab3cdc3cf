//! What a server says of itself: its label, and the numbers that it gives out.

use super::bytes::{byte, take, take_slice};
use super::{Block, LinePlace, Malformed};
use std::fmt;

/// What a server says of itself. The latest counts, by the sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerRow<'a> {
    /// What people call it.
    pub label: Label<'a>,
    /// The numbers that only it gives out.
    pub blocks: Blocks,
    /// Where it stands in a line of classic servers, if it stands in one.
    pub line: Option<LinePlace>,
}

/// What people call a server: 1 to 32 bytes of UTF-8 that print, so that one label
/// cannot be made to look like another by what nobody sees. It need not be unique.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label<'a>(&'a str);

impl<'a> Label<'a> {
    /// The most bytes of a label.
    pub const BYTES_MAX: usize = 32;
    /// Of a server that nobody has named.
    pub const UNNAMED: Label<'static> = Label("unnamed");

    /// The label, if it is one.
    pub fn new(label: &'a str) -> Result<Label<'a>, Malformed> {
        let has_length = (1..=Label::BYTES_MAX).contains(&label.len());
        let is_trimmed = label.trim().len() == label.len();
        let is_label = has_length && is_trimmed && label.chars().all(prints);
        is_label.then_some(Label(label)).ok_or(Malformed::Label)
    }

    /// The text.
    pub fn as_str(self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Neither a control character nor one of those that are invisible, turn the
/// direction of writing, or end a line.
fn prints(character: char) -> bool {
    !character.is_control()
        && !matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Up to sixteen blocks, in the order of their numbers, none overlapping.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Blocks {
    count: u8,
    packed: [[u8; Block::BYTES]; Blocks::COUNT_MAX],
}

impl Blocks {
    /// The most blocks of a server.
    pub const COUNT_MAX: usize = 16;
    /// No block.
    pub const NONE: Blocks = Blocks { count: 0, packed: [[0; Block::BYTES]; Blocks::COUNT_MAX] };

    /// These blocks, if there are at most sixteen, in the order of their numbers, and
    /// none overlaps another.
    pub fn new(blocks: &[Block]) -> Result<Blocks, Malformed> {
        let mut all = Blocks::NONE;
        for block in blocks {
            all.push(*block)?;
        }
        Ok(all)
    }

    /// The blocks, in order.
    pub fn iter(&self) -> impl Iterator<Item = Block> + '_ {
        self.packed().iter().filter_map(|packed| Block::from_bytes(*packed))
    }

    fn push(&mut self, block: Block) -> Result<(), Malformed> {
        let last = self.packed().last().and_then(|last| Block::from_bytes(*last));
        if last.is_some_and(|last| last.last() >= block.first()) {
            return Err(Malformed::Blocks);
        }
        let free = self.packed.get_mut(usize::from(self.count)).ok_or(Malformed::Blocks)?;
        *free = block.to_bytes();
        self.count += 1;
        Ok(())
    }

    fn packed(&self) -> &[[u8; Block::BYTES]] {
        &self.packed[..usize::from(self.count)]
    }
}

impl fmt::Debug for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> ServerRow<'a> {
    pub(super) fn parse(fields: &mut &'a [u8]) -> Result<ServerRow<'a>, Malformed> {
        let label = usize::from(byte(fields)?);
        let label = std::str::from_utf8(take_slice(fields, label)?);
        let label = Label::new(label.map_err(|_| Malformed::NotUtf8)?)?;
        let mut blocks = Blocks::NONE;
        for _ in 0..byte(fields)? {
            blocks.push(Block::from_bytes(*take(fields)?).ok_or(Malformed::Blocks)?)?;
        }
        let line = if fields.is_empty() { None } else { Some(LinePlace::parse(fields)?) };
        Ok(ServerRow { label, blocks, line })
    }

    pub(super) fn print(&self, out: &mut Vec<u8>) {
        out.push(self.label.0.len() as u8);
        out.extend_from_slice(self.label.0.as_bytes());
        out.push(self.blocks.count);
        out.extend_from_slice(self.blocks.packed().as_flattened());
        if let Some(line) = self.line {
            out.extend_from_slice(&line.to_bytes());
        }
    }
}
