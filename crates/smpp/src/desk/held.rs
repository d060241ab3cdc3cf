//! What waits for its time, or for the other parts of its text.

use super::OwnAddress;
use super::commit::{Submission, insert};
use crate::limits::PARTS_WITHIN;
use crate::parts::{Arrival, Kept, Part, arrive as decide, joined};
use postrider_client::limits::TEXT_CHARACTERS_MAX;
use postrider_client::{Draft, EntryId, Profile, ProfileError, Stamp};
use postrider_proto::Number;
use postrider_proto::native::{Lifetime, Precedence};
use rusqlite::{OptionalExtension, Row, params};

/// What comes of a part.
pub(super) enum Arrived {
    /// It is kept as this row, or was before.
    Kept(i64),
    /// Its text is longer than one may be; this part is not kept.
    TooLong,
}

/// A row that is held.
struct Held {
    id: i64,
    text: String,
    peer: Number,
    precedence: Precedence,
    lifetime: Lifetime,
    part: Option<(u8, u8)>,
    /// What all parts of its text have in common.
    set: (Vec<u8>, Vec<u8>, Option<u32>),
}

const COLUMNS: &str = "id, held, peer, precedence, lifetime, part, parts, source, destination, \
                       reference";
const OF_SET: &str = "until IS NOT NULL AND reference = ?1 AND source = ?2 AND destination = ?3 \
                      AND parts = ?4";

impl Held {
    fn read(row: &Row<'_>) -> rusqlite::Result<Held> {
        let part: Option<u8> = row.get(5)?;
        let parts: Option<u8> = row.get(6)?;
        let code: usize = row.get(3)?;
        Ok(Held {
            id: row.get(0)?,
            text: row.get(1)?,
            peer: row.get::<_, String>(2)?.parse().unwrap_or(Number::MIN),
            precedence: Precedence::ALL.get(code).copied().unwrap_or(Precedence::Routine),
            lifetime: Lifetime::from_code(row.get(4)?),
            part: part.zip(parts),
            set: (row.get(7)?, row.get(8)?, row.get(9)?),
        })
    }
}

/// A part of a text to one recipient.
pub(super) fn arrive(
    profile: &mut Profile,
    submission: &Submission,
    (peer, destination): (Number, &OwnAddress),
    part: Part,
    now: Stamp,
) -> Result<Arrived, ProfileError> {
    let set = (submission.source.bytes(), destination.bytes(), Some(part.reference));
    let mut held = of_set(profile, &set, part.of)?;
    let mut kept: Vec<Kept> = held.iter().map(as_kept).collect();
    let arrival = decide(&kept, part, &submission.text);
    if let Arrival::Doubled(row) = arrival {
        return Ok(Arrived::Kept(row));
    }
    if arrival == Arrival::Another {
        send(profile, &std::mem::take(&mut held), now)?;
        kept.clear();
    }
    let characters = kept.iter().map(|kept| kept.text.chars().count()).sum::<usize>();
    if characters + submission.text.chars().count() > TEXT_CHARACTERS_MAX {
        return Ok(Arrived::TooLong);
    }
    let until = now.after(PARTS_WITHIN).0.max(submission.due.unwrap_or(i64::MIN));
    let waits = Submission { due: Some(until), ..submission.clone() };
    let row = insert(profile, &waits, (peer, destination), None, None, now)?;
    let mark = "UPDATE smpp_sent SET reference = ?2, part = ?3, parts = ?4 WHERE id = ?1";
    let values = params![row, part.reference, part.number, part.of];
    profile.tables().prepare_cached(mark)?.execute(values)?;
    if arrival == Arrival::Whole {
        let held = of_set(profile, &set, part.of)?;
        match submission.due {
            // It is whole, and waits for its time.
            Some(due) => {
                for one in &held {
                    let until = "UPDATE smpp_sent SET until = ?2 WHERE id = ?1";
                    profile.tables().prepare_cached(until)?.execute(params![one.id, due])?;
                }
            }
            None => send(profile, &held, now)?,
        }
    }
    Ok(Arrived::Kept(row))
}

fn as_kept(held: &Held) -> Kept {
    let number = held.part.map_or(0, |(number, _)| number);
    Kept { id: held.id, number, text: held.text.clone() }
}

/// The parts that are kept of a text, in the order in which they came.
fn of_set(
    profile: &Profile,
    set: &(Vec<u8>, Vec<u8>, Option<u32>),
    of: u8,
) -> Result<Vec<Held>, ProfileError> {
    let all = format!("SELECT {COLUMNS} FROM smpp_sent WHERE {OF_SET} ORDER BY id");
    let mut all = profile.tables().prepare_cached(&all)?;
    let rows = all.query_map(params![set.2, set.0, set.1, of], Held::read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Sends what is held as one text, with what is missing of it left out.
fn send(profile: &mut Profile, held: &[Held], now: Stamp) -> Result<(), ProfileError> {
    let Some(first) = held.first() else { return Ok(()) };
    let text = match first.part {
        Some((_, of)) => {
            let kept: Vec<Kept> = held.iter().map(as_kept).collect();
            match repeats(profile, held, of)? {
                Some(text) => return bind_to(profile, held, text),
                None => joined(&kept, of),
            }
        }
        None => first.text.clone(),
    };
    // The ellipses of missing parts may be one character too many.
    let text = text.chars().take(TEXT_CHARACTERS_MAX).collect();
    let Held { peer, precedence, lifetime, .. } = *first;
    let draft = Draft { to: peer, text, precedence, lifetime, seal: true };
    let text = profile.compose(&draft, now)?;
    bind_to(profile, held, text)
}

fn bind_to(profile: &Profile, held: &[Held], text: EntryId) -> Result<(), ProfileError> {
    // What a part said stays here, to be known if it comes again.
    let sent = "UPDATE smpp_sent SET text = ?2, until = NULL, peer = NULL WHERE id = ?1";
    let mut sent = profile.tables().prepare_cached(sent)?;
    for one in held {
        sent.execute(params![one.id, text.0])?;
    }
    Ok(())
}

/// The text that went lately, of which these parts, which are not all, are parts as well: a client
/// that has not heard that they were taken says them again.
fn repeats(profile: &Profile, held: &[Held], of: u8) -> Result<Option<EntryId>, ProfileError> {
    if held.len() == usize::from(of) {
        return Ok(None);
    }
    let mut found = None;
    for one in held {
        let like = "SELECT text FROM smpp_sent WHERE text IS NOT NULL AND reference = ?1 \
                    AND source = ?2 AND destination = ?3 AND parts = ?4 AND part = ?5 \
                    AND held = ?6 ORDER BY submitted DESC LIMIT 1";
        let (source, destination, reference) = &one.set;
        let part = one.part.map(|(number, _)| number);
        let values = params![reference, source, destination, of, part, one.text];
        let mut like = profile.tables().prepare_cached(like)?;
        let text: Option<i64> = like.query_row(values, |row| row.get(0)).optional()?;
        match (text, found) {
            (None, _) => return Ok(None),
            (Some(text), Some(before)) if text != before => return Ok(None),
            (text, _) => found = text,
        }
    }
    Ok(found.map(EntryId))
}

/// When something that is held is next to be sent.
pub(crate) fn next_due(profile: &Profile) -> Result<Option<Stamp>, ProfileError> {
    let next = "SELECT min(until) FROM smpp_sent WHERE until IS NOT NULL";
    let next: Option<i64> = profile.tables().query_row(next, [], |row| row.get(0))?;
    Ok(next.map(Stamp))
}

/// Sends what is due.
pub(crate) fn release(profile: &mut Profile, now: Stamp) -> Result<(), ProfileError> {
    profile.together(|profile| {
        loop {
            let due = format!(
                "SELECT {COLUMNS} FROM smpp_sent WHERE until <= ?1 ORDER BY until, id LIMIT 1"
            );
            let mut due = profile.tables().prepare_cached(&due)?;
            let first = due.query_row([now.0], Held::read).optional()?;
            drop(due);
            let Some(first) = first else { return Ok(()) };
            let held = match first.part {
                Some((_, of)) => of_set(profile, &first.set, of)?,
                None => vec![first],
            };
            send(profile, &held, now)?;
        }
    })
}
