//! *Once*: a text is kept once where it was repeated, and an acknowledged one is not
//! handed out again.
//!
//! Checked: a client's `send` that equals its last one, and a server's that equals
//! one of the last fifty from there, taken within ten seconds and not handed on
//! since, are not kept. A copy whose `ack` the server has heard is not handed out
//! again in that run. In a gentle world (no loss, crash, move, full table) every
//! marked text is kept once and shown once.
//!
//! Excused, and counted: a repeat that arrives after another `send`, a `handshake`
//! or a `terminate`, which end the comparison; a second copy at another server, made
//! while an `ack` between servers was under way; a second showing of one copy whose
//! `ack` was lost, late, or not on disk at a crash. Texts without a mark may always
//! double.

use super::accepted::Accepted;
use super::state::{State, fingerprint};
use super::{Seen, Turn};
use crate::report::{Excused, Promise, Verdict};
use crate::texts::{Texts, id_of};
use crate::wire::About;
use postrider_engine::{Input, Origin, Output, Place, Time, Write};
use postrider_proto::classic::{Request, Seq, ServerIndex};
use postrider_proto::{Number, Text};
use std::collections::{BTreeMap, BTreeSet};

/// A copy of a message: a server, and where that first kept it.
type Copy = (ServerIndex, Place);

/// What was kept, handed out, acknowledged and shown.
#[derive(Debug, Default)]
pub(crate) struct Once {
    /// What this turn may keep: texts among its inputs that are no repeats.
    fresh: Vec<u32>,
    /// Marked texts that a server has taken from their sender.
    taken: BTreeSet<u32>,
    /// What each server's last `get` of a client handed out.
    handed: BTreeMap<(ServerIndex, Number), Place>,
    /// Copies whose `ack` has been heard in this run of their server.
    acked: BTreeSet<Copy>,
    /// How each text was shown: from which copies.
    shown: BTreeMap<u32, Vec<Option<Copy>>>,
}

impl Once {
    pub(crate) fn was_shown(&self, text: u32) -> bool {
        self.shown.contains_key(&text)
    }

    pub(crate) fn count(&self) -> u64 {
        self.shown.len() as u64
    }

    /// Before a turn's writes: what may be kept.
    pub(crate) fn begin(&mut self, turn: &Turn<'_>, before: &State, accepted: &Accepted) {
        self.fresh.clear();
        for (place, seen) in turn.inputs.iter().enumerate() {
            let earlier = &turn.inputs[..place];
            let fresh = match seen.input {
                Input::Request { request: Request::Send { mark, client, to, text }, .. } => {
                    (!is_repeat_of_client(earlier, before, client, mark, to, text))
                        .then(|| id_of(text.as_str()))
                }
                Input::Send { server, seq, from, to, text } => {
                    let fields = (seq, from, to, text.as_str().to_owned());
                    let handed_on = accepted.was_handed_on(turn.server, seq, from, to);
                    let known = before.is_repeat(server, &fields, turn.now) && !handed_on;
                    let doubled = earlier.iter().any(|other| other.input == seen.input);
                    (!known && (!doubled || handed_on)).then(|| id_of(text.as_str()))
                }
                _ => None,
            };
            self.fresh.extend(fresh);
        }
    }

    /// After a crash it is not known what a commit's turn had heard.
    pub(crate) fn allow_all(&mut self, writes: &[(Place, Write<'_>)]) {
        self.fresh.clear();
        for (_, write) in writes {
            if let Write::Keep { text, .. } = write {
                self.fresh.push(id_of(text.as_str()));
            }
        }
    }

    pub(crate) fn on_write(
        &mut self,
        server: ServerIndex,
        write: &Write<'_>,
        texts: &Texts,
        gentle: bool,
        excused: &mut Excused,
    ) -> Verdict {
        let Write::Keep { origin, text, .. } = *write else { return Ok(()) };
        let id = id_of(text.as_str());
        let Some(place) = self.fresh.iter().position(|fresh| *fresh == id) else {
            return Promise::Once.broken(format!("{server:?} keeps the repeated text #{id}"));
        };
        self.fresh.swap_remove(place);
        let marked = texts.get(id).is_some_and(|text| text.marked);
        if marked && matches!(origin, Origin::Client { .. }) && !self.taken.insert(id) {
            if gentle {
                return Promise::Once.broken(format!("the marked text #{id} is taken twice"));
            }
            excused.late_repeats += 1;
        }
        Ok(())
    }

    /// After a turn: nothing that was acknowledged may be handed out.
    pub(crate) fn end(&mut self, turn: &Turn<'_>) -> Verdict {
        for (place, seen) in turn.inputs.iter().enumerate() {
            let Input::Request { request, .. } = seen.input else { continue };
            match request {
                Request::Ack { client, .. } => self.acknowledged(turn.server, client, seen.about),
                Request::Get { client } => {
                    if let Some(at) = handed_out_to(turn, place) {
                        self.handed_out(turn.server, client, at)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Only the message that the last `get` handed out can be acknowledged.
    fn acknowledged(&mut self, server: ServerIndex, client: Number, about: About) {
        let handed = self.handed.get(&(server, client)).map(|kept| (server, *kept));
        if handed.is_some() && handed == about.copy {
            self.acked.extend(handed);
        }
    }

    fn handed_out(&mut self, server: ServerIndex, client: Number, at: Place) -> Verdict {
        self.handed.insert((server, client), at);
        if self.acked.contains(&(server, at)) {
            let what = format!("{server:?} hands out an acknowledged message to {client}");
            return Promise::Once.broken(what);
        }
        Ok(())
    }

    /// What was handed out is not known any more, nor what was acknowledged lately.
    pub(crate) fn restarted(&mut self, server: ServerIndex) {
        self.handed.retain(|(of, _), _| *of != server);
        self.acked.retain(|(of, _)| *of != server);
    }

    pub(crate) fn shown(
        &mut self,
        _now: Time,
        about: About,
        marked: bool,
        gentle: bool,
        excused: &mut Excused,
    ) -> Verdict {
        let before = self.shown.entry(about.text).or_default();
        let (again, same_copy) = (!before.is_empty(), before.contains(&about.copy));
        before.push(about.copy);
        if !again || !marked {
            return Ok(());
        }
        if gentle {
            return Promise::Once.broken(format!("text #{} was shown twice", about.text));
        }
        if same_copy {
            excused.shown_from_one_copy += 1;
        } else {
            excused.shown_from_two_copies += 1;
        }
        Ok(())
    }
}

/// The place of the message that answers the `get` at this place of the turn.
fn handed_out_to(turn: &Turn<'_>, place: usize) -> Option<Place> {
    turn.outputs.iter().find_map(|output| match output {
        Output::HandOut { reply, text, .. } if reply.0 as usize == place => Some(*text),
        _ => None,
    })
}

/// Whether a client's `send` equals the last one from it.
fn is_repeat_of_client(
    earlier: &[Seen<'_>],
    before: &State,
    client: Number,
    mark: Seq,
    to: Number,
    text: Text<'_>,
) -> bool {
    for seen in earlier.iter().rev() {
        match seen.input {
            Input::Terminate { client: who, .. } if who == client => return false,
            Input::Request { request, .. } if request.client() == client => match request {
                Request::Send { .. } => {
                    return mark != Seq::ZERO
                        && request == Request::Send { mark, client, to, text };
                }
                Request::Handshake { .. } | Request::Terminate { .. } => return false,
                Request::Get { .. } | Request::Ack { .. } => {}
            },
            _ => {}
        }
    }
    let last = before.sends.get(&client);
    last.is_some_and(|last| last.mark == mark && last.fingerprint == fingerprint(mark, to, text))
}
