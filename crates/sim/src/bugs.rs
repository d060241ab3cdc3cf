//! Planted bugs: each must be caught by its checker.

use crate::check::Seen;
use crate::report::Promise;
use fastrand::Rng;
use postrider_engine::{Input, Outbox, Output, ReplyTo};
use postrider_proto::Number;
use postrider_proto::classic::{Request, Seq, ServerIndex};
use std::time::Duration;

/// A bug in the plumbing around the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A flush says that it is done, and is not.
    FlushLies,
    /// Answers leave although the commit failed.
    AnswersBeforeCommit,
    /// A server takes its own handing out for the reader's `ack`.
    AcknowledgesForTheReader,
    /// Forwarded messages from one server never reach its neighbour.
    CutsAWire,
    /// Repeats of a client's text come in without their mark.
    IgnoresMarks,
    /// Repeats from a server count as from another one.
    MistakesTheServer,
    /// A reader's `ack` is swallowed.
    SwallowsReadersAcks,
    /// A forwarded message counts as handed over at once, and leaves later.
    HandsOverInAdvance,
    /// A server ignores lists from its right neighbour.
    DeafToTheRight,
    /// What the engine has written again is not dropped from its log.
    DropsNothing,
    /// The limits are not what they are said to be.
    IgnoresLimits,
    /// Anybody may speak for a server.
    TrustsEverybody,
    /// Acks between servers are swallowed when all is calm.
    SwallowsServersAcks,
    /// At a restart the last row of the log is skipped.
    ForgetsTheLastRow,
    /// Lists are sent at every turn.
    ListsForEver,
    /// A server's clock runs twice as fast.
    ClockRunsFast,
    /// A client's `terminate` is not told to the others.
    LeavesInSilence,
}

impl Bug {
    /// All of them, each with the promise whose checker must catch it.
    pub const ALL: [(Bug, Promise); 17] = [
        (Bug::FlushLies, Promise::Accepted),
        (Bug::AnswersBeforeCommit, Promise::Accepted),
        (Bug::AcknowledgesForTheReader, Promise::Accepted),
        (Bug::CutsAWire, Promise::Delivered),
        (Bug::IgnoresMarks, Promise::Once),
        (Bug::MistakesTheServer, Promise::Once),
        (Bug::SwallowsReadersAcks, Promise::Once),
        (Bug::HandsOverInAdvance, Promise::Order),
        (Bug::DeafToTheRight, Promise::Converge),
        (Bug::DropsNothing, Promise::Bounded),
        (Bug::IgnoresLimits, Promise::Bounded),
        (Bug::TrustsEverybody, Promise::BadInput),
        (Bug::SwallowsServersAcks, Promise::Quiet),
        (Bug::ForgetsTheLastRow, Promise::Numbers),
        (Bug::ListsForEver, Promise::Lists),
        (Bug::ClockRunsFast, Promise::Forwarding),
        (Bug::LeavesInSilence, Promise::Letter),
    ];
}

/// How a buggy server's shell tampers with what passes it.
#[derive(Debug)]
pub(crate) struct Tamper {
    bug: Option<Bug>,
    me: ServerIndex,
    servers: u8,
    count: u64,
    /// Whether the faults are over.
    pub(crate) calm: bool,
    forged: Vec<Forged>,
}

/// An `ack` that nobody sent.
#[derive(Clone, Copy, Debug)]
enum Forged {
    Reader { client: Number, from: Number, seq: Seq },
    Server { server: ServerIndex, seq: Seq, from: Number, to: Number },
}

impl Tamper {
    pub(crate) fn new(bug: Option<Bug>, me: ServerIndex, servers: u8) -> Tamper {
        Tamper { bug, me, servers, count: 0, calm: false, forged: Vec::new() }
    }

    pub(crate) fn is(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// What the engine gets to hear.
    pub(crate) fn inputs<'a>(&mut self, seen: &[Seen<'a>]) -> Vec<Input<'a>> {
        let mut inputs = Vec::new();
        for forged in std::mem::take(&mut self.forged) {
            inputs.push(forged_input(forged));
        }
        inputs.extend(seen.iter().filter_map(|seen| self.input(seen.input)));
        inputs
    }

    fn input<'a>(&mut self, input: Input<'a>) -> Option<Input<'a>> {
        let Some(bug) = self.bug else { return Some(input) };
        match (bug, input) {
            (
                Bug::IgnoresMarks,
                Input::Request { reply, request: Request::Send { client, to, text, .. } },
            ) => {
                let request = Request::Send { mark: Seq::ZERO, client, to, text };
                Some(Input::Request { reply, request })
            }
            (Bug::MistakesTheServer, Input::Send { server, seq, from, to, text }) => {
                let server = self.another(server);
                Some(Input::Send { server, seq, from, to, text })
            }
            (Bug::SwallowsReadersAcks, Input::Request { request: Request::Ack { .. }, .. }) => {
                self.count += 1;
                (!self.count.is_multiple_of(3)).then_some(input)
            }
            (Bug::SwallowsServersAcks, Input::Ack { .. }) if self.calm => None,
            (Bug::DeafToTheRight, Input::List { server, .. }) if server > self.me => None,
            _ => Some(input),
        }
    }

    /// Every second time, another server.
    fn another(&mut self, server: ServerIndex) -> ServerIndex {
        self.count += 1;
        let others = (1..=self.servers).filter_map(ServerIndex::from_value);
        let mut others = others.filter(|other| *other != self.me && *other != server);
        if self.count.is_multiple_of(2) { server } else { others.next().unwrap_or(server) }
    }

    /// What is told in place of a turn's outputs.
    pub(crate) fn outbox(&mut self, outbox: &mut Outbox) {
        match self.bug {
            Some(Bug::ListsForEver) => {
                let whom = [self.me.value() - 1, self.me.value() + 1];
                let whom = whom.into_iter().filter(|place| *place <= self.servers);
                let all = 0..outbox.pairs.len();
                for server in whom.filter_map(ServerIndex::from_value) {
                    outbox.outputs.push(Output::List { server, pairs: all.clone() });
                }
            }
            Some(Bug::LeavesInSilence) => {
                outbox.outputs.retain(|output| !matches!(output, Output::Terminate { .. }));
            }
            Some(Bug::AcknowledgesForTheReader | Bug::HandsOverInAdvance) => {
                let forged = outbox.outputs.iter().filter_map(|output| self.forge(output));
                self.forged = forged.collect();
            }
            _ => {}
        }
    }

    fn forge(&self, output: &Output) -> Option<Forged> {
        match *output {
            Output::HandOut { client, from, seq, .. } if self.is(Bug::AcknowledgesForTheReader) => {
                Some(Forged::Reader { client, from, seq })
            }
            Output::Forward { server, seq, from, to, .. } if self.is(Bug::HandsOverInAdvance) => {
                Some(Forged::Server { server, seq, from, to })
            }
            _ => None,
        }
    }

    /// How much later than it should a forwarded message leaves.
    pub(crate) fn forwards_late(&self, dice: &mut Rng) -> Duration {
        let late = self.is(Bug::HandsOverInAdvance) && dice.bool();
        if late { Duration::from_secs(20) } else { Duration::ZERO }
    }
}

fn forged_input(forged: Forged) -> Input<'static> {
    match forged {
        Forged::Reader { client, from, seq } => {
            Input::Request { reply: ReplyTo(u32::MAX), request: Request::Ack { seq, client, from } }
        }
        Forged::Server { server, seq, from, to } => Input::Ack { server, seq, from, to },
    }
}
