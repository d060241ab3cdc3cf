//! The program `postrider classic` at a pipe, and a server that a few lines script.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::Write;
use std::net::{SocketAddr, UdpSocket};
use std::process::{Command, Output, Stdio};
use std::thread::JoinHandle;

/// A server with one message for 5550000001; it ends with the first `terminate`, and
/// returns what it heard.
fn server_with_a_message() -> (SocketAddr, JoinHandle<Vec<String>>) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let heard = std::thread::spawn(move || {
        let (mut heard, mut buffer) = (Vec::new(), [0; 512]);
        let mut waits = true;
        loop {
            let (length, client) = socket.recv_from(&mut buffer).unwrap();
            let datagram = String::from_utf8(buffer[..length].to_vec()).unwrap();
            heard.push(datagram.clone());
            let answer = match datagram.split('/').next().unwrap() {
                "send" => "ack/42/5550000001/5550000005/",
                "get" if waits => "send/7/5550000005/5550000001/Hi\x1b[2J / five here",
                "get" => "send/0//5550000001/",
                "ack" => {
                    waits = false;
                    continue;
                }
                _ => "ack/0/5550000001//",
            };
            socket.send_to(answer.as_bytes(), client).unwrap();
            if datagram.starts_with("terminate/") {
                return heard;
            }
        }
    });
    (address, heard)
}

fn classic(arguments: &[&str], typed: &str) -> Output {
    let mut client = Command::new(env!("CARGO_BIN_EXE_postrider"))
        .arg("classic")
        .args(arguments)
        .env_remove("POSTRIDER_LINE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that has ended over its arguments does not read.
    let _ = client.stdin.take().unwrap().write_all(typed.as_bytes());
    client.wait_with_output().unwrap()
}

#[test]
fn a_script_sends_receives_and_quits() {
    let (address, heard) = server_with_a_message();
    let line = format!("{address},127.0.0.1:9");
    let typed = "1\n5550000001\n1\n5550000005\nHello/five\n2\n2\n3\n";
    let output = classic(&["--line", &line], typed);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    let expected = [
        "Attached to server 1",
        "Sending 10 of 160 characters",
        "on disk, with the number 42",
        "From 5550000005: Hi␛[2J / five here\n",
        "There are no messages.",
        "You have left the server.",
    ];
    let mut rest = said.as_str();
    for sentence in expected {
        let at = rest.find(sentence).unwrap_or_else(|| panic!("{sentence:?} is missing: {said}"));
        rest = &rest[at..];
    }
    let heard = heard.join().unwrap();
    assert!(heard.contains(&"send/1/5550000001/5550000005/Hello/five".to_owned()), "{heard:?}");
    assert!(heard.contains(&"ack/7/5550000001/5550000005/".to_owned()), "{heard:?}");
}

#[test]
fn the_end_of_input_quits_in_order() {
    let (address, heard) = server_with_a_message();
    let output = classic(&["--line", &address.to_string(), "--id", "5550000001"], "");
    assert_eq!(output.status.code(), Some(0));
    let heard = heard.join().unwrap();
    assert_eq!(heard.last().map(String::as_str), Some("terminate/0/5550000001//"));
}

#[test]
fn a_script_whose_server_does_not_answer_fails_with_a_word() {
    let nobody = UdpSocket::bind("127.0.0.1:0").unwrap();
    let line = nobody.local_addr().unwrap().to_string();
    let output = classic(&["--line", &line, "--id", "5550000001"], "3\n");
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("the server {line} does not answer, asked 6 times")), "{said}");
}

#[test]
fn a_line_is_required_and_the_help_says_where_it_may_come_from() {
    assert!(!classic(&[], "").status.success());
    let help = String::from_utf8(classic(&["--help"], "").stdout).unwrap();
    for word in ["POSTRIDER_LINE", "--server", "--id", "exit code"] {
        assert!(help.contains(word), "{word}: {help}");
    }
}
