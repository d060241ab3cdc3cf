//! People with numbers of their own, by `postrider id`, `send`, `inbox` and `contacts`, on
//! three real servers in a line.

// Helpers of tests fail as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use support::{Mesh, People, Running};

const ANN: &str = "5550000001";
const BEN: &str = "5550000002";

#[test]
fn a_text_is_delivered_by_its_readers_own_word_over_a_server_that_is_killed() {
    let (mesh, people) = (Mesh::line(3), People::new());
    let mut servers = mesh.serve_all();
    mesh.is_one(&[1, 2, 3]);
    people.joins(ANN, &mesh, 1).well();
    people.joins(BEN, &mesh, 3).well();
    let reading = people.begins("inbox", BEN, &["--follow", "--ack"]);
    let sent = people.does("send", ANN, &[BEN, "Grüße, Ben 😀", "--wait", "delivered"]);
    assert!(["delivered\n", "read\n"].contains(&sent.well().as_str()));

    servers.remove(1).kill();
    let waits = people.does("send", ANN, &[BEN, "while the middle is down", "--wait", "accepted"]);
    assert_eq!(waits.well(), format!("accepted by {}\n", Mesh::name(1)));
    servers.push(mesh.serve(2));
    reading.says("while the middle is down");
    let json = ["--json", "--wait", "delivered", BEN, "and after it"];
    let last: Value = serde_json::from_str(&people.does("send", ANN, &json).well()).unwrap();
    assert_eq!((&last["proven"], &last["sealed"]), (&true.into(), &true.into()));
    let read = reading.says("and after it");
    let texts = ["Grüße, Ben 😀", "while the middle is down", "and after it"];
    let lines: Vec<String> = texts.iter().map(|text| format!("{ANN}: {text}")).collect();
    assert_eq!(read.lines().collect::<Vec<_>>(), lines, "once, and in order");
}

#[test]
fn a_text_is_kept_while_nobody_can_be_reached_and_goes_once_somebody_can() {
    let (mesh, people) = (Mesh::line(2), People::new());
    let first = mesh.serve(1);
    people.joins(ANN, &mesh, 1).well();
    people.joins(BEN, &mesh, 1).well();
    first.kill();
    let waits = people.does("send", ANN, &[BEN, "from the outbox", "--timeout", "0.2"]);
    assert_eq!(waits.code, Some(3));
    assert!(waits.out.starts_with("waiting here: "), "{waits:?}");
    let _first = mesh.serve(1);
    let more = people.does("send", ANN, &[BEN, "and one more", "--wait", "accepted"]);
    assert_eq!(more.well(), format!("accepted by {}\n", Mesh::name(1)));
    let reading = people.begins("inbox", BEN, &["--follow"]);
    let read = reading.says("and one more");
    assert_eq!(read, format!("{ANN}: from the outbox\n{ANN}: and one more\n"));
}

#[test]
fn nobody_has_anothers_number_and_its_owner_takes_it_along() {
    let (mesh, people) = (Mesh::line(2), People::new());
    let _servers = mesh.serve_all();
    mesh.is_one(&[1, 2]);
    people.joins(ANN, &mesh, 1).well();
    let at = mesh.address(2).to_string();
    mesh.sees(2, ("numbers", &[]), |answer| {
        support::rows(answer, "numbers").iter().any(|row| row["number"] == ANN).then_some(())
    });
    let thief = people.does("id", "a thief", &["new", ANN, "--server", &at]);
    assert_eq!(thief.code, Some(4), "{thief:?}");
    assert!(thief.out.contains("the number belongs to somebody else"), "{thief:?}");

    people.does("id", ANN, &["servers", &at]).well();
    mesh.sees(1, ("numbers", &[]), |answer| {
        let home = |row: &Value| row["number"] == ANN && row["home"] == Mesh::name(2).as_str();
        support::rows(answer, "numbers").iter().any(home).then_some(())
    });
    let words = people.does("id", ANN, &["words"]).well();
    let mut again = people.command("id", "another device", &["restore", ANN, "--server", &at]);
    let mut again = Running::start(&mut again);
    again.type_in(&words);
    assert!(again.end().well().contains(ANN), "its words bring it to another device");
}

#[test]
fn a_second_device_joins_with_a_code_and_both_have_what_comes() {
    let (mesh, people) = (Mesh::line(2), People::new());
    let _servers = mesh.serve_all();
    mesh.is_one(&[1, 2]);
    people.joins(ANN, &mesh, 1).well();
    people.joins(BEN, &mesh, 2).well();
    let code = people.does("id", BEN, &["device"]).well();
    let slip = code.replacen('q', "p", 1);
    for (written, words, says) in [
        (slip.as_str(), &["restore"][..], "a letter of the code is wrong"),
        (&code, &["restore", ANN], "the code is of 5550000002"),
        ("abandon ability\n", &["restore"], "say which number"),
    ] {
        let mut joins = Running::start(&mut people.command("id", "second", words));
        joins.type_in(written);
        let said = joins.end().badly();
        assert!(said.contains(says), "{says}: {said}");
        assert!(!people.profile("second").join("keys").exists());
    }
    let mut joins = people.begins("id", "second", &["restore"]);
    joins.type_in(&code);
    assert!(joins.says("profile").contains(BEN), "the line is enough, and no end of input");
    joins.end().well();
    assert_eq!(people.does("id", "second", &["device"]).well(), code, "with the same servers");

    let follow = |who| people.begins("inbox", who, &["--follow", "--ack"]);
    let devices = [follow(BEN), follow("second")];
    mesh.sees(2, ("status", &[]), |status| (status["trunks"]["devices"] == 2).then_some(()));
    people.does("send", ANN, &[BEN, "to both of you", "--wait", "delivered"]).well();
    for device in &devices {
        device.says("to both of you");
    }
}

#[test]
fn a_number_that_two_islands_have_given_out_is_one_keys_when_they_meet() {
    let (mut mesh, people) = (Mesh::apart(2), People::new());
    let islands = mesh.serve_all();
    let joins = |who: &str, server: usize| {
        let at = mesh.address(server).to_string();
        people.does("id", who, &["new", ANN, "--server", &at]).well();
        let shown = people.does("id", who, &["--json"]).well();
        let shown: Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(shown["refused"], Value::Null);
        shown["key"].as_str().unwrap().to_owned()
    };
    // The lesser key has it.
    let keys = [joins("one", 1), joins("other", 2)];
    let (winner, its_server, loser) =
        if keys[0] < keys[1] { ("one", 1, "other") } else { ("other", 2, "one") };
    let loser_key = keys.iter().max().unwrap();
    islands.into_iter().for_each(Running::kill);
    mesh.join(1, 2);
    let _servers = mesh.serve_all();
    mesh.is_one(&[1, 2]);
    for server in [1, 2] {
        mesh.sees(server, ("numbers", &[]), |answer| {
            let winners = Mesh::name(its_server);
            let is_won = |row: &Value| row["number"] == ANN && row["home"] == winners.as_str();
            support::rows(answer, "numbers").iter().any(is_won).then_some(())
        });
    }
    let waits = people.does("send", loser, &[BEN, "who am I?", "--timeout", "2"]);
    assert_eq!(waits.code, Some(3), "{waits:?}");
    assert!(waits.out.contains("does not let your number in"), "{waits:?}");
    let fetched = people.does("inbox", loser, &[]).badly();
    for words in ["another key has this number", "all texts are kept", "Begin another number"] {
        assert!(fetched.contains(words), "{words}: {fetched}");
    }
    let shown = people.does("id", loser, &[]).well();
    assert!(shown.contains("REFUSED  by "), "{shown}");
    let fetched = people.does("inbox", winner, &[]);
    assert!(fetched.err.contains("somebody else was given your number"), "{fetched:?}");
    fetched.well();
    let shown = people.does("id", winner, &[]).well();
    assert!(shown.contains("It stays yours") && !shown.contains("REFUSED"), "{shown}");
    let shown: Value =
        serde_json::from_str(&people.does("id", winner, &["--json"]).well()).unwrap();
    assert!(loser_key.starts_with(shown["disputed"]["key"].as_str().unwrap()), "{shown}");
    let again = people.does("inbox", winner, &[]);
    assert!(!again.err.contains("somebody else"), "it is said once: {again:?}");
}

#[test]
fn a_text_goes_to_a_contact_by_its_name() {
    let (mesh, people) = (Mesh::line(2), People::new());
    let _servers = mesh.serve_all();
    mesh.is_one(&[1, 2]);
    people.joins(ANN, &mesh, 1).well();
    people.joins(BEN, &mesh, 2).well();
    people.does("contacts", ANN, &["name", BEN, "Ben B."]).well();
    let reading = people.begins("inbox", BEN, &["--follow"]);
    people.does("send", ANN, &["Ben B.", "by name"]).well();
    assert_eq!(reading.says("by name"), format!("{ANN}: by name\n"));
    people.does("contacts", ANN, &["name", "5550000003", "Ben B."]).well();
    for (to, says) in [("Ben B.", "5550000002, 5550000003"), ("ben b.", "nobody's name")] {
        let said = people.does("send", ANN, &[to, "to whom?"]);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains(says), "{said:?}");
    }
}

#[test]
fn a_profile_is_for_its_owners_eyes_and_says_what_is_wrong_with_it() {
    let (mesh, people) = (Mesh::line(1), People::new());
    let _server = mesh.serve(1);
    let nobody = people.does("send", ANN, &[BEN, "hello"]);
    assert_eq!(nobody.code, Some(1));
    assert!(nobody.err.contains("postrider id new"), "{nobody:?}");
    people.joins(ANN, &mesh, 1).well();
    for file in ["keys", "history.db"] {
        let mode = std::fs::metadata(people.profile(ANN).join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file}");
    }
    let reading = people.begins("inbox", ANN, &["--follow"]);
    mesh.sees(1, ("status", &[]), |status| (status["trunks"]["devices"] == 1).then_some(()));
    let second = people.does("inbox", ANN, &["--follow"]);
    assert!(second.err.contains("another program uses the profile"), "{second:?}");
    reading.kill();
    assert_eq!(people.does("send", ANN, &["12", "hello"]).code, Some(2));
    std::fs::write(people.profile(ANN).join("history.db"), "no database at all").unwrap();
    let damaged = people.does("inbox", ANN, &[]);
    assert!(damaged.err.contains("restore it from a copy"), "{damaged:?}");
}
