//! Which changes a turn commits, and in which order.

use super::Exam;
use super::twin::Doubt;
use crate::check::state::{Kept, LastSend};
use crate::report::Verdict;
use postrider_engine::{Output, Place, Write};
use postrider_proto::Number;

impl Exam<'_> {
    /// The next committed write must be this one; that is its place. One that no
    /// answer relies on may be committed later.
    pub(super) fn expect(&mut self, write: &Write<'_>) -> Verdict {
        let Some(commit) = self.turn.commit else {
            return self.expect_later(write);
        };
        while let Some((place, found)) = commit.get(self.explained) {
            self.explained += 1;
            self.twin.state.apply(*place, found, self.turn.now);
            if found == write {
                return Ok(());
            }
            if !matches!(found, Write::Sent { .. } | Write::Aged { .. }) {
                return self.wrong(&format!("writes {found:?} where {write:?} is due"));
            }
        }
        self.wrong(&format!("does not write {write:?}"))
    }

    fn expect_later(&mut self, write: &Write<'_>) -> Verdict {
        let lazy = match *write {
            Write::Forget { kept, to } => Write::Forget { kept, to },
            Write::HandOver { kept, to, server } => Write::HandOver { kept, to, server },
            ref other => return self.wrong(&format!("does not commit {other:?}")),
        };
        self.twin.state.apply(Place(0), &lazy, self.turn.now);
        self.twin.lazy.push(lazy);
        Ok(())
    }

    pub(super) fn explain_lazy_writes(&mut self) -> Verdict {
        if self.turn.commit.is_some() {
            for write in std::mem::take(&mut self.twin.lazy) {
                self.expect(&write)?;
            }
        }
        Ok(())
    }

    /// What is due, and what cleaning the log writes again.
    pub(super) fn explain_the_rest(&mut self) -> Verdict {
        for (place, write) in self.turn.commit.unwrap_or_default().iter().skip(self.explained) {
            if !self.may_be_due(write) {
                return self.wrong(&format!("writes {write:?} for no reason"));
            }
            self.twin.state.apply(*place, write, self.turn.now);
        }
        for output in self.turn.outputs {
            if let Output::Forward { server, to, text, .. } = *output
                && let Some((kept, _)) = self.twin.state.at(to, text)
            {
                self.twin.state.sent(kept, to, server);
            }
        }
        Ok(())
    }

    fn may_be_due(&mut self, write: &Write<'_>) -> bool {
        let (state, now) = (&self.twin.state, self.turn.now);
        match *write {
            Write::Sent { .. } | Write::Aged { .. } => true,
            Write::Home { client, server } => {
                let doubt = self.twin.doubts.get(&client);
                let given_up = doubt.is_some_and(|doubt| {
                    doubt.said == server && doubt.due <= self.turn.now && !doubt.spoke_again
                });
                given_up || state.homes.get(&client) == Some(&server)
            }
            Write::Carry { kept, sent_to, seq, from, to, text } => {
                let same = |message: &Kept| {
                    (message.seq, message.from, message.sent_to) == (seq, from, sent_to)
                        && message.text == text.as_str()
                };
                let waits = state.live.get(&(to, kept));
                waits.map_or_else(|| state.has_left_lately(to, kept, now), same)
            }
            Write::Mark { client, mark, seq, fingerprint } => {
                let last = LastSend { mark, seq, fingerprint };
                state.sends.get(&client) == Some(&last)
            }
            Write::Next { seq } => state.next == seq,
            Write::Forget { kept, to } => {
                state.live.get(&(to, kept)).is_some_and(|message| message.has_left)
            }
            Write::Keep { .. }
            | Write::HandOver { .. }
            | Write::Gone { .. }
            | Write::Unmark { .. } => false,
            // Those of native trunks, of which these worlds have none.
            _ => false,
        }
    }

    pub(super) fn check_doubts(&mut self) -> Verdict {
        let now = self.turn.now;
        let twin = &mut *self.twin;
        let due: Vec<(Number, Doubt)> = twin
            .doubts
            .iter()
            .filter(|(_, doubt)| doubt.due <= now)
            .map(|(client, doubt)| (*client, *doubt))
            .collect();
        for (client, doubt) in due {
            self.twin.doubts.remove(&client);
            if self.twin.home(client) == Some(self.twin.me) && !doubt.spoke_again {
                return self.wrong(&format!("keeps {client}, which is at {:?}", doubt.said));
            }
        }
        Ok(())
    }
}
