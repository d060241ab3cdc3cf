//! How fast each number may text the group.

use crate::durations;
use crate::limits::{GROUP_NUMBERS_MAX, GROUP_TEXTS_AT_ONCE};
use postrider_proto::Number;
use std::collections::BTreeMap;
use std::time::Duration;

/// What may be done about a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// It is handled.
    Fine,
    /// It is the first of too many: its sender is told.
    TooFast,
    /// It is one more of too many.
    StillTooFast,
}

/// What each number has used up of its allowance, in time: a text costs as much as has to pass
/// between texts in the long run.
#[derive(Debug, Default)]
pub(super) struct Rates {
    busy_until: BTreeMap<Number, Busy>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Busy {
    until: Duration,
    is_told: bool,
}

impl Rates {
    /// Counts a text of a number.
    pub(super) fn count(&mut self, number: Number, now: Duration) -> Pace {
        if self.busy_until.len() >= GROUP_NUMBERS_MAX {
            self.busy_until.retain(|_, busy| busy.until > now);
        }
        if self.busy_until.len() >= GROUP_NUMBERS_MAX && !self.busy_until.contains_key(&number) {
            return Pace::StillTooFast;
        }
        let busy = self.busy_until.entry(number).or_default();
        let until = busy.until.max(now) + durations::BETWEEN_GROUP_TEXTS;
        if until - now > durations::BETWEEN_GROUP_TEXTS * GROUP_TEXTS_AT_ONCE {
            let was_told = std::mem::replace(&mut busy.is_told, true);
            return if was_told { Pace::StillTooFast } else { Pace::TooFast };
        }
        *busy = Busy { until, is_told: false };
        Pace::Fine
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_handled_then_one_text_in_two_seconds_and_too_many_are_told_once() {
        let (mut rates, ann) = (Rates::default(), Number::MAX);
        for _ in 0..GROUP_TEXTS_AT_ONCE {
            assert_eq!(rates.count(ann, Duration::ZERO), Pace::Fine);
        }
        assert_eq!(rates.count(ann, Duration::ZERO), Pace::TooFast);
        assert_eq!(rates.count(ann, Duration::from_secs(1)), Pace::StillTooFast);
        assert_eq!(rates.count(ann, Duration::from_secs(2)), Pace::Fine);
        assert_eq!(rates.count(ann, Duration::from_secs(2)), Pace::TooFast);
        let ben = Number::from_value(5_550_000_002).unwrap();
        assert_eq!(rates.count(ben, Duration::from_secs(2)), Pace::Fine);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut rates = Rates::default();
        for value in 0..2 * GROUP_NUMBERS_MAX as u64 {
            rates.count(Number::from_value(value).unwrap(), Duration::ZERO);
        }
        assert_eq!(rates.busy_until.len(), GROUP_NUMBERS_MAX);
        let later = Duration::from_secs(10);
        assert_eq!(rates.count(Number::MAX, later), Pace::Fine);
        assert_eq!(rates.busy_until.len(), 1);
    }
}
