//! What stands for a text where only equality matters.
//!
//! SipHash-2-4 with fixed keys: its definition never changes, since fingerprints of
//! marks are kept on disk. That two texts of one client share 64 bits by chance is
//! less likely than that the disk errs; whoever makes two such texts on purpose
//! harms only messages of their own.

use postrider_proto::classic::Seq;
use postrider_proto::{Number, Text};
use siphasher::sip::SipHasher24;
use std::hash::Hasher;

/// Of all that a client's `send` is compared by.
pub(crate) fn fingerprint_of_mark(mark: Seq, to: Number, text: Text<'_>) -> u64 {
    let mut hasher = SipHasher24::new_with_keys(1, u64::from(mark.value()));
    hasher.write(&to.value().to_le_bytes());
    hasher.write(text.as_str().as_bytes());
    hasher.finish()
}

/// Of the five fields of a forwarded `send`.
pub(crate) fn fingerprint_of_send(seq: Seq, from: Number, to: Number, text: Text<'_>) -> u64 {
    let mut hasher = SipHasher24::new_with_keys(2, u64::from(seq.value()));
    hasher.write(&from.value().to_le_bytes());
    hasher.write(&to.value().to_le_bytes());
    hasher.write(text.as_str().as_bytes());
    hasher.finish()
}
