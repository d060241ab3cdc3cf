//! Septets in bytes.

use super::alphabet::{Code, ESCAPE};
use super::packed_bytes;
use std::fmt;

/// A text in septets, packed. Borrowed and checked: every septet belongs to a
/// character, and the bits after the last one are zero.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Packed<'a> {
    bytes: &'a [u8],
    septets: usize,
}

impl<'a> Packed<'a> {
    /// Reads that many septets, which must take exactly these bytes. None where a code
    /// has no character, an escape ends the text, or a bit after it is set.
    pub fn parse(bytes: &'a [u8], septets: usize) -> Option<Packed<'a>> {
        if septets.checked_mul(7)?.div_ceil(8) != bytes.len() {
            return None;
        }
        let packed = Packed { bytes, septets };
        let spare_bits = bytes.len() * 8 - septets * 7;
        let last = u16::from(bytes.last().copied().unwrap_or(0));
        let characters: usize = packed.chars().map(|c| Code::of(c).map_or(0, Code::septets)).sum();
        (last >> (8 - spare_bits) == 0 && characters == septets).then_some(packed)
    }

    /// The septets, packed.
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// How many septets there are.
    pub fn septets(self) -> usize {
        self.septets
    }

    /// Whether the last byte has seven bits that belong to no septet.
    pub fn spares_a_septet(self) -> bool {
        self.septets % 8 == 7
    }

    /// The text.
    pub fn chars(self) -> impl Iterator<Item = char> + 'a {
        let mut at = 0;
        std::iter::from_fn(move || {
            let code = match self.septet(at)? {
                ESCAPE => Code::Extension(self.septet(at + 1)?),
                code => Code::Default(code),
            };
            at += code.septets();
            code.character()
        })
    }

    fn septet(self, at: usize) -> Option<u8> {
        let (byte, bit) = (at * 7 / 8, at * 7 % 8);
        let next = self.bytes.get(byte + 1).copied().unwrap_or(0);
        let both = u16::from_le_bytes([*self.bytes.get(byte)?, next]);
        (at < self.septets).then_some((both >> bit) as u8 & 0x7f)
    }
}

/// Shows the length only: a text's content never enters a log.
impl fmt::Debug for Packed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Packed({} septets)", self.septets)
    }
}

/// Packs the text into the beginning of the buffer. None where a character is not in
/// the alphabet or the buffer is too short; what the buffer then holds means nothing.
pub fn pack<'a>(text: &str, buffer: &'a mut [u8]) -> Option<Packed<'a>> {
    let mut septets = 0;
    for character in text.chars() {
        let code = match Code::of(character)? {
            Code::Default(code) => code,
            Code::Extension(code) => {
                put(buffer, &mut septets, ESCAPE)?;
                code
            }
        };
        put(buffer, &mut septets, code)?;
    }
    Some(Packed { bytes: &buffer[..packed_bytes(septets)], septets })
}

fn put(buffer: &mut [u8], septets: &mut usize, code: u8) -> Option<()> {
    let (byte, bit) = (*septets * 7 / 8, *septets * 7 % 8);
    let [low, high] = (u16::from(code) << bit).to_le_bytes();
    *septets += 1;
    if bit == 0 {
        *buffer.get_mut(byte)? = low;
    } else {
        buffer[byte] |= low;
        if bit > 1 {
            *buffer.get_mut(byte + 1)? = high;
        }
    }
    Some(())
}
