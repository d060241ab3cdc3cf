//! A native device: a link of its own, by UDP.

use super::person::{Attends, Home, Person};
use anyhow::Context;
use postrider_link::{
    Config, Endpoint, Event, ItemId, LinkConfig, PeerConfig, PeerId, Precedence, PublicKey, Role,
    Time,
};
use postrider_proto::Number;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, UdpSocket};
use std::time::Instant;

const NUMBERS_PER_ADDRESS: u64 = 10_000;

/// A device and its link.
pub(in crate::bench) struct Device {
    socket: UdpSocket,
    endpoint: Endpoint,
    peer: PeerId,
    pub(in crate::bench) person: Person,
    began: Instant,
    packet: Vec<u8>,
    buffer: Vec<u8>,
}

/// One of this machine's own addresses: each has some 28,000 ports.
pub(super) fn own_address(number: Number) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 1, (number.value() / NUMBERS_PER_ADDRESS % 250) as u8 + 1)
}

impl Device {
    pub(in crate::bench) fn dial(number: Number, home: Home) -> anyhow::Result<Device> {
        let socket =
            UdpSocket::bind((own_address(number), 0)).context("no more sockets: see ulimit -n")?;
        socket.set_nonblocking(true)?;
        let (person, mut seed) = (Person::new(number, home)?, [0; 32]);
        seed[..4].copy_from_slice(&socket.local_addr()?.port().to_le_bytes().repeat(2));
        seed[4..12].copy_from_slice(&number.value().to_le_bytes());
        let config = Config { role: Role::Client, ..Config::default() };
        let mut endpoint = Endpoint::new(Time::ZERO, config, person.keys.device(), &seed);
        let key = PublicKey::from_bytes(home.key.0).context("the server has no key")?;
        let link = LinkConfig::default();
        let peer = PeerConfig { key: Some(key), address: Some(home.address), link };
        let peer = endpoint.add_peer(Time::ZERO, peer)?;
        let (packet, buffer) = (Vec::new(), vec![0; 2_048]);
        Ok(Device { socket, endpoint, peer, person, began: Instant::now(), packet, buffer })
    }

    fn now(&self) -> Time {
        Time::from_micros(self.began.elapsed().as_micros() as u64)
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
        let (mut items, mut answers) = (Vec::new(), Vec::new());
        while let Some(event) = self.endpoint.poll_event() {
            match event {
                Event::Up { .. } => {
                    answers.push(self.person.attach(&self.person.keys.device().public()));
                }
                Event::Custody { .. } => self.person.kept += 1,
                Event::Item { item, bytes, .. } => {
                    items.push(item);
                    answers.extend(self.person.take(bytes)?);
                }
                _ => {}
            }
        }
        answers.iter().try_for_each(|answer| self.send(answer))?;
        items.into_iter().for_each(|item: ItemId| self.endpoint.custody(now, item));
        Ok(())
    }
}

impl Attends for Device {
    fn person(&self) -> &Person {
        &self.person
    }

    fn drive(&mut self) -> anyhow::Result<()> {
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

    fn send(&mut self, item: &[u8]) -> anyhow::Result<()> {
        let now = self.now();
        Ok(self.endpoint.send(now, self.peer, Precedence::Routine, 1, item)?)
    }
}
