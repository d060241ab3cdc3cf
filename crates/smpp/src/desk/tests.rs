//! What is kept, with a profile on disk and no client that runs.

use super::*;
use crate::codec::Status;
use crate::limits::PARTS_WITHIN;
use crate::parts::Part;
use crate::receipt::MessageState;
use postrider_client::{EntryId, Stamp, Way};
use postrider_proto::Number;
use postrider_proto::native::{Lifetime, Precedence};
use std::time::Duration;

const NOW: Stamp = Stamp(1_795_705_200_000);

fn number(digits: &str) -> Number {
    digits.parse().unwrap()
}

fn profile(folder: &std::path::Path) -> Profile {
    let mut profile = match Profile::number_in(folder).unwrap() {
        Some(_) => Profile::open(folder).unwrap(),
        None => Profile::create(folder, number("5550000001")).unwrap(),
    };
    prepare(&mut profile).unwrap();
    profile
}

fn address(digits: &str) -> OwnAddress {
    OwnAddress { ton: 0, npi: 1, digits: digits.as_bytes().to_vec() }
}

fn submission(text: &str) -> Submission {
    Submission {
        to: vec![(number("5550000002"), address("+5550000002"))],
        source: address("5550000001"),
        text: text.to_owned(),
        part: None,
        precedence: Precedence::Routine,
        lifetime: Lifetime::MAX,
        registered: 1,
        due: None,
    }
}

fn part(text: &str, number: u8, of: u8) -> Submission {
    Submission { part: Some(Part { reference: 7, number, of }), ..submission(text) }
}

fn commits(profile: &mut Profile, jobs: Vec<Job>, now: Stamp) -> Vec<Outcome> {
    commit(profile, jobs, now).unwrap()
}

fn submits(profile: &mut Profile, submission: Submission, now: Stamp) -> String {
    match commits(profile, vec![Job::Submit(submission)], now).pop() {
        Some(Outcome::Taken(name)) => name,
        other => panic!("{other:?}"),
    }
}

fn texts(profile: &Profile) -> Vec<String> {
    let mut page = profile.history().page(number("5550000002"), None, 100).unwrap();
    page.reverse();
    page.into_iter().map(|entry| entry.text).collect()
}

fn named(name: &str) -> Wanted {
    let (row, _) = name_of(name.as_bytes()).unwrap();
    Wanted::One { row, source: OwnAddress::default() }
}

#[test]
fn a_name_is_decimal_and_says_the_row_and_the_number() {
    let name = message_name(12, number("0000000001"));
    assert_eq!(name, "120000000001");
    assert_eq!(name_of(name.as_bytes()), Some((12, number("0000000001"))));
    for wrong in ["", "5550000001", "05550000001", "1a", "-15550000001", "99999999999999999999999"]
    {
        assert_eq!(name_of(wrong.as_bytes()), None, "{wrong}");
    }
    assert!(message_name(922_337_202, Number::MAX).parse::<i64>().is_ok());
}

#[test]
fn all_that_waits_is_taken_at_once_and_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut one = profile(folder.path());
    let jobs = ["a", "b", "c"].map(|text| Job::Submit(submission(text)));
    let names = commits(&mut one, jobs.to_vec(), NOW);
    let expected = ["1", "2", "3"].map(|row| Outcome::Taken(format!("{row}5550000001")));
    assert_eq!(names, expected);
    drop(one);
    let mut again = profile(folder.path());
    assert_eq!(texts(&again), ["a", "b", "c"]);
    let fate = commits(&mut again, vec![Job::Query(named("25550000001"))], NOW);
    assert!(matches!(&fate[0], Outcome::Fate { state: MessageState::Enroute, done: None, .. }));
    let other = Wanted::One { row: 2, source: address("5550000009") };
    let refused = commits(&mut again, vec![Job::Query(other)], NOW);
    assert_eq!(refused, [Outcome::No(Status::QUERY_FAILED)]);
}

#[test]
fn parts_are_one_text_whatever_their_order_and_each_has_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut profile = profile(folder.path());
    let second = submits(&mut profile, part("two ", 2, 3), NOW);
    assert_eq!(submits(&mut profile, part("two ", 2, 3), NOW), second, "doubled");
    let third = submits(&mut profile, part("three", 3, 3), NOW);
    assert_eq!(texts(&profile), [] as [&str; 0]);
    let first = submits(&mut profile, part("one ", 1, 3), NOW);
    assert_eq!(texts(&profile), ["one two three"]);
    assert!(first != second && second != third && first != third);
    assert_eq!(next_due(&profile).unwrap(), None);
    // The same reference again is another text.
    submits(&mut profile, part("ONE ", 1, 2), NOW);
    submits(&mut profile, part("TWO", 2, 2), NOW);
    assert_eq!(texts(&profile), ["one two three", "ONE TWO"]);
}

#[test]
fn what_is_missing_is_left_out_after_a_while_and_repeats_are_no_other_text() {
    let folder = tempfile::tempdir().unwrap();
    let mut profile = profile(folder.path());
    submits(&mut profile, part("one ", 1, 2), NOW);
    let due = next_due(&profile).unwrap().unwrap();
    assert_eq!(due, NOW.after(PARTS_WITHIN));
    release(&mut profile, Stamp(due.0 - 1)).unwrap();
    assert_eq!(texts(&profile), [] as [&str; 0]);
    release(&mut profile, due).unwrap();
    assert_eq!(texts(&profile), ["one …"]);

    let later = due.after(Duration::from_secs(1));
    submits(&mut profile, part("1", 1, 2), later);
    submits(&mut profile, part("2", 2, 2), later);
    assert_eq!(texts(&profile), ["one …", "12"]);
    // A client that has not heard of the second says it again.
    submits(&mut profile, part("2", 2, 2), later);
    release(&mut profile, later.after(PARTS_WITHIN)).unwrap();
    assert_eq!(texts(&profile), ["one …", "12"]);
    // Another text with its number is another text.
    submits(&mut profile, part("a", 1, 2), later);
    submits(&mut profile, part("b", 1, 2), later);
    assert_eq!(texts(&profile), ["one …", "12", "a…"]);
}

#[test]
fn what_waits_for_its_time_can_be_replaced_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut profile = profile(folder.path());
    let due = NOW.after(Duration::from_secs(60));
    let later = |text: &str| Submission { due: Some(due.0), ..submission(text) };
    let (kept, gone) =
        (submits(&mut profile, later("x"), NOW), submits(&mut profile, later("y"), NOW));
    let (text, registered) = ("z".to_owned(), 1);
    let replace = Job::Replace { which: named(&kept), text, registered, due: None, lifetime: None };
    assert_eq!(commits(&mut profile, vec![replace.clone()], NOW), [Outcome::Done]);
    let cancel = Job::Cancel(named(&gone));
    let twice = commits(&mut profile, vec![cancel.clone(), cancel], NOW);
    assert_eq!(twice, [Outcome::Done, Outcome::No(Status::CANCEL_FAILED)]);
    release(&mut profile, due).unwrap();
    assert_eq!(texts(&profile), ["z"]);
    assert_eq!(commits(&mut profile, vec![replace], NOW), [Outcome::No(Status::REPLACE_FAILED)]);

    let (told, _) = untold(&profile, 0, 10).unwrap();
    let which: Vec<Which> = told.iter().map(|untold| untold.which).collect();
    assert_eq!(which, [Which::Receipt { row: 2, is_final: true }]);
    let receipt = told[0].message.clone().unwrap();
    let text = String::from_utf8_lossy(receipt.message().text).into_owned();
    assert!(text.starts_with("id:25550000001 ") && text.contains("stat:DELETED"), "{text}");
    assert_eq!(receipt.message().source.digits, b"+5550000002");
    tell(&mut profile, &[Told::Receipt { row: 2, is_final: true }]).unwrap();
    assert_eq!(untold(&profile, 0, 10).unwrap(), (vec![], None));
}

#[test]
fn all_that_wait_between_two_are_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut profile = profile(folder.path());
    let later = Submission { due: Some(NOW.0 + 60_000), ..submission("x") };
    submits(&mut profile, later.clone(), NOW);
    submits(&mut profile, later, NOW);
    let between = |to: &str| {
        Job::Cancel(Wanted::Between { source: address("5550000001"), destination: address(to) })
    };
    let jobs = vec![between("5550000009"), between("+5550000002")];
    let said = commits(&mut profile, jobs, NOW);
    assert_eq!(said, [Outcome::No(Status::CANCEL_FAILED), Outcome::Done]);
    assert_eq!(next_due(&profile).unwrap(), None);
}

#[test]
fn a_text_to_many_has_one_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut profile = profile(folder.path());
    let to = ["5550000002", "5550000003"].map(|digits| (number(digits), address(digits)));
    let name = submits(&mut profile, Submission { to: to.to_vec(), ..submission("x") }, NOW);
    let both = [2, 3].map(|last| {
        let page = profile.history().page(number(&format!("555000000{last}")), None, 9).unwrap();
        assert!(matches!(page[0].way, Way::Sent(_)));
        page.len()
    });
    assert_eq!((name.as_str(), both), ("15550000001", [1, 1]));
}

#[test]
fn what_was_told_of_texts_that_came_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut one = profile(folder.path());
    assert_eq!(told_until(&one).unwrap(), EntryId(0));
    tell(&mut one, &[Told::Received(EntryId(9)), Told::Received(EntryId(7))]).unwrap();
    drop(one);
    assert_eq!(told_until(&profile(folder.path())).unwrap(), EntryId(9));
}

#[test]
fn of_a_text_to_two_only_what_has_not_left_is_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let mut profile = profile(folder.path());
    let to = ["5550000002", "5550000003"].map(|digits| (number(digits), address(digits)));
    let name = submits(&mut profile, Submission { to: to.to_vec(), ..submission("Hi") }, NOW);
    let leaves = "UPDATE messages SET epoch = 1, count = 1 WHERE peer = '5550000003'";
    profile.tables().execute(leaves, []).unwrap();
    let done = commits(&mut profile, vec![Job::Cancel(named(&name))], NOW);
    assert_eq!(done, [Outcome::Done]);
    let (first, _) = name_of(name.as_bytes()).unwrap();
    let fate = |row| Job::Query(Wanted::One { row, source: OwnAddress::default() });
    let fates = commits(&mut profile, vec![fate(first + 1)], NOW);
    assert!(matches!(fates[0], Outcome::Fate { state: MessageState::Enroute, .. }), "{fates:?}");
    let texts_left: i64 =
        profile.tables().query_row("SELECT count(*) FROM messages", [], |row| row.get(0)).unwrap();
    assert_eq!(texts_left, 1);
}
