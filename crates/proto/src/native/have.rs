//! What a server has of each origin's rows, so that only the rest is sent.

use super::bytes::{byte, put_varint, take, varint, varint_size};
use super::{ITEM_BYTES_MAX, Malformed, Sequence, ServerId};
use std::fmt;

const MORE: u8 = 1;

/// A part of what a server has seen: up to which row, of each origin it knows, in the
/// order of their short identities. Borrowed and checked.
///
/// Its receiver sends what is beyond, and everything of those origins that stand in no
/// part.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Have<'a> {
    more: bool,
    entries: &'a [u8],
}

impl<'a> Have<'a> {
    /// Whether another part follows, which goes on where this one ends.
    pub fn has_more(self) -> bool {
        self.more
    }

    /// The origins, and up to which row each has been seen without a gap.
    pub fn entries(self) -> impl Iterator<Item = (ServerId, Sequence)> + 'a {
        let mut fields = self.entries;
        std::iter::from_fn(move || entry(&mut fields).ok())
    }

    pub(super) fn parse(fields: &mut &'a [u8]) -> Result<Have<'a>, Malformed> {
        let more = match byte(fields)? {
            0 => false,
            MORE => true,
            _ => return Err(Malformed::Flags),
        };
        let entries = std::mem::take(fields);
        let (mut rest, mut before) = (entries, None);
        while !rest.is_empty() {
            let (origin, _) = entry(&mut rest)?;
            if before.replace(origin) >= Some(origin) {
                return Err(Malformed::Order);
            }
        }
        Ok(Have { more, entries })
    }

    pub(super) fn print(self, out: &mut Vec<u8>) {
        out.push(u8::from(self.more) * MORE);
        out.extend_from_slice(self.entries);
    }
}

fn entry(fields: &mut &[u8]) -> Result<(ServerId, Sequence), Malformed> {
    let origin = ServerId(*take(fields)?);
    let sequence = Sequence::from_value(varint(fields, u64::MAX)?).ok_or(Malformed::Zero)?;
    Ok((origin, sequence))
}

impl fmt::Debug for Have<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.entries()).finish()?;
        if self.more { f.write_str(" and more") } else { Ok(()) }
    }
}

/// Collects the entries of one part.
#[derive(Debug)]
pub struct HaveBuf {
    bytes_max: usize,
    last: Option<ServerId>,
    entries: Vec<u8>,
}

impl HaveBuf {
    /// The most bytes of an entry.
    pub const ENTRY_BYTES_MAX: usize = 8 + 10;

    /// An empty part, of an item of at most so many bytes; a part never makes an item
    /// of more than [`ITEM_BYTES_MAX`].
    pub fn new(item_bytes_max: usize) -> HaveBuf {
        let bytes_max = item_bytes_max.min(ITEM_BYTES_MAX).saturating_sub(2);
        HaveBuf { bytes_max, last: None, entries: Vec::with_capacity(bytes_max) }
    }

    /// Adds an origin behind those before it. Says no, and adds nothing, where the
    /// part is full or the origin does not follow the one before.
    #[must_use]
    pub fn push(&mut self, origin: ServerId, up_to: Sequence) -> bool {
        let size = size_of::<ServerId>() + varint_size(up_to.value());
        if self.entries.len() + size > self.bytes_max || self.last >= Some(origin) {
            return false;
        }
        self.entries.extend_from_slice(&origin.0);
        put_varint(&mut self.entries, up_to.value());
        self.last = Some(origin);
        true
    }

    /// What has been collected; `more` where another part follows.
    pub fn have(&self, more: bool) -> Have<'_> {
        Have { more, entries: &self.entries }
    }

    /// Begins another part, in the same memory.
    pub fn clear(&mut self) {
        self.last = None;
        self.entries.clear();
    }
}
