//! *Once*: a message enters a mailbox once, and an acknowledged one is not handed out
//! again.
//!
//! Exempt are readers who have moved: a new home does not know what the old one has handed
//! out, so a text may be seen twice, and is counted.

use super::Checkers;
use crate::trunks::letters::text_of;
use crate::trunks::report::{Promise, Verdict};
use postrider_engine::{Place, Time, Write};
use postrider_proto::Number;

impl Checkers {
    /// Before a write counts: nothing is in a mailbox twice, or comes back.
    pub(super) fn enters(&mut self, site: usize, write: &Write<'_>) -> Verdict {
        let Write::Take { message, .. } = write else { return Ok(()) };
        let (text, to) = (text_of(message), message.id.to);
        let Some(letter) = self.letters.get(text) else { return Ok(()) };
        if letter.reader_moved || letter.excused {
            return Ok(());
        }
        if letter.done && letter.acknowledged == Some(site) {
            let what = format!("#{text}, which was acknowledged at server {site}, comes back");
            return Promise::Once.broken(what);
        }
        let is_home = self.homes.get(&to) == Some(&site);
        let mut held = self.holds[site].iter().filter(|((of, _), _)| *of == to);
        if is_home && held.any(|(_, held)| held.text == text) {
            return Promise::Once
                .broken(format!("#{text} is in the mailbox at server {site} twice"));
        }
        Ok(())
    }

    /// A text is shown to its reader.
    pub(super) fn shown(&mut self, site: usize, now: Time, reader: Number, text: u32) -> Verdict {
        let Some(letter) = self.letters.get(text) else { return Ok(()) };
        letter.shown += 1;
        if letter.shown == 1 && !letter.excused && !letter.reader_moved {
            return self.in_order(site, now, reader, text);
        }
        Ok(())
    }

    /// The reader says, at a server, that a text arrived.
    pub(crate) fn acknowledged(&mut self, site: usize, text: u32) {
        if let Some(letter) = self.letters.get(text) {
            letter.acknowledged = Some(site);
        }
    }

    /// A turn hands out a text. It is the one that an acknowledgment may name from then on,
    /// even one that was under way.
    pub(crate) fn handed_out(&mut self, site: usize, reader: Number, text: u32) -> Verdict {
        let run = self.runs[site];
        self.last_handed.insert((site, reader), (text, run));
        let Some(letter) = self.letters.get(text).filter(|letter| !letter.excused) else {
            return Ok(());
        };
        if letter.reader_moved {
            self.twice_after_a_move += u64::from(letter.done);
        } else if letter.done || letter.heard == Some((site, run)) {
            let what = format!("#{text}, which {reader} has acknowledged, is handed out again");
            return self.judge(Promise::Once.broken(what));
        }
        Ok(())
    }

    /// A turn has taken an acknowledgment.
    pub(crate) fn heard(&mut self, site: usize, reader: Number, text: u32) {
        let run = self.runs[site];
        let is_last = self.last_handed.get(&(site, reader)) == Some(&(text, run));
        if let Some(letter) = self.letters.get(text).filter(|_| is_last) {
            letter.heard = Some((site, run));
        }
    }

    /// That a message is forgotten is on disk.
    pub(super) fn forgotten(&mut self, site: usize, to: Number, kept: Place) {
        let Some(held) = self.holds[site].get(&(to, kept)).copied() else { return };
        if let Some(letter) = self.letters.get(held.text) {
            letter.done |= letter.acknowledged == Some(site);
        }
    }
}
