//! What CLASSIC.md says about what another server says.

use super::Exam;
use super::twin::Doubt;
use crate::check::state::Kept;
use crate::report::Verdict;
use postrider_engine::{Origin, Output, Write, durations};
use postrider_proto::classic::{Seq, ServerIndex};
use postrider_proto::{Number, Text};

impl Exam<'_> {
    pub(super) fn forwarded(
        &mut self,
        server: ServerIndex,
        seq: Seq,
        from: Number,
        to: Number,
        text: Text<'_>,
    ) -> Verdict {
        let fields = (seq, from, to, text.as_str().to_owned());
        if !self.twin.state.is_repeat(server, &fields, self.turn.now) {
            if !self.twin.has_room_for(server.value(), to, self.turn.had_room) {
                return Ok(());
            }
            let origin = Origin::Server(server);
            self.expect(&Write::Keep { origin, seq, from, to, text })?;
        }
        self.expected.push(Output::Ack { server, seq, from, to });
        Ok(())
    }

    pub(super) fn taken_over(
        &mut self,
        by: ServerIndex,
        seq: Seq,
        from: Number,
        to: Number,
    ) -> Verdict {
        let sent_there = |message: &Kept| message.sent_to >> (by.value() - 1) & 1 == 1;
        let oldest =
            self.twin.state.mailbox(to).find(|(_, message)| {
                (message.seq, message.from) == (seq, from) && sent_there(message)
            });
        match oldest.map(|(kept, _)| kept) {
            Some(kept) => self.expect(&Write::HandOver { kept, to, server: by }),
            None => Ok(()),
        }
    }

    pub(super) fn left_elsewhere(&mut self, server: ServerIndex, client: Number) -> Verdict {
        let home = self.twin.home(client);
        if home.is_some_and(|home| home != server) {
            return Ok(());
        }
        self.end_comparison(client)?;
        if home.is_some() {
            self.expect(&Write::Gone { client })?;
        }
        Ok(())
    }

    pub(super) fn pair(
        &mut self,
        teller: ServerIndex,
        client: Number,
        said: ServerIndex,
    ) -> Verdict {
        let (me, home) = (self.twin.me, self.twin.home(client));
        let proper_side = (said < me) == (teller < me);
        if said == me || home == Some(said) || (home.is_some() && !proper_side) {
            return Ok(());
        }
        if home == Some(me) {
            return self.moved(client, said);
        }
        if home.is_none() && self.twin.state.homes.len() >= self.twin.options.limits.clients {
            return Ok(());
        }
        self.expect(&Write::Home { client, server: said })
    }

    /// An own client is said to be elsewhere.
    fn moved(&mut self, client: Number, said: ServerIndex) -> Verdict {
        if let Some(doubt) = self.twin.doubts.get_mut(&client).filter(|doubt| !doubt.spoke_again) {
            doubt.said = said;
            return Ok(());
        }
        self.twin.doubts.remove(&client);
        let spoke = self.twin.spoke.get(&client).copied();
        match spoke.filter(|spoke| self.turn.now.since(*spoke) < durations::DOUBT) {
            Some(spoke) => {
                let due = spoke + durations::DOUBT;
                self.twin.doubts.insert(client, Doubt { said, due, spoke_again: false });
                Ok(())
            }
            None => self.expect(&Write::Home { client, server: said }),
        }
    }
}
