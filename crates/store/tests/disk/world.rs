//! What the outside may rely on: kept from what was asked and what was answered,
//! without a look into the engine.

use crate::site::{ME, Told, Word, server};
use postrider_engine::Time;
use postrider_engine::durations::{EQUAL, LAZY};
use postrider_engine::edge::Destination;
use postrider_proto::Number;
use postrider_proto::classic::{Answer, Relay, Seq, ServerIndex};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A message that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) seq: Seq,
    pub(crate) from: Number,
    pub(crate) to: Number,
    pub(crate) text: Arc<str>,
}

/// A letter that waits, or that was acked so lately that it may come back.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) letter: Letter,
    pub(crate) acked: Option<Time>,
}

/// A client's last `send`, if it was marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marked {
    pub(crate) mark: Seq,
    pub(crate) letter: Letter,
}

/// What was taken over from a server, and when.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) server: ServerIndex,
    pub(crate) letter: Letter,
    pub(crate) at: Time,
}

/// Something that a client or a server says.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Handshake(Number),
    Get(Number),
    Terminate(Number),
    Send { mark: Seq, client: Number, to: Number, text: Arc<str> },
    SendAgain(Marked),
    Ack(Letter),
    Forward(ServerIndex, Letter),
    ForwardAgain(ServerIndex, Letter),
    Settle(ServerIndex, Letter),
    List(ServerIndex, Vec<Number>),
}

/// All that was promised by some moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) now: Time,
    /// For each recipient, oldest first.
    pub(crate) boxes: BTreeMap<Number, Vec<Waiting>>,
    pub(crate) homes: BTreeMap<Number, ServerIndex>,
    pub(crate) marked: BTreeMap<Number, Marked>,
    /// Lately, and not handed on since.
    pub(crate) taken: Vec<Taken>,
    /// The number of the next `send`.
    pub(crate) next: Seq,
}

impl Act {
    pub(crate) fn word(&self) -> Word {
        match self {
            Act::Handshake(client) => (None, format!("handshake/0/{client}//")),
            Act::Get(client) => (None, format!("get/0/{client}//")),
            Act::Terminate(client) => (None, format!("terminate/0/{client}//")),
            Act::Send { mark, client, to, text } => {
                (None, format!("send/{mark}/{client}/{to}/{text}"))
            }
            Act::SendAgain(Marked { mark, letter: Letter { from, to, text, .. } }) => {
                (None, format!("send/{mark}/{from}/{to}/{text}"))
            }
            Act::Ack(Letter { seq, from, to, .. }) => (None, format!("ack/{seq}/{to}/{from}/")),
            Act::Forward(server, letter) | Act::ForwardAgain(server, letter) => {
                let Letter { seq, from, to, text } = letter;
                (Some(*server), format!("send/{seq}/{from}/{to}/{text}"))
            }
            Act::Settle(server, Letter { seq, from, to, .. }) => {
                (Some(*server), format!("ack/{seq}/{from}/{to}/"))
            }
            Act::List(server, clients) => {
                let pairs = clients.iter().map(|client| format!("{client}/10.0.0.{server}"));
                (Some(*server), pairs.collect::<Vec<_>>().join("?"))
            }
        }
    }
}

impl World {
    /// The server has answered all acts of a turn.
    pub(crate) fn hear(&mut self, now: Time, acts: &[Act], told: &[Told]) {
        self.now = now;
        for (place, act) in acts.iter().enumerate() {
            self.hear_one(act, answer_to(place, told), told);
        }
        self.forget_what_is_over();
    }

    fn hear_one(&mut self, act: &Act, answer: Option<Answer<'_>>, told: &[Told]) {
        match act {
            Act::Handshake(client) => {
                assert_eq!(answer, Some(Answer::Done { client: *client }));
                self.marked.remove(client);
                self.homes.insert(*client, server(ME));
            }
            Act::Get(client) => {
                assert!(answer.is_some(), "a get is answered");
                self.homes.insert(*client, server(ME));
            }
            Act::Terminate(client) => {
                assert_eq!(answer, Some(Answer::Done { client: *client }));
                self.marked.remove(client);
                self.homes.remove(client);
            }
            Act::Send { mark, client, to, text } => self.sent(*mark, *client, *to, text, answer),
            Act::SendAgain(Marked { letter, .. }) => {
                let Letter { seq, from: client, to, .. } = *letter;
                assert_eq!(answer, Some(Answer::Accepted { seq, client, to }));
            }
            Act::Ack(letter) => self.acked(letter),
            Act::Forward(server, letter) => {
                assert!(is_acked(*server, letter, told), "what was forwarded is taken over");
                self.taken.push(Taken { server: *server, letter: letter.clone(), at: self.now });
                self.kept(letter.clone());
            }
            Act::ForwardAgain(server, letter) => {
                assert!(is_acked(*server, letter, told), "a repeat is acked again");
            }
            Act::Settle(_, letter) => {
                self.taken.retain(|taken| taken.letter != *letter);
                self.acked(letter);
            }
            Act::List(server, clients) => {
                self.homes.extend(clients.iter().map(|client| (*client, *server)));
            }
        }
    }

    fn sent(
        &mut self,
        mark: Seq,
        client: Number,
        to: Number,
        text: &Arc<str>,
        answer: Option<Answer<'_>>,
    ) {
        let seq = self.next;
        assert_eq!(answer, Some(Answer::Accepted { seq, client, to }));
        let letter = Letter { seq, from: client, to, text: text.clone() };
        self.next = seq.next();
        self.homes.insert(client, server(ME));
        self.marked.remove(&client);
        if mark != Seq::ZERO {
            self.marked.insert(client, Marked { mark, letter: letter.clone() });
        }
        self.kept(letter);
    }

    fn kept(&mut self, letter: Letter) {
        self.boxes.entry(letter.to).or_default().push(Waiting { letter, acked: None });
    }

    fn acked(&mut self, letter: &Letter) {
        let waiting = self.boxes.entry(letter.to).or_default();
        let waiting = waiting.iter_mut().find(|one| one.letter == *letter && one.acked.is_none());
        if let Some(waiting) = waiting {
            waiting.acked = Some(self.now);
        }
    }

    /// An ack is flushed after a tenth of a second at the latest.
    fn forget_what_is_over(&mut self) {
        let now = self.now;
        for waiting in self.boxes.values_mut() {
            waiting.retain(|one| one.acked.is_none_or(|acked| now.since(acked) < LAZY));
        }
        self.taken.retain(|taken| now.since(taken.at) < EQUAL);
    }

    /// The server was closed in order.
    pub(crate) fn closed(&mut self) {
        for waiting in self.boxes.values_mut() {
            waiting.retain(|one| one.acked.is_none());
        }
    }

    /// How many letters wait for this recipient.
    pub(crate) fn waiting_for(&self, to: Number) -> usize {
        self.boxes.get(&to).map_or(0, Vec::len)
    }
}

/// What the client whose word was at this place was told.
pub(crate) fn answer_to(place: usize, told: &[Told]) -> Option<Answer<'_>> {
    let this = |to: &Destination| matches!(to, Destination::Client(to) if to.0 as usize == place);
    let (_, datagram) = told.iter().find(|(to, _)| this(to))?;
    Answer::parse(datagram.as_bytes()).ok()
}

pub(crate) fn is_acked(server: ServerIndex, letter: &Letter, told: &[Told]) -> bool {
    let Letter { seq, from, to, .. } = *letter;
    let ack = Relay::Ack { seq, from, to };
    told.iter().any(|(told, datagram)| {
        *told == Destination::Server(server) && Relay::parse(datagram.as_bytes()) == Ok(ack.clone())
    })
}
