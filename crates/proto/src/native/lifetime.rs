//! How old a message may become.

use super::Age;
use std::fmt;
use std::time::Duration;

/// How old a message may become before it expires: one byte, of which the greater is
/// the longer, from a minute to 364 days and two hours.
///
/// Minutes as a floating-point number: the code plus one is sixteen times an exponent
/// e plus a mantissa m below sixteen. The lifetime is m where e is 0, else
/// (16 + m) · 2^(e-1): exact up to 32 minutes, then within a sixteenth.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lifetime(u8);

impl Lifetime {
    /// A minute.
    pub const MIN: Lifetime = Lifetime(0);
    /// 524,288 minutes: 364 days, two hours and eight minutes.
    pub const MAX: Lifetime = Lifetime(u8::MAX);

    /// The lifetime with this code. Each is one.
    pub fn from_code(code: u8) -> Lifetime {
        Lifetime(code)
    }

    /// The byte of the wire.
    pub fn code(self) -> u8 {
        self.0
    }

    /// The shortest lifetime that is not shorter than the duration; the longest, if
    /// none is.
    pub fn at_least(duration: Duration) -> Lifetime {
        let minutes = duration.as_nanos().div_ceil(60_000_000_000).max(1);
        let minutes = u32::try_from(minutes).unwrap_or(u32::MAX);
        let shift = (u32::BITS - minutes.leading_zeros()).saturating_sub(5);
        // A mantissa that is rounded up to 32 carries into the exponent.
        let mantissa = minutes.div_ceil(1 << shift);
        Lifetime(u8::try_from(shift * 16 + mantissa - 1).unwrap_or(u8::MAX))
    }

    /// The lifetime as a duration, in whole minutes.
    pub fn duration(self) -> Duration {
        let code = u64::from(self.0) + 1;
        let minutes = match (code / 16).checked_sub(1) {
            None => code,
            Some(shift) => (16 + code % 16) << shift,
        };
        Duration::from_secs(60 * minutes)
    }

    /// Whether a message of this age has expired.
    pub fn is_over(self, age: Age) -> bool {
        age.duration() >= self.duration()
    }
}

impl fmt::Debug for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} min", self.duration().as_secs() / 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(60 * minutes)
    }

    #[test]
    fn each_code_is_a_lifetime_and_the_greater_is_the_longer() {
        let mut before = None;
        for code in 0..=u8::MAX {
            let lifetime = Lifetime::from_code(code);
            assert_eq!(Lifetime::at_least(lifetime.duration()), lifetime);
            assert!(before < Some(lifetime.duration()));
            before = Some(lifetime.duration());
        }
    }

    #[test]
    fn from_a_minute_to_about_a_year() {
        assert_eq!(Lifetime::MIN.duration(), minutes(1));
        assert_eq!(Lifetime::MAX.duration(), minutes(524_288));
        assert_eq!(Lifetime::at_least(Duration::ZERO), Lifetime::MIN);
        assert_eq!(Lifetime::at_least(Duration::MAX), Lifetime::MAX);
        for (wanted, got) in [(32, 32), (33, 34), (60, 60), (1_440, 1_472), (10_080, 10_240)] {
            assert_eq!(Lifetime::at_least(minutes(wanted)).duration(), minutes(got));
        }
    }

    #[test]
    fn it_is_over_when_the_age_reaches_it() {
        assert!(!Lifetime::MIN.is_over(Age::at_least(Duration::from_secs(59))));
        assert!(Lifetime::MIN.is_over(Age::at_least(Duration::from_secs(60))));
    }

    proptest! {
        #[test]
        fn nobody_s_message_lives_shorter_than_wanted(seconds in 1..31_000_000_u64) {
            let wanted = Duration::from_secs(seconds);
            let lifetime = Lifetime::at_least(wanted).duration();
            prop_assert!(lifetime >= wanted);
            prop_assert!((lifetime - minutes(seconds.div_ceil(60))) * 16 <= lifetime);
        }
    }
}
