//! A group: a number that hands what its members text to all of them.
//!
//! ```text
//!   a member ──► the group's history ──► rules ──► a copy for each member, in the outbox
//!   a member's device ──► a receipt for its copy ──► tally
//! ```
//!
//! It is a user like any other, so that servers know nothing of it: a text is sealed to the
//! group's key and from there to each member's. What is done about a text, and that it was done,
//! are one transaction: a program that is killed in between neither loses nor doubles anything.

mod rates;
mod rules;
mod said;
mod tables;
mod tally;
#[cfg(test)]
mod tests;
mod words;

pub use tally::{Asked, HandedOn, Tally, What};
pub use words::{begun, refuses};

use crate::{Entry, EntryId, Profile, ProfileError, Stamp, Trust, Way, durations};
use postrider_proto::Number;
use rates::{Pace, Rates};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Texts that are looked at together.
const PAGE: usize = 100;

/// Texts that are handled in one call of [`Group::handle`], so that the client does other things
/// in between: each may bring forth a text for each member.
const HANDLED_AT_ONCE: usize = 8;

/// The rules of a group, with what they remember as long as the program runs: who texts how
/// fast, and what waits for how long.
#[derive(Debug)]
pub struct Group {
    rules: Rules,
    rates: Rates,
    /// Texts that are not whole or not opened yet, and since when they are seen so.
    held: BTreeMap<EntryId, Duration>,
}

/// What the operator of a group lets be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// A moderator's number may be a classic one, whose texts nobody signs. Whoever reaches a
    /// classic port can then moderate in its name. Default: no.
    pub unsigned_moderators: bool,
}

/// Somebody who is in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The number.
    pub number: Number,
    /// What the group calls this member, if not by the number.
    pub name: Option<String>,
    /// Whether this member may change the group and call the roll.
    pub is_moderator: bool,
    /// Since when, by the group's clock.
    pub since: Stamp,
}

/// Whether there is more to be handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// There is: call again.
    More,
    /// There is not, until something comes.
    Nothing,
}

impl Group {
    /// Makes a profile a group's, with its moderators as the first members; it is closed: only
    /// they let others in. They are told so. Refuses a profile that is a group's already, a name
    /// of more than 40 characters, and a moderator's name that cannot be one of a member.
    pub fn create(
        profile: &mut Profile,
        name: Option<&str>,
        moderators: &[(Number, Option<String>)],
        now: Stamp,
    ) -> Result<(), ProfileError> {
        profile.atomically(|profile| rules::begin(profile, name, moderators, now))
    }

    /// The rules of the group whose profile this is.
    pub fn open(profile: &Profile, rules: Rules) -> Result<Group, ProfileError> {
        if !profile.history().is_group()? {
            return Err(ProfileError::NoGroup { folder: profile.folder().to_owned() });
        }
        Ok(Group { rules, rates: Rates::default(), held: BTreeMap::new() })
    }

    /// Does what the texts ask for that came and were not handled, in their order, a few at a
    /// time; what is to be sent is in the outbox then. `elapsed` is how long the program runs, by
    /// a clock that cannot jump.
    pub fn handle(
        &mut self,
        profile: &mut Profile,
        now: Stamp,
        elapsed: Duration,
    ) -> Result<Left, ProfileError> {
        let mut held = BTreeMap::new();
        let mut waiting = BTreeSet::new();
        let (mut after, mut handled) = (None, 0);
        loop {
            let page = profile.history().unread(after, PAGE)?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for text in &page {
                // A later text of the same sender does not overtake it.
                let since = self.held.get(&text.id).copied().unwrap_or(elapsed);
                let is_late = elapsed.saturating_sub(since) >= durations::GROUP_HOLDS_FOR;
                if waiting.contains(&text.with) || !is_late && !text.is_whole() {
                    waiting.insert(text.with);
                    held.insert(text.id, since);
                    continue;
                }
                if handled == HANDLED_AT_ONCE {
                    self.held.append(&mut held);
                    return Ok(Left::More);
                }
                let pace = self.pace(profile, text, elapsed)?;
                profile
                    .atomically(|profile| rules::handle(profile, self.rules, text, pace, now))?;
                handled += 1;
            }
        }
        self.held = held;
        Ok(Left::Nothing)
    }

    /// Who texts in another's name does not use up what that one may text, and all who are not
    /// in the group share what one member may.
    fn pace(
        &mut self,
        profile: &Profile,
        text: &Entry,
        elapsed: Duration,
    ) -> Result<Pace, ProfileError> {
        let Way::Received { trust: Trust::Verified | Trust::Unsigned, .. } = text.way else {
            return Ok(Pace::Fine);
        };
        let is_member = profile.history().is_member(text.with)?;
        let counted = if is_member { text.with } else { profile.number() };
        Ok(self.rates.count(counted, elapsed))
    }
}
