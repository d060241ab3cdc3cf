//! What clients want to know.

use super::TrunkId;
use crate::engine::Engine;
use crate::native::{About, MessageState, Station};
use crate::output::{Handed, Output};
use postrider_proto::native::{Ask, MessageId, ServerKey, Trace, Traced, Unknown};
use std::time::Duration;

/// How many of the messages of a pair are looked at for one of them.
const TRACED_MAX: usize = 4_096;

impl Engine {
    /// A client asks something of the directory, or where its message is.
    pub(crate) fn hear_ask(&mut self, id: TrunkId, item: u64, ask: Ask) {
        self.output(Output::Took { trunk: id, item });
        if !self.native.sessions.has(id) {
            return;
        }
        let what = match ask {
            Ask::Number(number) => self.native.rows.number(number).and_then(|known| {
                self.row_of(known.station, About::Number(number), known.sequence)
            }),
            Ask::Server(server) => self.native.stations.find_id(server).and_then(|station| {
                let sequence = self.native.rows.latest(station, About::Server)?;
                self.row_of(station, About::Server, sequence)
            }),
            Ask::Message(message) if self.native.sessions.number_of(id) == Some(message.from) => {
                Some(Handed::Trace(self.trace_of(message)))
            }
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

    fn trace_of(&self, id: MessageId) -> Trace {
        let found = self.trace(id.from, id.to, TRACED_MAX);
        let found = found.into_iter().rev().find(|report| report.id == Some(id));
        let (whereabouts, since) = match found.map(|report| report.state) {
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
        Trace { id, whereabouts, since_s }
    }
}

fn queued(home: ServerKey, next: Option<ServerKey>, is_up: bool) -> Traced {
    match next {
        None => Traced::NoWay(home.id()),
        Some(next) if is_up => Traced::HandedTo(next.id()),
        Some(next) => Traced::WaitsFor(next.id()),
    }
}
