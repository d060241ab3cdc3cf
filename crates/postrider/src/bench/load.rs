//! Load in a closed loop: so many requests outstanding, one more for each answer.

use postrider_proto::classic::{Answer, Request, Seq};
use postrider_proto::{Number, Text};
use postrider_server::{Batch, Receiver, Transmitter, bind};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// A hundred characters, as people write them.
const TEXT: &str = "The relief boat leaves the north quay at six; bring the two radios, \
     the blue crate and the spare battery.";

/// Who the load's senders and recipients are.
pub(super) const SENDERS: u64 = 1_024;
pub(super) const RECIPIENTS: u64 = 10_000;
const FIRST_SENDER: u64 = 6_040_000_000;
pub(super) const FIRST_RECIPIENT: u64 = 7_780_000_000;

/// What to ask, again and again, and which answers count.
pub(super) trait Requests {
    /// Appends the next request.
    fn next(&mut self, out: &mut Vec<u8>);
    /// What an answer asks for: nothing, a further datagram, or to be counted.
    fn answered(&mut self, answer: &[u8], reply: &mut Vec<u8>);
}

/// Texts from a thousand senders to ten thousand recipients.
#[derive(Default)]
pub(super) struct Sends {
    next: u64,
}

/// `get`s; what they hand out is acknowledged.
#[derive(Default)]
pub(super) struct Gets {
    next: u64,
    pub(super) messages: u64,
}

/// How a run went.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    answers: u64,
    time: Duration,
}

impl Run {
    pub(super) fn per_s(self) -> f64 {
        self.answers as f64 / self.time.as_secs_f64()
    }

    pub(super) fn answers(self) -> u64 {
        self.answers
    }
}

pub(super) fn number(value: u64) -> Number {
    Number::from_value(value).unwrap_or(Number::MAX)
}

pub(super) fn text() -> Text<'static> {
    Text::new(TEXT).unwrap_or(Text::EMPTY)
}

impl Requests for Sends {
    fn next(&mut self, out: &mut Vec<u8>) {
        let client = number(FIRST_SENDER + self.next % SENDERS);
        let to = number(FIRST_RECIPIENT + self.next % RECIPIENTS);
        self.next += 1;
        Request::Send { mark: Seq::ZERO, client, to, text: text() }.print(out);
    }

    fn answered(&mut self, _: &[u8], _: &mut Vec<u8>) {}
}

impl Requests for Gets {
    fn next(&mut self, out: &mut Vec<u8>) {
        let client = number(FIRST_RECIPIENT + self.next % RECIPIENTS);
        self.next += 1;
        Request::Get { client }.print(out);
    }

    fn answered(&mut self, answer: &[u8], reply: &mut Vec<u8>) {
        if let Ok(Answer::Message { seq, from, client, .. }) = Answer::parse(answer) {
            self.messages += 1;
            Request::Ack { seq, client, from }.print(reply);
        }
    }
}

/// A socket that asks one server.
pub(super) struct Load<R> {
    socket: UdpSocket,
    server: SocketAddr,
    receiver: Receiver,
    transmitter: Transmitter,
    pub(super) requests: R,
    batch: Batch<SocketAddr>,
    datagram: Vec<u8>,
}

impl<R: Requests> Load<R> {
    pub(super) fn open(server: SocketAddr, requests: R) -> anyhow::Result<Load<R>> {
        Ok(Load {
            socket: bind((Ipv4Addr::LOCALHOST, 0).into())?,
            server,
            receiver: Receiver::new(),
            transmitter: Transmitter::new(),
            requests,
            batch: Batch::default(),
            datagram: Vec::new(),
        })
    }

    /// Keeps so many requests outstanding for so long.
    pub(super) fn run(&mut self, outstanding: usize, time: Duration) -> anyhow::Result<Run> {
        let started = Instant::now();
        self.ask(outstanding);
        let mut answers = 0;
        while started.elapsed() < time {
            let answered = self.hear()?;
            answers += answered as u64;
            // Nothing for a fifth of a second: what was outstanding has been lost.
            self.ask(if answered == 0 { outstanding } else { answered });
        }
        let run = Run { answers, time: started.elapsed() };
        while self.hear()? > 0 {}
        Ok(run)
    }

    /// Asks until this many answers have come.
    pub(super) fn run_count(&mut self, outstanding: usize, count: u64) -> anyhow::Result<Run> {
        let started = Instant::now();
        self.ask(outstanding.min(count as usize));
        let mut answers = 0;
        while answers < count {
            let answered = self.hear()? as u64;
            answers += answered;
            let missing = count.saturating_sub(answers) as usize;
            self.ask(if answered == 0 {
                missing.min(outstanding)
            } else {
                missing.min(answered as usize)
            });
        }
        Ok(Run { answers, time: started.elapsed() })
    }

    fn ask(&mut self, requests: usize) {
        for _ in 0..requests {
            self.datagram.clear();
            self.requests.next(&mut self.datagram);
            self.batch.push(self.server, &self.datagram);
        }
        self.transmitter.send(&self.socket, &self.batch);
        self.batch.clear();
    }

    /// Waits for answers; what they ask for goes out with the next requests.
    fn hear(&mut self) -> anyhow::Result<usize> {
        let Load { socket, receiver, requests, batch, datagram, server, .. } = self;
        Ok(receiver.receive(socket, |_, answer| {
            datagram.clear();
            requests.answered(answer, datagram);
            if !datagram.is_empty() {
                batch.push(*server, datagram);
            }
        })?)
    }
}
