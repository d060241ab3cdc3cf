//! The native items, one rule at a time: what is legal, what is not, and what a
//! signature covers.

// Helpers of tests fail the test, as tests do.
#![allow(clippy::unwrap_used)]

use postrider_proto::native::{
    Age, Answer, Ask, Attach, Block, Blocks, Body, ClaimItem, Content, Count, Dispute, Entry,
    Epoch, Fact, FirstKey, Form, HaveBuf, Hops, ITEM_BYTES_MAX, Item, Label, Lifetime, LinkRow,
    Malformed, Message, MessageId, NumberRow, Owner, OwnerKey, Part, Precedence, Reason, Refusal,
    Row, SentRow, Sequence, ServerId, ServerKey, Signature, Trace, Traced, Unknown, Verdict,
    Version,
};
use postrider_proto::{Number, gsm};
use std::time::Duration;

const SIGNATURE: &Signature = &[0x5a; 64];

fn printed(item: &Item<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    item.print(&mut out);
    assert!(out.len() <= ITEM_BYTES_MAX, "{} bytes", out.len());
    out
}

fn signed_part(message: &Message<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    message.signed_part(&mut out);
    out
}

fn hi(buffer: &mut [u8; Content::GSM_BYTES_MAX]) -> Message<'_> {
    Message {
        id: MessageId {
            from: Number::MIN,
            to: Number::MAX,
            epoch: Epoch::MAX,
            count: Count::FIRST,
        },
        lifetime: Lifetime::MIN,
        age: Age::ZERO,
        hops: Hops(3),
        precedence: Precedence::default(),
        body: Body::Text { part: None, content: Content::write("Hi", buffer).unwrap() },
        signature: Some(SIGNATURE),
    }
}

#[test]
fn a_server_that_hands_a_message_on_leaves_its_signature_valid() {
    let mut buffer = [0; Content::GSM_BYTES_MAX];
    let message = hi(&mut buffer);
    let hops = message.hops.handed_on().unwrap();
    let age = message.age.after(Duration::from_millis(1_234));
    let handed_on = Message { hops, age, ..message };
    assert_ne!(printed(&Item::Message(handed_on)), printed(&Item::Message(message)));
    assert_eq!(signed_part(&handed_on), signed_part(&message));
    assert_eq!(Hops(0).handed_on(), None);
}

#[test]
fn a_message_is_signed_before_it_has_the_signature() {
    let mut buffer = [0; Content::GSM_BYTES_MAX];
    let message = hi(&mut buffer);
    let unsigned = Message { signature: None, ..message };
    assert_eq!(signed_part(&unsigned), signed_part(&message));
    assert_eq!(
        printed(&Item::Message(unsigned)).len() + 64,
        printed(&Item::Message(message)).len()
    );
}

#[test]
fn the_bits_that_no_signature_covers_are_those_of_age_and_hops() {
    let mut buffer = [0; Content::GSM_BYTES_MAX];
    let message = hi(&mut buffer);
    let wire = printed(&Item::Message(message));
    for bit in 0..8 * (wire.len() - size_of::<Signature>()) {
        let mut flipped = wire.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let same = Message::parse(&flipped).is_ok_and(|other| {
            other.signature == message.signature && signed_part(&other) == signed_part(&message)
        });
        assert_eq!(same, (1..4).contains(&(bit / 8)), "bit {} of byte {}", bit % 8, bit / 8);
    }
}

#[test]
fn a_text_is_written_in_the_form_that_takes_fewer_bytes() {
    for (text, form) in [("", "Packed(0 septets)"), ("Hi", "Packed(2 septets)")] {
        let mut buffer = [0; Content::GSM_BYTES_MAX];
        assert_eq!(format!("{:?}", Content::write(text, &mut buffer).unwrap()), form);
    }
    for (text, bytes, is_gsm) in [
        ("€", 2, true),
        ("[[", 2, false),
        ("aaaaaaaaaaaaaa[[", 16, true),
        ("ł", 2, false),
        (&"€".repeat(160), 280, true),
        (&"ł".repeat(160), 320, false),
    ] {
        let mut buffer = [0; Content::GSM_BYTES_MAX];
        let content = Content::write(text, &mut buffer).unwrap();
        match content.form() {
            Form::Gsm(packed) => {
                assert_eq!((packed.bytes().len(), is_gsm), (bytes, true), "{text}");
            }
            Form::Utf8(said) => assert_eq!((said.len(), is_gsm), (bytes, false), "{text}"),
            Form::Sealed(_) => panic!("{text}"),
        }
    }
}

#[test]
fn a_text_has_at_most_160_characters_in_any_form() {
    for character in ["a", "€", "ł", "🙂"] {
        let mut buffer = [0; Content::GSM_BYTES_MAX];
        let long = character.repeat(161);
        assert_eq!(Content::write(&long, &mut buffer), Err(Malformed::TooLong), "{character}");
        let mut buffer = [0; Content::GSM_BYTES_MAX];
        assert!(Content::write(&long[character.len()..], &mut buffer).is_ok(), "{character}");
    }
    let mut buffer = [0; 300];
    let packed = gsm::pack(&"a".repeat(161), &mut buffer).unwrap();
    assert_eq!(Content::gsm(packed), Err(Malformed::TooLong));
}

#[test]
fn a_log_does_not_show_a_text() {
    let mut buffer = [0; Content::GSM_BYTES_MAX];
    let shown = format!("{:?}", hi(&mut buffer).body);
    assert!(shown.contains("Packed(2 septets)") && !shown.contains("Hi"), "{shown}");
    assert_eq!(format!("{:?}", Content::utf8("secret").unwrap()), "Utf8(6 bytes)");
}

#[test]
fn small_words_hold_what_is_legal_only() {
    assert_eq!(Epoch::from_value(1 << 24), None);
    assert_eq!(Count::from_value(0), None);
    assert_eq!(Count::from_value(u32::MAX).unwrap().next(), None);
    assert_eq!(Count::FIRST.next().map(Count::value), Some(2));
    assert_eq!(Version::from_value(0), None);
    assert_eq!(Version::FIRST.next().map(Version::value), Some(2));
    assert_eq!(Sequence::from_value(0), None);
    assert_eq!(Reason::from_code(128), None);
    for (number, of) in [(0, 2), (3, 2), (1, 1), (1, 17), (17, 17), (1, 0)] {
        assert_eq!(Part::new(number, of), None, "{number} of {of}");
    }
    assert!(Precedence::Flash > Precedence::Immediate);
}

#[test]
fn a_reason_of_the_future_is_kept_and_shown_by_its_number() {
    assert_eq!(format!("{:?}", Reason::MAILBOX_FULL), "mailbox full");
    assert_eq!(Reason::SERVER_FULL.name(), Some("server full"));
    let unheard = Reason::from_code(10).unwrap();
    assert_eq!((unheard.name(), format!("{unheard:?}")), (None, "reason 10".to_owned()));
}

#[test]
fn a_row_follows_an_earlier_one_of_its_origin() {
    let fact = Fact::Link(LinkRow { peer: ServerKey([1; 32]), cost: 1 });
    let sequence = Sequence::from_value(5).unwrap();
    let entry = Entry { origin: ServerKey([2; 32]), sequence, fact };
    let row = Row { entry, signature: SIGNATURE };
    assert_eq!(SentRow::new(5, row), None);
    for after in 0..5 {
        let item = Item::Row(SentRow::new(after, row).unwrap());
        assert_eq!(Item::parse(&printed(&item)), Ok(item));
    }
}

#[test]
fn a_label_shows_what_it_is() {
    for good in ["mine", "Küste 1 (自治)", "a b", &"x".repeat(32)] {
        assert_eq!(Label::new(good).map(Label::as_str), Ok(good));
    }
    for bad in [
        "",
        " a",
        "a\u{a0}",
        "a\tb",
        "a\u{7f}",
        "a\u{9b}b",
        "\u{feff}a",
        "a\u{2066}b",
        &"x".repeat(33),
    ] {
        assert_eq!(Label::new(bad), Err(Malformed::Label), "{bad:?}");
    }
}

#[test]
fn blocks_stand_in_order_and_do_not_overlap() {
    let blocks = |written: &[&str]| {
        Blocks::new(&written.iter().map(|block| block.parse().unwrap()).collect::<Vec<Block>>())
    };
    assert!(blocks(&["604555xxxx", "604556xxxx", "7xxxxxxxxx"]).is_ok());
    assert_eq!(blocks(&[]), Ok(Blocks::NONE));
    for bad in
        [["604555xxxx", "6045550000"], ["604555xxxx", "604xxxxxxx"], ["7xxxxxxxxx", "6xxxxxxxxx"]]
    {
        assert_eq!(blocks(&bad), Err(Malformed::Blocks), "{bad:?}");
    }
    let many: Vec<String> = (0..17).map(|number| format!("{number:010}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(blocks(&many[1..]).is_ok());
    assert_eq!(blocks(&many), Err(Malformed::Blocks));
}

#[test]
fn a_summary_is_cut_where_its_item_is_full() {
    let id = |at: u8| ServerId([at; 8]);
    let mut part = HaveBuf::new(2 + 9 + 10);
    assert!(part.push(id(1), Sequence::FIRST));
    assert!(!part.push(id(1), Sequence::FIRST), "the same origin again");
    assert!(!part.push(id(0), Sequence::FIRST), "one before it");
    assert!(part.push(id(2), Sequence::from_value(128).unwrap()));
    assert!(!part.push(id(3), Sequence::FIRST), "no room");
    let mut tight = HaveBuf::new(2 + 9 + 9);
    assert!(tight.push(id(1), Sequence::FIRST));
    assert!(!tight.push(id(2), Sequence::from_value(128).unwrap()), "a byte short");
    assert_eq!(printed(&Item::Have(part.have(true))).len(), 21);
    part.clear();
    assert!(part.push(id(3), Sequence::FIRST));
    let item = Item::Have(part.have(false));
    assert_eq!(Item::parse(&printed(&item)), Ok(item));
    let mut largest = HaveBuf::new(usize::MAX);
    let up_to = Sequence::from_value(u64::MAX).unwrap();
    let entries = (0..255).take_while(|at| largest.push(id(*at), up_to)).count();
    assert_eq!(entries, (ITEM_BYTES_MAX - 2) / HaveBuf::ENTRY_BYTES_MAX);
    assert!(printed(&Item::Have(largest.have(true))).len() <= ITEM_BYTES_MAX);
}

#[test]
fn the_longest_items_have_the_lengths_that_are_said() {
    let mut buffer = [0; Content::GSM_BYTES_MAX];
    let sealed = [7; Content::SEALED_BYTES_MAX];
    let content = Content::sealed(&sealed).unwrap();
    let body = Body::Text { part: Part::new(1, 2), content };
    let message = Message { body, ..hi(&mut buffer) };
    assert_eq!(printed(&Item::Message(message)).len(), Message::BYTES_MAX);
    assert_eq!(Message::BYTES_MAX, 775);
    let key = OwnerKey([1; 32]);
    let since = Version::FIRST;
    let first = FirstKey { key: OwnerKey([2; 32]), since, signature: SIGNATURE };
    let owner = Some(Owner { key, signature: SIGNATURE, first: Some(first) });
    let (number, version) = (Number::MAX, Version::FIRST);
    let fact = Fact::Number(NumberRow { number, version, released: true, line: false, owner });
    let entry = Entry { origin: ServerKey([2; 32]), sequence: Sequence::FIRST, fact };
    let mut row = Vec::new();
    Row { entry, signature: SIGNATURE }.print(&mut row);
    assert_eq!(row.len(), Row::BYTES_MAX);
}

#[test]
fn what_clients_and_servers_say_reads_back_and_nothing_longer_does() {
    let id = hi(&mut [0; Content::GSM_BYTES_MAX]).id;
    let (number, key, server) = (id.to, OwnerKey([7; 32]), ServerId([8; 8]));
    let owner = Owner { key, signature: &[9; 64], first: None };
    let version = Version::FIRST;
    let row = NumberRow { number, version, released: false, line: false, owner: Some(owner) };
    let traced = |whereabouts| Item::Trace(Trace { id, at: server, whereabouts, since_s: 77 });
    let answer = |verdict| Item::Answer(Answer { number, version: 3, verdict });
    let items = [
        Item::Attach(Attach { number, key, signature: &[6; 64] }),
        Item::Claim(ClaimItem { row, code: "" }),
        Item::Claim(ClaimItem { row, code: "grüße-1234" }),
        answer(Verdict::Attached),
        answer(Verdict::WantsClaim),
        answer(Verdict::Released),
        answer(Verdict::Refused(Refusal::SIGNATURE)),
        Item::Ask(Ask::Number(number)),
        Item::Ask(Ask::Server(server)),
        Item::Ask(Ask::Message(id)),
        Item::Unknown(Unknown(Ask::Server(server))),
        traced(Traced::InMailbox),
        traced(Traced::WaitsFor(server)),
        traced(Traced::HandedTo(server)),
        traced(Traced::NoWay(server)),
        traced(Traced::Unclaimed),
        traced(Traced::HandedOn(server)),
        traced(Traced::Unknown),
        Item::Dispute(Dispute { number, first: Dispute::first_of(key), home: server }),
    ];
    for item in items {
        let mut bytes = printed(&item);
        assert_eq!(Item::parse(&bytes), Ok(item));
        for end in 0..bytes.len() {
            assert!(Item::parse(&bytes[..end]).is_err(), "{item:?} ends at {end}");
        }
        bytes.push(0);
        assert!(Item::parse(&bytes).is_err(), "{item:?} goes on");
    }
}
