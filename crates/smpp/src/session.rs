//! One connection, without sockets or a clock.
//!
//! ```text
//!   bytes ─► hear ─► events: a bind, commands, what became of a deliver_sm
//!   bind_taken, answer, deliver ─► bytes to be sent (`take_output`)
//!   the time comes in with each call; `deadline` says when to call `wake`
//! ```

mod event;
mod open;
mod rules;

pub use event::{Event, Timers, Why};
pub use open::Ticket;

use crate::codec::{
    BindResp, Frame, Header, Message, Mode, OwnTlvs, Pdu, Status, Unsuccessful, command, frame,
    parse, print, print_multi, tag,
};
use crate::limits::{PDU_BYTES_MAX, PDU_BYTES_UNBOUND_MAX};
use open::Open;
use rules::{answer_of, is_allowed};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// Who is asked for decides.
    Binding(Mode, u32, bool),
    Bound(Mode),
    Ended,
}

/// What the client was asked.
#[derive(Clone, Copy, Debug)]
enum Asked {
    Deliver(u64),
    Enquire,
    Unbind,
}

/// One connection.
#[derive(Debug)]
pub struct Session {
    timers: Timers,
    state: State,
    input: Vec<u8>,
    output: Vec<u8>,
    events: VecDeque<Event>,
    /// What was asked, and until when it is waited for.
    asked: BTreeMap<u32, (Asked, Duration)>,
    sequence: u32,
    open: Open,
    window: usize,
    /// The sequence number of an unbind, until all commands before it are answered.
    unbinding: Option<u32>,
    opened: Duration,
    heard: Duration,
    active: Duration,
}

impl Session {
    /// A connection that begins at this moment, by whatever clock the other calls go.
    pub fn new(now: Duration, timers: Timers) -> Session {
        Session {
            timers,
            state: State::Open,
            input: Vec::new(),
            output: Vec::new(),
            events: VecDeque::new(),
            asked: BTreeMap::new(),
            sequence: 0,
            open: Open::default(),
            window: 1,
            unbinding: None,
            opened: now,
            heard: now,
            active: now,
        }
    }

    /// Bytes come.
    pub fn hear(&mut self, now: Duration, bytes: &[u8]) {
        if self.state == State::Ended {
            return;
        }
        self.heard = now;
        let mut input = std::mem::take(&mut self.input);
        input.extend_from_slice(bytes);
        let mut at = 0;
        while self.state != State::Ended {
            let most = if self.mode().is_some() { PDU_BYTES_MAX } else { PDU_BYTES_UNBOUND_MAX };
            match frame(&input[at..], most) {
                Frame::Whole { header, body, length } => {
                    self.hear_pdu(now, header, body);
                    at += length;
                }
                Frame::Part => break,
                Frame::Broken { sequence } => {
                    let nack = Pdu::GenericNack;
                    print(&nack, Status::COMMAND_LENGTH, sequence.unwrap_or(0), &mut self.output);
                    self.end(Why::Garbled);
                }
            }
        }
        input.drain(..at);
        // An idle connection keeps no room.
        self.input = if input.is_empty() { Vec::new() } else { input };
    }

    fn hear_pdu(&mut self, now: Duration, header: Header, body: &[u8]) {
        if header.command & command::RESP != 0 {
            return self.hear_answer(&header);
        }
        self.active = now;
        let pdu = match parse(&header, body) {
            Ok(pdu) => pdu,
            Err(status) => return self.say_no(&header, status),
        };
        if let Err(status) = is_allowed(&pdu, self.mode()) {
            return self.say_no(&header, status);
        }
        match pdu {
            Pdu::Bind(bind) => {
                if self.state != State::Open {
                    return self.say_no(&header, Status::ALREADY_BOUND);
                }
                let knows_fields = bind.interface_version >= VERSION;
                self.state = State::Binding(bind.mode, header.sequence, knows_fields);
                let (system_id, password) = (bind.system_id.to_vec(), bind.password.to_vec());
                self.events.push_back(Event::Bind { system_id, password, mode: bind.mode });
            }
            Pdu::EnquireLink => {
                print(&Pdu::EnquireLinkResp, Status::OK, header.sequence, &mut self.output);
            }
            Pdu::Unbind => {
                self.unbinding = Some(header.sequence);
                self.unbind_if_answered();
            }
            _ if self.unbinding.is_some() => self.say_no(&header, Status::BIND_STATE),
            _ if self.open.len() >= self.window => self.say_no(&header, Status::THROTTLED),
            _ => {
                let ticket = self.open.enter(header.sequence);
                self.events.push_back(Event::Command { ticket, header, body: body.to_vec() });
            }
        }
    }

    fn hear_answer(&mut self, header: &Header) {
        let fits = self.asked.get(&header.sequence).is_some_and(|(asked, _)| {
            let question = match asked {
                Asked::Deliver(_) => command::DELIVER_SM,
                Asked::Enquire => command::ENQUIRE_LINK,
                Asked::Unbind => command::UNBIND,
            };
            [question | command::RESP, command::GENERIC_NACK].contains(&header.command)
        });
        if !fits {
            return;
        }
        match self.asked.remove(&header.sequence) {
            Some((Asked::Deliver(tag), _)) => {
                let is_nack = header.command == command::GENERIC_NACK;
                // A nack that says that all is well says nothing.
                let status = match Status(header.status) {
                    Status::OK if is_nack => Status::SYSTEM,
                    status => status,
                };
                self.events.push_back(Event::Answered { tag, status });
            }
            Some((Asked::Unbind, _)) => self.end(Why::Told),
            Some((Asked::Enquire, _)) | None => {}
        }
    }

    fn say_no(&mut self, header: &Header, status: Status) {
        let mut answer = Vec::new();
        print(&answer_of(header.command), status, header.sequence, &mut answer);
        // More than the window has do not wait in it.
        if self.open.has(header.sequence) && self.open.len() < self.window {
            self.open.follow(header.sequence, answer);
        } else {
            self.output.extend_from_slice(&answer);
        }
    }

    /// The client is bound, and may have this many commands unanswered.
    pub fn bind_taken(&mut self, now: Duration, system_id: &[u8], window: usize) {
        let State::Binding(mode, sequence, knows_fields) = self.state else { return };
        let version = OwnTlvs::of(&[(tag::SC_INTERFACE_VERSION, &[VERSION])]);
        let tlvs = if knows_fields { version.tlvs() } else { Default::default() };
        let answer = Pdu::BindResp(BindResp { mode, system_id, tlvs });
        print(&answer, Status::OK, sequence, &mut self.output);
        self.state = State::Bound(mode);
        self.window = window.max(1);
        self.active = now;
    }

    /// The client is not bound, and the session ends.
    pub fn bind_refused(&mut self, status: Status) {
        if let State::Binding(mode, sequence, _) = self.state {
            let header = BindResp { mode, system_id: &[], tlvs: Default::default() };
            print(&Pdu::BindResp(header), status, sequence, &mut self.output);
            self.end(Why::NotBound);
        }
    }

    /// Answers a command, after those of the same sequence number that came before it.
    pub fn answer(&mut self, ticket: Ticket, answer: &Pdu<'_>, status: Status) {
        let Some(sequence) = self.open.sequence(ticket) else { return };
        let mut bytes = Vec::new();
        print(answer, status, sequence, &mut bytes);
        self.say(ticket, bytes);
    }

    /// Answers a `submit_multi` that was taken, but for those recipients.
    pub fn answer_multi(&mut self, ticket: Ticket, message_id: &[u8], not: &[Unsuccessful<'_>]) {
        let Some(sequence) = self.open.sequence(ticket) else { return };
        let mut bytes = Vec::new();
        print_multi(message_id, not, sequence, &mut bytes);
        self.say(ticket, bytes);
    }

    /// Leaves a command without an answer, and waits for none.
    pub fn ignore(&mut self, ticket: Ticket) {
        self.say(ticket, Vec::new());
    }

    fn say(&mut self, ticket: Ticket, answer: Vec<u8>) {
        if self.state != State::Ended && self.open.answer(ticket, answer, &mut self.output) {
            self.unbind_if_answered();
        }
    }

    /// Hands the client a text or a receipt; what becomes of it is told under the tag. False if
    /// it is not bound to receive.
    pub fn deliver(&mut self, now: Duration, tag: u64, message: &Message<'_>) -> bool {
        let may = self.mode().is_some_and(Mode::receives) && self.unbinding.is_none();
        if may {
            self.ask(now, &Pdu::Deliver(*message), Asked::Deliver(tag));
        }
        may
    }

    /// Ends the session in an orderly way; one where nobody is bound, at once.
    pub fn unbind(&mut self, now: Duration) {
        match self.state {
            State::Bound(_) => self.ask(now, &Pdu::Unbind, Asked::Unbind),
            State::Ended => {}
            _ => self.end(Why::Told),
        }
    }

    fn ask(&mut self, now: Duration, pdu: &Pdu<'_>, asked: Asked) {
        // From 1 to 2^31 - 1, and round.
        self.sequence = self.sequence % 0x7fff_ffff + 1;
        print(pdu, Status::OK, self.sequence, &mut self.output);
        self.asked.insert(self.sequence, (asked, now + self.timers.response));
    }

    fn unbind_if_answered(&mut self) {
        if let Some(sequence) = self.unbinding
            && self.open.is_empty()
        {
            print(&Pdu::UnbindResp, Status::OK, sequence, &mut self.output);
            self.end(Why::Unbound);
        }
    }

    fn end(&mut self, why: Why) {
        if self.state != State::Ended {
            self.state = State::Ended;
            self.events.push_back(Event::Ended(why));
        }
    }

    /// What happened next.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// What is to be sent.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// What the client is bound for.
    pub fn mode(&self) -> Option<Mode> {
        match self.state {
            State::Bound(mode) => Some(mode),
            _ => None,
        }
    }

    /// What a client wants to be bound for, that was not answered yet.
    pub fn asked_mode(&self) -> Option<Mode> {
        match self.state {
            State::Binding(mode, ..) => Some(mode),
            _ => None,
        }
    }

    /// What answers a command, where there is nothing to be said but its status.
    pub fn answer_to(command: u32) -> Pdu<'static> {
        answer_of(command)
    }

    /// Commands that wait for an answer.
    pub fn open(&self) -> usize {
        self.open.len()
    }

    /// When [`Session::wake`] is to be called, if nothing happens before.
    pub fn deadline(&self) -> Duration {
        let answer = self.asked.values().map(|(_, until)| *until).min();
        let inactive = self.timers.inactivity.map(|inactivity| self.active + inactivity);
        let own = match self.state {
            State::Bound(_) => {
                let enquire = (!self.is_enquiring()).then(|| self.heard + self.timers.enquire);
                enquire.into_iter().chain(inactive).min()
            }
            _ => Some(self.opened + self.timers.bind),
        };
        answer.into_iter().chain(own).min().unwrap_or(Duration::MAX)
    }

    fn is_enquiring(&self) -> bool {
        self.asked.values().any(|(asked, _)| matches!(asked, Asked::Enquire | Asked::Unbind))
    }

    /// Does what is due.
    pub fn wake(&mut self, now: Duration) {
        if self.state == State::Ended {
            return;
        }
        let Some(_) = self.mode() else {
            if now >= self.opened + self.timers.bind {
                self.end(Why::NotBound);
            }
            return;
        };
        let late: Vec<u32> =
            self.asked.iter().filter(|(_, (_, until))| *until <= now).map(|(at, _)| *at).collect();
        for sequence in late {
            match self.asked.remove(&sequence) {
                Some((Asked::Deliver(tag), _)) => {
                    self.events.push_back(Event::Unanswered { tag });
                }
                // Whoever says something else is there.
                Some((Asked::Enquire, until)) if self.heard + self.timers.response > until => {}
                Some((Asked::Enquire, _)) => return self.end(Why::Silent),
                Some((Asked::Unbind, _)) => return self.end(Why::Told),
                None => {}
            }
        }
        if self.timers.inactivity.is_some_and(|inactivity| now >= self.active + inactivity)
            && self.open.is_empty()
        {
            // It is told by the unbind, and has the time of an answer.
            self.active = now;
            return self.unbind(now);
        }
        if now >= self.heard + self.timers.enquire && !self.is_enquiring() {
            self.ask(now, &Pdu::EnquireLink, Asked::Enquire);
        }
    }
}

/// 3.4.
const VERSION: u8 = 0x34;

#[cfg(test)]
mod tests;
