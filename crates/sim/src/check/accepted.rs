//! *Accepted means on disk*, and what was accepted is never lost.
//!
//! Checked: no `ack` for a text leaves a server whose log does not hold it. After a
//! restart the log says what it said before, with or without the commit that was
//! under way, whole. A message is removed only for an `ack` of its reader or of the
//! next server. At the end each text was shown to its reader or waits somewhere.
//!
//! Excused: an old `ack`, late or doubled on its way, that was for another message
//! with the same number, source and destination, or for the same one when it was
//! here before; a message that a server with
//! `acknowledged = false` handed out. Both are counted.

use super::state::State;
use super::{Recovery, Turn, index};
use crate::report::{Excused, Promise, Verdict};
use crate::texts::id_of;
use crate::wire::About;
use postrider_engine::{Input, Output, Place, Write};
use postrider_proto::Number;
use postrider_proto::classic::{Request, Seq, ServerIndex};
use std::collections::{BTreeMap, BTreeSet};

/// An `ack` that a server has heard: from a server or from the reader.
#[derive(Clone, Copy, Debug)]
struct Ack {
    by: Option<ServerIndex>,
    seq: Seq,
    from: Number,
    to: Number,
    about: About,
}

/// What has been accepted where, and what has been acknowledged.
#[derive(Debug)]
pub(crate) struct Accepted {
    /// Texts that servers took from people, and how often.
    taken: BTreeMap<u32, u32>,
    /// Texts that each server has ever had on disk.
    held: Vec<BTreeSet<u32>>,
    /// The acks that each server has heard since its last commit.
    acks: Vec<Vec<Ack>>,
    /// Texts whose loss classic cannot prevent: by an old ack, or unacknowledged.
    old_acks: BTreeSet<u32>,
    unacknowledged: BTreeSet<u32>,
}

impl Accepted {
    pub(crate) fn new(servers: usize) -> Accepted {
        Accepted {
            taken: BTreeMap::new(),
            held: vec![BTreeSet::new(); servers],
            acks: vec![Vec::new(); servers],
            old_acks: BTreeSet::new(),
            unacknowledged: BTreeSet::new(),
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.taken.len() as u64
    }

    /// Notes what leaves for its reader and is not waited for: at once, since it may be
    /// shown before its removal is on disk.
    pub(crate) fn hand_out(&mut self, turn: &Turn<'_>, state: &State) {
        for output in turn.outputs {
            if let Output::HandOut { client, text, .. } = *output
                && let Some((_, message)) = state.at(client, text)
                && !turn.acknowledged
            {
                self.unacknowledged.insert(id_of(&message.text));
            }
        }
    }

    /// Notes the acks among a turn's inputs.
    pub(crate) fn hear(&mut self, turn: &Turn<'_>) {
        for seen in turn.inputs {
            let about = seen.about;
            let ack = match seen.input {
                Input::Ack { server, seq, from, to } => {
                    Ack { by: Some(server), seq, from, to, about }
                }
                Input::Request { request: Request::Ack { seq, client, from }, .. } => {
                    Ack { by: None, seq, from, to: client, about }
                }
                _ => continue,
            };
            self.acks[index(turn.server)].push(ack);
        }
    }

    /// Whether a server has handed this text out and asked for no `ack`.
    pub(crate) fn is_unacknowledged(&self, text: u32) -> bool {
        self.unacknowledged.contains(&text)
    }

    pub(crate) fn committed(&mut self, server: ServerIndex) {
        self.acks[index(server)].clear();
    }

    pub(crate) fn on_write(
        &mut self,
        turn: &Turn<'_>,
        write: &Write<'_>,
        state: &State,
    ) -> Verdict {
        match *write {
            Write::Keep { origin, text, .. } => {
                let id = id_of(text.as_str());
                if id != 0 && matches!(origin, postrider_engine::Origin::Client { .. }) {
                    *self.taken.entry(id).or_default() += 1;
                }
                self.held[index(turn.server)].insert(id);
                Ok(())
            }
            Write::Forget { kept, to } => self.removed(turn, state, kept, to, None),
            Write::HandOver { kept, to, server } => {
                self.removed(turn, state, kept, to, Some(server))
            }
            _ => Ok(()),
        }
    }

    /// There must have been an `ack` for it.
    fn removed(
        &mut self,
        turn: &Turn<'_>,
        state: &State,
        kept: Place,
        to: Number,
        by: Option<ServerIndex>,
    ) -> Verdict {
        let Some(message) = state.live.get(&(to, kept)) else {
            let what = format!("{} removes what is not there, at {kept:?}", turn.server);
            return Promise::Accepted.broken(what);
        };
        if message.has_left {
            return Ok(());
        }
        let id = id_of(&message.text);
        let mut acks = self.acks[index(turn.server)].iter().filter(|ack| {
            (ack.by, ack.seq, ack.from, ack.to) == (by, message.seq, message.from, to)
        });
        let places = [Some((turn.server, message.at)), Some((turn.server, message.was_at))];
        if acks.clone().any(|ack| ack.about.text == id && places.contains(&ack.about.copy)) {
            return Ok(());
        }
        if acks.next().is_some() {
            self.old_acks.insert(id);
        } else if by.is_none() && !turn.acknowledged {
            self.unacknowledged.insert(id);
        } else {
            let what = format!("{:?} removes text #{id} for {to}, and nobody has it", turn.server);
            return Promise::Accepted.broken(what);
        }
        Ok(())
    }

    /// An `ack` for a text leaves a server.
    pub(crate) fn promised(&self, server: ServerIndex, about: About) -> Verdict {
        if self.held[index(server)].contains(&about.text) {
            return Ok(());
        }
        let what = format!("{server:?} acknowledges text #{} before it is on disk", about.text);
        Promise::Accepted.broken(what)
    }

    /// Each text was shown or waits.
    pub(crate) fn end(
        &self,
        states: &[State],
        was_shown: impl Fn(u32) -> bool,
        excused: &mut Excused,
    ) -> Verdict {
        let all = states.iter().flat_map(|state| state.live.values());
        let waiting: BTreeSet<u32> = all.map(|message| id_of(&message.text)).collect();
        for text in self.taken.keys() {
            if was_shown(*text) || waiting.contains(text) {
                continue;
            }
            if self.unacknowledged.contains(text) {
                excused.lost_unacknowledged += 1;
            } else if self.old_acks.contains(text) {
                excused.lost_to_an_old_ack += 1;
            } else {
                return Promise::Accepted.broken(format!("text #{text} is lost"));
            }
        }
        Ok(())
    }
}

/// A log says what it said before the crash, with or without the last commit.
pub(crate) fn compare(before: &State, read: &State, recovery: &Recovery<'_>) -> Verdict {
    let Some(difference) = before.difference(read) else { return Ok(()) };
    let mut with_failed = before.clone();
    for (place, write) in recovery.failed {
        with_failed.apply(*place, write, recovery.now);
    }
    if with_failed.difference(read).is_none() {
        return Ok(());
    }
    Promise::Accepted.broken(format!("{:?} forgot by its crash: {difference}", recovery.server))
}
