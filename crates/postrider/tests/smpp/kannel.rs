//! Kannel.

use super::raw::Raw;
use super::site::{EMOJI, SHORT, Seen, Site, is_as_documented, long, long_emoji};
use super::support::{Kannel, Mesh, People, Running, eventually, smpp_account, smpp_of};
use super::{ALSO_NOBODY, AWAY, DESK, NOBODY, PUMPS};
use postrider_smpp::codec::{Mode, Status};
use std::collections::BTreeSet;

#[test]
fn kannel() {
    let mut site = Site::new(&[]);
    let Some(mut kannel) = Kannel::bind(site.at, "pumps", &site.password) else { return };
    let mut seen = Seen::new();
    for (what, text) in [
        ("a short text, with the extension table", SHORT.to_owned()),
        ("UCS-2 with emoji", EMOJI.to_owned()),
        ("a long text", long()),
        ("a long text in UCS-2", long_emoji()),
    ] {
        kannel.sends(PUMPS, DESK, &text);
        site.desk_has(&text);
        kannel.is_told(DESK, 8);
        kannel.is_told(DESK, 1);
        seen.insert(what);
    }
    seen.insert("receipts");
    for (what, text) in [("short", SHORT.to_owned()), ("emoji", EMOJI.to_owned()), ("long", long())]
    {
        site.desk.sends(PUMPS, &text, what).well();
        let mut whole = String::new();
        while whole != text {
            whole += &kannel.receives(DESK);
            assert!(text.starts_with(&whole), "{whole:?}");
        }
    }
    seen.insert("is handed the same");
    is_told_on_the_way(&site, &kannel, &mut seen);

    kannel.goes();
    site.desk.sends(PUMPS, "while you were away", "away").well();
    site.starts_again();
    kannel.comes();
    // What it had acknowledged shortly before it was killed may come again.
    while kannel.receives(DESK) != "while you were away" {}
    kannel.sends(PUMPS, DESK, "and back");
    site.desk_has("and back");
    kannel.is_told(DESK, 1);
    seen.insert("comes back after being away, and after the server was killed");
    kannel.sends("Alarm", DESK, "Hallo");
    site.desk_has("Alarm: Hallo");
    seen.insert("a sender with a name");
    drop(kannel);
    three_ways(&site, &mut seen);
    is_throttled(&site, &mut seen);
    has_a_wrong_password(&site, &mut seen);
    is_as_documented("Kannel 1.4.5", &seen);
}

fn is_told_on_the_way(site: &Site, kannel: &Kannel, seen: &mut Seen) {
    let people = People::new();
    people.joins(AWAY, &site.mesh, 1).well();
    kannel.sends(PUMPS, AWAY, "on its way");
    // At the message centre, waiting for its recipient, and delivered.
    kannel.is_told(AWAY, 8);
    kannel.is_told(AWAY, 4);
    let reading = people.begins("inbox", AWAY, &["--follow", "--ack"]);
    reading.says(&format!("{PUMPS}: on its way"));
    kannel.is_told(AWAY, 1);
    seen.insert("is told on the way, if it asks for that");
}

fn three_ways(site: &Site, seen: &mut Seen) {
    for modes in [&["transmitter"][..], &["receiver"], &["transmitter", "receiver"]] {
        let kannel = Kannel::bind_as(modes, site.at, "pumps", &site.password).unwrap();
        eventually(&format!("Kannel is bound as {modes:?}"), || {
            let status = site.mesh.look(1, "smpp", &["status"]);
            let bound = status["accounts"][0]["bound"].as_array()?;
            let bound: BTreeSet<&str> =
                bound.iter().filter_map(|one| one["mode"].as_str()).collect();
            (bound == modes.iter().copied().collect()).then_some(())
        });
        let name = modes.concat();
        if modes.contains(&"transmitter") {
            kannel.sends(PUMPS, DESK, &name);
            site.desk_has(&name);
        }
        if modes.len() == 2 {
            kannel.is_told(DESK, 1);
        }
        if modes.contains(&"receiver") {
            site.desk.sends(PUMPS, &name, &name).well();
            while kannel.receives(DESK) != name {}
        }
    }
    seen.insert("binds three ways");
}

/// It is slower then, and all that it was given arrives.
fn is_throttled(site: &Site, seen: &mut Seen) {
    let slow = site.account("slow", &["--number", NOBODY, "--rate", "2"]);
    let kannel = Kannel::bind(site.at, "slow", &slow).unwrap();
    let texts: BTreeSet<String> = (0..6).map(|text| format!("slow {text}")).collect();
    for text in &texts {
        kannel.sends(NOBODY, DESK, text);
    }
    // In whatever order: it tries again later what it was told to be too fast.
    eventually("all texts at the desk", || {
        let unread: BTreeSet<String> = site.unread().into_iter().collect();
        texts.is_subset(&unread).then_some(())
    });
    kannel.logs("0x00000058");
    seen.insert("is throttled");
}

fn has_a_wrong_password(site: &Site, seen: &mut Seen) {
    let guesser = Kannel::bind(site.at, "pumps", "wrong").unwrap();
    guesser.logs("rejected login to transmit, code 0x0000000e");
    // It does not try again.
    guesser.logs(":pumps:kannel shut down.");
    drop(guesser);
    // Where there is no place for it, it comes back by itself until there is.
    let single = site.account("single", &["--number", ALSO_NOBODY, "--binds", "1"]);
    let mut holds = Raw::new(site.at);
    assert_eq!(holds.binds(Mode::Receiver, "single", &single), Status::OK);
    let kannel = Kannel::bind(site.at, "single", &single).unwrap();
    kannel.logs("rejected login to transmit, code 0x0000000d");
    drop(holds);
    kannel.sends(ALSO_NOBODY, DESK, "there is a place");
    site.desk_has("there is a place");
    seen.insert("has a wrong password");
}

/// The story that this is there for.
#[test]
fn a_text_of_kannels_reaches_a_person_far_away_and_the_answer_comes_back_over_a_server_that_is_killed()
 {
    const BEN: &str = "5550000005";
    let (mesh, people) = (Mesh::line(5), People::new());
    let first = Running::start(mesh.command(1).args(["--smpp", "127.0.0.1:0"]));
    let at = smpp_of(&first);
    let mut others: Vec<Running> = (2..=5).map(|index| mesh.serve(index)).collect();
    mesh.is_one(&[1, 2, 3, 4, 5]);
    let password = smpp_account(&mesh, 1, "pumps", &["--number", PUMPS]);
    people.joins(BEN, &mesh, 5).well();
    let Some(kannel) = Kannel::bind(at, "pumps", &password) else { return };
    let reading = people.begins("inbox", BEN, &["--follow", "--ack"]);
    kannel.sends(PUMPS, BEN, "Pump 3 has stopped");
    reading.says(&format!("{PUMPS}: Pump 3 has stopped"));
    kannel.is_told(BEN, 1);
    let answer = people.does("send", BEN, &[PUMPS, "I am on my way", "--wait", "delivered"]);
    assert!(["delivered\n", "read\n"].contains(&answer.well().as_str()));
    assert_eq!(kannel.receives(BEN), "I am on my way");

    others.remove(1).kill();
    kannel.sends(PUMPS, BEN, "Pump 4 as well");
    let waits = people.does("send", BEN, &[PUMPS, "Which one?", "--wait", "accepted"]);
    assert_eq!(waits.well(), format!("accepted by {}\n", Mesh::name(5)));
    others.push(mesh.serve(3));
    reading.says(&format!("{PUMPS}: Pump 4 as well"));
    kannel.is_told(BEN, 1);
    assert_eq!(kannel.receives(BEN), "Which one?");
    let last = people.does("send", BEN, &[PUMPS, "I see it", "--wait", "delivered"]);
    assert!(["delivered\n", "read\n"].contains(&last.well().as_str()));
    assert_eq!(kannel.receives(BEN), "I see it");
}
