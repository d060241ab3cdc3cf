//! What became of a message, as it stands in the history, and what may take its place.

use super::values;
use crate::{ServerName, Stamp, State, Whereabouts};
use postrider_proto::native::{Outcome, Reason, ServerId, Traced};
use rusqlite::Row;

/// What is known of a message that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) what: What,
    pub(crate) server: Option<ServerId>,
    /// Of a trace, the server that says so.
    pub(crate) by: Option<ServerId>,
    pub(crate) at: Stamp,
    pub(crate) is_proven: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Waiting,
    Accepted,
    InMailbox,
    WaitsFor,
    HandedTo,
    NoWay,
    Unclaimed,
    HandedOn,
    PassedOn,
    Expired,
    Refused(Reason),
    Delivered,
    Read,
}

const NAMES: [(&str, What); 12] = [
    ("waiting", What::Waiting),
    ("accepted", What::Accepted),
    ("in mailbox", What::InMailbox),
    ("waits for", What::WaitsFor),
    ("handed to", What::HandedTo),
    ("no way", What::NoWay),
    ("unclaimed", What::Unclaimed),
    ("handed on", What::HandedOn),
    ("passed on", What::PassedOn),
    ("expired", What::Expired),
    ("delivered", What::Delivered),
    ("read", What::Read),
];
const REFUSED: &str = "refused";

impl Known {
    pub(crate) fn accepted(server: ServerId, at: Stamp) -> Known {
        Known { what: What::Accepted, server: Some(server), by: None, at, is_proven: false }
    }

    pub(crate) fn expired_here(at: Stamp) -> Known {
        Known { what: What::Expired, server: None, by: None, at, is_proven: false }
    }

    pub(crate) fn told(outcome: Outcome, server: ServerId, is_proven: bool, at: Stamp) -> Known {
        let what = match outcome {
            Outcome::Delivered => What::Delivered,
            Outcome::Read => What::Read,
            Outcome::Expired => What::Expired,
            Outcome::PassedOn => What::PassedOn,
            Outcome::Refused(reason) => What::Refused(reason),
        };
        Known { what, server: Some(server), by: None, at, is_proven }
    }

    /// None where nothing is known.
    pub(crate) fn traced(traced: Traced, by: ServerId, since: Stamp) -> Option<Known> {
        let (what, server) = match traced {
            Traced::InMailbox => (What::InMailbox, None),
            Traced::WaitsFor(server) => (What::WaitsFor, Some(server)),
            Traced::HandedTo(server) => (What::HandedTo, Some(server)),
            Traced::NoWay(server) => (What::NoWay, Some(server)),
            Traced::Unclaimed => (What::Unclaimed, None),
            Traced::HandedOn(server) => (What::HandedOn, Some(server)),
            Traced::Unknown => return None,
        };
        Some(Known { what, server, by: Some(by), at: since, is_proven: false })
    }

    /// How far it is. What comes later may only lead further, or say the same better; a trace
    /// takes the place of a trace.
    pub(crate) fn may_follow(&self, before: &Known) -> bool {
        let both_traced = self.rank() == TRACED && before.rank() == TRACED;
        self.rank() > before.rank() || both_traced
    }

    fn rank(&self) -> u8 {
        match (self.what, self.is_proven) {
            (What::Waiting, _) => 0,
            (What::Accepted, _) => 1,
            (What::PassedOn | What::Expired | What::Refused(_), _) => 3,
            (What::Delivered, false) => 4,
            (What::Read, false) => 5,
            (What::Delivered, true) => 6,
            (What::Read, true) => 7,
            _ => TRACED,
        }
    }

    /// Of a text's parts, the one with the least of these says what the text's state is: what
    /// failed, then what is least far.
    pub(crate) fn order_in_text(&self) -> u8 {
        match self.what {
            What::Refused(_) => 0,
            What::Expired => 1,
            _ => 2 + self.rank(),
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        let known = NAMES.iter().find(|(_, what)| *what == self.what);
        known.map_or(REFUSED, |(name, _)| name)
    }

    pub(crate) fn reason(&self) -> Option<u8> {
        match self.what {
            What::Refused(reason) => Some(reason.code()),
            _ => None,
        }
    }

    /// From the columns state, state_at, state_server, state_reason, proven, state_by, which begin here.
    pub(crate) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Known> {
        let name: String = row.get(first)?;
        let named = NAMES.iter().find(|(known, _)| *known == name).map(|(_, what)| *what);
        let reason = row.get::<_, Option<u8>>(first + 3)?.and_then(Reason::from_code);
        let what = named.or(reason.map(What::Refused)).unwrap_or(What::Waiting);
        Ok(Known {
            what,
            at: Stamp(row.get(first + 1)?),
            server: values::server(row, first + 2)?,
            is_proven: row.get(first + 4)?,
            by: values::server(row, first + 5)?,
        })
    }

    /// As people are shown it.
    pub(crate) fn state(&self, name: impl Fn(ServerId) -> ServerName) -> State {
        let (at, proven) = (self.at, self.is_proven);
        let server = self.server.map(&name);
        // Where the server is missing somebody else has written into the history.
        let nobody = || name(ServerId([0; 8]));
        let named = || server.clone().unwrap_or_else(nobody);
        let by = self.by.map_or_else(nobody, &name);
        let traced = |whereabouts| State::Traced { by, whereabouts, since: at };
        match self.what {
            What::Waiting => State::Waiting,
            What::Accepted => State::Accepted { server: named(), at },
            What::InMailbox => traced(Whereabouts::InMailbox),
            What::WaitsFor => traced(Whereabouts::WaitsFor(named())),
            What::HandedTo => traced(Whereabouts::HandedTo(named())),
            What::NoWay => traced(Whereabouts::NoWay(named())),
            What::Unclaimed => traced(Whereabouts::Unclaimed),
            What::HandedOn => traced(Whereabouts::HandedOn(named())),
            What::PassedOn => State::PassedOn { server: named(), at },
            What::Expired => State::Expired { server, at },
            What::Refused(reason) => State::Refused { reason, server: named(), at },
            What::Delivered => State::Delivered { proven, at },
            What::Read => State::Read { proven, at },
        }
    }
}

const TRACED: u8 = 2;
