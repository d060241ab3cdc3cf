//! postrider's words and bytes.
//!
//! ```text
//!   bytes ──parse──► classic::Request   what a client asks of a server
//!                    classic::Relay     what one server says to another
//!                    classic::Answer    what a server says to a client
//!                    native::Item       what native servers and clients hand over
//!   bytes ◄─print──
//! ```
//!
//! Everything here is a value: no I/O, no clock, no randomness. What has been
//! parsed cannot hold anything that the protocol does not allow, so no other
//! crate looks at bytes.

pub mod classic;
pub mod gsm;
pub mod native;
mod number;
mod text;

pub use number::{Number, NumberError};
pub use text::{Text, TextError};
