//! How sessions begin and end.

use super::{Endpoint, Link, Peer};
use crate::close::{CloseReason, DownReason};
use crate::config::{LinkConfig, PeerError, Role, Strangers};
use crate::durations::{REDIAL_MAX, REPLACED_FOR};
use crate::event::{Event, PeerId, Refusal};
use crate::identity::PublicKey;
use crate::packet::{Greeting, Mode};
use crate::session::{Agreed, Session, Unconfirmed};
use crate::slab::Key;
use std::net::SocketAddr;

/// A session that another of the same peer has replaced: kept for a while, since an answer
/// from it shows that two hold the same key.
pub(super) struct Ghost {
    session: Session,
    successor: SocketAddr,
}

impl Endpoint {
    /// Puts a session into the place of its handshake.
    pub(super) fn install(&mut self, agreed: Agreed, unconfirmed: Option<Unconfirmed>) {
        let (key, is_up) = (agreed.key, unconfirmed.is_none());
        let session = Box::new(Session::new(self.now, agreed, unconfirmed));
        if let Some(link) = self.links.get_mut(key) {
            *link = Link::Session(session);
            self.timers.set(key.place(), None);
            self.touch(key);
        }
        if is_up {
            self.go_up(key);
        }
    }

    /// The other end has shown that it has the keys of a handshake that this one began.
    pub(super) fn confirm(&mut self, key: Key) {
        let Some(Link::Session(session)) = self.links.get_mut(key) else { return };
        session.confirm(self.now);
        let peer = session.peer;
        if let Some(peer) = self.peers.get_mut(peer.0) {
            peer.attempt = None;
        }
        self.go_up(key);
    }

    fn go_up(&mut self, key: Key) {
        let Some(Link::Session(session)) = self.links.get(key) else { return };
        let (id, address) = (session.peer, session.address());
        if let Some(old) = self.peers.get(id.0).and_then(|peer| peer.session) {
            self.replace(old, address);
        }
        let Some(peer) = self.peers.get_mut(id.0) else { return };
        let Some(public) = peer.key else { return };
        peer.session = Some(key);
        peer.failures = 0;
        self.counters.up += 1;
        if std::mem::take(&mut peer.is_news) {
            self.inbox.push(Event::FirstUse { peer: id, key: public, address });
        }
        let role = peer.role;
        self.inbox.push(Event::Up { peer: id, key: public, address, role });
        self.redials.set(id.0.place(), None);
    }

    /// A session of a peer gives way to another of the same.
    fn replace(&mut self, old: Key, successor: SocketAddr) {
        self.say_close(old, CloseReason::Replaced);
        let Some(Link::Session(session)) = self.take_out(old) else { return };
        self.inbox.push(Event::Down { peer: session.peer, reason: DownReason::Replaced });
        let ghost = Box::new(Ghost { session: session.without_queue(), successor });
        if let Some(link) = self.links.get_mut(old) {
            *link = Link::Ghost(ghost);
            self.timers.set(old.place(), Some(self.now + REPLACED_FOR));
        }
    }

    /// A packet of a replaced session.
    pub(super) fn hear_ghost(
        &mut self,
        from: SocketAddr,
        key: Key,
        mode: Mode,
        number: u32,
        datagram: &mut [u8],
    ) {
        let Some(Link::Ghost(ghost)) = self.links.get_mut(key) else { return };
        let Ok((_, body)) = ghost.session.open(mode, number, datagram) else {
            self.counters.not_authentic += 1;
            return;
        };
        if ghost.session.closing(&datagram[body]) == Some(CloseReason::StillHere) {
            let (peer, address) = (ghost.session.peer, ghost.successor);
            self.remove_link(key);
            self.counters.twins += 1;
            self.inbox.push(Event::Twins { peer, replaced: from, address });
        }
    }

    /// Says once that a session ends.
    pub(super) fn say_close(&mut self, key: Key, reason: CloseReason) {
        let Some(Link::Session(session)) = self.links.get_mut(key) else { return };
        let mut datagram = Vec::new();
        session.print_close(self.now, reason, &mut datagram);
        let to = session.address();
        self.transmit(to, datagram);
    }

    /// Ends a session that is up.
    pub(super) fn end_session(&mut self, key: Key, reason: DownReason) {
        let Some(Link::Session(session)) = self.links.get(key) else { return };
        let id = session.peer;
        self.remove_link(key);
        self.inbox.push(Event::Down { peer: id, reason });
        let Some(peer) = self.peers.get_mut(id.0) else { return };
        peer.session = None;
        if peer.is_stranger {
            return self.forget_stranger(id);
        }
        match reason {
            // Whoever has taken the place would only be replaced in turn.
            DownReason::Closed(CloseReason::Replaced) => {
                let at = self.now + REDIAL_MAX;
                self.redial_at(id, at);
            }
            _ => self.redial_after_failure(id),
        }
    }

    /// Closes the session of a peer on the caller's wish.
    pub(super) fn close_session(&mut self, peer: PeerId) {
        let Some(key) = self.peers.get(peer.0).and_then(|peer| peer.session) else { return };
        self.say_close(key, CloseReason::Goodbye);
        self.remove_link(key);
        let Some(known) = self.peers.get_mut(peer.0) else { return };
        known.session = None;
        if known.is_stranger {
            self.forget_stranger(peer);
        }
    }

    pub(super) fn forget_stranger(&mut self, id: PeerId) {
        if let Some(key) = self.peers.remove(id.0).and_then(|peer| peer.key) {
            self.by_key.remove(&key);
        }
    }

    /// A configured peer takes over from a stranger of the same key.
    pub(super) fn make_way(&mut self, known: PeerId) -> Result<(), PeerError> {
        if self.peers.get(known.0).is_some_and(|peer| !peer.is_stranger) {
            return Err(PeerError::KnownKey);
        }
        if let Some(key) = self.peers.get(known.0).and_then(|peer| peer.session) {
            self.say_close(key, CloseReason::Replaced);
            self.end_session(key, DownReason::Replaced);
        } else {
            self.forget_stranger(known);
        }
        Ok(())
    }

    /// Who may come with this key, in this role, from this address: the peer that it is.
    pub(super) fn admit(
        &mut self,
        theirs: &Greeting,
        from: SocketAddr,
        mode: Mode,
    ) -> Result<PeerId, Refusal> {
        let key = theirs.key;
        if key == self.public_key() {
            return Err(Refusal::OwnKey);
        }
        let id = match (self.by_key.get(&key), theirs.role) {
            (Some(id), _) => *id,
            (None, Role::Server) => self.admit_new(key, from)?,
            (None, Role::Client) => self.admit_client(key, mode)?,
        };
        let Some(peer) = self.peers.get_mut(id.0) else { return Err(Refusal::Stranger) };
        match theirs.role {
            role if role != peer.role => Err(Refusal::Stranger),
            // One that comes again may have changed its mind.
            Role::Client => {
                peer.link.mode = mode;
                Ok(id)
            }
            Role::Server if peer.link.mode == mode => Ok(id),
            Role::Server => Err(Refusal::OtherMode),
        }
    }

    /// A client is known by what it says once the link is up.
    fn admit_client(&mut self, key: PublicKey, mode: Mode) -> Result<PeerId, Refusal> {
        let link = self.config.clients.ok_or(Refusal::Stranger)?;
        let client = Peer::stranger(key, LinkConfig { mode, ..link }.bounded(), Role::Client);
        self.insert_peer(client).ok_or(Refusal::Full)
    }

    fn admit_new(&mut self, key: PublicKey, from: SocketAddr) -> Result<PeerId, Refusal> {
        if let Some(here) = self.by_address.get(&from).copied() {
            return self.pin_first(here, key);
        }
        let is_allowed = match &self.config.strangers {
            Strangers::Refuse => false,
            Strangers::Allow(keys) => keys.contains(&key),
            Strangers::Accept => true,
        };
        if !is_allowed {
            return Err(Refusal::Stranger);
        }
        let link = self.config.stranger_link.bounded();
        let is_news = self.config.strangers == Strangers::Accept;
        let stranger = Peer { is_news, ..Peer::stranger(key, link, Role::Server) };
        self.insert_peer(stranger).ok_or(Refusal::Full)
    }

    /// A configured peer's address shows a key that is not known.
    fn pin_first(&mut self, here: PeerId, key: PublicKey) -> Result<PeerId, Refusal> {
        if self.peers.get(here.0).is_none_or(|peer| peer.key.is_some()) {
            return Err(Refusal::WrongKey);
        }
        self.pin(here, key);
        Ok(here)
    }

    /// A peer of which only the address was known has this key from here on.
    pub(super) fn pin(&mut self, id: PeerId, key: PublicKey) {
        if let Some(peer) = self.peers.get_mut(id.0) {
            peer.key = Some(key);
            self.by_key.insert(key, id);
        }
    }

    pub(super) fn refuse(
        &mut self,
        peer: Option<PeerId>,
        address: SocketAddr,
        key: Option<PublicKey>,
        why: Refusal,
    ) {
        match why {
            Refusal::WrongKey => self.counters.wrong_keys += 1,
            Refusal::Stranger => self.counters.strangers += 1,
            Refusal::OwnKey => self.counters.own_key += 1,
            Refusal::OtherMode => self.counters.other_mode += 1,
            Refusal::Full => self.counters.overload += 1,
            Refusal::ByPeer(_) => self.counters.refused_by_peer += 1,
        }
        self.inbox.push(Event::Refused { peer, address, key, why });
    }
}
