//! *Forwarding*: what is sent to another server is kept here; it is repeated every
//! second, not earlier and not later, until the `ack` comes; at most twenty to one
//! server wait for theirs; nothing goes straight back within a second; messages that
//! are equal in all five fields are held ten seconds apart.
//!
//! Excused: a message whose recipient's home changed begins anew; after a restart
//! all begin anew. A millisecond is granted to clocks that count in them.

use super::Turn;
use super::state::{Kept, State};
use crate::report::{Promise, Verdict};
use postrider_engine::limits::IN_FLIGHT_MAX;
use postrider_engine::{Input, Output, Place, Time, Write, durations};
use postrider_proto::Number;
use postrider_proto::classic::{Request, Seq, ServerIndex};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A message that was sent to other servers.
#[derive(Debug)]
struct Sent {
    to: Number,
    from: Number,
    seq: Seq,
    ever: BTreeSet<ServerIndex>,
    /// To whom and when it was sent last, while the recipient's home is the same.
    last: Option<(ServerIndex, Time)>,
}

/// All five fields, and the two servers.
type Equal = (ServerIndex, ServerIndex, Seq, Number, Number, String);

/// What every server has sent to others.
#[derive(Debug, Default)]
pub(crate) struct Forwarding {
    sent: BTreeMap<ServerIndex, BTreeMap<Place, Sent>>,
    lately: BTreeMap<Equal, (Place, Time)>,
}

const GRACE: Duration = Duration::from_millis(1);

impl Forwarding {
    pub(crate) fn on_write(&mut self, server: ServerIndex, write: &Write<'_>, state: &State) {
        let sent = self.sent.entry(server).or_default();
        match *write {
            Write::Forget { kept, .. } | Write::HandOver { kept, .. } => drop(sent.remove(&kept)),
            Write::Home { client, server: home } if state.homes.get(&client) != Some(&home) => {
                restart(sent, client);
            }
            Write::Gone { client } => restart(sent, client),
            _ => {}
        }
    }

    /// What was sent, and to whom, is what the log says.
    pub(crate) fn restarted(&mut self, server: ServerIndex, read: &State) {
        let servers = || (1..=64).filter_map(ServerIndex::from_value);
        let sent = read.live.iter().map(|((to, kept), message)| {
            let ever = servers().filter(|server| message.sent_to >> (server.value() - 1) & 1 == 1);
            let Kept { from, seq, .. } = *message;
            (*kept, Sent { to: *to, from, seq, ever: ever.collect(), last: None })
        });
        self.sent.insert(server, sent.collect());
    }

    pub(crate) fn turn(&mut self, turn: &Turn<'_>, after: &State) -> Verdict {
        for seen in turn.inputs {
            match seen.input {
                Input::Ack { server, seq, from, to } => {
                    self.settle(turn.server, server, seq, from, to);
                }
                Input::Request { request: Request::Ack { seq, client, from }, .. } => {
                    self.read(turn.server, seq, from, client);
                }
                _ => {}
            }
        }
        for output in turn.outputs {
            if let Output::Forward { server, to, text, .. } = *output {
                self.forward(turn, server, to, text, after)?;
            }
        }
        self.check_flight(turn)
    }

    /// An `ack` settles the oldest such message that was ever sent there.
    fn settle(&mut self, me: ServerIndex, by: ServerIndex, seq: Seq, from: Number, to: Number) {
        let sent = self.sent.entry(me).or_default();
        let oldest = sent.iter().find(|(_, sent)| {
            (sent.seq, sent.from, sent.to) == (seq, from, to) && sent.ever.contains(&by)
        });
        if let Some(kept) = oldest.map(|(kept, _)| *kept) {
            sent.remove(&kept);
        }
    }

    /// A reader who has moved away since may still acknowledge what was handed out here,
    /// and then it is repeated no more.
    fn read(&mut self, me: ServerIndex, seq: Seq, from: Number, to: Number) {
        for sent in self.sent.entry(me).or_default().values_mut() {
            if (sent.seq, sent.from, sent.to) == (seq, from, to) {
                sent.last = None;
            }
        }
    }

    fn forward(
        &mut self,
        turn: &Turn<'_>,
        server: ServerIndex,
        to: Number,
        at: Place,
        after: &State,
    ) -> Verdict {
        let Some((kept, message)) = after.at(to, at) else {
            let what = format!("{:?} forwards what it does not keep", turn.server);
            return Promise::Forwarding.broken(what);
        };
        let (from, seq) = (message.from, message.seq);
        let age = turn.now.since(message.taken);
        if message.origin == server.value() && age + GRACE < durations::NOT_BACK {
            let what = format!("{:?} sends straight back to {server:?}", turn.server);
            return Promise::Forwarding.broken(what);
        }
        self.check_apart(turn, server, (seq, from, to, &message.text), kept)?;
        let sent = self.sent.entry(turn.server).or_default();
        let fresh = Sent { to, from, seq, ever: BTreeSet::new(), last: None };
        let sent = sent.entry(kept).or_insert(fresh);
        sent.ever.insert(server);
        let before = sent.last.replace((server, turn.now));
        match before {
            Some((whom, at)) if whom == server && turn.now.since(at) < durations::RESEND => {
                let what = format!("{:?} repeats within a second to {server:?}", turn.server);
                Promise::Forwarding.broken(what)
            }
            _ => Ok(()),
        }
    }

    fn check_apart(
        &mut self,
        turn: &Turn<'_>,
        server: ServerIndex,
        (seq, from, to, text): (Seq, Number, Number, &str),
        kept: Place,
    ) -> Verdict {
        let equal = (turn.server, server, seq, from, to, text.to_owned());
        match self.lately.insert(equal, (kept, turn.now)) {
            Some((other, at)) if other != kept && turn.now.since(at) <= durations::EQUAL => {
                let what = format!("{:?} sends equal messages to {server:?}", turn.server);
                Promise::Forwarding.broken(what)
            }
            _ => Ok(()),
        }
    }

    /// Whatever is due has been repeated, and the window is kept.
    fn check_flight(&self, turn: &Turn<'_>) -> Verdict {
        let mut in_flight = BTreeMap::<ServerIndex, usize>::new();
        for (kept, sent) in self.sent.get(&turn.server).into_iter().flatten() {
            let Some((server, at)) = sent.last else { continue };
            if turn.now.since(at) >= durations::RESEND {
                let what = format!("{:?} does not repeat {kept:?} to {server:?}", turn.server);
                return Promise::Forwarding.broken(what);
            }
            let count = in_flight.entry(server).or_default();
            *count += 1;
            if *count > IN_FLIGHT_MAX {
                let what = format!("{:?} has {count} in flight to {server:?}", turn.server);
                return Promise::Forwarding.broken(what);
            }
        }
        Ok(())
    }
}

/// What was sent to a recipient begins anew.
fn restart(sent: &mut BTreeMap<Place, Sent>, recipient: Number) {
    for sent in sent.values_mut().filter(|sent| sent.to == recipient) {
        sent.last = None;
    }
}
