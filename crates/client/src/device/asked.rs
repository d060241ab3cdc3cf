//! What was asked of the server, and who waits for the answer.

use super::{Device, Moment, Token, Told};
use crate::durations::NOBODY_FOR;
use crate::limits::KNOWN_MAX;
use crate::profile::KnownNumber;
use crate::{EntryId, ProfileError};
use postrider_link::Time;
use postrider_proto::Number;
use postrider_proto::native::{Ask, MessageId, ServerId};
use std::collections::{BTreeMap, BTreeSet};

/// What was asked in this session. All of it is forgotten when the session ends; who waits for
/// an answer then hears that there is none.
#[derive(Default)]
pub(super) struct Asked {
    /// Numbers of which the answer has not come.
    pub(super) numbers: BTreeSet<Number>,
    /// What was answered, and when.
    known: BTreeMap<Number, (KnownNumber, Time)>,
    pub(super) servers: BTreeSet<ServerId>,
    pub(super) lookups: BTreeMap<Number, Vec<Token>>,
    traces: Vec<TraceAsked>,
}

/// A text of which somebody wants to know where it is.
struct TraceAsked {
    entry: EntryId,
    left: BTreeSet<MessageId>,
    token: Token,
}

impl Asked {
    pub(super) fn know(&mut self, number: Number, known: KnownNumber, now: Time) {
        if self.known.len() >= KNOWN_MAX {
            self.known.clear();
        }
        self.known.insert(number, (known, now));
    }

    /// What is known of a number. One that nobody had may have an owner by now.
    pub(super) fn known(&self, number: Number, now: Time) -> Option<KnownNumber> {
        let (known, at) = *self.known.get(&number)?;
        (known.is_known || now < at + NOBODY_FOR).then_some(known)
    }

    /// The questions that are open.
    pub(super) fn tokens(self) -> impl Iterator<Item = Token> {
        let traces = self.traces.into_iter().map(|asked| asked.token);
        self.lookups.into_values().flatten().chain(traces)
    }
}

impl Device {
    /// Asks for a number, unless the answer is under way.
    pub(super) fn ask_number(&mut self, number: Number) {
        let now = self.now.time;
        if !self.asked.numbers.contains(&number) && self.session.ask(now, Ask::Number(number)) {
            self.asked.numbers.insert(number);
        }
    }

    /// Asks for what a server calls itself, once in a session.
    pub(super) fn ask_server(&mut self, server: ServerId) {
        let now = self.now.time;
        if !self.asked.servers.contains(&server) && self.session.ask(now, Ask::Server(server)) {
            self.asked.servers.insert(server);
        }
    }

    /// Asks the server what the directory says of a number; [`Told::Found`] has the answer.
    pub fn look_up(&mut self, now: Moment, number: Number, token: Token) {
        self.now = now;
        if self.session.is_attached() {
            self.ask_number(number);
            self.asked.lookups.entry(number).or_default().push(token);
        } else {
            self.told.push_back(Told::Unanswered(token));
        }
    }

    /// Asks the server where a text is, and keeps the answer as its state if nothing better is
    /// known; [`Told::Traced`] has it.
    pub fn trace(&mut self, now: Moment, entry: EntryId, token: Token) {
        self.now = now;
        let messages = match self.profile.messages_of(entry) {
            Ok(messages) => messages,
            Err(why) => return self.told.push_back(Told::Traced { token, traced: Err(why) }),
        };
        let left: BTreeSet<MessageId> = messages.into_iter().collect();
        if left.iter().all(|id| self.session.ask(now.time, Ask::Message(*id))) {
            self.asked.traces.push(TraceAsked { entry, left, token });
            self.reply_to_traces();
        } else {
            self.told.push_back(Told::Unanswered(token));
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
        for TraceAsked { entry, token, .. } in done {
            let found = self.profile.history().entry(entry);
            let traced = found.and_then(|found| found.ok_or(ProfileError::NoEntry));
            self.told.push_back(Told::Traced { token, traced });
        }
    }
}
