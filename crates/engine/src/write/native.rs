//! The records of native writes.

use super::Origin;
use super::Write;
use super::fields::{
    message as classic_message, number, place, put_message, put_number, seq, server, take,
};
use crate::native::{Says, Station};
use postrider_proto::native::{
    Age, Blocks, Body, Count, Dispute, Epoch, Hops, Item, Lifetime, LinePlace, Message, MessageId,
    NumberRow, Precedence, Receipt, SentRow, ServerId, ServerKey, Version,
};

const STATION: u8 = 13;
const EPOCH: u8 = 14;
const ROW: u8 = 15;
const OWN_ROW: u8 = 16;
const PASSED: u8 = 17;
const TAKE: u8 = 18;
const CARRY: u8 = 19;
const HAND_ON: u8 = 20;
const COUNTED: u8 = 21;
const TAKEN: u8 = 22;
const RAN: u8 = 23;
const LEARN: u8 = 24;
const KEEP_COUNTED: u8 = 25;
const UNTAKEN: u8 = 26;
const KEEP_COUNTED_OF_SERVER: u8 = 27;
const OWN_BOUND: u8 = 28;
const INVITE: u8 = 29;
const DISPUTED: u8 = 30;

/// There are never so many.
const NO_STATION: u16 = u16::MAX;

const SAYS_NUMBER: u8 = 1;
const SAYS_LINK: u8 = 2;
const SAYS_SERVER: u8 = 3;
const SAYS_SERVER_IN_LINE: u8 = 4;

const RELEASED: u8 = 1;
const LINE: u8 = 2;

impl<'a> Write<'a> {
    /// Appends the kind and the fields of a native write.
    pub(super) fn encode_native(&self, out: &mut Vec<u8>) {
        match *self {
            Write::KeepCounted { .. }
            | Write::Take { .. }
            | Write::CarryNative { .. }
            | Write::HandOn { .. } => self.encode_message(out),
            Write::Station { station, key } => {
                put_station(out, STATION, station);
                out.extend_from_slice(&key.0);
            }
            Write::Epoch { epoch } => {
                out.push(EPOCH);
                out.extend_from_slice(&epoch.value().to_le_bytes());
            }
            Write::Row { origin, peer, sent } => {
                put_station(out, ROW, origin);
                out.extend_from_slice(&peer.map_or(NO_STATION, |peer| peer.0).to_le_bytes());
                Item::Row(sent).print(out);
            }
            Write::OwnRow { sequence, says } => {
                out.push(OWN_ROW);
                out.extend_from_slice(&sequence.to_le_bytes());
                put_says(out, says);
            }
            Write::OwnBound { sequence, row } => {
                out.push(OWN_BOUND);
                out.extend_from_slice(&sequence.to_le_bytes());
                row.print(out);
            }
            Write::Invite { code, is_used } => {
                out.extend_from_slice(&[INVITE, u8::from(is_used)]);
                out.extend_from_slice(&code);
            }
            Write::Disputed { dispute, is_told } => put_disputed(out, &dispute, is_told),
            Write::Passed { origin, after, sequence } => {
                put_station(out, PASSED, origin);
                out.extend_from_slice(&after.to_le_bytes());
                out.extend_from_slice(&sequence.to_le_bytes());
            }
            Write::Counted { from, to, count } => {
                out.push(COUNTED);
                put_number(out, from);
                put_number(out, to);
                out.extend_from_slice(&count.value().to_le_bytes());
            }
            Write::Taken { first, last } => {
                out.push(TAKEN);
                put_id(out, first);
                out.extend_from_slice(&last.value().to_le_bytes());
            }
            Write::Untaken { id } => {
                out.push(UNTAKEN);
                put_id(out, id);
            }
            Write::Ran { seconds } => {
                out.push(RAN);
                out.extend_from_slice(&seconds.to_le_bytes());
            }
            Write::Learn { id, about, receipt } => put_learn(out, id, about, receipt),
            _ => {}
        }
    }

    /// Likewise, of one that holds a message, or names one that waits.
    fn encode_message(&self, out: &mut Vec<u8>) {
        match *self {
            Write::KeepCounted { epoch, count, since_s, origin, seq, from, to, text } => {
                let (kind, origin) = match origin {
                    Origin::Client { mark } => (KEEP_COUNTED, mark.value()),
                    Origin::Server(server) => (KEEP_COUNTED_OF_SERVER, server.value()),
                };
                out.extend_from_slice(&[kind, origin, seq.value()]);
                out.extend_from_slice(&since_s.to_le_bytes());
                out.extend_from_slice(&epoch.value().to_le_bytes());
                out.extend_from_slice(&count.value().to_le_bytes());
                put_message(out, from, to, text);
            }
            Write::Take { from, seq, since_s, message } => {
                put_station(out, TAKE, from);
                out.push(seq.value());
                out.extend_from_slice(&since_s.to_le_bytes());
                message.print(out);
            }
            Write::CarryNative { kept, sent_to, seq, since_s, message } => {
                out.extend_from_slice(&[CARRY, seq.value()]);
                out.extend_from_slice(&since_s.to_le_bytes());
                out.extend_from_slice(&kept.0.to_le_bytes());
                out.extend_from_slice(&sent_to.to_le_bytes());
                message.print(out);
            }
            Write::HandOn { kept, to, station } => {
                put_station(out, HAND_ON, station);
                out.extend_from_slice(&kept.0.to_le_bytes());
                put_number(out, to);
            }
            _ => {}
        }
    }

    /// The native write of this kind.
    pub(super) fn decode_native(kind: u8, fields: &mut &'a [u8]) -> Option<Write<'a>> {
        Some(match kind {
            STATION => Write::Station { station: station(fields)?, key: ServerKey(take(fields)?) },
            EPOCH => Write::Epoch { epoch: Epoch::from_value(u32(fields)?)? },
            ROW => {
                let (origin, peer) = (station(fields)?, station(fields)?);
                let peer = (peer.0 != NO_STATION).then_some(peer);
                Write::Row { origin, peer, sent: sent_row(fields)? }
            }
            OWN_ROW => {
                let sequence = u64(fields)?;
                Write::OwnRow { sequence: (sequence > 0).then_some(sequence)?, says: says(fields)? }
            }
            OWN_BOUND => own_bound(fields)?,
            INVITE => {
                let [is_used] = take(fields)?;
                (is_used < 2)
                    .then_some(Write::Invite { is_used: is_used == 1, code: take(fields)? })?
            }
            DISPUTED => disputed(fields)?,
            PASSED => {
                let (origin, after, sequence) = (station(fields)?, u64(fields)?, u64(fields)?);
                (after < sequence).then_some(Write::Passed { origin, after, sequence })?
            }
            KEEP_COUNTED => {
                let origin = Origin::Client { mark: seq(fields)? };
                keep_counted(origin, fields)?
            }
            KEEP_COUNTED_OF_SERVER => {
                let origin = Origin::Server(server(fields)?);
                keep_counted(origin, fields)?
            }
            TAKE => {
                let (from, seq, since_s) = (station(fields)?, seq(fields)?, u32(fields)?);
                Write::Take { from, seq, since_s, message: message(fields)? }
            }
            CARRY => {
                let (seq, since_s) = (seq(fields)?, u32(fields)?);
                let (kept, sent_to) = (place(fields)?, u64(fields)?);
                Write::CarryNative { kept, sent_to, seq, since_s, message: message(fields)? }
            }
            HAND_ON => {
                let station = station(fields)?;
                Write::HandOn { kept: place(fields)?, to: number(fields)?, station }
            }
            COUNTED => {
                let (from, to) = (number(fields)?, number(fields)?);
                Write::Counted { from, to, count: Count::from_value(u32(fields)?)? }
            }
            TAKEN => {
                let (first, last) = (id(fields)?, Count::from_value(u32(fields)?)?);
                (first.count <= last).then_some(Write::Taken { first, last })?
            }
            UNTAKEN => Write::Untaken { id: id(fields)? },
            RAN => Write::Ran { seconds: u32(fields)? },
            LEARN => learn(fields)?,
            _ => return None,
        })
    }
}

fn put_station(out: &mut Vec<u8>, kind: u8, station: Station) {
    out.push(kind);
    out.extend_from_slice(&station.0.to_le_bytes());
}

fn put_says(out: &mut Vec<u8>, says: Says) {
    match says {
        // Nobody is at home here by a key.
        Says::Number { number, version, released, line, .. } => {
            let flags = if released { RELEASED } else { 0 } | if line { LINE } else { 0 };
            out.extend_from_slice(&[SAYS_NUMBER, flags]);
            put_number(out, number);
            out.extend_from_slice(&version.value().to_le_bytes());
        }
        Says::Link { peer, cost } => {
            put_station(out, SAYS_LINK, peer);
            out.extend_from_slice(&cost.to_le_bytes());
        }
        Says::Server { blocks, place } => {
            match place {
                None => out.push(SAYS_SERVER),
                Some(place) => {
                    out.push(SAYS_SERVER_IN_LINE);
                    out.extend_from_slice(&place.to_bytes());
                }
            }
            blocks.iter().for_each(|block| out.extend_from_slice(block.to_string().as_bytes()));
        }
    }
}

fn says(fields: &mut &[u8]) -> Option<Says> {
    let [kind] = take(fields)?;
    Some(match kind {
        SAYS_NUMBER => {
            let [flags] = take(fields)?;
            let number = number(fields)?;
            let version = Version::from_value(u32(fields)?)?;
            let (released, line) = (flags & RELEASED != 0, flags & LINE != 0);
            let is_right = flags & !(RELEASED | LINE) == 0;
            is_right.then_some(Says::Number { number, version, released, line, bound: None })?
        }
        SAYS_LINK => Says::Link { peer: station(fields)?, cost: u16::from_le_bytes(take(fields)?) },
        SAYS_SERVER => Says::Server { place: None, blocks: blocks(fields)? },
        SAYS_SERVER_IN_LINE => {
            let place = Some(LinePlace::from_bytes(take(fields)?)?);
            Says::Server { place, blocks: blocks(fields)? }
        }
        _ => return None,
    })
}

fn blocks(fields: &mut &[u8]) -> Option<Blocks> {
    let mut all = Vec::new();
    while !fields.is_empty() {
        let written: [u8; 10] = take(fields)?;
        all.push(std::str::from_utf8(&written).ok()?.parse().ok()?);
    }
    Blocks::new(&all).ok()
}

fn put_id(out: &mut Vec<u8>, id: MessageId) {
    put_number(out, id.from);
    put_number(out, id.to);
    out.extend_from_slice(&id.epoch.value().to_le_bytes());
    out.extend_from_slice(&id.count.value().to_le_bytes());
}

fn id(fields: &mut &[u8]) -> Option<MessageId> {
    let (from, to) = (number(fields)?, number(fields)?);
    let epoch = Epoch::from_value(u32(fields)?)?;
    Some(MessageId { from, to, epoch, count: Count::from_value(u32(fields)?)? })
}

/// The receipt stands in the message that it could have travelled in.
fn put_learn(out: &mut Vec<u8>, id: Option<MessageId>, about: MessageId, receipt: Receipt) {
    out.extend_from_slice(&[LEARN, u8::from(id.is_some())]);
    let reverse =
        MessageId { from: about.to, to: about.from, epoch: about.epoch, count: about.count };
    let message = Message {
        id: id.unwrap_or(reverse),
        lifetime: Lifetime::MAX,
        age: Age::ZERO,
        hops: Hops(0),
        precedence: Precedence::Routine,
        body: Body::Receipt(receipt),
        signature: None,
    };
    message.print(out);
}

fn learn<'a>(fields: &mut &'a [u8]) -> Option<Write<'a>> {
    let [travelled] = take(fields)?;
    let travelled = (travelled < 2).then_some(travelled == 1)?;
    let message = message(fields)?;
    let Body::Receipt(receipt) = message.body else { return None };
    let about = receipt.about(message.id);
    let is_plain = message.lifetime == Lifetime::MAX
        && message.age == Age::ZERO
        && message.hops == Hops(0)
        && message.precedence == Precedence::Routine
        && message.signature.is_none()
        && (travelled || (message.id.epoch, message.id.count) == (about.epoch, about.count));
    is_plain.then_some(Write::Learn { id: travelled.then_some(message.id), about, receipt })
}

/// The row goes to the end.
fn own_bound<'a>(fields: &mut &'a [u8]) -> Option<Write<'a>> {
    let sequence = u64(fields)?;
    let row = NumberRow::read(std::mem::take(fields)).ok()?;
    let is_right = sequence > 0 && row.owner.is_some() && !row.line;
    is_right.then_some(Write::OwnBound { sequence, row })
}

fn put_disputed(out: &mut Vec<u8>, dispute: &Dispute, is_told: bool) {
    out.extend_from_slice(&[DISPUTED, u8::from(is_told)]);
    put_number(out, dispute.number);
    out.extend_from_slice(&dispute.first);
    out.extend_from_slice(&dispute.home.0);
}

fn disputed<'a>(fields: &mut &'a [u8]) -> Option<Write<'a>> {
    let [is_told] = take(fields)?;
    let (number, first, home) = (number(fields)?, take(fields)?, ServerId(take(fields)?));
    let dispute = Dispute { number, first, home };
    (is_told < 2).then_some(Write::Disputed { dispute, is_told: is_told == 1 })
}

fn keep_counted<'a>(origin: Origin, fields: &mut &'a [u8]) -> Option<Write<'a>> {
    let (seq, since_s) = (seq(fields)?, u32(fields)?);
    let (epoch, count) = (Epoch::from_value(u32(fields)?)?, Count::from_value(u32(fields)?)?);
    let (from, to, text) = classic_message(fields)?;
    Some(Write::KeepCounted { epoch, count, since_s, origin, seq, from, to, text })
}

fn message<'a>(fields: &mut &'a [u8]) -> Option<Message<'a>> {
    Message::parse(std::mem::take(fields)).ok()
}

fn sent_row<'a>(fields: &mut &'a [u8]) -> Option<SentRow<'a>> {
    match Item::parse(std::mem::take(fields)).ok()? {
        Item::Row(sent) => Some(sent),
        _ => None,
    }
}

fn station(fields: &mut &[u8]) -> Option<Station> {
    Some(Station(u16::from_le_bytes(take(fields)?)))
}

fn u32(fields: &mut &[u8]) -> Option<u32> {
    take(fields).map(u32::from_le_bytes)
}

fn u64(fields: &mut &[u8]) -> Option<u64> {
    take(fields).map(u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::records;
    use crate::{Place, Write};
    use postrider_proto::classic::{Seq, ServerIndex};
    use postrider_proto::native::{
        Content, Entry, Fact, LineId, LinkRow, Outcome, Owner, OwnerKey, Row, Sequence,
    };
    use postrider_proto::{Number, Text};

    const ID: MessageId =
        MessageId { from: Number::MIN, to: Number::MAX, epoch: Epoch::MAX, count: Count::FIRST };

    fn message(body: Body<'_>) -> Message<'_> {
        Message {
            id: ID,
            lifetime: Lifetime::MIN,
            age: Age::MAX,
            hops: Hops(9),
            precedence: Precedence::Flash,
            body,
            signature: Some(&[3; 64]),
        }
    }

    fn row() -> SentRow<'static> {
        let fact = Fact::Link(LinkRow { peer: ServerKey([8; 32]), cost: 3 });
        let sequence = Sequence::from_value(9).unwrap();
        let entry = Entry { origin: ServerKey([7; 32]), sequence, fact };
        SentRow::new(4, Row { entry, signature: &[5; 64] }).unwrap()
    }

    fn receipt() -> Receipt {
        let (epoch, count, outcome) = (Epoch::MAX, Count::FIRST, Outcome::Delivered);
        let server = ServerKey([9; 32]).id();
        Receipt { epoch, count, outcome, server, age: Age::ZERO }
    }

    fn samples() -> Vec<Write<'static>> {
        let (station, kept) = (Station(513), Place(u64::MAX - 1));
        let own = |says| Write::OwnRow { sequence: 1 << 40, says };
        let content = Content::utf8("Grüße").unwrap();
        let text = message(Body::Text { part: None, content });
        let (number, version) = (ID.to, Version::FIRST);
        let server = ServerIndex::from_value(64).unwrap();
        let place = Some(LinePlace { line: LineId([4; 8]), index: server });
        let blocks = Blocks::new(&["604555xxxx".parse().unwrap()]).unwrap();
        let owner = Owner { key: OwnerKey([5; 32]), signature: &[6; 64], first: None };
        let bound = NumberRow { number, version, released: true, line: false, owner: Some(owner) };
        let counted = |origin| Write::KeepCounted {
            epoch: Epoch::MAX,
            count: Count::FIRST,
            since_s: 5,
            origin,
            seq: Seq::ZERO,
            from: ID.from,
            to: ID.to,
            text: Text::new("hello").unwrap(),
        };
        vec![
            Write::Station { station, key: ServerKey([7; 32]) },
            Write::Epoch { epoch: Epoch::MAX },
            Write::Row { origin: station, peer: Some(station), sent: row() },
            Write::Row { origin: station, peer: None, sent: row() },
            own(Says::Number { number, version, released: true, line: false, bound: None }),
            own(Says::Number { number, version, released: false, line: true, bound: None }),
            own(Says::Link { peer: station, cost: 1_000 }),
            own(Says::Server { place: None, blocks: Blocks::NONE }),
            own(Says::Server { place: None, blocks }),
            own(Says::Server { place, blocks }),
            Write::OwnBound { sequence: 1 << 40, row: bound },
            Write::Invite { code: [7; 32], is_used: true },
            Write::Disputed {
                dispute: Dispute { number, first: [3; 16], home: ServerKey([4; 32]).id() },
                is_told: true,
            },
            Write::Passed { origin: station, after: 3, sequence: 9 },
            counted(Origin::Client { mark: Seq::MAX }),
            counted(Origin::Server(server)),
            Write::Take { from: station, seq: Seq::MAX, since_s: 6, message: text },
            Write::CarryNative { kept, sent_to: 5, seq: Seq::MAX, since_s: 7, message: text },
            Write::HandOn { kept, to: number, station },
            Write::Counted { from: ID.from, to: ID.to, count: Count::FIRST },
            Write::Taken { first: ID, last: ID.count },
            Write::Untaken { id: ID },
            Write::Ran { seconds: 77 },
            Write::Learn { id: Some(ID), about: receipt().about(ID), receipt: receipt() },
            Write::Learn { id: None, about: ID, receipt: receipt() },
        ]
    }

    #[test]
    fn every_native_write_reads_back() {
        let mut bytes = Vec::new();
        for write in samples() {
            write.encode(&mut bytes);
        }
        let read: Vec<_> = records(Place(0), &bytes).map(|record| record.unwrap().1).collect();
        assert_eq!(read, samples());
    }

    #[test]
    fn a_native_write_without_its_last_byte_is_not_taken_for_the_whole() {
        for write in samples() {
            let mut bytes = Vec::new();
            write.encode(&mut bytes);
            bytes.pop();
            let length = (bytes.len() - 2) as u16;
            bytes[..2].copy_from_slice(&length.to_le_bytes());
            let read = records(Place(0), &bytes).next().unwrap();
            assert_ne!(read, Ok((Place(0), write)));
        }
    }
}
