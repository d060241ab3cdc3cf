use super::*;
use crate::frame::{Frame, Frames};

const QUEUE: Room = Room { items: 1_000, bytes: 100_000 };

fn outbox(mtu: u16) -> Outbox {
    Outbox::new(mtu, QUEUE)
}

/// Packs one packet: its chunks, and the first byte of each item in it.
fn pack(outbox: &mut Outbox, number: u64, room: usize) -> (Vec<Chunk>, Vec<u8>) {
    let (mut chunks, mut body) = (Vec::new(), Vec::new());
    outbox.pack(number, room, &mut chunks, &mut body);
    assert!(body.len() <= room);
    let first = |frame: Frame<'_>| match frame {
        Frame::Item(item) => item.bytes[0],
        frame => panic!("{frame:?}"),
    };
    (chunks, Frames::parse(&body).unwrap().map(first).collect())
}

fn kept(outbox: &mut Outbox, range: Range<u64>) -> Vec<u64> {
    let mut tags = Vec::new();
    outbox.kept(range, |tag| tags.push(tag));
    outbox.settle();
    tags
}

#[test]
fn the_highest_class_goes_first_and_what_was_lost_before_what_is_new() {
    let mut outbox = outbox(1_200);
    assert!(outbox.push(Precedence::Routine, 1, &[1; 100]));
    assert!(outbox.push(Precedence::Flash, 2, &[2; 100]));
    assert!(outbox.push(Precedence::Routine, 3, &[3; 100]));
    let (lost, items) = pack(&mut outbox, 0, 210);
    assert_eq!(items, [2, 1]);
    assert!(outbox.push(Precedence::Routine, 4, &[4; 100]));
    lost.iter().for_each(|chunk| assert!(outbox.send_again(0, *chunk)));
    assert_eq!(pack(&mut outbox, 1, 500).1, [2, 1, 3, 4]);
    assert!(!outbox.has_chunks());
}

#[test]
fn a_part_is_sent_again_once_for_each_packet_that_lost_it() {
    let mut outbox = outbox(1_200);
    assert!(outbox.push(Precedence::Routine, 1, &[1; 100]));
    let (chunks, _) = pack(&mut outbox, 0, 500);
    assert!(outbox.send_again(0, chunks[0]));
    assert!(!outbox.send_again(0, chunks[0]), "it waits already");
    pack(&mut outbox, 1, 500);
    assert!(!outbox.send_again(0, chunks[0]), "a newer packet has it");
    outbox.arrived(chunks[0]);
    assert!(!outbox.send_again(1, chunks[0]), "it has arrived");
    assert!(outbox.awaits_custody());
    assert_eq!(kept(&mut outbox, 0..1), [1]);
    assert!(!outbox.awaits_custody());
    assert_eq!(outbox.used(), Room::default());
}

#[test]
fn custody_is_told_once_and_in_any_order() {
    let mut outbox = outbox(1_200);
    for tag in 0..5 {
        assert!(outbox.push(Precedence::Routine, tag, &[1; 10]));
    }
    pack(&mut outbox, 0, 500);
    assert_eq!(kept(&mut outbox, 2..4), [2, 3]);
    assert_eq!((outbox.base(), outbox.used().items), (0, 3));
    assert_eq!(kept(&mut outbox, 0..4), [0, 1]);
    assert_eq!((outbox.base(), outbox.next_number()), (4, 5));
    assert_eq!(kept(&mut outbox, 0..9), [4]);
}

#[test]
fn a_long_item_travels_in_parts_which_together_are_the_item() {
    let mut outbox = outbox(256);
    let item: Vec<u8> = (0..1_024).map(|i| (i % 251) as u8).collect();
    assert!(outbox.push(Precedence::Routine, 1, &item));
    let mut whole = vec![0; 1_024];
    for number in 0..5 {
        let (mut chunks, mut body) = (Vec::new(), Vec::new());
        outbox.pack(number, 231, &mut chunks, &mut body);
        for frame in Frames::parse(&body).unwrap() {
            let Frame::Item(part) = frame else { panic!("{frame:?}") };
            let offset = usize::from(part.part.unwrap().offset);
            whole[offset..offset + part.bytes.len()].copy_from_slice(part.bytes);
        }
    }
    assert_eq!(whole, item);
    assert!(!outbox.has_chunks());
}

#[test]
fn a_part_that_was_lost_is_not_sent_once_the_item_is_kept() {
    let mut outbox = outbox(1_200);
    assert!(outbox.push(Precedence::Routine, 1, &[1; 100]));
    assert!(outbox.push(Precedence::Routine, 2, &[2; 100]));
    let (chunks, _) = pack(&mut outbox, 0, 500);
    chunks.iter().for_each(|chunk| assert!(outbox.send_again(0, *chunk)));
    assert_eq!(kept(&mut outbox, 0..1), [1]);
    assert_eq!(pack(&mut outbox, 1, 500).1, [2]);
}
