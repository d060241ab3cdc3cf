//! What CLASSIC.md says about a client's request.

use super::Exam;
use crate::check::state::{Kept, LastSend, fingerprint};
use crate::report::{Broken, Verdict};
use postrider_engine::{Origin, Output, ReplyTo, Write};
use postrider_proto::classic::{Request, Seq};
use postrider_proto::{Number, Text};

impl Exam<'_> {
    pub(super) fn request(&mut self, reply: ReplyTo, request: Request<'_>) -> Verdict {
        self.answer(reply, request)?;
        if self.twin.home(request.client()) == Some(self.twin.me) {
            self.twin.hear(request.client(), self.turn.now);
        }
        Ok(())
    }

    fn answer(&mut self, reply: ReplyTo, request: Request<'_>) -> Verdict {
        match request {
            Request::Handshake { client } => {
                if self.adopt(client)? {
                    self.end_comparison(client)?;
                    self.expected.push(Output::Done { reply, client });
                }
                Ok(())
            }
            Request::Send { mark, client, to, text } => self.send(reply, mark, client, to, text),
            Request::Get { client } => self.get(reply, client),
            Request::Ack { seq, client, from } => self.read(seq, client, from),
            Request::Terminate { client } => self.leave(reply, client),
        }
    }

    /// Adds the client if it is new; false where there is no room for it.
    fn adopt(&mut self, client: Number) -> Result<bool, Broken> {
        let home = self.twin.home(client);
        let full = self.twin.state.homes.len() >= self.twin.options.limits.clients;
        if home.is_none() && full {
            return Ok(false);
        }
        if home != Some(self.twin.me) {
            self.expect(&Write::Home { client, server: self.twin.me })?;
        }
        Ok(true)
    }

    pub(super) fn end_comparison(&mut self, client: Number) -> Verdict {
        if self.twin.state.sends.contains_key(&client) {
            self.expect(&Write::Unmark { client })?;
        }
        Ok(())
    }

    fn send(
        &mut self,
        reply: ReplyTo,
        mark: Seq,
        client: Number,
        to: Number,
        text: Text<'_>,
    ) -> Verdict {
        let last = self.twin.state.sends.get(&client).copied();
        let same =
            |last: &LastSend| last.mark == mark && last.fingerprint == fingerprint(mark, to, text);
        let repeated = last.filter(same);
        let had_room = self.turn.had_room;
        let room = repeated.is_some() || self.twin.has_room_for_own(client, to, had_room);
        if !room || !self.adopt(client)? {
            return Ok(());
        }
        let seq = repeated.map_or(self.twin.state.next, |last| last.seq);
        if repeated.is_none() {
            let origin = Origin::Client { mark };
            self.expect(&Write::Keep { origin, seq, from: client, to, text })?;
        }
        self.expected.push(Output::Accepted { reply, seq, client, to });
        Ok(())
    }

    fn get(&mut self, reply: ReplyTo, client: Number) -> Verdict {
        if !self.adopt(client)? {
            return Ok(());
        }
        let oldest = self.twin.state.mailbox(client).next();
        let Some((kept, &Kept { from, seq, at, .. })) = oldest else {
            self.expected.push(Output::Nothing { reply, client });
            return Ok(());
        };
        self.expected.push(Output::HandOut { reply, seq, from, client, text: at });
        if self.turn.acknowledged {
            self.twin.handed.insert(client, kept);
            return Ok(());
        }
        self.expect(&Write::Forget { kept, to: client })
    }

    fn read(&mut self, seq: Seq, client: Number, from: Number) -> Verdict {
        let Some(kept) = self.twin.handed.get(&client).copied() else { return Ok(()) };
        let message = self.twin.state.live.get(&(client, kept));
        if message.is_some_and(|message| (message.seq, message.from) == (seq, from)) {
            self.twin.handed.remove(&client);
            self.expect(&Write::Forget { kept, to: client })?;
        }
        Ok(())
    }

    fn leave(&mut self, reply: ReplyTo, client: Number) -> Verdict {
        self.end_comparison(client)?;
        let home = self.twin.home(client);
        if home.is_none_or(|home| home == self.twin.me) {
            if home.is_some() {
                self.expect(&Write::Gone { client })?;
            }
            let told = self.twin.others().map(|server| Output::Terminate { server, client });
            self.expected.extend(told);
        }
        self.expected.push(Output::Done { reply, client });
        Ok(())
    }
}
