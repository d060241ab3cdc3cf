//! What a server hands over is believed for its signatures only.

use ed25519_dalek::{Signature, VerifyingKey};
use postrider_proto::native::{Message, OwnerKey, Row};

/// Whether all have signed a row who have to. Up to three signature checks.
pub(crate) fn is_row_signed(row: &Row<'_>) -> bool {
    row.check_signatures(&mut Vec::new(), is_signed).is_ok()
}

/// Whether a message has the signature of this key.
pub(crate) fn is_message_signed(message: &Message<'_>, key: OwnerKey) -> bool {
    let Some(signature) = message.signature else { return false };
    let mut signed = Vec::new();
    message.signed_part(&mut signed);
    is_signed(&key.0, &signed, signature)
}

/// Whether this key has signed these bytes.
pub(crate) fn is_signed(key: &[u8; 32], bytes: &[u8], signature: &[u8; 64]) -> bool {
    let key = VerifyingKey::from_bytes(key);
    key.is_ok_and(|key| key.verify_strict(bytes, &Signature::from_bytes(signature)).is_ok())
}
