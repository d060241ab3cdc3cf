//! What drives an endpoint: what leaves, what is due, and when.

use super::{Endpoint, Link};
use crate::Time;
use crate::close::{CloseReason, DownReason};
use crate::limits::OUTGOING_MAX;
use crate::session::Why;
use crate::slab::Key;
use std::net::SocketAddr;

/// When an endpoint next has something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// When.
    pub at: Time,
    /// What, for logs.
    pub why: Why,
}

impl Endpoint {
    /// When [`Endpoint::handle_due`] is wanted, at the latest. None while nothing can be
    /// due.
    pub fn deadline(&self) -> Option<Deadline> {
        if !(self.ready.is_empty() && self.outgoing.is_empty()) {
            return Some(Deadline { at: self.now, why: Why::Transmit });
        }
        let link = self.timers.next().map(|(at, place)| Deadline { at, why: self.why(place) });
        let dial = self.redials.next().map(|(at, _)| Deadline { at, why: Why::Dial });
        [link, dial].into_iter().flatten().min_by_key(|deadline| deadline.at)
    }

    fn why(&self, place: usize) -> Why {
        match self.links.key_at(place).and_then(|key| self.links.get(key)) {
            Some(Link::Session(session)) => session.deadline().1,
            Some(Link::Dialling(dialling)) if dialling.due_at() == dialling.over_at() => {
                Why::GiveUp
            }
            Some(Link::Dialling(_)) => Why::Dial,
            Some(Link::Answering(_)) => Why::GiveUp,
            Some(Link::Ghost(_) | Link::Nothing) | None => Why::Forget,
        }
    }

    /// Does what is due by now.
    pub fn handle_due(&mut self, now: Time) {
        self.advance(now);
        while let Some(place) = self.timers.pop_due(self.now) {
            if let Some(key) = self.links.key_at(place) {
                self.handle_due_link(key);
            }
        }
        while let Some(place) = self.redials.pop_due(self.now) {
            if let Some(key) = self.peers.key_at(place) {
                self.begin_dial(crate::PeerId(key));
            }
        }
    }

    fn handle_due_link(&mut self, key: Key) {
        match self.links.get_mut(key) {
            Some(Link::Session(session)) => match session.handle_due(self.now) {
                None => self.touch(key),
                Some(reason) => self.give_up_session(key, reason),
            },
            Some(Link::Dialling(_)) => self.continue_dial(key),
            Some(Link::Answering(_)) => self.forget_answering(key),
            Some(Link::Ghost(_) | Link::Nothing) => self.remove_link(key),
            None => {}
        }
    }

    fn give_up_session(&mut self, key: Key, reason: DownReason) {
        let Some(Link::Session(session)) = self.links.get(key) else { return };
        if !session.is_confirmed() {
            return self.fail_attempt(session.peer);
        }
        // If the other end does hear this one, it need not wait as long.
        self.say_close(key, CloseReason::Unanswered);
        self.end_session(key, reason);
    }

    /// Writes the next datagram that may leave now into `out`, and says where it goes. None,
    /// and nothing is written, if there is none.
    pub fn poll_transmit(&mut self, now: Time, out: &mut Vec<u8>) -> Option<SocketAddr> {
        self.advance(now);
        out.clear();
        if let Some((to, datagram)) = self.outgoing.pop_front() {
            out.extend_from_slice(&datagram);
            return Some(to);
        }
        while let Some(place) = self.ready.pop_front() {
            let key = self.links.key_at(place as usize);
            if let Some(Link::Session(session)) = key.and_then(|key| self.links.get_mut(key)) {
                if session.poll_transmit(self.now, out) {
                    self.ready.push_back(place);
                    return Some(session.address());
                }
                self.timers.set(place as usize, Some(session.deadline().0));
            }
            self.is_ready[place as usize] = false;
        }
        None
    }

    /// A session may have something to send, or another deadline.
    pub(super) fn touch(&mut self, key: Key) {
        if self.is_ready.len() <= key.place() {
            self.is_ready.resize(key.place() + 1, false);
        }
        if !std::mem::replace(&mut self.is_ready[key.place()], true) {
            self.ready.push_back(key.place() as u32);
        }
    }

    /// A handshake's datagram leaves; one too many is dropped, and comes again by itself.
    pub(super) fn transmit(&mut self, to: SocketAddr, datagram: Vec<u8>) {
        if self.outgoing.len() < OUTGOING_MAX {
            self.outgoing.push_back((to, datagram));
        } else {
            self.counters.overload += 1;
        }
    }
}
