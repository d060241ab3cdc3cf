//! Texts that go into a line of classic servers: in order, once, and not round and round.

use super::{Station, Whereabouts};
use crate::deadlines::durations;
use crate::engine::Engine;
use crate::mail::Message;
use crate::{Place, Time, Write};
use postrider_proto::Number;
use postrider_proto::native::MessageId;
use std::time::Duration;

impl Engine {
    /// Whether a text was sent to the server of the line at which its recipient still is,
    /// although its way is by a trunk by now: another would be a second one, so it stays on
    /// the line until that server's `ack`.
    pub(crate) fn is_on_the_line(&self, number: Number, kept: Place) -> bool {
        let Some(known) = self.native.rows.live_number(number) else { return false };
        let is_of_line = known.station == Station::ME || self.is_of_line(known);
        let place = match is_of_line {
            true => self.directory.home(number),
            false => self.place_of(known.station),
        };
        let Some(server) = place.filter(|place| self.is_other(*place)) else { return false };
        let was_sent = self
            .mail
            .get(number, kept)
            .is_some_and(|message| message.servers().any(|sent_to| sent_to == server));
        was_sent && self.is_to_be_forwarded(server, kept)
    }

    /// The other texts for a number.
    pub(super) fn not_on_the_line(&self, number: Number) -> Vec<Place> {
        let all = self.mail.all_for(number).map(|(kept, _)| kept);
        all.filter(|kept| !self.is_on_the_line(number, *kept)).collect()
    }

    /// What stayed on the line does so no longer.
    pub(super) fn leave_line(&mut self, number: Number) {
        for kept in self.not_on_the_line(number) {
            let message = self.mail.get(number, kept).copied();
            for server in message.iter().flat_map(Message::servers) {
                if self.is_other(server) {
                    self.remove_head(server, kept);
                }
            }
        }
    }

    /// A server of the line has a text although its way was by a trunk by now: its
    /// recipient's home need not wait for it.
    pub(crate) fn tell_that_line_has(&mut self, id: MessageId) {
        if let (Some(_), Whereabouts::Station(_)) = (self.own_line(), self.whereabouts(id.to)) {
            self.write(&Write::Taken { first: id, last: id.count });
            self.tell_history(id.to);
        }
    }

    /// A text that the line has brought, for a number which another gateway says is in the
    /// line: it would go round for as long as some server is wrong about it.
    pub(crate) fn hold_if_it_returns_to_line(&mut self, to: Number) {
        let known = self.native.rows.live_number(to).filter(|known| self.is_of_line(*known));
        if let (Some(_), Whereabouts::Station(station)) = (known, self.whereabouts(to)) {
            self.hold_newest(station, to);
        }
    }

    /// What goes first of the texts of this one's sender and epoch.
    pub(crate) fn first_of_its_count(
        &self,
        to: Number,
        kept: Place,
        message: Message,
    ) -> (Place, Message) {
        let first = message
            .stamp
            .and_then(|stamp| self.mail.first_counted(to, message.from, stamp.epoch()));
        first.map_or((kept, message), |(kept, first)| (kept, *first))
    }

    /// Until when a text for the line waits for one before it that is missing.
    pub(crate) fn gap_until(&mut self, to: Number, message: &Message) -> Option<Time> {
        self.own_line()?;
        let stamp = message.stamp.filter(|_| self.is_cared_for(to))?;
        let (from, epoch, count) = (message.from, stamp.epoch(), stamp.count);
        let id = MessageId { from, to, epoch, count };
        let waited_s = self.native.sweep.ran_s(self.now).saturating_sub(stamp.since_s);
        let left_s = durations::GAP_S.saturating_sub(waited_s);
        if !self.native.taken.misses_before(id) {
            return None;
        }
        if left_s == 0 {
            self.native.taken.pass(id);
            return None;
        }
        Some(self.now + Duration::from_secs(left_s.into()))
    }

    /// One that was missing may have come: what waited for it in the line's queue is looked
    /// at again.
    pub(super) fn try_again(&mut self, to: Number, from: Number) {
        let Whereabouts::Line(server) = self.whereabouts(to) else { return };
        let waiting: Vec<Place> = self.mail.of_pair(to, from).collect();
        for kept in waiting {
            self.release(server, kept);
        }
    }
}
