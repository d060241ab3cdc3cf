//! How long a message has been on its way.

use std::fmt;
use std::time::Duration;

/// The time since a message was accepted, as the servers on its way have measured it,
/// each the time that it kept it: two bytes, of which the greater is the older.
///
/// Milliseconds as a floating-point number: five bits of exponent e, eleven of
/// mantissa m. The age is m where e is 0, else (2,048 + m) · 2^(e-1): exact up to
/// four seconds, then within a two-thousandth, up to 139 years. It is only ever
/// rounded up, so that a message never gets younger.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Age(u16);

impl Age {
    /// The age of what has just been accepted.
    pub const ZERO: Age = Age(0);
    /// The greatest age, 139 years, which also stands for any beyond.
    pub const MAX: Age = Age(u16::MAX);

    /// The age with this code. Each is one.
    pub fn from_code(code: u16) -> Age {
        Age(code)
    }

    /// The two bytes of the wire.
    pub fn code(self) -> u16 {
        self.0
    }

    /// The least age that is not less than the duration.
    pub fn at_least(duration: Duration) -> Age {
        let millis = u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
        let shift = (u64::BITS - millis.leading_zeros()).saturating_sub(12);
        // A mantissa that is rounded up to 4,096 carries into the exponent.
        let mantissa = millis.div_ceil(1 << shift);
        Age(u16::try_from(u64::from(shift) * 2_048 + mantissa).unwrap_or(u16::MAX))
    }

    /// The age as a duration, in whole milliseconds.
    pub fn duration(self) -> Duration {
        let (exponent, mantissa) = (self.0 >> 11, u64::from(self.0 & 2_047));
        match exponent.checked_sub(1) {
            None => Duration::from_millis(mantissa),
            Some(shift) => Duration::from_millis((2_048 + mantissa) << shift),
        }
    }

    /// The age after it has been kept for so long.
    #[must_use]
    pub fn after(self, kept: Duration) -> Age {
        Age::at_least(self.duration().saturating_add(kept))
    }
}

impl fmt::Debug for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} old", self.duration())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_code_is_an_age_and_the_greater_is_the_older() {
        let mut before = None;
        for code in 0..=u16::MAX {
            let age = Age::from_code(code);
            assert_eq!(Age::at_least(age.duration()), age);
            assert!(before < Some(age.duration()));
            before = Some(age.duration());
        }
    }

    #[test]
    fn a_century_is_an_age_and_more_is_the_greatest() {
        let years = Age::MAX.duration().as_secs() / (365 * 86_400);
        assert_eq!(years, 139);
        assert_eq!(Age::at_least(Age::MAX.duration() + Duration::from_nanos(1)), Age::MAX);
        assert_eq!(Age::at_least(Duration::MAX), Age::MAX);
        assert_eq!(Age::MAX.after(Duration::MAX), Age::MAX);
    }

    proptest! {
        #[test]
        fn a_message_never_gets_younger(nanos in any::<u64>(), shift in 3..64, code in 0..30_000_u16) {
            let kept = Duration::from_nanos(nanos >> shift);
            let age = Age::at_least(kept);
            prop_assert!(age.duration() >= kept);
            let millis = kept.as_nanos().div_ceil(1_000_000);
            prop_assert!((age.duration().as_millis() - millis) * 2_048 <= millis);
            let before = Age::from_code(code);
            prop_assert!(before.after(kept).duration() >= before.duration() + kept);
        }
    }
}
