//! Keys that their owners change: others', and this profile's.

use super::*;

/// Keys whose first one has signed for these, from a version on.
fn later(first: &Keys, since: u32) -> Keys {
    let since = postrider_proto::native::Version::from_value(since).unwrap();
    let words = first.words().unwrap();
    let begun = Keys::from_words(first.number(), &words).unwrap().begin_change(None).unwrap();
    begun.sign_word(since).end_change(NOW).unwrap()
}

/// What the directory says of them.
fn said(keys: &Keys) -> KnownNumber {
    match keys.rank() {
        crate::KeyRank::Later { first, since } => {
            KnownNumber { first_key: Some(first), since: since.value(), ..known(keys) }
        }
        _ => known(keys),
    }
}

#[test]
fn a_key_that_the_first_one_has_signed_for_counts_without_a_question() {
    let (_folder, mut ann) = ann();
    let first = ben();
    let (second, third) = (later(&first, 2), later(&first, 5));
    ann.learn(number(2), &said(&first));
    ann.get(&text(&first, 1, "by the first"));
    ann.get(&text(&second, 2, "by the second"));
    let changes = ann.learn(number(2), &said(&second));
    let (known, new) = (first.owner_key(), second.owner_key());
    let change = KeyChange { number: number(2), known, new, is_vouched_for: true };
    assert_eq!(changes.keys, [change]);
    let contact = ann.history.contact(number(2)).unwrap();
    assert_eq!((contact.key, contact.new_key), (Some(new), None));
    assert_eq!((contact.first_key, contact.changed), (Some(known), Some(NOW)));
    assert!(ann.all(2).iter().all(|entry| trust(entry) == Trust::Verified), "as it was judged");
    ann.get(&text(&first, 3, "under way when it was changed"));
    assert_eq!(trust(&ann.all(2)[0]), Trust::Former);
    let entry = ann.compose(&Draft::new(number(2), "To the new one"), NOW).unwrap();
    ann.sign_all(2, &said(&second));
    assert_eq!((ann.state(entry), ann.recipients().unwrap()), (State::Waiting, vec![]));

    // One that was replaced does not come back, whatever a server says.
    assert!(ann.learn(number(2), &said(&third)).keys[0].is_vouched_for);
    for old in [&first, &second] {
        assert!(!ann.learn(number(2), &said(old)).keys[0].is_vouched_for);
        assert_eq!(ann.history.contact(number(2)).unwrap().key, Some(third.owner_key()));
    }
    ann.get(&text(&second, 4, "from the device that was lost"));
    assert_eq!(trust(&ann.all(2)[0]), Trust::KeyChanged, "since a server says that it has it");
    assert!(ann.learn(number(2), &said(&third)).keys.is_empty());
    assert_eq!(ann.history.contact(number(2)).unwrap().new_key, None);
    ann.get(&text(&second, 5, "from the device that was lost"));
    assert_eq!(trust(&ann.all(2)[0]), Trust::Former);
}

#[test]
fn a_number_that_is_met_under_a_later_key_follows_the_same_first_one_and_no_other() {
    let (_folder, mut ann) = ann();
    let (first, other) = (ben(), ben());
    let (second, third) = (later(&first, 2), later(&first, 3));
    ann.learn(number(2), &said(&second));
    let stranger = later(&other, 9);
    assert!(!ann.learn(number(2), &said(&stranger)).keys[0].is_vouched_for);
    // Whoever puts another first key before the same later one gains nothing by it.
    let forged = KnownNumber { first_key: Some(other.owner_key()), since: 1, ..said(&second) };
    ann.learn(number(2), &forged);
    assert!(!ann.learn(number(2), &said(&stranger)).keys[0].is_vouched_for);
    assert!(ann.learn(number(2), &said(&third)).keys[0].is_vouched_for);
    // One that somebody has decided for is followed likewise.
    ann.learn(number(2), &said(&stranger));
    ann.accept_key(number(2), stranger.owner_key(), NOW).unwrap();
    assert!(ann.learn(number(2), &said(&later(&other, 10))).keys[0].is_vouched_for);
}

/// A text from Ben that is sealed for a key of Ann's.
fn sealed_for(ben: &Keys, ann: &mut Profile, key: OwnerKey, count: u32) -> Vec<u8> {
    let of = Count::from_value(count).unwrap();
    let id = MessageId { from: number(2), to: number(1), epoch: Epoch::MIN, count: of };
    let content = Content::utf8("nobody else").unwrap();
    let body = crate::sealed::seal(ben, key, id, content, &mut ann.rng).unwrap();
    let content = Content::sealed(&body).unwrap();
    message(ben, count, Body::Text { part: None, content })
}

#[test]
fn what_is_sealed_for_the_first_key_is_opened_for_a_while_and_then_by_its_words() {
    let (folder, mut ann) = ann();
    let (ben, words, first) = (ben(), ann.words().unwrap(), ann.owner_key());
    ann.learn(number(2), &known(&ben));
    ann.begin_change(None).unwrap();
    let newest = |ann: &Profile| {
        let text = ann.all(2).remove(0);
        (trust(&text), text.text)
    };
    let open = (Trust::Verified, "nobody else".to_owned());
    let opened = (Trust::Former, "nobody else".to_owned());
    let closed = (Trust::Closed, String::new());
    let comes = |ann: &mut Profile, count| {
        let bytes = sealed_for(&ben, ann, first, count);
        ann.get(&bytes);
        newest(ann)
    };
    assert_eq!(comes(&mut ann, 1), open, "while the change is under way");
    let since = postrider_proto::native::Version::FIRST;
    ann.sign_word(since).unwrap();
    ann.end_change(Stamp::now()).unwrap();
    let keys = ann.keys().clone();
    ann.end_change(Stamp::now()).unwrap();
    assert!(Arc::ptr_eq(&keys, ann.keys()), "it has ended");
    drop(ann);
    let mut ann = Profile::open(&folder.path().join("ann")).unwrap();
    assert_eq!(comes(&mut ann, 2), open, "and for some days after it");
    ann.forget_first(Stamp(i64::MAX)).unwrap();
    assert_eq!(comes(&mut ann, 3), closed);
    assert_eq!(ann.count_closed().unwrap(), 1);
    // Its sender changes the key as well, before it is opened.
    ann.learn(number(2), &said(&later(&ben, 2)));
    let others = Keys::generate(number(1)).unwrap().words().unwrap();
    assert!(ann.open_closed(&others, Stamp::now()).is_err());
    assert_eq!(newest(&ann), closed);
    assert_eq!(ann.open_closed(&words, Stamp::now()).unwrap(), 1);
    assert_eq!((newest(&ann), ann.count_closed().unwrap()), (opened, 0));
    assert_eq!(comes(&mut ann, 4), closed, "nothing of the words was kept");
}

#[test]
fn a_history_from_before_first_keys_were_kept_goes_on() {
    let (folder, mut ann) = ann();
    let (path, first) = (folder.path().join("ann"), ben());
    ann.learn(number(2), &known(&first));
    drop(ann);
    let connection = rusqlite::Connection::open(path.join(HISTORY_FILE)).unwrap();
    for column in ["first_key", "since", "new_first_key", "new_since", "former_key", "changed_at"] {
        connection.execute_batch(&format!("ALTER TABLE contacts DROP COLUMN {column}")).unwrap();
    }
    let of_programs = "DROP INDEX messages_received; DROP INDEX messages_key; \
                       ALTER TABLE messages DROP COLUMN key";
    connection.execute_batch(of_programs).unwrap();
    connection.pragma_update(None, "user_version", 1).unwrap();
    drop(connection);
    let mut ann = Profile::open(&path).unwrap();
    assert_eq!(ann.history.contact(number(2)).unwrap().key, Some(first.owner_key()));
    assert!(ann.learn(number(2), &said(&later(&first, 2))).keys[0].is_vouched_for);
}
