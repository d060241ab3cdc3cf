//! A later key takes the first one's place: who has signed for what, and which secrets stay.
//!
//! ```text
//!   first ──begin──► changing: the new key, and the first one's secret
//!                      │ a server says the version       ▲ again, for a later one,
//!                      ▼                                 │ whatever happened between
//!                    the first key's word, on disk ──► a claim ──► attached
//!                                                                    │ end
//!   later ◄── the new key and the word; the first one's secret is gone
//! ```

use super::{Keys, KeysError, random, verify, words, x25519};
use crate::Stamp;
use ed25519_dalek::{Signer, SigningKey};
use postrider_proto::Number;
use postrider_proto::native::{FirstKey, OwnerKey, Signature, Successor, Version};
use std::time::Duration;
use zeroize::Zeroizing;

/// How long texts are opened by the first key after it was replaced: as long as a text lives
/// that was sealed for it before its writer heard of that, if its writer has said nothing else.
pub(super) const FIRST_OPENS_FOR: Duration = Duration::from_secs(7 * 86_400);
/// Former keys by which texts are opened; of more the oldest is dropped.
const FORMER_MAX: usize = 8;

/// What the first key of a number has signed, so that a later one takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub(crate) first: OwnerKey,
    pub(crate) since: Version,
    pub(crate) signature: Signature,
}

/// What the owner's key is among those that the number was bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRank {
    /// The first one, which signs for all later ones.
    First,
    /// A later one, for which the first one has signed.
    Later {
        /// The first one.
        first: OwnerKey,
        /// The version of the number's row from which it holds.
        since: Version,
    },
    /// A later one, for which the first one is to sign once a server has said for which version.
    Changing {
        /// The first one.
        first: OwnerKey,
    },
}

/// A change that is under way.
#[derive(Clone)]
pub(super) struct Change {
    pub(super) first: SigningKey,
    /// Whether it was this device's key, so that what was sealed for it comes here.
    pub(super) was_own: bool,
}

/// What is left of a key that the number had before.
#[derive(Clone)]
pub(super) struct Former {
    pub(super) x25519: Zeroizing<[u8; 32]>,
    /// When it is dropped; none of a later key.
    pub(super) until: Option<Stamp>,
}

impl Word {
    /// As it stands in a row.
    pub(super) fn of_row(&self) -> FirstKey<'_> {
        FirstKey { key: self.first, since: self.since, signature: &self.signature }
    }

    /// Whether the first key has said this of this number and key.
    pub(super) fn is_for(&self, number: Number, key: OwnerKey) -> bool {
        let mut signed = Vec::new();
        Successor { number, since: self.since, key }.signed_part(&mut signed);
        self.first != key && verify::is_signed(&self.first.0, &signed, &self.signature)
    }
}

impl Keys {
    /// What the owner's key is among those that the number was bound to.
    pub fn rank(&self) -> KeyRank {
        match (&self.change, &self.word) {
            (Some(change), _) => KeyRank::Changing { first: public(&change.first) },
            (None, Some(word)) => KeyRank::Later { first: word.first, since: word.since },
            (None, None) => KeyRank::First,
        }
    }

    /// Whether a server may take the owner's key for a stranger's until it has the first one's
    /// word.
    pub(crate) fn is_later(&self) -> bool {
        self.rank() != KeyRank::First
    }

    /// Whether the first key is to sign for the owner's.
    pub(crate) fn is_changing(&self) -> bool {
        self.change.is_some()
    }

    /// The first key, once for all: the owner's, or that of these words.
    fn first(&self, words: Option<&str>) -> Result<SigningKey, KeysError> {
        match (self.rank(), words) {
            (KeyRank::Changing { .. }, _) => Err(KeysError::IsChanging),
            (KeyRank::First, None) => Ok(self.owner.clone()),
            (rank, words) => {
                let first = SigningKey::from_bytes(&*words::to_secret(words.unwrap_or_default())?);
                let known = match rank {
                    KeyRank::Later { first, .. } => first,
                    _ => self.owner_key(),
                };
                let is_it = public(&first) == known;
                is_it.then_some(first).ok_or(KeysError::NotTheFirst { number: self.number })
            }
        }
    }

    /// These with a new owner's key, for which the first one is to sign; its 24 words are wanted
    /// where it is not the owner's.
    pub(crate) fn begin_change(&self, words: Option<&str>) -> Result<Keys, KeysError> {
        let first = self.first(words)?;
        let was_own = self.word.is_none();
        let mut former = self.former.clone();
        if !was_own {
            former.push(Former { x25519: x25519(&self.owner), until: None });
        }
        let dropped = former.len().saturating_sub(FORMER_MAX);
        former.drain(..dropped);
        Ok(Keys {
            number: self.number,
            owner: SigningKey::from_bytes(&*random()?),
            device: self.device.clone(),
            word: None,
            change: Some(Change { first, was_own }),
            former,
        })
    }

    /// The first key signs for the owner's from this version on; as they are if it is not to.
    pub(crate) fn sign_word(&self, since: Version) -> Keys {
        let mut keys = self.clone();
        if let Some(change) = &self.change {
            let mut signed = Vec::new();
            let (number, key) = (self.number, self.owner_key());
            Successor { number, since, key }.signed_part(&mut signed);
            let signature = change.first.sign(&signed).to_bytes();
            keys.word = Some(Word { first: public(&change.first), since, signature });
        }
        keys
    }

    /// Without the first key's secret, since a server has its word; none if that is not so. What
    /// opens texts that are sealed for it stays for a while.
    pub(crate) fn end_change(&self, now: Stamp) -> Option<Keys> {
        let (change, _) = self.change.as_ref().zip(self.word.as_ref())?;
        let mut keys = Keys { change: None, ..self.clone() };
        if change.was_own {
            let until = Some(now.after(FIRST_OPENS_FOR));
            keys.former.push(Former { x25519: x25519(&change.first), until });
        }
        Some(keys)
    }

    /// Without what opens texts that are sealed for the first key, if its time is over; none if
    /// there is none of it.
    pub(crate) fn forget_first(&self, now: Stamp) -> Option<Keys> {
        let is_over = |former: &Former| former.until.is_some_and(|until| until <= now);
        if !self.former.iter().any(is_over) {
            return None;
        }
        let mut keys = self.clone();
        keys.former.retain(|former| !is_over(former));
        Some(keys)
    }

    /// Until when texts that are sealed for the first key are opened here; none if they are not,
    /// or for ever.
    pub fn first_opens_until(&self) -> Option<Stamp> {
        self.former.iter().filter_map(|former| former.until).max()
    }

    /// These, and what opens texts that are sealed for the first key, for as long as this lives.
    pub(crate) fn with_first(&self, words: &str) -> Result<Keys, KeysError> {
        let first = self.first(Some(words))?;
        let mut keys = self.clone();
        keys.former.push(Former { x25519: x25519(&first), until: None });
        Ok(keys)
    }
}

fn public(secret: &SigningKey) -> OwnerKey {
    OwnerKey(secret.verifying_key().to_bytes())
}
