//! A native client.
//!
//! ```text
//!   program ──► Client ──► its thread ──► Device    a turn, sans-IO:
//!           ◄── Events ◄──     │             ──► Profile   keys and history, on disk
//!                              │             ──► Session   what is said to the server
//!                              └────────► UDP sockets, names, clocks
//! ```
//!
//! A text is on disk before [`Client::send`] returns, and leaves when a server can be reached.
//! What comes is on disk before the server is told that it may forget it. What became of a
//! text is what somebody has said of it, and how it is known ([`State`], [`Trust`]).
//!
//! Programs show nothing that came from elsewhere but through [`shown`].

mod client;
mod device;
mod device_code;
pub mod durations;
mod entry;
mod event;
pub mod group;
mod history;
mod keys;
pub mod limits;
mod lookup;
pub mod phrases;
mod profile;
mod sealed;
mod server;
mod session;
mod shown;
mod stamp;
mod status;
#[cfg(test)]
mod testing;
mod verify;
mod words;

pub use client::{Client, ClientError, Events};
pub use device::{Device, Moment, Resolved, Token, Told};
pub use device_code::{CodeError, DeviceCode};
pub use entry::{
    Contact, Conversation, Draft, Entry, EntryId, ServerName, Standing, State, Trust, Way,
    Whereabouts,
};
pub use event::Event;
pub use history::History;
pub use keys::{KeyRank, Keys, KeysError, Word};
pub use lookup::{Found, Lookup};
pub use profile::{Profile, ProfileError};
pub use server::Server;
pub use session::{Place, Session, SessionEvent};
pub use shown::shown;
pub use stamp::Stamp;
pub use status::Status;
pub use words::WordsError;
