//! The engine: its memory, the table of what may happen, and the one place where
//! lasting changes reach the memory.

mod log;

use crate::deadlines::{Deadlines, Timer, durations};
use crate::directory::Directory;
use crate::fingerprint::fingerprint_of_send;
use crate::forward::Outbound;
use crate::heard::Heard;
use crate::limits::Limits;
use crate::lists::Sharing;
use crate::mail::{Mail, Message, ServerSet, Stamp};
use crate::marks::{Last, Marks};
use crate::native::{Native, NativeConfig, Whereabouts};
use crate::quotas::Quotas;
use crate::recents::Recents;
use crate::write::{Journal, Origin, Place, Write};
use crate::{Counters, Input, Outbox, Output, Time};
use postrider_proto::classic::{Seq, ServerIndex};
use postrider_proto::{Number, Text};
use std::collections::{BTreeMap, VecDeque};

/// What a server is told when it starts.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Its own place in the line.
    pub me: ServerIndex,
    /// How many servers the line has.
    pub servers: u8,
    /// Whether clients acknowledge what `get` hands out. If not, it is removed when
    /// it is handed out.
    pub acknowledged: bool,
    /// The limits.
    pub limits: Limits,
    /// What it needs for native trunks, where it has any.
    pub native: Option<NativeConfig>,
}

/// An own client that is said to have moved, and may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Doubt {
    /// Where it is said to be.
    pub(crate) said: ServerIndex,
    /// [`Heard::count`] when that was said.
    pub(crate) since: u64,
    /// When the client has had its time to speak.
    pub(crate) until: Time,
}

/// A server's decisions and memory. One thread owns it and drives it by
/// [`crate::turn`].
#[derive(Debug)]
pub struct Engine {
    pub(crate) config: Config,
    pub(crate) now: Time,
    pub(crate) has_room: bool,
    has_begun: bool,
    pub(crate) directory: Directory,
    pub(crate) mail: Mail,
    pub(crate) marks: Marks,
    pub(crate) heard: Heard,
    pub(crate) doubts: BTreeMap<Number, Doubt>,
    pub(crate) sharing: Sharing,
    pub(crate) next_seq: Seq,
    pub(crate) deadlines: Deadlines,
    pub(crate) counters: Counters,
    pub(crate) outbox: Outbox,
    pub(crate) outbound: Vec<Outbound>,
    pub(crate) recents: Vec<Recents>,
    pub(crate) native: Native,
    pub(crate) quotas: Quotas,
    pub(crate) journal: Journal,
    pub(crate) flush_at: Option<Time>,
    /// Everything before this place was written before the last restart.
    pub(crate) began: Place,
    /// How far the log had grown when, a second apart and at most ten old.
    pub(crate) ages: VecDeque<(Time, Place)>,
    /// Everything before this place is older than ten seconds.
    pub(crate) aged: Place,
    /// What of the log is before this place and still live has been written again.
    pub(crate) carried: Place,
}

/// How much the engine holds, for the checkers of its limits and for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Clients known.
    pub clients: usize,
    /// Messages that wait.
    pub waiting: usize,
    /// Clients whose last `send` was marked.
    pub marks: usize,
    /// Messages forwarded without an `ack`, to all servers.
    pub in_flight: usize,
    /// The most of them to one server.
    pub in_flight_to_one: usize,
    /// Fingerprints of what was taken over or forwarded lately.
    pub lately: usize,
    /// Timers set.
    pub timers: usize,
    /// Clients heard lately.
    pub heard: usize,
    /// Native servers known, this one included.
    pub stations: usize,
    /// Numbers known by rows.
    pub numbers: usize,
    /// Trunks that are up.
    pub trunks: usize,
    /// Clients' devices that are attached, or want to be.
    pub sessions: usize,
    /// Invitation codes, used or not.
    pub invitations: usize,
    /// Messages queued for trunks.
    pub queued: usize,
    /// What trunks were handed and the other sides do not have.
    pub given: usize,
    /// Pairs of an own sender and a recipient whose messages are counted.
    pub counted: usize,
    /// Senders and epochs of which it is known what was taken.
    pub taken: usize,
    /// Of the messages, the receipts and histories that this server says itself.
    pub said_here: usize,
    /// Senders and neighbours whose shares are counted.
    pub quotas: usize,
}

impl Engine {
    pub(crate) fn new(config: Config, now: Time) -> Engine {
        let servers = usize::from(config.servers);
        Engine {
            config,
            now,
            has_room: true,
            has_begun: false,
            directory: Directory::default(),
            mail: Mail::default(),
            marks: Marks::default(),
            heard: Heard::default(),
            doubts: BTreeMap::new(),
            sharing: Sharing::default(),
            next_seq: Seq::ZERO,
            deadlines: Deadlines::default(),
            counters: Counters::default(),
            outbox: Outbox::default(),
            outbound: std::iter::repeat_with(Outbound::default).take(servers).collect(),
            recents: std::iter::repeat_with(Recents::default).take(servers).collect(),
            native: Native { config: config.native, ..Native::default() },
            quotas: Quotas::default(),
            journal: Journal::default(),
            flush_at: None,
            began: Place(0),
            ages: VecDeque::new(),
            aged: Place(0),
            carried: Place(0),
        }
    }

    /// What the turn has to tell the outside. Take it once [`crate::turn`] has
    /// returned without an error; the buffers handed in are used for the next turn.
    pub fn swap_outbox(&mut self, with: &mut Outbox) {
        std::mem::swap(&mut self.outbox, with);
        self.outbox.clear();
    }

    /// When the next turn is wanted at the latest; none while nothing can be due.
    pub fn deadline(&self) -> Option<Time> {
        self.deadlines.next()
    }

    /// What has happened in this run.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Where a client is, as this server knows it.
    pub fn home(&self, client: Number) -> Option<ServerIndex> {
        self.directory.home(client)
    }

    /// How much it holds. Costs a walk over the servers of the line.
    pub fn sizes(&self) -> Sizes {
        let in_flight = || self.outbound.iter().map(Outbound::in_flight);
        let lately = |outbound: &Outbound| outbound.lately.len();
        Sizes {
            clients: self.directory.len(),
            waiting: self.mail.len(),
            marks: self.marks.len(),
            in_flight: in_flight().sum(),
            in_flight_to_one: in_flight().max().unwrap_or(0),
            lately: self.outbound.iter().map(lately).sum::<usize>()
                + self.recents.iter().map(Recents::len).sum::<usize>(),
            timers: self.deadlines.len(),
            heard: self.heard.len(),
            stations: self.native.stations.len(),
            numbers: self.native.rows.len(),
            trunks: self.native.trunks.len(),
            sessions: self.native.sessions.len(),
            invitations: self.native.invitations.len(),
            queued: self.native.queue.len(),
            given: self.native.trunks.given(),
            counted: self.native.counts.len(),
            taken: self.native.taken.len(),
            said_here: self.quotas.said_here(),
            quotas: self.quotas.len(),
        }
    }

    /// Whether the first turn has begun.
    pub(crate) fn has_begun(&self) -> bool {
        self.has_begun
    }

    pub(crate) fn begin_turn(&mut self, now: Time, has_room: bool) {
        self.now = self.now.max(now);
        self.has_room = has_room;
        // Before any input: this server is the first station.
        if !std::mem::replace(&mut self.has_begun, true) {
            self.begin_native();
        }
    }

    /// What may happen, and who handles it.
    pub(crate) fn step(&mut self, input: Input<'_>) {
        match input {
            Input::Request { reply, request } => self.handle_request(reply, request),
            Input::Send { server, seq, from, to, text } => {
                self.take_over(server, seq, from, to, text);
            }
            Input::Ack { server, seq, from, to } => self.settle(server, seq, from, to),
            Input::Terminate { server, client } => self.hear_terminate(server, client),
            Input::List { server, pairs } => self.hear_list(server, pairs),
            Input::TrunkUp { trunk, peer, cost } => self.trunk_up(trunk, peer, cost),
            Input::TrunkDown { trunk } => self.trunk_down(trunk),
            Input::Attach { session, item, number, key } => {
                self.hear_attach(session, item, number, key);
            }
            Input::Forgery { session, item, number } => self.hear_forgery(session, item, number),
            Input::Claim { session, item, claim } => self.hear_claim(session, item, &claim),
            Input::Ask { session, item, ask } => self.hear_ask(session, item, ask),
            Input::Trace { trunk, item, trace } => self.hear_trace(trunk, item, trace),
            Input::Dispute { trunk, item, dispute } => self.hear_dispute(trunk, item, dispute),
            Input::Invite { code } => self.write(&Write::Invite { code, is_used: false }),
            Input::Message { trunk, item, message } => self.take_message(trunk, item, &message),
            Input::Row { trunk, item, row } => self.hear_row(trunk, item, &row),
            Input::Have { trunk, item, have } => self.hear_have(trunk, item, &have),
            Input::Custody { trunk, tag } => self.hear_custody(trunk, tag),
        }
    }

    pub(crate) fn handle_due(&mut self) {
        while let Some(timer) = self.deadlines.pop_due(self.now) {
            match timer {
                Timer::Resend(server, kept) => self.resend(server, kept),
                Timer::Release(server, kept) => self.release(server, kept),
                Timer::Doubt(client) => self.resolve_doubt(client),
                Timer::Age => self.age(),
                Timer::Start | Timer::Flush | Timer::News | Timer::Rows => {}
                Timer::ListPart => self.continue_list(),
                Timer::Link(peer) => self.tell_link(peer),
                Timer::Routes => self.compute_routes(),
                Timer::Gateways => self.look_who_is_out_of_reach(),
                Timer::Return => self.let_return(),
                Timer::Sweep => self.sweep(),
            }
        }
        self.want_routes();
        self.want_sweep();
        self.forward_all();
        self.settle_disputes();
        self.supply_trunks();
        self.serve_sessions();
        self.begin_list();
    }

    pub(crate) fn output(&mut self, output: Output) {
        self.outbox.outputs.push(output);
    }

    /// The only way to a lasting change: to memory now, to disk with the commit.
    pub(crate) fn write(&mut self, write: &Write<'_>) {
        let place = self.journal.push(write);
        self.apply(place, write);
        if !write.backs_a_promise() && self.flush_at.is_none() {
            let at = self.now + durations::LAZY;
            self.flush_at = Some(at);
            self.deadlines.set(at, Timer::Flush);
        }
    }

    pub(crate) fn apply(&mut self, place: Place, write: &Write<'_>) {
        match *write {
            Write::Keep { origin, seq, from, to, text } => {
                self.apply_keep(place, origin, seq, from, to, text, None);
            }
            Write::Carry { kept, sent_to, seq, from, to, text } => {
                let message = self.message(place, seq, from, to, text);
                let message = Message { sent_to: ServerSet(sent_to), ..message };
                self.apply_carry(kept, to, message.of_unknown_source());
            }
            Write::Sent { kept, to, server } => {
                if let Some(message) = self.mail.get_mut(to, kept) {
                    message.sent_to.insert(server);
                }
            }
            Write::HandOver { kept, to, .. } => {
                if let Some(message) = self.apply_removal(place, kept, to)
                    && let Some(origin) = ServerIndex::from_value(message.origin)
                    && self.is_other(origin)
                {
                    self.recents(origin).handed_on(kept);
                }
            }
            Write::Forget { kept, to } => {
                self.apply_removal(place, kept, to);
            }
            Write::Home { client, server } => self.apply_home(place, client, Some(server)),
            Write::Gone { client } => self.apply_home(place, client, None),
            Write::Mark { client, mark, seq, fingerprint } => {
                self.marks.set(client, Last::new(mark, seq, fingerprint));
            }
            Write::Unmark { client } => self.marks.forget(client),
            Write::Next { seq } => self.next_seq = seq,
            Write::Aged { before } => {
                self.apply_aged(before);
            }
            _ => self.apply_native(place, write),
        }
    }

    fn message(&self, at: Place, seq: Seq, from: Number, to: Number, text: Text<'_>) -> Message {
        Message {
            from,
            at,
            fingerprint: fingerprint_of_send(seq, from, to, text),
            sent_to: ServerSet::default(),
            taken_millis: self.now.wrapping_millis(),
            seq,
            origin: 0,
            text_bytes: text.as_str().len() as u16,
            stamp: None,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of two records")]
    pub(crate) fn apply_keep(
        &mut self,
        place: Place,
        origin: Origin,
        seq: Seq,
        from: Number,
        to: Number,
        text: Text<'_>,
        stamp: Option<Stamp>,
    ) {
        let message = Message { stamp, ..self.message(place, seq, from, to, text) };
        let origin = match origin {
            Origin::Client { mark } => {
                self.next_seq = seq.next();
                self.marks.remember(from, mark, seq, to, text);
                0
            }
            Origin::Server(server) => {
                let now = self.now;
                if self.is_other(server) {
                    self.recents(server).push(message.fingerprint, place, now);
                }
                server.value()
            }
        };
        self.insert_mail(to, place, Message { origin, ..message });
    }

    /// A message was rewritten: it only lies elsewhere, unless this is a replay.
    fn apply_carry(&mut self, kept: Place, to: Number, message: Message) {
        match self.mail.get_mut(to, kept) {
            Some(waiting) => waiting.at = message.at,
            None => self.insert_mail(to, kept, message),
        }
    }

    pub(crate) fn insert_mail(&mut self, to: Number, kept: Place, message: Message) {
        self.mail.insert(to, kept, message);
        self.native.sessions.stir(to);
        let whereabouts = self.whereabouts(to);
        self.count_in(&message, whereabouts);
        self.queue_stamped(whereabouts, to, kept, &message);
        let Whereabouts::Line(home) = whereabouts else { return };
        let (head, next) = {
            let mut of_pair = self.mail.of_pair(to, message.from);
            (of_pair.next(), of_pair.next())
        };
        if head == Some(kept) {
            if let Some(head_before) = next {
                self.remove_head(home, head_before);
            }
            self.add_head(home, kept, to);
        }
    }

    /// A message waits no more. What equals it must not follow it too soon to where
    /// it was ever sent.
    pub(crate) fn apply_removal(
        &mut self,
        place: Place,
        kept: Place,
        to: Number,
    ) -> Option<Message> {
        let message = self.mail.remove(to, kept)?;
        self.native.sessions.forget(to, kept);
        let whereabouts = self.whereabouts(to);
        self.quotas.remove(&message, whereabouts.into());
        self.unqueue_stamped(whereabouts, kept, &message);
        let now = self.now;
        for server in message.servers() {
            if self.is_other(server) {
                self.outbound(server).lately.push(message.fingerprint, kept, place, now);
            }
        }
        self.leave_the_line(kept, to, &message, whereabouts);
        Some(message)
    }

    /// It goes to no server of the line any more; the one behind it may.
    fn leave_the_line(&mut self, kept: Place, to: Number, message: &Message, at: Whereabouts) {
        let elsewhere = match at {
            Whereabouts::Line(home) => Some(home),
            _ => None,
        };
        for server in message.servers() {
            // It may be on the line still, although its recipient's way is by a trunk.
            if self.is_other(server) && elsewhere != Some(server) {
                self.remove_head(server, kept);
            }
        }
        if let Some(home) = elsewhere {
            let was_next = self.remove_head(home, kept);
            let next = self.mail.of_pair(to, message.from).next();
            if let Some(next) = next.filter(|_| was_next) {
                self.add_head(home, next, to);
            }
        }
    }

    /// What waits for a client follows it. A home that was only rewritten leaves what
    /// is in flight as it is.
    fn apply_home(&mut self, place: Place, client: Number, home: Option<ServerIndex>) {
        if let Some(same) = home.filter(|home| self.directory.home(client) == Some(*home)) {
            return self.directory.set(client, same, place);
        }
        self.relocate(client, |engine| match home {
            Some(home) => engine.directory.set(client, home, place),
            None => engine.directory.remove(client),
        });
    }

    pub(crate) fn apply_aged(&mut self, before: Place) -> bool {
        let mut any = false;
        for recents in &mut self.recents {
            any |= recents.age(before);
        }
        for outbound in &mut self.outbound {
            any |= outbound.lately.age(before);
        }
        any
    }

    pub(crate) fn is_other(&self, server: ServerIndex) -> bool {
        server != self.config.me && server.value() <= self.config.servers
    }

    pub(crate) fn other_servers(&self) -> impl Iterator<Item = ServerIndex> + use<> {
        let me = self.config.me;
        let all = (1..=self.config.servers).filter_map(ServerIndex::from_value);
        all.filter(move |server| *server != me)
    }

    pub(crate) fn outbound(&mut self, server: ServerIndex) -> &mut Outbound {
        &mut self.outbound[usize::from(server.value()) - 1]
    }

    pub(crate) fn recents(&mut self, server: ServerIndex) -> &mut Recents {
        &mut self.recents[usize::from(server.value()) - 1]
    }
}
