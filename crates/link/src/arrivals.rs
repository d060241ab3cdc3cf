//! Which packets have arrived: what refuses a replayed packet, and what a report says.

use crate::limits::REPLAY_WINDOW;
use std::ops::Range;

const WORDS: usize = REPLAY_WINDOW as usize / 64;

/// The packets that have arrived among the newest [`REPLAY_WINDOW`]. Takes 264 bytes.
#[derive(Debug)]
pub(crate) struct Arrivals {
    /// One more than the newest.
    next: u64,
    /// A bit for each number, at the number modulo the window.
    bits: [u64; WORDS],
}

impl Arrivals {
    pub(crate) fn new() -> Arrivals {
        Arrivals { next: 0, bits: [0; WORDS] }
    }

    /// The newest that has arrived.
    pub(crate) fn newest(&self) -> Option<u64> {
        self.next.checked_sub(1)
    }

    /// Whether a packet may be taken: it has not arrived, and is not so old that
    /// nobody knows.
    pub(crate) fn is_fresh(&self, number: u64) -> bool {
        number >= self.next || (number >= self.oldest() && !self.has(number))
    }

    pub(crate) fn record(&mut self, number: u64) {
        if number >= self.next {
            let from = self.next.max((number + 1).saturating_sub(REPLAY_WINDOW));
            for missing in from..number {
                self.bits[word(missing)] &= !bit(missing);
            }
            self.next = number + 1;
        }
        self.bits[word(number)] |= bit(number);
    }

    /// The ranges that have arrived, newest first. Costs a step per range and per 64
    /// packets.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = Range<u64>> {
        let mut end = self.next;
        std::iter::from_fn(move || {
            end -= self.run_below(end, false);
            let length = self.run_below(end, true);
            end -= length;
            (length > 0).then_some(end..end + length)
        })
    }

    fn oldest(&self) -> u64 {
        self.next.saturating_sub(REPLAY_WINDOW)
    }

    fn has(&self, number: u64) -> bool {
        self.bits[word(number)] & bit(number) != 0
    }

    /// How many numbers right below `end` have all arrived, or all not.
    fn run_below(&self, end: u64, arrived: bool) -> u64 {
        let mut at = end;
        while at > self.oldest() {
            let number = at - 1;
            let flip = if arrived { u64::MAX } else { 0 };
            let above = 63 - number % 64;
            let run = u64::from(((self.bits[word(number)] ^ flip) << above).leading_zeros());
            let whole = number % 64 + 1;
            at -= run.min(whole).min(at - self.oldest());
            if run < whole {
                break;
            }
        }
        end - at
    }
}

fn word(number: u64) -> usize {
    (number % REPLAY_WINDOW / 64) as usize
}

fn bit(number: u64) -> u64 {
    1 << (number % 64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_packet_is_taken_once_and_not_when_it_is_too_old() {
        let mut arrivals = Arrivals::new();
        assert!(arrivals.is_fresh(5));
        arrivals.record(5);
        assert!(!arrivals.is_fresh(5));
        assert!(arrivals.is_fresh(4));
        arrivals.record(5 + REPLAY_WINDOW);
        assert!(!arrivals.is_fresh(5));
        assert!(!arrivals.is_fresh(4), "too old to know");
        assert!(arrivals.is_fresh(6));
    }

    proptest! {
        #[test]
        fn it_is_a_window_over_a_set(
            steps in prop::collection::vec((0_u64..2 * REPLAY_WINDOW, 0_u64..100), 1..150)
        ) {
            let (mut arrivals, mut model, mut base) = (Arrivals::new(), BTreeSet::new(), 0_u64);
            for (offset, advance) in steps {
                base += advance;
                let number = base + offset % (1 + REPLAY_WINDOW / 8);
                let oldest = model.last().map_or(0, |n: &u64| (n + 1).saturating_sub(REPLAY_WINDOW));
                let fresh = number >= oldest && !model.contains(&number);
                prop_assert_eq!(arrivals.is_fresh(number), fresh);
                if fresh {
                    arrivals.record(number);
                    model.insert(number);
                }
            }
            let newest = *model.last().unwrap();
            prop_assert_eq!(arrivals.newest(), Some(newest));
            let oldest = (newest + 1).saturating_sub(REPLAY_WINDOW);
            let expected: Vec<u64> = model.range(oldest..).rev().copied().collect();
            let found: Vec<u64> = arrivals.ranges().flat_map(|range| range.rev()).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
