//! Kannel.

use super::site::{EMOJI, SHORT, Seen, Site, is_as_documented, long, long_emoji};
use super::support::{Kannel, Mesh, People, Running, smpp_account, smpp_of};
use super::{DESK, PUMPS};

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
    is_as_documented("Kannel 1.4.5", &seen);
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
