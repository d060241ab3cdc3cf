//! How the words of the protocol stand in the history's columns.

use crate::{Standing, Trust};
use postrider_proto::Number;
use postrider_proto::native::{Count, Epoch, Lifetime, MessageId, OwnerKey, Precedence, ServerId};
use rusqlite::Row;
use rusqlite::types::Type;

/// A column that does not say what it should: somebody else has written there.
fn wrong(column: usize, what: &'static str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, what.into())
}

pub(crate) fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<Number> {
    let text: String = row.get(column)?;
    text.parse().map_err(|_| wrong(column, "not a number of ten digits"))
}

pub(crate) fn precedence(row: &Row<'_>, column: usize) -> rusqlite::Result<Precedence> {
    let code: usize = row.get(column)?;
    Precedence::ALL.get(code).copied().ok_or_else(|| wrong(column, "not a precedence"))
}

pub(crate) fn lifetime(row: &Row<'_>, column: usize) -> rusqlite::Result<Lifetime> {
    row.get(column).map(Lifetime::from_code)
}

pub(crate) fn key(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<OwnerKey>> {
    row.get::<_, Option<[u8; 32]>>(column).map(|key| key.map(OwnerKey))
}

pub(crate) fn server(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<ServerId>> {
    let Some(text) = row.get::<_, Option<String>>(column)? else { return Ok(None) };
    server_of(&text).map(Some).ok_or_else(|| wrong(column, "not a server's eight bytes"))
}

pub(crate) fn server_of(text: &str) -> Option<ServerId> {
    let value = u64::from_str_radix(text, 16).ok().filter(|_| text.len() == 16)?;
    Some(ServerId(value.to_be_bytes()))
}

pub(crate) fn standing(row: &Row<'_>, column: usize) -> rusqlite::Result<Standing> {
    let text: String = row.get(column)?;
    let known = [Standing::New, Standing::Accepted, Standing::Blocked];
    let found = known.into_iter().find(|known| standing_name(*known) == text);
    found.ok_or_else(|| wrong(column, "not a standing"))
}

pub(crate) fn standing_name(standing: Standing) -> &'static str {
    match standing {
        Standing::New => "new",
        Standing::Accepted => "accepted",
        Standing::Blocked => "blocked",
    }
}

pub(crate) fn trust(row: &Row<'_>, column: usize) -> rusqlite::Result<Trust> {
    let text: String = row.get(column)?;
    let known = [
        Trust::Verified,
        Trust::Pending,
        Trust::Closed,
        Trust::Unsigned,
        Trust::Former,
        Trust::KeyChanged,
        Trust::Unproven,
    ];
    let found = known.into_iter().find(|known| trust_name(*known) == text);
    found.ok_or_else(|| wrong(column, "not what can be known of a sender"))
}

pub(crate) fn trust_name(trust: Trust) -> &'static str {
    match trust {
        Trust::Verified => "verified",
        Trust::Pending => "pending",
        Trust::Closed => "closed",
        Trust::Unsigned => "unsigned",
        Trust::Former => "former key",
        Trust::KeyChanged => "key changed",
        Trust::Unproven => "unproven",
    }
}

/// The identity of a message between two numbers; none of one that has no count.
pub(crate) fn id(
    row: &Row<'_>,
    (from, to): (Number, Number),
    (epoch, count): (usize, usize),
) -> rusqlite::Result<Option<MessageId>> {
    let epoch = row.get::<_, Option<u32>>(epoch)?.and_then(Epoch::from_value);
    let count = row.get::<_, Option<u32>>(count)?.and_then(Count::from_value);
    Ok(epoch.zip(count).map(|(epoch, count)| MessageId { from, to, epoch, count }))
}
