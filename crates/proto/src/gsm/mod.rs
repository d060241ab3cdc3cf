//! The alphabet of the SMS, in seven bits a character (3GPP TS 23.038, sections 6.1.2.1
//! and 6.2.1).
//!
//! ```text
//!   "hello"  ──►  68 65 6C 6C 6F  ──►  E8 32 9B FD 06
//!   "€"      ──►  1B 65           ──►  9B 32
//! ```
//!
//! 127 characters take a septet each, ten more two: an escape and a code of the
//! extension table. Packed, the first septet has the lowest bits of the first byte. A
//! text of 8n-1 septets leaves seven bits of its last byte, which could be taken for
//! one more `@`; so [`Packed`] says how many septets there are, and does not guess.

mod alphabet;
mod packed;
mod unpacked;

pub use packed::{Packed, pack};
pub use unpacked::{print_unpacked, read_unpacked};

use alphabet::Code;

/// How many septets the text takes; none if a character of it is not in the alphabet.
pub fn septets(text: &str) -> Option<usize> {
    text.chars().map(|character| Some(Code::of(character)?.septets())).sum()
}

/// How many bytes so many septets take when packed.
pub const fn packed_bytes(septets: usize) -> usize {
    (septets * 7).div_ceil(8)
}
