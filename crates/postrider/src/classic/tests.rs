//! Stories of a person or a script and the client.

use super::peer::{CALM, HASTE, Peer, me, refusing_address};
use super::prompt::{Piped, Prompt};
use super::*;
use clap::Parser;
use std::io::Write;

#[derive(Parser)]
struct Program {
    #[command(flatten)]
    args: Args,
}

fn parsed(arguments: &[&str]) -> Result<Args, clap::Error> {
    let arguments = ["postrider"].iter().chain(arguments);
    Program::try_parse_from(arguments).map(|program| program.args)
}

/// A person: like a pipe, but asked whether to try again.
struct Person<'a>(Piped<&'a [u8]>);

impl Prompt for Person<'_> {
    fn ask(&mut self, question: &str, out: &mut dyn Write) -> io::Result<Option<String>> {
        self.0.ask(question, out)
    }

    fn remember(&mut self, _text: &str) {}

    fn is_attended(&self) -> bool {
        true
    }
}

fn talk(mut prompt: impl Prompt, addresses: &[SocketAddr], patience: Duration) -> (Ended, String) {
    let line = Line::new(addresses.to_vec()).unwrap();
    let mut out = Vec::new();
    let mut console = Console::new(&mut prompt, &mut out);
    let ended = converse(&mut console, &line, None, None, patience).unwrap();
    (ended, String::from_utf8(out).unwrap())
}

fn done() -> Vec<String> {
    vec![format!("ack/0/{}//", me())]
}

#[test]
fn a_server_and_an_id_are_asked_for_and_the_second_server_is_greeted() {
    let peer = Peer::start(|_, _| done());
    let line = [refusing_address(), peer.address()];
    let (ended, said) = talk(Piped::new(&b"2\n5550000001\n3\n"[..]), &line, CALM);
    assert_eq!(ended, Ended::InOrder);
    assert!(said.contains("Attached to server 2 ("), "{said}");
    assert_eq!(peer.stop(), ["handshake/0/5550000001//", "terminate/0/5550000001//"]);
}

#[test]
fn a_script_is_told_that_the_server_does_not_answer_and_ends() {
    let (ended, said) = talk(Piped::new(&b"5550000001\n"[..]), &[refusing_address()], HASTE);
    assert_eq!(ended, Ended::Unanswered);
    assert!(said.contains("does not answer"), "{said}");
    assert!(!said.contains("Try again"), "{said}");
}

#[test]
fn a_person_may_try_again_until_the_server_is_there() {
    let peer = Peer::start(|_, heard| if heard <= 6 { vec![] } else { done() });
    let person = Person(Piped::new(&b"5550000001\ny\ny\ny\ny\n3\n3\n3\n3\n3\n"[..]));
    let (ended, said) = talk(person, &[peer.address()], super::peer::BRISK);
    assert_eq!(ended, Ended::InOrder);
    assert!(said.contains("Try again? (y or n): "), "{said}");
}

#[test]
fn a_person_may_give_up() {
    let person = Person(Piped::new(&b"5550000001\nn\n"[..]));
    let (ended, _) = talk(person, &[refusing_address()], HASTE);
    assert_eq!(ended, Ended::Unanswered);
}

#[test]
fn input_that_ends_before_an_id_is_a_failure_of_a_script_but_not_of_a_person() {
    let nobody = [refusing_address()];
    assert_eq!(talk(Piped::new(&b"123\n"[..]), &nobody, HASTE).0, Ended::Unattached);
    assert_eq!(talk(Person(Piped::new(&b""[..])), &nobody, HASTE).0, Ended::InOrder);
}

#[test]
fn a_line_is_written_with_and_without_ports() {
    let args = parsed(&["--line", "10.0.0.5, 10.0.0.6:7,::1,[::1]:7"]).unwrap();
    let expected = ["10.0.0.5:10410", "10.0.0.6:7", "[::1]:10410", "[::1]:7"];
    assert_eq!(args.line, expected.map(|address| address.parse().unwrap()));
}

#[test]
fn what_is_not_an_address_is_refused_with_an_example() {
    for wrong in ["localhost", "10.0.0.5:", "10.0.0.5:0", "", "10.0.0.5,,10.0.0.6"] {
        let refusal = parsed(&["--line", wrong]).unwrap_err().to_string();
        assert!(refusal.contains("such as 10.0.0.5:10411"), "{wrong}: {refusal}");
    }
}

#[test]
fn a_wrong_id_or_server_on_the_command_line_says_what_is_wrong() {
    let refusal = parsed(&["--line", "10.0.0.5", "--id", "123"]).unwrap_err().to_string();
    assert!(refusal.contains("an ID has ten digits, this has 3"), "{refusal}");
    let args = parsed(&["--line", "10.0.0.5,10.0.0.6", "--server", "3"]).unwrap();
    let refusal = format!("{:#}", run(args).unwrap_err());
    assert_eq!(refusal, "--server: the line has servers 1 to 2, there is no server 3");
}
