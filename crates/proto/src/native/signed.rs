//! Whose signatures a row needs. How a signature is verified is the caller's affair.

use super::{Entry, Fact, NumberRow, Row, ServerKey, Signature};

/// The signature of a row that is not right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongSignature {
    /// That of the server that it names as its origin.
    #[error("a row that its origin has not signed")]
    Origin,
    /// That of a number's owner, that it is at home there.
    #[error("a number's row that its owner has not signed")]
    Owner,
    /// That of the first key that a number was bound to, for the one that it has.
    #[error("a number's row with a key that its first key has not signed")]
    FirstKey,
}

impl Row<'_> {
    /// Whether everybody has signed who has to. Asks `is_signed` of a key, bytes and a signature,
    /// once for any row, twice for that of a number with a key, and three times where that is
    /// a later key. The buffer is one to be used again.
    pub fn check_signatures(
        &self,
        buffer: &mut Vec<u8>,
        is_signed: impl Fn(&[u8; 32], &[u8], &Signature) -> bool,
    ) -> Result<(), WrongSignature> {
        let Entry { origin, fact, .. } = &self.entry;
        buffer.clear();
        self.entry.signed_part(buffer);
        if !is_signed(&origin.0, buffer, self.signature) {
            return Err(WrongSignature::Origin);
        }
        match fact {
            Fact::Number(number) => number.check_owner(*origin, buffer, is_signed),
            Fact::Link(_) | Fact::Server(_) => Ok(()),
        }
    }
}

impl NumberRow<'_> {
    /// The same of what a number's owner has to sign, and its first key, so that the number is
    /// at home at this origin. One without an owner needs nothing.
    pub fn check_owner(
        &self,
        origin: ServerKey,
        buffer: &mut Vec<u8>,
        is_signed: impl Fn(&[u8; 32], &[u8], &Signature) -> bool,
    ) -> Result<(), WrongSignature> {
        let (Some(claim), Some(owner)) = (self.claim(origin), self.owner) else { return Ok(()) };
        buffer.clear();
        claim.signed_part(buffer);
        if !is_signed(&owner.key.0, buffer, owner.signature) {
            return Err(WrongSignature::Owner);
        }
        let (Some(successor), Some(first)) = (self.successor(), owner.first) else { return Ok(()) };
        buffer.clear();
        successor.signed_part(buffer);
        let is_right = is_signed(&first.key.0, buffer, first.signature);
        if is_right { Ok(()) } else { Err(WrongSignature::FirstKey) }
    }
}
