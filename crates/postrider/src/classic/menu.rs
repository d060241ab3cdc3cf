//! The menu of an attached client: 1 send, 2 receive, 3 quit.

use super::Ended;
use super::prompt::Console;
use super::questions;
use super::sanitize::visible;
use super::session::{Message, Received, Session};
use super::wire::NoAnswer;
use postrider_proto::{Number, Text};
use std::io;

const MENU: &str = "1 send   2 receive   3 quit: ";

/// Whether the menu comes again.
#[derive(PartialEq, Eq)]
enum Next {
    Menu,
    Quit,
}

/// Shows the menu until the client quits or its input ends, then leaves the server.
pub(super) fn run(console: &mut Console<'_>, mut session: Session) -> io::Result<Ended> {
    while step(console, &mut session)? == Next::Menu {}
    quit(console, session)
}

fn step(console: &mut Console<'_>, session: &mut Session) -> io::Result<Next> {
    let Some(choice) = console.ask(MENU)? else { return Ok(Next::Quit) };
    match choice.trim() {
        "1" => send(console, session),
        "2" => receive(console, session).map(|()| Next::Menu),
        "3" => Ok(Next::Quit),
        _ => console.say("Choose 1, 2 or 3.").map(|()| Next::Menu),
    }
}

fn send(console: &mut Console<'_>, session: &mut Session) -> io::Result<Next> {
    let Some(to) = questions::number(console, "To (ten digits): ")? else {
        return Ok(Next::Quit);
    };
    while let Some(written) = console.ask_for_text("Text: ")? {
        match questions::checked_text(&written) {
            Ok(text) => return submit(console, session, to, text).map(|()| Next::Menu),
            Err(wrong) => console.say(&wrong)?,
        }
    }
    Ok(Next::Quit)
}

fn submit(
    console: &mut Console<'_>,
    session: &mut Session,
    to: Number,
    text: Text<'_>,
) -> io::Result<()> {
    let count = text.as_str().chars().count();
    console.say(&format!("Sending {count} of {} characters …", Text::CHARACTERS_MAX))?;
    match session.send(to, text) {
        Ok(seq) => console.say(&format!("The server has it on disk, with the number {seq}.")),
        Err(no_answer) => console.say(&not_known_to_be_kept(&no_answer)),
    }
}

fn not_known_to_be_kept(no_answer: &NoAnswer) -> String {
    format!(
        "Not known to be kept: {no_answer}. It may be down, out of reach or full.\n\
         Send the same text to the same ID again, before you send another or quit: it \
         keeps its mark,\nand cannot arrive twice."
    )
}

fn receive(console: &mut Console<'_>, session: &mut Session) -> io::Result<()> {
    let received = session.receive(|message| console.say(&shown(message)))?;
    match outcome(&received) {
        Some(outcome) => console.say(&outcome),
        None => Ok(()),
    }
}

fn shown(message: &Message) -> String {
    format!("From {}: {}", message.from, visible(&message.text))
}

/// What is left to say when all messages have been shown.
fn outcome(received: &Received) -> Option<String> {
    if let Some(no_answer) = &received.stopped {
        return Some(format!(
            "Not all received: {no_answer}. It may be down or out of reach.\n\
             What has not been shown is kept by the server. Choose 2 to ask again."
        ));
    }
    if received.is_nothing() {
        return Some("There are no messages.".to_owned());
    }
    if received.is_full() {
        return Some("There may be more: choose 2 again.".to_owned());
    }
    (received.shown == 0).then(|| "Nothing but the message that was shown last.".to_owned())
}

fn quit(console: &mut Console<'_>, session: Session) -> io::Result<Ended> {
    match session.terminate() {
        Ok(()) => {
            console.say("You have left the server. What comes for you waits there.")?;
            Ok(Ended::InOrder)
        }
        Err(no_answer) => {
            console.say(&format!(
                "Left without a word: {no_answer}. It may still count you among its own.\n\
                 Nothing is lost: what comes for you is kept until you are attached again."
            ))?;
            Ok(Ended::Unanswered)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::peer::{BRISK, CALM, HASTE, Peer, me};
    use super::super::prompt::Piped;
    use super::*;
    use std::time::Duration;

    const DONE: &str = "ack/0/5550000001//";

    /// A server that takes what it gets, and has nothing for anybody.
    fn willing(datagram: &str) -> &'static str {
        match datagram.split('/').next() {
            Some("send") => "ack/42/5550000001/5550000005/",
            Some("get") => "send/0//5550000001/",
            _ => DONE,
        }
    }

    fn converse(peer: &Peer, patience: Duration, typed: &str) -> (Ended, String) {
        let session = Session::attach(peer.address(), me(), patience).unwrap();
        let (mut prompt, mut out) = (Piped::new(typed.as_bytes()), Vec::new());
        let ended = run(&mut Console::new(&mut prompt, &mut out), session).unwrap();
        (ended, String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_text_is_sent_with_its_count_and_the_servers_number() {
        let peer = Peer::start(|datagram, _| vec![willing(datagram).into()]);
        let (ended, said) = converse(&peer, CALM, "1\n5550000005\nGrüße\n3\n");
        assert_eq!(ended, Ended::InOrder);
        assert!(said.contains("Sending 5 of 160 characters"), "{said}");
        assert!(said.contains("on disk, with the number 42"), "{said}");
        assert_eq!(peer.stop()[1], "send/1/5550000001/5550000005/Grüße");
    }

    #[test]
    fn what_cannot_be_sent_is_explained_and_asked_for_again() {
        let peer = Peer::start(|datagram, _| vec![willing(datagram).into()]);
        let long = "x".repeat(162);
        let typed = format!("7\n1\n555\n5550000005\n\n{long}\nHello\n3\n");
        let (_, said) = converse(&peer, CALM, &typed);
        for wrong in ["Choose 1, 2 or 3", "this has 3.", "text is empty", "2 characters too many"] {
            assert!(said.contains(wrong), "{wrong}: {said}");
        }
        assert_eq!(peer.stop().len(), 3, "handshake, one send, terminate");
    }

    #[test]
    fn no_messages_are_announced_after_five_empty_answers() {
        let peer = Peer::start(|datagram, _| vec![willing(datagram).into()]);
        let (_, said) = converse(&peer, CALM, "2\n");
        assert!(said.contains("There are no messages."), "{said}");
        assert_eq!(peer.stop()[1..6], vec!["get/0/5550000001//"; 5]);
    }

    #[test]
    fn what_others_wrote_cannot_touch_the_terminal() {
        let mut waits = true;
        let peer = Peer::start(move |datagram, _| {
            let hands_out = waits && datagram.starts_with("get/");
            waits = waits && !hands_out;
            let message = "send/3/5550000005/5550000001/\x1b[2Jtwo\nlines";
            vec![if hands_out { message } else { willing(datagram) }.into()]
        });
        let (_, said) = converse(&peer, CALM, "2\n");
        assert!(said.contains("From 5550000005: ␛[2Jtwo⏎lines\n"), "{said}");
        assert!(!said.contains("no messages"), "{said}");
    }

    #[test]
    fn the_end_of_input_anywhere_leaves_the_server() {
        for typed in ["", "1\n", "1\n5550000005\n"] {
            let peer = Peer::start(|_, _| vec![DONE.into()]);
            assert_eq!(converse(&peer, CALM, typed).0, Ended::InOrder, "{typed:?}");
            assert_eq!(peer.stop()[1..], ["terminate/0/5550000001//"], "{typed:?}");
        }
    }

    #[test]
    fn a_silent_server_brings_the_menu_back_and_the_same_text_keeps_its_mark() {
        let mut sends = 0;
        let peer = Peer::start(move |datagram, _| {
            sends += usize::from(datagram.starts_with("send/"));
            let silent = (1..=6).contains(&sends);
            if silent { vec![] } else { vec![willing(datagram).into()] }
        });
        let (ended, said) =
            converse(&peer, BRISK, "1\n5550000005\nHello\n1\n5550000005\nHello\n3\n");
        assert_eq!(ended, Ended::InOrder);
        assert!(said.contains("does not answer, asked 6 times"), "{said}");
        assert!(said.contains("Not known to be kept"), "{said}");
        assert!(said.contains("on disk"), "{said}");
        let heard = peer.stop();
        let mut sends = heard.iter().filter(|datagram| datagram.starts_with("send/"));
        assert!(sends.all(|send| send == "send/1/5550000001/5550000005/Hello"), "{heard:?}");
    }

    #[test]
    fn a_server_that_falls_silent_is_left_with_a_word() {
        let peer = Peer::start(|_, heard| if heard == 1 { vec![DONE.into()] } else { Vec::new() });
        let session = Session::attach(peer.address(), me(), CALM).unwrap();
        let session = session.with_patience(HASTE);
        let (mut prompt, mut out) = (Piped::new("2\n".as_bytes()), Vec::new());
        let ended = run(&mut Console::new(&mut prompt, &mut out), session).unwrap();
        let said = String::from_utf8(out).unwrap();
        assert_eq!(ended, Ended::Unanswered);
        assert!(said.contains("has not been shown is kept"), "{said}");
        assert!(said.contains("Nothing is lost"), "{said}");
    }
}
