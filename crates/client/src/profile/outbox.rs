//! What is signed and waits for a server.

use super::states::Known;
use super::{Changes, KnownNumber, Profile, ProfileError, values};
use crate::{EntryId, Stamp, sealed};
use postrider_proto::Number;
use postrider_proto::native::{
    Age, Body, Content, Hops, Lifetime, Message, MessageId, Outcome, Part, Precedence, Receipt,
    ServerId,
};
use rusqlite::{OptionalExtension, params};

/// How many servers may hand a text on.
const HOPS: Hops = Hops(64);
/// The same of a receipt, whose way may be longer than that of its text was.
const HOPS_OF_RECEIPT: Hops = Hops(255);
/// Texts to one number that are signed at once.
const SIGNED_AT_ONCE: usize = 512;

/// A message to be handed to a server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outgoing {
    /// Which, for [`Profile::taken`].
    pub(crate) seq: i64,
    pub(crate) precedence: Precedence,
    pub(crate) bytes: Vec<u8>,
}

/// A message of the history that has not been signed.
struct Unsigned {
    id: i64,
    part: Option<Part>,
    text: String,
    precedence: Precedence,
    lifetime: Lifetime,
    seal: bool,
    at: Stamp,
}

impl Profile {
    /// The numbers to which something waits that has not been signed.
    pub(crate) fn recipients(&self) -> Result<Vec<Number>, ProfileError> {
        // One look into the index for each number, however many texts wait for it.
        let next = "SELECT peer FROM messages WHERE state = 'waiting' AND count IS NULL \
                    AND peer > ?1 ORDER BY peer LIMIT 1";
        let mut next = self.history.connection.prepare_cached(next)?;
        let (mut numbers, mut last) = (Vec::new(), String::new());
        while let Some(number) = next.query_row([&last], |row| values::number(row, 0)).optional()? {
            last = number.to_string();
            numbers.push(number);
        }
        Ok(numbers)
    }

    /// Signs some of the texts that wait for a number, of which this is known: sealed, if that
    /// is wanted and can be. Says whether there are more. Texts to a number whose key is in
    /// doubt wait.
    pub(crate) fn sign_texts(
        &mut self,
        to: Number,
        known: &KnownNumber,
        is_link_clear: bool,
        now: Stamp,
        changes: &mut Changes,
    ) -> Result<bool, ProfileError> {
        let contact = self.history.contact(to)?;
        let (None, true) = (contact.new_key, contact.key == known.key || known.key.is_none())
        else {
            return Ok(false);
        };
        let key = contact.key.filter(|_| !is_link_clear);
        self.atomically(|profile| {
            let texts = profile.unsigned_texts(to)?;
            for text in &texts {
                profile.sign_text(to, *text, key, now, changes)?;
            }
            Ok(texts.len() == SIGNED_AT_ONCE)
        })
    }

    fn unsigned_texts(&self, to: Number) -> Result<Vec<i64>, ProfileError> {
        let texts = "SELECT id FROM messages WHERE state = 'waiting' AND count IS NULL \
                     AND peer = ?1 AND id = text_id ORDER BY id LIMIT ?2";
        let mut texts = self.history.connection.prepare_cached(texts)?;
        let ids = texts.query_map(params![to.to_string(), SIGNED_AT_ONCE], |row| row.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// All parts of a text at once, so that their counts are consecutive.
    fn sign_text(
        &mut self,
        to: Number,
        text: i64,
        key: Option<postrider_proto::native::OwnerKey>,
        now: Stamp,
        changes: &mut Changes,
    ) -> Result<(), ProfileError> {
        for message in self.unsigned_parts(text)? {
            if message.lifetime.duration() <= now.since(message.at) {
                self.set_known(message.id, &Known::expired_here(now))?;
                changes.changed.insert(EntryId(text));
                continue;
            }
            self.sign_part(to, &message, key)?;
        }
        Ok(())
    }

    fn unsigned_parts(&self, text: i64) -> Result<Vec<Unsigned>, ProfileError> {
        let parts = "SELECT id, part, parts, text, precedence, lifetime, sealed, at \
                     FROM messages WHERE (id = ?1 OR text_id = ?1 AND parts > 1) ORDER BY id";
        let mut parts = self.history.connection.prepare_cached(parts)?;
        let parts = parts.query_map([text], |row| {
            Ok(Unsigned {
                id: row.get(0)?,
                part: Part::new(row.get(1)?, row.get(2)?),
                text: row.get(3)?,
                precedence: values::precedence(row, 4)?,
                lifetime: values::lifetime(row, 5)?,
                seal: row.get(6)?,
                at: Stamp(row.get(7)?),
            })
        })?;
        Ok(parts.collect::<Result<_, _>>()?)
    }

    fn sign_part(
        &mut self,
        to: Number,
        message: &Unsigned,
        key: Option<postrider_proto::native::OwnerKey>,
    ) -> Result<(), ProfileError> {
        let id = self.next_id(to)?;
        let mut buffer = [0; Content::GSM_BYTES_MAX];
        let plain = Content::write(&message.text, &mut buffer)
            .map_err(|_| ProfileError::TooLong { found: message.text.chars().count() })?;
        let key = key.filter(|_| message.seal);
        let body = key.and_then(|key| sealed::seal(&self.keys, key, id, plain, &mut self.rng));
        let content = body.as_deref().map_or(Ok(plain), Content::sealed);
        let content = content.map_err(|_| ProfileError::Empty)?;
        let body_of_text = Body::Text { part: message.part, content };
        let bytes = self.sign(id, body_of_text, message.precedence, message.lifetime);
        let outbox = "INSERT INTO outbox (precedence, message, at, bytes) VALUES (?1, ?2, ?3, ?4)";
        let precedence = message.precedence.code();
        self.change(outbox, params![precedence, message.id, message.at.0, bytes])?;
        let signed = "UPDATE messages SET epoch = ?2, count = ?3, sealed = ?4 WHERE id = ?1";
        let (epoch, count) = (id.epoch.value(), id.count.value());
        self.change(signed, params![message.id, epoch, count, body.is_some()]).map(drop)
    }

    /// Signs a receipt about a message that came, and puts it into the outbox.
    pub(super) fn tell(
        &self,
        about: MessageId,
        message: i64,
        outcome: Outcome,
        age: Age,
        now: Stamp,
    ) -> Result<(), ProfileError> {
        let server = self.home()?;
        let receipt = Receipt { epoch: about.epoch, count: about.count, outcome, server, age };
        let id = self.next_id(about.from)?;
        let bytes = self.sign(id, Body::Receipt(receipt), Precedence::Routine, Lifetime::MAX);
        let outbox =
            "INSERT INTO outbox (precedence, receipt_for, at, bytes) VALUES (0, ?1, ?2, ?3)";
        self.change(outbox, params![message, now.0, bytes]).map(drop)
    }

    fn next_id(&self, to: Number) -> Result<MessageId, ProfileError> {
        let (from, epoch) = (self.keys.number(), self.epoch);
        Ok(MessageId { from, to, epoch, count: self.next_count(to)? })
    }

    fn sign(
        &self,
        id: MessageId,
        body: Body<'_>,
        precedence: Precedence,
        lifetime: Lifetime,
    ) -> Vec<u8> {
        let hops = if matches!(body, Body::Receipt(_)) { HOPS_OF_RECEIPT } else { HOPS };
        let (age, signature) = (Age::ZERO, None);
        self.keys.sign_message(&Message { id, lifetime, age, hops, precedence, body, signature })
    }

    /// The next of a precedence after one of the outbox, at most `limit`, as old as they are.
    pub(crate) fn outgoing(
        &self,
        precedence: Precedence,
        after: i64,
        limit: usize,
        now: Stamp,
    ) -> Result<Vec<Outgoing>, ProfileError> {
        let next = "SELECT seq, at, bytes FROM outbox WHERE precedence = ?1 AND seq > ?2 \
                    ORDER BY seq LIMIT ?3";
        let mut next = self.history.connection.prepare_cached(next)?;
        let mut rows = next.query(params![precedence.code(), after, limit])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(2)?.as_blob().unwrap_or_default();
            let age = Age::at_least(now.since(Stamp(row.get(1)?)));
            let mut aged = Vec::with_capacity(bytes.len());
            if let Ok(message) = Message::parse(bytes) {
                Message { age, ..message }.print(&mut aged);
            }
            all.push(Outgoing { seq: row.get(0)?, precedence, bytes: aged });
        }
        Ok(all)
    }

    /// A server has these of the outbox on disk, and answers for them.
    pub(crate) fn taken(
        &mut self,
        all: &[i64],
        server: ServerId,
        now: Stamp,
        changes: &mut Changes,
    ) -> Result<(), ProfileError> {
        self.atomically(|profile| {
            for seq in all {
                let taken = "DELETE FROM outbox WHERE seq = ?1 RETURNING message";
                let mut taken = profile.history.connection.prepare_cached(taken)?;
                let message = taken.query_row([seq], |row| row.get::<_, Option<i64>>(0));
                if let Some(message) = message.optional()?.flatten() {
                    profile.learn_of(message, &Known::accepted(server, now), changes)?;
                }
            }
            Ok(())
        })
    }

    /// Something is known of a message that was sent; it is kept if it leads further.
    pub(super) fn learn_of(
        &self,
        message: i64,
        known: &Known,
        changes: &mut Changes,
    ) -> Result<(), ProfileError> {
        let before = "SELECT state, state_at, state_server, state_reason, proven, state_by, text_id \
                      FROM messages WHERE id = ?1 AND direction = 'out'";
        let mut before = self.history.connection.prepare_cached(before)?;
        let before = before
            .query_row([message], |row| Ok((Known::read(row, 0)?, EntryId(row.get(6)?))))
            .optional()?;
        if let Some((before, text)) = before
            && known.may_follow(&before)
        {
            self.set_known(message, known)?;
            changes.changed.insert(text);
            self.want_name(known.server, changes)?;
            self.want_name(known.by, changes)?;
        }
        Ok(())
    }

    fn set_known(&self, message: i64, known: &Known) -> Result<(), ProfileError> {
        let set = "UPDATE messages SET state = ?2, state_at = ?3, state_server = ?4, \
                   state_reason = ?5, proven = ?6, state_by = ?7 WHERE id = ?1";
        let text = |server: Option<ServerId>| server.map(|server| server.to_string());
        let (name, reason, at) = (known.name(), known.reason(), known.at.0);
        let (server, by) = (text(known.server), text(known.by));
        let values = params![message, name, at, server, reason, known.is_proven, by];
        self.change(set, values).map(drop)
    }
}
