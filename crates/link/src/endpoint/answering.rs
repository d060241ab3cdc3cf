//! Handshakes that others begin.

use super::dialling::common_mtu;
use super::{Endpoint, Link, draw};
use crate::Time;
use crate::close::CloseReason;
use crate::config::LinkConfig;
use crate::durations::ANSWERING_FRESH;
use crate::event::{PeerId, Refusal};
use crate::handshake::Answering;
use crate::limits::{ANSWERING_MAX, ANSWERING_PER_HOST_MAX, COOKIE_FROM};
use crate::packet::{COOKIE_REPLY_BYTES, Greeting, Init, print_cookie_reply};
use crate::session::{Agreed, Session};
use crate::slab::Key;
use std::net::{IpAddr, SocketAddr};

impl Endpoint {
    /// Answers an init, if its source has proved itself or nothing is the matter.
    pub(super) fn handle_init(&mut self, from: SocketAddr, init: &Init<'_>) {
        if let Some(key) = self.answering_of(from, init) {
            return self.respond(key);
        }
        let rng = &mut self.rng;
        self.cookies.rotate(self.now, || draw(rng));
        let is_calm = self.answering.len() < COOKIE_FROM && self.answers.ready_at() <= self.now;
        if !is_calm && !self.cookies.proves(from, &init.cookie) {
            return self.demand_cookie(from, init);
        }
        if self.make_room(from) {
            self.answers.sent(self.now, 1);
            self.answer(from, init);
        }
    }

    fn answering_of(&self, from: SocketAddr, init: &Init<'_>) -> Option<Key> {
        let is_it = |key: &&Key| match self.links.get(**key) {
            Some(Link::Answering(answering)) => answering.is_of(from, init),
            _ => false,
        };
        self.answering.iter().find(is_it).copied()
    }

    fn demand_cookie(&mut self, from: SocketAddr, init: &Init<'_>) {
        let Some(echo) = init.ephemeral.first_chunk() else { return };
        let mut reply = Vec::with_capacity(COOKIE_REPLY_BYTES);
        print_cookie_reply(init.sender, echo, &self.cookies.cookie(from), &mut reply);
        self.counters.cookies += 1;
        self.transmit(from, reply);
    }

    /// Whether there is room for a handshake. Where there are as many of the same host, or of
    /// all, as there may be, the oldest is forgotten, if it has had its time. Others wait until
    /// their init comes again: each that took another's place would undo what has nearly been
    /// done, and none of many that come at once would get through.
    fn make_room(&mut self, from: SocketAddr) -> bool {
        let of_host = |key: &&Key| match self.links.get(**key) {
            Some(Link::Answering(answering)) => host(answering.address) == host(from),
            _ => false,
        };
        let host_is_full = self.answering.iter().filter(of_host).count() >= ANSWERING_PER_HOST_MAX;
        let oldest = match host_is_full {
            true => self.answering.iter().find(of_host).copied(),
            false if self.answering.len() >= ANSWERING_MAX => self.answering.front().copied(),
            false => return true,
        };
        self.counters.overload += 1;
        let Some(key) = oldest.filter(|key| self.has_had_its_time(*key)) else { return false };
        self.forget_answering(key);
        true
    }

    fn has_had_its_time(&self, key: Key) -> bool {
        match self.links.get(key) {
            Some(Link::Answering(answering)) => self.now.since(answering.began) >= ANSWERING_FRESH,
            _ => true,
        }
    }

    fn answer(&mut self, from: SocketAddr, init: &Init<'_>) {
        let (mtu, role) = (self.mtu_towards(from), self.config.role);
        let greeting = Greeting { key: self.public_key(), mtu, role };
        let secret = draw(&mut self.rng);
        let Some(key) = self.new_link() else {
            self.counters.overload += 1;
            return;
        };
        let answering =
            Answering::new(self.now, &self.identity, secret, (key, greeting), (from, init));
        let (Some(link), Ok(answering)) = (self.links.get_mut(key), answering) else {
            // Its ephemeral key is one of the few that are none.
            self.remove_link(key);
            self.counters.bad_handshakes += 1;
            return;
        };
        self.timers.set(key.place(), Some(answering.over_at()));
        *link = Link::Answering(Box::new(answering));
        self.answering.push_back(key);
        self.counters.answered += 1;
        self.respond(key);
    }

    /// The longest datagram for whoever is there: it has not said who it is.
    fn mtu_towards(&self, from: SocketAddr) -> u16 {
        let peer = self.by_address.get(&from).and_then(|id| self.peers.get(id.0));
        peer.map_or(self.config.stranger_link, |peer| peer.link).bounded().mtu
    }

    fn respond(&mut self, key: Key) {
        if let Some(Link::Answering(answering)) = self.links.get_mut(key) {
            let (to, response) = (answering.address, answering.respond());
            self.transmit(to, response);
        }
    }

    pub(super) fn handle_finish(&mut self, from: SocketAddr, key: Key, noise: &[u8]) {
        let greeting = match self.links.get_mut(key) {
            Some(Link::Answering(answering)) => answering.read(&self.identity, noise).ok(),
            _ => None,
        };
        let Some(greeting) = greeting else {
            // A finish that was sent again finds the session that the first has made.
            self.counters.bad_handshakes += 1;
            return;
        };
        let Some(Link::Answering(answering)) = self.links.get_mut(key) else { return };
        let (mode, began) = (answering.mode, answering.began);
        match self.admit(&greeting, from, mode) {
            Ok(peer) if self.has_finished_first(peer, &greeting) => self.let_wait(key),
            Ok(peer) if self.has_come_up_since(peer, began) => self.forget_answering(key),
            Ok(peer) => self.begin_session(peer, from, key, &greeting),
            Err(why) => self.turn_away(from, key, &greeting, why),
        }
    }

    /// Both ends have dialled: the handshake of the smaller key counts, once its finish is
    /// under way.
    fn has_finished_first(&self, id: PeerId, theirs: &Greeting) -> bool {
        let attempt = self.peers.get(id.0).and_then(|peer| peer.attempt);
        let attempt = attempt.and_then(|key| self.links.get(key));
        let is_finished = matches!(attempt, Some(Link::Session(_)));
        is_finished && self.public_key() < theirs.key
    }

    /// A link that came up after a handshake was begun was made instead of it.
    fn has_come_up_since(&self, id: PeerId, began: Time) -> bool {
        self.session(id).is_some_and(|session| session.up_at() >= began)
    }

    /// The finish counts as not come; if this end's own handshake fails, it may come again.
    fn let_wait(&mut self, key: Key) {
        let Some(Link::Answering(answering)) = self.links.get_mut(key) else { return };
        if answering.rebuild(&self.identity).is_err() {
            self.forget_answering(key);
        }
    }

    fn begin_session(&mut self, peer: PeerId, from: SocketAddr, key: Key, theirs: &Greeting) {
        self.forget_attempt(peer);
        let Some(link) = self.peers.get(peer.0).map(|peer| peer.link) else { return };
        if let Some(agreed) = self.agree(peer, from, key, theirs, link) {
            self.install(agreed, None);
        }
    }

    /// Takes a finished handshake out of those that are not.
    fn agree(
        &mut self,
        peer: PeerId,
        from: SocketAddr,
        key: Key,
        theirs: &Greeting,
        link: LinkConfig,
    ) -> Option<Agreed> {
        self.answering.retain(|other| *other != key);
        let Some(Link::Answering(answering)) = self.take_out(key) else { return None };
        Some(Agreed {
            peer,
            key,
            remote: answering.remote,
            is_initiator: false,
            mode: answering.mode,
            mtu: common_mtu(link.mtu, theirs.mtu),
            budget: link.budget,
            queue: link.queue,
            address: from,
            rtt: answering.rtt(self.now),
            keys: answering.into_keys(),
        })
    }

    /// Refuses who has proved to hold a key, and says so.
    fn turn_away(&mut self, from: SocketAddr, key: Key, theirs: &Greeting, why: Refusal) {
        let peer = self.by_key.get(&theirs.key).copied();
        self.refuse(peer, from, Some(theirs.key), why);
        let reason = match why {
            Refusal::OtherMode => CloseReason::OtherMode,
            Refusal::Full => CloseReason::Full,
            _ => CloseReason::NotAllowed,
        };
        let nobody = PeerId(key);
        if let Some(agreed) = self.agree(nobody, from, key, theirs, self.config.stranger_link) {
            let mut datagram = Vec::new();
            Session::new(self.now, agreed, None).print_close(self.now, reason, &mut datagram);
            self.transmit(from, datagram);
        }
        self.remove_link(key);
    }

    pub(super) fn forget_answering(&mut self, key: Key) {
        self.answering.retain(|other| *other != key);
        self.remove_link(key);
    }
}

/// What counts as one host: an IPv4 address, or the network of an IPv6 address.
fn host(address: SocketAddr) -> [u8; 8] {
    let mut host = [0; 8];
    match address.ip() {
        IpAddr::V4(ip) => host[..4].copy_from_slice(&ip.octets()),
        IpAddr::V6(ip) => host.copy_from_slice(&ip.octets()[..8]),
    }
    host
}
