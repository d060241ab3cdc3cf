//! Whose numbers are, and which of two rows about a number counts.
//!
//! Every server must come to the same, in whatever order rows come and whichever of those
//! that count no more it never hears. So which of two counts follows from the two alone, and
//! a row of a bound number carries all that proves it: see docs/protocol/native.md,
//! "Which row counts".

use super::Station;
use super::known::{Known, low, whole};
use super::table::Packed;
use crate::limits::VERSION_AHEAD_MAX;
use postrider_proto::Number;
use postrider_proto::native::{Dispute, Owner, Version};
use std::cmp::Ordering;

/// To what a number is bound, as far as rows are compared by it. That its keys have signed
/// has been verified before the engine is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The first half of the first key that the number was bound to. Nobody can make
    /// another key that begins alike.
    pub first: [u8; Bound::BYTES],
    /// The version from which a later key holds; 0 while it is the first one.
    pub since: u32,
}

/// What a row about a number says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claimed {
    pub(crate) origin: Station,
    pub(crate) sequence: u64,
    pub(crate) version: Version,
    pub(crate) bound: Option<Bound>,
}

/// How a row compares with the one that counted till then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    /// It counts from now on.
    News,
    /// It counts from now on; the number was bound to another first key before.
    Won,
    /// It was superseded before it came.
    Old,
    /// Its number is bound, and this is not signed by a key that holds.
    NotTheOwner,
    /// Its number is bound to another first key, which counts.
    Lost,
    /// Its version is too far ahead of what is known.
    FarAhead,
}

impl Bound {
    const BYTES: usize = Dispute::KEY_BYTES;

    /// What a row's owner says.
    pub(crate) fn of(owner: &Owner<'_>) -> Bound {
        let since = owner.first.map_or(0, |first| first.since.value());
        Bound { first: Dispute::first_of(owner.first_key()), since }
    }
}

impl Claimed {
    pub(crate) fn known(known: Known, bound: Option<Bound>) -> Claimed {
        let Known { station, sequence, version, .. } = known;
        Claimed { origin: station, sequence, version, bound }
    }

    /// What this is beside a row that counted till now. `is_greater` tells of the keys of
    /// two servers.
    pub(crate) fn judge(
        &self,
        known: &Claimed,
        is_greater: impl Fn(Station, Station) -> bool,
    ) -> Judged {
        let by_version = self.by_version(known, is_greater);
        let or_old = |judged| if self.version > known.version { judged } else { Judged::Old };
        match (self.bound, known.bound) {
            (None, None) => self.judge_by_home(known, by_version),
            (None, Some(_)) => or_old(Judged::NotTheOwner),
            (Some(_), None) => Judged::News,
            (Some(own), Some(other)) if own.first == other.first => {
                match own.since.cmp(&other.since).then(by_version) {
                    Ordering::Greater => Judged::News,
                    _ if own.since < other.since => or_old(Judged::NotTheOwner),
                    _ => Judged::Old,
                }
            }
            (Some(own), Some(other)) if own.first < other.first => Judged::Won,
            (Some(_), Some(_)) => Judged::Lost,
        }
    }

    /// Of two rows without keys. One whose version is far ahead of the other's is made up,
    /// whichever came first.
    fn judge_by_home(&self, known: &Claimed, by_version: Ordering) -> Judged {
        let (own, other) = (self.version.value(), known.version.value());
        if own.saturating_sub(other) > VERSION_AHEAD_MAX {
            Judged::FarAhead
        } else if by_version.is_gt() || other.saturating_sub(own) > VERSION_AHEAD_MAX {
            Judged::News
        } else {
            Judged::Old
        }
    }

    /// Of one version, the one of the server with the greater key counts; of one server,
    /// the later.
    fn by_version(
        &self,
        known: &Claimed,
        is_greater: impl Fn(Station, Station) -> bool,
    ) -> Ordering {
        let origins = match self.origin == known.origin {
            true => self.sequence.cmp(&known.sequence),
            false if is_greater(self.origin, known.origin) => Ordering::Greater,
            false => Ordering::Less,
        };
        self.version.cmp(&known.version).then(origins)
    }
}

/// To what a number is bound, in 25 bytes beside those of any number.
#[derive(Clone, Copy, Debug)]
pub(super) struct PackedBound {
    number: [u8; 5],
    first: [u8; Bound::BYTES],
    since: [u8; 4],
}

impl PackedBound {
    pub(super) fn new(number: Number, bound: Bound) -> PackedBound {
        let (first, since) = (bound.first, bound.since.to_le_bytes());
        PackedBound { number: low(number.value()), first, since }
    }

    pub(super) fn unpack(&self) -> Bound {
        Bound { first: self.first, since: u32::from_le_bytes(self.since) }
    }
}

impl Packed for PackedBound {
    fn key(&self) -> u64 {
        whole(self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_claimed() -> impl Strategy<Value = Claimed> {
        let bound =
            (0..2_u8, 0..3_u32).prop_map(|(first, since)| Bound { first: [first; 16], since });
        (0..3_u16, 1..4_u64, 1..5_u32, prop::option::of(bound)).prop_map(
            |(origin, sequence, version, bound)| Claimed {
                origin: Station(origin),
                sequence,
                version: Version::from_value(version).unwrap(),
                bound,
            },
        )
    }

    fn is_greater(one: Station, other: Station) -> bool {
        one > other
    }

    fn supersedes(one: &Claimed, other: &Claimed) -> bool {
        matches!(one.judge(other, is_greater), Judged::News | Judged::Won)
    }

    /// What is left of rows that come in this order.
    fn last_of(rows: &[Claimed]) -> Option<Claimed> {
        rows.iter().copied().reduce(|known, row| if supersedes(&row, &known) { row } else { known })
    }

    proptest! {
        #[test]
        fn of_two_rows_one_counts_and_of_three_it_is_the_same_in_any_order(
            a in any_claimed(), b in any_claimed(), c in any_claimed(),
        ) {
            let same = (a.origin, a.sequence) == (b.origin, b.sequence);
            prop_assert!(same || supersedes(&a, &b) != supersedes(&b, &a), "{:?} {:?}", a, b);
            prop_assert!(!supersedes(&a, &a));
            if supersedes(&a, &b) && supersedes(&b, &c) {
                prop_assert!(supersedes(&a, &c), "{:?} {:?} {:?}", a, b, c);
            }
        }

        #[test]
        fn without_its_keys_a_bound_number_stays_what_it_is(
            known in any_claimed(), other in any_claimed(), bound: bool,
        ) {
            let own = Bound { first: [0; 16], since: 1 };
            let known = Claimed { bound: Some(own), ..known };
            // By no key, or by the first key's former successor; by another first key.
            let former = bound.then_some(Bound { since: 0, ..own });
            let stranger = Some(Bound { first: [1; 16], since: 7 });
            for bound in [former, stranger] {
                let other = Claimed { bound, ..other };
                prop_assert!(!supersedes(&other, &known), "{:?} {:?}", other, known);
            }
        }
    }

    #[test]
    fn a_version_that_is_made_up_counts_neither_before_nor_after_a_sound_one() {
        let at = |version| Claimed {
            origin: Station(version as u16 & 1),
            sequence: 1,
            version: Version::from_value(version).unwrap(),
            bound: None,
        };
        let (sound, made_up) = (at(7), at(u32::MAX));
        assert_eq!(made_up.judge(&sound, is_greater), Judged::FarAhead);
        assert_eq!(sound.judge(&made_up, is_greater), Judged::News);
        let farthest = at(7 + VERSION_AHEAD_MAX);
        assert_eq!(farthest.judge(&sound, is_greater), Judged::News);
        assert_eq!(sound.judge(&farthest, is_greater), Judged::Old);
        assert_eq!(last_of(&[at(1), at(3), at(2)]), Some(at(3)));
    }
}
