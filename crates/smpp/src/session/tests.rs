use super::*;
use crate::codec::{Address, Bind, Message};

const START: Duration = Duration::ZERO;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn session() -> Session {
    Session::new(START, Timers { inactivity: Some(seconds(600)), ..Timers::default() })
}

fn bytes(pdu: &Pdu<'_>, sequence: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    print(pdu, Status::OK, sequence, &mut bytes);
    bytes
}

fn bind(mode: Mode) -> Vec<u8> {
    let range = Address::default();
    let (system_id, password) = (&b"pumps"[..], &b"secret"[..]);
    let bind = Bind { mode, system_id, password, system_type: b"", interface_version: 0x34, range };
    bytes(&Pdu::Bind(bind), 1)
}

fn bound(mode: Mode, window: usize) -> Session {
    let mut session = session();
    session.hear(START, &bind(mode));
    assert!(matches!(session.poll_event(), Some(Event::Bind { .. })));
    session.bind_taken(START, b"camp", window);
    said(&mut session);
    session
}

/// What is sent: commands, statuses and sequence numbers.
fn said(session: &mut Session) -> Vec<(u32, Status, u32)> {
    let output = session.take_output();
    let (mut at, mut all) = (0, Vec::new());
    while let Frame::Whole { header, length, .. } = frame(&output[at..], PDU_BYTES_MAX) {
        all.push((header.command, Status(header.status), header.sequence));
        at += length;
    }
    assert_eq!(at, output.len());
    all
}

fn resp(command: u32, status: Status, sequence: u32) -> Vec<(u32, Status, u32)> {
    vec![(command | command::RESP, status, sequence)]
}

fn ended(session: &mut Session) -> Option<Why> {
    std::iter::from_fn(|| session.poll_event()).find_map(|event| match event {
        Event::Ended(why) => Some(why),
        _ => None,
    })
}

/// The commands that were heard.
fn commands(session: &mut Session) -> Vec<Ticket> {
    let events = std::iter::from_fn(|| session.poll_event());
    events
        .filter_map(|event| match event {
            Event::Command { ticket, .. } => Some(ticket),
            _ => None,
        })
        .collect()
}

#[test]
fn nothing_but_a_bind_is_heard_before_one() {
    let mut session = session();
    session.hear(START, &bytes(&Pdu::Submit(Message::default()), 7));
    assert_eq!(said(&mut session), resp(command::SUBMIT_SM, Status::BIND_STATE, 7));
    session.hear(START, &bytes(&Pdu::EnquireLink, 8));
    assert_eq!(said(&mut session), resp(command::ENQUIRE_LINK, Status::OK, 8));
    assert!(!session.deliver(START, 1, &Message::default()));
    session.hear(START, &bind(Mode::Transceiver));
    assert!(!session.deliver(START, 1, &Message::default()), "it is not bound yet");
    assert_eq!(said(&mut session), []);
    session.hear(START, &bind(Mode::Transceiver));
    assert_eq!(said(&mut session), resp(command::BIND_TRANSCEIVER, Status::ALREADY_BOUND, 1));
    session.bind_taken(START, b"camp", 9);
    assert_eq!(said(&mut session), resp(command::BIND_TRANSCEIVER, Status::OK, 1));
    assert!(session.deliver(START, 1, &Message::default()));
}

#[test]
fn who_is_not_bound_in_time_or_not_let_in_is_closed() {
    let mut late = session();
    late.wake(seconds(29));
    assert_eq!(late.poll_event(), None);
    assert_eq!(late.deadline(), seconds(30));
    late.wake(seconds(30));
    assert_eq!(ended(&mut late), Some(Why::NotBound));
    let mut refused = session();
    refused.hear(START, &bind(Mode::Receiver));
    refused.bind_refused(Status::PASSWORD);
    assert_eq!(said(&mut refused), resp(command::BIND_RECEIVER, Status::PASSWORD, 1));
    assert_eq!(ended(&mut refused), Some(Why::NotBound));
}

#[test]
fn commands_that_nobody_knows_and_broken_bodies_do_not_end_it() {
    let mut session = bound(Mode::Transceiver, 9);
    let unknown: Vec<u8> = [16_u32, 0x777, 0, 5].iter().flat_map(|w| w.to_be_bytes()).collect();
    session.hear(START, &unknown);
    assert_eq!(said(&mut session), [(command::GENERIC_NACK, Status::COMMAND, 5)]);
    let short: Vec<u8> = [17_u32, command::SUBMIT_SM, 0, 6]
        .iter()
        .flat_map(|w| w.to_be_bytes())
        .chain([0])
        .collect();
    session.hear(START, &short);
    assert_eq!(said(&mut session), resp(command::SUBMIT_SM, Status::COMMAND_LENGTH, 6));
    session.hear(START, &bytes(&Pdu::EnquireLink, 8));
    assert_eq!(said(&mut session), resp(command::ENQUIRE_LINK, Status::OK, 8));
    session.hear(START, &7_u32.to_be_bytes());
    assert_eq!(said(&mut session), [(command::GENERIC_NACK, Status::COMMAND_LENGTH, 0)]);
    assert_eq!(ended(&mut session), Some(Why::Garbled));
}

#[test]
fn bytes_may_come_one_by_one() {
    let mut session = session();
    for byte in bind(Mode::Transmitter) {
        session.hear(START, &[byte]);
    }
    let system_id = b"pumps".to_vec();
    let expected = Event::Bind { system_id, password: b"secret".to_vec(), mode: Mode::Transmitter };
    assert_eq!(session.poll_event(), Some(expected));
}

#[test]
fn more_than_the_window_is_throttled_and_the_rest_answered_before_an_unbind() {
    let mut session = bound(Mode::Transmitter, 2);
    let submit = Pdu::Submit(Message::default());
    for sequence in 10..13 {
        session.hear(START, &bytes(&submit, sequence));
    }
    assert_eq!(said(&mut session), resp(command::SUBMIT_SM, Status::THROTTLED, 12));
    session.hear(START, &bytes(&Pdu::Unbind, 20));
    assert_eq!(said(&mut session), []);
    let tickets = commands(&mut session);
    session.answer(tickets[1], &Pdu::SubmitResp(b"1"), Status::OK);
    assert_eq!(said(&mut session), resp(command::SUBMIT_SM, Status::OK, 11));
    session.answer(tickets[0], &Pdu::SubmitResp(b"2"), Status::OK);
    let both = [resp(command::SUBMIT_SM, Status::OK, 10), resp(command::UNBIND, Status::OK, 20)];
    assert_eq!(said(&mut session), both.concat());
    assert_eq!(ended(&mut session), Some(Why::Unbound));
}

#[test]
fn commands_of_the_same_number_are_each_answered_in_the_order_in_which_they_came() {
    let mut session = bound(Mode::Transmitter, 4);
    let submit = bytes(&Pdu::Submit(Message::default()), 7);
    let broken = [17_u32, command::SUBMIT_SM, 0, 7].map(u32::to_be_bytes).concat();
    session.hear(START, &[&submit[..], &submit, &broken, &[0], &submit].concat());
    let tickets = commands(&mut session);
    assert_eq!((tickets.len(), session.open()), (3, 4));
    // The window is full, and who says more does not fill it.
    session.hear(START, &submit);
    assert_eq!(said(&mut session), resp(command::SUBMIT_SM, Status::THROTTLED, 7));
    session.answer(tickets[1], &Pdu::SubmitResp(b"2"), Status::QUEUE_FULL);
    assert_eq!(said(&mut session), []);
    session.answer(tickets[0], &Pdu::SubmitResp(b"1"), Status::OK);
    let answers = |statuses: &[Status]| -> Vec<_> {
        statuses.iter().flat_map(|status| resp(command::SUBMIT_SM, *status, 7)).collect()
    };
    let three = answers(&[Status::OK, Status::QUEUE_FULL, Status::COMMAND_LENGTH]);
    assert_eq!(said(&mut session), three);
    session.hear(START, &bytes(&Pdu::Unbind, 7));
    session.answer(tickets[0], &Pdu::SubmitResp(b"1"), Status::OK);
    assert_eq!(said(&mut session), [], "it was answered");
    session.answer(tickets[2], &Pdu::SubmitResp(b"3"), Status::OK);
    let last = [answers(&[Status::OK]), resp(command::UNBIND, Status::OK, 7)];
    assert_eq!(said(&mut session), last.concat());
    assert_eq!((session.open(), ended(&mut session)), (0, Some(Why::Unbound)));
}

#[test]
fn what_is_never_answered_is_not_waited_for() {
    let mut session = bound(Mode::Transmitter, 2);
    let submit = bytes(&Pdu::Submit(Message::default()), 7);
    session.hear(START, &[&submit[..], &submit, &bytes(&Pdu::Unbind, 8)].concat());
    let tickets = commands(&mut session);
    session.answer(tickets[1], &Pdu::SubmitResp(b"2"), Status::OK);
    session.ignore(tickets[0]);
    let both = [resp(command::SUBMIT_SM, Status::OK, 7), resp(command::UNBIND, Status::OK, 8)];
    assert_eq!(said(&mut session), both.concat());
}

#[test]
fn a_receiver_may_not_send_and_a_transmitter_does_not_receive() {
    let mut receiver = bound(Mode::Receiver, 2);
    receiver.hear(START, &bytes(&Pdu::Submit(Message::default()), 7));
    assert_eq!(said(&mut receiver), resp(command::SUBMIT_SM, Status::BIND_STATE, 7));
    assert!(!bound(Mode::Transmitter, 2).deliver(START, 1, &Message::default()));
}

#[test]
fn what_was_handed_over_is_answered_or_not_and_late_answers_are_not_heard() {
    let mut session = bound(Mode::Receiver, 2);
    assert!(session.deliver(START, 70, &Message::default()));
    assert!(session.deliver(START, 71, &Message::default()));
    let sent = said(&mut session);
    let answer = |at: usize| bytes(&Pdu::DeliverResp, sent[at].2);
    session.hear(seconds(1), &answer(1));
    assert_eq!(session.poll_event(), Some(Event::Answered { tag: 71, status: Status::OK }));
    session.wake(seconds(30));
    assert_eq!(session.poll_event(), Some(Event::Unanswered { tag: 70 }));
    session.hear(seconds(31), &answer(0));
    assert_eq!(session.poll_event(), None);
}

#[test]
fn a_silent_client_is_asked_and_then_closed() {
    let mut session = bound(Mode::Receiver, 2);
    assert_eq!(session.deadline(), seconds(60));
    session.wake(seconds(60));
    assert_eq!(said(&mut session), [(command::ENQUIRE_LINK, Status::OK, 1)]);
    assert_eq!(session.deadline(), seconds(90));
    session.wake(seconds(90));
    assert_eq!(ended(&mut session), Some(Why::Silent));
}

#[test]
fn a_client_that_answers_and_asks_for_nothing_is_inactive() {
    let mut session = bound(Mode::Receiver, 2);
    for minute in 1..10 {
        session.wake(seconds(minute * 60));
        let asked = said(&mut session);
        session.hear(seconds(minute * 60), &bytes(&Pdu::EnquireLinkResp, asked[0].2));
    }
    session.wake(seconds(600));
    let asked = said(&mut session);
    assert_eq!(asked[0].0, command::UNBIND);
    session.hear(seconds(601), &bytes(&Pdu::UnbindResp, asked[0].2));
    assert_eq!(ended(&mut session), Some(Why::Told));
}
