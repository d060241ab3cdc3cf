//! A set of numbers, as a receiver needs one of items: all below some base, and
//! ranges above it.

use std::ops::Range;

/// What became of a number that was to be inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inserted {
    /// It was not in the set, and is.
    New,
    /// It was in the set.
    Already,
}

/// All numbers below `base`, and some above. At most half as many ranges, of 16 bytes, as
/// its owner lets numbers be above the base.
#[derive(Debug, Default)]
pub(crate) struct Ranges {
    base: u64,
    /// Sorted, apart from each other, and all above `base`.
    above: Vec<Range<u64>>,
}

impl Ranges {
    /// The smallest number that is missing.
    pub(crate) fn base(&self) -> u64 {
        self.base
    }

    /// The ranges above the base, lowest first.
    pub(crate) fn above(&self) -> &[Range<u64>] {
        &self.above
    }

    pub(crate) fn contains(&self, number: u64) -> bool {
        let next = self.above.partition_point(|range| range.end <= number);
        number < self.base || self.above.get(next).is_some_and(|range| range.start <= number)
    }

    pub(crate) fn insert(&mut self, number: u64) -> Inserted {
        if self.contains(number) {
            return Inserted::Already;
        }
        if number == self.base {
            self.advance();
            return Inserted::New;
        }
        let next = self.above.partition_point(|range| range.end < number);
        match self.above.get_mut(next) {
            Some(range) if range.end == number => {
                range.end += 1;
                self.join(next);
            }
            Some(range) if range.start == number + 1 => range.start -= 1,
            _ => self.above.insert(next, number..number + 1),
        }
        Inserted::New
    }

    fn advance(&mut self) {
        self.base += 1;
        if self.above.first().is_some_and(|range| range.start == self.base) {
            self.base = self.above.remove(0).end;
        }
    }

    /// Joins a range to the one after it if nothing is between them.
    fn join(&mut self, index: usize) {
        if self.above.get(index + 1).is_some_and(|after| after.start == self.above[index].end) {
            self.above[index].end = self.above.remove(index + 1).end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_is_a_set(numbers in prop::collection::vec(0_u64..60, 0..120)) {
            let (mut ranges, mut model) = (Ranges::default(), BTreeSet::new());
            for number in numbers {
                let expected = if model.insert(number) { Inserted::New } else { Inserted::Already };
                prop_assert_eq!(ranges.insert(number), expected);
                for number in 0..62 {
                    prop_assert_eq!(ranges.contains(number), model.contains(&number));
                }
                let base = (0..).find(|number| !model.contains(number)).unwrap();
                prop_assert_eq!(ranges.base(), base);
                let mut last = base;
                for range in ranges.above() {
                    prop_assert!(range.start > last && range.end > range.start);
                    last = range.end;
                }
            }
        }
    }
}
