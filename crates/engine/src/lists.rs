//! Sharing the own list with both neighbours.
//!
//! A list goes out whole, in one turn where it fits and in parts where it does
//! not. What asks for another one meanwhile is answered by one more, after it.

use crate::Output;
use crate::deadlines::{Timer, durations};
use crate::engine::Engine;
use crate::limits::LIST_PAIRS_PER_TURN;
use postrider_proto::Number;
use postrider_proto::classic::ServerIndex;

/// How far the own list has been shared.
#[derive(Debug, Default)]
pub(crate) struct Sharing {
    /// Something has asked for the list to be shared.
    wanted: bool,
    /// Where the next part of a list that is under way begins.
    next: Option<Number>,
}

impl Engine {
    /// The list is to be shared, at the end of this turn.
    pub(crate) fn share_list(&mut self) {
        self.sharing.wanted = true;
    }

    /// Begins the list that was asked for, unless one is under way.
    pub(crate) fn begin_list(&mut self) {
        if self.sharing.wanted && self.sharing.next.is_none() {
            self.sharing.wanted = false;
            self.share_from(Number::MIN);
        }
    }

    /// The next part may go.
    pub(crate) fn continue_list(&mut self) {
        if let Some(next) = self.sharing.next.take() {
            self.share_from(next);
        }
    }

    fn share_from(&mut self, first: Number) {
        let start = self.outbox.pairs.len();
        {
            let mut rest = self.directory.from(first);
            self.outbox.pairs.extend(rest.by_ref().take(LIST_PAIRS_PER_TURN));
            self.sharing.next = rest.next().map(|(client, _)| client);
        }
        let part = start..self.outbox.pairs.len();
        if self.sharing.next.is_some() {
            self.deadlines.set(self.now + durations::LIST_PART, Timer::ListPart);
        }
        for server in self.neighbours() {
            self.output(Output::List { server, pairs: part.clone() });
        }
    }

    fn neighbours(&self) -> impl Iterator<Item = ServerIndex> + use<> {
        let me = self.config.me.value();
        self.other_servers().filter(move |server| server.value().abs_diff(me) == 1)
    }
}
