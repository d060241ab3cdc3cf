//! The log stays short, nothing that is still wanted is taken away, and it opens again.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers fail as tests do")]

#[path = "support/disk.rs"]
mod disk;
#[path = "support/middle.rs"]
mod middle;

use middle::{Middle, ack_all, bytes_of, read_all, server};
use postrider_engine::Log;
use postrider_engine::edge::Destination;
use std::time::Duration;

fn log_bytes(middle: &Middle) -> u64 {
    middle.disk.end().0 - middle.disk.start().0
}

#[test]
fn a_text_is_there_to_hand_out_in_the_turn_that_cleans_its_row() {
    for acknowledged in [true, false] {
        let mut middle = Middle::new(0, acknowledged);
        for _ in 0..5 {
            middle.ask("send/0/0000000001/0000000001/garbage".to_owned());
            read_all(&mut middle, 1);
        }
        middle.ask("send/0/0000000001/0000000005/hello".to_owned());
        middle.pass(Duration::from_secs(25));
        // It is new here, so the turn commits, and cleans.
        let handed = middle.ask("get/0/0000000005//".to_owned()).unwrap();
        assert_eq!(handed, "send/5/0000000001/0000000005/hello");
    }
}

#[test]
fn the_log_stays_short_however_often_clients_come_and_go() {
    let mut middle = Middle::new(0, true);
    for round in 0..300 {
        middle.pass(Duration::from_secs(1));
        let client = 3 + round % 2;
        middle.ask(format!("handshake/0/000000000{client}//"));
        middle.ask(format!("terminate/0/000000000{client}//"));
        middle.turn(&bytes_of(&[(Some(server(3)), "0000000001/10.0.0.3".to_owned())]));
        middle.ask("get/0/0000000001//".to_owned());
    }
    // What is younger than ten seconds is never cleaned.
    assert!(log_bytes(&middle) < 1_000, "{} bytes for three clients", log_bytes(&middle));
}

#[test]
fn a_line_that_lost_its_last_servers_still_opens_the_log() {
    let mut middle = Middle::new(0, true);
    let words = ["0000000001/10.0.0.3", "send/5/0000000002/0000000003/x"];
    for word in words {
        middle.turn(&bytes_of(&[(Some(server(3)), word.to_owned())]));
    }
    middle.config.servers = 2;
    let again = middle.replayed();
    assert_eq!(again.engine.sizes().waiting, 1);
}

#[test]
fn a_long_hand_over_does_not_keep_the_log_from_being_cleaned() {
    let mut middle = Middle::new(4_000, true);
    let texts = 300;
    for _ in 0..texts {
        middle.ask("send/0/0000000001/0000000009/waits".to_owned());
    }
    middle.turn(&bytes_of(&[(Some(server(3)), "0000000009/10.0.0.3".to_owned())]));
    let mut longest = 0;
    for _ in 0..texts {
        ack_all(&mut middle);
        for _ in 0..5 {
            middle.ask(format!("send/0/0000000001/0000000002/{}", "x".repeat(100)));
            read_all(&mut middle, 2);
        }
        longest = longest.max(log_bytes(&middle));
    }
    assert_eq!(middle.engine.sizes().waiting, 0, "all of it was handed over");
    // Twice what waits at first, the slack, and what is younger than eleven seconds.
    let (waiting, young) = (texts * 35, 11 * 5 * 150);
    assert!(longest < 2 * waiting + 4_000 + young, "the log grew to {longest} bytes");
}

#[test]
fn what_was_forwarded_lately_is_known_after_its_record_was_cleaned_and_a_restart() {
    let mut middle = Middle::new(0, true);
    let equal = || bytes_of(&[(Some(server(1)), "send/7/0000000001/0000000009/x".to_owned())]);
    middle.turn(&equal());
    middle.pass(Duration::from_secs(25));
    middle.turn(&bytes_of(&[(Some(server(3)), "0000000009/10.0.0.3".to_owned())]));
    ack_all(&mut middle);
    for _ in 0..3 {
        middle.ask("send/0/0000000001/0000000002/x".to_owned());
        read_all(&mut middle, 2);
    }
    assert!(middle.disk.start().0 > 0, "the record of the first one was dropped");
    let mut again = middle.replayed();
    again.turn(&equal());
    let forwarded =
        |told: &[(Destination, String)]| told.iter().any(|(_, said)| said.contains("/x"));
    assert!(!forwarded(&again.pass(Duration::from_secs(9))), "an equal one is held back");
    assert!(forwarded(&again.pass(Duration::from_secs(2))));
}
