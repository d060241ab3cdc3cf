//! The keys of a session's packets, a new one for every 65,536 packets, and the sealing
//! and opening of packets in place.
//!
//! ```text
//!   packet number   0 … 65,535 │ 65,536 … 131,071 │ …
//!   key                  k0    │  k1 = rekey(k0)   │ …
//! ```

use crate::noise::noise_nonce;
use crate::packet::{DATA_HEADER_BYTES, Mode, TAG_BYTES};
use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Tag};
use std::ops::Range;
use zeroize::Zeroizing;

/// Packets under one key: two to the power of this.
pub(crate) const GENERATION_BITS: u32 = 16;

/// A packet that does not open. Nothing of it may be used, and no key has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotAuthentic;

/// One key of the chain.
struct Generation {
    number: u64,
    cipher: ChaCha20Poly1305,
}

impl Generation {
    fn new(number: u64, key: &[u8; 32]) -> Generation {
        Generation { number, cipher: ChaCha20Poly1305::new(&(*key).into()) }
    }

    /// Noise's REKEY (section 4.2): the encryption of 32 zeros under the last nonce.
    fn next(&self) -> Generation {
        let mut key = Zeroizing::new([0; 32]);
        let out = key.as_mut_slice().into();
        let sealed = self.cipher.encrypt_inout_detached(&noise_nonce(u64::MAX), &[], out);
        debug_assert!(sealed.is_ok(), "32 bytes are not too long");
        Generation::new(self.number + 1, &key)
    }

    fn open(&self, number: u64, mode: Mode, packet: &mut [u8]) -> Result<(), NotAuthentic> {
        let (rest, tag) = packet.split_last_chunk_mut::<TAG_BYTES>().ok_or(NotAuthentic)?;
        let (associated, body) = parts(mode, rest);
        let (nonce, tag) = (noise_nonce(number), Tag::from(*tag));
        let opened = self.cipher.decrypt_inout_detached(&nonce, associated, body.into(), &tag);
        opened.map_err(|_| NotAuthentic)
    }
}

/// What of a packet before its tag is only authenticated, and what is encrypted too.
fn parts(mode: Mode, packet: &mut [u8]) -> (&[u8], &mut [u8]) {
    let readable = match mode {
        Mode::Sealed => DATA_HEADER_BYTES.min(packet.len()),
        Mode::Clear => packet.len(),
    };
    let (associated, body) = packet.split_at_mut(readable);
    (associated, body)
}

/// Seals what this end sends.
pub(crate) struct Sealer(Generation);

impl Sealer {
    pub(crate) fn new(key: &[u8; 32]) -> Sealer {
        Sealer(Generation::new(0, key))
    }

    /// Seals a packet, header and body, and appends the tag. Numbers may only grow.
    pub(crate) fn seal(&mut self, number: u64, mode: Mode, packet: &mut Vec<u8>) {
        while self.0.number < number >> GENERATION_BITS {
            self.0 = self.0.next();
        }
        let (associated, body) = parts(mode, packet);
        let nonce = noise_nonce(number);
        match self.0.cipher.encrypt_inout_detached(&nonce, associated, body.into()) {
            Ok(tag) => packet.extend_from_slice(&tag),
            // Only gigabytes are too long: nothing readable leaves.
            Err(_) => packet.clear(),
        }
    }
}

/// Opens what the other end sends.
pub(crate) struct Opener {
    current: Generation,
    /// Kept while packets under it may still arrive.
    previous: Option<Generation>,
}

impl Opener {
    pub(crate) fn new(key: &[u8; 32]) -> Opener {
        Opener { current: Generation::new(0, key), previous: None }
    }

    /// Opens a packet in place and says where its body is. The key after the current
    /// one is taken up with the first packet that opens under it; one further ahead is
    /// refused without work.
    pub(crate) fn open(
        &mut self,
        number: u64,
        mode: Mode,
        packet: &mut [u8],
    ) -> Result<Range<usize>, NotAuthentic> {
        let generation = number >> GENERATION_BITS;
        if generation == self.current.number {
            self.current.open(number, mode, packet)?;
        } else if generation == self.current.number + 1 {
            let next = self.current.next();
            next.open(number, mode, packet)?;
            self.previous = Some(std::mem::replace(&mut self.current, next));
        } else {
            let previous = self.previous.as_ref().filter(|key| key.number == generation);
            previous.ok_or(NotAuthentic)?.open(number, mode, packet)?;
        }
        Ok(DATA_HEADER_BYTES..packet.len() - TAG_BYTES)
    }

    /// Forgets the previous key once no packet under it would be taken any more.
    pub(crate) fn forget_before(&mut self, oldest_number: u64) {
        if oldest_number >> GENERATION_BITS >= self.current.number {
            self.previous = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn ends() -> (Sealer, Opener) {
        (Sealer::new(&KEY), Opener::new(&KEY))
    }

    fn sealed(sealer: &mut Sealer, number: u64, mode: Mode) -> Vec<u8> {
        let mut packet = b"123456789body".to_vec();
        sealer.seal(number, mode, &mut packet);
        packet
    }

    #[test]
    fn a_clear_packet_is_readable_and_costs_the_same() {
        let (mut sealer, mut opener) = ends();
        let mut clear = sealed(&mut sealer, 1, Mode::Clear);
        let mut hidden = sealed(&mut sealer, 2, Mode::Sealed);
        assert_eq!(clear.len(), hidden.len());
        assert_eq!(&clear[..13], b"123456789body");
        assert_ne!(&hidden[9..13], b"body");
        assert_eq!(opener.open(1, Mode::Clear, &mut clear), Ok(9..13));
        assert_eq!(opener.open(2, Mode::Sealed, &mut hidden), Ok(9..13));
        assert_eq!(&hidden[9..13], b"body");
    }

    #[test]
    fn one_changed_bit_anywhere_is_noticed() {
        for mode in [Mode::Clear, Mode::Sealed] {
            let (mut sealer, mut opener) = ends();
            let packet = sealed(&mut sealer, 1, mode);
            for bit in 0..packet.len() * 8 {
                let mut changed = packet.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(opener.open(1, mode, &mut changed), Err(NotAuthentic), "{bit}");
            }
            assert!(opener.open(2, mode, &mut packet.clone()).is_err(), "another number");
        }
    }

    #[test]
    fn keys_change_every_65536_packets_and_the_old_one_stays_for_stragglers() {
        let (mut sealer, mut opener) = ends();
        let mode = Mode::Sealed;
        let mut last = sealed(&mut sealer, 65_535, mode);
        let mut first = sealed(&mut sealer, 65_536, mode);
        let mut second = sealed(&mut sealer, 65_537, mode);
        let mut far = sealed(&mut sealer, 3 * 65_536, mode);
        assert!(opener.open(65_536, mode, &mut first).is_ok());
        assert!(opener.open(65_535, mode, &mut last.clone()).is_ok());
        opener.forget_before(65_535);
        assert!(opener.open(65_535, mode, &mut last.clone()).is_ok());
        opener.forget_before(65_536);
        assert!(opener.open(65_535, mode, &mut last).is_err());
        assert!(opener.open(3 * 65_536, mode, &mut far).is_err(), "too far ahead");
        assert!(opener.open(65_537, mode, &mut second).is_ok());
    }

    #[test]
    fn a_forged_packet_does_not_advance_the_key() {
        let (mut sealer, mut opener) = ends();
        let mut old = sealed(&mut sealer, 9, Mode::Sealed);
        assert!(opener.open(65_540, Mode::Sealed, &mut old.clone()).is_err());
        assert!(opener.open(9, Mode::Sealed, &mut old).is_ok());
    }
}
