//! What comes, and whose it is.

use super::{Endpoint, Link};
use crate::close::CloseReason;
use crate::event::{Event, PeerId};
use crate::packet::{Mode, Packet};
use crate::session::{Dropped, Taken};
use crate::slab::Key;
use crate::{DownReason, Time};
use std::net::SocketAddr;

/// The parts of a data packet's header.
#[derive(Clone, Copy)]
struct Header {
    mode: Mode,
    key: Key,
    number: u32,
}

impl Endpoint {
    /// Takes a datagram, which is opened in place. Whatever its bytes, it is answered,
    /// acted upon, or dropped and counted.
    pub fn handle(&mut self, now: Time, from: SocketAddr, datagram: &mut [u8]) {
        self.advance(now);
        let Some(packet) = Packet::parse(datagram) else {
            self.counters.malformed += 1;
            return;
        };
        if !self.inbox.has_room() {
            self.counters.busy += 1;
            return;
        }
        self.counters.taken += 1;
        match packet {
            Packet::Data { mode, receiver, number } => {
                self.handle_data(from, Header { mode, key: Key(receiver), number }, datagram);
            }
            Packet::Init(init) => self.handle_init(from, &init),
            Packet::Response { sender, receiver, noise } => {
                self.handle_response(from, sender, Key(receiver), noise);
            }
            Packet::Finish { receiver, noise } => self.handle_finish(from, Key(receiver), noise),
            Packet::CookieReply { receiver, echo, cookie } => {
                self.handle_cookie(Key(receiver), &echo, &cookie);
            }
        }
    }

    fn handle_data(&mut self, from: SocketAddr, header: Header, datagram: &mut [u8]) {
        match self.links.get_mut(header.key) {
            Some(Link::Session(session)) => {
                let opened = session.open(header.mode, header.number, datagram);
                match opened {
                    Ok((number, body)) => self.take(from, header.key, number, &datagram[body]),
                    Err(dropped) => self.count(dropped),
                }
            }
            Some(Link::Ghost(_)) => {
                self.hear_ghost(from, header.key, header.mode, header.number, datagram);
            }
            _ => self.counters.unknown += 1,
        }
    }

    /// Takes an authentic body.
    fn take(&mut self, from: SocketAddr, key: Key, number: u64, body: &[u8]) {
        let Some(Link::Session(session)) = self.links.get_mut(key) else { return };
        let (now, is_confirmed) = (self.now, session.is_confirmed());
        if !is_confirmed && let Some(reason) = session.closing(body) {
            return self.refused_by_peer(key, reason);
        }
        if !is_confirmed {
            self.confirm(key);
        }
        let Some(Link::Session(session)) = self.links.get_mut(key) else { return };
        match session.take(now, from, number, body, &mut self.inbox) {
            Ok(taken) => self.after(key, taken),
            Err(Dropped::AgainstTheRules) => {
                self.counters.rules_broken += 1;
                self.say_close(key, CloseReason::BrokenRules);
                self.end_session(key, DownReason::WeClosed);
            }
            Err(dropped) => self.count(dropped),
        }
    }

    fn after(&mut self, key: Key, taken: Taken) {
        let Some(Link::Session(session)) = self.links.get(key) else { return };
        let peer = session.peer;
        if let Some(address) = taken.moved {
            self.counters.moved += 1;
            self.inbox.push(Event::Moved { peer, address });
        }
        match taken.closed {
            None => self.touch(key),
            Some(reason) => {
                if reason == CloseReason::Replaced {
                    self.say_close(key, CloseReason::StillHere);
                }
                self.end_session(key, DownReason::Closed(reason));
            }
        }
    }

    fn count(&mut self, dropped: Dropped) {
        match dropped {
            Dropped::NotAuthentic => self.counters.not_authentic += 1,
            Dropped::Replayed => self.counters.replayed += 1,
            Dropped::Busy => self.counters.busy += 1,
            Dropped::AgainstTheRules => self.counters.rules_broken += 1,
        }
    }

    /// Acts as if a packet with this body had come from a peer, for tests of what an
    /// authentic peer may do. False if the link is not up.
    #[doc(hidden)]
    pub fn take_body(&mut self, now: Time, peer: PeerId, body: &[u8]) -> bool {
        self.advance(now);
        let Some((key, session)) = self.session_mut(peer) else { return false };
        let (from, number) = (session.address(), session.next_arrival());
        self.take(from, key, number, body);
        true
    }
}
