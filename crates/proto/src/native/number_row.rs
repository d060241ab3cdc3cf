//! Where a number is at home, and whose it is.

use super::bytes::{byte, take, u32};
use super::{Malformed, OwnerKey, ServerKey, Signature};
use crate::Number;
use std::num::NonZeroU32;

/// What an owner's signature is made over begins with this.
const LABEL: &[u8] = b"postrider owner v1\0";

const RELEASED: u8 = 1;
const BOUND: u8 = 2;
const NEW_KEY: u8 = 4;
const LINE: u8 = 8;
const BOUND_ANEW: u8 = BOUND | NEW_KEY;

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
    /// By the key of the version before, over the same, where that is another key.
    pub by_key_before: Option<&'a Signature>,
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
    /// Whether the version before had another key, which then signs this too.
    pub is_new_key: bool,
}

impl Claim {
    /// Appends what the owner signs, and the owner before where the key is new.
    pub fn signed_part(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(LABEL);
        out.extend_from_slice(&number_bytes(self.number));
        out.extend_from_slice(&self.version.value().to_be_bytes());
        out.extend_from_slice(&self.home.0);
        out.push(flags(self.released, false, true, self.is_new_key));
        out.extend_from_slice(&self.key.0);
    }
}

impl<'a> NumberRow<'a> {
    /// The most bytes of it, without the row's kind.
    pub const BYTES_MAX: usize = 5 + 4 + 1 + 32 + 64 + 64;

    /// What its owner has signed, in a row of this origin; none of a classic number.
    pub fn claim(&self, origin: ServerKey) -> Option<Claim> {
        self.owner.map(|owner| Claim {
            number: self.number,
            version: self.version,
            home: origin,
            released: self.released,
            key: owner.key,
            is_new_key: owner.by_key_before.is_some(),
        })
    }

    pub(super) fn parse(fields: &mut &'a [u8]) -> Result<NumberRow<'a>, Malformed> {
        let number = number(fields)?;
        let version = Version::from_value(u32(fields)?).ok_or(Malformed::Zero)?;
        let flags = byte(fields)?;
        let (released, is_new_key) = (flags & RELEASED != 0, flags & NEW_KEY != 0);
        let line = flags & LINE != 0;
        let owner = match flags & !RELEASED {
            0 | LINE => None,
            BOUND | BOUND_ANEW => Some(Owner {
                key: OwnerKey(*take(fields)?),
                signature: take(fields)?,
                by_key_before: if is_new_key { Some(take(fields)?) } else { None },
            }),
            _ => return Err(Malformed::Flags),
        };
        Ok(NumberRow { number, version, released, line, owner })
    }

    pub(super) fn print(&self, out: &mut Vec<u8>) {
        let by_key_before = self.owner.and_then(|owner| owner.by_key_before);
        out.extend_from_slice(&number_bytes(self.number));
        out.extend_from_slice(&self.version.value().to_be_bytes());
        let is_bound = self.owner.is_some();
        out.push(flags(self.released, self.line && !is_bound, is_bound, by_key_before.is_some()));
        if let Some(owner) = self.owner {
            out.extend_from_slice(&owner.key.0);
            out.extend_from_slice(owner.signature);
        }
        out.extend_from_slice(by_key_before.map_or(&[][..], |signature| &signature[..]));
    }
}

fn flags(released: bool, line: bool, bound: bool, is_new_key: bool) -> u8 {
    let flag = |set, flag| if set { flag } else { 0 };
    flag(released, RELEASED) | flag(line, LINE) | flag(bound, BOUND) | flag(is_new_key, NEW_KEY)
}

fn number_bytes(number: Number) -> [u8; 5] {
    let [_, _, _, a, b, c, d, e] = number.value().to_be_bytes();
    [a, b, c, d, e]
}

fn number(fields: &mut &[u8]) -> Result<Number, Malformed> {
    let [a, b, c, d, e] = *take(fields)?;
    let value = u64::from_be_bytes([0, 0, 0, a, b, c, d, e]);
    Number::from_value(value).ok_or(Malformed::Number)
}
