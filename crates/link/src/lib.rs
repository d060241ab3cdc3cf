//! The native link: one state machine for server to server and client to server.
//!
//! ```text
//!                 ┌────────────────── Endpoint ──────────────────┐
//!   datagrams ──► │ handshakes ─► sessions ─► items, in events   │ ──► the caller
//!             ◄── │ sessions ◄─ items, by precedence; custody    │ ◄──
//!                 └──────────────────────────────────────────────┘
//! ```
//!
//! A link carries *items*, opaque strings of at most 1,024 bytes, each once in a session,
//! in any order. The only acknowledgment is custody: the caller at the other end says
//! that it has an item on disk, and only then is it forgotten here. What arrives, and
//! when, is reported beside it, so that the time of a flush is not taken for the path's.
//!
//! Deliberately absent: sockets, clocks, threads, randomness but that of one seed, hash
//! maps. The same calls at the same times, from the same seed, give the same datagrams.
//!
//! Where to look: the form of every byte is in docs/protocol/link.md, `packet` and
//! `frame`; all limits are in [`limits`], all times in [`durations`]; how fast it sends
//! is in `congestion`; what is sent again and when, in `flight` and `session`.

mod arrivals;
mod close;
mod config;
mod congestion;
mod cookie;
mod delay;
pub mod durations;
mod endpoint;
mod event;
mod flight;
mod frame;
mod handshake;
mod identity;
mod intake;
mod keys;
pub mod limits;
mod noise;
mod outbox;
mod pacing;
mod packet;
mod ranges;
mod rtt;
mod session;
mod slab;
mod status;
mod time;
mod timers;
mod varint;
#[cfg(test)]
mod vectors;

pub use close::{CloseReason, DownReason};
pub use config::{Config, LinkConfig, PeerConfig, PeerError, Role, SendError, Strangers};
pub use endpoint::{Deadline, Endpoint};
pub use event::{Event, ItemId, PeerId, Refusal, SessionId};
pub use identity::{BadKey, Identity, PublicKey};
pub use outbox::{Precedence, Room};
pub use packet::Mode;
pub use session::Why;
pub use status::{Counters, Status, Traffic};
pub use time::Time;
