//! The native items, held to the vectors in docs/protocol/vectors, which a second
//! implementation of the page has made.

// Helpers of tests fail the test, as tests do.
#![allow(clippy::unwrap_used)]

#[allow(dead_code, reason = "each test takes what it needs")]
#[path = "support/vectors.rs"]
mod vectors;

use ed25519_dalek::{SigningKey, Verifier, VerifyingKey};
use postrider_proto::classic::ServerIndex;
use postrider_proto::native::{
    Age, Block, Body, Content, Count, Entry, Epoch, Fact, Form, Hops, Item, Label, Lifetime,
    LineId, LinePlace, Message, MessageId, NumberRow, Outcome, OwnerKey, Part, Precedence, Reason,
    Receipt, Sequence, ServerId, ServerKey, Signature, Version,
};
use std::time::Duration;
use vectors::{Vector, vectors};

/// The item parses and prints the same.
fn check_item(bytes: &[u8], check: impl FnOnce(Item<'_>)) {
    let item = Item::parse(bytes).unwrap();
    let mut again = Vec::new();
    item.print(&mut again);
    assert_eq!(again, bytes);
    check(item);
}

/// The signature is valid, and by the key that the seed makes.
fn check_signature(vector: &Vector, names: [&str; 3], signed: &[u8], signature: &Signature) {
    let [seed, key, name] = names.map(|name| vector.bytes(name));
    assert_eq!(SigningKey::from_bytes(&[seed[0]; 32]).verifying_key().as_bytes(), &key[..]);
    assert_eq!(name, signature, "{}", vector.name);
    let key = VerifyingKey::try_from(&key[..]).unwrap();
    assert!(key.verify(signed, &signature.into()).is_ok(), "{}", vector.name);
}

#[test]
fn messages_say_what_the_vectors_say() {
    for vector in vectors("messages.txt") {
        check_item(&vector.bytes("item"), |item| {
            let Item::Message(message) = item else { panic!("{}", vector.name) };
            check_header(&vector, &message);
            check_body(&vector, &message);
            check_message_signature(&vector, &message);
        });
    }
}

fn check_header(vector: &Vector, message: &Message<'_>) {
    let precedences = ["routine", "priority", "immediate", "flash"];
    let precedence = precedences.iter().position(|name| *name == vector.text("precedence"));
    assert_eq!(message.precedence, Precedence::ALL[precedence.unwrap()], "{}", vector.name);
    assert_eq!(message.hops, Hops(vector.parsed("hops")));
    let age = Duration::from_millis(vector.parsed("age-ms"));
    assert_eq!((message.age, message.age.duration()), (Age::at_least(age), age));
    let lifetime = Duration::from_secs(60 * vector.parsed::<u64>("lifetime-min"));
    assert_eq!(message.lifetime, Lifetime::at_least(lifetime));
    assert_eq!(message.lifetime.duration(), lifetime);
    let epoch = Epoch::from_value(vector.parsed("epoch")).unwrap();
    let count = Count::from_value(vector.parsed("count")).unwrap();
    let (from, to) = (vector.parsed("from"), vector.parsed("to"));
    assert_eq!(message.id, MessageId { from, to, epoch, count });
}

fn check_body(vector: &Vector, message: &Message<'_>) {
    match message.body {
        Body::Text { part, content } => {
            assert_eq!(vector.text("kind"), "text");
            let part = part.map(|part| format!("{} of {}", part.number(), part.of()));
            assert_eq!(part.as_deref(), vector.get("part"));
            check_content(vector, content);
        }
        Body::Receipt(receipt) => {
            assert_eq!(vector.text("kind"), "receipt");
            check_receipt(vector, message.id, &receipt);
        }
        Body::History { first } => {
            assert_eq!(vector.text("kind"), "history");
            assert_eq!(first.value(), vector.parsed::<u32>("first"));
        }
    }
}

fn check_content(vector: &Vector, content: Content<'_>) {
    let mut text = String::new();
    let is_open = content.read(&mut text);
    match content.form() {
        Form::Gsm(_) => assert_eq!(vector.text("form"), "septets"),
        Form::Utf8(_) => assert_eq!(vector.text("form"), "utf-8"),
        Form::Sealed(bytes) => {
            assert_eq!(vector.text("form"), "sealed");
            assert_eq!(vector.bytes("sealed"), bytes);
        }
    }
    assert_eq!(vector.get("text").is_some(), is_open);
    assert!(!is_open || vector.utf8("text") == text, "{}", vector.name);
}

fn check_receipt(vector: &Vector, id: MessageId, receipt: &Receipt) {
    let outcome = match vector.text("outcome").split_once(' ') {
        None if vector.text("outcome") == "delivered" => Outcome::Delivered,
        None if vector.text("outcome") == "read" => Outcome::Read,
        None if vector.text("outcome") == "passed-on" => Outcome::PassedOn,
        None => Outcome::Expired,
        Some((_, reason)) => Outcome::Refused(Reason::from_code(reason.parse().unwrap()).unwrap()),
    };
    assert_eq!(receipt.outcome, outcome, "{}", vector.name);
    assert_eq!(receipt.server, ServerId(vector.array("server")));
    assert_eq!(receipt.age.duration(), Duration::from_millis(vector.parsed("after-ms")));
    let epoch = Epoch::from_value(vector.parsed("about-epoch")).unwrap();
    let count = Count::from_value(vector.parsed("about-count")).unwrap();
    let about = MessageId { from: id.to, to: id.from, epoch, count };
    assert_eq!(receipt.about(id), about);
}

fn check_message_signature(vector: &Vector, message: &Message<'_>) {
    let mut signed = Vec::new();
    message.signed_part(&mut signed);
    assert_eq!(signed, vector.bytes("signed"), "{}", vector.name);
    assert_eq!(message.signature.is_some(), vector.get("signature").is_some());
    if let Some(signature) = message.signature {
        check_signature(vector, ["seed", "key", "signature"], &signed, signature);
    }
}

#[test]
fn rows_say_what_the_vectors_say() {
    for vector in vectors("rows.txt") {
        check_item(&vector.bytes("item"), |item| {
            let Item::Row(sent) = item else { panic!("{}", vector.name) };
            let entry = sent.row().entry;
            assert_eq!(sent.after(), vector.parsed("after"));
            assert_eq!(Some(entry.sequence), Sequence::from_value(vector.parsed("sequence")));
            assert_eq!(entry.origin, ServerKey(vector.array("origin")));
            check_fact(&vector, &entry);
            let mut signed = Vec::new();
            entry.signed_part(&mut signed);
            assert_eq!(signed, vector.bytes("signed"), "{}", vector.name);
            let names = ["origin-seed", "origin", "signature"];
            check_signature(&vector, names, &signed, sent.row().signature);
        });
    }
}

fn check_fact(vector: &Vector, entry: &Entry<'_>) {
    match entry.fact {
        Fact::Number(row) => {
            assert_eq!(vector.text("kind"), "number");
            check_number(vector, entry.origin, &row);
        }
        Fact::Link(row) => {
            assert_eq!(vector.text("kind"), "link");
            assert_eq!(row.peer, ServerKey(vector.array("peer")));
            assert_eq!(row.cost, vector.parsed("cost"));
        }
        Fact::Server(row) => {
            assert_eq!(vector.text("kind"), "server");
            assert_eq!(row.label, Label::new(&vector.utf8("label")).unwrap());
            let blocks = vector.text("blocks").split_whitespace();
            let blocks: Vec<Block> = blocks.map(|block| block.parse().unwrap()).collect();
            assert_eq!(row.blocks.iter().collect::<Vec<_>>(), blocks);
            let line = vector.get("line").map(|_| LinePlace {
                line: LineId(vector.array("line")),
                index: ServerIndex::from_value(vector.parsed("line-index")).unwrap(),
            });
            assert_eq!(row.line, line, "{}", vector.name);
        }
    }
}

fn check_number(vector: &Vector, home: ServerKey, row: &NumberRow<'_>) {
    assert_eq!(row.number, vector.parsed("number"));
    assert_eq!(Some(row.version), Version::from_value(vector.parsed("version")));
    assert_eq!(row.released, vector.text("released") == "yes");
    assert_eq!(row.line, vector.text("line") == "yes");
    assert_eq!(row.owner.is_some(), vector.get("owner").is_some());
    let (Some(owner), Some(claim)) = (row.owner, row.claim(home)) else { return };
    assert_eq!(owner.key, OwnerKey(vector.array("owner")));
    let mut signed = Vec::new();
    claim.signed_part(&mut signed);
    assert_eq!(signed, vector.bytes("owner-signed"), "{}", vector.name);
    assert_eq!(signed.len(), 93);
    check_signature(vector, ["owner-seed", "owner", "owner-signature"], &signed, owner.signature);
    assert_eq!(owner.first.is_some(), vector.get("first").is_some());
    if let (Some(first), Some(successor)) = (owner.first, row.successor()) {
        assert_eq!(Some(first.since), Version::from_value(vector.parsed("since")));
        assert_eq!(owner.first_key(), OwnerKey(vector.array("first")));
        signed.clear();
        successor.signed_part(&mut signed);
        assert_eq!(signed, vector.bytes("first-signed"), "{}", vector.name);
        assert_eq!(signed.len(), 58);
        let names = ["first-seed", "first", "first-signature"];
        check_signature(vector, names, &signed, first.signature);
    }
}

#[test]
fn summaries_say_what_the_vectors_say() {
    for vector in vectors("summaries.txt") {
        check_item(&vector.bytes("item"), |item| {
            let Item::Have(have) = item else { panic!("{}", vector.name) };
            let entries = have.entries().map(|(id, up_to)| format!("{id}:{}", up_to.value()));
            assert_eq!(entries.collect::<Vec<_>>().join(" "), vector.text("entries"));
            assert_eq!(have.has_more(), vector.text("more") == "yes");
        });
    }
}

#[test]
fn what_the_vectors_refuse_is_refused_for_their_reason() {
    for vector in vectors("refused.txt") {
        let bytes = vector.bytes("item");
        let why = Item::parse(&bytes).map(|_| ()).unwrap_err();
        assert_eq!(format!("{why:?}"), vector.text("why"), "{}: {why}", vector.name);
    }
}

#[test]
fn durations_have_the_codes_of_the_vectors() {
    for vector in vectors("durations.txt") {
        let millis = |field| Duration::from_millis(vector.parsed(field));
        let minutes = |field| Duration::from_secs(60 * vector.parsed::<u64>(field));
        if vector.get("duration-ms").is_some() {
            let code = Age::at_least(millis("duration-ms")).code();
            assert_eq!(code, vector.parsed("age-code"), "{}", vector.name);
        } else if vector.get("ms").is_some() {
            let age = Age::from_code(vector.parsed("age-code"));
            assert_eq!(age.duration(), millis("ms"), "{}", vector.name);
        } else if vector.get("duration-min").is_some() {
            let code = Lifetime::at_least(minutes("duration-min")).code();
            assert_eq!(code, vector.parsed("lifetime-code"), "{}", vector.name);
        } else {
            let lifetime = Lifetime::from_code(vector.parsed("lifetime-code"));
            assert_eq!(lifetime.duration(), minutes("min"), "{}", vector.name);
        }
    }
}

/// A link's data packet: type 1, receiver 4, packet number 4, tag 16.
const PACKET_BYTES: usize = 25;
/// The frame of a packet's only item: kind 1, item number 2.
const FRAME_BYTES: usize = 3;

#[test]
fn a_signed_text_of_160_characters_fits_a_datagram_of_256_bytes() {
    let text = "Well 3 is dry: ".repeat(11)[..160].to_owned();
    let mut buffer = [0; Content::GSM_BYTES_MAX];
    let content = Content::write(&text, &mut buffer).unwrap();
    assert!(matches!(content.form(), Form::Gsm(_)));
    let id = MessageId {
        from: "5550000001".parse().unwrap(),
        to: "9999999999".parse().unwrap(),
        epoch: Epoch::MAX,
        count: Count::from_value(u32::MAX).unwrap(),
    };
    for (part, datagram_bytes) in [(None, 253), (Part::new(16, 16), 254)] {
        let message = Message {
            id,
            lifetime: Lifetime::MAX,
            age: Age::MAX,
            hops: Hops(255),
            precedence: Precedence::Flash,
            body: Body::Text { part, content },
            signature: Some(&[0xff; 64]),
        };
        let mut item = Vec::new();
        message.print(&mut item);
        println!("{part:?}: {} bytes", PACKET_BYTES + FRAME_BYTES + item.len());
        assert_eq!(PACKET_BYTES + FRAME_BYTES + item.len(), datagram_bytes);
    }
}
