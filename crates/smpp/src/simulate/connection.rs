//! A client of the simulation.

use super::{Shared, script};
use crate::codec::{Data, Message, Pdu, QueryResp, Status, parse};
use crate::coding::{Charset, Coding};
use crate::desk::OwnAddress;
use crate::handed::OwnMessage;
use crate::parts::carried;
use crate::receipt::{MessageState, Receipt, beginning, is_wanted};
use crate::session::{Event, Session, Ticket, Timers};
use crate::{limits, validity};
use postrider_client::Stamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Texts of which a connection knows what became.
const KNOWN_MAX: usize = 10_000;
const WINDOW: usize = 1_024;

/// A text as it was sent.
struct Sent<'a> {
    message: Message<'a>,
    text: String,
}

struct Connection {
    session: Session,
    shared: Arc<Shared>,
    system_id: Vec<u8>,
    /// When each text that was taken comes to its end, and to which.
    known: BTreeMap<String, (Instant, i64, MessageState)>,
    tags: u64,
}

pub(super) async fn serve(mut stream: TcpStream, shared: Arc<Shared>) {
    let began = Instant::now();
    let mut connection = Connection {
        session: Session::new(Duration::ZERO, Timers::default()),
        shared,
        system_id: Vec::new(),
        known: BTreeMap::new(),
        tags: 0,
    };
    let (_nobody, mut handed) = mpsc::unbounded_channel();
    let mut bytes = vec![0; limits::READ_BYTES];
    loop {
        let mut is_over = false;
        while let Some(event) = connection.session.poll_event() {
            match event {
                Event::Bind { system_id, password, mode } => {
                    if !connection.shared.is_let_in(&system_id, &password) {
                        connection.session.bind_refused(Status::PASSWORD);
                        continue;
                    }
                    connection.session.bind_taken(began.elapsed(), b"simulated", WINDOW);
                    if mode.receives() {
                        handed = connection.shared.receives(&system_id);
                    }
                    connection.system_id = system_id;
                }
                Event::Command { ticket, header, body } => {
                    connection.command(ticket, header, &body);
                }
                Event::Ended(_) => is_over = true,
                Event::Answered { .. } | Event::Unanswered { .. } => {}
            }
        }
        let output = connection.session.take_output();
        if stream.write_all(&output).await.is_err() || is_over {
            return;
        }
        let deadline = connection.session.deadline();
        tokio::select! {
            read = stream.read(&mut bytes) => match read {
                Ok(count) if count > 0 => connection.session.hear(began.elapsed(), &bytes[..count]),
                _ => return,
            },
            Some(message) = handed.recv() => connection.hand(began.elapsed(), &message),
            () = tokio::time::sleep_until(began + deadline) => {
                connection.session.wake(began.elapsed());
            }
        }
    }
}

impl Connection {
    fn hand(&mut self, now: Duration, message: &script::Message) {
        self.tags += 1;
        self.session.deliver(now, self.tags, &message.message());
    }

    fn command(&mut self, ticket: Ticket, header: crate::codec::Header, body: &[u8]) {
        let answer = Session::answer_to(header.command);
        match parse(&header, body) {
            Ok(Pdu::Submit(message)) => self.submit(ticket, &message, Pdu::SubmitResp),
            Ok(Pdu::Data(data)) => {
                let Data { source, destination, esm_class, data_coding, .. } = data;
                let registered_delivery = data.registered_delivery;
                let message = Message {
                    source,
                    destination,
                    esm_class,
                    registered_delivery,
                    data_coding,
                    tlvs: data.tlvs,
                    ..Message::default()
                };
                self.submit(ticket, &message, Pdu::DataResp);
            }
            Ok(Pdu::Query(query)) => self.query(ticket, query.message_id),
            Ok(Pdu::Cancel(_)) => self.session.answer(ticket, &answer, Status::CANCEL_FAILED),
            Ok(Pdu::Replace(_)) => self.session.answer(ticket, &answer, Status::REPLACE_FAILED),
            Ok(_) => self.session.answer(ticket, &answer, Status::SUBMIT_FAILED),
            Err(status) => self.session.answer(ticket, &answer, status),
        }
    }

    fn submit<'a>(
        &mut self,
        ticket: Ticket,
        message: &Message<'_>,
        answer: impl FnOnce(&'static [u8]) -> Pdu<'a>,
    ) {
        let refused = answer(&[]);
        let read = carried(message.esm_class, message.text, message.tlvs).and_then(|carried| {
            let coding = Coding::of(message.data_coding, Charset::Gsm);
            Ok(coding.ok_or(Status::SUBMIT_FAILED)?.read(carried.bytes).text)
        });
        let text = match read {
            Ok(text) => text,
            Err(status) => return self.session.answer(ticket, &refused, status),
        };
        let destination = String::from_utf8_lossy(message.destination.digits).into_owned();
        let fate = self.shared.script().next(&destination);
        match &fate.answer {
            None => self.session.ignore(ticket),
            Some(Err(status)) => self.session.answer(ticket, &refused, *status),
            Some(Ok(id)) => {
                let taken = match refused {
                    Pdu::DataResp(_) => Pdu::DataResp(id.as_bytes()),
                    _ => Pdu::SubmitResp(id.as_bytes()),
                };
                self.session.answer(ticket, &taken, Status::OK);
                self.then(id, &fate, &Sent { message: *message, text });
            }
        }
    }

    /// What comes of a text that was taken, later.
    fn then(&mut self, id: &str, fate: &script::Fate, sent: &Sent<'_>) {
        let now = Stamp::now();
        let done = now.after(fate.after);
        if self.known.len() >= KNOWN_MAX {
            self.known.pop_first();
        }
        self.known.insert(id.to_owned(), (Instant::now() + fate.after, done.0, fate.state));
        let receipt = Receipt {
            message_id: id.to_owned(),
            state: fate.state,
            error: 0,
            submitted: now.0,
            done: done.0,
            begins: beginning(&sent.text).to_owned(),
        };
        let (source, destination) =
            (OwnAddress::of(&sent.message.source), OwnAddress::of(&sent.message.destination));
        let is_wanted = is_wanted(sent.message.registered_delivery, fate.state);
        let mut messages = Vec::new();
        if is_wanted {
            messages.push(OwnMessage::receipt(&receipt, &destination, &source));
        }
        if fate.comes_back {
            let text = format!("Re: {}", beginning(&sent.text));
            messages.push(OwnMessage::short(&text, &destination, &source));
        }
        let (shared, system_id, after) = (self.shared.clone(), self.system_id.clone(), fate.after);
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            for message in messages {
                shared.hand(&system_id, message);
            }
        });
    }

    fn query(&mut self, ticket: Ticket, message_id: &[u8]) {
        let known = std::str::from_utf8(message_id).ok().and_then(|id| self.known.get(id));
        let Some((at, done, state)) = known else {
            let unknown = QueryResp { message_id, final_date: &[], state: 0, error: 0 };
            return self.session.answer(ticket, &Pdu::QueryResp(unknown), Status::QUERY_FAILED);
        };
        let is_over = Instant::now() >= *at;
        let final_date = if is_over { validity::print(*done) } else { String::new() };
        let state = if is_over { *state } else { MessageState::Enroute } as u8;
        let final_date = final_date.as_bytes();
        let answer = QueryResp { message_id, final_date, state, error: 0 };
        self.session.answer(ticket, &Pdu::QueryResp(answer), Status::OK);
    }
}
