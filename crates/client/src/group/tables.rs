//! A group's own tables, in the history beside the texts that they are about.

use super::{HandedOn, Member, tally};
use crate::limits::{GROUP_COPIES_MAX, GROUP_NUMBERS_MAX};
use crate::profile::values;
use crate::{EntryId, History, Profile, ProfileError, Stamp};
use postrider_proto::Number;
use rusqlite::{OptionalExtension, params};

/// Of the tables below. Another one is refused.
const VERSION: i64 = 1;
const VERSION_NAME: &str = "group";
const NAME: &str = "group_name";
const IS_OPEN: &str = "group_is_open";

const TABLES: &str = "
CREATE TABLE group_members (
  number TEXT PRIMARY KEY, name TEXT, moderator INTEGER NOT NULL, since INTEGER NOT NULL
) WITHOUT ROWID;

-- What was handed on.
CREATE TABLE group_texts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  sender TEXT NOT NULL, text TEXT NOT NULL, at INTEGER NOT NULL,
  roll INTEGER,                      -- of a roll call: which, from 1
  open INTEGER NOT NULL              -- of a roll call: whether answers are counted
);
CREATE UNIQUE INDEX group_rolls ON group_texts (roll) WHERE roll IS NOT NULL;
CREATE INDEX group_open ON group_texts (id) WHERE open;

-- To whom, as which text of the history, and what they answered last.
CREATE TABLE group_copies (
  text INTEGER NOT NULL, member TEXT NOT NULL, entry INTEGER NOT NULL,
  answer TEXT, answered_at INTEGER,
  PRIMARY KEY (text, member)
) WITHOUT ROWID;

-- What is said to a number but once.
CREATE TABLE group_told (
  id INTEGER PRIMARY KEY AUTOINCREMENT, number TEXT NOT NULL, what TEXT NOT NULL,
  UNIQUE (number, what)
);
";

/// A roll call that counts answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenRoll {
    pub(super) text: i64,
    pub(super) caller: Number,
}

impl History {
    /// Whether the profile is a group's. Refuses one of another version.
    pub fn is_group(&self) -> Result<bool, ProfileError> {
        match self.value::<i64>(VERSION_NAME)? {
            None => Ok(false),
            Some(VERSION) => Ok(true),
            Some(found) => Err(ProfileError::GroupVersion { found, known: VERSION }),
        }
    }

    /// What the group calls itself; none if it has no name.
    pub fn group_name(&self) -> Result<Option<String>, ProfileError> {
        self.value(NAME)
    }

    /// Whether anybody may join the group.
    pub fn group_is_open(&self) -> Result<bool, ProfileError> {
        Ok(self.value(IS_OPEN)?.unwrap_or(false))
    }

    /// Who is in the group, by number.
    pub fn group_members(&self) -> Result<Vec<Member>, ProfileError> {
        let all = "SELECT number, name, moderator, since FROM group_members ORDER BY number";
        let mut all = self.connection.prepare_cached(all)?;
        let members = all.query_map([], |row| {
            Ok(Member {
                number: values::number(row, 0)?,
                name: row.get(1)?,
                is_moderator: row.get(2)?,
                since: Stamp(row.get(3)?),
            })
        })?;
        Ok(members.collect::<Result<_, _>>()?)
    }

    /// The last roll call, and what became of it; none if there was none, or it is long ago.
    pub fn last_roll_call(&self) -> Result<Option<HandedOn>, ProfileError> {
        let last = "SELECT max(id) FROM group_texts WHERE roll = \
                    (SELECT max(roll) FROM group_texts WHERE roll IS NOT NULL)";
        self.handed_on(self.one(last, [])?.flatten())
    }

    /// The last text that was handed on, and what became of it; none if there is none.
    pub fn last_handed_on(&self) -> Result<Option<HandedOn>, ProfileError> {
        let last = "SELECT max(id) FROM group_texts";
        self.handed_on(self.one(last, [])?.flatten())
    }

    /// The last text of a member; of a moderator also any roll call, first of all an open one.
    pub(super) fn last_of(&self, member: &Member) -> Result<Option<HandedOn>, ProfileError> {
        let last = "SELECT id FROM group_texts WHERE sender = ?1 OR ?2 AND roll IS NOT NULL \
                    ORDER BY ?2 AND open DESC, id DESC LIMIT 1";
        let with = params![member.number.to_string(), member.is_moderator];
        self.handed_on(self.one(last, with)?)
    }

    pub(super) fn is_member(&self, number: Number) -> Result<bool, ProfileError> {
        let is_member = "SELECT EXISTS (SELECT 1 FROM group_members WHERE number = ?1)";
        Ok(self.one(is_member, [number.to_string()])?.unwrap_or(false))
    }

    fn handed_on(&self, text: Option<i64>) -> Result<Option<HandedOn>, ProfileError> {
        text.map_or(Ok(None), |text| tally::read(self, text))
    }

    pub(super) fn one<T: rusqlite::types::FromSql>(
        &self,
        query: &str,
        with: impl rusqlite::Params,
    ) -> Result<Option<T>, ProfileError> {
        let mut query = self.connection.prepare_cached(query)?;
        Ok(query.query_row(with, |row| row.get(0)).optional()?)
    }
}

impl Profile {
    pub(super) fn make_group(&mut self, name: Option<&str>) -> Result<(), ProfileError> {
        self.history().connection.execute_batch(TABLES)?;
        self.set_value(VERSION_NAME, VERSION)?;
        name.map_or(Ok(()), |name| self.set_value(NAME, name))
    }

    pub(super) fn set_group_open(&mut self, is_open: bool) -> Result<(), ProfileError> {
        self.set_value(IS_OPEN, is_open)
    }

    /// Puts a member in, or another one of the same number in its place.
    pub(super) fn put_member(&mut self, member: &Member) -> Result<(), ProfileError> {
        let put = "INSERT OR REPLACE INTO group_members (number, name, moderator, since) \
                   VALUES (?1, ?2, ?3, ?4)";
        let Member { number, name, is_moderator, since } = member;
        self.change(put, params![number.to_string(), name, is_moderator, since.0])?;
        self.forget_told(*number)
    }

    pub(super) fn remove_member(&mut self, number: Number) -> Result<(), ProfileError> {
        self.change("DELETE FROM group_members WHERE number = ?1", [number.to_string()])?;
        self.forget_told(number)
    }

    fn forget_told(&mut self, number: Number) -> Result<(), ProfileError> {
        self.change("DELETE FROM group_told WHERE number = ?1", [number.to_string()]).map(drop)
    }

    /// Whether this is to be said to, or of, a number now; only once, as long as it is
    /// remembered.
    pub(super) fn is_news(&mut self, number: Number, what: &str) -> Result<bool, ProfileError> {
        let note = "INSERT OR IGNORE INTO group_told (number, what) VALUES (?1, ?2)";
        let is_news = self.change(note, params![number.to_string(), what])? > 0;
        if is_news {
            let forget = "DELETE FROM group_told WHERE id <= (SELECT max(id) FROM group_told) - ?1";
            self.change(forget, [GROUP_NUMBERS_MAX])?;
        }
        Ok(is_news)
    }

    /// A text that is handed on; a roll call gets the next number.
    pub(super) fn put_handed_on(
        &mut self,
        sender: Number,
        text: &str,
        is_roll: bool,
        now: Stamp,
    ) -> Result<i64, ProfileError> {
        let put = "INSERT INTO group_texts (sender, text, at, open, roll) VALUES (?1, ?2, ?3, ?4, \
                   CASE WHEN ?4 THEN (SELECT coalesce(max(roll), 0) + 1 FROM group_texts \
                                      WHERE roll IS NOT NULL) END)";
        self.change(put, params![sender.to_string(), text, now.0, is_roll])?;
        Ok(self.history().connection.last_insert_rowid())
    }

    pub(super) fn put_copy(
        &mut self,
        text: i64,
        member: Number,
        entry: EntryId,
    ) -> Result<(), ProfileError> {
        let put = "INSERT INTO group_copies (text, member, entry) VALUES (?1, ?2, ?3)";
        self.change(put, params![text, member.to_string(), entry.0]).map(drop)
    }

    pub(super) fn open_roll(&self) -> Result<Option<OpenRoll>, ProfileError> {
        let open = "SELECT id, sender FROM group_texts WHERE open";
        let mut open = self.history().connection.prepare_cached(open)?;
        let open = open.query_row([], |row| {
            Ok(OpenRoll { text: row.get(0)?, caller: values::number(row, 1)? })
        });
        Ok(open.optional()?)
    }

    pub(super) fn end_roll(&mut self) -> Result<(), ProfileError> {
        self.change("UPDATE group_texts SET open = 0 WHERE open", []).map(drop)
    }

    /// Keeps what a member answers; says whether it was asked.
    pub(super) fn put_answer(
        &mut self,
        roll: OpenRoll,
        member: Number,
        answer: &str,
        now: Stamp,
    ) -> Result<bool, ProfileError> {
        let put = "UPDATE group_copies SET answer = ?3, answered_at = ?4 \
                   WHERE text = ?1 AND member = ?2";
        Ok(self.change(put, params![roll.text, member.to_string(), answer, now.0])? > 0)
    }

    /// Whether all who were asked have answered, but for those who are not in the group any more.
    pub(super) fn have_all_answered(&self, roll: OpenRoll) -> Result<bool, ProfileError> {
        let all = "SELECT NOT EXISTS (SELECT 1 FROM group_copies \
                   WHERE text = ?1 AND answer IS NULL \
                   AND member IN (SELECT number FROM group_members))";
        Ok(self.history().one(all, [roll.text])?.unwrap_or(false))
    }

    /// Forgets what was handed on long ago, so that there are not more copies than may be. The
    /// last roll call stays, and what has not left.
    pub(super) fn forget_old_copies(&mut self) -> Result<(), ProfileError> {
        let oldest = "SELECT id FROM group_texts WHERE NOT open AND roll IS NOT \
                      (SELECT max(roll) FROM group_texts WHERE roll IS NOT NULL) \
                      ORDER BY id LIMIT 1";
        let count = "SELECT count(*) FROM group_copies";
        while self.history().one::<usize>(count, [])?.unwrap_or(0) > GROUP_COPIES_MAX {
            let Some(text) = self.history().one::<i64>(oldest, [])? else { return Ok(()) };
            for of_entry in ["id", "parts > 1 AND text_id"] {
                let copies = format!(
                    "DELETE FROM messages WHERE state <> 'waiting' AND {of_entry} IN \
                     (SELECT entry FROM group_copies WHERE text = ?1)"
                );
                self.change(&copies, [text])?;
            }
            self.change("DELETE FROM group_copies WHERE text = ?1", [text])?;
            self.change("DELETE FROM group_texts WHERE id = ?1", [text])?;
        }
        Ok(())
    }
}
