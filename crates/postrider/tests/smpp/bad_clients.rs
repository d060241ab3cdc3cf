//! Clients that do what they should not.

use super::DESK;
use super::raw::{Raw, printed, submit};
use super::site::Site;
use super::support::eventually;
use postrider_smpp::codec::{Address, Cancel, Message, Mode, Pdu, Query, Status, command};

#[test]
fn whatever_clients_do_what_was_taken_is_not_lost() {
    let mut site = Site::new(&[]);
    let mut client = Raw::bound(&site, Mode::Transceiver);
    client.says(&[16_u32, 0x777, 0, 5].map(u32::to_be_bytes).concat());
    assert_eq!(client.hears(), Some((command::GENERIC_NACK, Status::COMMAND, 5)));
    let taken = (command::SUBMIT_SM | command::RESP, Status::OK, 6);
    let mut strays = printed(&submit(b"with strays"), 6);
    strays.extend([0, 0]);
    let length = (strays.len() as u32).to_be_bytes();
    strays[..4].copy_from_slice(&length);
    client.says(&strays);
    assert_eq!(client.hears(), Some(taken));
    site.desk_has("with strays");
    let unreadable = Message {
        data_coding: 8,
        text: b"\xd8\x00\0a",
        destination: Address { ton: 0, npi: 1, digits: DESK.as_bytes() },
        ..Message::default()
    };
    assert_eq!(client.asks(&Pdu::Submit(unreadable), 7).1, Status::OK);
    site.desk_has("\u{fffd}a");
    client.says(&[5_u32, 0, 0, 9].map(u32::to_be_bytes).concat());
    assert_eq!(client.hears(), Some((command::GENERIC_NACK, Status::COMMAND_LENGTH, 9)));
    assert_eq!(client.hears(), None);

    for one in 0..20_u32 {
        let mut client = Raw::bound(&site, Mode::Transmitter);
        assert_eq!(client.asks(&submit(format!("bind {one}").as_bytes()), one).1, Status::OK);
    }
    let mut flood: Vec<Raw> = (0..200).map(|_| Raw::new(site.at)).collect();
    flood.iter_mut().for_each(|client| client.says(b"\0\0"));
    let cut = flood.split_off(100).iter_mut().filter_map(Raw::hears).count();
    assert_eq!(cut, 0, "those that are too many are cut off");
    drop(flood);
    let mut client = eventually("others may bind", || {
        let mut raw = Raw::new(site.at);
        raw.says(&[16_u32, command::ENQUIRE_LINK, 0, 1].map(u32::to_be_bytes).concat());
        raw.hears()?;
        Some(Raw::bound(&site, Mode::Transmitter))
    });
    // All that was answered is there, although the server is killed at once.
    assert_eq!(client.asks(&submit(b"the last"), 30).1, Status::OK);
    site.starts_again();
    for one in 0..20 {
        site.desk_has(&format!("bind {one}"));
    }
    site.desk_has("the last");
}

#[test]
fn commands_that_all_have_the_same_number_are_each_answered_in_order() {
    let site = Site::new(&[]);
    let mut client = Raw::bound(&site, Mode::Transmitter);
    let nowhere = Address { ton: 1, npi: 1, digits: b"12" };
    let refused = Message { destination: nowhere, text: b"nowhere", ..Message::default() };
    let texts = ["one", "two", "three"];
    let [one, two, three] = texts.map(|text| printed(&submit(text.as_bytes()), 7));
    let said = [one, two, printed(&Pdu::Submit(refused), 7), three];
    client.says(&said.concat());
    let heard: Vec<_> = (0..4).map(|_| client.reads().unwrap()).collect();
    assert!(heard.iter().all(|answer| answer.sequence == 7));
    let statuses = heard.iter().map(|answer| answer.status);
    assert!(statuses.eq([Status::OK, Status::OK, Status::DESTINATION, Status::OK]));
    for (answer, text) in heard.iter().filter(|one| one.status == Status::OK).zip(texts) {
        site.desk_has(text);
        let query = Query { message_id: answer.name(), source: Address::default() };
        assert_eq!(client.asks(&Pdu::Query(query), 7).1, Status::OK);
    }
    assert_eq!(heard[3].name(), b"35550000001", "the third that was taken");
    assert_eq!(client.asks(&Pdu::Unbind, 7), (command::UNBIND | command::RESP, Status::OK, 7));
}

const ENROUTE: u8 = 1;
const DELETED: u8 = 4;

/// Texts for later that are kept for a number.
const HELD_MAX: u32 = 10_000;

#[test]
fn who_has_as_many_texts_for_later_as_there_may_be_is_refused_more_until_one_is_cancelled() {
    let mut site = Site::new(&[]);
    let mut client = Raw::bound(&site, Mode::Transmitter);
    let later = |text: &[u8], schedule: &[u8], sequence: u32| {
        let Pdu::Submit(message) = submit(text) else { unreachable!() };
        printed(&Pdu::Submit(Message { schedule, ..message }), sequence)
    };
    let tomorrow = b"000001000000000R";
    let taken =
        client.asks_all(HELD_MAX, |at| later(format!("tomorrow {at}").as_bytes(), tomorrow, at));
    assert!(taken.iter().all(|answer| answer.status == Status::OK));
    let is_taken = |client: &mut Raw, text: &[u8], schedule: &[u8]| {
        client.says(&later(text, schedule, 1));
        client.reads().unwrap().status
    };
    assert_eq!(is_taken(&mut client, b"too many", tomorrow), Status::QUEUE_FULL);
    assert_eq!(client.asks(&submit(b"at once"), 2).1, Status::OK);
    site.desk_has("at once");

    let message_id = taken[5_000].name();
    let cancel = Cancel {
        service_type: b"",
        message_id,
        source: Address::default(),
        destination: Address::default(),
    };
    assert_eq!(client.asks(&Pdu::Cancel(cancel), 3).1, Status::OK);
    let soon = b"000000000001000R";
    assert_eq!(is_taken(&mut client, b"soon", soon), Status::OK);
    site.starts_again();
    site.desk_has("soon");
    let mut client = Raw::bound(&site, Mode::Transmitter);
    let found = client.asks_all(HELD_MAX, |at| {
        let query = Query { message_id: taken[at as usize].name(), source: Address::default() };
        printed(&Pdu::Query(query), at)
    });
    for (at, (taken, found)) in taken.iter().zip(&found).enumerate() {
        let state = if at == 5_000 { DELETED } else { ENROUTE };
        assert_eq!((found.name(), found.state()), (taken.name(), state));
    }
}
