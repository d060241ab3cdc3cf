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
        let mut bytes = Vec::new();
        print(pdu, Status::OK, sequence, &mut bytes);
        self.says(&bytes);
        self.hears().expect("an answer")
    }

    /// The next command, its status and its number; none at the end.
    pub(crate) fn hears(&mut self) -> Option<(u32, Status, u32)> {
        let mut head = [0; 16];
        self.0.read_exact(&mut head).ok()?;
        let word = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().unwrap());
        let mut body = vec![0; word(0) as usize - head.len()];
        self.0.read_exact(&mut body).ok()?;
        Some((word(4), Status(word(8)), word(12)))
    }
}

pub(crate) fn submit(text: &[u8]) -> Pdu<'_> {
    let destination = Address { ton: 1, npi: 1, digits: DESK.as_bytes() };
    Pdu::Submit(Message { destination, text, ..Message::default() })
}
