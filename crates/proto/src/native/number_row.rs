//! Where a number is at home, and whose it is.

use super::bytes::{byte, take, u32};
use super::{Malformed, OwnerKey, ServerKey, Signature};
use crate::Number;
use std::num::NonZeroU32;

/// What an owner's signature is made over begins with this.
const LABEL: &[u8] = b"postrider owner v1\0";
/// What a first key's signature for a later one is made over begins with this.
const KEY_LABEL: &[u8] = b"postrider key v1\0";

const RELEASED: u8 = 1;
const BOUND: u8 = 2;
const LATER_KEY: u8 = 4;
const LINE: u8 = 8;
const BOUND_LATER: u8 = BOUND | LATER_KEY;

/// Which of the rows about a number, from 1 up, counted by its owner whatever its
/// home; of a classic number by its home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(NonZeroU32);

impl Version {
    /// The first row's.
    pub const FIRST: Version = Version(NonZeroU32::MIN);

    /// The version with this value, unless it is 0.
    pub fn from_value(value: u32) -> Option<Version> {
        NonZeroU32::new(value).map(Version)
    }

    /// 1 to 4,294,967,295.
    pub fn value(self) -> u32 {
        self.0.get()
    }

    /// The next one; none after the last.
    pub fn next(self) -> Option<Version> {
        self.0.checked_add(1).map(Version)
    }
}

/// A number is, or was, at home at the row's origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberRow<'a> {
    /// The number.
    pub number: Number,
    /// Which of the rows about it.
    pub version: Version,
    /// Whether it has been given up; then nobody is at home there.
    pub released: bool,
    /// Whether it is, or was, at another server of the origin's line of classic servers,
    /// which the origin speaks for. Never of a number that has an owner.
    pub line: bool,
    /// Whose it is; none of a classic number, for which its home vouches.
    pub owner: Option<Owner<'a>>,
}

/// Whose a number is, and the proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner<'a> {
    /// The key that the number is bound to from this version on.
    pub key: OwnerKey,
    /// By that key, over [`Claim::signed_part`].
    pub signature: &'a Signature,
    /// Where it is not the first key that the number was bound to, that one's word for it.
    pub first: Option<FirstKey<'a>>,
}

/// What the first key that a number was bound to says of the one that it is bound to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstKey<'a> {
    /// The first key, which is another one.
    pub key: OwnerKey,
    /// The version from which the later key holds, at most the row's. Of two later keys
    /// the one with the greater counts, so that the other is worth nothing any more.
    pub since: Version,
    /// By the first key, over [`Successor::signed_part`].
    pub signature: &'a Signature,
}

/// What the first key of a number signs, so that a later one takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Successor {
    /// The number.
    pub number: Number,
    /// The version from which the later key holds.
    pub since: Version,
    /// The later key.
    pub key: OwnerKey,
}

/// What an owner signs, so that a number moves to a home, or to a key, or is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The number.
    pub number: Number,
    /// Which of the rows about it.
    pub version: Version,
    /// The server that is to be its home, or was when it is given up.
    pub home: ServerKey,
    /// Whether it is given up.
    pub released: bool,
    /// The key that it is bound to from this version on.
    pub key: OwnerKey,
    /// Whether that is another key than the first one.
    pub is_later_key: bool,
}

impl Claim {
    /// Appends what the owner signs.
    pub fn signed_part(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(LABEL);
        out.extend_from_slice(&number_bytes(self.number));
        out.extend_from_slice(&self.version.value().to_be_bytes());
        out.extend_from_slice(&self.home.0);
        out.push(flags(self.released, false, true, self.is_later_key));
        out.extend_from_slice(&self.key.0);
    }
}

impl Successor {
    /// Appends what the first key signs.
    pub fn signed_part(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(KEY_LABEL);
        out.extend_from_slice(&number_bytes(self.number));
        out.extend_from_slice(&self.since.value().to_be_bytes());
        out.extend_from_slice(&self.key.0);
    }
}

impl<'a> NumberRow<'a> {
    /// The most bytes of it, without the row's kind.
    pub const BYTES_MAX: usize = 5 + 4 + 1 + (32 + 64) + (32 + 4 + 64);

    /// What its owner has signed, in a row of this origin; none of a classic number.
    pub fn claim(&self, origin: ServerKey) -> Option<Claim> {
        self.owner.map(|owner| Claim {
            number: self.number,
            version: self.version,
            home: origin,
            released: self.released,
            key: owner.key,
            is_later_key: owner.first.is_some(),
        })
    }

    /// What the number's first key has signed, where it is bound to a later one.
    pub fn successor(&self) -> Option<Successor> {
        let Owner { key, first, .. } = self.owner?;
        first.map(|first| Successor { number: self.number, since: first.since, key })
    }

    /// Reads all of the bytes.
    pub fn read(mut bytes: &'a [u8]) -> Result<NumberRow<'a>, Malformed> {
        let row = NumberRow::parse(&mut bytes)?;
        if bytes.is_empty() { Ok(row) } else { Err(Malformed::Trailing) }
    }

    pub(super) fn parse(fields: &mut &'a [u8]) -> Result<NumberRow<'a>, Malformed> {
        let number = number(fields)?;
        let version = Version::from_value(u32(fields)?).ok_or(Malformed::Zero)?;
        let flags = byte(fields)?;
        let (released, is_later_key) = (flags & RELEASED != 0, flags & LATER_KEY != 0);
        let line = flags & LINE != 0;
        let owner = match flags & !RELEASED {
            0 | LINE => None,
            BOUND | BOUND_LATER => Some(Owner::parse(fields, version, is_later_key)?),
            _ => return Err(Malformed::Flags),
        };
        Ok(NumberRow { number, version, released, line, owner })
    }

    /// Appends it, at most [`NumberRow::BYTES_MAX`] bytes.
    pub fn print(&self, out: &mut Vec<u8>) {
        let first = self.owner.and_then(|owner| owner.first);
        out.extend_from_slice(&number_bytes(self.number));
        out.extend_from_slice(&self.version.value().to_be_bytes());
        let is_bound = self.owner.is_some();
        out.push(flags(self.released, self.line && !is_bound, is_bound, first.is_some()));
        if let Some(owner) = self.owner {
            out.extend_from_slice(&owner.key.0);
            out.extend_from_slice(owner.signature);
        }
        if let Some(first) = first {
            out.extend_from_slice(&first.key.0);
            out.extend_from_slice(&first.since.value().to_be_bytes());
            out.extend_from_slice(first.signature);
        }
    }
}

impl<'a> Owner<'a> {
    fn parse(
        fields: &mut &'a [u8],
        version: Version,
        is_later: bool,
    ) -> Result<Owner<'a>, Malformed> {
        let (key, signature) = (OwnerKey(*take(fields)?), take(fields)?);
        let first = if is_later { Some(FirstKey::parse(fields)?) } else { None };
        if first.is_some_and(|first| first.key == key || first.since > version) {
            return Err(Malformed::FirstKey);
        }
        Ok(Owner { key, signature, first })
    }

    /// The first key that the number was bound to.
    pub fn first_key(&self) -> OwnerKey {
        self.first.map_or(self.key, |first| first.key)
    }
}

impl<'a> FirstKey<'a> {
    fn parse(fields: &mut &'a [u8]) -> Result<FirstKey<'a>, Malformed> {
        let key = OwnerKey(*take(fields)?);
        let since = Version::from_value(u32(fields)?).ok_or(Malformed::Zero)?;
        Ok(FirstKey { key, since, signature: take(fields)? })
    }
}

fn flags(released: bool, line: bool, bound: bool, is_later_key: bool) -> u8 {
    let flag = |set, flag| if set { flag } else { 0 };
    let of_key = flag(bound, BOUND) | flag(is_later_key, LATER_KEY);
    flag(released, RELEASED) | flag(line, LINE) | of_key
}

pub(super) fn number_bytes(number: Number) -> [u8; 5] {
    let [_, _, _, a, b, c, d, e] = number.value().to_be_bytes();
    [a, b, c, d, e]
}

pub(super) fn number(fields: &mut &[u8]) -> Result<Number, Malformed> {
    let [a, b, c, d, e] = *take(fields)?;
    let value = u64::from_be_bytes([0, 0, 0, a, b, c, d, e]);
    Number::from_value(value).ok_or(Malformed::Number)
}
