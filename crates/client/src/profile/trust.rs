//! Whose keys are known, and who wrote what came.

use super::{Changes, KeyChange, Profile, ProfileError, values};
use crate::{Contact, EntryId, Stamp, Trust, sealed, verify};
use postrider_proto::Number;
use postrider_proto::native::{Body, Content, Form, Message, OwnerKey};
use rusqlite::params;

/// What the directory says of a number; its signatures were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// Whether it says anything.
    pub(crate) is_known: bool,
    /// The key that it is bound to.
    pub(crate) key: Option<OwnerKey>,
    /// The first key that it was bound to, which has signed for that one.
    pub(crate) first_key: Option<OwnerKey>,
}

/// What is made of a text that came.
pub(super) struct Judged {
    pub(super) trust: Trust,
    pub(super) text: String,
}

impl Judged {
    /// Whether it may be judged again once more is known, from its bytes.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.trust, Trust::Pending | Trust::KeyChanged)
    }
}

impl Profile {
    /// Who wrote a text, as far as is known; `asked` is what the directory has just said of its
    /// sender's number, none where it was not asked.
    pub(super) fn judge(
        &self,
        message: &Message<'_>,
        content: Content<'_>,
        contact: &Contact,
        asked: Option<&Known>,
    ) -> Judged {
        let is_by =
            |key: Option<OwnerKey>| key.filter(|key| verify::is_message_signed(message, *key));
        let (known, new) = (is_by(contact.key), is_by(contact.new_key));
        let (trust, key) = match (known, new) {
            (Some(key), _) => (Trust::Verified, Some(key)),
            (None, Some(key)) => (Trust::KeyChanged, Some(key)),
            (None, None) => (unsigned_trust(message, contact, asked), None),
        };
        match self.read(message, content, key) {
            Some(text) => Judged { trust, text },
            None if trust == Trust::Pending => Judged { trust, text: String::new() },
            None => Judged { trust: Trust::Unproven, text: String::new() },
        }
    }

    fn read(
        &self,
        message: &Message<'_>,
        content: Content<'_>,
        key: Option<OwnerKey>,
    ) -> Option<String> {
        let mut text = String::new();
        let is_read = match content.form() {
            Form::Sealed(body) => {
                let plain = sealed::open(&self.keys, key?, message.id, body)?;
                Content::parse_plain(&plain).is_ok_and(|content| content.read(&mut text))
            }
            Form::Gsm(_) | Form::Utf8(_) => content.read(&mut text),
        };
        is_read.then_some(text)
    }

    /// The senders of texts and receipts that wait to be judged.
    pub(crate) fn unjudged(&self) -> Result<Vec<Number>, ProfileError> {
        let all = "SELECT DISTINCT peer FROM messages WHERE bytes IS NOT NULL \
                   AND (state = ?1 OR direction = 'out')";
        let mut all = self.history.connection.prepare_cached(all)?;
        let pending = values::trust_name(Trust::Pending);
        let numbers = all.query_map([pending], |row| values::number(row, 0))?;
        Ok(numbers.collect::<Result<_, _>>()?)
    }

    /// The directory has said something of a number. The first key is kept as its; another one
    /// is kept beside it, until somebody decides.
    pub(crate) fn learn_number(
        &mut self,
        number: Number,
        known: &Known,
        now: Stamp,
        changes: &mut Changes,
    ) -> Result<(), ProfileError> {
        self.atomically(|profile| {
            let contact = profile.history.contact(number)?;
            match (contact.key, known.key) {
                (None, Some(key)) => profile.set_keys(number, Some(key), None)?,
                (Some(old), Some(new)) if old == new && contact.new_key.is_some() => {
                    profile.set_keys(number, Some(old), None)?;
                }
                (Some(old), Some(new)) if old != new && contact.new_key != Some(new) => {
                    profile.set_keys(number, Some(old), Some(new))?;
                    let is_vouched_for = known.first_key == Some(old);
                    changes.keys.push(KeyChange { number, known: old, new, is_vouched_for });
                }
                _ => {}
            }
            profile.judge_again(number, known, now, changes)
        })
    }

    /// Takes the key that a number is said to have now for its own: what was signed with it
    /// counts as verified, and what waits for the number may go. Another key than
    /// [`crate::Contact::new_key`] is refused, since it may have changed meanwhile.
    pub fn accept_key(
        &mut self,
        number: Number,
        key: OwnerKey,
        now: Stamp,
    ) -> Result<(), ProfileError> {
        self.atomically(|profile| {
            if profile.history.contact(number)?.new_key != Some(key) {
                return Err(ProfileError::OtherKey);
            }
            profile.set_keys(number, Some(key), None)?;
            let known = Known { is_known: true, key: Some(key), first_key: None };
            profile.judge_again(number, &known, now, &mut Changes::default())
        })
    }

    fn set_keys(
        &self,
        number: Number,
        key: Option<OwnerKey>,
        new: Option<OwnerKey>,
    ) -> Result<(), ProfileError> {
        let set = "INSERT INTO contacts (number, key, new_key) VALUES (?1, ?2, ?3) \
                   ON CONFLICT (number) DO UPDATE SET key = ?2, new_key = ?3";
        let bytes = |key: Option<OwnerKey>| key.map(|key| key.0);
        self.change(set, params![number.to_string(), bytes(key), bytes(new)]).map(drop)
    }

    /// Judges the texts and receipts of a number that were kept for that.
    fn judge_again(
        &self,
        number: Number,
        known: &Known,
        now: Stamp,
        changes: &mut Changes,
    ) -> Result<(), ProfileError> {
        let contact = self.history.contact(number)?;
        for (id, text, bytes) in self.unjudged_of(number)? {
            let Ok(message) = Message::parse(&bytes) else { continue };
            match message.body {
                Body::Text { content, .. } => {
                    let judged = self.judge(&message, content, &contact, Some(known));
                    let set = "UPDATE messages SET state = ?2, text = ?3 WHERE id = ?1";
                    let trust = values::trust_name(judged.trust);
                    self.change(set, params![id, trust, judged.text])?;
                    changes.changed.insert(EntryId(text));
                    if judged.is_open() {
                        continue;
                    }
                }
                // One whose sender is in no directory yet is kept.
                Body::Receipt(_) if contact.key.is_none() && !known.is_known => continue,
                Body::Receipt(receipt) => {
                    self.learn_receipt(id, &message, &receipt, now, changes)?;
                }
                Body::History { .. } => {}
            }
            self.change("UPDATE messages SET bytes = NULL WHERE id = ?1", [id])?;
        }
        Ok(())
    }

    fn unjudged_of(&self, number: Number) -> Result<Vec<(i64, i64, Vec<u8>)>, ProfileError> {
        let all = "SELECT id, text_id, bytes FROM messages \
                   WHERE bytes IS NOT NULL AND peer = ?1 ORDER BY id";
        let mut all = self.history.connection.prepare_cached(all)?;
        let rows =
            all.query_map([number.to_string()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// What a text is that no known key has signed.
fn unsigned_trust(message: &Message<'_>, contact: &Contact, asked: Option<&Known>) -> Trust {
    let is_signed = message.signature.is_some();
    match asked {
        // Its number may have another key by now, or none that is known yet.
        None if is_signed || contact.key.is_none() => Trust::Pending,
        None => Trust::Unproven,
        Some(known) if !known.is_known && is_signed && contact.key.is_none() => Trust::Pending,
        Some(known) if known.key.is_none() && contact.key.is_none() && !is_signed => {
            Trust::Unsigned
        }
        Some(_) => Trust::Unproven,
    }
}
