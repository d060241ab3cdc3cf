//! The native items, whatever they say: what is printed parses back, what parses prints
//! the same, and no bytes panic.

// Helpers of tests fail the test, as tests do.
#![allow(clippy::unwrap_used)]

use postrider_proto::Number;
use postrider_proto::classic::ServerIndex;
use postrider_proto::native::{
    Age, Block, Blocks, Body, Claim, Content, Count, Dispute, Entry, Epoch, Fact, FirstKey,
    HaveBuf, Hops, ITEM_BYTES_MAX, Item, Label, Lifetime, LineId, LinePlace, LinkRow, Message,
    MessageId, NumberRow, Outcome, Owner, OwnerKey, Part, Precedence, Reason, Receipt, Row,
    SentRow, Sequence, ServerId, ServerKey, ServerRow, Signature, Version,
};
use proptest::prelude::*;

const SIGNATURE: &Signature = &[0x5a; 64];

fn printed(item: &Item<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    item.print(&mut out);
    assert!(out.len() <= ITEM_BYTES_MAX, "{} bytes", out.len());
    out
}

fn any_number() -> impl Strategy<Value = Number> {
    (0..=Number::MAX.value()).prop_map(|value| Number::from_value(value).unwrap())
}

fn any_id() -> impl Strategy<Value = MessageId> {
    (any_number(), any_number(), 0..1_u32 << 24, 1..=u32::MAX).prop_map(
        |(from, to, epoch, count)| {
            let epoch = Epoch::from_value(epoch).unwrap();
            MessageId { from, to, epoch, count: Count::from_value(count).unwrap() }
        },
    )
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    let fixed = [Outcome::Delivered, Outcome::Read, Outcome::Expired, Outcome::PassedOn];
    let refused = (0..128_u8).prop_map(|code| Outcome::Refused(Reason::from_code(code).unwrap()));
    prop_oneof![prop::sample::select(fixed.to_vec()), refused]
}

/// The header's words, without a body.
fn any_header() -> impl Strategy<Value = Message<'static>> {
    let words = (any::<u8>(), any::<u16>(), any::<u8>(), 0..4_usize, any::<bool>());
    let receipt = (any_outcome(), any::<[u8; 8]>(), any::<u16>(), any::<bool>());
    (any_id(), words, receipt).prop_map(
        |(id, (lifetime, age, hops, precedence, is_signed), receipt)| {
            let (outcome, server, after, is_history) = receipt;
            let (server, after) = (ServerId(server), Age::from_code(after));
            let receipt = Receipt { epoch: id.epoch, count: id.count, outcome, server, age: after };
            Message {
                id,
                lifetime: Lifetime::from_code(lifetime),
                age: Age::from_code(age),
                hops: Hops(hops),
                precedence: Precedence::ALL[precedence],
                body: match is_history {
                    true => Body::History { first: id.count },
                    false => Body::Receipt(receipt),
                },
                signature: is_signed.then_some(SIGNATURE),
            }
        },
    )
}

fn any_part() -> impl Strategy<Value = Option<Part>> {
    (0..=17_u8, 0..=17_u8).prop_map(|(number, of)| Part::new(number, of))
}

fn any_block() -> impl Strategy<Value = Block> {
    "[0-9]{1,10}".prop_map(|digits| format!("{digits:x<10}").parse().unwrap())
}

fn any_line_place() -> impl Strategy<Value = Option<LinePlace>> {
    let place = (any::<[u8; 8]>(), 1..=64_u8).prop_map(|(line, index)| LinePlace {
        line: LineId(line),
        index: ServerIndex::from_value(index).unwrap(),
    });
    prop::option::of(place)
}

fn any_server_row() -> impl Strategy<Value = (String, Vec<Block>)> {
    let blocks = prop::collection::btree_set(any_block(), 0..=16).prop_map(|blocks| {
        let mut apart: Vec<Block> = Vec::new();
        for block in blocks {
            if apart.last().is_none_or(|last| last.last() < block.first()) {
                apart.push(block);
            }
        }
        apart
    });
    ("[a-zäЖ自]([a-z (ä]{0,8}[a-z)])?", blocks)
}

fn check_printed(item: &Item<'_>) -> Result<(), TestCaseError> {
    let wire = printed(item);
    prop_assert_eq!(&Item::parse(&wire), &Ok(*item));
    for end in 0..wire.len() {
        let prefix = Item::parse(&wire[..end]);
        prop_assert_ne!(&prefix, &Ok(*item), "without its last bytes");
    }
    Ok(())
}

fn check_row(fact: Fact<'_>, sequence: u64, step: u64) -> Result<(), TestCaseError> {
    let origin = ServerKey([9; 32]);
    let entry = Entry { origin, sequence: Sequence::from_value(sequence).unwrap(), fact };
    let row = Row { entry, signature: SIGNATURE };
    check_printed(&Item::Row(SentRow::new(sequence - 1 - step % sequence, row).unwrap()))?;
    let (mut kept, mut signed) = (Vec::new(), Vec::new());
    row.print(&mut kept);
    prop_assert!(kept.len() <= Row::BYTES_MAX);
    prop_assert_eq!(Row::parse(&kept), Ok(row));
    entry.signed_part(&mut signed);
    prop_assert_eq!(&signed[b"postrider row v1\0".len()..], &kept[..kept.len() - 64]);
    Ok(())
}

/// Whatever parses must print the bytes it was parsed from.
fn check_bytes(bytes: &[u8]) {
    if let Ok(item) = Item::parse(bytes) {
        let mut again = Vec::new();
        item.print(&mut again);
        assert_eq!(again, bytes, "{item:?}");
    }
}

proptest! {
    #[test]
    fn receipts_arrive_as_they_were_sent(message in any_header()) {
        check_printed(&Item::Message(message))?;
    }

    #[test]
    fn texts_arrive_as_they_were_sent(header in any_header(), part in any_part(), text in "[a-zé€\\[ł🙂]{0,160}") {
        let mut buffer = [0; Content::GSM_BYTES_MAX];
        for content in [Content::write(&text, &mut buffer).unwrap(), Content::utf8(&text).unwrap()] {
            let mut read = String::new();
            prop_assert!(content.read(&mut read));
            prop_assert_eq!(&read, &text);
            check_printed(&Item::Message(Message { body: Body::Text { part, content }, ..header }))?;
        }
    }

    #[test]
    fn sealed_texts_arrive_as_they_were_sent(header in any_header(), part in any_part(), bytes in prop::collection::vec(any::<u8>(), 0..800)) {
        let has_length = (49..=689).contains(&bytes.len());
        prop_assert_eq!(Content::sealed(&bytes).is_ok(), has_length);
        if let Ok(content) = Content::sealed(&bytes) {
            prop_assert!(!content.read(&mut String::new()));
            check_printed(&Item::Message(Message { body: Body::Text { part, content }, ..header }))?;
        }
    }

    #[test]
    fn disputes_arrive_as_they_were_sent(number in any_number(), first: [u8; 16], home: [u8; 8]) {
        check_printed(&Item::Dispute(Dispute { number, first, home: ServerId(home) }))?;
    }

    #[test]
    fn rows_of_numbers_arrive_as_they_were_sent(
        number in any_number(), version in 1..=u32::MAX, released: bool, line: bool,
        key in any::<Option<[u8; 32]>>(), since in any::<Option<u32>>(), sequence in 1..=u64::MAX,
        step: u64,
    ) {
        let since = since.and_then(|since| Version::from_value(since % version + 1));
        let first = |since| FirstKey { key: OwnerKey([1; 32]), since, signature: SIGNATURE };
        let first = since.map(first);
        let owner = key.map(|key| Owner { key: OwnerKey(key), signature: SIGNATURE, first });
        let version = Version::from_value(version).unwrap();
        let row = NumberRow { number, version, released, line: line && owner.is_none(), owner };
        check_row(Fact::Number(row), sequence, step)?;
        let claim = owner.map(|owner| Claim {
            number, version, home: ServerKey([9; 32]), released, key: owner.key,
            is_later_key: since.is_some(),
        });
        prop_assert_eq!(row.claim(ServerKey([9; 32])), claim);
    }

    #[test]
    fn other_rows_arrive_as_they_were_sent(
        peer: [u8; 32], cost: u16, (label, blocks) in any_server_row(), line in any_line_place(), sequence in 1..1_000_u64, step: u64,
    ) {
        check_row(Fact::Link(LinkRow { peer: ServerKey(peer), cost }), sequence, step)?;
        let row = ServerRow { label: Label::new(&label).unwrap(), blocks: Blocks::new(&blocks).unwrap(), line };
        check_row(Fact::Server(row), sequence, step)?;
    }

    #[test]
    fn summaries_arrive_as_they_were_sent(
        entries in prop::collection::btree_map(any::<[u8; 8]>(), (1..=u64::MAX, 0..64_u32), 0..50), more: bool,
    ) {
        let mut part = HaveBuf::new(ITEM_BYTES_MAX);
        for (id, (up_to, shift)) in &entries {
            let up_to = Sequence::from_value((up_to >> shift).max(1)).unwrap();
            prop_assert!(part.push(ServerId(*id), up_to));
        }
        check_printed(&Item::Have(part.have(more)))?;
        let listed: Vec<[u8; 8]> = part.have(more).entries().map(|(id, _)| id.0).collect();
        prop_assert_eq!(listed, entries.into_keys().collect::<Vec<_>>());
    }

    #[test]
    fn no_bytes_panic_and_what_parses_prints_the_same(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check_bytes(&bytes);
    }

    #[test]
    fn nearly_legal_bytes_neither(
        header in any_header(), part in any_part(), text in "[a€ł]{0,20}",
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u32), 0..4), cut in 0..3_usize,
    ) {
        let mut buffer = [0; Content::GSM_BYTES_MAX];
        let content = Content::write(&text, &mut buffer).unwrap();
        let mut wire = printed(&Item::Message(Message { body: Body::Text { part, content }, ..header }));
        for (at, bit) in flips {
            *at.get_mut(&mut wire) ^= 1_u8 << bit;
        }
        wire.truncate(wire.len() - cut);
        check_bytes(&wire);
    }
}
