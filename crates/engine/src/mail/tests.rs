use super::*;
use postrider_proto::native::{Age, Count, Lifetime};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// One of three senders and two epochs, at a place; its count comes from the dice.
#[derive(Clone, Copy, Debug)]
struct Case {
    place: u64,
    sender: u64,
    epoch: u32,
    count: u32,
}

fn case() -> impl Strategy<Value = Case> {
    (0..400_u64, 0..3_u64, 1..3_u32, 1..50_u32).prop_map(|(place, sender, epoch, count)| Case {
        place,
        sender,
        epoch,
        count,
    })
}

fn message(case: Case) -> Message {
    let (epoch, count) = (Epoch::from_value(case.epoch), Count::from_value(case.count));
    let stamp = Stamp::new(
        epoch.unwrap(),
        count.unwrap(),
        Precedence::Routine,
        Kind::Text,
        Lifetime::MAX,
        8,
        Age::ZERO,
        0,
    );
    Message {
        from: number(case.sender),
        at: Place(case.place),
        fingerprint: case.place,
        sent_to: ServerSet::default(),
        taken_millis: 0,
        seq: Seq::ZERO,
        origin: 0,
        text_bytes: 10,
        stamp: Some(stamp),
    }
}

fn number(value: u64) -> Number {
    Number::from_value(value).unwrap()
}

/// What the plain map says is counted first.
fn first_of(plain: &BTreeMap<u64, Case>, sender: u64, epoch: u32) -> Option<Place> {
    let of_one = plain.values().filter(|case| case.sender == sender && case.epoch == epoch);
    of_one.min_by_key(|case| (case.count, case.place)).map(|case| Place(case.place))
}

proptest! {
    /// Enough messages that the mailbox is indexed, and few again.
    #[test]
    fn a_mailbox_holds_what_a_plain_map_would(
        cases in prop::collection::vec(case(), 0..400),
        out in prop::collection::vec(0..400_u64, 0..600),
    ) {
        let to = number(7);
        let (mut mail, mut plain) = (Mail::default(), BTreeMap::new());
        for case in cases {
            if plain.insert(case.place, case).is_some() {
                mail.remove(to, Place(case.place));
            }
            mail.insert(to, Place(case.place), message(case));
        }
        check(&mail, &plain)?;
        for place in out {
            let removed = mail.remove(to, Place(place)).map(|message| message.fingerprint);
            prop_assert_eq!(removed, plain.remove(&place).map(|case| case.place));
        }
        check(&mail, &plain)?;
    }
}

fn check(mail: &Mail, plain: &BTreeMap<u64, Case>) -> Result<(), TestCaseError> {
    let to = number(7);
    let places: Vec<Place> = plain.keys().copied().map(Place).collect();
    prop_assert_eq!(mail.all_for(to).map(|(kept, _)| kept).collect::<Vec<_>>(), &places[..]);
    prop_assert_eq!((mail.len(), mail.count_for(to)), (places.len(), places.len()));
    prop_assert_eq!(mail.record_bytes(), 40 * places.len() as u64);
    prop_assert_eq!(mail.newest(to).map(|(kept, _)| kept), places.last().copied());
    for sender in 0..3 {
        let of_pair = plain.values().filter(|case| case.sender == sender);
        let of_pair: Vec<Place> = of_pair.map(|case| Place(case.place)).collect();
        prop_assert_eq!(mail.of_pair(to, number(sender)).collect::<Vec<_>>(), of_pair);
        for epoch in 1..3 {
            let first = mail.first_counted(to, number(sender), Epoch::from_value(epoch).unwrap());
            prop_assert_eq!(first.map(|(kept, _)| kept), first_of(plain, sender, epoch));
        }
    }
    for place in 0..400 {
        let here = mail.get(to, Place(place)).map(|message| message.fingerprint);
        prop_assert_eq!(here, plain.get(&place).map(|case| case.place));
    }
    let (found, next) = mail.look(None, 50, |_| true);
    let found: Vec<Place> = found.into_iter().map(|(_, kept)| kept).collect();
    prop_assert_eq!(&found[..], &places[..places.len().min(50)]);
    prop_assert_eq!(next.map(|(_, kept)| kept), places.get(50).copied());
    Ok(())
}

#[test]
fn an_ack_names_what_was_handed_out_until_it_is_gone() {
    let (to, case) = (number(7), Case { place: 3, sender: 1, epoch: 1, count: 1 });
    let mut mail = Mail::default();
    mail.insert(to, Place(3), message(case));
    assert_eq!(mail.handed_out(to, number(1), Seq::ZERO), None);
    mail.hand_out(to, Place(3));
    assert_eq!(mail.handed_out(to, number(1), Seq::ZERO), Some(Place(3)));
    assert_eq!(mail.handed_out(to, number(2), Seq::ZERO), None, "another sender");
    mail.remove(to, Place(3));
    assert!(!mail.is_handed_out(to, Place(3)));
    assert_eq!(mail.handed_out(to, number(1), Seq::ZERO), None);
}

#[test]
fn a_set_of_servers_lists_those_that_were_put_in() {
    let mut set = ServerSet::default();
    for server in [1, 7, 64] {
        set.insert(postrider_proto::classic::ServerIndex::from_value(server).unwrap());
    }
    assert_eq!(set.iter().map(|server| server.value()).collect::<Vec<_>>(), [1, 7, 64]);
}
