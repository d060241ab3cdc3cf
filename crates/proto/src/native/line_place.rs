//! Where a server stands in a line of classic servers.

use super::Malformed;
use super::bytes::{byte, take};
use crate::classic::ServerIndex;

/// Which line of classic servers: eight bytes that come from the addresses of all its
/// servers, so that those which were told the same line have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineId(pub [u8; 8]);

/// A server's place in a line of classic servers, in which it speaks for the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinePlace {
    /// Which line.
    pub line: LineId,
    /// Which of its servers, from 1.
    pub index: ServerIndex,
}

impl LinePlace {
    /// How many bytes it has.
    pub const BYTES: usize = 9;

    /// The bytes that stand for it in a row.
    pub fn to_bytes(self) -> [u8; LinePlace::BYTES] {
        let mut bytes = [self.index.value(); LinePlace::BYTES];
        bytes[..8].copy_from_slice(&self.line.0);
        bytes
    }

    /// The place that these bytes stand for, if there is one.
    pub fn from_bytes(bytes: [u8; LinePlace::BYTES]) -> Option<LinePlace> {
        let [line @ .., index] = bytes;
        Some(LinePlace { line: LineId(line), index: ServerIndex::from_value(index)? })
    }

    pub(super) fn parse(fields: &mut &[u8]) -> Result<LinePlace, Malformed> {
        let line = LineId(*take(fields)?);
        let index = ServerIndex::from_value(byte(fields)?).ok_or(Malformed::LinePlace)?;
        Ok(LinePlace { line, index })
    }
}
