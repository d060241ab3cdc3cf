//! A sorted table of packed entries, for what there are millions of.
//!
//! ```text
//!   least key ─► chunk: 1 to 256 entries in order, in memory that they fill
//! ```
//!
//! An ordered map of the standard library takes half as much again as its entries when
//! they come in no order, and cannot hold them packed.

use std::collections::BTreeMap;

/// Entries of a chunk at the most: to move half of them is about as dear as to find one.
const CHUNK_MAX: usize = 256;

/// Entries for which a chunk that is full gets memory: this is what may be unused.
const GROWTH: usize = 16;

/// Chunks that together have no more than this are made one.
const MERGED_MAX: usize = CHUNK_MAX / 2;

/// An entry, which knows its key. Best of bytes alone, so that it needs no alignment.
pub(super) trait Packed: Copy {
    /// What entries are ordered by; no two have the same.
    fn key(&self) -> u64;
}

/// Entries in the order of their keys. To find one, to add one and to remove one each
/// cost a search among the chunks, one in a chunk, and to move at most a chunk.
#[derive(Debug)]
pub(super) struct Table<E> {
    /// By a key that no entry of the chunk is below, and all of those before it are.
    chunks: BTreeMap<u64, Vec<E>>,
    len: usize,
}

impl<E> Default for Table<E> {
    fn default() -> Table<E> {
        Table { chunks: BTreeMap::new(), len: 0 }
    }
}

impl<E: Packed> Table<E> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, key: u64) -> Option<&E> {
        let (_, chunk) = self.chunks.range(..=key).next_back()?;
        chunk.get(place_of(chunk, key).ok()?)
    }

    /// The entries from this key up, in order.
    pub(super) fn from(&self, first: u64) -> impl Iterator<Item = &E> {
        let chunk = self.chunks.range(..=first).next_back();
        let (least, begun) = chunk.map_or((0, &[][..]), |(least, chunk)| {
            let at = place_of(chunk, first).unwrap_or_else(|at| at);
            (*least, &chunk[at..])
        });
        let rest = self.chunks.range(least.saturating_add(1)..);
        begun.iter().chain(rest.flat_map(|(_, chunk)| chunk))
    }

    /// Adds an entry, or puts it in the place of the one with its key.
    pub(super) fn set(&mut self, entry: E) {
        let key = entry.key();
        let least = self.chunks.range(..=key).next_back().map_or(0, |(least, _)| *least);
        let chunk = self.chunks.entry(least).or_default();
        match place_of(chunk, key) {
            Ok(at) => chunk[at] = entry,
            Err(at) => {
                self.len += 1;
                if chunk.len() < CHUNK_MAX {
                    insert(chunk, at, entry);
                } else {
                    self.split(least, at, entry);
                }
            }
        }
    }

    /// Makes two of a full chunk, and adds an entry to one of them. What comes in order
    /// leaves full chunks behind.
    fn split(&mut self, least: u64, at: usize, entry: E) {
        let is_last = self.chunks.last_key_value().is_some_and(|(last, _)| *last == least);
        let Some(lower) = self.chunks.get_mut(&least) else { return };
        let middle = if is_last && at == CHUNK_MAX { CHUNK_MAX } else { CHUNK_MAX / 2 };
        let mut upper = lower.split_off(middle);
        lower.shrink_to_fit();
        if at < middle {
            insert(lower, at, entry);
        } else {
            insert(&mut upper, at - middle, entry);
        }
        if let Some(first) = upper.first().map(E::key) {
            self.chunks.insert(first, upper);
        }
    }

    pub(super) fn remove(&mut self, key: u64) -> Option<E> {
        let (least, chunk) = self.chunks.range_mut(..=key).next_back()?;
        let (least, at) = (*least, place_of(chunk, key).ok()?);
        let removed = chunk.remove(at);
        if chunk.capacity() - chunk.len() >= 2 * GROWTH {
            chunk.shrink_to(chunk.len() + GROWTH);
        }
        self.len -= 1;
        self.merge(least);
        Some(removed)
    }

    /// Drops a chunk that is empty, and makes one that is small one with the next, if that
    /// is small as well.
    fn merge(&mut self, least: u64) {
        let len = |(least, chunk): (&u64, &Vec<E>)| (*least, chunk.len());
        let mut two = self.chunks.range(least..).map(len);
        match (two.next(), two.next()) {
            (Some((_, 0)), _) => drop(self.chunks.remove(&least)),
            (Some((_, own)), Some((after, other))) if own + other <= MERGED_MAX => {
                let upper = self.chunks.remove(&after).unwrap_or_default();
                let lower = self.chunks.entry(least).or_default();
                lower.reserve_exact(upper.len());
                lower.extend_from_slice(&upper);
            }
            _ => {}
        }
    }
}

fn place_of<E: Packed>(chunk: &[E], key: u64) -> Result<usize, usize> {
    chunk.binary_search_by_key(&key, E::key)
}

fn insert<E>(chunk: &mut Vec<E>, at: usize, entry: E) {
    if chunk.len() == chunk.capacity() {
        chunk.reserve_exact(GROWTH);
    }
    chunk.insert(at, entry);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A key, and what is at it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Entry([u8; 2], u8);

    impl Packed for Entry {
        fn key(&self) -> u64 {
            u16::from_be_bytes(self.0).into()
        }
    }

    impl<E: Packed> Table<E> {
        /// The chunks are in order, none too long, and no memory is wasted.
        fn is_sound(&self) -> bool {
            let mut bounds = self.chunks.keys().copied().skip(1).chain([u64::MAX]);
            self.len == self.chunks.values().map(Vec::len).sum::<usize>()
                && self.chunks.iter().all(|(least, chunk)| {
                    let below = bounds.next().unwrap_or(0);
                    chunk.iter().all(|entry| (*least..below).contains(&entry.key()))
                        && chunk.is_sorted_by(|a, b| a.key() < b.key())
                        && (1..=CHUNK_MAX).contains(&chunk.len())
                        && chunk.capacity() <= chunk.len() + 2 * GROWTH
                })
        }
    }

    /// Runs of keys that are set or removed, up or down.
    fn runs() -> impl Strategy<Value = Vec<(u16, u16, i16, bool)>> {
        let step = prop_oneof![-3..=3_i16, Just(1), Just(-1), -2_000..2_000_i16];
        prop::collection::vec((0..5_000_u16, 0..700_u16, step, prop::bool::weighted(0.7)), 1..12)
    }

    proptest! {
        #[test]
        fn a_table_holds_what_a_plain_map_would(runs in runs()) {
            let (mut table, mut plain) = (Table::default(), BTreeMap::new());
            for (round, (first, times, step, sets)) in runs.into_iter().enumerate() {
                let mut key = first;
                for _ in 0..times {
                    if sets {
                        table.set(Entry(key.to_be_bytes(), round as u8));
                        plain.insert(u64::from(key), round as u8);
                    } else {
                        let removed = table.remove(key.into()).map(|entry| entry.1);
                        prop_assert_eq!(removed, plain.remove(&u64::from(key)));
                    }
                    key = key.wrapping_add_signed(step);
                }
                prop_assert!(table.is_sound(), "{:?}", table.chunks);
                prop_assert_eq!(table.len(), plain.len());
            }
            for first in [0, 1, 300, 2_500, 4_999, 65_535] {
                let found: Vec<_> = table.from(first).map(|e| (e.key(), e.1)).collect();
                let expected: Vec<_> = plain.range(first..).map(|(k, v)| (*k, *v)).collect();
                prop_assert_eq!(found, expected, "from {}", first);
            }
            for key in (0..6_000).step_by(7) {
                prop_assert_eq!(table.get(key).map(|e| e.1), plain.get(&key).copied());
            }
        }
    }

    #[test]
    fn what_comes_in_order_fills_its_chunks() {
        let mut table = Table::default();
        for key in 0..10_000_u16 {
            table.set(Entry(key.to_be_bytes(), 0));
        }
        assert_eq!(table.chunks.len(), 10_000_usize.div_ceil(CHUNK_MAX));
        for key in 0..9_990_u16 {
            table.remove(key.into());
        }
        assert!(table.is_sound());
        assert!(table.chunks.len() <= 2, "{} chunks of ten entries", table.chunks.len());
    }
}
