//! The native link of one browser.

use crate::frame::Frame;
use crate::limits::{DATAGRAMS_AT_ONCE, HANDED_MAX, UNDER_WAY_MAX};
use crate::web::Home;
use postrider_link::{
    Config, Endpoint, Event, Identity, ItemId, LinkConfig, PeerConfig, PeerId, Precedence,
    PublicKey, Role, Time,
};
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// Bytes of a datagram, at most; one of more is none of the link's.
const DATAGRAM_BYTES_MAX: usize = 2_048;
/// How long nothing is looked at when nothing is due.
const NOTHING_DUE: Duration = Duration::from_secs(3_600);

/// Why a browser is sent away: it breaks the rules of docs/protocol/web.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RulesBroken;

/// A link of a device of its own, with the gateway's server.
pub(crate) struct Link {
    socket: UdpSocket,
    endpoint: Endpoint,
    peer: PeerId,
    device: PublicKey,
    began: Instant,
    /// Items that were said and are not taken.
    under_way: usize,
    /// Items that the browser has and has not taken.
    handed: BTreeMap<u32, ItemId>,
    next_handle: u32,
}

impl Link {
    /// Begins to call the server.
    pub(crate) async fn call(home: Home) -> io::Result<Link> {
        let own: SocketAddr = match home.address {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = UdpSocket::bind(own).await?;
        socket.connect(home.address).await?;
        // Before it is known to be writable nothing leaves, and what is lost is sent a second later.
        socket.writable().await?;
        let (secret, seed) = (random()?, random()?);
        let identity = Identity::from_secret(&secret);
        let device = identity.public();
        let config = Config { role: Role::Client, links_max: 8, ..Config::default() };
        let mut endpoint = Endpoint::new(Time::ZERO, config, identity, &seed);
        let link = LinkConfig::default();
        let server = PeerConfig { key: Some(home.key), address: Some(home.address), link };
        let peer = endpoint.add_peer(Time::ZERO, server).map_err(io::Error::other)?;
        Ok(Link {
            socket,
            endpoint,
            peer,
            device,
            began: Instant::now(),
            under_way: 0,
            handed: BTreeMap::new(),
            next_handle: 0,
        })
    }

    fn now(&self) -> Time {
        let since = self.began.elapsed().as_micros();
        Time::from_micros(u64::try_from(since).unwrap_or(u64::MAX))
    }

    /// When [`Link::turn`] is wanted, at the latest.
    pub(crate) fn deadline(&self) -> Instant {
        let due = self.endpoint.deadline().map(|deadline| deadline.at.as_micros());
        due.map_or_else(
            || Instant::now() + NOTHING_DUE,
            |due| self.began + Duration::from_micros(due),
        )
    }

    /// Until there are datagrams.
    pub(crate) async fn readable(&self) {
        // A socket that cannot be waited for says so when it is read.
        let _ = self.socket.readable().await;
    }

    /// Takes those that wait.
    pub(crate) fn take_datagrams(&mut self) {
        let mut datagram = [0; DATAGRAM_BYTES_MAX];
        for _ in 0..DATAGRAMS_AT_ONCE {
            let Ok((length, from)) = self.socket.try_recv_from(&mut datagram) else { return };
            let now = self.now();
            self.endpoint.handle(now, from, &mut datagram[..length]);
        }
    }

    /// Does what is due, and says what the browser is to be told.
    pub(crate) fn turn(&mut self, tell: &mut Vec<Frame>) -> Result<(), RulesBroken> {
        let now = self.now();
        self.endpoint.handle_due(now);
        while let Some(event) = self.endpoint.poll_event() {
            match event {
                Event::Up { key: server, .. } => {
                    self.under_way = 0;
                    self.handed.clear();
                    tell.push(Frame::Up { server, device: self.device });
                }
                Event::Down { .. } => tell.push(Frame::Down),
                Event::Item { item, bytes, .. } => {
                    let handle = self.next_handle;
                    self.next_handle = self.next_handle.wrapping_add(1);
                    self.handed.insert(handle, item);
                    tell.push(Frame::Item { handle, item: bytes.to_vec() });
                }
                Event::Custody { tag, .. } => {
                    self.under_way = self.under_way.saturating_sub(1);
                    tell.push(Frame::Taken(tag as u32));
                }
                _ => {}
            }
        }
        (self.handed.len() <= HANDED_MAX).then_some(()).ok_or(RulesBroken)
    }

    /// Sends what may leave. What the socket does not take is lost, and sent again.
    pub(crate) fn transmit(&mut self) {
        let mut datagram = Vec::new();
        while self.endpoint.poll_transmit(self.now(), &mut datagram).is_some() {
            let _ = self.socket.try_send(&datagram);
        }
    }

    /// Hands an item of the browser's over; an answer if there is no room for it.
    pub(crate) fn say(
        &mut self,
        tag: u32,
        precedence: Precedence,
        item: &[u8],
    ) -> Result<Option<Frame>, RulesBroken> {
        if self.under_way >= UNDER_WAY_MAX {
            return Err(RulesBroken);
        }
        let now = self.now();
        match self.endpoint.send(now, self.peer, precedence, u64::from(tag), item) {
            Ok(()) => {
                self.under_way += 1;
                Ok(None)
            }
            Err(_) => Ok(Some(Frame::Full(tag))),
        }
    }

    /// The browser has this on its disk.
    pub(crate) fn custody(&mut self, handle: u32) {
        if let Some(item) = self.handed.remove(&handle) {
            let now = self.now();
            self.endpoint.custody(now, item);
        }
    }

    /// Says goodbye.
    pub(crate) fn close(&mut self) {
        let now = self.now();
        self.endpoint.remove_peer(now, self.peer);
        self.transmit();
    }
}

fn random() -> io::Result<Zeroizing<[u8; 32]>> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes)
}
