//! The fields of records.

use super::Place;
use postrider_proto::classic::{Seq, ServerIndex};
use postrider_proto::{Number, Text};

pub(super) fn put_number(out: &mut Vec<u8>, number: Number) {
    out.extend_from_slice(&number.value().to_le_bytes()[..5]);
}

pub(super) fn put_message(out: &mut Vec<u8>, from: Number, to: Number, text: Text<'_>) {
    put_number(out, from);
    put_number(out, to);
    out.extend_from_slice(text.as_str().as_bytes());
}

pub(super) fn put_step(out: &mut Vec<u8>, kind: u8, server: ServerIndex, kept: Place, to: Number) {
    out.extend_from_slice(&[kind, server.value()]);
    out.extend_from_slice(&kept.0.to_le_bytes());
    put_number(out, to);
}

pub(super) fn take<const N: usize>(fields: &mut &[u8]) -> Option<[u8; N]> {
    let (field, rest) = fields.split_first_chunk()?;
    *fields = rest;
    Some(*field)
}

pub(super) fn byte(fields: &mut &[u8]) -> Option<u8> {
    take::<1>(fields).map(|[byte]| byte)
}

pub(super) fn seq(fields: &mut &[u8]) -> Option<Seq> {
    Seq::from_value(byte(fields)?)
}

pub(super) fn server(fields: &mut &[u8]) -> Option<ServerIndex> {
    ServerIndex::from_value(byte(fields)?)
}

pub(super) fn integer(fields: &mut &[u8]) -> Option<u64> {
    take(fields).map(u64::from_le_bytes)
}

pub(super) fn place(fields: &mut &[u8]) -> Option<Place> {
    integer(fields).map(Place)
}

pub(super) fn number(fields: &mut &[u8]) -> Option<Number> {
    let [a, b, c, d, e] = take(fields)?;
    Number::from_value(u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]))
}

pub(super) fn message<'a>(fields: &mut &'a [u8]) -> Option<(Number, Number, Text<'a>)> {
    let (from, to) = (number(fields)?, number(fields)?);
    let text = std::str::from_utf8(std::mem::take(fields)).ok()?;
    Some((from, to, Text::new(text).ok()?))
}

pub(super) fn step(fields: &mut &[u8]) -> Option<(ServerIndex, Place, Number)> {
    Some((server(fields)?, place(fields)?, number(fields)?))
}
