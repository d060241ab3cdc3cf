//! The number in a datagram's second field.

use std::fmt;

/// The number of a message, assigned by the server that took it: 0 to 99, then
/// 0 again. In a client's own `send` it is the client's mark, 0 for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(u8);

impl Seq {
    /// The first number, and the mark that says nothing.
    pub const ZERO: Seq = Seq(0);
    /// The last number before [`Seq::ZERO`] comes again.
    pub const MAX: Seq = Seq(99);

    /// The number with this value, unless it is over 99.
    pub fn from_value(value: u8) -> Option<Seq> {
        (value <= Seq::MAX.0).then_some(Seq(value))
    }

    /// 0 to 99.
    pub fn value(self) -> u8 {
        self.0
    }

    /// The number after this one.
    #[must_use]
    pub fn next(self) -> Seq {
        Seq((self.0 + 1) % (Seq::MAX.0 + 1))
    }

    /// One or two ASCII digits; `07` is 7.
    pub(super) fn parse(field: &str) -> Option<Seq> {
        match *field.as_bytes() {
            [ones @ b'0'..=b'9'] => Some(Seq(ones - b'0')),
            [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some(Seq((tens - b'0') * 10 + ones - b'0')),
            _ => None,
        }
    }

    pub(super) fn print(self, out: &mut Vec<u8>) {
        if self.0 >= 10 {
            out.push(b'0' + self.0 / 10);
        }
        out.push(b'0' + self.0 % 10);
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_99_comes_0() {
        assert_eq!(Seq::ZERO.next().value(), 1);
        assert_eq!(Seq::MAX.next(), Seq::ZERO);
    }

    #[test]
    fn one_or_two_digits_and_nothing_else() {
        assert_eq!(Seq::parse("07").map(Seq::value), Some(7));
        assert_eq!(Seq::parse("99"), Some(Seq::MAX));
        for bad in ["", "100", "007", "+7", "-1", "a", " 1", "1 ", "٣"] {
            assert_eq!(Seq::parse(bad), None, "{bad:?}");
        }
    }
}
