//! A client that says what it likes.

use super::DESK;
use super::site::Site;
use super::support::PATIENCE;
use postrider_smpp::codec::{Address, Bind, Message, Mode, Pdu, Status, print};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// A client that says what it likes.
pub(crate) struct Raw(TcpStream);

impl Raw {
    pub(crate) fn new(at: SocketAddr) -> Raw {
        let stream = TcpStream::connect(at).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Raw(stream)
    }

    pub(crate) fn bound(site: &Site, mode: Mode) -> Raw {
        let mut raw = Raw::new(site.at);
        assert_eq!(raw.binds(mode, "pumps", &site.password), Status::OK);
        raw
    }

    pub(crate) fn binds(&mut self, mode: Mode, system_id: &str, password: &str) -> Status {
        let bind = Bind {
            mode,
            system_id: system_id.as_bytes(),
            password: password.as_bytes(),
            system_type: b"",
            interface_version: 0x34,
            range: Address::default(),
        };
        self.asks(&Pdu::Bind(bind), 1).1
    }

    pub(crate) fn says(&mut self, bytes: &[u8]) {
        // Who was cut off hears so when it reads.
        let _ = self.0.write_all(bytes);
    }

    pub(crate) fn asks(&mut self, pdu: &Pdu<'_>, sequence: u32) -> (u32, Status, u32) {
        self.says(&printed(pdu, sequence));
        self.hears().expect("an answer")
    }

    /// The next command, its status and its number; none at the end.
    pub(crate) fn hears(&mut self) -> Option<(u32, Status, u32)> {
        self.reads().map(|heard| (heard.command, heard.status, heard.sequence))
    }

    /// The next command, whole; none at the end.
    pub(crate) fn reads(&mut self) -> Option<Heard> {
        let mut head = [0; 16];
        self.0.read_exact(&mut head).ok()?;
        let word = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().unwrap());
        let mut body = vec![0; word(0) as usize - head.len()];
        self.0.read_exact(&mut body).ok()?;
        Some(Heard { command: word(4), status: Status(word(8)), sequence: word(12), body })
    }

    /// What comes of so many commands, of which many are under way at once.
    pub(crate) fn asks_all(&mut self, count: u32, of: impl Fn(u32) -> Vec<u8>) -> Vec<Heard> {
        let (mut said, mut heard) = (0, Vec::new());
        while said < count {
            let some = (count - said).min(AT_ONCE);
            let bytes: Vec<u8> = (said..said + some).flat_map(&of).collect();
            self.says(&bytes);
            heard.extend((0..some).map(|_| self.reads().expect("an answer")));
            said += some;
        }
        heard.sort_by_key(|heard: &Heard| heard.sequence);
        heard
    }
}

/// Commands at once: fewer than an account may have unanswered.
const AT_ONCE: u32 = 200;

/// What a client hears.
pub(crate) struct Heard {
    pub(crate) command: u32,
    pub(crate) status: Status,
    pub(crate) sequence: u32,
    body: Vec<u8>,
}

impl Heard {
    /// The name of a text, where the body begins with it.
    pub(crate) fn name(&self) -> &[u8] {
        self.body.split(|byte| *byte == 0).next().unwrap()
    }

    /// What became of it, in the answer to a query.
    pub(crate) fn state(&self) -> u8 {
        self.body[self.body.len() - 2]
    }
}

pub(crate) fn printed(pdu: &Pdu<'_>, sequence: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    print(pdu, Status::OK, sequence, &mut bytes);
    bytes
}

pub(crate) fn submit(text: &[u8]) -> Pdu<'_> {
    let destination = Address { ton: 1, npi: 1, digits: DESK.as_bytes() };
    Pdu::Submit(Message { destination, text, ..Message::default() })
}
