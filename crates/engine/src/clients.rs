//! What a server does for its own clients.

use crate::engine::Engine;
use crate::{Origin, Output, Place, ReplyTo, Write};
use postrider_proto::classic::{Request, Seq};
use postrider_proto::native::MessageId;
use postrider_proto::{Number, Text};

impl Engine {
    pub(crate) fn handle_request(&mut self, reply: ReplyTo, request: Request<'_>) {
        match request {
            Request::Handshake { client } => self.handshake(reply, client),
            Request::Send { mark, client, to, text } => self.submit(reply, client, mark, to, text),
            Request::Get { client } => self.hand_out(reply, client),
            Request::Ack { seq, client, from } => self.acknowledge(client, from, seq),
            Request::Terminate { client } => self.leave(reply, client),
        }
        if self.directory.home(request.client()) == Some(self.config.me) {
            self.heard.push(request.client(), self.now);
        }
    }

    fn handshake(&mut self, reply: ReplyTo, client: Number) {
        if !self.adopt(client) {
            return;
        }
        self.unmark(client);
        self.output(Output::Done { reply, client });
        self.share_list();
    }

    fn submit(&mut self, reply: ReplyTo, client: Number, mark: Seq, to: Number, text: Text<'_>) {
        let repeat_of = self.marks.repeat_of(client, mark, to, text);
        if repeat_of.is_none() && !self.admits_own(client, to) {
            return;
        }
        if !self.adopt(client) {
            return;
        }
        let seq = repeat_of.unwrap_or_else(|| {
            let seq = self.next_seq;
            self.keep(Origin::Client { mark }, seq, client, to, text);
            seq
        });
        match repeat_of {
            Some(_) => self.counters.accepted_repeats += 1,
            None => {
                self.counters.accepted += 1;
                self.quotas.submit(client, self.now);
            }
        }
        self.output(Output::Accepted { reply, seq, client, to });
    }

    /// A text that begins here, for native trunks: a client's, or one that the line brings.
    pub(crate) fn keep(
        &mut self,
        origin: Origin,
        seq: Seq,
        from: Number,
        to: Number,
        text: Text<'_>,
    ) {
        let Some((epoch, count, since_s)) = self.next_count(from, to) else {
            return self.write(&Write::Keep { origin, seq, from, to, text });
        };
        self.write(&Write::KeepCounted { epoch, count, since_s, origin, seq, from, to, text });
        if self.is_cared_for(to) {
            let first = MessageId { from, to, epoch, count };
            self.write(&Write::Taken { first, last: count });
        }
    }

    fn hand_out(&mut self, reply: ReplyTo, client: Number) {
        if !self.adopt(client) {
            return;
        }
        let Some((kept, message)) = self.oldest_in_order(client) else {
            self.counters.handed_nothing += 1;
            return self.output(Output::Nothing { reply, client });
        };
        let (seq, from, text) = (message.seq, message.from, message.at);
        self.pass_gap(client, kept);
        self.counters.handed_out += 1;
        self.output(Output::HandOut { reply, seq, from, client, text });
        if self.config.acknowledged {
            self.mail.hand_out(client, kept);
        } else {
            self.deliver(client, kept);
        }
    }

    fn acknowledge(&mut self, client: Number, from: Number, seq: Seq) {
        match self.mail.handed_out(client, from, seq) {
            Some(kept) => self.deliver(client, kept),
            None => self.counters.acks_unmatched += 1,
        }
    }

    fn deliver(&mut self, client: Number, kept: Place) {
        self.counters.delivered += 1;
        self.tell_delivered(client, kept);
        self.write(&Write::Forget { kept, to: client });
    }

    /// A client that is known to be elsewhere by now has only its `ack` lost; one
    /// that is not known at all may have had its flood lost, so it goes out again.
    fn leave(&mut self, reply: ReplyTo, client: Number) {
        self.unmark(client);
        let home = self.directory.home(client);
        let is_elsewhere = home.is_none() && self.native.home(client).is_some();
        if home.is_none_or(|home| home == self.config.me) && !is_elsewhere {
            if home.is_some() {
                self.change_care(client, |engine| {
                    engine.write(&Write::Gone { client });
                    engine.publish(client);
                });
            }
            self.flood_terminate(client);
        }
        self.output(Output::Done { reply, client });
    }

    /// Every other server of the line is told that the client has left.
    pub(crate) fn flood_terminate(&mut self, client: Number) {
        for server in self.other_servers() {
            self.output(Output::Terminate { server, client });
        }
    }

    /// Makes the client one of this server's own, if it is not; false, and counted,
    /// where there is no room for one more, or the number is bound to a key.
    fn adopt(&mut self, client: Number) -> bool {
        let home = self.directory.home(client);
        if self.native.is_bound(client) {
            self.counters.refused_bound += 1;
            return false;
        }
        if home.is_none() && self.directory.len() >= self.config.limits.clients {
            self.counters.refused_clients += 1;
            return false;
        }
        if home != Some(self.config.me) {
            self.change_care(client, |engine| {
                engine.write(&Write::Home { client, server: engine.config.me });
                engine.publish(client);
            });
            self.share_list();
        }
        true
    }

    /// A `handshake` or `terminate` ends the comparison of marks.
    pub(crate) fn unmark(&mut self, client: Number) {
        if self.marks.last(client).is_some() {
            self.write(&Write::Unmark { client });
        }
    }
}
