//! What happens in a session, and how long it is waited for.

use super::Ticket;
use crate::codec::{Header, Mode, Status};
use std::time::Duration;

/// How long things are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// For a bind.
    pub bind: Duration,
    /// For anything, before the other side is asked whether it is there.
    pub enquire: Duration,
    /// For an answer.
    pub response: Duration,
    /// For a command of the client's, before the session is ended; none: for ever.
    pub inactivity: Option<Duration>,
}

impl Default for Timers {
    fn default() -> Timers {
        let seconds = Duration::from_secs;
        Timers { bind: seconds(30), enquire: seconds(60), response: seconds(30), inactivity: None }
    }
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody wants to be bound: [`bind_taken`](super::Session::bind_taken) or
    /// [`bind_refused`](super::Session::bind_refused) answers.
    Bind {
        /// The account.
        system_id: Vec<u8>,
        /// Its password.
        password: Vec<u8>,
        /// What for.
        mode: Mode,
    },
    /// A command that the session allows and that can be read: [`answer`](super::Session::answer)
    /// answers, or [`ignore`](super::Session::ignore) says that nobody will.
    Command {
        /// What to answer it by.
        ticket: Ticket,
        /// Its header.
        header: Header,
        /// Its body.
        body: Vec<u8>,
    },
    /// The client has answered a [`deliver`](super::Session::deliver).
    Answered {
        /// Which.
        tag: u64,
        /// How.
        status: Status,
    },
    /// It did not answer in time. What it answers later is not heard.
    Unanswered {
        /// Which.
        tag: u64,
    },
    /// The session is at its end: send what there is, and close the connection.
    Ended(Why),
}

/// Why a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The client wanted it.
    Unbound,
    /// This side wanted it.
    Told,
    /// Nobody was bound in time, or was let in.
    NotBound,
    /// The client did not answer whether it is there.
    Silent,
    /// The client has said nothing of its own for too long.
    Inactive,
    /// What came is no PDU.
    Garbled,
}

impl Why {
    /// As people read it.
    pub fn phrase(self) -> &'static str {
        match self {
            Why::Unbound => "the client has unbound",
            Why::Told => "the server ends",
            Why::NotBound => "it was not bound",
            Why::Silent => "the client did not answer",
            Why::Inactive => "the client was inactive",
            Why::Garbled => "what came is not SMPP",
        }
    }
}
