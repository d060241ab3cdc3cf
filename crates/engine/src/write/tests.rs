use super::*;
use proptest::prelude::*;

fn samples(text: &str) -> Vec<Write<'_>> {
    let (from, to) = (Number::from_value(1).unwrap(), Number::MAX);
    let (seq, text) = (Seq::MAX, Text::new(text).unwrap());
    let server = ServerIndex::from_value(64).unwrap();
    let kept = Place(u64::MAX - 1);
    vec![
        Write::Keep { origin: Origin::Client { mark: Seq::ZERO }, seq, from, to, text },
        Write::Keep { origin: Origin::Server(server), seq, from, to, text },
        Write::Carry { kept, sent_to: 1 << 63, seq, from, to, text },
        Write::Sent { kept, to, server },
        Write::HandOver { kept, to, server },
        Write::Forget { kept, to },
        Write::Home { client: to, server },
        Write::Gone { client: to },
        Write::Mark { client: to, mark: seq, seq, fingerprint: 7 },
        Write::Unmark { client: to },
        Write::Next { seq },
        Write::Aged { before: kept },
    ]
}

#[test]
fn every_write_reads_back_at_its_place() {
    let mut journal = Journal::default();
    journal.restart(Place(1000));
    let writes = samples("Grüße / an alle?");
    let places: Vec<Place> = writes.iter().map(|write| journal.push(write)).collect();
    let read: Vec<_> = records(Place(1000), journal.bytes()).map(Result::unwrap).collect();
    assert_eq!(read, places.into_iter().zip(writes).collect::<Vec<_>>());
}

#[test]
fn a_record_that_ends_early_is_damage_at_its_place() {
    let mut bytes = Vec::new();
    for write in samples("x") {
        write.encode(&mut bytes);
    }
    let whole = records(Place(0), &bytes).count();
    bytes.pop();
    let read: Vec<_> = records(Place(0), &bytes).collect();
    assert_eq!(read.len(), whole);
    assert!(matches!(read.last(), Some(Err(Damaged { .. }))));
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for (place, write) in records(Place(0), &bytes).flatten() {
            let mut again = Vec::new();
            write.encode(&mut again);
            let at = place.0 as usize;
            prop_assert_eq!(&bytes[at..at + again.len()], &again[..]);
        }
    }
}
