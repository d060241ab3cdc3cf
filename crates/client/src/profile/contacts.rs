//! What is known of others, and what was read.

use super::{Changes, Profile, ProfileError, values};
use crate::{EntryId, Stamp, Standing, Trust};
use postrider_proto::Number;
use postrider_proto::native::{Age, MessageId, Outcome};
use rusqlite::params;

impl Profile {
    /// Gives a number a name; none takes it away.
    pub fn set_name(&mut self, number: Number, name: Option<&str>) -> Result<(), ProfileError> {
        let set = "INSERT INTO contacts (number, name) VALUES (?1, ?2) \
                   ON CONFLICT (number) DO UPDATE SET name = ?2";
        self.change(set, params![number.to_string(), name]).map(drop)
    }

    /// Says whether a number's texts are wanted.
    pub fn set_standing(&mut self, number: Number, standing: Standing) -> Result<(), ProfileError> {
        let set = "INSERT INTO contacts (number, standing) VALUES (?1, ?2) \
                   ON CONFLICT (number) DO UPDATE SET standing = ?2";
        let standing = values::standing_name(standing);
        self.change(set, params![number.to_string(), standing]).map(drop)
    }

    /// Marks the texts of a number as read, up to an entry; if `tell`, their senders will be
    /// told so, as far as it is known who they are.
    pub fn mark_read(
        &mut self,
        with: Number,
        up_to: EntryId,
        tell: bool,
        now: Stamp,
    ) -> Result<(), ProfileError> {
        self.atomically(|profile| {
            if tell {
                for (message, about) in profile.unread_messages(with, up_to)? {
                    profile.tell(about, message, Outcome::Read, Age::ZERO, now)?;
                }
            }
            let read = "UPDATE messages SET read = 1 \
                        WHERE direction = 'in' AND read = 0 AND peer = ?1 AND text_id <= ?2";
            profile.change(read, params![with.to_string(), up_to.0]).map(drop)
        })
    }

    fn unread_messages(
        &self,
        with: Number,
        up_to: EntryId,
    ) -> Result<Vec<(i64, MessageId)>, ProfileError> {
        let unread = "SELECT id, epoch, count FROM messages WHERE direction = 'in' AND read = 0 \
                      AND peer = ?1 AND text_id <= ?2 AND state = ?3 ORDER BY id";
        let mut unread = self.history.connection.prepare_cached(unread)?;
        let verified = values::trust_name(Trust::Verified);
        let mut rows = unread.query(params![with.to_string(), up_to.0, verified])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let id = values::id(row, (with, self.number()), (1, 2))?;
            found.extend(id.map(|id| (row.get(0), id)));
        }
        found.into_iter().map(|(message, id)| Ok((message?, id))).collect()
    }

    /// A trace of an own message has come; says to which text it belongs.
    pub(crate) fn traced(
        &mut self,
        trace: &postrider_proto::native::Trace,
        now: Stamp,
        changes: &mut Changes,
    ) -> Result<(), ProfileError> {
        let since = now.before(std::time::Duration::from_secs(u64::from(trace.since_s)));
        let Some(known) = super::states::Known::traced(trace.whereabouts, trace.at, since) else {
            return Ok(());
        };
        match self.sent(trace.id)? {
            Some(message) => self.learn_of(message, &known, changes),
            None => Ok(()),
        }
    }

    /// The identities of a text's messages that are signed.
    pub(crate) fn messages_of(&self, entry: EntryId) -> Result<Vec<MessageId>, ProfileError> {
        let all = "SELECT peer, epoch, count FROM messages WHERE direction = 'out' \
                   AND (id = ?1 OR text_id = ?1 AND parts > 1) ORDER BY part";
        let mut all = self.history.connection.prepare_cached(all)?;
        let mut rows = all.query([entry.0])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let to = values::number(row, 0)?;
            found.extend(values::id(row, (self.number(), to), (1, 2))?);
        }
        Ok(found)
    }
}
