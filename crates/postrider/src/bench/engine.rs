//! What the engine alone takes for a message, without sockets, disk and cryptography.

use super::directory::{Counting, OTHER, TRUNK, begin, take};
use super::figures::Figures;
use super::load::{FIRST_RECIPIENT, RECIPIENTS, SENDERS, number, text};
use postrider_engine::{Engine, Handed, Input, Outbox, Output, ReplyTo, Time, turn};
use postrider_proto::classic::{Request, Seq};
use postrider_proto::native::{
    Age, Body, Content, Count, Entry, Epoch, Fact, Hops, Lifetime, Message, MessageId, NumberRow,
    Precedence, Row, SentRow, Sequence, Version,
};
use std::time::Instant;

const PER_TURN: u64 = 256;

pub(super) fn measure(figures: &mut Figures, messages: u64) -> anyhow::Result<()> {
    figures.heading("The engine alone");
    let mut buffer = [0; Content::GSM_BYTES_MAX];
    let content = Content::write(text().as_str(), &mut buffer)?;
    let message = |n: u64| Input::Message { trunk: TRUNK, item: n, message: message(n, content) };
    let taken = Home::Here.run(messages, message)?;
    figures.add("engine_take_ns", taken, "a message taken from a trunk into a mailbox");
    let on = Home::There.run(messages, message)?;
    figures.add("engine_hand_on_ns", on, "a message taken from a trunk and handed on");
    let accepted = Home::There.run(messages, |n| {
        let (client, to) = (sender(n), recipient(n));
        let request = Request::Send { mark: Seq::ZERO, client, to, text: text() };
        Input::Request { reply: ReplyTo(0), request }
    })?;
    figures.add("engine_accept_ns", accepted, "a text accepted and handed over");
    Ok(())
}

/// Where the recipients are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Home {
    Here,
    There,
}

impl Home {
    /// Nanoseconds for each message; all that are handed on are taken into custody in the
    /// next turn.
    fn run<'a>(self, messages: u64, input: impl Fn(u64) -> Input<'a>) -> anyhow::Result<f64> {
        let mut log = Counting::default();
        let mut engine = begin(&mut log)?;
        take(&mut engine, &mut log, &[Input::TrunkUp { trunk: TRUNK, peer: OTHER, cost: 1 }])?;
        self.settle(&mut engine, &mut log)?;
        let mut outbox = Outbox::default();
        let mut inputs = Vec::new();
        let began = Instant::now();
        for first in (0..messages).step_by(PER_TURN as usize) {
            inputs.extend((first..first + PER_TURN).map(&input));
            turn(&mut engine, &mut log, Time::from_micros(2_000_000 + first), inputs.drain(..))?;
            engine.swap_outbox(&mut outbox);
            let handed = outbox.outputs.iter().filter_map(|output| match output {
                Output::Hand { trunk, tag, what: Handed::Message { .. } } => {
                    Some(Input::Custody { trunk: *trunk, tag: *tag })
                }
                _ => None,
            });
            inputs.extend(handed);
        }
        Ok(began.elapsed().as_secs_f64() * 1e9 / messages as f64)
    }

    /// Makes the recipients known, and the way to them.
    fn settle(self, engine: &mut Engine, log: &mut Counting) -> anyhow::Result<()> {
        let link = postrider_proto::native::LinkRow { peer: super::directory::ME, cost: 1 };
        let mut inputs = vec![row(1, Fact::Link(link))];
        for place in 0..RECIPIENTS {
            let number = recipient(place);
            inputs.push(match self {
                Home::Here => Input::Request {
                    reply: ReplyTo(0),
                    request: Request::Handshake { client: number },
                },
                Home::There => {
                    let version = Version::FIRST;
                    let fact =
                        NumberRow { number, version, released: false, line: false, owner: None };
                    row(place + 2, Fact::Number(fact))
                }
            });
        }
        for part in inputs.chunks(1_024) {
            take(engine, log, part)?;
        }
        turn(engine, log, Time::from_micros(1_000_000), [])?;
        engine.swap_outbox(&mut Outbox::default());
        Ok(())
    }
}

fn row(sequence: u64, fact: Fact<'static>) -> Input<'static> {
    let number = Sequence::from_value(sequence).unwrap_or(Sequence::FIRST);
    let entry = Entry { origin: OTHER, sequence: number, fact };
    let row = Row { entry, signature: &[0; 64] };
    let row = SentRow::new(sequence - 1, row)
        .unwrap_or_else(|| unreachable!("it follows the one before"));
    Input::Row { trunk: TRUNK, item: sequence, row }
}

fn sender(n: u64) -> postrider_proto::Number {
    number(6_040_000_000 + n % SENDERS)
}

fn recipient(n: u64) -> postrider_proto::Number {
    number(FIRST_RECIPIENT + n % RECIPIENTS)
}

fn message(n: u64, content: Content<'_>) -> Message<'_> {
    Message {
        id: MessageId { from: sender(n), to: recipient(n), epoch: Epoch::MIN, count: Count::FIRST },
        lifetime: Lifetime::MAX,
        age: Age::ZERO,
        hops: Hops(8),
        precedence: Precedence::Routine,
        body: Body::Text { part: None, content },
        signature: None,
    }
}
