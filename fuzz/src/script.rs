//! Bytes, read as a server's life.

use postrider_proto::classic::ServerIndex;
use std::time::Duration;

/// Few, so that their words meet.
pub const CLIENTS: u64 = 8;
/// Of the line.
pub const SERVERS: u8 = 3;

/// A datagram, and which server it is from, if any.
pub type Word = (Option<ServerIndex>, Vec<u8>);

/// What does not change during a life.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The server's own place in the line.
    pub me: u8,
    /// Whether clients acknowledge.
    pub acknowledged: bool,
    /// Whether all limits are within reach.
    pub narrow: bool,
    /// What the log may be too long.
    pub log_slack_bytes: u64,
}

/// What happens next.
#[derive(Clone, Debug)]
pub enum Event {
    /// These arrive in one turn.
    Arrive(Vec<Word>),
    /// Nothing arrives.
    Pass(Duration),
    /// Everything handed out and forwarded since the last time is acked.
    AckAll,
    /// The disk is full, or not any more.
    Fill(bool),
    /// It ends within a tenth of a second of its last word.
    Crash,
    /// It ends in order.
    Restart,
}

/// The rest of the bytes. After the last there are zeros, which end it.
pub struct Script<'a> {
    rest: &'a [u8],
    me: u8,
}

const TEXTS: [&str; 4] = ["", "x", "Grüße an alle / wie geht's?", "a rather long text, again"];

/// Around every duration that means something to a server.
const MILLIS: [u64; 16] =
    [0, 1, 20, 99, 100, 101, 249, 250, 251, 999, 1_000, 3_000, 7_000, 9_999, 10_001, 25_000];

impl<'a> Script<'a> {
    /// Reads from the first byte on.
    pub fn new(bytes: &'a [u8]) -> Script<'a> {
        Script { rest: bytes, me: 1 }
    }

    /// The first two bytes.
    pub fn settings(&mut self) -> Settings {
        let (flags, slack) = (self.byte(), self.byte());
        self.me = 1 + flags % SERVERS;
        Settings {
            me: self.me,
            acknowledged: flags & 0x80 == 0,
            narrow: flags & 0x40 != 0,
            log_slack_bytes: 10 * u64::from(slack),
        }
    }

    fn byte(&mut self) -> u8 {
        let Some((byte, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        *byte
    }

    fn bytes(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte()).min(self.rest.len());
        let (bytes, rest) = self.rest.split_at(length);
        self.rest = rest;
        bytes
    }

    /// The low half says what, the high half how many times or how long.
    fn event(&mut self) -> Event {
        let (what, much) = split(self.byte());
        match what {
            0..=9 => Event::Arrive((0..=much % 4).map(|_| self.word()).collect()),
            10 | 11 => Event::Pass(Duration::from_millis(MILLIS[usize::from(much)])),
            12 => Event::AckAll,
            13 => Event::Fill(much % 2 == 1),
            14 => Event::Crash,
            _ => Event::Restart,
        }
    }

    fn word(&mut self) -> Word {
        match split(self.byte()) {
            (0, _) => (None, self.bytes().to_vec()),
            (1, side) => (self.other_server(side), self.bytes().to_vec()),
            (what @ 2..=9, who) => (None, self.request(what, who).into_bytes()),
            (what, side) => (self.other_server(side), self.relay(what).into_bytes()),
        }
    }

    fn request(&mut self, what: u8, who: u8) -> String {
        let client = u64::from(who) % CLIENTS;
        match what {
            2 => format!("handshake/0/{client:010}//"),
            3 | 4 => format!("get/0/{client:010}//"),
            5 => format!("terminate/0/{client:010}//"),
            6 => format!("ack/{}/{client:010}/{}/", self.seq(), self.client()),
            _ => {
                let (mark, text) = split(self.byte());
                let text = TEXTS[usize::from(text) % TEXTS.len()];
                format!("send/{}/{client:010}/{}/{text}", mark % 3, self.client())
            }
        }
    }

    fn relay(&mut self, what: u8) -> String {
        match what {
            10 => format!("terminate/0/{}//1", self.client()),
            11 => format!("ack/{}/{}/{}/", self.seq(), self.client(), self.client()),
            12 | 13 => {
                let (pairs, _) = split(self.byte());
                let pairs = (0..=pairs % 8).map(|_| self.pair());
                pairs.collect::<Vec<_>>().join("?")
            }
            _ => {
                let text = TEXTS[usize::from(self.byte()) % TEXTS.len()];
                format!("send/{}/{}/{}/{text}", self.seq(), self.client(), self.client())
            }
        }
    }

    fn pair(&mut self) -> String {
        let (client, server) = split(self.byte());
        let (client, server) = (u64::from(client) % CLIENTS, 1 + server % SERVERS);
        format!("{client:010}/10.0.0.{server}")
    }

    fn seq(&mut self) -> u8 {
        self.byte() % 100
    }

    fn client(&mut self) -> String {
        format!("{:010}", u64::from(self.byte()) % CLIENTS)
    }

    fn other_server(&self, side: u8) -> Option<ServerIndex> {
        let others: Vec<u8> = (1..=SERVERS).filter(|server| *server != self.me).collect();
        ServerIndex::from_value(others[usize::from(side) % others.len()])
    }
}

impl Iterator for Script<'_> {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        (!self.rest.is_empty()).then(|| self.event())
    }
}

fn split(byte: u8) -> (u8, u8) {
    (byte & 0x0f, byte >> 4)
}
