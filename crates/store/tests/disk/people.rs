//! The recorded workload: what clients and the other two servers say, and when.

use crate::site::{ME, Site, Told, server};
use crate::tape::Disk;
use crate::world::{Act, Letter, World, answer_to};
use fastrand::Rng;
use postrider_engine::Time;
use postrider_engine::edge::Destination;
use postrider_proto::Number;
use postrider_proto::classic::{Answer, Relay, Seq, ServerIndex};
use std::collections::BTreeSet;
use std::mem::take;
use std::sync::Arc;
use std::time::Duration;

const OWN: [u64; 5] = [1, 2, 3, 4, 5];
/// At server 1 and at server 3.
const FAR: [&[u64]; 2] = [&[11, 12], &[13, 14]];
/// At server 1, and written to all at once.
const CROWD: std::ops::RangeInclusive<u64> = 31..=45;
/// Now here, now at server 3.
const ROAMER: u64 = 21;
/// At server 3, but nobody knows until late.
const UNKNOWN: u64 = 22;
/// Writes once, and says nothing from then on.
const SILENT: u64 = 23;

/// Letters that wait for one number at most, outside the crowd.
const MAILBOX: usize = 4;

/// A turn: how many events had been recorded when it began and when its answers
/// left, and all that was promised from then on.
#[derive(Debug)]
pub(crate) struct Moment {
    pub(crate) began: usize,
    pub(crate) answered: usize,
    pub(crate) world: World,
}

/// The server with everybody around it.
pub(crate) struct People {
    dice: Rng,
    disk: Disk,
    site: Option<Site>,
    world: World,
    history: Vec<Moment>,
    /// Handed out or forwarded, and not acked yet.
    to_ack: Vec<Act>,
    /// The numbers that the other servers give.
    seqs: u8,
    texts: u32,
}

pub(crate) fn number(value: u64) -> Number {
    Number::from_value(value).unwrap()
}

/// Whether a letter for them is never sent on.
pub(crate) fn is_never_elsewhere(one: Number) -> bool {
    OWN.contains(&one.value())
}

/// Everybody that a letter may be for.
pub(crate) fn everybody() -> impl Iterator<Item = Number> {
    let few = OWN.into_iter().chain(FAR.concat()).chain([ROAMER, UNKNOWN, SILENT]);
    few.chain(CROWD).map(number)
}

impl People {
    /// A server whose folder has just been made.
    pub(crate) fn new(seed: u64) -> People {
        let (disk, now) = (Disk::default(), Time::from_micros(1));
        let site = Site::open(disk.clone(), now).unwrap();
        let answered = disk.recorded();
        let made = Moment { began: 0, answered, world: World::default() };
        let (dice, history) = (Rng::with_seed(seed), vec![made]);
        let (world, site, to_ack) = (World::default(), Some(site), Vec::new());
        People { dice, disk, site, world, history, to_ack, seqs: 0, texts: 0 }
    }

    /// Everything that happens, and what the disk was asked meanwhile.
    pub(crate) fn live(mut self, steps: usize) -> (Disk, Vec<Moment>) {
        self.turn(&[list(1, FAR[0]), list(3, FAR[1])]);
        let crowd: Vec<_> = CROWD.collect();
        self.turn(&[list(1, &crowd[..8]), list(1, &crowd[8..])]);
        self.turn(&OWN.map(|client| Act::Handshake(number(client))));
        self.say_what_has_to_last();
        self.write_to_the_crowd();
        for step in 1..=steps {
            self.mingle();
            match step % 10 {
                2 => self.roam(),
                4 => self.quiet_while(),
                6 => self.leave_and_return(),
                8 => self.restart(),
                _ => self.pass_a_moment(),
            }
            if step == steps * 2 / 3 {
                self.turn(&[list(3, &[UNKNOWN])]);
            }
        }
        self.only_read();
        self.restart();
        self.disk_and_history()
    }

    fn disk_and_history(mut self) -> (Disk, Vec<Moment>) {
        let (dropped, carried) = (self.site().dropped_bytes(), self.site().carried_records());
        assert!(dropped > 0 && carried > 0, "the log is cleaned: {dropped}, {carried}");
        let most = self.history.iter().map(|moment| moment.world.now).max();
        assert!(most.is_some_and(|now| now.since(Time::ZERO) > Duration::from_secs(30)));
        (self.disk, self.history)
    }

    fn site(&mut self) -> &mut Site {
        self.site.as_mut().unwrap()
    }

    fn turn(&mut self, acts: &[Act]) {
        let began = self.disk.recorded();
        let words: Vec<_> = acts.iter().map(Act::word).collect();
        let told = self.site().turn(&words).unwrap();
        let now = self.site().now;
        self.world.hear(now, acts, &told);
        self.remember_to_ack(acts, &told);
        self.note(began);
    }

    fn note(&mut self, began: usize) {
        let (answered, world) = (self.disk.recorded(), self.world.clone());
        self.history.push(Moment { began, answered, world });
    }

    /// Whoever is handed a letter acks it, sooner or later.
    fn remember_to_ack(&mut self, acts: &[Act], told: &[Told]) {
        for place in 0..acts.len() {
            if let Some(Answer::Message { seq, from, client: to, text }) = answer_to(place, told) {
                let text = text.as_str().into();
                self.to_ack.push(Act::Ack(Letter { seq, from, to, text }));
            }
        }
        for (to, datagram) in told {
            let Destination::Server(to) = *to else { continue };
            let relay = Relay::parse(datagram.as_bytes());
            if let Ok(Relay::Send { seq, from, to: recipient, text }) = relay {
                let letter = Letter { seq, from, to: recipient, text: text.as_str().into() };
                self.to_ack.push(Act::Settle(to, letter));
            }
        }
    }

    fn pass(&mut self, time: Duration) {
        let until = self.site().now + time;
        while let Some(due) = self.site().deadline().filter(|due| *due <= until) {
            let site = self.site();
            site.now = site.now.max(due);
            self.turn(&[]);
        }
        self.site().now = until;
        self.turn(&[]);
    }

    /// A few say something, in one turn.
    fn mingle(&mut self) {
        for _ in 0..self.dice.usize(1..=2) {
            let mut acts = self.acks();
            let mut speakers = BTreeSet::new();
            for _ in 0..self.dice.usize(1..=4) {
                let client = self.one_of(&OWN);
                if speakers.insert(client) {
                    acts.extend(self.say(client));
                }
            }
            acts.extend(self.forward());
            self.turn(&acts);
        }
    }

    /// Some of what is to be acked; what is not now may be handed out again first.
    fn acks(&mut self) -> Vec<Act> {
        let mut acks = take(&mut self.to_ack);
        acks.retain(|_| self.dice.f64() < 0.8);
        acks
    }

    fn say(&mut self, client: Number) -> Option<Act> {
        match self.dice.u8(..10) {
            0 => Some(Act::Handshake(client)),
            1..4 => Some(Act::Get(client)),
            4 => self.world.marked.get(&client).cloned().map(Act::SendAgain),
            _ => {
                let everybody: Vec<_> = everybody().collect();
                let to = everybody[self.dice.usize(..everybody.len())];
                let room = self.world.waiting_for(to) < MAILBOX;
                room.then(|| self.send(client, to))
            }
        }
    }

    fn send(&mut self, client: Number, to: Number) -> Act {
        let mark = Seq::from_value(self.dice.u8(..=3)).unwrap();
        Act::Send { mark, client, to, text: self.text() }
    }

    fn text(&mut self) -> Arc<str> {
        self.texts += 1;
        let more = if self.dice.bool() { self.dice.usize(..100) } else { self.dice.usize(..20) };
        format!("{} {}", self.texts, "ä".repeat(more)).into()
    }

    /// A server forwards something, new or lately.
    fn forward(&mut self) -> Option<Act> {
        let lately = |at| self.world.now.since(at) < Duration::from_secs(9);
        let again: Vec<_> = self.world.taken.iter().filter(|taken| lately(taken.at)).collect();
        if self.dice.bool() && !again.is_empty() {
            let taken = again[self.dice.usize(..again.len())];
            // An ack in the same turn could hand it on, and then it is none.
            let own = OWN.map(number).contains(&taken.letter.to);
            return own.then(|| Act::ForwardAgain(taken.server, taken.letter.clone()));
        }
        let side = self.dice.usize(..2);
        let from = self.one_of(FAR[side]);
        let to = self.one_of(&[OWN.as_slice(), FAR[1 - side], &[ROAMER]].concat());
        let room = self.world.waiting_for(to) < MAILBOX;
        room.then(|| Act::Forward(server(1 + 2 * side as u8), self.far_letter(from, to)))
    }

    fn far_letter(&mut self, from: Number, to: Number) -> Letter {
        self.seqs = (self.seqs + 1) % 100;
        Letter { seq: Seq::from_value(self.seqs).unwrap(), from, to, text: self.text() }
    }

    /// This outlives the part of the log that it was written to.
    fn say_what_has_to_last(&mut self) {
        let mut acts = [SILENT, UNKNOWN].map(|to| self.send(number(1), number(to))).to_vec();
        let (client, to) = (number(SILENT), number(UNKNOWN));
        acts.push(Act::Send { mark: Seq::MAX, client, to, text: self.text() });
        self.turn(&acts);
    }

    /// So much that it takes two rows of the log.
    fn write_to_the_crowd(&mut self) {
        let senders = OWN.into_iter().flat_map(|client| CROWD.map(move |to| (client, to)));
        let acts = senders.map(|(client, to)| {
            let text = "ä".repeat(110).into();
            Act::Send { mark: Seq::ZERO, client: number(client), to: number(to), text }
        });
        let acts: Vec<Act> = acts.collect();
        assert!(acts.len() * 220 > 16_200, "longer than a row of the store");
        self.turn(&acts);
    }

    fn roam(&mut self) {
        let roamer = number(ROAMER);
        if self.world.homes.get(&roamer) == Some(&server(ME)) {
            // Within a quarter of a second after its last word it would be kept here.
            self.pass(Duration::from_millis(300));
            self.turn(&[list(3, &[ROAMER])]);
        } else {
            self.turn(&[Act::Get(roamer)]);
        }
    }

    fn leave_and_return(&mut self) {
        let leaver = self.one_of(&OWN);
        self.turn(&[Act::Terminate(leaver)]);
        self.pass_a_moment();
        self.turn(&[Act::Get(leaver)]);
    }

    fn pass_a_moment(&mut self) {
        let millis = [0, 1, 30, 99, 100, 400, 1_100];
        let millis = millis[self.dice.usize(..millis.len())];
        self.pass(Duration::from_millis(millis));
    }

    /// Long enough that what was written before may be cleaned away.
    fn quiet_while(&mut self) {
        for _ in 0..4 {
            self.pass(Duration::from_secs(3));
            let acks = self.acks();
            self.turn(&acks);
        }
    }

    /// Stopped in order, and started again. What was handed out before is handed out
    /// anew.
    fn restart(&mut self) {
        let (began, now) = (self.disk.recorded(), self.site().now);
        self.site.take().map(Site::close).unwrap().unwrap();
        self.world.closed();
        self.note(began);
        let began = self.disk.recorded();
        self.site = Some(Site::open(self.disk.clone(), now).unwrap());
        self.note(began);
        self.to_ack.clear();
    }

    /// So long that the last `send` of a client is cleaned away, while its number counts.
    fn only_read(&mut self) {
        let written = self.site().log_end_bytes();
        for _ in 0..100 {
            if self.site().dropped_bytes() > written {
                return;
            }
            let mut acts = self.acks();
            acts.extend(
                OWN.map(|to| Act::Forward(server(1), self.far_letter(number(11), number(to)))),
            );
            acts.extend(OWN.map(|client| Act::Get(number(client))));
            self.turn(&acts);
            self.pass(Duration::from_secs(2));
        }
        panic!("the last send is never cleaned away");
    }

    fn one_of(&mut self, values: &[u64]) -> Number {
        number(values[self.dice.usize(..values.len())])
    }
}

fn list(teller: u8, clients: &[u64]) -> Act {
    let teller: ServerIndex = server(teller);
    Act::List(teller, clients.iter().map(|client| number(*client)).collect())
}
