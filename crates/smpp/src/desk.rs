//! What an account's number keeps, in tables of its own beside the history of its client.
//!
//! ```text
//!   commands that wait ─► commit: texts, and what is to be told of them; one flush ─► answers
//!   texts that came, states of those that were sent ─► untold ─► deliver_sm ─► told
//! ```
//!
//! What is to be told is read from the history whenever a client can take it, so that it waits
//! on disk and nowhere else.

mod commit;
mod held;
mod sent;
#[cfg(test)]
mod tests;
mod untold;

pub(crate) use commit::{Job, Outcome, Submission, Wanted, commit};
pub(crate) use held::{next_due, release};
pub(crate) use sent::{message_name, name_of};
pub(crate) use untold::{Told, Untold, Which, received, tell, told_until, untold, untold_of};

use crate::codec::Address;
use postrider_client::{Profile, ProfileError};

const TABLES: &str = "
-- What a client was told has been taken: a text, a recipient of one, or a part of one.
CREATE TABLE IF NOT EXISTS smpp_sent (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  message INTEGER NOT NULL,          -- the first one's id, where one command has many
  text INTEGER,                      -- of the history; null while it is held, or taken back
  source BLOB NOT NULL,              -- addresses as the client wrote them: ton, npi, digits
  destination BLOB NOT NULL,
  registered INTEGER NOT NULL,       -- what is to be told of it
  submitted INTEGER NOT NULL,
  begins TEXT NOT NULL,
  told INTEGER NOT NULL,             -- 0 nothing, 1 that it is on its way, 2 all
  ended INTEGER,                     -- when it was taken back
  -- Of one that is held:
  until INTEGER,                     -- until when it waits, for its time or for other parts
  held TEXT, peer TEXT, precedence INTEGER, lifetime INTEGER,
  reference INTEGER, part INTEGER, parts INTEGER
);
CREATE INDEX IF NOT EXISTS smpp_sent_texts ON smpp_sent (text) WHERE text IS NOT NULL;
CREATE INDEX IF NOT EXISTS smpp_sent_messages ON smpp_sent (message);
CREATE INDEX IF NOT EXISTS smpp_sent_untold ON smpp_sent (id) WHERE told < 2;
CREATE INDEX IF NOT EXISTS smpp_sent_held ON smpp_sent (until) WHERE until IS NOT NULL;
CREATE INDEX IF NOT EXISTS smpp_sent_parts ON smpp_sent (reference, submitted)
  WHERE reference IS NOT NULL;
-- The newest text that came up to which all were taken by a client.
CREATE TABLE IF NOT EXISTS smpp_received (
  one INTEGER PRIMARY KEY CHECK (one = 1), told INTEGER NOT NULL
);
";

/// Makes the tables, where they are not there.
pub(crate) fn prepare(profile: &mut Profile) -> Result<(), ProfileError> {
    profile.together(|profile| Ok(profile.tables().execute_batch(TABLES)?))
}

/// An address that is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OwnAddress {
    pub(crate) ton: u8,
    pub(crate) npi: u8,
    pub(crate) digits: Vec<u8>,
}

impl OwnAddress {
    pub(crate) fn of(address: &Address<'_>) -> OwnAddress {
        let Address { ton, npi, digits } = *address;
        OwnAddress { ton, npi, digits: digits.to_vec() }
    }

    pub(crate) fn as_address(&self) -> Address<'_> {
        Address { ton: self.ton, npi: self.npi, digits: &self.digits }
    }

    fn bytes(&self) -> Vec<u8> {
        [&[self.ton, self.npi], &self.digits[..]].concat()
    }

    fn from_bytes(bytes: &[u8]) -> OwnAddress {
        match bytes {
            [ton, npi, digits @ ..] => OwnAddress { ton: *ton, npi: *npi, digits: digits.to_vec() },
            _ => OwnAddress::default(),
        }
    }
}
