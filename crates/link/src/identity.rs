//! Who an end of a link is.

use curve25519_dalek::montgomery::MontgomeryPoint;
use ed25519_dalek::{SigningKey, VerifyingKey};
use std::fmt;
use zeroize::Zeroizing;

/// A server's or a device's public key: Ed25519, 32 bytes (RFC 8032).
///
/// One that has been parsed is a point of the curve and not one of the few weak ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey([u8; 32]);

/// Why 32 bytes are not a public key. Nothing was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these 32 bytes are not an Ed25519 public key that may be used")]
pub struct BadKey;

impl PublicKey {
    /// The key with these bytes. Costs about a twentieth of a signature check.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<PublicKey, BadKey> {
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| BadKey)?;
        if key.is_weak() { Err(BadKey) } else { Ok(PublicKey(bytes)) }
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The X25519 public key of the same secret; none cannot happen for a parsed key.
    pub(crate) fn to_x25519(self) -> Option<[u8; 32]> {
        let key = VerifyingKey::from_bytes(&self.0).ok()?;
        Some(key.to_montgomery().to_bytes())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..4].iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("…")
    }
}

/// The secret of this end: an Ed25519 key, whose Montgomery form is the static key of
/// the handshake. The memory is wiped when it is dropped.
pub struct Identity {
    public: PublicKey,
    x25519_secret: Zeroizing<[u8; 32]>,
}

impl Identity {
    /// The identity of an Ed25519 secret key of 32 bytes (RFC 8032, section 5.1.5).
    pub fn from_secret(secret: &[u8; 32]) -> Identity {
        let signing = SigningKey::from_bytes(secret);
        Identity {
            public: PublicKey(signing.verifying_key().to_bytes()),
            x25519_secret: Zeroizing::new(signing.to_scalar_bytes()),
        }
    }

    /// The public key.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    pub(crate) fn x25519_secret(&self) -> &[u8; 32] {
        &self.x25519_secret
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({:?})", self.public)
    }
}

/// X25519 (RFC 7748); none if the result is zero, which only weak keys give.
pub(crate) fn x25519(secret: [u8; 32], public: [u8; 32]) -> Option<Zeroizing<[u8; 32]>> {
    let shared = Zeroizing::new(MontgomeryPoint(public).mul_clamped(secret).to_bytes());
    (*shared != [0; 32]).then_some(shared)
}

/// The X25519 public key of a secret.
pub(crate) fn x25519_public(secret: [u8; 32]) -> [u8; 32] {
    MontgomeryPoint::mul_base_clamped(secret).to_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_x25519_key_of_an_identity_is_the_montgomery_form_of_its_key() {
        for seed in 0..20 {
            let identity = Identity::from_secret(&[seed; 32]);
            let from_secret = x25519_public(*identity.x25519_secret());
            assert_eq!(identity.public().to_x25519(), Some(from_secret));
        }
    }

    #[test]
    fn x25519_is_that_of_rfc_7748() {
        let a = [9; 32];
        let b = hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
        let one = x25519(a, x25519_public(b)).unwrap();
        let other = x25519(b, x25519_public(a)).unwrap();
        assert_eq!(one, other);
        // Section 6.1: Bob's key pair.
        let public = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
        assert_eq!(x25519_public(b), hex(public));
    }

    #[test]
    fn weak_keys_are_refused() {
        let mut identity_point = [0; 32];
        identity_point[0] = 1;
        assert_eq!(PublicKey::from_bytes(identity_point), Err(BadKey));
        assert!(x25519([7; 32], [0; 32]).is_none());
    }

    fn hex(text: &str) -> [u8; 32] {
        std::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
    }
}
