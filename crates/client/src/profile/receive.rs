//! What comes from a server.

use super::states::Known;
use super::{Changes, Profile, ProfileError, values};
use crate::{EntryId, Stamp, Standing, verify};
use postrider_proto::native::{Body, Content, Message, MessageId, Outcome, Part, Receipt};
use rusqlite::{OptionalExtension, params};

impl Profile {
    /// Keeps a message that a server hands over. When the transaction that this is part of has
    /// ended, the message may be taken into custody. One that is not for this number, or of no
    /// use to it, is dropped.
    pub(crate) fn receive(
        &mut self,
        bytes: &[u8],
        now: Stamp,
        changes: &mut Changes,
    ) -> Result<(), ProfileError> {
        let Ok(message) = Message::parse(bytes) else { return Ok(()) };
        if message.id.to != self.number() {
            return Ok(());
        }
        self.atomically(|profile| match &message.body {
            Body::Text { part, content } => {
                profile.receive_text(&message, (*part, *content), bytes, now, changes)
            }
            Body::Receipt(receipt) => {
                profile.receive_receipt(&message, receipt, bytes, now, changes)
            }
            Body::History { .. } => Ok(()),
        })
    }

    fn receive_text(
        &mut self,
        message: &Message<'_>,
        (part, content): (Option<Part>, Content<'_>),
        bytes: &[u8],
        now: Stamp,
        changes: &mut Changes,
    ) -> Result<(), ProfileError> {
        if let Some(known) = self.find("in", message.id)? {
            // Its sender's server has not had the receipt; unless that is still here.
            return if self.is_told(known)? {
                Ok(())
            } else {
                self.tell(message.id, known, Outcome::Delivered, message.age, now)
            };
        }
        let contact = self.history.contact(message.id.from)?;
        let judged = self.judge(message, content, &contact, None);
        let insert = "INSERT INTO messages (text_id, direction, peer, epoch, count, part, parts, \
                      text, precedence, lifetime, sealed, at, state, state_at, bytes) \
                      VALUES (?1, 'in', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?11, ?13)";
        let MessageId { from, epoch, count, .. } = message.id;
        let text = self.text_of_parts(message.id, part)?;
        let is_sealed = matches!(content.form(), postrider_proto::native::Form::Sealed(_));
        let row = params![
            text.unwrap_or(0),
            from.to_string(),
            epoch.value(),
            count.value(),
            part.map_or(1, Part::number),
            part.map_or(1, Part::of),
            judged.text,
            message.precedence.code(),
            message.lifetime.code(),
            is_sealed,
            now.0,
            values::trust_name(judged.trust),
            judged.is_open().then_some(bytes),
        ];
        self.change(insert, row)?;
        let id = self.history.connection.last_insert_rowid();
        let entry = match text {
            Some(text) => {
                changes.changed.insert(EntryId(text));
                text
            }
            None => self.set_own_text_id()?,
        };
        if judged.is_open() {
            changes.unknown.insert(from);
        }
        if text.is_none() && contact.standing != Standing::Blocked {
            changes.received.push(EntryId(entry));
        }
        self.tell(message.id, id, Outcome::Delivered, message.age, now)
    }

    /// The text of which parts have come before.
    fn text_of_parts(
        &self,
        id: MessageId,
        part: Option<Part>,
    ) -> Result<Option<i64>, ProfileError> {
        let Some(part) = part else { return Ok(None) };
        let first = i64::from(id.count.value()) - i64::from(part.number()) + 1;
        let find = "SELECT text_id FROM messages WHERE direction = 'in' AND peer = ?1 \
                    AND epoch = ?2 AND count BETWEEN ?3 AND ?4 AND count - part + 1 = ?3 \
                    AND parts = ?5 LIMIT 1";
        let last = first + i64::from(part.of()) - 1;
        let values = params![id.from.to_string(), id.epoch.value(), first, last, part.of()];
        let mut find = self.history.connection.prepare_cached(find)?;
        Ok(find.query_row(values, |row| row.get(0)).optional()?)
    }

    /// Whether a receipt about a message waits for a server.
    fn is_told(&self, message: i64) -> Result<bool, ProfileError> {
        let told = "SELECT EXISTS (SELECT 1 FROM outbox WHERE receipt_for = ?1)";
        Ok(self.history.connection.prepare_cached(told)?.query_row([message], |row| row.get(0))?)
    }

    fn receive_receipt(
        &mut self,
        message: &Message<'_>,
        receipt: &Receipt,
        bytes: &[u8],
        now: Stamp,
        changes: &mut Changes,
    ) -> Result<(), ProfileError> {
        let Some(about) = self.sent(receipt.about(message.id))? else { return Ok(()) };
        let key = self.history.contact(message.id.from)?.key;
        let is_proven = key.is_some_and(|key| verify::is_message_signed(message, key));
        if !is_proven && message.signature.is_some() {
            // What it proves is seen once the key is known.
            let keep = "UPDATE messages SET bytes = ?2 WHERE id = ?1";
            self.change(keep, params![about, bytes])?;
            changes.unknown.insert(message.id.from);
        }
        self.learn_receipt(about, message, receipt, now, changes)
    }

    /// What a receipt says, and whether the key that is known of its sender has signed it.
    pub(super) fn learn_receipt(
        &self,
        about: i64,
        message: &Message<'_>,
        receipt: &Receipt,
        now: Stamp,
        changes: &mut Changes,
    ) -> Result<(), ProfileError> {
        let key = self.history.contact(message.id.from)?.key;
        let is_proven = key.is_some_and(|key| verify::is_message_signed(message, key));
        let known = Known::told(receipt.outcome, receipt.server, is_proven, now);
        self.learn_of(about, &known, changes)
    }

    /// A message that was sent from here.
    pub(super) fn sent(&self, id: MessageId) -> Result<Option<i64>, ProfileError> {
        if id.from != self.number() {
            return Ok(None);
        }
        self.find("out", id)
    }

    fn find(&self, direction: &str, id: MessageId) -> Result<Option<i64>, ProfileError> {
        let find = "SELECT id FROM messages WHERE direction = ?1 AND peer = ?2 AND epoch = ?3 \
                    AND count = ?4";
        let mut find = self.history.connection.prepare_cached(find)?;
        let peer = if direction == "in" { id.from } else { id.to };
        let values = params![direction, peer.to_string(), id.epoch.value(), id.count.value()];
        Ok(find.query_row(values, |row| row.get(0)).optional()?)
    }
}
