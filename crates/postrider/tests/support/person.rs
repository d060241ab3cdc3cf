//! A person who texts: a marked client that repeats until it is answered.

use super::{PATIENCE, eventually};
use postrider_proto::classic::{Answer, Request, Seq};
use postrider_proto::{Number, Text};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// How long an answer is waited for before the request is repeated.
const REPEAT_AFTER: Duration = Duration::from_millis(250);

/// A client of one server.
pub(crate) struct Person {
    pub(crate) number: Number,
    pub(crate) server: SocketAddr,
    mark: Seq,
}

/// A message as it was handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) seq: u8,
    pub(crate) from: Number,
    pub(crate) text: String,
}

/// What came of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// Its number.
    pub(crate) seq: u8,
    /// How often it had to be sent.
    pub(crate) asked: u32,
}

impl Person {
    /// Attaches to a server.
    pub(crate) fn at(server: SocketAddr, number: Number) -> Person {
        let person = Person { number, server, mark: Seq::ZERO };
        person.handshake();
        person
    }

    /// Turns up at another server, without leaving the old one.
    pub(crate) fn moves(&mut self, server: SocketAddr) {
        self.server = server;
        self.handshake();
    }

    fn handshake(&self) {
        self.until_done(&Request::Handshake { client: self.number });
    }

    /// Leaves the server.
    pub(crate) fn leaves(self) {
        self.until_done(&Request::Terminate { client: self.number });
    }

    fn until_done(&self, request: &Request<'_>) {
        let done = Answer::Done { client: self.number };
        self.ask(request, |answer, _| (answer == done).then_some(()));
    }

    /// Sends a text, again and again until it is accepted.
    pub(crate) fn sends(&mut self, to: Number, text: &str) -> Accepted {
        self.mark = self.mark.next();
        if self.mark == Seq::ZERO {
            self.mark = self.mark.next();
        }
        self.sends_again(to, text)
    }

    /// Sends a text with the last one's mark.
    pub(crate) fn sends_again(&self, to: Number, text: &str) -> Accepted {
        let (mark, me) = (self.mark, self.number);
        let text = Text::new(text).unwrap();
        self.ask(&Request::Send { mark, client: me, to, text }, |answer, asked| match answer {
            Answer::Accepted { seq, client, to: of } if (client, of) == (me, to) => {
                Some(Accepted { seq: seq.value(), asked })
            }
            _ => None,
        })
    }

    /// The oldest message that waits, without acknowledging it.
    pub(crate) fn gets(&self) -> Option<Message> {
        let me = self.number;
        self.ask(&Request::Get { client: me }, |answer, _| match answer {
            Answer::Nothing { client } if client == me => Some(None),
            Answer::Message { seq, from, client, text } if client == me => {
                Some(Some(Message { seq: seq.value(), from, text: text.as_str().to_owned() }))
            }
            _ => None,
        })
    }

    /// Says that a message has arrived.
    pub(crate) fn acknowledges(&self, message: &Message) {
        let seq = Seq::from_value(message.seq).unwrap();
        tell(
            &socket(),
            self.server,
            &Request::Ack { seq, client: self.number, from: message.from },
        );
    }

    /// The oldest message that waits, acknowledged.
    pub(crate) fn takes(&self) -> Option<Message> {
        let message = self.gets()?;
        self.acknowledges(&message);
        Some(message)
    }

    /// Waits for so many messages, and returns their texts.
    pub(crate) fn receives(&self, count: usize) -> Vec<String> {
        let text = |_| eventually("a message", || self.takes()).text;
        (0..count).map(text).collect()
    }

    /// Makes sure that what was acknowledged stays so even if the server is killed: the
    /// flush of an accepted text, here to a number that nobody has, takes it along.
    pub(crate) fn settles(&mut self) {
        self.sends(Number::MAX, "take along what came before");
    }

    /// Asks until an answer fits. Each request has a socket of its own, so that a late
    /// answer to an earlier one cannot be taken for this one's.
    fn ask<T>(
        &self,
        request: &Request<'_>,
        mut fits: impl FnMut(Answer<'_>, u32) -> Option<T>,
    ) -> T {
        let socket = socket();
        let deadline = Instant::now() + PATIENCE;
        let mut asked = 0;
        while Instant::now() < deadline {
            tell(&socket, self.server, request);
            asked += 1;
            if let Some(found) = hear(&socket, |answer| fits(answer, asked)) {
                return found;
            }
        }
        panic!("{} does not answer {request:?}, asked {asked} times", self.server);
    }
}

fn socket() -> UdpSocket {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap()
}

fn tell(socket: &UdpSocket, server: SocketAddr, request: &Request<'_>) {
    let mut datagram = Vec::new();
    request.print(&mut datagram);
    socket.send_to(&datagram, server).unwrap();
}

/// Listens until an answer fits, or until it is time to repeat.
fn hear<T>(socket: &UdpSocket, mut fits: impl FnMut(Answer<'_>) -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + REPEAT_AFTER;
    let mut buffer = [0; 1_024];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        socket.set_read_timeout(Some(left)).unwrap();
        let length = socket.recv(&mut buffer).unwrap_or(0);
        let found = Answer::parse(&buffer[..length]).ok().and_then(&mut fits);
        if found.is_some() {
            return found;
        }
    }
}
