//! The native protocol: packed bytes, signed, at most 256 of them in a datagram
//! where a link is narrow.
//!
//! ```text
//!   bytes ──parse──► Item     what a link hands over, and does not look into:
//!                     Message   a text or a receipt, with its header
//!                     Row       a fact of the directory
//!                     Have      which rows have been seen
//!                     Attach …  what a client and its server say beside these
//!   bytes ◄─print──
//! ```
//!
//! Each is parsed from, and printed to, exactly the bytes that docs/protocol/native.md
//! lists: no two forms mean the same. Nothing is signed or verified here: what carries
//! a signature yields the bytes that it is made over.

mod age;
mod attach;
mod block;
mod bytes;
mod content;
mod dispute;
mod have;
mod item;
mod keys;
mod lifetime;
mod line_place;
mod malformed;
mod message;
mod number_row;
mod receipt;
mod row;
mod server_row;
mod signed;
mod words;

pub use age::Age;
pub use attach::{Answer, Ask, Attach, ClaimItem, Refusal, Trace, Traced, Unknown, Verdict};
pub use block::{Block, BlockError};
pub use content::{Content, Form};
pub use dispute::Dispute;
pub use have::{Have, HaveBuf};
pub use item::{Item, SentRow};
pub use keys::{OwnerKey, ServerId, ServerKey, Signature};
pub use lifetime::Lifetime;
pub use line_place::{LineId, LinePlace};
pub use malformed::Malformed;
pub use message::{Body, Message};
pub use number_row::{Claim, FirstKey, NumberRow, Owner, Successor, Version};
pub use receipt::{Outcome, Reason, Receipt};
pub use row::{Entry, Fact, LinkRow, Row, Sequence};
pub use server_row::{Blocks, Label, ServerRow};
pub use signed::WrongSignature;
pub use words::{Count, Epoch, Hops, MessageId, Part, Precedence};

/// The most bytes of an item: a sealed text of 160 characters of four bytes, in parts
/// and signed, has 775.
pub const ITEM_BYTES_MAX: usize = 1_024;
