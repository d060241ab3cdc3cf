//! What a server hands over is believed for its signatures only.

use ed25519_dalek::{Signature, VerifyingKey};
use postrider_proto::native::{Entry, Fact, Message, NumberRow, OwnerKey, Row, ServerKey};

/// Whether a row is signed by its origin, and, if it is a number's, by the number's owner, and
/// where that is not its first key, by that one. Up to three signature checks.
pub(crate) fn is_row_signed(row: &Row<'_>) -> bool {
    let Entry { origin, fact, .. } = row.entry;
    let mut signed = Vec::new();
    row.entry.signed_part(&mut signed);
    is_signed(&origin.0, &signed, row.signature)
        && match fact {
            Fact::Number(number) => is_owner_right(origin, &number),
            Fact::Link(_) | Fact::Server(_) => true,
        }
}

fn is_owner_right(origin: ServerKey, row: &NumberRow<'_>) -> bool {
    let (Some(claim), Some(owner)) = (row.claim(origin), row.owner) else { return true };
    let mut signed = Vec::new();
    claim.signed_part(&mut signed);
    if !is_signed(&owner.key.0, &signed, owner.signature) {
        return false;
    }
    let (Some(successor), Some(first)) = (row.successor(), owner.first) else { return true };
    signed.clear();
    successor.signed_part(&mut signed);
    is_signed(&first.key.0, &signed, first.signature)
}

/// Whether a message has the signature of this key.
pub(crate) fn is_message_signed(message: &Message<'_>, key: OwnerKey) -> bool {
    let Some(signature) = message.signature else { return false };
    let mut signed = Vec::new();
    message.signed_part(&mut signed);
    is_signed(&key.0, &signed, signature)
}

fn is_signed(key: &[u8; 32], bytes: &[u8], signature: &[u8; 64]) -> bool {
    let key = VerifyingKey::from_bytes(key);
    key.is_ok_and(|key| key.verify_strict(bytes, &Signature::from_bytes(signature)).is_ok())
}
