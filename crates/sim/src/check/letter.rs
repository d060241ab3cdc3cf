//! *The letter*: every answer, `terminate` and lasting change is the one that
//! CLASSIC.md's tables say, in order; a change that an answer relies on is committed
//! in its turn.
//!
//! A second, slow server is kept beside each real one: it hears the same datagrams,
//! says what it expects, and has no disk of its own. After a restart it begins with
//! what the log says. Nothing is excused.

use super::state::{Kept, State, fingerprint};
use super::{Turn, index};
use crate::options::Options;
use crate::report::{Promise, Verdict};
use postrider_engine::{Input, Origin, Output, Place, ReplyTo, Time, Write, durations};
use postrider_proto::classic::{Request, Seq, ServerIndex};
use postrider_proto::{Number, Text};
use std::collections::BTreeMap;

/// The second servers.
pub(crate) struct Letter(Vec<Twin>);

/// A client that is said to have moved, and spoke here less than a quarter of a
/// second ago.
#[derive(Clone, Copy, Debug)]
struct Doubt {
    said: ServerIndex,
    due: Time,
    spoke_again: bool,
}

#[derive(Clone)]
struct Twin {
    options: Options,
    me: ServerIndex,
    state: State,
    handed: BTreeMap<Number, Place>,
    spoke: BTreeMap<Number, Time>,
    doubts: BTreeMap<Number, Doubt>,
    /// Changes that were not committed yet, since no answer relies on them.
    lazy: Vec<Write<'static>>,
}

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

impl Twin {
    fn new(me: ServerIndex, options: Options, state: State) -> Twin {
        let (handed, spoke) = (BTreeMap::new(), BTreeMap::new());
        Twin { options, me, state, handed, spoke, doubts: BTreeMap::new(), lazy: Vec::new() }
    }

    fn home(&self, client: Number) -> Option<ServerIndex> {
        self.state.homes.get(&client).copied()
    }

    fn others(&self) -> impl Iterator<Item = ServerIndex> + use<> {
        let me = self.me;
        let all = (1..=self.options.servers).filter_map(ServerIndex::from_value);
        all.filter(move |server| *server != me)
    }

    fn hear(&mut self, client: Number, now: Time) {
        self.spoke.insert(client, now);
        if let Some(doubt) = self.doubts.get_mut(&client) {
            doubt.spoke_again = true;
        }
    }

    fn has_room_for(&self, to: Number, had_room: bool) -> bool {
        let limits = &self.options.limits;
        had_room
            && self.state.live.len() < limits.waiting
            && self.state.mailbox(to).count() < limits.mailbox
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
        }
    }

    fn request(&mut self, reply: ReplyTo, request: Request<'_>) -> Verdict {
        self.answer(reply, request)?;
        if self.twin.home(request.client()) == Some(self.twin.me) {
            self.twin.hear(request.client(), self.turn.now);
        }
        Ok(())
    }

    fn answer(&mut self, reply: ReplyTo, request: Request<'_>) -> Verdict {
        match request {
            Request::Handshake { client } => {
                if self.adopt(client)? {
                    self.end_comparison(client)?;
                    self.expected.push(Output::Done { reply, client });
                }
                Ok(())
            }
            Request::Send { mark, client, to, text } => self.send(reply, mark, client, to, text),
            Request::Get { client } => self.get(reply, client),
            Request::Ack { seq, client, from } => self.read(seq, client, from),
            Request::Terminate { client } => self.leave(reply, client),
        }
    }

    /// Adds the client if it is new; false where there is no room for it.
    fn adopt(&mut self, client: Number) -> Result<bool, crate::report::Broken> {
        let home = self.twin.home(client);
        let full = self.twin.state.homes.len() >= self.twin.options.limits.clients;
        if home.is_none() && full {
            return Ok(false);
        }
        if home != Some(self.twin.me) {
            self.expect(&Write::Home { client, server: self.twin.me })?;
        }
        Ok(true)
    }

    fn end_comparison(&mut self, client: Number) -> Verdict {
        if self.twin.state.sends.contains_key(&client) {
            self.expect(&Write::Unmark { client })?;
        }
        Ok(())
    }

    fn send(
        &mut self,
        reply: ReplyTo,
        mark: Seq,
        client: Number,
        to: Number,
        text: Text<'_>,
    ) -> Verdict {
        let last = self.twin.state.sends.get(&client).copied();
        let same = |last: &super::state::LastSend| {
            last.mark == mark && last.fingerprint == fingerprint(mark, to, text)
        };
        let repeated = last.filter(same);
        let room = repeated.is_some() || self.twin.has_room_for(to, self.turn.had_room);
        if !room || !self.adopt(client)? {
            return Ok(());
        }
        let seq = repeated.map_or(self.twin.state.next, |last| last.seq);
        if repeated.is_none() {
            let origin = Origin::Client { mark };
            self.expect(&Write::Keep { origin, seq, from: client, to, text })?;
        }
        self.expected.push(Output::Accepted { reply, seq, client, to });
        Ok(())
    }

    fn get(&mut self, reply: ReplyTo, client: Number) -> Verdict {
        if !self.adopt(client)? {
            return Ok(());
        }
        let oldest = self.twin.state.mailbox(client).next();
        let Some((kept, &Kept { from, seq, at, .. })) = oldest else {
            self.expected.push(Output::Nothing { reply, client });
            return Ok(());
        };
        self.expected.push(Output::HandOut { reply, seq, from, client, text: at });
        if self.turn.acknowledged {
            self.twin.handed.insert(client, kept);
            return Ok(());
        }
        self.expect(&Write::Forget { kept, to: client })
    }

    fn read(&mut self, seq: Seq, client: Number, from: Number) -> Verdict {
        let Some(kept) = self.twin.handed.get(&client).copied() else { return Ok(()) };
        let message = self.twin.state.live.get(&(client, kept));
        if message.is_some_and(|message| (message.seq, message.from) == (seq, from)) {
            self.twin.handed.remove(&client);
            self.expect(&Write::Forget { kept, to: client })?;
        }
        Ok(())
    }

    fn leave(&mut self, reply: ReplyTo, client: Number) -> Verdict {
        self.end_comparison(client)?;
        let home = self.twin.home(client);
        if home.is_none_or(|home| home == self.twin.me) {
            if home.is_some() {
                self.expect(&Write::Gone { client })?;
            }
            let told = self.twin.others().map(|server| Output::Terminate { server, client });
            self.expected.extend(told);
        }
        self.expected.push(Output::Done { reply, client });
        Ok(())
    }

    fn forwarded(
        &mut self,
        server: ServerIndex,
        seq: Seq,
        from: Number,
        to: Number,
        text: Text<'_>,
    ) -> Verdict {
        let fields = (seq, from, to, text.as_str().to_owned());
        if !self.twin.state.is_repeat(server, &fields, self.turn.now) {
            if !self.twin.has_room_for(to, self.turn.had_room) {
                return Ok(());
            }
            let origin = Origin::Server(server);
            self.expect(&Write::Keep { origin, seq, from, to, text })?;
        }
        self.expected.push(Output::Ack { server, seq, from, to });
        Ok(())
    }

    fn taken_over(&mut self, by: ServerIndex, seq: Seq, from: Number, to: Number) -> Verdict {
        let sent_there = |message: &Kept| message.sent_to >> (by.value() - 1) & 1 == 1;
        let oldest =
            self.twin.state.mailbox(to).find(|(_, message)| {
                (message.seq, message.from) == (seq, from) && sent_there(message)
            });
        match oldest.map(|(kept, _)| kept) {
            Some(kept) => self.expect(&Write::HandOver { kept, to, server: by }),
            None => Ok(()),
        }
    }

    fn left_elsewhere(&mut self, server: ServerIndex, client: Number) -> Verdict {
        let home = self.twin.home(client);
        if home.is_some_and(|home| home != server) {
            return Ok(());
        }
        self.end_comparison(client)?;
        if home.is_some() {
            self.expect(&Write::Gone { client })?;
        }
        Ok(())
    }

    fn pair(&mut self, teller: ServerIndex, client: Number, said: ServerIndex) -> Verdict {
        let (me, home) = (self.twin.me, self.twin.home(client));
        let proper_side = (said < me) == (teller < me);
        if said == me || home == Some(said) || (home.is_some() && !proper_side) {
            return Ok(());
        }
        if home == Some(me) {
            return self.moved(client, said);
        }
        if home.is_none() && self.twin.state.homes.len() >= self.twin.options.limits.clients {
            return Ok(());
        }
        self.expect(&Write::Home { client, server: said })
    }

    /// An own client is said to be elsewhere.
    fn moved(&mut self, client: Number, said: ServerIndex) -> Verdict {
        if let Some(doubt) = self.twin.doubts.get_mut(&client).filter(|doubt| !doubt.spoke_again) {
            doubt.said = said;
            return Ok(());
        }
        self.twin.doubts.remove(&client);
        let spoke = self.twin.spoke.get(&client).copied();
        match spoke.filter(|spoke| self.turn.now.since(*spoke) < durations::DOUBT) {
            Some(spoke) => {
                let due = spoke + durations::DOUBT;
                self.twin.doubts.insert(client, Doubt { said, due, spoke_again: false });
                Ok(())
            }
            None => self.expect(&Write::Home { client, server: said }),
        }
    }

    /// The next committed write must be this one; that is its place. One that no
    /// answer relies on may be committed later.
    fn expect(&mut self, write: &Write<'_>) -> Verdict {
        let Some(commit) = self.turn.commit else {
            return self.expect_later(write);
        };
        while let Some((place, found)) = commit.get(self.explained) {
            self.explained += 1;
            self.twin.state.apply(*place, found, self.turn.now);
            if found == write {
                return Ok(());
            }
            if !matches!(found, Write::Sent { .. } | Write::Aged { .. }) {
                return self.wrong(&format!("writes {found:?} where {write:?} is due"));
            }
        }
        self.wrong(&format!("does not write {write:?}"))
    }

    fn expect_later(&mut self, write: &Write<'_>) -> Verdict {
        let lazy = match *write {
            Write::Forget { kept, to } => Write::Forget { kept, to },
            Write::HandOver { kept, to, server } => Write::HandOver { kept, to, server },
            ref other => return self.wrong(&format!("does not commit {other:?}")),
        };
        self.twin.state.apply(Place(0), &lazy, self.turn.now);
        self.twin.lazy.push(lazy);
        Ok(())
    }

    fn explain_lazy_writes(&mut self) -> Verdict {
        if self.turn.commit.is_some() {
            for write in std::mem::take(&mut self.twin.lazy) {
                self.expect(&write)?;
            }
        }
        Ok(())
    }

    /// What is due, and what cleaning the log writes again.
    fn explain_the_rest(&mut self) -> Verdict {
        for (place, write) in self.turn.commit.unwrap_or_default().iter().skip(self.explained) {
            if !self.may_be_due(write) {
                return self.wrong(&format!("writes {write:?} for no reason"));
            }
            self.twin.state.apply(*place, write, self.turn.now);
        }
        for output in self.turn.outputs {
            if let Output::Forward { server, to, text, .. } = *output
                && let Some((kept, _)) = self.twin.state.at(to, text)
            {
                self.twin.state.sent(kept, to, server);
            }
        }
        Ok(())
    }

    fn may_be_due(&mut self, write: &Write<'_>) -> bool {
        let state = &self.twin.state;
        match *write {
            Write::Sent { .. } | Write::Aged { .. } => true,
            Write::Home { client, server } => {
                let doubt = self.twin.doubts.get(&client);
                let given_up = doubt.is_some_and(|doubt| {
                    doubt.said == server && doubt.due <= self.turn.now && !doubt.spoke_again
                });
                given_up || state.homes.get(&client) == Some(&server)
            }
            Write::Carry { kept, sent_to, seq, from, to, text } => {
                state.live.get(&(to, kept)).is_some_and(|message| {
                    (message.seq, message.from, message.sent_to) == (seq, from, sent_to)
                        && message.text == text.as_str()
                })
            }
            Write::Mark { client, mark, seq, fingerprint } => {
                let last = super::state::LastSend { mark, seq, fingerprint };
                state.sends.get(&client) == Some(&last)
            }
            Write::Next { seq } => state.next == seq,
            Write::Keep { .. }
            | Write::HandOver { .. }
            | Write::Forget { .. }
            | Write::Gone { .. }
            | Write::Unmark { .. } => false,
        }
    }

    fn check_doubts(&mut self) -> Verdict {
        let now = self.turn.now;
        let twin = &mut *self.twin;
        let due: Vec<(Number, Doubt)> = twin
            .doubts
            .iter()
            .filter(|(_, doubt)| doubt.due <= now)
            .map(|(client, doubt)| (*client, *doubt))
            .collect();
        for (client, doubt) in due {
            self.twin.doubts.remove(&client);
            if self.twin.home(client) == Some(self.twin.me) && !doubt.spoke_again {
                return self.wrong(&format!("keeps {client}, which is at {:?}", doubt.said));
            }
        }
        Ok(())
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
