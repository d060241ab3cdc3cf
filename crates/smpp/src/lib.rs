//! SMPP 3.4 for programs that can send an SMS: a message centre whose network has no carrier.
//!
//! ```text
//!   a client ─TCP, TLS─► gateway: sessions, accounts ─► a number's native client ─link─► the server
//! ```
//!
//! [`codec`], [`coding`], [`parts`], [`receipt`], [`validity`], [`numbers`] and [`session`] know
//! neither sockets nor clocks. Each number of an account is a native client in the server's
//! process; what its SMPP clients have not acknowledged is read from its history.

mod accounts;
mod asked;
pub mod codec;
pub mod coding;
mod desk;
mod gateway;
mod guesses;
mod handed;
pub mod limits;
pub mod numbers;
pub mod parts;
pub mod receipt;
pub mod session;
pub mod simulate;
pub mod validity;

pub use accounts::{Account, Accounts, AccountsError, folder_of, new_password};
pub use gateway::{Listen, Smpp, SmppError};
