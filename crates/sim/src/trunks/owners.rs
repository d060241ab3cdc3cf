//! Numbers that are bound to keys, at a server that nobody has a link with: the liar hands on
//! what that server says of them, as it should, and then lies about them.
//!
//! Each was bound to a first key; two later ones followed, of which the last holds. The liar
//! has a key of its own, and the one before the last, which it found.

use super::keys::Name;
use ed25519_dalek::{Signer, SigningKey};
use postrider_engine::edge::Identity;
use postrider_proto::Number;
use postrider_proto::native::{
    Claim, Entry, Fact, FirstKey, Item, NumberRow, Owner, OwnerKey, Row, SentRow, Sequence,
    ServerKey, Signature, Successor, Version,
};

/// How many such numbers there are.
pub(crate) const OWNED: u64 = 4;

/// The versions from which the later keys hold.
const FORMER_SINCE: u32 = 2;
const LATER_SINCE: u32 = 3;

/// The number with this index.
pub(crate) fn owned(index: u64) -> Number {
    Number::from_value(9_700_000_000 + index % OWNED).unwrap_or(Number::MAX)
}

/// Their home.
pub(crate) struct Away(Name);

/// With which keys a row is signed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Signed {
    /// As the owner does.
    Owner,
    /// By the key that the last one has replaced.
    Former,
    /// By a first key of the liar's own. It is a greater one: that of two the lesser counts is
    /// something that who binds a number has to know.
    Liar,
    /// As if by the owner.
    Nobody,
}

fn secret(index: u64, which: u8) -> SigningKey {
    let mut secret = [which; 32];
    secret[..8].copy_from_slice(&(index % OWNED).to_le_bytes());
    SigningKey::from_bytes(&secret)
}

fn key(of: &SigningKey) -> OwnerKey {
    OwnerKey(of.verifying_key().to_bytes())
}

/// The keys of a number, the first one lesser than any of the liar's.
fn keys(index: u64) -> (SigningKey, SigningKey) {
    let (one, other) = (secret(index, 1), secret(index, 2));
    if key(&one) < key(&other) { (one, other) } else { (other, one) }
}

impl Away {
    pub(crate) fn new(servers: usize) -> Away {
        Away(Name::new(2 * servers + 7))
    }

    pub(crate) fn key(&self) -> ServerKey {
        self.0.key()
    }

    /// The row that counts of a number, as an item.
    pub(crate) fn row(&self, index: u64) -> Vec<u8> {
        let fact = Claimed::new(index, LATER_SINCE, Signed::Owner);
        let (mut signed, mut item) = (Vec::new(), Vec::new());
        let Some(sequence) = Sequence::from_value(index % OWNED + 1) else { return item };
        let row = fact.row(self.key());
        let entry = Entry { origin: self.key(), sequence, fact: Fact::Number(row.borrowed()) };
        entry.signed_part(&mut signed);
        let row = Row { entry, signature: &self.0.sign(&signed) };
        if let Some(sent) = SentRow::new(sequence.value() - 1, row) {
            Item::Row(sent).print(&mut item);
        }
        item
    }
}

/// What is said of a number that is bound.
pub(crate) struct Claimed {
    index: u64,
    version: Version,
    signed: Signed,
}

/// The same with signatures.
pub(crate) struct SignedRow {
    number: Number,
    version: Version,
    key: OwnerKey,
    signature: Signature,
    first: Option<(OwnerKey, Version, Signature)>,
}

impl Claimed {
    pub(crate) fn new(index: u64, version: u32, signed: Signed) -> Claimed {
        let version = Version::from_value(version).unwrap_or(Version::FIRST);
        Claimed { index, version, signed }
    }

    /// In a row of this origin.
    pub(crate) fn row(&self, home: ServerKey) -> SignedRow {
        let (first, liar) = keys(self.index);
        let (former, later) = (secret(self.index, 3), secret(self.index, 4));
        let (owner, since) = match self.signed {
            Signed::Owner | Signed::Nobody => (later, Some(LATER_SINCE)),
            Signed::Former => (former, Some(FORMER_SINCE)),
            Signed::Liar => (liar, None),
        };
        let (number, version, is_later_key) = (owned(self.index), self.version, since.is_some());
        let mut signed = Vec::new();
        let claim =
            Claim { number, version, home, released: false, key: key(&owner), is_later_key };
        claim.signed_part(&mut signed);
        let is_forged = matches!(self.signed, Signed::Nobody);
        let signature = if is_forged { [9; 64] } else { owner.sign(&signed).to_bytes() };
        let first = since.and_then(Version::from_value).map(|since| {
            signed.clear();
            Successor { number, since, key: key(&owner) }.signed_part(&mut signed);
            (key(&first), since, first.sign(&signed).to_bytes())
        });
        SignedRow { number, version, key: key(&owner), signature, first }
    }
}

impl SignedRow {
    pub(crate) fn borrowed(&self) -> NumberRow<'_> {
        let first = self.first.as_ref();
        let first =
            first.map(|(key, since, signature)| FirstKey { key: *key, since: *since, signature });
        let owner = Some(Owner { key: self.key, signature: &self.signature, first });
        NumberRow {
            number: self.number,
            version: self.version,
            released: false,
            line: false,
            owner,
        }
    }
}
