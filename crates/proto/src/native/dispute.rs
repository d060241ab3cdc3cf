//! Another key had a number, too, and has it no more.

use super::bytes::take;
use super::number_row::{number, number_bytes};
use super::{Malformed, OwnerKey, ServerId};
use crate::Number;

/// A number was bound to another first key as well, whose row does not count. Said by the
/// number's home to its owner's devices, and between servers on the way to that home. It is the
/// word of whoever says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// The number.
    pub number: Number,
    /// The first half of the other first key. Nobody can make another key that begins alike.
    pub first: [u8; Dispute::KEY_BYTES],
    /// The home that the number had under that key.
    pub home: ServerId,
}

impl Dispute {
    /// Bytes of a first key by which it is told from others.
    pub const KEY_BYTES: usize = 16;

    /// Those of a key.
    pub fn first_of(key: OwnerKey) -> [u8; Dispute::KEY_BYTES] {
        std::array::from_fn(|at| key.0[at])
    }

    pub(super) fn parse(fields: &mut &[u8]) -> Result<Dispute, Malformed> {
        let (number, first, home) = (number(fields)?, *take(fields)?, ServerId(*take(fields)?));
        let dispute = Dispute { number, first, home };
        if fields.is_empty() { Ok(dispute) } else { Err(Malformed::Trailing) }
    }

    pub(super) fn print(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&number_bytes(self.number));
        out.extend_from_slice(&self.first);
        out.extend_from_slice(&self.home.0);
    }
}
