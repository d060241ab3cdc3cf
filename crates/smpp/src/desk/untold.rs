//! What a client is still to be told.

use super::sent::{self, Sent};
use super::{OwnAddress, message_name};
use crate::handed::OwnMessage;
use crate::receipt::{MessageState, Receipt, is_wanted};
use postrider_client::{Entry, EntryId, Profile, ProfileError};
use rusqlite::{OptionalExtension, params};

/// Which text or receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Which {
    /// A text that came.
    Received(EntryId),
    /// What became of a row, finally or on its way.
    Receipt {
        /// Which.
        row: i64,
        /// Whether it is the last.
        is_final: bool,
    },
}

/// Something that was not told. Without a message nobody wants to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Untold {
    pub(crate) which: Which,
    pub(crate) message: Option<OwnMessage>,
}

/// What is known to have been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// All texts that came, up to this one.
    Received(EntryId),
    /// A receipt.
    Receipt { row: i64, is_final: bool },
}

/// Candidates: what has come to an end, or is on its way where that is wanted, by the state of a
/// text's first part. What became of all of it is looked at for each.
const UNTOLD: &str = "FROM smpp_sent LEFT JOIN messages ON messages.id = smpp_sent.text \
    WHERE told < 2 AND (ended IS NOT NULL \
      OR state IN ('delivered', 'read', 'expired', 'refused', 'passed on') \
      OR registered & 16 AND told = 0 AND state != 'waiting')";

/// Of at most `limit` rows after one, what was not told, and the last row that was looked at;
/// none where there are no more.
pub(crate) fn untold(
    profile: &Profile,
    after: i64,
    limit: usize,
) -> Result<(Vec<Untold>, Option<i64>), ProfileError> {
    let some = format!(
        "SELECT {} {UNTOLD} AND smpp_sent.id > ?1 ORDER BY smpp_sent.id LIMIT ?2",
        columns()
    );
    let mut some = profile.tables().prepare_cached(&some)?;
    let rows = some.query_map(params![after, limit], Sent::read)?;
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let last = rows.last().map(|sent| sent.id);
    Ok((all_of(profile, &rows)?, last))
}

fn columns() -> String {
    let qualified = |column: &str| format!("smpp_sent.{}", column.trim());
    sent::COLUMNS.split(',').map(qualified).collect::<Vec<_>>().join(", ")
}

/// What was not told of a text.
pub(crate) fn untold_of(profile: &Profile, text: EntryId) -> Result<Vec<Untold>, ProfileError> {
    let some = format!("SELECT {} FROM smpp_sent WHERE text = ?1 AND told < 2", sent::COLUMNS);
    let mut some = profile.tables().prepare_cached(&some)?;
    let rows = some.query_map([text.0], Sent::read)?.collect::<Result<Vec<_>, _>>()?;
    all_of(profile, &rows)
}

fn all_of(profile: &Profile, rows: &[Sent]) -> Result<Vec<Untold>, ProfileError> {
    let all = rows.iter().map(|sent| one(profile, sent));
    Ok(all.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

fn one(profile: &Profile, sent: &Sent) -> Result<Option<Untold>, ProfileError> {
    let (state, done, error) = sent.fate(profile.history())?;
    let is_wanted = is_wanted(sent.registered, state);
    let is_final = state.is_final();
    let is_on_its_way = state == MessageState::Enroute && has_left(profile, sent)?;
    if !is_final && (!is_on_its_way || sent.told > 0 || !is_wanted) {
        return Ok(None);
    }
    let number = profile.number();
    let message = is_wanted.then(|| {
        let receipt = Receipt {
            message_id: message_name(sent.message, number),
            state,
            error,
            submitted: sent.submitted,
            done,
            begins: sent.begins.clone(),
        };
        let own = OwnAddress { ton: 0, npi: 1, digits: number.digits().to_vec() };
        let to = if sent.source.digits.is_empty() { &own } else { &sent.source };
        OwnMessage::receipt(&receipt, &sent.destination, to)
    });
    Ok(Some(Untold { which: Which::Receipt { row: sent.id, is_final }, message }))
}

/// Whether a server has it.
fn has_left(profile: &Profile, sent: &Sent) -> Result<bool, ProfileError> {
    let Some(text) = sent.text else { return Ok(false) };
    let waits = "SELECT state = 'waiting' FROM messages WHERE id = ?1";
    let mut waits = profile.tables().prepare_cached(waits)?;
    Ok(waits.query_row([text.0], |row| row.get(0)).optional()?.is_some_and(|waits: bool| !waits))
}

/// The newest text up to which all that came were told.
pub(crate) fn told_until(profile: &Profile) -> Result<EntryId, ProfileError> {
    let told = "SELECT told FROM smpp_received";
    let told: Option<i64> = profile.tables().query_row(told, [], |row| row.get(0)).optional()?;
    Ok(EntryId(told.unwrap_or(0)))
}

/// At most `limit` texts that came after one.
pub(crate) fn received(
    profile: &Profile,
    after: EntryId,
    limit: usize,
) -> Result<Vec<Entry>, ProfileError> {
    profile.history().received(after, limit)
}

/// Keeps what was told.
pub(crate) fn tell(profile: &mut Profile, all: &[Told]) -> Result<(), ProfileError> {
    profile.together(|profile| {
        for told in all {
            match *told {
                Told::Received(text) => {
                    let until = "INSERT INTO smpp_received VALUES (1, ?1) ON CONFLICT (one) \
                                 DO UPDATE SET told = max(told, ?1)";
                    profile.tables().prepare_cached(until)?.execute([text.0])?;
                }
                Told::Receipt { row, is_final } => {
                    let level = if is_final { 2 } else { 1 };
                    let set = "UPDATE smpp_sent SET told = max(told, ?2) WHERE id = ?1";
                    profile.tables().prepare_cached(set)?.execute(params![row, level])?;
                }
            }
        }
        Ok(())
    })
}
