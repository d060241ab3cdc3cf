//! Sharing the own list with both neighbours.
//!
//! A list goes out whole, in one turn where it fits and in parts where it does
//! not. What asks for another one meanwhile is answered by one more, after it.
//!
//! Lists that overtake each other are news again, both of them. So that they do not
//! bring forth more and more, what other servers say waits a moment for more of it
//! once there have been many lists within a second.

use crate::deadlines::{Timer, durations};
use crate::engine::Engine;
use crate::limits::{LIST_PAIRS_PER_TURN, LISTS_AT_ONCE};
use crate::{Output, Time};
use postrider_proto::Number;
use postrider_proto::classic::ServerIndex;
use std::collections::VecDeque;

/// How far the own list has been shared.
#[derive(Debug, Default)]
pub(crate) struct Sharing {
    /// An own client has asked for the list to be shared.
    wanted: bool,
    /// Another server has: its list held something new.
    news: bool,
    /// When the last [`LISTS_AT_ONCE`] began.
    began: VecDeque<Time>,
    /// Where the next part of a list that is under way begins.
    next: Option<Number>,
}

impl Sharing {
    /// Until when news has to wait, if it has to.
    fn news_wait(&self, now: Time) -> Option<Time> {
        let full = self.began.len() == LISTS_AT_ONCE;
        let busy = self.began.front().is_some_and(|at| now.since(*at) < durations::LISTS_BUSY);
        let until = self.began.back().map(|last| *last + durations::NEWS_WAIT);
        until.filter(|until| full && busy && now < *until)
    }

    fn begin(&mut self, now: Time) {
        (self.wanted, self.news) = (false, false);
        if self.began.len() == LISTS_AT_ONCE {
            self.began.pop_front();
        }
        self.began.push_back(now);
    }
}

impl Engine {
    /// The list is to be shared for an own client, at the end of this turn.
    pub(crate) fn share_list(&mut self) {
        self.sharing.wanted = true;
    }

    /// The list is to be shared for what another server said.
    pub(crate) fn share_news(&mut self) {
        self.sharing.news = true;
    }

    /// Begins the list that was asked for, unless one is under way.
    pub(crate) fn begin_list(&mut self) {
        let Sharing { wanted, news, next, .. } = self.sharing;
        if next.is_some() || !(wanted || news) {
            return;
        }
        let wait = self.sharing.news_wait(self.now);
        match wait {
            Some(until) if !wanted => self.deadlines.set(until, Timer::News),
            _ => {
                if let Some(until) = wait {
                    self.deadlines.clear(until, Timer::News);
                }
                self.sharing.begin(self.now);
                self.share_from(Number::MIN);
            }
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
        let (pairs, next) = self.pairs_from(first, LIST_PAIRS_PER_TURN);
        self.outbox.pairs.extend(pairs);
        self.sharing.next = next;
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
