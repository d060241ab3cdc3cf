//! What a person writes.

use super::{Profile, ProfileError, values};
use crate::limits::TEXT_CHARACTERS_MAX;
use crate::{Draft, EntryId, Stamp, Standing};
use postrider_proto::native::Content;
use rusqlite::{OptionalExtension, params};

impl Profile {
    /// Keeps a text to be sent; it is on disk when this returns or, of a client that runs, when
    /// [`crate::Client::with_profile`] does. A number that is written to is
    /// one whose texts are wanted.
    pub fn compose(&mut self, draft: &Draft, now: Stamp) -> Result<EntryId, ProfileError> {
        let parts = split(&draft.text)?;
        self.atomically(|profile| profile.keep(draft, &parts, now))
    }

    /// The same for a program that may not know whether it has said so before: a text that was
    /// kept under this key is not kept again. Returns whether it is new. Refuses a key under
    /// which another text was kept, to another number or of another precedence.
    pub fn compose_once(
        &mut self,
        draft: &Draft,
        key: &str,
        now: Stamp,
    ) -> Result<(EntryId, bool), ProfileError> {
        let parts = split(&draft.text)?;
        self.atomically(|profile| {
            let kept = "SELECT id FROM messages WHERE key = ?1";
            let kept = profile.history.connection.query_row(kept, [key], |row| row.get(0));
            if let Some(kept) = kept.optional()?.map(EntryId) {
                let entry = profile.history.entry(kept)?.ok_or(ProfileError::NoEntry)?;
                let is_it = (entry.with, entry.precedence) == (draft.to, draft.precedence);
                let is_it = is_it && entry.text == draft.text;
                return is_it.then_some((kept, false)).ok_or(ProfileError::KeyUsed);
            }
            let kept = profile.keep(draft, &parts, now)?;
            profile.change("UPDATE messages SET key = ?1 WHERE id = ?2", params![key, kept.0])?;
            Ok((kept, true))
        })
    }

    fn keep(&self, draft: &Draft, parts: &[&str], now: Stamp) -> Result<EntryId, ProfileError> {
        let mut first = None;
        for (part, text) in parts.iter().enumerate() {
            first = Some(self.insert_part(draft, (part + 1, parts.len()), text, first, now)?);
        }
        let accept = "INSERT INTO contacts (number, standing) VALUES (?1, ?2) \
                      ON CONFLICT (number) DO UPDATE SET standing = ?2 WHERE standing = 'new'";
        let accepted = values::standing_name(Standing::Accepted);
        self.change(accept, params![draft.to.to_string(), accepted])?;
        first.map(EntryId).ok_or(ProfileError::Empty)
    }

    fn insert_part(
        &self,
        draft: &Draft,
        (part, parts): (usize, usize),
        text: &str,
        first: Option<i64>,
        now: Stamp,
    ) -> Result<i64, ProfileError> {
        let insert = "INSERT INTO messages (text_id, direction, peer, part, parts, text, \
                      precedence, lifetime, sealed, at, state, state_at, read) \
                      VALUES (?1, 'out', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'waiting', ?9, 1)";
        let (precedence, lifetime) = (draft.precedence.code(), draft.lifetime.code());
        let to = draft.to.to_string();
        let first_or_none = first.unwrap_or(0);
        let row =
            params![first_or_none, to, part, parts, text, precedence, lifetime, draft.seal, now.0];
        self.change(insert, row)?;
        match first {
            Some(first) => Ok(first),
            None => self.set_own_text_id(),
        }
    }

    /// The message that was inserted last is the first of its text.
    pub(super) fn set_own_text_id(&self) -> Result<i64, ProfileError> {
        let id = self.history.connection.last_insert_rowid();
        self.change("UPDATE messages SET text_id = id WHERE id = ?1", [id])?;
        Ok(id)
    }

    /// Takes back a text that waits and was not handed to any server: it is as if it had never
    /// been written.
    pub fn withdraw(&mut self, entry: EntryId) -> Result<(), ProfileError> {
        self.atomically(|profile| {
            let known = "SELECT state = 'waiting' AND count IS NULL FROM messages \
                         WHERE id = ?1 AND id = text_id AND direction = 'out'";
            let known = profile.history.connection.query_row(known, [entry.0], |row| row.get(0));
            match known.optional()? {
                None => Err(ProfileError::NoEntry),
                Some(false) => Err(ProfileError::HasLeft),
                // The parts of a text are signed together.
                Some(true) => {
                    profile.change("DELETE FROM messages WHERE id = ?1", [entry.0])?;
                    let parts = "DELETE FROM messages WHERE text_id = ?1 AND parts > 1";
                    profile.change(parts, [entry.0]).map(drop)
                }
            }
        })
    }
}

/// The text in as few parts as carry it.
fn split(text: &str) -> Result<Vec<&str>, ProfileError> {
    let found = text.chars().count();
    match found {
        0 => return Err(ProfileError::Empty),
        1..=TEXT_CHARACTERS_MAX => {}
        _ => return Err(ProfileError::TooLong { found }),
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.char_indices().nth(Content::CHARACTERS_MAX).map_or(rest.len(), |(at, _)| at);
        let (part, more) = rest.split_at(end);
        parts.push(part);
        rest = more;
    }
    Ok(parts)
}
