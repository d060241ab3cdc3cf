//! Blocks of numbers that begin alike.

use crate::Number;
use std::fmt;
use std::str::FromStr;

/// All numbers that begin with the same digits, written `604555xxxx`. Ten digits are
/// a block of one number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Block {
    first: Number,
    digits: u8,
}

/// It is not one to ten digits and then `x` up to the tenth place. Nothing was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a block is written like 604555xxxx: ten places, digits first, then x")]
pub struct BlockError;

impl Block {
    /// How many bytes a block takes.
    pub(super) const BYTES: usize = 5;
    const FIRST_BITS: u32 = 34;

    /// The lowest number.
    pub fn first(self) -> Number {
        self.first
    }

    /// The highest number.
    pub fn last(self) -> Number {
        let last = self.first.value() + size(self.digits) - 1;
        Number::from_value(last).unwrap_or(Number::MAX)
    }

    /// How many digits its numbers have in common, 1 to 10.
    pub fn digits(self) -> u8 {
        self.digits
    }

    /// Whether the number belongs to it.
    pub fn contains(self, number: Number) -> bool {
        (self.first..=self.last()).contains(&number)
    }

    fn new(first: u64, digits: u8) -> Option<Block> {
        let is_block = (1..=10).contains(&digits) && first.is_multiple_of(size(digits));
        let first = Number::from_value(first)?;
        is_block.then_some(Block { first, digits })
    }

    /// Six bits say how many digits, 34 the lowest number.
    pub(super) fn to_bytes(self) -> [u8; Block::BYTES] {
        let packed = u64::from(self.digits) << Block::FIRST_BITS | self.first.value();
        let [_, _, _, a, b, c, d, e] = packed.to_be_bytes();
        [a, b, c, d, e]
    }

    pub(super) fn from_bytes([a, b, c, d, e]: [u8; Block::BYTES]) -> Option<Block> {
        let packed = u64::from_be_bytes([0, 0, 0, a, b, c, d, e]);
        let digits = (packed >> Block::FIRST_BITS) as u8;
        Block::new(packed & ((1 << Block::FIRST_BITS) - 1), digits)
    }
}

/// How many numbers begin with so many given digits, 0 to 10.
fn size(digits: u8) -> u64 {
    10_u64.pow(10_u32.saturating_sub(digits.into()))
}

impl FromStr for Block {
    type Err = BlockError;

    fn from_str(written: &str) -> Result<Block, BlockError> {
        let digits = written.trim_end_matches('x').len();
        let first: Number = written.replace('x', "0").parse().map_err(|_| BlockError)?;
        let digits = u8::try_from(digits).map_err(|_| BlockError)?;
        let block = Block::new(first.value(), digits).ok_or(BlockError)?;
        (block.to_string() == written).then_some(block).ok_or(BlockError)
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, digit) in self.first.digits().into_iter().enumerate() {
            let digit = if place < usize::from(self.digits) { digit } else { b'x' };
            write!(f, "{}", char::from(digit))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_block_is_all_numbers_that_begin_alike() {
        let block: Block = "604555xxxx".parse().unwrap();
        assert_eq!((block.first().value(), block.last().value()), (6_045_550_000, 6_045_559_999));
        assert!(block.contains(block.first()) && block.contains(block.last()));
        assert!(!block.contains("6045560000".parse().unwrap()));
        assert_eq!("0000000007".parse::<Block>().unwrap().last().value(), 7);
        assert_eq!("9xxxxxxxxx".parse::<Block>().unwrap().last(), Number::MAX);
    }

    #[test]
    fn ten_places_digits_first() {
        for bad in
            ["", "xxxxxxxxxx", "604555", "604555xxxxx", "60x555xxxx", "604555XXXX", "604 55xxxx"]
        {
            assert_eq!(bad.parse::<Block>(), Err(BlockError), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_back(written in "[0-9]{10}", digits in 1..=10_usize) {
            let written = written[..digits].to_owned() + &"x".repeat(10 - digits);
            let block: Block = written.parse().unwrap();
            prop_assert_eq!(block.to_string(), written);
            prop_assert_eq!(Block::from_bytes(block.to_bytes()), Some(block));
        }

        #[test]
        fn what_parses_prints_the_same(bytes: [u8; 5]) {
            if let Some(block) = Block::from_bytes(bytes) {
                prop_assert_eq!(block.to_bytes(), bytes);
            }
        }
    }
}
