//! Who in the program waits for an answer.

use super::ClientError;
use crate::{Entry, Lookup, ProfileError, Token};
use std::collections::BTreeMap;
use tokio::sync::oneshot;

pub(super) type TraceReply = oneshot::Sender<Result<Entry, ClientError>>;
pub(super) type LookupReply = oneshot::Sender<Lookup>;

/// Those who wait, by their questions. Who is forgotten hears that there is no answer.
#[derive(Default)]
pub(super) struct Replies {
    asked: u64,
    traces: BTreeMap<Token, TraceReply>,
    lookups: BTreeMap<Token, LookupReply>,
}

impl Replies {
    pub(super) fn wait_for_trace(&mut self, reply: TraceReply) -> Token {
        let token = self.next();
        self.traces.insert(token, reply);
        token
    }

    pub(super) fn wait_for_lookup(&mut self, reply: LookupReply) -> Token {
        let token = self.next();
        self.lookups.insert(token, reply);
        token
    }

    pub(super) fn traced(&mut self, token: Token, traced: Result<Entry, ProfileError>) {
        if let Some(reply) = self.traces.remove(&token) {
            let _ = reply.send(traced.map_err(ClientError::from));
        }
    }

    pub(super) fn found(&mut self, token: Token, lookup: Lookup) {
        if let Some(reply) = self.lookups.remove(&token) {
            let _ = reply.send(lookup);
        }
    }

    pub(super) fn forget(&mut self, token: Token) {
        self.traces.remove(&token);
        self.lookups.remove(&token);
    }

    fn next(&mut self) -> Token {
        self.asked += 1;
        Token(self.asked)
    }
}
