//! Numbered places for handshakes, sessions and peers.
//!
//! A key is a place and how often the place was given up before, so that a key of
//! something that has gone finds nothing, and looking one up costs an index.

const PLACE_BITS: u32 = 20;
const PLACE_MASK: u32 = (1 << PLACE_BITS) - 1;
const GENERATION_MASK: u32 = (1 << (32 - PLACE_BITS)) - 1;

/// What a slab holds at the most: 2^20.
pub(crate) const PLACES_MAX: usize = 1 << PLACE_BITS;

/// A value's key: 20 bits of place below 12 bits of generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(pub(crate) u32);

impl Key {
    pub(crate) fn place(self) -> usize {
        (self.0 & PLACE_MASK) as usize
    }
}

#[derive(Debug)]
struct Slot<T> {
    generation: u32,
    value: Option<T>,
}

#[derive(Debug)]
pub(crate) struct Slab<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Slab<T> {
        Slab { slots: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slab<T> {
    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Keeps a value. None, and nothing is kept, if [`PLACES_MAX`] are taken.
    pub(crate) fn insert(&mut self, value: T) -> Option<Key> {
        let place = match self.free.pop() {
            Some(place) => place,
            None if self.slots.len() < PLACES_MAX => {
                self.slots.push(Slot { generation: 0, value: None });
                (self.slots.len() - 1) as u32
            }
            None => return None,
        };
        let slot = &mut self.slots[place as usize];
        slot.value = Some(value);
        Some(Key(place | slot.generation << PLACE_BITS))
    }

    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        let slot = self.slots.get(key.place())?;
        slot.value.as_ref().filter(|_| slot.generation == key.0 >> PLACE_BITS)
    }

    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        let slot = self.slots.get_mut(key.place())?;
        slot.value.as_mut().filter(|_| slot.generation == key.0 >> PLACE_BITS)
    }

    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        let slot = self.slots.get_mut(key.place())?;
        if slot.generation != key.0 >> PLACE_BITS {
            return None;
        }
        let value = slot.value.take()?;
        slot.generation = (slot.generation + 1) & GENERATION_MASK;
        self.free.push(key.0 & PLACE_MASK);
        Some(value)
    }

    /// The key of what is at a place now.
    pub(crate) fn key_at(&self, place: usize) -> Option<Key> {
        let slot = self.slots.get(place)?;
        slot.value.as_ref()?;
        Some(Key(place as u32 | slot.generation << PLACE_BITS))
    }

    /// All, by place.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Key, &T)> {
        self.slots.iter().enumerate().filter_map(|(place, slot)| {
            let key = Key(place as u32 | slot.generation << PLACE_BITS);
            slot.value.as_ref().map(|value| (key, value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_something_that_has_gone_finds_nothing() {
        let mut slab = Slab::default();
        let first = slab.insert("first").unwrap();
        assert_eq!(slab.remove(first), Some("first"));
        let second = slab.insert("second").unwrap();
        assert_eq!(second.place(), first.place(), "the place is used again");
        assert_ne!(second, first);
        assert_eq!(slab.get(first), None);
        assert_eq!(slab.remove(first), None);
        assert_eq!(slab.get(second), Some(&"second"));
        assert_eq!(slab.key_at(second.place()), Some(second));
        assert_eq!(slab.len(), 1);
    }
}
