//! *The letter*: every answer, `terminate` and lasting change is the one that
//! CLASSIC.md's tables say, in order; a change that an answer relies on is committed
//! in its turn.
//!
//! A second, slow server is kept beside each real one: it hears the same datagrams,
//! says what it expects, and has no disk of its own. After a restart it begins with
//! what the log says. Nothing is excused.

mod clients;
mod servers;
mod twin;
mod writes;

use super::state::State;
use super::{Turn, index};
use crate::options::Options;
use crate::report::{Promise, Verdict};
use postrider_engine::{Input, Output, ReplyTo};
use postrider_proto::classic::ServerIndex;
use twin::Twin;

/// The second servers.
pub(crate) struct Letter(Vec<Twin>);

/// One turn under examination.
struct Exam<'a> {
    twin: &'a mut Twin,
    turn: &'a Turn<'a>,
    /// How many of the committed writes have been explained.
    explained: usize,
    expected: Vec<Output>,
}

impl Letter {
    pub(crate) fn new(options: &Options) -> Letter {
        let servers = (1..=options.servers).filter_map(ServerIndex::from_value);
        Letter(servers.map(|me| Twin::new(me, options.clone(), State::default())).collect())
    }

    pub(crate) fn restarted(&mut self, server: ServerIndex, read: &State) {
        let twin = &mut self.0[index(server)];
        *twin = Twin::new(server, twin.options.clone(), read.clone());
    }

    pub(crate) fn turn(&mut self, turn: &Turn<'_>) -> Verdict {
        let twin = &mut self.0[index(turn.server)];
        let mut exam = Exam { twin, turn, explained: 0, expected: Vec::new() };
        exam.explain_lazy_writes()?;
        for (place, seen) in turn.inputs.iter().enumerate() {
            exam.input(ReplyTo(place as u32), &seen.input)?;
        }
        exam.explain_the_rest()?;
        exam.check_doubts()?;
        exam.check_outputs()
    }
}

impl Exam<'_> {
    fn input(&mut self, reply: ReplyTo, input: &Input<'_>) -> Verdict {
        match *input {
            Input::Request { request, .. } => self.request(reply, request),
            Input::Send { server, seq, from, to, text } => {
                self.forwarded(server, seq, from, to, text)
            }
            Input::Ack { server, seq, from, to } => self.taken_over(server, seq, from, to),
            Input::Terminate { server, client } => self.left_elsewhere(server, client),
            Input::List { server, pairs } => {
                pairs.iter().try_for_each(|(client, said)| self.pair(server, *client, *said))
            }
            _ => Promise::Letter.broken("a trunk in a classic world".to_owned()),
        }
    }

    /// The answers, in order; what is forwarded and shared comes after them.
    fn check_outputs(&self) -> Verdict {
        let later =
            |output: &&Output| !matches!(output, Output::Forward { .. } | Output::List { .. });
        let mut found = self.turn.outputs.iter().filter(later);
        for expected in &self.expected {
            match found.next() {
                Some(output) if output == expected => {}
                other => return self.wrong(&format!("says {other:?}, {expected:?} is due")),
            }
        }
        match found.next() {
            Some(output) => self.wrong(&format!("says {output:?} for no reason")),
            None => Ok(()),
        }
    }

    fn wrong(&self, what: &str) -> Verdict {
        let inputs: Vec<_> = self.turn.inputs.iter().map(|seen| seen.input).collect();
        Promise::Letter.broken(format!("{:?} {what}, having heard {inputs:?}", self.twin.me))
    }
}
