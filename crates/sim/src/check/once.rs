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

use super::state::{Fields, State};
use super::{Seen, Turn};
use crate::report::{Excused, Promise, Verdict};
use crate::texts::{Texts, id_of};
use crate::wire::About;
use postrider_engine::{Input, Origin, Output, Place, Time, Write, durations};
use postrider_proto::Number;
use postrider_proto::classic::{Request, Seq, ServerIndex};
use std::collections::{BTreeMap, BTreeSet};

/// A copy of a message: a server, and where that first kept it.
type Copy = (ServerIndex, Place);

/// How many of one server a forwarded `send` is compared with.
const RECENTS: u64 = 50;

/// A client's `send`, and what it was compared by.
type Said = (Seq, Number, String);

/// What was kept, handed out, acknowledged and shown.
#[derive(Debug, Default)]
pub(crate) struct Once {
    /// What this turn may keep: texts among its inputs that are no repeats, and from
    /// which server each comes, if not from a client.
    fresh: Vec<(Option<ServerIndex>, u32)>,
    /// The last `send` of each client that each server has kept.
    sends: BTreeMap<(ServerIndex, Number), Said>,
    /// What was taken over from a server, and when; until it is handed on.
    taken_over: BTreeMap<(ServerIndex, ServerIndex, Fields), (Time, u64)>,
    /// How many were taken over from each server.
    counts: BTreeMap<(ServerIndex, ServerIndex), u64>,
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
    pub(crate) fn begin(&mut self, turn: &Turn<'_>, state: &State) {
        self.fresh.clear();
        for (place, seen) in turn.inputs.iter().enumerate() {
            match seen.input {
                Input::Request { request, .. } => {
                    self.request(turn, &turn.inputs[..place], request);
                }
                Input::Send { server, text, .. } => {
                    let earlier = &turn.inputs[..place];
                    let one = (Some(server), id_of(text.as_str()));
                    let doubled = self.fresh.contains(&one) && is_doubled(earlier, &seen.input);
                    if !doubled && !self.is_known(turn, earlier, &seen.input, state) {
                        self.fresh.push(one);
                    }
                }
                Input::Ack { seq, from, to, .. } => self.handed_on(turn.server, seq, from, to),
                Input::Terminate { client, .. } => drop(self.sends.remove(&(turn.server, client))),
                _ => {}
            }
        }
    }

    fn request(&mut self, turn: &Turn<'_>, earlier: &[Seen<'_>], request: Request<'_>) {
        let of = (turn.server, request.client());
        match request {
            Request::Handshake { .. } | Request::Terminate { .. } => drop(self.sends.remove(&of)),
            Request::Send { mark, client, to, text } => {
                let same = (mark, to, text.as_str().to_owned());
                let last = last_of(earlier, client).or_else(|| self.sends.get(&of).cloned());
                if mark == Seq::ZERO || last.as_ref() != Some(&same) {
                    self.fresh.push((None, id_of(text.as_str())));
                }
            }
            Request::Get { .. } | Request::Ack { .. } => {}
        }
    }

    /// Whether it is a repeat of one that was taken in an earlier turn.
    fn is_known(
        &self,
        turn: &Turn<'_>,
        earlier: &[Seen<'_>],
        input: &Input<'_>,
        state: &State,
    ) -> bool {
        let Some((from, fields)) = forwarded(input) else { return false };
        let Some((taken, ordinal)) = self.taken_over.get(&(turn.server, from, fields.clone()))
        else {
            return false;
        };
        let kept = kept_in(turn);
        let in_turn = earlier.iter().filter_map(|seen| forwarded(&seen.input));
        let in_turn: BTreeSet<_> = in_turn.filter(|(server, _)| *server == from).collect();
        let in_turn =
            in_turn.into_iter().filter(|(_, f)| kept.contains(&(Some(from), f.clone()))).count();
        let count = self.counts.get(&(turn.server, from)).copied().unwrap_or(0) + in_turn as u64;
        turn.now.since(*taken) <= durations::EQUAL
            && count - ordinal < RECENTS
            && !state.any_may_have_come_round(&fields)
    }

    /// What has been handed on may come back.
    fn handed_on(&mut self, server: ServerIndex, seq: Seq, from: Number, to: Number) {
        self.taken_over.retain(|(at, _, fields), _| {
            (*at, fields.0, fields.1, fields.2) != (server, seq, from, to)
        });
    }

    /// After a turn's writes: what will be compared with.
    fn remember(&mut self, turn: &Turn<'_>) {
        let kept = kept_in(turn);
        let of_clients = kept.iter().filter(|(origin, _)| origin.is_none());
        let texts: BTreeSet<u32> = of_clients.map(|(_, (.., text))| id_of(text)).collect();
        for seen in turn.inputs {
            match seen.input {
                Input::Request { request: Request::Send { mark, client, to, text }, .. }
                    if texts.contains(&id_of(text.as_str())) =>
                {
                    let said = (mark, to, text.as_str().to_owned());
                    self.sends.insert((turn.server, client), said);
                }
                Input::Request { request, .. } if ends_comparison(request) => {
                    self.sends.remove(&(turn.server, request.client()));
                }
                Input::Terminate { client, .. } => drop(self.sends.remove(&(turn.server, client))),
                input => {
                    if let Some((server, fields)) = forwarded(&input)
                        && kept.contains(&(Some(server), fields.clone()))
                    {
                        self.take_over(turn.server, server, fields, turn.now);
                    }
                }
            }
        }
    }

    /// The commit of a turn that ended in a crash is on disk. What the turn had heard is
    /// not known, so whatever was kept may have been.
    pub(crate) fn catch_up(&mut self, me: ServerIndex, now: Time, writes: &[(Place, Write<'_>)]) {
        self.fresh.clear();
        for (_, write) in writes {
            match *write {
                Write::Keep { origin, seq, from, to, text } => {
                    let written = text.as_str().to_owned();
                    self.fresh.push((server_of(origin), id_of(&written)));
                    match origin {
                        Origin::Client { mark } => {
                            self.sends.insert((me, from), (mark, to, written));
                        }
                        Origin::Server(server) => {
                            self.take_over(me, server, (seq, from, to, written), now);
                        }
                    }
                }
                Write::Unmark { client } => drop(self.sends.remove(&(me, client))),
                _ => {}
            }
        }
    }

    fn take_over(&mut self, me: ServerIndex, from: ServerIndex, fields: Fields, now: Time) {
        let count = self.counts.entry((me, from)).or_default();
        *count += 1;
        self.taken_over.insert((me, from, fields), (now, *count));
    }

    pub(crate) fn on_write(
        &mut self,
        server: ServerIndex,
        write: &Write<'_>,
        state: &State,
        texts: &Texts,
        gentle: bool,
        excused: &mut Excused,
    ) -> Verdict {
        if let Write::HandOver { kept, to, .. } = *write
            && let Some(message) = state.live.get(&(to, kept))
        {
            self.handed_on(server, message.seq, message.from, to);
        }
        let Write::Keep { origin, text, .. } = *write else { return Ok(()) };
        let id = id_of(text.as_str());
        let one = (server_of(origin), id);
        let Some(place) = self.fresh.iter().position(|fresh| *fresh == one) else {
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
        self.remember(turn);
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

/// What a turn keeps, and from which server, if not from a client.
fn kept_in(turn: &Turn<'_>) -> BTreeSet<(Option<ServerIndex>, Fields)> {
    let writes = turn.commit.unwrap_or_default().iter();
    let kept = writes.filter_map(|(_, write)| match *write {
        Write::Keep { origin, seq, from, to, text } => {
            Some((server_of(origin), (seq, from, to, text.as_str().to_owned())))
        }
        _ => None,
    });
    kept.collect()
}

/// What another server forwards.
fn forwarded(input: &Input<'_>) -> Option<(ServerIndex, Fields)> {
    match *input {
        Input::Send { server, seq, from, to, text } => {
            Some((server, (seq, from, to, text.as_str().to_owned())))
        }
        _ => None,
    }
}

fn server_of(origin: Origin) -> Option<ServerIndex> {
    match origin {
        Origin::Client { .. } => None,
        Origin::Server(server) => Some(server),
    }
}

/// Whether the same came before in this turn, and has not been handed on since.
fn is_doubled(earlier: &[Seen<'_>], input: &Input<'_>) -> bool {
    let Input::Send { seq, from, to, .. } = *input else { return false };
    let handed_on = |input: &Input<'_>| matches!(*input, Input::Ack { seq: s, from: f, to: t, .. } if (s, f, t) == (seq, from, to));
    let since = earlier.iter().rev().take_while(|seen| !handed_on(&seen.input));
    since.map(|seen| &seen.input).any(|earlier| earlier == input)
}

fn ends_comparison(request: Request<'_>) -> bool {
    matches!(request, Request::Handshake { .. } | Request::Terminate { .. })
}

/// The last `send` of a client in this turn, if it is to be compared with.
fn last_of(earlier: &[Seen<'_>], client: Number) -> Option<Said> {
    let requests = earlier.iter().rev().filter_map(|seen| match seen.input {
        Input::Request { request, .. } if request.client() == client => Some(request),
        _ => None,
    });
    let mut compared = requests.take_while(|request| !ends_comparison(*request));
    compared.find_map(|request| match request {
        Request::Send { mark, to, text, .. } => Some((mark, to, text.as_str().to_owned())),
        _ => None,
    })
}
