//! What the directory says of a number.

use crate::ServerName;
use postrider_proto::Number;
use postrider_proto::native::OwnerKey;

/// What the directory says of a number; the signatures of what it says were checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The number.
    pub number: Number,
    /// Its row, if the server knows one.
    pub row: Option<Found>,
}

/// A number's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it is, or was, at home.
    pub home: ServerName,
    /// The key that it is bound to; none of a classic number.
    pub key: Option<OwnerKey>,
    /// The first key that it was bound to, where that is another one: it has signed for this.
    pub first_key: Option<OwnerKey>,
    /// Whether it has been given up.
    pub is_released: bool,
}
