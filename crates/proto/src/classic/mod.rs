//! The classic protocol: plain-text datagrams of at most 256 bytes.
//!
//! ```text
//!   handshake/0/5550000001//                     a client attaches
//!   send/0/5550000001/5550000005/Hello, five     it texts; `ack/0/…` answers
//!   5550000001/192.168.0.11?5550000005/10.0.0.5  a server shares its list
//! ```
//!
//! Five fields, split at the first four slashes: `type/seq/source/destination/
//! payload`. Which of them may be empty, and who may say what, differs between a
//! client's words ([`Request`]), a server's to a server ([`Relay`]) and a server's
//! to a client ([`Answer`]). Each is parsed from, and printed to, exactly the forms
//! that docs/protocol/classic.md lists.

mod answer;
mod fields;
mod line;
mod list;
mod relay;
mod request;
mod seq;

pub use answer::Answer;
pub use fields::Malformed;
pub use line::{Line, LineError, ServerIndex};
pub use list::{List, ListPrinter, parse_address};
pub use relay::Relay;
pub use request::Request;
pub use seq::Seq;

/// The most bytes of a datagram, newlines and NULs at its end not counted.
pub const DATAGRAM_BYTES_MAX: usize = 256;

/// The port that a pair of a list leaves out, and where a server listens unless
/// told otherwise.
pub const DEFAULT_PORT: u16 = 10410;
