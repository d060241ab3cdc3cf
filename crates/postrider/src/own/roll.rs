//! A roll call, for `postrider send --group`: what a group says of it is printed as it comes.

use super::send::DONE;
use super::{ANSWER_WITHIN, NOT_IN_TIME, REFUSED, Whose, shown};
use crate::log::say;
use crate::profile::{Asked, Outgoing, Reply, Request, ask};
use postrider_client::group::{Tally, What, begun, refuses};
use postrider_client::{Draft, Entry, EntryId, History, Trust, Way};
use postrider_proto::Number;
use std::process::ExitCode;
use std::time::Instant;

/// Texts of the group that are read at once.
const PAGE: usize = 200;

/// What a text of the group says of the roll call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    /// All have answered.
    Complete,
    /// Not all have.
    Tally,
    /// It was not called.
    Refused,
    Other,
}

/// What was heard of a roll call.
struct Roll<'a> {
    whose: &'a Whose,
    history: History,
    group: Number,
    /// The last text that was looked at.
    seen: EntryId,
    /// Which roll call it is, once the group has said so.
    what: Option<What>,
}

/// Prints what the group says until all have answered, or until the deadline; then it asks for
/// the tally.
pub(super) fn follow(
    whose: &Whose,
    asked: Asked,
    (group, sent): (Number, EntryId),
    deadline: Instant,
) -> anyhow::Result<ExitCode> {
    let mut roll = Roll { whose, history: whose.history()?, group, seen: sent, what: None };
    let is_final = |says| matches!(says, Says::Complete | Says::Refused);
    let found = roll.listen(&asked, deadline, is_final);
    asked.end()?;
    match found? {
        Some(Says::Complete) => return Ok(ExitCode::from(DONE)),
        Some(Says::Refused) => return Ok(ExitCode::from(REFUSED)),
        _ => {}
    }
    let asked = ask(&whose.folder()?, Request::Send(Outgoing::from(Draft::new(group, "/tally"))))?;
    let found = roll.listen(&asked, Instant::now() + ANSWER_WITHIN, |says| says != Says::Other);
    asked.end()?;
    let is_complete = found? == Some(Says::Complete);
    Ok(ExitCode::from(if is_complete { DONE } else { NOT_IN_TIME }))
}

impl Roll<'_> {
    /// Prints what the group says until something is what is waited for; none in time.
    fn listen(
        &mut self,
        asked: &Asked,
        deadline: Instant,
        is_it: impl Fn(Says) -> bool,
    ) -> anyhow::Result<Option<Says>> {
        loop {
            // It may have come before it was waited for.
            for text in self.news()? {
                self.print(&text);
                let says = self.says(&text);
                if is_it(says) {
                    return Ok(Some(says));
                }
            }
            match asked.next(deadline) {
                Some(Reply::Failed(why)) => anyhow::bail!(why),
                Some(_) => {}
                None => return Ok(None),
            }
        }
    }

    /// What the group has texted since this was asked last, the oldest first, up to one that is
    /// not whole yet.
    fn news(&mut self) -> anyhow::Result<Vec<Entry>> {
        let mut news = self.history.page(self.group, None, PAGE)?;
        news.retain(|text| text.id > self.seen && matches!(text.way, Way::Received { .. }));
        news.reverse();
        let whole = news.iter().position(|text| !text.is_whole()).unwrap_or(news.len());
        news.truncate(whole);
        self.seen = news.last().map_or(self.seen, |text| text.id);
        Ok(news)
    }

    fn print(&self, text: &Entry) {
        match self.whose.json {
            true => say(shown::as_json(text)),
            false => say(shown::received(text)),
        }
    }

    /// Only what the group's key has signed counts.
    fn says(&mut self, text: &Entry) -> Says {
        if !matches!(text.way, Way::Received { trust: Trust::Verified, .. }) {
            return Says::Other;
        }
        self.what = self.what.or_else(|| begun(&text.text));
        match Tally::parse(&text.text) {
            Some(tally) if Some(tally.what) == self.what => {
                if tally.answered() == tally.of {
                    Says::Complete
                } else {
                    Says::Tally
                }
            }
            None if self.what.is_none() && refuses(&text.text) => Says::Refused,
            _ => Says::Other,
        }
    }
}
