//! Septets in bytes, eight septets in seven bytes at a time.

use super::alphabet::{Code, ESCAPE};
use super::packed_bytes;
use std::fmt;

/// The most septets that [`pack`] writes: twice as many as a text has characters.
const SEPTETS_MAX: usize = 320;
/// A group is what seven bytes hold.
const GROUP_SEPTETS: usize = 8;
const GROUP_BYTES: usize = 7;

/// A text in septets, packed. Borrowed and checked: every septet belongs to a
/// character, and the bits after the last one are zero.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Packed<'a> {
    bytes: &'a [u8],
    septets: usize,
    characters: usize,
}

impl<'a> Packed<'a> {
    /// Reads that many septets, which must take exactly these bytes. None where a code
    /// has no character, an escape ends the text, or a bit after it is set.
    pub fn parse(bytes: &'a [u8], septets: usize) -> Option<Packed<'a>> {
        if septets.checked_mul(7)?.div_ceil(8) != bytes.len() {
            return None;
        }
        let spare_bits = bytes.len() * 8 - septets * 7;
        let last = u16::from(bytes.last().copied().unwrap_or(0));
        if last >> (8 - spare_bits) != 0 {
            return None;
        }
        let packed = Packed { bytes, septets, characters: septets };
        if !packed.has_escape() {
            return Some(packed);
        }
        let characters = packed.characters_of_escaped()?;
        Some(Packed { characters, ..packed })
    }

    /// The septets, packed.
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// How many septets there are.
    pub fn septets(self) -> usize {
        self.septets
    }

    /// How many characters they say.
    pub fn characters(self) -> usize {
        self.characters
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

    /// Every code but the escape is a character by itself. (What is after the last septet
    /// is zero, and no escape.)
    fn has_escape(self) -> bool {
        const LOW: u64 = u64::from_le_bytes([0x7f; 8]);
        const HIGH: u64 = !LOW;
        const ESCAPES: u64 = u64::from_le_bytes([ESCAPE; 8]);
        // A byte below 128 with 127 added has its top bit set unless it is zero.
        self.bytes.chunks(GROUP_BYTES).any(|group| ((spread(group) ^ ESCAPES) + LOW) & HIGH != HIGH)
    }

    fn characters_of_escaped(self) -> Option<usize> {
        let (mut characters, mut septets) = (0, 0);
        for character in self.chars() {
            characters += 1;
            septets += Code::of(character).map_or(0, Code::septets);
        }
        (septets == self.septets).then_some(characters)
    }
}

/// Shows the length only: a text's content never enters a log.
impl fmt::Debug for Packed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Packed({} septets)", self.septets)
    }
}

/// Packs the text into the beginning of the buffer. None where a character is not in
/// the alphabet, the buffer is too short, or the text takes more than 320 septets; what
/// the buffer then holds means nothing.
pub fn pack<'a>(text: &str, buffer: &'a mut [u8]) -> Option<Packed<'a>> {
    let mut codes = [0; SEPTETS_MAX];
    let (mut septets, mut characters) = (0, 0);
    for character in text.chars() {
        let code = match Code::of(character)? {
            Code::Default(code) => code,
            Code::Extension(code) => {
                *codes.get_mut(septets)? = ESCAPE;
                septets += 1;
                code
            }
        };
        *codes.get_mut(septets)? = code;
        septets += 1;
        characters += 1;
    }
    let bytes = buffer.get_mut(..packed_bytes(septets))?;
    let groups = codes.chunks_exact(GROUP_SEPTETS);
    for (group, into) in groups.zip(bytes.chunks_mut(GROUP_BYTES)) {
        into.copy_from_slice(&squeeze(group)[..into.len()]);
    }
    Some(Packed { bytes, septets, characters })
}

/// Up to seven bytes as eight septets, a byte each, the first one lowest.
fn spread(group: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    bytes[..group.len()].copy_from_slice(group);
    let all = u64::from_le_bytes(bytes);
    let halves = all & 0x0fff_ffff | (all & 0x00ff_ffff_f000_0000) << 4;
    let quarters = halves & 0x3fff_0000_3fff | (halves & 0x0fff_c000_0fff_c000) << 2;
    quarters & 0x007f_007f_007f_007f | (quarters & 0x3f80_3f80_3f80_3f80) << 1
}

/// The reverse: eight septets, a byte each, in the first seven bytes.
fn squeeze(group: &[u8]) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes[..group.len()].copy_from_slice(group);
    let all = u64::from_le_bytes(bytes);
    let quarters = all & 0x007f_007f_007f_007f | (all & 0x7f00_7f00_7f00_7f00) >> 1;
    let halves = quarters & 0x3fff_0000_3fff | (quarters & 0x3fff_0000_3fff_0000) >> 2;
    (halves & 0x0fff_ffff | (halves & 0x0fff_ffff_0000_0000) >> 4).to_le_bytes()
}
