//! A client's session with its server, without a terminal.
//!
//! ```text
//!   attach ──► handshake/0/5550000001//
//!   send ────► send/1/5550000001/5550000005/Hello   the mark 1 makes repeats harmless
//!   receive ─► get/0/5550000001//  five times, and  ack/7/5550000001/5550000005/
//!   quit ────► terminate/0/5550000001//
//! ```

use super::wire::{NoAnswer, PATIENCE, REPEATS, Wire};
use postrider_proto::classic::{Answer, Request, Seq};
use postrider_proto::{Number, Text};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// How many `get`s one request to receive is.
pub(crate) const GETS: usize = 5;

/// Attaches a client to a server: the `handshake`. The server is asked for six
/// seconds at the most.
pub(crate) fn attach(server: SocketAddr, number: Number) -> Result<Session, NoAnswer> {
    Session::attach(server, number, PATIENCE)
}

/// An attached client.
#[derive(Debug)]
pub(crate) struct Session {
    wire: Wire,
    number: Number,
    last_sent: Option<Sent>,
    last_shown: Option<Message>,
}

/// A message that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// The number that its server gave it.
    pub(crate) seq: Seq,
    /// Who wrote it.
    pub(crate) from: Number,
    /// What somebody else wrote: sanitize it before it is shown.
    pub(crate) text: String,
}

/// What came of five `get`s.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Received {
    /// Messages shown and acknowledged.
    pub(crate) shown: usize,
    /// Copies of the message shown last, acknowledged once more.
    pub(crate) copies: usize,
    /// `get`s that found no message.
    pub(crate) empty: usize,
    /// Set where the server stopped answering before the fifth. What was not
    /// shown waits on.
    pub(crate) stopped: Option<NoAnswer>,
}

/// The last text that was sent.
#[derive(Debug)]
struct Sent {
    mark: Seq,
    to: Number,
    text: String,
    accepted: Option<Accepted>,
}

#[derive(Clone, Copy, Debug)]
struct Accepted {
    seq: Seq,
    /// How often the text had been sent by then: as many `ack`s may come.
    asked: u32,
}

impl Session {
    /// [`attach`] with another patience than a second.
    pub(crate) fn attach(
        server: SocketAddr,
        number: Number,
        patience: Duration,
    ) -> Result<Session, NoAnswer> {
        let wire = Wire::open(server, patience)?;
        let mut session = Session { wire, number, last_sent: None, last_shown: None };
        session.handshake()?;
        Ok(session)
    }

    /// Hands a text to the server, and returns the number that it has there once it
    /// is on disk. On an error it is not known whether the server has it; the same
    /// text to the same number, sent next, is taken for the same one.
    pub(crate) fn send(&mut self, to: Number, text: Text<'_>) -> Result<Seq, NoAnswer> {
        let mark = match &self.last_sent {
            Some(last) if last.seems_lost() && last.is(to, text) => last.mark,
            Some(last) => {
                let mark = mark_after(last.mark);
                if last.seems_lost() {
                    self.handshake()?;
                }
                mark
            }
            None => mark_after(Seq::ZERO),
        };
        let before = self.last_sent.replace(Sent::new(mark, to, text));
        let accepted = self.submit(mark, to, text, before.as_ref())?;
        if let Some(sent) = &mut self.last_sent {
            sent.accepted = Some(accepted);
        }
        Ok(accepted.seq)
    }

    /// Asks five times for a message. Each is shown before it is acknowledged, so
    /// that one which could not be shown waits on; the error is that of `show`.
    pub(crate) fn receive(
        &mut self,
        mut show: impl FnMut(&Message) -> io::Result<()>,
    ) -> io::Result<Received> {
        // Not before each get: which of them a message answers does not matter, and
        // where the server does not wait for acks, one thrown away would be gone.
        self.wire.drain();
        let mut received = Received::default();
        for _ in 0..GETS {
            match self.get() {
                Ok(Some(message)) => self.take(message, &mut received, &mut show)?,
                Ok(None) => {
                    // What comes behind an empty answer is a message of its own.
                    self.last_shown = None;
                    received.empty += 1;
                }
                Err(no_answer) => {
                    received.stopped = Some(no_answer);
                    break;
                }
            }
        }
        Ok(received)
    }

    /// Leaves the server. What waits for the client stays there.
    pub(crate) fn terminate(mut self) -> Result<(), NoAnswer> {
        let request = Request::Terminate { client: self.number };
        self.until_done(&request)
    }

    #[cfg(test)]
    pub(super) fn with_patience(mut self, patience: Duration) -> Session {
        self.wire.patience = patience;
        self
    }

    /// Also ends whatever the server still has to say about the last text: answers
    /// come in the order of the requests, and an `ack` that is under way carries a
    /// number which cannot be told from that of the next text.
    fn handshake(&mut self) -> Result<(), NoAnswer> {
        let request = Request::Handshake { client: self.number };
        self.until_done(&request)
    }

    fn until_done(&mut self, request: &Request<'_>) -> Result<(), NoAnswer> {
        self.wire.drain();
        let done = Answer::Done { client: self.number };
        self.wire.ask(request, |answer, _| (answer == done).then_some(()))
    }

    fn submit(
        &mut self,
        mark: Seq,
        to: Number,
        text: Text<'_>,
        before: Option<&Sent>,
    ) -> Result<Accepted, NoAnswer> {
        self.wire.drain();
        let me = self.number;
        let request = Request::Send { mark, client: me, to, text };
        self.wire.ask(&request, |answer, asked| match answer {
            Answer::Accepted { seq, client, to: of } if (client, of) == (me, to) => {
                let accepted = Accepted { seq, asked };
                let late = before.is_some_and(|before| before.claims(to, accepted));
                (!late).then_some(accepted)
            }
            _ => None,
        })
    }

    fn get(&mut self) -> Result<Option<Message>, NoAnswer> {
        let me = self.number;
        self.wire.ask(&Request::Get { client: me }, |answer, _| match answer {
            Answer::Nothing { client } if client == me => Some(None),
            Answer::Message { seq, from, client, text } if client == me => {
                Some(Some(Message { seq, from, text: text.as_str().to_owned() }))
            }
            _ => None,
        })
    }

    fn take(
        &mut self,
        message: Message,
        received: &mut Received,
        mut show: impl FnMut(&Message) -> io::Result<()>,
    ) -> io::Result<()> {
        if self.last_shown.as_ref() == Some(&message) {
            received.copies += 1;
        } else {
            show(&message)?;
            received.shown += 1;
        }
        // A lost ack is made good by the copy that the next get brings.
        self.wire.tell(&Request::Ack { seq: message.seq, client: self.number, from: message.from });
        self.last_shown = Some(message);
        Ok(())
    }
}

impl Received {
    /// All five came back empty.
    pub(crate) fn is_nothing(&self) -> bool {
        self.empty == GETS
    }

    /// None came back empty: there may be more.
    pub(crate) fn is_full(&self) -> bool {
        self.shown + self.copies == GETS
    }
}

impl Sent {
    fn new(mark: Seq, to: Number, text: Text<'_>) -> Sent {
        Sent { mark, to, text: text.as_str().to_owned(), accepted: None }
    }

    fn is(&self, to: Number, text: Text<'_>) -> bool {
        self.to == to && self.text == text.as_str()
    }

    fn seems_lost(&self) -> bool {
        self.accepted.is_none()
    }

    /// Whether an `ack` to the text after this one is taken for a late copy of this
    /// one's: it carries the same number, and no more have been asked for than may
    /// be copies. Beyond that it is a number that has come round again.
    fn claims(&self, to: Number, found: Accepted) -> bool {
        self.accepted.is_some_and(|own| {
            self.to == to && own.seq == found.seq && found.asked <= own.asked.min(REPEATS)
        })
    }
}

/// 1 to 99, round and round; 0 would say nothing.
fn mark_after(mark: Seq) -> Seq {
    match mark.next() {
        Seq::ZERO => Seq::ZERO.next(),
        mark => mark,
    }
}

#[cfg(test)]
mod tests;
