//! A number's key is changed, by `postrider id change-key`, on three real servers in a line.

// Helpers of tests fail as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use serde_json::Value;
use support::{Ended, Mesh, People, Running};

const ANN: &str = "5550000001";
const BEN: &str = "5550000002";

/// Does something, with this on its standard input.
fn typed(people: &People, who: &str, words: &[&str], input: &str) -> Ended {
    let mut running = Running::start(&mut people.command("id", who, words));
    running.type_in(input);
    running.end()
}

fn shown(people: &People, who: &str) -> Value {
    serde_json::from_str(&people.does("id", who, &["--json"]).well()).unwrap()
}

/// Waits until a server has heard of the number's row of this version.
fn hears(mesh: &Mesh, server: usize, version: u64) {
    mesh.sees(server, ("numbers", &[]), |answer| {
        let is_it = |row: &Value| row["number"] == BEN && row["version"].as_u64() >= Some(version);
        support::rows(answer, "numbers").iter().any(is_it).then_some(())
    });
}

#[test]
fn a_key_is_changed_while_texts_are_under_way_and_the_first_ones_words_take_the_number_back() {
    let (mesh, people) = (Mesh::line(3), People::new());
    let mut servers = mesh.serve_all();
    mesh.is_one(&[1, 2, 3]);
    people.joins(ANN, &mesh, 1).well();
    people.joins(BEN, &mesh, 3).well();
    hears(&mesh, 1, 1);
    let first = shown(&people, BEN)["key"].clone();
    typed(&people, "old", &["restore"], &people.does("id", BEN, &["device"]).well()).well();
    people.does("send", ANN, &[BEN, "before", "--wait", "accepted"]).well();
    assert!(people.does("inbox", BEN, &["--ack"]).well().contains("before"));

    // A text that is sealed for the old key waits behind a server that is down.
    let old = people.begins("inbox", "old", &["--follow"]);
    mesh.sees(3, ("status", &[]), |status| (status["trunks"]["devices"] == 1).then_some(()));
    servers.remove(1).kill();
    let json = ["--json", "--wait", "accepted", BEN, "under way"];
    let sent: Value = serde_json::from_str(&people.does("send", ANN, &json).well()).unwrap();
    assert_eq!(sent["sealed"], true);
    let changed = people.does("id", BEN, &["change-key"]).well();
    assert!(changed.contains("a later one, by the word of the first"), "{changed}");
    let words = changed.lines().find(|line| line.split(' ').count() == 24).unwrap().to_owned();
    let now = shown(&people, BEN);
    assert_eq!((&now["key_is"], &now["first_key"]), (&"later".into(), &first));
    assert_ne!(now["key"], first);
    let told = old.logs("refused by");
    assert!(told.contains("its owner has made a new key"), "{told}");
    old.kill();
    let refused = people.does("inbox", "old", &[]).badly();
    for says in ["postrider id device", "postrider id change-key"] {
        assert!(refused.contains(says), "{refused}");
    }

    servers.push(mesh.serve(2));
    let reading = people.begins("inbox", BEN, &["--follow", "--ack"]);
    assert!(reading.says("under way").contains(&format!("{ANN}: under way\n")), "as sealed");
    hears(&mesh, 1, 2);
    let json = ["--json", "--wait", "delivered", BEN, "to the new key"];
    let sent: Value = serde_json::from_str(&people.does("send", ANN, &json).well()).unwrap();
    assert_eq!((&sent["proven"], &sent["sealed"]), (&true.into(), &true.into()));
    reading.says("to the new key");
    reading.kill();
    let known = people.does("contacts", ANN, &[]).well();
    assert!(known.contains("key changed by its owner"), "{known}");
    let no_words = people.does("id", BEN, &["words"]).badly();
    assert!(no_words.contains("shown when the key was changed"), "{no_words}");
    let keys = std::fs::read_to_string(people.profile(BEN).join("keys")).unwrap();
    assert!(!keys.contains("\nfirst "), "the first key's secret has left the device");

    // The device is lost: the words take the number back, and then the device does by the same.
    let at = mesh.address(3).to_string();
    let back = typed(&people, "new", &["restore", BEN, "--server", &at], &words).well();
    assert!(back.contains("made a\nnew one"), "{back}");
    assert_eq!(shown(&people, "new")["key_is"], "later");
    assert!(people.does("inbox", BEN, &[]).badly().contains("its owner has made a new key"));
    let wrong = people.does("id", ANN, &["words"]).well();
    let wrong = typed(&people, BEN, &["change-key"], &wrong).badly();
    assert!(wrong.contains("not the words of the first key"), "{wrong}");
    typed(&people, BEN, &["change-key"], &words).well();
    assert!(people.does("inbox", "new", &[]).badly().contains("its owner has made a new key"));
    people.does("inbox", BEN, &[]).well();

    // A second device joins by its code, which has the first key's word.
    let code = people.does("id", BEN, &["device"]).well();
    typed(&people, "second", &["restore"], &code).well();
    people.does("inbox", "second", &[]).well();
    assert_eq!(shown(&people, "second")["key"], shown(&people, BEN)["key"]);
}

#[test]
fn a_change_that_reaches_no_server_goes_on_with_the_next_command_that_does() {
    let (mesh, people) = (Mesh::line(2), People::new());
    let server = mesh.serve(1);
    people.joins(BEN, &mesh, 1).well();
    server.kill();
    let begun = people.begins("id", BEN, &["change-key", "--json"]);
    begun.says("words");
    let is_kept = || {
        let keys = std::fs::read_to_string(people.profile(BEN).join("keys")).unwrap();
        keys.contains("\nfirst ").then_some(())
    };
    support::in_time(is_kept).expect("the change is on disk");
    begun.kill();
    assert_eq!(shown(&people, BEN)["key_is"], "changing");
    let no_code = people.does("id", BEN, &["device"]).badly();
    assert!(no_code.contains("under way"), "{no_code}");
    people.does("id", BEN, &["words"]).well();
    let _server = mesh.serve(1);
    people.does("inbox", BEN, &[]).well();
    assert_eq!(shown(&people, BEN)["key_is"], "later");
}
