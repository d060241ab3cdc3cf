//! Whose number it is, and where it is at home.

use super::{OWN, Phase, Session, SessionEvent};
use crate::Keys;
use crate::durations::ANSWER_WITHIN;
use postrider_link::{ItemId, Precedence, Time};
use postrider_proto::native::{Answer, ClaimItem, Item, Refusal, Unknown, Verdict, Version};
use std::sync::Arc;

/// Claims in one session before the number counts as one that somebody else claims, too.
const CLAIMS_MAX: u8 = 3;

impl Session {
    /// Claims the number with an invitation's code at the server that has refused; empty for
    /// none. Later claims have the code as well. One that is too long is cut.
    pub fn claim(&mut self, now: Time, code: &str) {
        let mut end = code.len().min(ClaimItem::CODE_BYTES_MAX);
        while !code.is_char_boundary(end) {
            end -= 1;
        }
        code[..end].clone_into(&mut self.code);
        if self.phase == Phase::Refused {
            self.attach(now, 0);
        }
    }

    /// Gives the number up; at once if it is attached, or else when it is.
    pub fn release(&mut self, now: Time) {
        self.is_to_release = true;
        if self.is_attached() {
            self.say_claim(now, 0);
        }
    }

    /// The first key has signed, and what it has said is in these keys and on disk.
    pub fn signed(&mut self, now: Time, keys: Arc<Keys>) {
        self.keys = keys;
        if let Phase::Signing { claims } = self.phase {
            self.say_claim(now, claims);
        }
    }

    /// What was not needed any more is gone from the keys; the rest is as it was.
    pub fn set_keys(&mut self, keys: Arc<Keys>) {
        self.keys = keys;
    }

    /// Says whose number this is.
    pub(super) fn attach(&mut self, now: Time, claims: u8) {
        let Some(server) = self.server else { return };
        let attach = self.keys.attach(server);
        self.say(now, &attach);
        self.enter(Phase::Attaching { claims }, Some(now + ANSWER_WITHIN));
    }

    /// Says that the number is to be at home here, or to be given up.
    fn next_version(&self) -> Option<Version> {
        Version::from_value(self.version).map_or(Some(Version::FIRST), Version::next)
    }

    /// Claims the number; where the first key's word is not said yet, once it is.
    fn claim_here(&mut self, now: Time, claims: u8) {
        match self.next_version() {
            Some(since) if self.keys.is_changing() => {
                self.enter(Phase::Signing { claims }, Some(now + ANSWER_WITHIN));
                self.tell(SessionEvent::Sign { since });
            }
            _ => self.say_claim(now, claims),
        }
    }

    fn say_claim(&mut self, now: Time, claims: u8) {
        let (Some(server), Some(version)) = (self.server, self.next_version()) else {
            return self.handle_no(now, Refusal::STALE);
        };
        let claim = self.keys.claim(server, version, self.is_to_release, &self.code);
        self.say(now, &claim);
        let claims = claims.saturating_add(1);
        self.enter(Phase::Claiming { claims }, Some(now + ANSWER_WITHIN));
    }

    /// If there is no room, the answer does not come, and the next server is called.
    fn say(&mut self, now: Time, bytes: &[u8]) {
        if let Some(peer) = self.peer {
            let _ = self.endpoint.send(now, peer, Precedence::Flash, OWN, bytes);
        }
    }

    /// Takes an item up in its turn. What is no message has nothing to be kept.
    pub(super) fn take_item(&mut self, now: Time, item: ItemId, bytes: Vec<u8>) {
        if !self.intake.push(item, bytes) {
            // More than a server may hand over: begin anew.
            return self.call(now);
        }
        while let Some((item, bytes)) = self.intake.pop() {
            match Item::parse(&bytes) {
                Ok(Item::Message(_)) => {
                    self.tell(SessionEvent::Message { item, bytes });
                    continue;
                }
                Ok(Item::Dispute(dispute)) if dispute.number == self.keys.number() => {
                    self.tell(SessionEvent::Disputed { item, dispute });
                    continue;
                }
                Ok(Item::Answer(answer)) => self.handle_answer(now, &answer),
                Ok(Item::Row(sent)) if self.is_whereabouts(sent.row()) => {
                    self.handle_whereabouts(now, sent.row());
                }
                Ok(Item::Row(_)) => self.tell(SessionEvent::Row { item: bytes }),
                Ok(Item::Unknown(Unknown(ask))) => self.tell(SessionEvent::Unknown(ask)),
                Ok(Item::Trace(trace)) => self.tell(SessionEvent::Traced(trace)),
                _ => {}
            }
            self.endpoint.custody(now, item);
        }
    }

    fn handle_answer(&mut self, now: Time, answer: &Answer) {
        if answer.number != self.keys.number() {
            return;
        }
        let (claims, is_claim) = match (self.phase, answer.verdict) {
            (Phase::Attaching { claims }, _) => (claims, false),
            (Phase::Claiming { claims }, _) => (claims, true),
            // Said by itself: another key has the number now.
            (Phase::Attached, Verdict::Refused(why)) => return self.handle_no(now, why),
            (Phase::Attached, Verdict::WantsClaim) => return self.handle_moved(now),
            _ => return,
        };
        self.version = answer.version;
        match answer.verdict {
            Verdict::Attached if self.is_to_release && claims < CLAIMS_MAX => {
                self.say_claim(now, claims);
            }
            Verdict::Attached if self.is_to_release => self.handle_no(now, Refusal::STALE),
            Verdict::Attached => self.handle_attached(now),
            Verdict::WantsClaim if claims < CLAIMS_MAX => self.claim_here(now, claims),
            // Without the first key's word a server takes a later one for a stranger's.
            Verdict::Refused(Refusal::TAKEN) if !is_claim && self.keys.is_later() => {
                self.claim_here(now, claims);
            }
            Verdict::WantsClaim => self.handle_no(now, Refusal::STALE),
            Verdict::Released => {
                self.enter(Phase::Released, None);
                self.tell(SessionEvent::Released);
            }
            // The next answer says what is newer.
            Verdict::Refused(Refusal::STALE) if claims < CLAIMS_MAX => self.attach(now, claims),
            Verdict::Refused(why) => self.handle_no(now, why),
        }
    }

    fn handle_attached(&mut self, now: Time) {
        let (Some(server), Some(place)) = (self.server, self.places.get(self.at)) else { return };
        let mode = place.mode;
        self.enter(Phase::Attached, None);
        self.plan_first(now);
        self.tell(SessionEvent::Attached { server, mode });
    }
}
