//! Sealed texts: HPKE (RFC 9180) in mode *auth*, in one shot, between two owners' keys.

use crate::Keys;
use ed25519_dalek::VerifyingKey;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::CryptoRng;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use postrider_proto::native::{Content, MessageId, OwnerKey};
use zeroize::Zeroizing;

type X25519 = X25519HkdfSha256;
type Public = <X25519 as Kem>::PublicKey;
type Secret = <X25519 as Kem>::PrivateKey;
type Encapsulated = <X25519 as Kem>::EncappedKey;

/// What is bound into a sealed text begins with this.
const LABEL: &[u8] = b"postrider sealed v1\0";
/// Bytes of the encapsulated key.
const KEY_BYTES: usize = 32;

/// The body of a sealed text. None if the content is sealed already, or the key is none.
pub(crate) fn seal(
    keys: &Keys,
    to: OwnerKey,
    id: MessageId,
    content: Content<'_>,
    random: &mut impl CryptoRng,
) -> Option<Vec<u8>> {
    let mut plain = Zeroizing::new(Vec::with_capacity(1 + Content::UTF8_BYTES_MAX));
    if !content.print_plain(&mut plain) {
        return None;
    }
    let (secret, to) = (secret(keys)?, public(to)?);
    let mode = OpModeS::Auth((secret, public(keys.owner_key())?));
    let sealed = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519>(
        &mode,
        &to,
        &info(id),
        &plain,
        &[],
        random,
    );
    let (key, ciphertext) = sealed.ok()?;
    Some([&key.to_bytes()[..], &ciphertext[..]].concat())
}

/// What is sealed in a body, as [`Content::parse_plain`] reads it. None if this sender did not
/// seal it for this recipient, as this message, or for a key that this device does not have.
pub(crate) fn open(
    keys: &Keys,
    from: OwnerKey,
    id: MessageId,
    body: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let from = public(from)?;
    keys.openers()
        .find_map(|opener| open_by(&Secret::from_bytes(&opener[..]).ok()?, from.clone(), id, body))
}

fn open_by(
    secret: &Secret,
    from: Public,
    id: MessageId,
    body: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (key, ciphertext) = body.split_at_checked(KEY_BYTES)?;
    let mode = OpModeR::Auth(from);
    let plain = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519>(
        &mode,
        secret,
        &Encapsulated::from_bytes(key).ok()?,
        &info(id),
        ciphertext,
        &[],
    );
    plain.ok().map(Zeroizing::new)
}

fn secret(keys: &Keys) -> Option<Secret> {
    Secret::from_bytes(&keys.owner_x25519()[..]).ok()
}

fn public(key: OwnerKey) -> Option<Public> {
    let key = VerifyingKey::from_bytes(&key.0).ok().filter(|key| !key.is_weak())?;
    Public::from_bytes(key.to_montgomery().as_bytes()).ok()
}

fn info(id: MessageId) -> Vec<u8> {
    let number = |number: postrider_proto::Number| number.value().to_be_bytes();
    let mut info = LABEL.to_vec();
    info.extend_from_slice(&number(id.from)[3..]);
    info.extend_from_slice(&number(id.to)[3..]);
    info.extend_from_slice(&id.epoch.value().to_be_bytes()[1..]);
    info.extend_from_slice(&id.count.value().to_be_bytes());
    info
}

#[cfg(test)]
mod tests;
