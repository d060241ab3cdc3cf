//! Another device of the number has brought it to another server.
//!
//! A number is at home at one server, and only devices that are attached there are handed its
//! texts. So a device follows, if it knows that server. If it does not, it leaves the number there
//! for a while, each time for longer. Then it calls a server whose key it has never seen, which may
//! be the one; or else brings the number back: what it has to say would never leave. What was given
//! up by another device is given up here.

use super::{OWN, Phase, Place, Session, SessionEvent};
use crate::durations::TRY_FIRST_MAX;
use crate::verify;
use postrider_link::{DownReason, Precedence, Time};
use postrider_proto::native::{Ask, Fact, Item, Row};

impl Session {
    /// The server that the number was attached to says that it is elsewhere by now.
    pub(super) fn handle_moved(&mut self, now: Time) {
        self.tell_down(DownReason::WeClosed);
        self.tell(SessionEvent::Calling { place: self.at });
        self.enter(Phase::Elsewhere, Some(now + self.elsewhere_wait));
        self.elsewhere_wait = (self.elsewhere_wait * 2).min(TRY_FIRST_MAX);
        let mut where_is_it = Vec::new();
        Item::Ask(Ask::Number(self.keys.number())).print(&mut where_is_it);
        if let Some(peer) = self.peer {
            let _ = self.endpoint.send(now, peer, Precedence::Immediate, OWN, &where_is_it);
        }
    }

    /// Whether a row says where the own number is, and that is what was asked for.
    pub(super) fn is_whereabouts(&self, row: &Row<'_>) -> bool {
        let number = self.keys.number();
        let is_own = matches!(row.entry.fact, Fact::Number(own) if own.number == number);
        self.phase == Phase::Elsewhere && is_own && verify::is_row_signed(row)
    }

    /// The number is there, or was given up.
    pub(super) fn handle_whereabouts(&mut self, now: Time, row: &Row<'_>) {
        if matches!(row.entry.fact, Fact::Number(own) if own.released) {
            self.enter(Phase::Released, None);
            return self.tell(SessionEvent::Released);
        }
        let home = row.entry.origin.0;
        let is_home = |place: &Place| place.key.is_some_and(|key| *key.as_bytes() == home);
        let known = self.places.iter().position(is_home);
        if let Some(place) = known.filter(|place| *place != self.at) {
            self.follow(now, place);
        }
    }

    /// It was left there for a while. It may be at a server whose key was never seen.
    pub(super) fn look_elsewhere(&mut self, now: Time) {
        match self.places.iter().position(|place| place.key.is_none()) {
            Some(place) if place != self.at => self.follow(now, place),
            _ => self.attach(now, 0),
        }
    }

    fn follow(&mut self, now: Time, place: usize) {
        (self.at, self.has_followed) = (place, true);
        self.call(now);
    }
}
