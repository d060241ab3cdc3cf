//! *Lists* go to both neighbours whenever a client says `handshake` or is added, and
//! whenever a list held a pair that was new, never otherwise; each is the whole list.
//! After ten within a second, news from other servers is passed on fifty milliseconds
//! after the last, not later. Nothing is excused: what comes while a turn is under way
//! is answered in the next.

use super::Turn;
use super::state::State;
use crate::options::Options;
use crate::report::{Promise, Verdict};
use postrider_engine::limits::LISTS_AT_ONCE;
use postrider_engine::{Output, Time, Write, durations};
use postrider_proto::classic::{Request, ServerIndex};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// The lists of every server.
#[derive(Debug, Default)]
pub(crate) struct Lists(BTreeMap<ServerIndex, Told>);

/// What a server has told lately.
#[derive(Debug, Default)]
struct Told {
    /// When the last ten lists left.
    lately: VecDeque<Time>,
    /// Since when there is news that it has not passed on.
    news_since: Option<Time>,
}

/// Why a turn may have to end with the list.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reasons {
    /// An own client has said `handshake` or was added.
    pub(crate) asked: bool,
    /// Another server has said something new.
    pub(crate) news: bool,
}

impl Reasons {
    pub(crate) fn of(turn: &Turn<'_>) -> Reasons {
        let asked = turn.outputs.iter().any(|output| is_handshake_done(turn, output));
        Reasons { asked, news: false }
    }

    /// Notes a write that is news to the server.
    pub(crate) fn add(&mut self, me: ServerIndex, write: &Write<'_>, before: &State) {
        match *write {
            Write::Home { client, server } if before.homes.get(&client) != Some(&server) => {
                self.asked |= server == me;
                self.news |= server != me;
            }
            _ => {}
        }
    }
}

impl Lists {
    pub(crate) fn restarted(&mut self, server: ServerIndex) {
        self.0.remove(&server);
    }

    pub(crate) fn turn(
        &mut self,
        turn: &Turn<'_>,
        reasons: Reasons,
        options: &Options,
        after: &State,
    ) -> Verdict {
        let told = self.0.entry(turn.server).or_default();
        if reasons.news {
            told.news_since.get_or_insert(turn.now);
        }
        let wait = told.wait_until(turn.now);
        let wanted = reasons.asked || (told.news_since.is_some() && wait.is_none());
        if wanted {
            let late = told.is_late(turn.now, options.flush);
            told.tell(turn.now);
            if late {
                return Promise::Lists.broken(format!("{:?} told its list late", turn.server));
            }
        }
        check(turn, wanted, options.servers, after)
    }
}

impl Told {
    /// Until when news has to wait, if it has to.
    fn wait_until(&self, now: Time) -> Option<Time> {
        let many = self.lately.len() == LISTS_AT_ONCE
            && self.lately.front().is_some_and(|at| now.since(*at) < durations::LISTS_BUSY);
        let until = self.lately.back().map(|last| *last + durations::NEWS_WAIT);
        until.filter(|until| many && now < *until)
    }

    /// Whether news has waited for longer than it has to, or for a flush.
    fn is_late(&self, now: Time, flush: Duration) -> bool {
        let longest = durations::NEWS_WAIT + flush + GRACE;
        self.news_since.is_some_and(|since| now.since(since) > longest)
    }

    fn tell(&mut self, now: Time) {
        self.news_since = None;
        if self.lately.len() == LISTS_AT_ONCE {
            self.lately.pop_front();
        }
        self.lately.push_back(now);
    }
}

const GRACE: Duration = Duration::from_millis(1);

fn is_handshake_done(turn: &Turn<'_>, output: &Output) -> bool {
    let Output::Done { reply, .. } = output else { return false };
    let asked = turn.inputs.get(reply.0 as usize).map(|seen| seen.input);
    matches!(
        asked,
        Some(postrider_engine::Input::Request { request: Request::Handshake { .. }, .. })
    )
}

/// Whether both neighbours were told, if that was wanted, and all that is known.
fn check(turn: &Turn<'_>, wanted: bool, servers: u8, after: &State) -> Verdict {
    let all: Vec<_> = after.homes.iter().map(|(client, home)| (*client, *home)).collect();
    let mut told = Vec::new();
    for output in turn.outputs {
        let Output::List { server, pairs } = output else { continue };
        if turn.pairs[pairs.clone()] != all {
            let what = format!("{:?} tells {server:?} another list than its own", turn.server);
            return Promise::Lists.broken(what);
        }
        told.push(*server);
    }
    let expected = if wanted { neighbours(turn.server, servers) } else { Vec::new() };
    if told == expected {
        return Ok(());
    }
    let what = format!("{:?} told its list to {told:?} where wanted is {wanted}", turn.server);
    Promise::Lists.broken(what)
}

/// Every neighbour once, in the line's order.
fn neighbours(me: ServerIndex, servers: u8) -> Vec<ServerIndex> {
    let places = [me.value() - 1, me.value() + 1];
    let real = places.into_iter().filter(|place| *place <= servers);
    real.filter_map(ServerIndex::from_value).collect()
}
