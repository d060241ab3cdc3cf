//! A postrider server's shell: everything between the outside and the engine.
//!
//! ```text
//!             reader thread            turns thread             writer thread
//!   socket ─► recvmmsg, who may ─────► parse, turn, print ────► sendmmsg ─► socket
//!                  │     batches of 64        │  ▲     batches
//!                  │                       store  │ (one flush a turn)
//!                  │                          │   │
//!                  └───── native ─────► trunks thread ────────► sendmmsg ─► socket
//!                                       links, cryptography
//!   the local network ─► discovery thread ─► trunks, if it is switched on
//! ```
//!
//! What is only a few datagrams the turns' thread sends itself, while the writer has
//! nothing to do. All channels are bounded. A full one towards the engine leaves datagrams in the
//! socket's buffer, and then drops them there, which is how UDP pushes back; nothing
//! that leaves ever waits for something that comes in.

mod ask;
mod audit;
mod batch;
pub mod control;
mod discovery;
mod drops;
mod keys;
mod limits;
mod passing;
mod rate;
mod reader;
mod server;
mod settings;
mod socket;
mod tell;
mod trunk_end;
mod trunks;
mod turns;
mod writer;

pub use ask::Asker;
pub use audit::{AUDIT_FILE, Act, Audit, beginning};
pub use batch::Batch;
pub use drops::{Drop, Drops};
pub use keys::{Identity, KeyError, parse_key};
pub use limits::SOCKET_BUFFER_BYTES;
pub use server::{Server, ServerError, Status};
pub use settings::{
    ClassicSources, ClientSources, Degrees, LimitSources, Named, NumbersSource, PeerSettings,
    PeerSource, Settings, SettingsError, SmppSettings, SmppSources, Sources, TrunkSettings,
    TrunkSources, WebSettings, WebSources,
};
pub use socket::{Receiver, Transmitter, bind};
pub use tell::Teller;
pub use trunks::{KEY_FILE, LinkState, Neighbour, PeerReport, TrunksReport};
