//! When something is due next, for each of many: a heap that knows where everybody is
//! in it, so that a time that changes costs a logarithm and no memory.

use crate::Time;

const NOWHERE: u32 = u32::MAX;

/// The times of numbered places, soonest first; of equal times the smaller place.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: Vec<(Time, u32)>,
    /// Where in the heap each place is.
    at: Vec<u32>,
}

impl Timers {
    /// The soonest.
    pub(crate) fn next(&self) -> Option<(Time, usize)> {
        self.heap.first().map(|(time, place)| (*time, *place as usize))
    }

    /// The soonest that is due, which is taken.
    pub(crate) fn pop_due(&mut self, now: Time) -> Option<usize> {
        let (time, place) = self.next()?;
        (time <= now).then(|| {
            self.set(place, None);
            place
        })
    }

    /// Sets, moves or clears the time of a place.
    pub(crate) fn set(&mut self, place: usize, time: Option<Time>) {
        if place >= self.at.len() {
            self.at.resize(place + 1, NOWHERE);
        }
        let index = self.at[place];
        match (index, time) {
            (NOWHERE, None) => {}
            (NOWHERE, Some(time)) => {
                self.heap.push((time, place as u32));
                self.settle(self.heap.len() - 1);
            }
            (index, Some(time)) => {
                self.heap[index as usize].0 = time;
                self.settle(index as usize);
            }
            (index, None) => self.remove(index as usize),
        }
    }

    fn remove(&mut self, index: usize) {
        let (_, place) = self.heap.swap_remove(index);
        self.at[place as usize] = NOWHERE;
        if index < self.heap.len() {
            self.settle(index);
        }
    }

    /// Moves one up or down to where it belongs.
    fn settle(&mut self, mut index: usize) {
        while index > 0 && self.heap[index] < self.heap[(index - 1) / 2] {
            self.heap.swap(index, (index - 1) / 2);
            self.note(index);
            index = (index - 1) / 2;
        }
        while let Some(child) = self.smaller_child(index)
            && self.heap[child] < self.heap[index]
        {
            self.heap.swap(index, child);
            self.note(index);
            index = child;
        }
        self.note(index);
    }

    fn smaller_child(&self, index: usize) -> Option<usize> {
        let (left, right) = (2 * index + 1, 2 * index + 2);
        let smaller = match self.heap.get(right) {
            Some(other) if *other < self.heap[left] => right,
            _ => left,
        };
        (left < self.heap.len()).then_some(smaller)
    }

    fn note(&mut self, index: usize) {
        let place = self.heap[index].1;
        self.at[place as usize] = index as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn the_soonest_is_always_first(
            steps in prop::collection::vec((0_usize..20, prop::option::of(0_u64..50)), 1..200)
        ) {
            let (mut timers, mut model) = (Timers::default(), BTreeMap::new());
            for (place, time) in steps {
                let time = time.map(Time::from_micros);
                timers.set(place, time);
                match time {
                    Some(time) => model.insert(place, time),
                    None => model.remove(&place),
                };
                let soonest = model.iter().map(|(place, time)| (*time, *place)).min();
                prop_assert_eq!(timers.next(), soonest);
            }
            let mut last = Time::ZERO;
            while let Some((time, place)) = timers.next() {
                prop_assert!(time >= last);
                last = time;
                prop_assert_eq!(timers.pop_due(time), Some(place));
                model.remove(&place);
            }
            prop_assert!(model.is_empty());
        }
    }
}
