//! What a server does when another server speaks.

use crate::deadlines::{Timer, durations};
use crate::directory::{News, judge, stands_behind};
use crate::engine::{Doubt, Engine};
use crate::fingerprint::fingerprint_of_send;
use crate::mail::{Message, ServerSet};
use crate::{Origin, Output, Place, Write};
use postrider_proto::classic::{Seq, ServerIndex};
use postrider_proto::{Number, Text};

impl Engine {
    pub(crate) fn take_over(
        &mut self,
        server: ServerIndex,
        seq: Seq,
        from: Number,
        to: Number,
        text: Text<'_>,
    ) {
        if self.native.is_bound(from) {
            self.counters.refused_bound += 1;
            return;
        }
        let fingerprint = fingerprint_of_send(seq, from, to, text);
        if self.is_repeat(server, fingerprint, to) {
            self.counters.taken_over_repeats += 1;
        } else if self.admits_of_line(server, to) {
            self.counters.taken_over += 1;
            self.keep(Origin::Server(server), seq, from, to, text);
            self.hold_if_it_returns_to_line(to);
        } else {
            return;
        }
        self.output(Output::Ack { server, seq, from, to });
    }

    fn is_repeat(&self, server: ServerIndex, fingerprint: u64, to: Number) -> bool {
        let recents = &self.recents[usize::from(server.value()) - 1];
        let mut equal = recents.equal(fingerprint, self.now);
        equal.any(|kept| !self.may_have_come_round(kept, to))
    }

    /// A server that forwards an equal message waits ten seconds, so within these it is
    /// a repeat. After a restart they begin anew, and it may be the message that was
    /// sent on from here, and that went round while the `ack` for it is still under way.
    /// Were both settled, nobody would have it.
    fn may_have_come_round(&self, kept: Place, to: Number) -> bool {
        let sent_on = |message: &Message| message.sent_to != ServerSet::default();
        kept < self.began && self.mail.get(to, kept).is_some_and(sent_on)
    }

    /// The `ack` settles the oldest such message that was ever sent to that server.
    pub(crate) fn settle(&mut self, server: ServerIndex, seq: Seq, from: Number, to: Number) {
        let sent_there = |kept: &_| {
            let message = self.mail.get(to, *kept);
            message.is_some_and(|message| message.seq == seq && message.sent_to.contains(server))
        };
        let settled = self.mail.of_pair(to, from).find(sent_there);
        match settled {
            Some(kept) => {
                self.counters.handed_over += 1;
                self.tell_passed_on(to, kept);
                let id = self.mail.get(to, kept).and_then(|message| message.id(to));
                self.write(&Write::HandOver { kept, to, server });
                if let Some(id) = id {
                    self.tell_that_line_has(id);
                }
            }
            None => self.counters.acks_unmatched += 1,
        }
    }

    pub(crate) fn hear_terminate(&mut self, server: ServerIndex, client: Number) {
        match self.directory.home(client) {
            Some(home) if home != server => {}
            home => {
                self.unmark(client);
                if home.is_some() {
                    self.change_care(client, |engine| {
                        engine.write(&Write::Gone { client });
                        engine.publish(client);
                    });
                }
            }
        }
    }

    pub(crate) fn hear_list(&mut self, teller: ServerIndex, pairs: &[(Number, ServerIndex)]) {
        for (client, said) in pairs {
            match self.judge(teller, *client, *said) {
                News::Nothing => {}
                News::Echo => self.counters.pairs_echoed += 1,
                News::Found => self.found(*client, *said),
                News::Left => self.hear_left(*client, *said),
            }
        }
    }

    fn judge(&mut self, teller: ServerIndex, client: Number, said: ServerIndex) -> News {
        if self.native.is_bound(client) {
            self.counters.refused_bound += 1;
            return News::Nothing;
        }
        if said == self.config.me || self.is_reached(said) {
            self.end_doubt_about_other(teller, client);
            return News::Nothing;
        }
        if self.seen_at(client) == Some(said) {
            return News::Nothing;
        }
        judge(self.config.me, teller, self.counts_as_at(client), said)
    }

    /// The neighbour that said that a number with a home elsewhere had moved into the line
    /// knows better by now.
    fn end_doubt_about_other(&mut self, teller: ServerIndex, client: Number) {
        let me = self.config.me;
        let said = self.doubts.get(&client).map(|doubt| doubt.said);
        let is_own = self.directory.home(client) == Some(me);
        if !is_own && said.is_some_and(|said| stands_behind(me, teller, said)) {
            self.end_doubt(client);
        }
    }

    fn found(&mut self, client: Number, server: ServerIndex) {
        let known = self.directory.home(client).is_some();
        if !known && self.directory.len() >= self.config.limits.clients {
            self.counters.refused_clients += 1;
            return;
        }
        self.counters.pairs_taken += 1;
        self.change_care(client, |engine| {
            engine.write(&Write::Home { client, server });
            engine.claim_if_due(client);
        });
        self.share_news();
    }

    /// An own client is said to have moved. If it has just spoken here, the pair may
    /// be an echo of where it was before: the next quarter of a second will tell.
    fn hear_left(&mut self, client: Number, server: ServerIndex) {
        if let Some(doubt) = self.doubts.get_mut(&client)
            && !self.heard.again(client, doubt.since)
        {
            doubt.said = server;
            return;
        }
        self.end_doubt(client);
        match self.heard.last(client, self.now) {
            Some(spoke) => {
                let (since, until) = (self.heard.count(), spoke + durations::DOUBT);
                self.doubts.insert(client, Doubt { said: server, since, until });
                self.deadlines.set(until, Timer::Doubt(client));
            }
            None => self.give_up(client, server),
        }
    }

    /// The client's word since then has settled what was said before.
    fn end_doubt(&mut self, client: Number) {
        if let Some(doubt) = self.doubts.remove(&client) {
            self.deadlines.clear(doubt.until, Timer::Doubt(client));
        }
    }

    /// The client has had its time to speak.
    pub(crate) fn resolve_doubt(&mut self, client: Number) {
        let Some(Doubt { said, since, .. }) = self.doubts.remove(&client) else {
            return;
        };
        let still_own = self.counts_as_at(client) == Some(self.config.me);
        if still_own && !self.heard.again(client, since) {
            self.give_up(client, said);
        }
    }

    fn give_up(&mut self, client: Number, server: ServerIndex) {
        self.counters.moved_away += 1;
        self.found(client, server);
    }
}
