//! Stories of a client and a scripted server.

use super::super::peer::{BRISK, CALM, HASTE, Peer, me, refusing_address};
use super::*;

const HELLO: &str = "handshake/0/5550000001//";
const DONE: &str = "ack/0/5550000001//";

fn five() -> Number {
    "5550000005".parse().unwrap()
}

fn text(written: &str) -> Text<'_> {
    Text::new(written).unwrap()
}

fn seq(value: u8) -> Seq {
    Seq::from_value(value).unwrap()
}

/// A peer that welcomes the client; the script sees everything but the handshakes.
fn welcoming(mut script: impl FnMut(&str) -> Vec<&'static str> + Send + 'static) -> Peer {
    Peer::start(move |datagram, _| {
        let answers = if datagram == HELLO { vec![DONE] } else { script(datagram) };
        answers.into_iter().map(String::from).collect()
    })
}

fn attached(peer: &Peer, patience: Duration) -> Session {
    Session::attach(peer.address(), me(), CALM).unwrap().with_patience(patience)
}

/// Receives, and returns what was shown as well.
fn received(session: &mut Session) -> (Received, Vec<String>) {
    let mut shown = Vec::new();
    let received = session.receive(|message| {
        shown.push(format!("{} {} {}", message.seq, message.from, message.text));
        Ok(())
    });
    (received.unwrap(), shown)
}

#[test]
fn a_conversation_says_what_the_protocol_lists() {
    let peer = welcoming(|datagram| match datagram.split('/').next() {
        Some("send") => vec!["ack/42/5550000001/5550000005/"],
        Some("get") => vec!["send/0//5550000001/"],
        Some("terminate") => vec![DONE],
        _ => vec![],
    });
    let mut session = attached(&peer, CALM);
    assert_eq!(session.send(five(), text("Hello/five")), Ok(seq(42)));
    assert!(received(&mut session).0.is_nothing());
    assert_eq!(session.terminate(), Ok(()));
    let mut expected = vec![HELLO, "send/1/5550000001/5550000005/Hello/five"];
    expected.extend(["get/0/5550000001//"; GETS]);
    expected.push("terminate/0/5550000001//");
    assert_eq!(peer.stop(), expected);
}

#[test]
fn a_server_that_is_not_there_is_no_answer_to_the_handshake() {
    let server = refusing_address();
    let no_answer = Session::attach(server, me(), HASTE).unwrap_err();
    assert_eq!((no_answer.server, no_answer.asked), (server, 6));
}

#[test]
fn marks_run_from_1_to_99_and_round_again() {
    let mut mark = mark_after(Seq::ZERO);
    for expected in (1..=99).chain(1..=99) {
        assert_eq!(mark.value(), expected);
        mark = mark_after(mark);
    }
}

#[test]
fn the_same_text_twice_on_purpose_is_two_messages() {
    let mut number = 0;
    let acks = ["ack/0/5550000001/5550000005/", "ack/1/5550000001/5550000005/"];
    let peer = welcoming(move |_| {
        number += 1;
        vec![acks[number - 1]]
    });
    let mut session = attached(&peer, CALM);
    assert_eq!(session.send(five(), text("again")), Ok(seq(0)));
    assert_eq!(session.send(five(), text("again")), Ok(seq(1)));
    let heard = peer.stop();
    assert_eq!(heard[1], "send/1/5550000001/5550000005/again");
    assert_eq!(heard[2], "send/2/5550000001/5550000005/again");
}

#[test]
fn a_text_tried_again_after_silence_keeps_its_mark() {
    let mut attempts = 0;
    let peer = welcoming(move |_| {
        attempts += 1;
        if attempts <= 6 { vec![] } else { vec!["ack/9/5550000001/5550000005/"] }
    });
    let mut session = attached(&peer, HASTE);
    session.send(five(), text("Hello")).expect_err("six times nothing");
    session.wire.patience = CALM;
    assert_eq!(session.send(five(), text("Hello")), Ok(seq(9)));
    assert_eq!(peer.stop()[1..], vec!["send/1/5550000001/5550000005/Hello"; 7]);
}

#[test]
fn the_late_ack_of_a_text_that_seemed_lost_is_not_taken_for_the_next_ones() {
    let mut greeted = 0;
    let peer = Peer::start(move |datagram, _| {
        let answers = match datagram {
            HELLO => {
                greeted += 1;
                // What was said about the lost text comes before the second welcome.
                if greeted == 2 { vec!["ack/7/5550000001/5550000005/", DONE] } else { vec![DONE] }
            }
            "send/1/5550000001/5550000005/lost?" => vec![],
            _ => vec!["ack/8/5550000001/5550000005/"],
        };
        answers.into_iter().map(String::from).collect()
    });
    let mut session = attached(&peer, HASTE);
    session.send(five(), text("lost?")).expect_err("silence");
    session.wire.patience = CALM;
    assert_eq!(session.send(five(), text("another")), Ok(seq(8)));
    assert_eq!(peer.stop()[7..], [HELLO, "send/2/5550000001/5550000005/another"]);
}

#[test]
fn a_late_copy_of_the_ack_before_is_ignored() {
    let peer = welcoming(|datagram| match datagram.ends_with("one") {
        true => vec!["ack/7/5550000001/5550000005/"],
        false => vec!["ack/7/5550000001/5550000005/", "ack/8/5550000001/5550000005/"],
    });
    let mut session = attached(&peer, CALM);
    assert_eq!(session.send(five(), text("one")), Ok(seq(7)));
    assert_eq!(session.send(five(), text("two")), Ok(seq(8)));
}

#[test]
fn a_number_that_comes_round_again_is_believed_after_a_repeat() {
    let peer = welcoming(|_| vec!["ack/7/5550000001/5550000005/"]);
    let mut session = attached(&peer, CALM);
    assert_eq!(session.send(five(), text("one")), Ok(seq(7)));
    session.wire.patience = BRISK;
    assert_eq!(session.send(five(), text("a hundred later")), Ok(seq(7)));
}

#[test]
fn acks_for_other_clients_and_other_recipients_are_ignored() {
    let peer = welcoming(|_| {
        vec![
            "ack/1/5550000002/5550000005/",
            "ack/2/5550000001/5550000006/",
            DONE,
            "send/3/5550000005/5550000001/not an ack",
            "ack/4/5550000001/5550000005/",
        ]
    });
    let mut session = attached(&peer, CALM);
    assert_eq!(session.send(five(), text("Hello")), Ok(seq(4)));
}

#[test]
fn a_message_is_shown_and_acknowledged_and_the_next_one_comes() {
    let mut waiting = vec!["send/4/5550000005/5550000001/two", "send/3/5550000005/5550000001/one"];
    let peer = welcoming(move |datagram| {
        if datagram.starts_with("ack/") {
            waiting.pop();
            return vec![];
        }
        vec![*waiting.last().unwrap_or(&"send/0//5550000001/")]
    });
    let mut session = attached(&peer, CALM);
    let (received, shown) = received(&mut session);
    assert_eq!(shown, ["3 5550000005 one", "4 5550000005 two"]);
    assert_eq!((received.shown, received.empty), (2, 3));
    assert!(!received.is_nothing() && !received.is_full());
}

#[test]
fn a_message_whose_ack_was_lost_is_shown_once_and_acknowledged_each_time() {
    let peer = welcoming(|datagram| match datagram.starts_with("get/") {
        true => vec!["send/3/5550000005/5550000001/Hello"],
        false => vec![],
    });
    let mut session = attached(&peer, CALM);
    let (first, shown) = received(&mut session);
    assert_eq!(shown, ["3 5550000005 Hello"]);
    assert_eq!((first.shown, first.copies), (1, 4));
    assert_eq!(received(&mut session).1, Vec::<String>::new());
    let heard = peer.stop();
    let acks = heard.iter().filter(|datagram| *datagram == "ack/3/5550000001/5550000005/");
    assert_eq!(acks.count(), 2 * GETS);
}

#[test]
fn the_same_words_under_another_number_are_another_message() {
    let mut number = 0;
    let peer = Peer::start(move |datagram, _| match datagram {
        HELLO => vec![DONE.into()],
        "get/0/5550000001//" => {
            number += 1;
            vec![format!("send/{number}/5550000005/5550000001/Hello")]
        }
        _ => vec![],
    });
    let mut session = attached(&peer, CALM);
    let (received, shown) = received(&mut session);
    assert_eq!(shown.len(), GETS);
    assert!(received.is_full());
}

#[test]
fn messages_and_empty_answers_for_others_are_not_ours() {
    let peer = welcoming(|_| {
        vec![
            "send/3/5550000005/5550000002/not yours",
            "send/0//5550000002/",
            "ack/3/5550000001/5550000005/",
            "send/0//5550000001/",
        ]
    });
    let (received, shown) = received(&mut attached(&peer, CALM));
    assert!(received.is_nothing() && shown.is_empty());
}

#[test]
fn a_message_that_could_not_be_shown_is_not_acknowledged() {
    let peer = welcoming(|_| vec!["send/3/5550000005/5550000001/Hello"]);
    let mut session = attached(&peer, CALM);
    let broken = session.receive(|_| Err(io::ErrorKind::BrokenPipe.into()));
    assert_eq!(broken.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    assert_eq!(peer.stop(), [HELLO, "get/0/5550000001//"]);
}

#[test]
fn a_server_that_falls_silent_ends_the_gets_and_keeps_what_was_shown() {
    let mut gets = 0;
    let peer = welcoming(move |datagram| {
        let get = datagram.starts_with("get/");
        gets += usize::from(get);
        if get && gets == 1 { vec!["send/3/5550000005/5550000001/Hello"] } else { vec![] }
    });
    let mut session = attached(&peer, BRISK);
    let (received, shown) = received(&mut session);
    assert_eq!(shown, ["3 5550000005 Hello"]);
    assert_eq!(received.stopped.map(|no_answer| no_answer.asked), Some(6));
}

#[test]
fn a_terminate_without_an_answer_is_told() {
    let peer = welcoming(|_| vec![]);
    let session = attached(&peer, HASTE);
    assert_eq!(session.terminate().unwrap_err().asked, 6);
    assert_eq!(peer.stop()[1..], vec!["terminate/0/5550000001//"; 6]);
}
