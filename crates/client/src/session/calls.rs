//! Which server is called, and when the next one is.

use super::{Phase, Session, SessionEvent};
use crate::durations::{ASK_AGAIN_AFTER, TRY_FIRST_AFTER, TRY_FIRST_MAX, UP_WITHIN};
use postrider_link::{DownReason, Event, ItemId, PeerId, PublicKey, Refusal, Time};
use postrider_proto::native::ServerKey;

/// What a link's event was, without its borrow.
enum Heard {
    Up(PeerId, PublicKey),
    Down(PeerId, DownReason),
    FirstUse(PeerId, PublicKey),
    Refused(Option<PeerId>, Option<PublicKey>, Refusal),
    Item(PeerId, ItemId, Vec<u8>),
    Custody(u64),
    Nothing,
}

impl Session {
    /// Calls the server whose turn it is.
    pub(super) fn call(&mut self, now: Time) {
        if let Some(peer) = self.peer.take() {
            self.endpoint.remove_peer(now, peer);
        }
        self.server = None;
        self.intake.clear();
        if self.places.is_empty() {
            return self.enter(Phase::Idle, None);
        }
        self.peer = self.add_peer(now, self.at);
        self.tell(SessionEvent::Calling { place: self.at });
        self.wait_for_link(now);
    }

    /// The link is called by itself; if it is not up in time, the next server is.
    fn wait_for_link(&mut self, now: Time) {
        let wait = UP_WITHIN * (1 << self.rounds.min(3));
        self.enter(Phase::Calling, Some(now + wait));
    }

    /// Calls the next server. The only one goes on being called by its link, which knows how
    /// often.
    pub(super) fn call_next(&mut self, now: Time) {
        self.has_followed = false;
        self.at = (self.at + 1) % self.places.len().max(1);
        if self.at == 0 {
            self.rounds = self.rounds.saturating_add(1);
        }
        match (self.places.len(), self.peer) {
            (1, Some(_)) => self.wait_for_link(now),
            _ => self.call(now),
        }
    }

    /// What the phase waited for has not come, or it is time to ask again.
    pub(super) fn handle_over(&mut self, now: Time) {
        if self.over_at.is_some_and(|over_at| over_at <= now) {
            match self.phase {
                Phase::Calling
                | Phase::Attaching { .. }
                | Phase::Signing { .. }
                | Phase::Claiming { .. } => {
                    self.tell_down(DownReason::Unanswered);
                    // A link that is up and says nothing is of no use, even if it is the only.
                    if self.phase != Phase::Calling {
                        self.peer.take().into_iter().for_each(|peer| {
                            self.endpoint.remove_peer(now, peer);
                        });
                    }
                    self.call_next(now);
                }
                Phase::Refused => self.attach(now, 0),
                Phase::Elsewhere => self.look_elsewhere(now),
                Phase::Idle | Phase::Attached | Phase::Released => self.over_at = None,
            }
        }
        if self.first_at.is_some_and(|at| at <= now) {
            self.try_first(now);
        }
    }

    /// While attached elsewhere: is the first server there again?
    fn try_first(&mut self, now: Time) {
        match self.first.take() {
            Some(peer) => {
                self.endpoint.remove_peer(now, peer);
                self.try_first_later(now);
            }
            None => {
                self.first = self.add_peer(now, 0);
                self.first_at = Some(now + UP_WITHIN);
                // It has the key of the one that is attached to.
                if self.first.is_none() {
                    self.try_first_later(now);
                }
            }
        }
    }

    fn try_first_later(&mut self, now: Time) {
        self.first_wait = (self.first_wait * 2).min(TRY_FIRST_MAX);
        self.first_at = Some(now + self.first_wait);
    }

    /// From now on the first server will be tried, unless it is the one.
    pub(super) fn plan_first(&mut self, now: Time) {
        self.rounds = 0;
        if self.at == 0 || self.has_followed {
            (self.first_at, self.first_wait) = (None, TRY_FIRST_AFTER);
        } else {
            self.first_at = Some(now + self.first_wait);
        }
    }

    pub(super) fn take_events(&mut self, now: Time) {
        loop {
            let heard = match self.endpoint.poll_event() {
                None => return,
                Some(Event::Up { peer, key, .. }) => Heard::Up(peer, key),
                Some(Event::Down { peer, reason }) => Heard::Down(peer, reason),
                Some(Event::FirstUse { peer, key, .. }) => Heard::FirstUse(peer, key),
                Some(Event::Refused { peer, key, why, .. }) => Heard::Refused(peer, key, why),
                Some(Event::Item { peer, item, bytes }) => Heard::Item(peer, item, bytes.to_vec()),
                Some(Event::Custody { tag, .. }) => Heard::Custody(tag),
                Some(Event::Room { .. } | Event::Moved { .. } | Event::Twins { .. }) => {
                    Heard::Nothing
                }
            };
            self.hear(now, heard);
        }
    }

    fn hear(&mut self, now: Time, heard: Heard) {
        match heard {
            Heard::Up(peer, key) => self.handle_up(now, peer, key),
            Heard::Down(peer, why) if self.peer == Some(peer) => self.handle_down(now, why),
            Heard::FirstUse(peer, key) => self.handle_first_use(peer, key),
            Heard::Refused(peer, key, why) => self.handle_refused(now, peer, key, why),
            Heard::Item(peer, item, bytes) if self.peer == Some(peer) => {
                self.take_item(now, item, bytes);
            }
            Heard::Custody(tag) if tag != super::OWN => self.tell(SessionEvent::Custody { tag }),
            Heard::Down(..) | Heard::Item(..) | Heard::Custody(_) | Heard::Nothing => {}
        }
    }

    fn handle_up(&mut self, now: Time, peer: PeerId, key: PublicKey) {
        if self.first == Some(peer) {
            self.tell_down(DownReason::WeClosed);
            self.peer.take().into_iter().for_each(|old| self.endpoint.remove_peer(now, old));
            (self.peer, self.first, self.at) = (Some(peer), None, 0);
            self.first_at = None;
        }
        if self.peer == Some(peer) {
            self.server = Some(ServerKey(*key.as_bytes()));
            self.elsewhere_wait = ASK_AGAIN_AFTER;
            self.intake.clear();
            self.attach(now, 0);
        }
    }

    fn handle_down(&mut self, now: Time, why: DownReason) {
        self.tell_down(why);
        self.server = None;
        self.intake.clear();
        if self.phase != Phase::Released {
            self.tell(SessionEvent::Calling { place: self.at });
            self.wait_for_link(now);
        }
    }

    pub(super) fn tell_down(&mut self, why: DownReason) {
        if self.server.is_some() {
            self.tell(SessionEvent::Detached { why });
        }
    }

    fn place_of(&self, peer: PeerId) -> Option<usize> {
        if self.peer == Some(peer) {
            Some(self.at)
        } else {
            (self.first == Some(peer)).then_some(0)
        }
    }

    fn handle_first_use(&mut self, peer: PeerId, key: PublicKey) {
        let Some(place) = self.place_of(peer) else { return };
        if let Some(known) = self.places.get_mut(place) {
            known.key = Some(key);
        }
        self.tell(SessionEvent::FirstUse { place, key });
    }

    fn handle_refused(
        &mut self,
        now: Time,
        peer: Option<PeerId>,
        found: Option<PublicKey>,
        why: Refusal,
    ) {
        let Some(place) = peer.and_then(|peer| self.place_of(peer)) else { return };
        if why == Refusal::WrongKey {
            self.tell(SessionEvent::WrongKey { place, found });
        }
        if peer == self.peer && self.phase == Phase::Calling && self.places.len() > 1 {
            self.call_next(now);
        }
    }

    /// The server does not let the number in. Another one may, where this one is only full.
    pub(super) fn handle_no(&mut self, now: Time, why: postrider_proto::native::Refusal) {
        if let Some(server) = self.server {
            self.tell(SessionEvent::Refused { server, why });
        }
        let is_full = why == postrider_proto::native::Refusal::FULL;
        let is_last = self.at + 1 == self.places.len();
        if is_full && !is_last {
            self.call_next(now);
        } else {
            self.enter(Phase::Refused, Some(now + ASK_AGAIN_AFTER));
        }
    }
}
