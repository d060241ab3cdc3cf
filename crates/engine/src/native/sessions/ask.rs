//! What clients want to know.
//!
//! Where a message is, this server says as far as it knows; if another server has taken it
//! over, that one is asked as well, and what it answers is told later.

use super::TrunkId;
use crate::Time;
use crate::deadlines::durations;
use crate::engine::Engine;
use crate::limits::ASKED_MAX;
use crate::native::{About, MessageState, Station};
use crate::output::{Handed, Output};
use postrider_proto::native::{Ask, MessageId, ServerId, ServerKey, Trace, Traced, Unknown};
use std::time::Duration;

/// A question that was handed on.
#[derive(Debug)]
pub(super) struct Asked {
    id: MessageId,
    /// The link to whoever asked.
    asker: TrunkId,
    /// The trunk to the server that was asked.
    of: TrunkId,
    at: Time,
}

impl Engine {
    /// A client asks something of the directory, or where its message is; a server, where one
    /// is that it has handed over.
    pub(crate) fn hear_ask(&mut self, id: TrunkId, item: u64, ask: Ask) {
        self.output(Output::Took { trunk: id, item });
        let is_server = self.native.trunks.peer(id).is_some();
        match ask {
            Ask::Message(message) if is_server || self.is_its_own(id, message) => {
                self.answer_trace(id, message);
            }
            _ if is_server || !self.native.sessions.has(id) => {}
            _ => self.answer_ask(id, ask),
        }
    }

    fn is_its_own(&self, id: TrunkId, message: MessageId) -> bool {
        self.native.sessions.number_of(id) == Some(message.from)
    }

    fn answer_ask(&mut self, id: TrunkId, ask: Ask) {
        let what = match ask {
            Ask::Number(number) => self.native.rows.number(number).and_then(|known| {
                self.row_of(known.station, About::Number(number), known.sequence)
            }),
            Ask::Server(server) => self.native.stations.find_id(server).and_then(|station| {
                let sequence = self.native.rows.latest(station, About::Server)?;
                self.row_of(station, About::Server, sequence)
            }),
            Ask::Message(_) => None,
        };
        let what = what.unwrap_or(Handed::Unknown(Unknown(ask)));
        self.output(Output::Hand { trunk: id, tag: 0, what });
    }

    /// A row that counts, as it is handed to whoever asks for it alone.
    fn row_of(&self, station: Station, about: About, sequence: u64) -> Option<Handed> {
        let (_, place) = self.native.rows.written(station, sequence)?;
        let row = self.row_at(station, about, place)?;
        Some(Handed::Row { after: sequence - 1, sequence, row })
    }

    fn answer_trace(&mut self, asker: TrunkId, id: MessageId) {
        let Some(trace) = self.trace_of(id) else { return };
        self.output(Output::Hand { trunk: asker, tag: 0, what: Handed::Trace(trace) });
        if let Traced::HandedOn(server) = trace.whereabouts {
            self.ask_on(asker, id, server);
        }
    }

    /// The server that has taken the message over may know more. A question that is under
    /// way already is not handed on once more, so that none goes round.
    fn ask_on(&mut self, asker: TrunkId, id: MessageId, server: ServerId) {
        let station = self.native.stations.find_id(server);
        let Some(of) = station.and_then(|station| self.native.trunks.to(station)) else { return };
        let now = self.now;
        let asked = &mut self.native.sessions.asked;
        asked.retain(|asked| now.since(asked.at) < durations::ASKED);
        let is_asked = asked.iter().any(|asked| asked.id == id);
        if of == asker || is_asked || asked.len() >= ASKED_MAX {
            return;
        }
        asked.push_back(Asked { id, asker, of, at: now });
        self.output(Output::Hand { trunk: of, tag: 0, what: Handed::Ask(Ask::Message(id)) });
    }

    /// Another server knows where a message is; whoever asked is told.
    pub(crate) fn hear_trace(&mut self, from: TrunkId, item: u64, trace: Trace) {
        self.output(Output::Took { trunk: from, item });
        let asked = &mut self.native.sessions.asked;
        let found = asked.iter().position(|asked| asked.of == from && asked.id == trace.id);
        let Some(found) = found else { return };
        let asker = asked[found].asker;
        if !matches!(trace.whereabouts, Traced::HandedOn(_)) {
            asked.remove(found);
        }
        // It has forgotten what this one remembers.
        if trace.whereabouts != Traced::Unknown && self.has_trunk(asker) {
            self.output(Output::Hand { trunk: asker, tag: 0, what: Handed::Trace(trace) });
        }
    }

    fn trace_of(&self, id: MessageId) -> Option<Trace> {
        let at = self.native.config?.key.id();
        let waiting = self.mail.find(id).and_then(|kept| Some((kept, self.mail.get(id.to, kept)?)));
        let state = match waiting {
            Some((kept, message)) => Some(self.state_of(id.to, kept, message)),
            None => self.remembers_handed_on(id),
        };
        let (whereabouts, since) = match state {
            Some(MessageState::InMailbox { kept, .. } | MessageState::InLine { kept, .. }) => {
                (Traced::InMailbox, kept)
            }
            Some(MessageState::Unclaimed { kept }) => (Traced::Unclaimed, kept),
            Some(MessageState::Queued { kept, home, next, is_up, .. }) => {
                (queued(home, next, is_up), kept)
            }
            Some(MessageState::HandedOn { to, ago }) => (Traced::HandedOn(to.id()), ago),
            Some(MessageState::Ended(_)) | None => (Traced::Unknown, Duration::ZERO),
        };
        let since_s = u32::try_from(since.as_secs()).unwrap_or(u32::MAX);
        Some(Trace { id, at, whereabouts, since_s })
    }
}

fn queued(home: ServerKey, next: Option<ServerKey>, is_up: bool) -> Traced {
    match next {
        None => Traced::NoWay(home.id()),
        Some(next) if is_up => Traced::HandedTo(next.id()),
        Some(next) => Traced::WaitsFor(next.id()),
    }
}
