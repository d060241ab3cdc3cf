//! A user's address.

use std::fmt;
use std::str::FromStr;

/// A user's address: ten decimal digits, leading zeros count.
///
/// Takes eight bytes; its order is that of the digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(u64);

/// Why something is not a number. Nothing was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// It has another length than ten characters.
    #[error("an ID has ten digits, this has {found}")]
    Length {
        /// How many characters it has.
        found: usize,
    },
    /// One of its characters is not an ASCII digit.
    #[error("an ID has digits only, and {found:?} is none")]
    NotADigit {
        /// The first such character.
        found: char,
    },
}

impl Number {
    /// How many digits a number has.
    pub const DIGITS: usize = 10;
    /// The smallest number, 0000000000.
    pub const MIN: Number = Number(0);
    /// The largest number, 9999999999.
    pub const MAX: Number = Number(9_999_999_999);

    /// The number with this value, unless it has more than ten digits.
    pub fn from_value(value: u64) -> Option<Number> {
        (value <= Number::MAX.0).then_some(Number(value))
    }

    /// The number as an integer, at most 9,999,999,999.
    pub fn value(self) -> u64 {
        self.0
    }

    /// The ten ASCII digits.
    pub fn digits(self) -> [u8; Number::DIGITS] {
        let mut digits = [b'0'; Number::DIGITS];
        let mut rest = self.0;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        digits
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Number, NumberError> {
        let mut value = 0;
        for found in text.chars() {
            let digit = found.to_digit(10).ok_or(NumberError::NotADigit { found })?;
            value = (value * 10 + u64::from(digit)) % 10_u64.pow(11);
        }
        match text.len() {
            Number::DIGITS => Ok(Number(value)),
            found => Err(NumberError::Length { found }),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:010}", self.0))
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:010}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_zeros_count() {
        let number: Number = "0000000042".parse().unwrap();
        assert_eq!(number.value(), 42);
        assert_eq!(number.to_string(), "0000000042");
        assert_eq!(&number.digits(), b"0000000042");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let length = "12345".parse::<Number>().unwrap_err();
        assert_eq!(length.to_string(), "an ID has ten digits, this has 5");
        let letter = "123456789x".parse::<Number>().unwrap_err();
        assert_eq!(letter, NumberError::NotADigit { found: 'x' });
        assert!("٠١٢٣٤٥٦٧٨٩".parse::<Number>().is_err(), "only ASCII digits count");
        assert!("99999999999999999999999999".parse::<Number>().is_err());
        assert!("".parse::<Number>().is_err());
    }

    proptest::proptest! {
        #[test]
        fn what_is_printed_parses_back(value in 0..=Number::MAX.value()) {
            let number = Number::from_value(value).unwrap();
            assert_eq!(number.to_string().parse(), Ok(number));
            assert_eq!(number.to_string().as_bytes(), number.digits());
        }
    }
}
