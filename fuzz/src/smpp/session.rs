//! A session with any client: bytes, and what the message centre does meanwhile.

use postrider_smpp::codec::{Message, Pdu, Status};
use postrider_smpp::session::{Event, Session, Timers};
use std::collections::BTreeSet;
use std::time::Duration;

const WINDOW: usize = 4;

/// A byte says what happens, and for how many bytes; nobody stops, every command has one answer at
/// the most, and what was handed over has one fate at the most.
pub fn run(mut bytes: &[u8]) {
    let timers = Timers { inactivity: Some(Duration::from_secs(600)), ..Timers::default() };
    let (mut session, mut now) = (Session::new(Duration::ZERO, timers), Duration::ZERO);
    let (mut handed, mut tags, mut open) = (BTreeSet::new(), 0, Vec::new());
    let mut is_over = false;
    while let Some((what, rest)) = bytes.split_first() {
        bytes = rest;
        match what >> 5 {
            0..=3 => {
                let (heard, rest) = bytes.split_at(usize::from(what & 0x7f).min(bytes.len()));
                session.hear(now, heard);
                bytes = rest;
            }
            4 => {
                now += Duration::from_secs(u64::from(what & 0x1f) * 4);
                session.wake(now);
            }
            5 => {
                tags += 1;
                if session.deliver(now, tags, &Message::default()) {
                    assert!(session.mode().is_some_and(|mode| mode.receives()) && !is_over);
                    handed.insert(tags);
                }
            }
            6 => {
                if let Some(ticket) = open.pop() {
                    session.answer(ticket, &Pdu::SubmitResp(b"1"), Status::OK);
                }
            }
            _ => session.unbind(now),
        }
        while let Some(event) = session.poll_event() {
            assert!(!is_over, "nothing happens after the end");
            match event {
                Event::Bind { password, .. } if password == b"no" => {
                    session.bind_refused(Status::PASSWORD);
                }
                Event::Bind { .. } => session.bind_taken(now, b"camp", WINDOW),
                Event::Command { ticket, .. } => open.push(ticket),
                Event::Answered { tag, .. } | Event::Unanswered { tag } => {
                    assert!(handed.remove(&tag), "it was handed over and had no fate yet");
                }
                Event::Ended(_) => is_over = true,
            }
        }
        assert!(session.open() <= WINDOW);
        assert!(session.take_output().len() <= 16 * 1_024);
    }
}
