//! Clients that do what they should not.

use super::DESK;
use super::raw::{Raw, submit};
use super::site::Site;
use super::support::eventually;
use postrider_smpp::codec::{Address, Message, Mode, Pdu, Status, command, print};

#[test]
fn whatever_clients_do_what_was_taken_is_not_lost() {
    let mut site = Site::new(&[]);
    let mut client = Raw::bound(&site, Mode::Transceiver);
    client.says(&[16_u32, 0x777, 0, 5].map(u32::to_be_bytes).concat());
    assert_eq!(client.hears(), Some((command::GENERIC_NACK, Status::COMMAND, 5)));
    let taken = (command::SUBMIT_SM | command::RESP, Status::OK, 6);
    let mut strays = Vec::new();
    print(&submit(b"with strays"), Status::OK, 6, &mut strays);
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
