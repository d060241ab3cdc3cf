//! People with classic clients, each at a server of the world.

use super::letters::{Letter, Letters};
use super::net::{Event, Net};
use super::options::Options;
use crate::texts::number_of;
use postrider_engine::{Input, ReplyTo};
use postrider_proto::classic::{Answer, Request, Seq};
use postrider_proto::{Number, Text};
use std::time::Duration;

/// How long a question or an answer takes.
const HOP: Duration = Duration::from_millis(1);
/// What a person fetches at once.
const GETS: u8 = 5;

/// Somebody with a number.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) number: Number,
    pub(crate) site: usize,
    /// The server knows of this person.
    pub(crate) is_there: bool,
    /// Moves, leaves and comes back; and has done so.
    pub(crate) moves: bool,
    pub(crate) has_moved: bool,
    /// Never reads.
    pub(crate) is_deaf: bool,
    /// A lying server says that this number is at home there.
    pub(crate) is_victim: bool,
}

/// What a person asks, and who.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) person: u32,
    pub(crate) ask: Ask,
}

/// A question to a server.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    Attach,
    Send { text: u32, to: Number, written: String },
    Get { left: u8 },
    Ack { from: Number, seq: Seq, text: u32 },
    Leave,
}

impl Asked {
    pub(crate) fn input(&self, reply: ReplyTo) -> Option<Input<'_>> {
        let client = number_of(self.person);
        let request = match &self.ask {
            Ask::Attach => Request::Handshake { client },
            Ask::Send { to, written, .. } => {
                let text = Text::new(written).ok()?;
                Request::Send { mark: Seq::ZERO, client, to: *to, text }
            }
            Ask::Get { .. } => Request::Get { client },
            Ask::Ack { from, seq, .. } => Request::Ack { seq: *seq, client, from: *from },
            Ask::Leave => Request::Terminate { client },
        };
        Some(Input::Request { reply, request })
    }
}

/// Everybody.
pub(crate) struct People {
    pub(crate) all: Vec<Person>,
    hopeless: f64,
    servers: usize,
}

impl People {
    pub(crate) fn new(options: &Options, net: &mut Net) -> People {
        let dice = &mut net.dice;
        let mut person = |index: u32| Person {
            number: number_of(index),
            site: dice.usize(..options.servers),
            is_there: true,
            moves: dice.f64() < options.movers,
            has_moved: false,
            is_deaf: index > 1 && dice.f64() < options.hopeless,
            is_victim: options.rogue > 0.0 && index > 1 && index.is_multiple_of(4),
        };
        let all = (0..options.people).map(&mut person).collect();
        People { all, hopeless: options.hopeless, servers: options.servers }
    }

    /// The next thing that a person does.
    pub(crate) fn act(
        &mut self,
        index: u32,
        net: &mut Net,
        letters: &mut Letters,
        jumped: Duration,
    ) {
        let Some(person) = self.all.get(index as usize) else { return };
        let ask = match net.dice.u8(..20) {
            _ if !person.is_there => return self.attach(index, net),
            0 if person.moves => return self.move_on(index, net),
            1 if person.moves => {
                self.leave(index);
                Ask::Leave
            }
            0..11 => self.write(index, net, letters, jumped),
            _ if person.is_deaf => return,
            _ => Ask::Get { left: GETS },
        };
        self.ask(index, ask, net);
    }

    pub(crate) fn ask(&self, index: u32, ask: Ask, net: &mut Net) {
        if let Some(person) = self.all.get(index as usize) {
            net.plan(HOP, Event::Ask(person.site, Asked { person: index, ask }));
        }
    }

    pub(crate) fn attach(&mut self, index: u32, net: &mut Net) {
        if let Some(person) = self.all.get_mut(index as usize) {
            person.is_there = true;
            self.ask(index, Ask::Attach, net);
        }
    }

    fn move_on(&mut self, index: u32, net: &mut Net) {
        let site = net.dice.usize(..self.servers);
        if let Some(person) = self.all.get_mut(index as usize) {
            (person.site, person.has_moved) = (site, true);
        }
        self.attach(index, net);
    }

    fn leave(&mut self, index: u32) {
        if let Some(person) = self.all.get_mut(index as usize) {
            (person.is_there, person.has_moved) = (false, true);
        }
    }

    fn write(&self, from: u32, net: &mut Net, letters: &mut Letters, jumped: Duration) -> Ask {
        let to = net.dice.u32(..self.all.len() as u32);
        let nobody = net.dice.f64() < self.hopeless;
        let to = if nobody { number_of(900_000) } else { number_of(to) };
        let reader = self.all.iter().find(|person| person.number == to);
        let letter = Letter {
            to: Some(to),
            reader_moved: reader.is_some_and(|reader| reader.has_moved),
            excused: self.all[from as usize].is_victim
                || reader.is_some_and(|reader| reader.is_victim),
            jumped,
            ..Letter::default()
        };
        let (text, written) = letters.write(letter, &mut net.dice);
        Ask::Send { text, to, written }
    }

    /// Everybody at home fetches what there is.
    pub(crate) fn fetch_all(&self, net: &mut Net) {
        for (index, person) in (0..).zip(&self.all) {
            if person.is_there && !person.is_deaf {
                self.ask(index, Ask::Get { left: u8::MAX }, net);
            }
        }
    }

    /// What a person does with an answer that came from a server.
    pub(crate) fn hear(&self, site: usize, asked: &Asked, bytes: &[u8], net: &mut Net) {
        let (Ask::Get { left }, Ok(Answer::Message { seq, from, text, .. })) =
            (&asked.ask, Answer::parse(bytes))
        else {
            return;
        };
        if *left < u8::MAX && net.dice.u8(..10) == 0 {
            // The acknowledgment is lost.
            return;
        }
        let text = crate::texts::id_of(text.as_str());
        let ack = Asked { person: asked.person, ask: Ask::Ack { from, seq, text } };
        net.plan(HOP, Event::Ask(site, ack));
        let is_here =
            self.all.get(asked.person as usize).is_some_and(|p| p.site == site && p.is_there);
        if *left > 1 && is_here {
            let left = if *left == u8::MAX { u8::MAX } else { left - 1 };
            net.plan(
                HOP * 2,
                Event::Ask(site, Asked { person: asked.person, ask: Ask::Get { left } }),
            );
        }
    }
}
