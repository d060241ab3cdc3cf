//! What a device tells whoever drives it.

use crate::{Entry, Event, Lookup, ProfileError, Server, Status};
use std::net::SocketAddr;

/// Names a question, so that its answer can be told from others. The asker's to choose; not
/// twice while an answer is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(pub u64);

/// Something for the program, or for whoever has the sockets.
#[derive(Debug)]
pub enum Told {
    /// Something has happened.
    Event(Event),
    /// Whether texts can leave has changed.
    Status(Status),
    /// The addresses of these servers are wanted: send what there is to be sent, find them, and
    /// go on with [`super::Device::connect`].
    Resolve(Vec<Server>),
    /// The answer to [`super::Device::look_up`].
    Found {
        /// The question.
        token: Token,
        /// What the directory says.
        lookup: Lookup,
    },
    /// The answer to [`super::Device::trace`].
    Traced {
        /// The question.
        token: Token,
        /// The text with its state.
        traced: Result<Entry, ProfileError>,
    },
    /// There will be no answer: no server can be reached, or it was lost before it answered.
    Unanswered(Token),
}

impl Told {
    /// What is left of an answer that is not to be told.
    pub(super) fn unanswered(self) -> Option<Told> {
        match self {
            Told::Found { token, .. } | Told::Traced { token, .. } | Told::Unanswered(token) => {
                Some(Told::Unanswered(token))
            }
            Told::Event(_) | Told::Status(_) | Told::Resolve(_) => None,
        }
    }
}

/// A server, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The server.
    pub server: Server,
    /// Its address, or why it was not found, in words.
    pub found: Result<SocketAddr, String>,
}
