//! Reading the history.

use crate::limits::PAGE_MAX;
use crate::profile::states::Known;
use crate::profile::{HISTORY_FILE, schema, values};
use crate::{
    Contact, Conversation, Entry, EntryId, ProfileError, ServerName, Stamp, Standing, Way,
};
use postrider_proto::Number;
use postrider_proto::native::{Refusal, ServerId};
use rusqlite::{Connection, OptionalExtension, Params, Row};
use std::path::Path;

/// A reader of a profile's history. There may be any number beside the one [`crate::Profile`]
/// that writes, in this program and in others; each sees what has been committed.
pub struct History {
    pub(crate) connection: Connection,
}

const COLUMNS: &str = "id, peer, at, text, precedence, sealed, direction, read, parts, \
                       state, state_at, state_server, state_reason, proven, state_by";
const STATE: usize = 9;

/// The conversations, each found by the index, whatever the number of texts.
pub(crate) const CONVERSATIONS: &str = "
WITH RECURSIVE peers (peer) AS (
  SELECT min(peer) FROM messages WHERE id = text_id
  UNION ALL
  SELECT (SELECT min(peer) FROM messages WHERE id = text_id AND messages.peer > peers.peer)
  FROM peers WHERE peers.peer IS NOT NULL)
SELECT peer,
  (SELECT max(id) FROM messages WHERE id = text_id AND messages.peer = peers.peer),
  (SELECT count(*) FROM messages
   WHERE direction = 'in' AND read = 0 AND id = text_id AND messages.peer = peers.peer)
FROM peers WHERE peer IS NOT NULL ORDER BY 2 DESC";

const PAGE: &str = "FROM messages WHERE peer = ?1 AND id = text_id AND id < ?2 \
                    ORDER BY id DESC LIMIT ?3";
const PARTS: &str = "FROM messages WHERE text_id = ?1 AND parts > 1 ORDER BY part";
const WAITING: &str = "FROM messages WHERE state = 'waiting' AND id = text_id";

/// What has to be found by an index, and by which.
#[cfg(test)]
pub(crate) const PLANNED: [(&str, &str); 2] = [(PAGE, "messages_page"), (PARTS, "messages_parts")];

impl History {
    /// Opens the history in a profile's folder, to be read only.
    pub fn open(folder: &Path) -> Result<History, ProfileError> {
        let file = folder.join(HISTORY_FILE);
        if !file.exists() {
            return Err(ProfileError::Missing { folder: folder.to_owned() });
        }
        Ok(History { connection: schema::open(&file, None)? })
    }

    /// All conversations, the one with the newest text first; those with blocked numbers last.
    pub fn conversations(&self) -> Result<Vec<Conversation>, ProfileError> {
        let mut found = self.connection.prepare_cached(CONVERSATIONS)?;
        let rows = found.query_map([], |row| {
            Ok((values::number(row, 0)?, EntryId(row.get(1)?), row.get::<_, u32>(2)?))
        })?;
        let mut all = Vec::new();
        for row in rows {
            let (with, last, unread) = row?;
            if let Some(last) = self.entry(last)? {
                all.push(Conversation { with, contact: self.contact(with)?, last, unread });
            }
        }
        all.sort_by_key(|conversation| conversation.contact.standing == Standing::Blocked);
        Ok(all)
    }

    /// Up to `limit` texts with a number, at most 1,000, the newest first, those before an entry
    /// if one is given: page on with the id of the last one. Costs what the page has, not the
    /// history.
    pub fn page(
        &self,
        with: Number,
        before: Option<EntryId>,
        limit: usize,
    ) -> Result<Vec<Entry>, ProfileError> {
        let before = before.map_or(i64::MAX, |entry| entry.0);
        self.entries(PAGE, (with.to_string(), before, limit.min(PAGE_MAX)))
    }

    /// One text; none if there is none of this id.
    pub fn entry(&self, id: EntryId) -> Result<Option<Entry>, ProfileError> {
        Ok(self.entries("FROM messages WHERE id = ?1 AND id = text_id", [id.0])?.pop())
    }

    /// Up to `limit` texts that came and were not marked as read, of numbers that are not
    /// blocked, the oldest first, those after an entry if one is given.
    pub fn unread(&self, after: Option<EntryId>, limit: usize) -> Result<Vec<Entry>, ProfileError> {
        let after = after.map_or(i64::MIN, |entry| entry.0);
        let unread = "FROM messages WHERE direction = 'in' AND read = 0 AND id = text_id \
                      AND id > ?1 AND peer NOT IN \
                      (SELECT number FROM contacts WHERE standing = 'blocked') \
                      ORDER BY id LIMIT ?2";
        self.entries(unread, (after, limit.min(PAGE_MAX)))
    }

    /// Up to `limit` texts that came after an entry, of numbers that are not blocked, the oldest
    /// first, read or not.
    pub fn received(&self, after: EntryId, limit: usize) -> Result<Vec<Entry>, ProfileError> {
        let received = "FROM messages INDEXED BY messages_received \
                        WHERE direction = 'in' AND id = text_id AND id > ?1 \
                        AND peer NOT IN \
                        (SELECT number FROM contacts WHERE standing = 'blocked') \
                        ORDER BY id LIMIT ?2";
        self.entries(received, (after.0, limit.min(PAGE_MAX)))
    }

    /// Up to `limit` texts that were sent after an entry, the oldest first.
    pub fn sent(&self, after: EntryId, limit: usize) -> Result<Vec<EntryId>, ProfileError> {
        let sent = "SELECT id FROM messages WHERE direction = 'out' AND id = text_id AND id > ?1 \
                    ORDER BY id LIMIT ?2";
        let mut sent = self.connection.prepare_cached(sent)?;
        let ids = sent.query_map((after.0, limit.min(PAGE_MAX)), |row| row.get(0).map(EntryId))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// The newest text; none if there is none.
    pub fn newest(&self) -> Result<Option<EntryId>, ProfileError> {
        let newest = "SELECT max(id) FROM messages";
        let newest: Option<i64> = self.connection.query_row(newest, [], |row| row.get(0))?;
        Ok(newest.map(EntryId))
    }

    /// Up to `limit` texts that have these words in them, the newest first. Reads all texts.
    pub fn find(&self, words: &str, limit: usize) -> Result<Vec<Entry>, ProfileError> {
        let find = "FROM messages WHERE id IN \
                    (SELECT text_id FROM messages WHERE instr(lower(text), lower(?1)) > 0) \
                    ORDER BY id DESC LIMIT ?2";
        self.entries(find, (words, limit.min(PAGE_MAX)))
    }

    /// The server that did not let the number in when it was last asked, and why; none if it was
    /// let in, or never asked.
    pub fn refused(&self) -> Result<Option<(ServerName, Refusal)>, ProfileError> {
        let refused = "SELECT value FROM profile WHERE name = 'refused'";
        let said = self.connection.query_row(refused, [], |row| row.get::<_, [u8; 9]>(0));
        let Some([why, server @ ..]) = said.optional()? else { return Ok(None) };
        let Some(why) = Refusal::from_code(why) else { return Ok(None) };
        Ok(Some((self.server_name(ServerId(server))?, why)))
    }

    /// How many signed messages, receipts among them, no server has said to have on disk.
    pub fn outbox(&self) -> Result<u64, ProfileError> {
        let count = "SELECT count(*) FROM outbox";
        Ok(self.connection.query_row(count, [], |row| row.get(0))?)
    }

    /// The home that the number had under another key, which has lost it, and how that key
    /// begins, in hex; none if no home of this one has said so.
    pub fn disputed(&self) -> Result<Option<(ServerName, String)>, ProfileError> {
        let Some(said) = self.value::<[u8; 24]>("disputed")? else { return Ok(None) };
        let (Some(server), Some(first)) = (said.first_chunk(), said.get(8..)) else {
            return Ok(None);
        };
        let first = first.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Some((self.server_name(ServerId(*server))?, first)))
    }

    /// How many texts are at no server yet.
    pub fn waiting(&self) -> Result<u64, ProfileError> {
        let count = format!("SELECT count(*) {WAITING}");
        Ok(self.connection.query_row(&count, [], |row| row.get(0))?)
    }

    /// What is known of a number; nothing but the number, if nothing is.
    pub fn contact(&self, number: Number) -> Result<Contact, ProfileError> {
        let one = "SELECT number, name, key, new_key, standing, first_key, changed_at \
                   FROM contacts WHERE number = ?1";
        let mut one = self.connection.prepare_cached(one)?;
        let known = one.query_row([number.to_string()], read_contact).optional()?;
        Ok(known.unwrap_or(Contact {
            number,
            name: None,
            key: None,
            new_key: None,
            first_key: None,
            changed: None,
            standing: Standing::New,
        }))
    }

    /// All numbers of which something is known, by name and number.
    pub fn contacts(&self) -> Result<Vec<Contact>, ProfileError> {
        let all = "SELECT number, name, key, new_key, standing, first_key, changed_at FROM contacts \
                   ORDER BY name IS NULL, name, number";
        let mut all = self.connection.prepare_cached(all)?;
        let contacts = all.query_map([], read_contact)?;
        Ok(contacts.collect::<Result<_, _>>()?)
    }

    /// A server by what it calls itself, if that was learnt.
    pub fn server_name(&self, id: ServerId) -> Result<ServerName, ProfileError> {
        let label = "SELECT label FROM server_names WHERE id = ?1";
        let mut label = self.connection.prepare_cached(label)?;
        let label = label.query_row([id.to_string()], |row| row.get(0)).optional()?;
        Ok(ServerName { id, label })
    }

    pub(crate) fn value<T: rusqlite::types::FromSql>(
        &self,
        name: &str,
    ) -> Result<Option<T>, ProfileError> {
        let value = "SELECT value FROM profile WHERE name = ?1";
        let mut value = self.connection.prepare_cached(value)?;
        Ok(value.query_row([name], |row| row.get(0)).optional()?)
    }

    fn entries(&self, which: &str, with: impl Params) -> Result<Vec<Entry>, ProfileError> {
        let mut found = self.connection.prepare_cached(&format!("SELECT {COLUMNS} {which}"))?;
        let mut rows = found.query(with)?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            entries.push(self.read_entry(row)?);
        }
        Ok(entries)
    }

    fn read_entry(&self, row: &Row<'_>) -> Result<Entry, ProfileError> {
        let direction: String = row.get(6)?;
        let way = if direction == "out" {
            Way::Sent(self.state(&Known::read(row, STATE)?)?)
        } else {
            Way::Received { trust: values::trust(row, STATE)?, is_read: row.get(7)? }
        };
        let mut entry = Entry {
            id: EntryId(row.get(0)?),
            with: values::number(row, 1)?,
            at: Stamp(row.get(2)?),
            text: row.get(3)?,
            precedence: values::precedence(row, 4)?,
            is_sealed: row.get(5)?,
            parts_missing: 0,
            way,
        };
        let parts: u8 = row.get(8)?;
        if parts > 1 {
            self.join_parts(&mut entry, parts)?;
        }
        Ok(entry)
    }

    /// What travelled in parts is one text again.
    fn join_parts(&self, entry: &mut Entry, parts: u8) -> Result<(), ProfileError> {
        let all = format!("SELECT {COLUMNS}, part {PARTS}");
        let mut all = self.connection.prepare_cached(&all)?;
        let mut rows = all.query([entry.id.0])?;
        entry.text.clear();
        let (mut next, mut found, mut least) = (1_u8, 0_u8, None::<Known>);
        while let Some(row) = rows.next()? {
            let part: u8 = row.get(STATE + 6)?;
            if part != next {
                entry.text.push('…');
            }
            entry.text.push_str(&row.get::<_, String>(3)?);
            (next, found) = (part.saturating_add(1), found.saturating_add(1));
            match &mut entry.way {
                Way::Sent(_) => {
                    let known = Known::read(row, STATE)?;
                    let is_less = |least: &Known| known.order_in_text() < least.order_in_text();
                    if least.as_ref().is_none_or(is_less) {
                        least = Some(known);
                    }
                }
                // The least certain of the parts' senders.
                Way::Received { trust, .. } => *trust = values::trust(row, STATE)?.max(*trust),
            }
        }
        if next <= parts && found > 0 {
            entry.text.push('…');
        }
        entry.parts_missing = parts.saturating_sub(found);
        if let Some(least) = least {
            entry.way = Way::Sent(self.state(&least)?);
        }
        Ok(())
    }

    fn state(&self, known: &Known) -> Result<crate::State, ProfileError> {
        let named = [known.server, known.by].map(|id| id.map(|id| self.server_name(id)));
        let named = named.into_iter().flatten().collect::<Result<Vec<ServerName>, _>>()?;
        let name = |id| named.iter().find(|name| name.id == id).cloned();
        Ok(known.state(|id| name(id).unwrap_or(ServerName { id, label: None })))
    }
}

fn read_contact(row: &Row<'_>) -> rusqlite::Result<Contact> {
    Ok(Contact {
        number: values::number(row, 0)?,
        name: row.get(1)?,
        key: values::key(row, 2)?,
        new_key: values::key(row, 3)?,
        standing: values::standing(row, 4)?,
        first_key: values::key(row, 5)?,
        changed: row.get::<_, Option<i64>>(6)?.map(Stamp),
    })
}
