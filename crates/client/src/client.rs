//! A client that runs.

use crate::{Draft, Entry, EntryId, Event, History, Lookup, Profile, ProfileError, ServerName};
use postrider_link::Mode;
use postrider_proto::Number;
use postrider_proto::native::Refusal;

/// A client that runs, on a thread of its own. Clones are the same client; it ends with
/// [`Client::stop`], or when the last is dropped.
#[derive(Clone)]
pub struct Client {}

/// What a client tells, from when this was made on.
pub struct Events {}

/// Whether texts can leave at the moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// No server is known.
    #[default]
    NoServer,
    /// A server is being called.
    Connecting {
        /// As it was written in the settings.
        address: String,
    },
    /// The number is attached.
    Attached {
        /// Where.
        server: ServerName,
        /// Whether the link is sealed or clear.
        mode: Mode,
    },
    /// A server does not let the number in; it is asked again, and the others are.
    Refused {
        /// Which server.
        server: ServerName,
        /// Why.
        why: Refusal,
    },
    /// The number has been given up.
    Released,
    /// The client has ended.
    Ended,
}

/// Why a client did not do something.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The profile refuses.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// It has ended.
    #[error("the client has ended")]
    Ended,
    /// It is attached to no server, and only a server knows.
    #[error("no server can be reached")]
    NotAttached,
    /// The socket or the thread cannot be had.
    #[error("the client cannot be started: {0}")]
    Start(#[from] std::io::Error),
}

impl Client {
    /// Starts a client: it calls the profile's servers, sends what waits, and takes what comes.
    pub fn start(profile: Profile) -> Result<Client, ClientError> {
        let _ = profile;
        todo!()
    }

    /// Its number.
    pub fn number(&self) -> Number {
        todo!()
    }

    /// What it tells, from now on.
    pub fn events(&self) -> Events {
        todo!()
    }

    /// Whether texts can leave at the moment.
    pub fn status(&self) -> Status {
        todo!()
    }

    /// Another reader of its history.
    pub fn history(&self) -> Result<History, ClientError> {
        todo!()
    }

    /// Sends a text: it is on disk when this returns, and leaves when it can.
    pub async fn send(&self, draft: Draft) -> Result<Entry, ClientError> {
        let _ = draft;
        todo!()
    }

    /// Does something with the profile, on the client's thread: a name, a key to be accepted, a
    /// text to be marked as read. What waits for it is sent.
    pub async fn with_profile<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Profile) -> R + Send + 'static,
    ) -> Result<R, ClientError> {
        let _ = job;
        todo!()
    }

    /// Asks the server where a text is, and keeps the answer as its state if nothing better is
    /// known. Returns the text with its state.
    pub async fn trace(&self, entry: EntryId) -> Result<Entry, ClientError> {
        let _ = entry;
        todo!()
    }

    /// Asks the server what the directory says of a number.
    pub async fn lookup(&self, number: Number) -> Result<Lookup, ClientError> {
        let _ = number;
        todo!()
    }

    /// Claims the number at the server, with an invitation's code; an empty one is none. What
    /// comes of it is told by [`Event::Attached`] or [`Event::Refused`].
    pub async fn claim(&self, code: &str) -> Result<(), ClientError> {
        let _ = code;
        todo!()
    }

    /// Gives the number up, for ever: nobody will be reached by it under this key.
    /// [`Event::Released`] tells when that is so.
    pub async fn release_number(&self) -> Result<(), ClientError> {
        todo!()
    }

    /// Reads the servers of the profile again, after they were changed.
    pub async fn reconnect(&self) -> Result<(), ClientError> {
        todo!()
    }

    /// Ends the client in an orderly way, and gives the profile back.
    pub async fn stop(self) -> Result<Profile, ClientError> {
        todo!()
    }
}

impl Events {
    /// The next one; after [`Event::Ended`] none.
    pub async fn next(&mut self) -> Option<Event> {
        todo!()
    }
}
