//! A postrider server's shell: everything between the outside and the engine.
//!
//! ```text
//!             reader thread            turns thread             writer thread
//!   socket ─► recvmmsg, who may ─────► parse, turn, print ────► sendmmsg ─► socket
//!                        batches of 64        │        batches
//!                                          store (one flush a turn)
//! ```
//!
//! What is only a few datagrams the turns' thread sends itself, while the writer has
//! nothing to do. Both channels are bounded. A full one towards the engine leaves datagrams in the
//! socket's buffer, and then drops them there, which is how UDP pushes back; nothing
//! that leaves ever waits for something that comes in.

mod batch;
mod drops;
mod limits;
mod rate;
mod reader;
mod server;
mod settings;
mod socket;
mod tell;
mod turns;
mod writer;

pub use batch::Batch;
pub use drops::{Drop, Drops};
pub use server::{Server, ServerError, Status};
pub use settings::{ClassicSources, Settings, SettingsError, Sources};
pub use socket::{Receiver, Transmitter, bind};
pub use tell::Teller;
