//! The Noise handshake, `Noise_XX_25519_ChaChaPoly_BLAKE2s`, on the primitives that the
//! rest of the crate uses, and with one secret number of the caller's for each.

use crate::identity::{Identity, x25519, x25519_public};
use blake2::{Blake2s256, Digest};
use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Tag};
use snow::params::{CipherChoice, DHChoice, HashChoice};
use snow::resolvers::CryptoResolver;
use snow::types::{Cipher, Dh, Hash, Random};
use snow::{Builder, Error, HandshakeState};
use zeroize::Zeroizing;

const PATTERN: &str = "Noise_XX_25519_ChaChaPoly_BLAKE2s";

/// What the rest of the handshake hangs on: the secret of the ephemeral key.
pub(crate) type Ephemeral = Zeroizing<[u8; 32]>;

/// The keys of a session, one for each direction.
pub(crate) struct SessionKeys {
    pub(crate) initiator: Zeroizing<[u8; 32]>,
    pub(crate) responder: Zeroizing<[u8; 32]>,
}

/// A handshake that is to begin with our message.
pub(crate) fn initiator(
    identity: &Identity,
    ephemeral: &Ephemeral,
    prologue: &[u8],
) -> Result<HandshakeState, Error> {
    builder(identity, ephemeral, prologue)?.build_initiator()
}

/// A handshake that begins with the other end's message.
pub(crate) fn responder(
    identity: &Identity,
    ephemeral: &Ephemeral,
    prologue: &[u8],
) -> Result<HandshakeState, Error> {
    builder(identity, ephemeral, prologue)?.build_responder()
}

/// The keys of a handshake that is finished.
pub(crate) fn split(mut state: HandshakeState) -> SessionKeys {
    let (initiator, responder) = state.dangerously_get_raw_split();
    SessionKeys { initiator: Zeroizing::new(initiator), responder: Zeroizing::new(responder) }
}

fn builder<'a>(
    identity: &'a Identity,
    ephemeral: &Ephemeral,
    prologue: &'a [u8],
) -> Result<Builder<'a>, Error> {
    let resolver = Box::new(Primitives(ephemeral.clone()));
    Builder::with_resolver(PATTERN.parse()?, resolver)
        .local_private_key(identity.x25519_secret())?
        .prologue(prologue)
}

struct Primitives(Ephemeral);

impl CryptoResolver for Primitives {
    fn resolve_rng(&self) -> Option<Box<dyn Random>> {
        Some(Box::new(OneDraw(Some(self.0.clone()))))
    }

    fn resolve_dh(&self, choice: &DHChoice) -> Option<Box<dyn Dh>> {
        matches!(choice, DHChoice::Curve25519).then(|| Box::<X25519>::default() as Box<dyn Dh>)
    }

    fn resolve_hash(&self, choice: &HashChoice) -> Option<Box<dyn Hash>> {
        let blake = matches!(choice, HashChoice::Blake2s);
        blake.then(|| Box::<Blake>::default() as Box<dyn Hash>)
    }

    fn resolve_cipher(&self, choice: &CipherChoice) -> Option<Box<dyn Cipher>> {
        let chacha = matches!(choice, CipherChoice::ChaChaPoly);
        chacha.then(|| Box::new(ChaCha(None)) as Box<dyn Cipher>)
    }
}

/// Hands out the ephemeral secret, and never a second time.
struct OneDraw(Option<Ephemeral>);

impl Random for OneDraw {
    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), Error> {
        let secret = self.0.take().filter(|secret| secret.len() == dest.len());
        dest.copy_from_slice(&*secret.ok_or(Error::Rng)?);
        Ok(())
    }
}

#[derive(Default)]
struct X25519 {
    secret: Zeroizing<[u8; 32]>,
    public: [u8; 32],
}

impl Dh for X25519 {
    fn name(&self) -> &'static str {
        "25519"
    }

    fn pub_len(&self) -> usize {
        32
    }

    fn priv_len(&self) -> usize {
        32
    }

    fn set(&mut self, privkey: &[u8]) {
        self.secret.copy_from_slice(privkey);
        self.public = x25519_public(*self.secret);
    }

    fn generate(&mut self, rng: &mut dyn Random) -> Result<(), Error> {
        let mut secret = Zeroizing::new([0; 32]);
        rng.try_fill_bytes(&mut *secret)?;
        self.set(&*secret);
        Ok(())
    }

    fn pubkey(&self) -> &[u8] {
        &self.public
    }

    fn privkey(&self) -> &[u8] {
        &*self.secret
    }

    fn dh(&self, pubkey: &[u8], out: &mut [u8]) -> Result<(), Error> {
        let public = pubkey.first_chunk::<32>().ok_or(Error::Dh)?;
        let shared = x25519(*self.secret, *public).ok_or(Error::Dh)?;
        out.get_mut(..32).ok_or(Error::Dh)?.copy_from_slice(&*shared);
        Ok(())
    }
}

#[derive(Default)]
struct Blake(Blake2s256);

impl Hash for Blake {
    fn name(&self) -> &'static str {
        "BLAKE2s"
    }

    fn block_len(&self) -> usize {
        64
    }

    fn hash_len(&self) -> usize {
        32
    }

    fn reset(&mut self) {
        self.0 = Blake2s256::new();
    }

    fn input(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn result(&mut self, out: &mut [u8]) {
        let hash = std::mem::take(&mut self.0).finalize();
        out[..32].copy_from_slice(&hash);
    }
}

struct ChaCha(Option<ChaCha20Poly1305>);

impl Cipher for ChaCha {
    fn name(&self) -> &'static str {
        "ChaChaPoly"
    }

    fn set(&mut self, key: &[u8; 32]) {
        self.0 = Some(ChaCha20Poly1305::new(&(*key).into()));
    }

    fn encrypt(&self, nonce: u64, authtext: &[u8], plaintext: &[u8], out: &mut [u8]) -> usize {
        let length = plaintext.len();
        let (body, rest) = out.split_at_mut(length);
        body.copy_from_slice(plaintext);
        let sealed = self.0.as_ref().map(|cipher| {
            cipher.encrypt_inout_detached(&noise_nonce(nonce), authtext, body.into())
        });
        match sealed {
            Some(Ok(tag)) => rest[..16].copy_from_slice(&tag),
            // Only without a key, or for gigabytes: nothing readable leaves.
            _ => out[..length + 16].fill(0),
        }
        length + 16
    }

    fn decrypt(
        &self,
        nonce: u64,
        authtext: &[u8],
        ciphertext: &[u8],
        out: &mut [u8],
    ) -> Result<usize, Error> {
        let (sealed, tag) = ciphertext.split_last_chunk::<16>().ok_or(Error::Decrypt)?;
        let out = out.get_mut(..sealed.len()).ok_or(Error::Decrypt)?;
        out.copy_from_slice(sealed);
        let cipher = self.0.as_ref().ok_or(Error::Decrypt)?;
        cipher
            .decrypt_inout_detached(&noise_nonce(nonce), authtext, out.into(), &Tag::from(*tag))
            .map_err(|_| Error::Decrypt)?;
        Ok(sealed.len())
    }
}

/// Four zeros and the number, the lowest byte first (Noise, section 12.3).
pub(crate) fn noise_nonce(number: u64) -> chacha20poly1305::Nonce {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&number.to_le_bytes());
    nonce.into()
}
