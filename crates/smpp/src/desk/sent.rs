//! Rows of what was taken, and their names.

use super::OwnAddress;
use crate::receipt::MessageState;
use postrider_client::{EntryId, History, ProfileError, State, Way};
use postrider_proto::Number;
use rusqlite::{OptionalExtension, Row, params};

/// Numbers have ten digits, which are the last ones of a name.
const NUMBERS: u64 = 10_000_000_000;

/// What a client knows a row by: decimal, without leading zeros, below 2^63 as long as a number
/// has taken less than 922 million texts.
pub(crate) fn message_name(row: i64, number: Number) -> String {
    format!("{row}{number}")
}

/// The row and the number of a name; none where it is none.
pub(crate) fn name_of(name: &[u8]) -> Option<(i64, Number)> {
    let name = std::str::from_utf8(name).ok()?;
    let is_plain = name.bytes().all(|byte| byte.is_ascii_digit()) && !name.starts_with('0');
    let value: u64 = name.parse().ok().filter(|_| is_plain)?;
    let row = i64::try_from(value / NUMBERS).ok().filter(|row| *row > 0)?;
    Some((row, Number::from_value(value % NUMBERS)?))
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) id: i64,
    pub(crate) message: i64,
    pub(crate) text: Option<EntryId>,
    pub(crate) source: OwnAddress,
    pub(crate) destination: OwnAddress,
    pub(crate) registered: u8,
    pub(crate) submitted: i64,
    pub(crate) begins: String,
    pub(crate) told: u8,
    pub(crate) ended: Option<i64>,
    pub(crate) until: Option<i64>,
}

pub(super) const COLUMNS: &str =
    "id, message, text, source, destination, registered, submitted, begins, told, ended, until";

impl Sent {
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Sent> {
        let address = |column| {
            let bytes: Vec<u8> = row.get(column)?;
            Ok::<_, rusqlite::Error>(OwnAddress::from_bytes(&bytes))
        };
        Ok(Sent {
            id: row.get(0)?,
            message: row.get(1)?,
            text: row.get::<_, Option<i64>>(2)?.map(EntryId),
            source: address(3)?,
            destination: address(4)?,
            registered: row.get(5)?,
            submitted: row.get(6)?,
            begins: row.get(7)?,
            told: row.get(8)?,
            ended: row.get(9)?,
            until: row.get(10)?,
        })
    }

    /// All that one command was answered for.
    pub(super) fn of_message(
        connection: &rusqlite::Connection,
        message: i64,
    ) -> Result<Vec<Sent>, ProfileError> {
        let all = format!("SELECT {COLUMNS} FROM smpp_sent WHERE message = ?1 ORDER BY id");
        let mut all = connection.prepare_cached(&all)?;
        let rows = all.query_map([message], Sent::read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What became of it, when, and the error.
    pub(super) fn fate(&self, history: &History) -> Result<(MessageState, i64, u8), ProfileError> {
        if let Some(ended) = self.ended {
            return Ok((MessageState::Deleted, ended, 0));
        }
        let Some(text) = self.text else {
            return Ok((MessageState::Enroute, self.submitted, 0));
        };
        let Some(entry) = history.entry(text)? else {
            return Ok((MessageState::Unknown, self.submitted, 0));
        };
        Ok(match entry.way {
            Way::Sent(state) => fate_of(&state, entry.at.0),
            Way::Received { .. } => (MessageState::Unknown, self.submitted, 0),
        })
    }
}

/// As SMPP says it. What a classic line has was handed on, and nothing more will be known.
fn fate_of(state: &State, written: i64) -> (MessageState, i64, u8) {
    match state {
        State::Waiting | State::Traced { .. } => (MessageState::Enroute, written, 0),
        State::Accepted { at, .. } => (MessageState::Enroute, at.0, 0),
        State::Delivered { at, .. } | State::Read { at, .. } => (MessageState::Delivered, at.0, 0),
        State::PassedOn { at, .. } => (MessageState::Accepted, at.0, 0),
        State::Expired { at, .. } => (MessageState::Expired, at.0, 0),
        State::Refused { reason, at, .. } => (MessageState::Undeliverable, at.0, reason.code()),
    }
}

/// One row.
pub(super) fn find(
    connection: &rusqlite::Connection,
    row: i64,
) -> Result<Option<Sent>, ProfileError> {
    let one = format!("SELECT {COLUMNS} FROM smpp_sent WHERE id = ?1");
    let mut one = connection.prepare_cached(&one)?;
    Ok(one.query_row(params![row], Sent::read).optional()?)
}
