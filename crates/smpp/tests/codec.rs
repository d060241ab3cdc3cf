//! The codec, by itself and against another one.

// Helpers of tests fail as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use postrider_smpp::codec::{
    Address, Bind, Cancel, Data, Frame, Message, Mode, OwnTlvs, Pdu, Query, Replace, Status, Tlvs,
    command, frame, parse, print, tag,
};
use proptest::prelude::*;
use rusmpp_core::decode::borrowed::DecodeWithLength as _;

const MOST: usize = 70_000;

fn printed(pdu: &Pdu<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    print(pdu, Status::OK, 7, &mut bytes);
    bytes
}

fn read(bytes: &[u8]) -> Result<Pdu<'_>, Status> {
    match frame(bytes, MOST) {
        Frame::Whole { header, body, length } => {
            assert_eq!(length, bytes.len());
            parse(&header, body)
        }
        other => panic!("{other:?}"),
    }
}

fn submit_of(body_end: &[u8], text: &[u8]) -> Vec<u8> {
    let mut bytes = printed(&Pdu::Submit(Message { text, ..Message::default() }));
    bytes.extend_from_slice(body_end);
    let length = bytes.len() as u32;
    bytes[..4].copy_from_slice(&length.to_be_bytes());
    bytes
}

#[test]
fn nuls_that_stray_behind_a_short_message_are_skipped() {
    for strays in 0..4 {
        let nuls = vec![0; strays];
        let bytes = submit_of(&nuls, b"hi");
        let Ok(Pdu::Submit(message)) = read(&bytes) else { panic!("{strays} are read") };
        assert_eq!((message.text, message.tlvs.bytes()), (&b"hi"[..], &[][..]));
        let with_field = [&nuls[..], &[0x02, 0x0c, 0, 2, 1, 2]].concat();
        let bytes = submit_of(&with_field, b"hi");
        let Ok(Pdu::Submit(message)) = read(&bytes) else { panic!("{strays} are read") };
        assert_eq!(message.tlvs.number(tag::SAR_MSG_REF_NUM), Some(0x0102));
    }
}

#[test]
fn fields_that_nobody_knows_are_kept_and_broken_ones_refused() {
    let bytes = submit_of(&[0x14, 3, 0, 2, 1, 2], b"hi");
    let Ok(Pdu::Submit(message)) = read(&bytes) else { panic!("it is read") };
    assert_eq!(message.tlvs.get(0x1403), Some(&[1, 2][..]));
    assert_eq!(read(&submit_of(&[0x14, 3, 0, 9, 1], b"hi")), Err(Status::OPTIONAL_FIELDS));
    assert_eq!(read(&submit_of(&[0x14], b"hi")), Err(Status::OPTIONAL_FIELDS));
}

#[test]
fn what_is_too_long_or_too_short_is_said_by_its_field() {
    let long = [b'1'; 65];
    let address = Address { ton: 1, npi: 1, digits: &long };
    let source = Pdu::Submit(Message { source: address, ..Message::default() });
    assert_eq!(read(&printed(&source)), Err(Status::SOURCE));
    let destination = Pdu::Submit(Message { destination: address, ..Message::default() });
    assert_eq!(read(&printed(&destination)), Err(Status::DESTINATION));
    let mut bytes = printed(&Pdu::Submit(Message::default()));
    *bytes.last_mut().unwrap() = 200;
    assert_eq!(read(&bytes), Err(Status::MESSAGE_LENGTH));
    for (length, expected) in [(15_u32, true), (70_001, true), (16, false)] {
        let bytes = [length, 1, 0, 9].map(u32::to_be_bytes).concat();
        let is_broken = frame(&bytes, MOST) == Frame::Broken { sequence: Some(9) };
        assert_eq!(is_broken, expected, "{length}");
    }
}

#[test]
fn a_text_to_many_has_its_recipients_and_lists() {
    let one = [&[1, 0, 1][..], b"5550000002\0"].concat();
    let destinations = [&one[..], &[2], b"all\0", &one].concat();
    let body = |count: u8| {
        let mut body = vec![0, 0, 0, 0, count];
        body.extend_from_slice(&destinations);
        body.extend([0; 8]);
        body.extend([0, 1, b'x']);
        body
    };
    let header = |command| postrider_smpp::codec::Header { command, status: 0, sequence: 1 };
    let bytes = body(3);
    let Ok(Pdu::Multi(multi)) = parse(&header(command::SUBMIT_MULTI), &bytes) else {
        panic!("it is read")
    };
    let all: Vec<_> = multi.destinations.all().collect();
    let address = Address { ton: 0, npi: 1, digits: b"5550000002" };
    assert_eq!(all, [Ok(address), Err(&b"all"[..]), Ok(address)]);
    assert_eq!(multi.message.text, b"x");
    assert_eq!(parse(&header(command::SUBMIT_MULTI), &body(0)), Err(Status::DESTINATIONS));
}

fn string(most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(1_u8..=127, 0..most)
}

fn tlvs() -> impl Strategy<Value = Vec<(u16, Vec<u8>)>> {
    prop::collection::vec((0x1400_u16..0x3fff, prop::collection::vec(any::<u8>(), 0..20)), 0..4)
}

proptest! {
    #[test]
    fn what_is_printed_is_read_as_it_was(
        strings in prop::array::uniform4(string(5)),
        digits in prop::array::uniform2(string(20)),
        bytes in any::<[u8; 11]>(),
        text in prop::collection::vec(any::<u8>(), 0..254),
        fields in tlvs(),
        kind in 0_u8..7,
    ) {
        let fields: Vec<(u16, &[u8])> = fields.iter().map(|(tag, value)| (*tag, &value[..])).collect();
        let own = OwnTlvs::of(&fields);
        let tlvs = own.tlvs();
        let [one, two] = [0, 1].map(|at| {
            Address { ton: bytes[at], npi: bytes[at + 2], digits: &digits[at] }
        });
        let message = Message {
            service_type: &strings[0], source: one, destination: two, esm_class: bytes[4],
            protocol_id: bytes[5], priority: bytes[6], schedule: &strings[1],
            validity: &strings[2], registered_delivery: bytes[7], replace_if_present: bytes[8],
            data_coding: bytes[9], default_message: bytes[10], text: &text, tlvs,
        };
        let pdu = match kind {
            0 => Pdu::Submit(message),
            1 => Pdu::Deliver(message),
            2 => Pdu::Data(Data {
                service_type: &strings[0], source: one, destination: two, esm_class: bytes[4],
                registered_delivery: bytes[5], data_coding: bytes[6], tlvs,
            }),
            3 => Pdu::Query(Query { message_id: &strings[1], source: one }),
            4 => Pdu::Cancel(Cancel {
                service_type: &strings[0], message_id: &strings[1], source: one, destination: two,
            }),
            5 => Pdu::Replace(Replace {
                message_id: &strings[1], source: one, schedule: &strings[2], validity: &strings[3],
                registered_delivery: bytes[4], default_message: bytes[5], text: &text, tlvs,
            }),
            _ => Pdu::Bind(Bind {
                mode: Mode::Transceiver, system_id: &strings[0], password: &strings[1],
                system_type: &strings[2], interface_version: bytes[4], range: one,
            }),
        };
        let bytes = printed(&pdu);
        prop_assert_eq!(read(&bytes), Ok(pdu));
    }

    #[test]
    fn another_codec_reads_what_is_printed(
        digits in prop::array::uniform2("[0-9]{1,20}"),
        text in prop::collection::vec(any::<u8>(), 0..254),
        id in "[1-9][0-9]{0,18}",
        state in 1_u8..9,
    ) {
        let address = |digits: &'static str| Address { ton: 0, npi: 1, digits: digits.as_bytes() };
        let [source, destination] = digits.map(|digits| address(digits.leak()));
        let own = OwnTlvs::of(&[
            (tag::RECEIPTED_MESSAGE_ID, &[id.as_bytes(), &[0]].concat()),
            (tag::MESSAGE_STATE, &[state]),
            (tag::NETWORK_ERROR_CODE, &[3, 0, 7]),
        ]);
        let tlvs = own.tlvs();
        let message = Message { source, destination, esm_class: 4, text: &text, tlvs, ..Message::default() };
        for pdu in [Pdu::Submit(message), Pdu::Deliver(message), Pdu::SubmitResp(id.as_bytes())] {
            let bytes = printed(&pdu);
            let body = &bytes[4..];
            let other = rusmpp_core::command::borrowed::Command::<16>::decode(body, body.len());
            let (other, length) = other.expect("it reads it");
            prop_assert_eq!(length, body.len());
            prop_assert_eq!(u32::from(other.id()), pdu.command());
        }
    }

    #[test]
    fn no_bytes_stop_it(command in any::<u32>(), body in prop::collection::vec(any::<u8>(), 0..200)) {
        let known = [1, 2, 3, 4, 5, 7, 8, 9, 0x21, 0x103];
        let command = known[command as usize % known.len()] | command & 0x8000_0000;
        let header = postrider_smpp::codec::Header { command, status: 0, sequence: 1 };
        if let Ok(pdu) = parse(&header, &body) {
            // What a real client says besides is left out, and the rest is the same.
            let again = printed(&pdu);
            prop_assert_eq!(read(&again), Ok(pdu));
        }
        let _ = Tlvs::parse(&body);
    }
}
