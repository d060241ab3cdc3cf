//! Handshakes that this end begins.

use super::{Endpoint, Link, draw};
use crate::Time;
use crate::close::CloseReason;
use crate::config::Role;
use crate::cookie::Cookie;
use crate::durations::{HANDSHAKE_RESEND, REDIAL_MAX, REDIAL_MIN};
use crate::event::{PeerId, Refusal};
use crate::handshake::Dialling;
use crate::packet::{Greeting, Mode};
use crate::session::{Agreed, Unconfirmed};
use crate::slab::Key;
use chacha20::rand_core::Rng;
use std::net::SocketAddr;

impl Endpoint {
    /// Sets when a peer is to be dialled, if it has an address.
    pub(super) fn redial_at(&mut self, peer: PeerId, at: Time) {
        if self.peers.get(peer.0).is_some_and(|peer| peer.address.is_some()) {
            self.redials.set(peer.0.place(), Some(at));
        }
    }

    /// The same, after the back-off.
    pub(super) fn redial_after_failure(&mut self, peer: PeerId) {
        let Some(known) = self.peers.get_mut(peer.0) else { return };
        let wait = (REDIAL_MIN * (1 << known.failures.min(6))).min(REDIAL_MAX);
        known.failures += 1;
        let chance = f64::from(self.rng.next_u32()) / f64::from(u32::MAX);
        let at = self.now + wait.mul_f64(0.75 + chance / 2.0);
        self.redial_at(peer, at);
    }

    /// Begins a handshake, unless there is a link or a handshake.
    pub(super) fn begin_dial(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get(id.0) else { return };
        let Some(address) = peer.address else { return };
        if peer.session.is_some() || peer.attempt.is_some() {
            return;
        }
        let mode = peer.link.mode;
        match self.new_dial(id, address, mode) {
            Some(key) => {
                self.counters.dialled += 1;
                if let Some(peer) = self.peers.get_mut(id.0) {
                    peer.attempt = Some(key);
                }
                self.continue_dial(key);
            }
            None => {
                self.counters.overload += 1;
                self.redial_after_failure(id);
            }
        }
    }

    fn new_dial(&mut self, id: PeerId, address: SocketAddr, mode: Mode) -> Option<Key> {
        let secret = draw(&mut self.rng);
        let key = self.new_link()?;
        let dial = Dialling::new(self.now, &self.identity, &secret, (id, key), (address, mode));
        let (Some(link), Ok(dial)) = (self.links.get_mut(key), dial) else {
            self.remove_link(key);
            return None;
        };
        *link = Link::Dialling(Box::new(dial));
        Some(key)
    }

    /// Sends the init again, or gives the handshake up.
    pub(super) fn continue_dial(&mut self, key: Key) {
        let Some(Link::Dialling(dial)) = self.links.get_mut(key) else { return };
        if dial.over_at() <= self.now {
            let peer = dial.peer;
            return self.fail_attempt(peer);
        }
        let mut datagram = Vec::new();
        dial.print(self.now, &mut datagram);
        let (to, due_at) = (dial.address, dial.due_at());
        self.timers.set(key.place(), Some(due_at));
        self.transmit(to, datagram);
    }

    pub(super) fn handle_cookie(&mut self, key: Key, echo: &[u8; 8], cookie: &Cookie) {
        let taken = match self.links.get_mut(key) {
            Some(Link::Dialling(dial)) => {
                let taken = dial.take_cookie(self.now, echo, cookie);
                taken.map(|()| dial.due_at()).ok()
            }
            _ => None,
        };
        match taken {
            Some(due_at) => self.timers.set(key.place(), Some(due_at)),
            None => self.counters.bad_handshakes += 1,
        }
    }

    pub(super) fn handle_response(
        &mut self,
        from: SocketAddr,
        remote: u32,
        key: Key,
        noise: &[u8],
    ) {
        let greeting = match self.links.get_mut(key) {
            Some(Link::Dialling(dial)) => dial.read(noise).ok().map(|heard| (dial.peer, heard)),
            _ => None,
        };
        let Some((peer, greeting)) = greeting else {
            self.counters.bad_handshakes += 1;
            return;
        };
        match self.recognise(peer, &greeting) {
            Ok(true) => self.finish(from, remote, key, &greeting),
            Ok(false) => self.forget_attempt(peer),
            Err(why) => {
                self.refuse(Some(peer), from, Some(greeting.key), why);
                self.fail_attempt(peer);
            }
        }
    }

    /// Whether the one that answers is the peer, and the handshake is still wanted.
    fn recognise(&mut self, id: PeerId, greeting: &Greeting) -> Result<bool, Refusal> {
        if greeting.key == self.public_key() {
            return Err(Refusal::OwnKey);
        }
        if greeting.role == Role::Client {
            return Err(Refusal::Stranger);
        }
        let Some(peer) = self.peers.get(id.0) else { return Ok(false) };
        let is_wanted = peer.session.is_none();
        match peer.key {
            Some(key) if key == greeting.key => Ok(is_wanted),
            Some(_) => Err(Refusal::WrongKey),
            None => {
                if let Some(known) = self.by_key.get(&greeting.key).copied() {
                    self.make_way(known).map_err(|_| Refusal::WrongKey)?;
                }
                self.pin(id, greeting.key);
                Ok(is_wanted)
            }
        }
    }

    /// Sends the finish; the link is up once the other end has shown that it has come.
    fn finish(&mut self, from: SocketAddr, remote: u32, key: Key, theirs: &Greeting) {
        let Some(Link::Dialling(dial)) = self.take_out(key) else { return };
        let (peer, mode, rtt) = (dial.peer, dial.mode, dial.rtt(self.now));
        let Some(link) = self.peers.get(peer.0).map(|peer| peer.link) else { return };
        let ours = Greeting { key: self.public_key(), mtu: link.mtu, role: self.config.role };
        let Ok((finish, keys)) = dial.finish(remote, &ours) else {
            return self.fail_attempt(peer);
        };
        let unconfirmed = Unconfirmed {
            finish,
            began: self.now,
            resend_at: self.now,
            wait: rtt.map_or(HANDSHAKE_RESEND, |rtt| HANDSHAKE_RESEND.max(2 * rtt)),
        };
        let agreed = Agreed {
            peer,
            key,
            remote,
            is_initiator: true,
            mode,
            mtu: common_mtu(link.mtu, theirs.mtu),
            budget: link.budget,
            queue: link.queue,
            address: from,
            keys,
            rtt,
        };
        self.install(agreed, Some(unconfirmed));
    }

    /// The other end has answered a finish by closing.
    pub(super) fn refused_by_peer(&mut self, key: Key, reason: CloseReason) {
        let Some(Link::Session(session)) = self.links.get(key) else { return };
        let (peer, address) = (session.peer, session.address());
        let public = self.peers.get(peer.0).and_then(|peer| peer.key);
        if reason.is_refusal() {
            self.refuse(Some(peer), address, public, Refusal::ByPeer(reason));
        }
        self.fail_attempt(peer);
    }

    /// Forgets the handshake with a peer, and dials again after the back-off.
    pub(super) fn fail_attempt(&mut self, peer: PeerId) {
        self.forget_attempt(peer);
        self.redial_after_failure(peer);
    }

    /// Forgets the handshake that this end has begun with a peer.
    pub(super) fn forget_attempt(&mut self, peer: PeerId) {
        let Some(key) = self.peers.get_mut(peer.0).and_then(|peer| peer.attempt.take()) else {
            return;
        };
        self.remove_link(key);
    }
}

/// The smaller of both ends' longest datagrams, within the bounds.
pub(super) fn common_mtu(ours: u16, theirs: u16) -> u16 {
    ours.min(theirs).max(crate::limits::MTU_MIN)
}
