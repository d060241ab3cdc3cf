//! What was asked of the server, and who waits for the answer.

use super::ClientError;
use super::driver::Driver;
use crate::profile::KnownNumber;
use crate::{Entry, EntryId, Lookup, ProfileError};
use postrider_proto::Number;
use postrider_proto::native::{Ask, MessageId, ServerId};
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::oneshot;

type TraceReply = oneshot::Sender<Result<Entry, ClientError>>;

/// What was asked in this session. All of it is forgotten when the session ends; who waits for
/// an answer then hears that there is none.
#[derive(Default)]
pub(super) struct Asked {
    /// Numbers of which the answer has not come.
    pub(super) numbers: BTreeSet<Number>,
    /// What was answered.
    pub(super) known: BTreeMap<Number, KnownNumber>,
    pub(super) servers: BTreeSet<ServerId>,
    pub(super) lookups: BTreeMap<Number, Vec<oneshot::Sender<Lookup>>>,
    traces: Vec<TraceAsked>,
}

/// A text of which somebody wants to know where it is.
struct TraceAsked {
    entry: EntryId,
    left: BTreeSet<MessageId>,
    reply: TraceReply,
}

impl Driver {
    /// Asks for a number, unless the answer is under way.
    pub(super) fn ask_number(&mut self, number: Number) {
        let now = self.now();
        if !self.asked.numbers.contains(&number) && self.session.ask(now, Ask::Number(number)) {
            self.asked.numbers.insert(number);
        }
    }

    /// Asks for what a server calls itself, once in a session.
    pub(super) fn ask_server(&mut self, server: ServerId) {
        let now = self.now();
        if !self.asked.servers.contains(&server) && self.session.ask(now, Ask::Server(server)) {
            self.asked.servers.insert(server);
        }
    }

    pub(super) fn look_up(&mut self, number: Number, reply: oneshot::Sender<Lookup>) {
        if self.session.is_attached() {
            self.ask_number(number);
            self.asked.lookups.entry(number).or_default().push(reply);
        }
    }

    pub(super) fn trace(&mut self, entry: EntryId, reply: TraceReply) {
        let messages = match self.profile.messages_of(entry) {
            Ok(messages) => messages,
            Err(why) => {
                let _ = reply.send(Err(why.into()));
                return;
            }
        };
        let now = self.now();
        let left: BTreeSet<MessageId> = messages.into_iter().collect();
        if left.iter().all(|id| self.session.ask(now, Ask::Message(*id))) {
            self.asked.traces.push(TraceAsked { entry, left, reply });
            self.reply_to_traces();
        }
    }

    /// The answer about one of a text's messages has come.
    pub(super) fn note_trace(&mut self, id: MessageId) {
        for asked in &mut self.asked.traces {
            asked.left.remove(&id);
        }
    }

    /// Who waits for a trace of which nothing is left to come gets the text.
    pub(super) fn reply_to_traces(&mut self) {
        let all = std::mem::take(&mut self.asked.traces);
        let (done, open) = all.into_iter().partition(|asked| asked.left.is_empty());
        self.asked.traces = open;
        let done: Vec<TraceAsked> = done;
        for TraceAsked { entry, reply, .. } in done {
            let found = self.profile.history().entry(entry);
            let found = found.and_then(|found| found.ok_or(ProfileError::NoEntry));
            let _ = reply.send(found.map_err(ClientError::from));
        }
    }
}
