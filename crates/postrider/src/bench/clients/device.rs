//! A client's device that keeps nothing: a link, a key, and what is under way.

use anyhow::{Context, ensure};
use postrider_client::Keys;
use postrider_link::{
    Config, Endpoint, Event, ItemId, LinkConfig, PeerConfig, PeerId, Precedence, PublicKey, Role,
    Time,
};
use postrider_proto::Number;
use postrider_proto::native::{
    Age, Body, Content, Count, Epoch, Hops, Item, Lifetime, Message, MessageId, Outcome, Receipt,
    ServerKey, Verdict, Version,
};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Instant;

const NUMBERS_PER_ADDRESS: u64 = 10_000;

/// A server as clients know it.
#[derive(Clone, Copy)]
pub(super) struct Home {
    pub(super) address: SocketAddr,
    pub(super) key: ServerKey,
}

/// A device and its link.
pub(super) struct Device {
    socket: UdpSocket,
    endpoint: Endpoint,
    peer: PeerId,
    keys: Keys,
    home: Home,
    began: Instant,
    pub(super) is_attached: bool,
    /// Items of its own that the server has on disk.
    pub(super) kept: u64,
    /// Texts that it was handed, and when the last of them came.
    pub(super) handed: u64,
    pub(super) handed_at: Instant,
    /// Receipts that it was handed.
    pub(super) told: u64,
    next: u32,
    packet: Vec<u8>,
    buffer: Vec<u8>,
}

/// One of this machine's own addresses: each has some 28,000 ports.
fn own_address(number: Number) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 1, (number.value() / NUMBERS_PER_ADDRESS % 250) as u8 + 1)
}

impl Device {
    pub(super) fn dial(number: Number, home: Home) -> anyhow::Result<Device> {
        let socket =
            UdpSocket::bind((own_address(number), 0)).context("no more sockets: see ulimit -n")?;
        socket.set_nonblocking(true)?;
        let (keys, mut seed) = (Keys::generate(number)?, [0; 32]);
        seed[..4].copy_from_slice(&socket.local_addr()?.port().to_le_bytes().repeat(2));
        seed[4..12].copy_from_slice(&number.value().to_le_bytes());
        let config = Config { role: Role::Client, ..Config::default() };
        let mut endpoint = Endpoint::new(Time::ZERO, config, keys.device(), &seed);
        let key = PublicKey::from_bytes(home.key.0).context("the server has no key")?;
        let link = LinkConfig::default();
        let peer = PeerConfig { key: Some(key), address: Some(home.address), link };
        let peer = endpoint.add_peer(Time::ZERO, peer)?;
        let now = Instant::now();
        Ok(Device {
            socket,
            endpoint,
            peer,
            keys,
            home,
            began: now,
            is_attached: false,
            kept: 0,
            handed: 0,
            handed_at: now,
            told: 0,
            next: 1,
            packet: Vec::new(),
            buffer: vec![0; 2_048],
        })
    }

    fn now(&self) -> Time {
        Time::from_micros(self.began.elapsed().as_micros() as u64)
    }

    /// Takes what has come, does what is due, sends what may leave.
    pub(super) fn drive(&mut self) -> anyhow::Result<()> {
        loop {
            match self.socket.recv_from(&mut self.buffer) {
                Ok((length, from)) => {
                    let now = self.now();
                    self.endpoint.handle(now, from, &mut self.buffer[..length]);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(error.into()),
            }
        }
        let now = self.now();
        self.endpoint.handle_due(now);
        self.hear()?;
        self.transmit()
    }

    fn transmit(&mut self) -> anyhow::Result<()> {
        let now = self.now();
        while let Some(to) = self.endpoint.poll_transmit(now, &mut self.packet) {
            match self.socket.send_to(&self.packet, to) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                sent => sent.map(drop)?,
            }
        }
        Ok(())
    }

    fn hear(&mut self) -> anyhow::Result<()> {
        let now = self.now();
        let (mut is_up, mut items) = (false, Vec::new());
        let (mut claim, mut read) = (None, Vec::new());
        while let Some(event) = self.endpoint.poll_event() {
            match event {
                Event::Up { .. } => is_up = true,
                Event::Custody { .. } => self.kept += 1,
                Event::Item { item, bytes, .. } => {
                    items.push(item);
                    match Item::parse(bytes)? {
                        Item::Message(Message { id, body: Body::Text { .. }, .. }) => {
                            self.handed += 1;
                            self.handed_at = Instant::now();
                            read.push(id);
                        }
                        Item::Message(Message { body: Body::Receipt(_), .. }) => self.told += 1,
                        Item::Answer(answer) => match answer.verdict {
                            Verdict::Attached => self.is_attached = true,
                            Verdict::WantsClaim => claim = Some(answer.version + 1),
                            verdict => anyhow::bail!("the server says {verdict:?}"),
                        },
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        for id in read {
            let receipt = self.receipt(id)?;
            self.send(&receipt)?;
        }
        items.into_iter().for_each(|item: ItemId| self.endpoint.custody(now, item));
        if is_up {
            let attach = self.keys.attach(self.home.key);
            self.send(&attach)?;
        }
        if let Some(version) = claim {
            let version = Version::from_value(version).context("a version of 0")?;
            let claim = self.keys.claim(self.home.key, version, false, "");
            self.send(&claim)?;
        }
        Ok(())
    }

    /// Hands an item to the link.
    pub(super) fn send(&mut self, item: &[u8]) -> anyhow::Result<()> {
        let now = self.now();
        Ok(self.endpoint.send(now, self.peer, Precedence::Routine, 1, item)?)
    }

    /// The next text to somebody, signed.
    pub(super) fn text(&mut self, to: Number, written: &str) -> anyhow::Result<Vec<u8>> {
        let mut buffer = [0; Content::GSM_BYTES_MAX];
        let content = Content::write(written, &mut buffer)?;
        self.sign(to, Body::Text { part: None, content })
    }

    /// That it has this text.
    fn receipt(&mut self, about: MessageId) -> anyhow::Result<Vec<u8>> {
        let (outcome, server) = (Outcome::Delivered, self.home.key.id());
        let MessageId { epoch, count, .. } = about;
        let receipt = Receipt { epoch, count, outcome, server, age: Age::ZERO };
        self.sign(about.from, Body::Receipt(receipt))
    }

    fn sign(&mut self, to: Number, body: Body<'_>) -> anyhow::Result<Vec<u8>> {
        let count = Count::from_value(self.next).context("a count of 0")?;
        self.next += 1;
        let id = MessageId { from: self.keys.number(), to, epoch: Epoch::MIN, count };
        Ok(self.keys.sign_message(&Message {
            id,
            lifetime: Lifetime::MAX,
            age: Age::ZERO,
            hops: Hops(64),
            precedence: Default::default(),
            body,
            signature: None,
        }))
    }

    /// Drives it until this is so.
    pub(super) fn until(&mut self, is_so: impl Fn(&Device) -> bool) -> anyhow::Result<()> {
        let began = Instant::now();
        while !is_so(self) {
            self.drive()?;
            ensure!(began.elapsed().as_secs() < 20, "a server does not answer");
        }
        Ok(())
    }
}
