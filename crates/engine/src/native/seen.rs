//! Which of the numbers from 1 up have been seen: all up to one, and ranges beyond.

use std::collections::BTreeMap;

/// A set of numbers that fills up from below.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    up_to: u64,
    /// first → last, apart from each other and from `up_to`.
    beyond: BTreeMap<u64, u64>,
}

impl Seen {
    pub(crate) fn up_to(&self) -> u64 {
        self.up_to
    }

    pub(crate) fn contains(&self, number: u64) -> bool {
        let below = self.beyond.range(..=number).next_back();
        number <= self.up_to || below.is_some_and(|(_, last)| number <= *last)
    }

    pub(crate) fn contains_all(&self, first: u64, last: u64) -> bool {
        let below = self.beyond.range(..=first).next_back();
        last <= self.up_to || below.is_some_and(|(_, end)| last <= *end)
    }

    /// Adds a range.
    pub(crate) fn add(&mut self, first: u64, last: u64) {
        let (mut first, mut last) = (first, last);
        while let Some((start, end)) = self.touching(first, last) {
            self.beyond.remove(&start);
            (first, last) = (first.min(start), last.max(end));
        }
        if first > self.up_to + 1 {
            self.beyond.insert(first, last);
        } else {
            self.up_to = self.up_to.max(last);
            self.swallow();
        }
    }

    /// Takes one out again.
    pub(crate) fn remove(&mut self, number: u64) {
        let range = match self.beyond.range(..=number).next_back() {
            _ if number == 0 => return,
            _ if number <= self.up_to => {
                let end = std::mem::replace(&mut self.up_to, number - 1);
                (number, end)
            }
            Some((start, end)) if number <= *end => (*start, *end),
            _ => return,
        };
        self.beyond.remove(&range.0);
        if range.0 < number {
            self.beyond.insert(range.0, number - 1);
        }
        if number < range.1 {
            self.beyond.insert(number + 1, range.1);
        }
    }

    fn touching(&self, first: u64, last: u64) -> Option<(u64, u64)> {
        let (start, end) = self.beyond.range(..=last.saturating_add(1)).next_back()?;
        (*end >= first.saturating_sub(1)).then_some((*start, *end))
    }

    fn swallow(&mut self) {
        while let Some((start, end)) = self.beyond.first_key_value().map(|(a, b)| (*a, *b)) {
            if start > self.up_to + 1 {
                break;
            }
            self.beyond.remove(&start);
            self.up_to = self.up_to.max(end);
        }
    }

    /// All ranges, the one from 1 up first, if it has any.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let from_one = (self.up_to > 0).then_some((1, self.up_to));
        from_one.into_iter().chain(self.beyond.iter().map(|(first, last)| (*first, *last)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn a_seen_holds_what_a_plain_set_would(
            ranges in prop::collection::vec((1..60_u64, 0..8_u64), 0..20),
            out in prop::collection::vec(0..60_u64, 0..10),
        ) {
            let (mut seen, mut plain) = (Seen::default(), BTreeSet::new());
            for (first, more) in ranges {
                seen.add(first, first + more);
                plain.extend(first..=first + more);
            }
            for number in out {
                seen.remove(number);
                plain.remove(&number);
            }
            let up_to = (1..).take_while(|number| plain.contains(number)).last().unwrap_or(0);
            prop_assert_eq!(seen.up_to(), up_to);
            for number in 1..80 {
                prop_assert_eq!(seen.contains(number), plain.contains(&number), "{}", number);
            }
            for first in 1..40 {
                let all = (first..first + 5).all(|number| plain.contains(&number));
                prop_assert_eq!(seen.contains_all(first, first + 4), all, "{}", first);
            }
            let all: BTreeSet<u64> = seen.iter().flat_map(|(first, last)| first..=last).collect();
            prop_assert_eq!(all, plain);
        }
    }
}
