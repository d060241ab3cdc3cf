//! People with the classic client, as CLASSIC.md's "Clients" says.

use crate::queue::Event;
use crate::texts::{Texts, number_of};
use crate::wire::{About, Datagram, Net, Peer};
use fastrand::Rng;
use postrider_proto::classic::{Answer, Request, Seq, ServerIndex};
use postrider_proto::{Number, Text};
use std::collections::VecDeque;
use std::time::Duration;

/// A client that hears no answer for this long repeats its datagram.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it repeats.
const REPEATS: u8 = 5;
/// `get`s of one request to receive.
const GETS: u8 = 5;

/// A person and their program.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) number: Number,
    /// The server that the person is at, none while away.
    pub(crate) server: Option<ServerIndex>,
    pub(crate) moves: u64,
    index: u32,
    marks: bool,
    mark: u8,
    /// Asks until there is an answer, and reads until nothing is left.
    patient: bool,
    asked: Option<Asked>,
    questions: u32,
    plans: VecDeque<Plan>,
    last_shown: Option<(Number, Seq, String)>,
    empty_gets: u8,
}

/// What a person is going to do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Plan {
    Attach(ServerIndex),
    Text,
    Receive,
    Leave,
}

/// The question that has no answer yet.
#[derive(Debug)]
struct Asked {
    number: u32,
    kind: Kind,
    bytes: Vec<u8>,
    about: About,
    repeats_left: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Attach,
    Text { to: Number },
    Get { left: u8 },
    Leave,
}

/// What a person's habits are, and who else there is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habits {
    pub(crate) servers: u8,
    pub(crate) people: u32,
    pub(crate) moving: f64,
    pub(crate) leaving: f64,
}

/// A text as its reader saw it for the first time, or again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    pub(crate) reader: Number,
    pub(crate) about: About,
}

impl Person {
    pub(crate) fn new(index: u32, marks: bool) -> Person {
        Person {
            number: number_of(index),
            server: None,
            moves: 0,
            index,
            marks,
            mark: 0,
            patient: false,
            asked: None,
            questions: 0,
            plans: VecDeque::new(),
            last_shown: None,
            empty_gets: 0,
        }
    }

    /// Whether nothing is asked or planned.
    pub(crate) fn is_idle(&self) -> bool {
        self.asked.is_none() && self.plans.is_empty()
    }

    /// The next thing, if the last one is done.
    pub(crate) fn act(&mut self, habits: &Habits, net: &mut Net, texts: &mut Texts) {
        if self.asked.is_none() {
            if self.plans.is_empty() {
                self.decide(habits, &mut net.dice);
            }
            self.go_on(habits.people, net, texts);
        }
    }

    /// Does this from now on, and without giving up.
    pub(crate) fn insist(&mut self, plan: Plan, net: &mut Net, texts: &mut Texts) {
        self.patient = true;
        self.plans.push_back(plan);
        if self.asked.is_none() {
            self.go_on(0, net, texts);
        }
    }

    /// Asks and plans nothing any more.
    pub(crate) fn rest(&mut self) {
        self.asked = None;
        self.plans.clear();
    }

    fn decide(&mut self, habits: &Habits, dice: &mut Rng) {
        if self.server.is_none() {
            if dice.bool() {
                self.plans.push_back(attach_somewhere(habits.servers, dice));
            }
            return;
        }
        let roll = dice.f64();
        if roll < habits.moving {
            self.move_on(habits.servers, dice);
        } else if roll < habits.moving + habits.leaving {
            self.plans.push_back(Plan::Leave);
        } else {
            self.plans.push_back(if dice.bool() { Plan::Text } else { Plan::Receive });
        }
    }

    fn move_on(&mut self, servers: u8, dice: &mut Rng) {
        if dice.bool() {
            self.plans.push_back(Plan::Leave);
        }
        self.moves += 1;
        self.plans.push_back(attach_somewhere(servers, dice));
    }

    fn go_on(&mut self, people: u32, net: &mut Net, texts: &mut Texts) {
        let Some(plan) = self.plans.pop_front() else { return };
        match plan {
            Plan::Attach(server) => {
                self.server = Some(server);
                self.ask(Kind::Attach, &Request::Handshake { client: self.number }, net);
            }
            Plan::Text => self.text(people, net, texts),
            Plan::Receive => {
                self.empty_gets = 0;
                self.get(GETS, net);
            }
            Plan::Leave => {
                self.ask(Kind::Leave, &Request::Terminate { client: self.number }, net);
            }
        }
    }

    fn text(&mut self, people: u32, net: &mut Net, texts: &mut Texts) {
        let to = number_of(net.dice.u32(..people));
        let (id, written) = texts.write(to, self.marks, &mut net.dice);
        self.mark = if self.marks { self.mark % 99 + 1 } else { 0 };
        let mark = Seq::from_value(self.mark).unwrap_or(Seq::ZERO);
        let Ok(text) = Text::new(&written) else { return };
        let request = Request::Send { mark, client: self.number, to, text };
        self.ask_about(Kind::Text { to }, &request, About::text(id), net);
    }

    fn get(&mut self, left: u8, net: &mut Net) {
        self.ask(Kind::Get { left }, &Request::Get { client: self.number }, net);
    }

    fn ask(&mut self, kind: Kind, request: &Request<'_>, net: &mut Net) {
        self.ask_about(kind, request, About::default(), net);
    }

    fn ask_about(&mut self, kind: Kind, request: &Request<'_>, about: About, net: &mut Net) {
        let mut bytes = Vec::new();
        request.print(&mut bytes);
        self.questions += 1;
        let (number, repeats_left) = (self.questions, REPEATS);
        self.asked = Some(Asked { number, kind, bytes, about, repeats_left });
        self.say(net);
    }

    /// Sends the question, once more if it was sent before.
    fn say(&mut self, net: &mut Net) {
        let (Some(asked), Some(server)) = (&self.asked, self.server) else { return };
        let (from, to) = (Peer::Person(self.index), Peer::Server(server));
        net.send(Datagram { from, to, bytes: asked.bytes.clone(), about: asked.about });
        net.plan(PATIENCE, Event::Impatient(self.index, asked.number));
    }

    /// A second has gone by.
    pub(crate) fn wait_no_more(&mut self, question: u32, habits: &Habits, net: &mut Net) {
        let Some(asked) = self.asked.as_mut().filter(|asked| asked.number == question) else {
            return;
        };
        let once_only = matches!(asked.kind, Kind::Text { .. }) && !self.marks;
        if once_only || (asked.repeats_left == 0 && !self.patient) {
            return self.give_up(habits, &mut net.dice);
        }
        asked.repeats_left = asked.repeats_left.saturating_sub(1);
        self.say(net);
    }

    /// The server does not answer: the person may try another one.
    fn give_up(&mut self, habits: &Habits, dice: &mut Rng) {
        let Some(asked) = self.asked.take() else { return };
        self.plans.clear();
        if asked.kind == Kind::Leave {
            self.server = None;
        } else if habits.moving > 0.0 && dice.u8(..3) == 0 {
            self.moves += 1;
            self.plans.push_back(attach_somewhere(habits.servers, dice));
        }
    }

    /// Hears a datagram; says what it shows.
    pub(crate) fn hear(
        &mut self,
        datagram: &Datagram,
        people: u32,
        net: &mut Net,
        texts: &mut Texts,
    ) -> Option<Shown> {
        let kind = self.asked.as_ref()?.kind;
        if Some(datagram.from) != self.server.map(Peer::Server) {
            return None;
        }
        let answer = Answer::parse(&datagram.bytes).ok()?;
        let mut shown = None;
        match (kind, answer) {
            (Kind::Attach, Answer::Done { .. }) => self.asked = None,
            (Kind::Leave, Answer::Done { .. }) => (self.asked, self.server) = (None, None),
            (Kind::Text { to }, Answer::Accepted { to: accepted, .. }) if to == accepted => {
                self.asked = None;
            }
            (Kind::Get { left }, Answer::Message { seq, from, text, .. }) => {
                self.empty_gets = 0;
                shown = self.show(seq, from, text, datagram.about);
                self.acknowledge(seq, from, datagram.about, net);
                self.get_again(left, net);
            }
            (Kind::Get { left }, Answer::Nothing { .. }) => {
                self.empty_gets += 1;
                self.get_again(left, net);
            }
            _ => return None,
        }
        if self.asked.is_none() {
            self.go_on(people, net, texts);
        }
        shown
    }

    /// The same source, number and text twice in a row is shown once.
    fn show(&mut self, seq: Seq, from: Number, text: Text<'_>, about: About) -> Option<Shown> {
        let this = (from, seq, text.as_str().to_owned());
        if self.last_shown.as_ref() == Some(&this) {
            return None;
        }
        self.last_shown = Some(this);
        Some(Shown { reader: self.number, about })
    }

    fn acknowledge(&self, seq: Seq, from: Number, about: About, net: &mut Net) {
        let Some(server) = self.server else { return };
        let mut bytes = Vec::new();
        Request::Ack { seq, client: self.number, from }.print(&mut bytes);
        let (me, to) = (Peer::Person(self.index), Peer::Server(server));
        net.send(Datagram { from: me, to, bytes, about });
    }

    /// A patient reader goes on until five in a row were empty.
    fn get_again(&mut self, left: u8, net: &mut Net) {
        self.asked = None;
        if self.patient && self.empty_gets < GETS {
            self.get(GETS, net);
        } else if !self.patient && left > 1 {
            self.get(left - 1, net);
        }
    }
}

/// Goes to one of the line's servers.
fn attach_somewhere(servers: u8, dice: &mut Rng) -> Plan {
    ServerIndex::from_value(dice.u8(1..=servers)).map_or(Plan::Receive, Plan::Attach)
}
