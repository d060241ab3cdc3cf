//! A client of the simulation.

use super::known::Taken;
use super::script::Fate;
use super::{Shared, script};
use crate::codec::{
    Address, Cancel, Data, Header, Message, Multi, Pdu, Query, QueryResp, Replace, Status,
    Unsuccessful, command, parse,
};
use crate::coding::{Charset, Coding};
use crate::desk::OwnAddress;
use crate::parts::carried;
use crate::session::{Event, Session, Ticket, Timers};
use crate::{limits, validity};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::Instant;

const WINDOW: usize = 1_024;

struct Connection {
    session: Session,
    shared: Arc<Shared>,
    system_id: Vec<u8>,
    tags: u64,
}

pub(super) async fn serve(mut stream: TcpStream, shared: Arc<Shared>) {
    let began = Instant::now();
    let mut connection = Connection {
        session: Session::new(Duration::ZERO, Timers::default()),
        shared,
        system_id: Vec::new(),
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

    fn command(&mut self, ticket: Ticket, header: Header, body: &[u8]) {
        let done = match parse(&header, body) {
            Ok(Pdu::Submit(message)) => self.submit(ticket, header.command, &message),
            Ok(Pdu::Data(data)) => self.submit(ticket, header.command, &as_message(&data)),
            Ok(Pdu::Multi(multi)) => self.submit_multi(ticket, &multi),
            Ok(Pdu::Query(query)) => self.query(ticket, &query),
            Ok(Pdu::Cancel(cancel)) => self.cancel(ticket, &cancel),
            Ok(Pdu::Replace(replace)) => self.replace(ticket, &replace),
            Ok(_) => Err(Status::COMMAND),
            Err(status) => Err(status),
        };
        if let Err(status) = done {
            self.session.answer(ticket, &Session::answer_to(header.command), status);
        }
    }

    fn submit(&mut self, ticket: Ticket, asked: u32, message: &Message<'_>) -> Result<(), Status> {
        let text = text_of(message)?;
        let fate = self.fate(&message.destination);
        match &fate.answer {
            None => self.session.ignore(ticket),
            Some(Err(status)) => return Err(*status),
            Some(Ok(id)) => {
                let is_data = asked == command::DATA_SM;
                let id = id.as_bytes();
                let answer = if is_data { Pdu::DataResp(id) } else { Pdu::SubmitResp(id) };
                self.session.answer(ticket, &answer, Status::OK);
                self.take(message, &text, &[(OwnAddress::of(&message.destination), fate.clone())]);
            }
        }
        Ok(())
    }

    /// To each as to one alone, all under the name of the first; where one is never answered
    /// the command is not, and nobody has the text.
    fn submit_multi(&mut self, ticket: Ticket, multi: &Multi<'_>) -> Result<(), Status> {
        let text = text_of(&multi.message)?;
        let (mut taken, mut refused, mut is_silent) = (Vec::new(), Vec::new(), false);
        for destination in multi.destinations.all() {
            let address = match destination {
                Ok(address) => address,
                Err(list) => {
                    refused.push((Address { ton: 0, npi: 0, digits: list }, Status::LIST_NAME));
                    continue;
                }
            };
            let fate = self.fate(&address);
            match &fate.answer {
                None => is_silent = true,
                Some(Err(status)) => refused.push((address, *status)),
                Some(Ok(_)) => taken.push((OwnAddress::of(&address), fate)),
            }
        }
        if is_silent {
            self.session.ignore(ticket);
            return Ok(());
        }
        let Some(name) = taken.first().and_then(|(_, fate)| name_of(fate)) else {
            return Err(refused.first().map_or(Status::DESTINATIONS, |(_, status)| *status));
        };
        let refused: Vec<Unsuccessful<'_>> = refused
            .into_iter()
            .map(|(destination, status)| Unsuccessful { destination, status })
            .collect();
        self.session.answer_multi(ticket, name.as_bytes(), &refused);
        self.take(&multi.message, &text, &taken);
        Ok(())
    }

    fn fate(&self, destination: &Address<'_>) -> Fate {
        self.shared.script().next(&String::from_utf8_lossy(destination.digits))
    }

    /// What comes of a text that was taken, later.
    fn take(&self, message: &Message<'_>, text: &str, to: &[(OwnAddress, Fate)]) {
        let Some(name) = to.first().and_then(|(_, fate)| name_of(fate)) else { return };
        let taken = to.iter().map(|(destination, fate)| {
            (Taken::new(message, destination.clone(), text, fate), fate.after)
        });
        self.shared.take(&self.system_id, name, taken.collect());
    }

    fn named(&self, message_id: &[u8], source: &Address<'_>) -> (String, Vec<Taken>) {
        let name = String::from_utf8_lossy(message_id).into_owned();
        let found = self.shared.known(&self.system_id, |known| known.named(&name, source.digits));
        (name, found)
    }

    /// Of a text to many, what became of the one that is least far.
    fn query(&mut self, ticket: Ticket, query: &Query<'_>) -> Result<(), Status> {
        let (_, found) = self.named(query.message_id, &query.source);
        let fates = found.iter().map(Taken::fate);
        let (state, done) =
            fates.min_by_key(|(state, _)| state.is_final()).ok_or(Status::QUERY_FAILED)?;
        let final_date = done.map(|done| validity::print(done.0)).unwrap_or_default();
        let (message_id, final_date) = (query.message_id, final_date.as_bytes());
        let answer = QueryResp { message_id, final_date, state: state as u8, error: 0 };
        self.session.answer(ticket, &Pdu::QueryResp(answer), Status::OK);
        Ok(())
    }

    /// Of all that are meant those that have not come to their end.
    fn cancel(&mut self, ticket: Ticket, cancel: &Cancel<'_>) -> Result<(), Status> {
        let found = if cancel.message_id.is_empty() {
            let (source, destination) = (cancel.source.digits, cancel.destination.digits);
            self.shared.known(&self.system_id, |known| known.between(source, destination))
        } else {
            let (name, found) = self.named(cancel.message_id, &cancel.source);
            found.into_iter().map(|text| (name.clone(), text)).collect()
        };
        let cancelled: Vec<_> = found.iter().filter_map(|(name, text)| text.cancel(name)).collect();
        if cancelled.is_empty() {
            return Err(Status::CANCEL_FAILED);
        }
        self.session.answer(ticket, &Pdu::CancelResp, Status::OK);
        for message in cancelled.into_iter().flatten() {
            self.shared.hand(&self.system_id, message);
        }
        Ok(())
    }

    fn replace(&mut self, ticket: Ticket, replace: &Replace<'_>) -> Result<(), Status> {
        let (text, tlvs) = (replace.text, replace.tlvs);
        let text = text_of(&Message { text, tlvs, ..Message::default() })?;
        match self.named(replace.message_id, &replace.source).1.as_slice() {
            [one] if one.replace(text, replace.registered_delivery) => {
                self.session.answer(ticket, &Pdu::ReplaceResp, Status::OK);
                Ok(())
            }
            _ => Err(Status::REPLACE_FAILED),
        }
    }
}

fn as_message<'a>(data: &Data<'a>) -> Message<'a> {
    let Data { source, destination, esm_class, registered_delivery, data_coding, tlvs, .. } = *data;
    Message {
        source,
        destination,
        esm_class,
        registered_delivery,
        data_coding,
        tlvs,
        ..Message::default()
    }
}

fn text_of(message: &Message<'_>) -> Result<String, Status> {
    let carried = carried(message.esm_class, message.text, message.tlvs)?;
    let coding = Coding::of(message.data_coding, Charset::Gsm).ok_or(Status::SUBMIT_FAILED)?;
    Ok(coding.read(carried.bytes).text)
}

fn name_of(fate: &Fate) -> Option<&str> {
    fate.answer.as_ref()?.as_ref().ok().map(String::as_str)
}
