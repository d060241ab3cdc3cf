//! Whose keys are known, and who wrote what came.

use super::pinned::Pinned;
use super::{Changes, KeyChange, Profile, ProfileError, values};
use crate::{Contact, EntryId, Stamp, Trust, sealed, verify};
use postrider_proto::Number;
use postrider_proto::native::{Body, Content, Form, Message, OwnerKey};
use rusqlite::params;
use std::sync::Arc;

/// What the directory says of a number; its signatures were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// Whether it says anything.
    pub(crate) is_known: bool,
    /// The key that it is bound to.
    pub(crate) key: Option<OwnerKey>,
    /// The first key that it was bound to, which has signed for that one.
    pub(crate) first_key: Option<OwnerKey>,
    /// The version from which that one holds; 0 of a first key.
    pub(crate) since: u32,
}

/// What is made of a text that came.
pub(super) struct Judged {
    pub(super) trust: Trust,
    pub(super) text: String,
}

impl Judged {
    /// Whether it may be judged again once more is known, from its bytes.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.trust, Trust::Pending | Trust::KeyChanged | Trust::Closed)
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
        let pinned = self.pinned(message.id.from).unwrap_or_default();
        let former = pinned.former().find(|key| is_by(Some(*key)).is_some());
        let (known, new) = (is_by(contact.key), is_by(contact.new_key));
        let (trust, key) = match (known, new, former) {
            (Some(key), _, _) => (Trust::Verified, Some(key)),
            (None, Some(key), _) => (Trust::KeyChanged, Some(key)),
            (None, None, Some(key)) => (Trust::Former, Some(key)),
            (None, None, None) => (unsigned_trust(message, contact, asked), None),
        };
        match self.read(message, content, key) {
            Some(text) => Judged { trust, text },
            None if trust == Trust::Pending => Judged { trust, text: String::new() },
            None if key.is_some() && self.keys.is_later() => {
                Judged { trust: Trust::Closed, text: String::new() }
            }
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

    /// Opens texts that are sealed for the first key, by its 24 words; nothing of these is kept.
    /// Says how many messages are open now.
    pub fn open_closed(&mut self, words: &str, now: Stamp) -> Result<usize, ProfileError> {
        let keys = Arc::new(self.keys.with_first(words)?);
        let own = std::mem::replace(&mut self.keys, keys);
        let opened = self.atomically(|profile| {
            let before = profile.count_closed()?;
            for number in profile.senders_of_closed()? {
                profile.judge_again(number, None, now, &mut Changes::default())?;
            }
            Ok(before - profile.count_closed()?)
        });
        self.keys = own;
        opened
    }

    /// How many messages came that are sealed for a key that this device does not have.
    pub fn count_closed(&self) -> Result<usize, ProfileError> {
        let count = "SELECT count(*) FROM messages WHERE bytes IS NOT NULL AND state = ?1";
        let mut count = self.history.connection.prepare_cached(count)?;
        let closed = values::trust_name(Trust::Closed);
        Ok(count.query_row([closed], |row| row.get(0))?)
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

    /// The directory has said something of a number. The key that it says first is kept as its.
    /// One for which the number's first key has signed takes its place; any other is kept beside
    /// it, until somebody decides. Whose word stood behind a key is only believed of one that
    /// takes a place: who has a later key's signature may put another first key before it.
    pub(crate) fn learn_number(
        &mut self,
        number: Number,
        known: &Known,
        now: Stamp,
        changes: &mut Changes,
    ) -> Result<(), ProfileError> {
        self.atomically(|profile| {
            let pinned = profile.pinned(number)?;
            match (pinned.key, known.key) {
                (None, Some(key)) => {
                    let taken = pinned.take(Some(key), known.first_key, known.since);
                    profile.pin(number, &taken)?;
                }
                (Some(old), Some(new)) if old == new && pinned.new_key.is_some() => {
                    profile.pin(number, &pinned.without_new())?;
                }
                (Some(old), Some(new)) if old != new && pinned.is_followed_by(known) => {
                    let taken = pinned.take(Some(new), known.first_key, known.since);
                    let (former_key, changed) = (Some(old), Some(now));
                    profile.pin(number, &Pinned { former_key, changed, ..taken })?;
                    let is_vouched_for = true;
                    changes.keys.push(KeyChange { number, known: old, new, is_vouched_for });
                }
                (Some(old), Some(new)) if old != new && pinned.new_key != Some(new) => {
                    profile.pin(number, &pinned.with_new(known))?;
                    let is_vouched_for = false;
                    changes.keys.push(KeyChange { number, known: old, new, is_vouched_for });
                }
                _ => {}
            }
            profile.judge_again(number, Some(known), now, changes)
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
            let pinned = profile.pinned(number)?;
            if pinned.new_key != Some(key) {
                return Err(ProfileError::OtherKey);
            }
            let (first_key, since) = (pinned.new_first_key, pinned.new_since);
            profile.pin(number, &pinned.take(Some(key), first_key, since))?;
            let known = Known { is_known: true, key: Some(key), first_key, since };
            profile.judge_again(number, Some(&known), now, &mut Changes::default())
        })
    }

    /// The senders of texts that are closed.
    fn senders_of_closed(&self) -> Result<Vec<Number>, ProfileError> {
        let all = "SELECT DISTINCT peer FROM messages WHERE bytes IS NOT NULL AND state = ?1";
        let mut all = self.history.connection.prepare_cached(all)?;
        let closed = values::trust_name(Trust::Closed);
        let numbers = all.query_map([closed], |row| values::number(row, 0))?;
        Ok(numbers.collect::<Result<_, _>>()?)
    }

    /// Judges the texts and receipts of a number that were kept for that; without what the
    /// directory says, those that wait for its answer wait on.
    fn judge_again(
        &self,
        number: Number,
        known: Option<&Known>,
        now: Stamp,
        changes: &mut Changes,
    ) -> Result<(), ProfileError> {
        let contact = self.history.contact(number)?;
        let is_known = known.is_some_and(|known| known.is_known);
        for (id, text, bytes) in self.unjudged_of(number)? {
            let Ok(message) = Message::parse(&bytes) else { continue };
            match message.body {
                Body::Text { content, .. } => {
                    let judged = self.judge(&message, content, &contact, known);
                    let set = "UPDATE messages SET state = ?2, text = ?3 WHERE id = ?1";
                    let trust = values::trust_name(judged.trust);
                    self.change(set, params![id, trust, judged.text])?;
                    changes.changed.insert(EntryId(text));
                    if judged.is_open() {
                        continue;
                    }
                }
                // One whose sender is in no directory yet is kept.
                Body::Receipt(_) if known.is_none() => continue,
                Body::Receipt(_) if contact.key.is_none() && !is_known => continue,
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
