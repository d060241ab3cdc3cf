//! What became of a text that was handed on, in one line: from the history's states alone.

use super::said;
use crate::limits::GROUP_MEMBERS_MAX;
use crate::profile::values;
use crate::{EntryId, History, ProfileError, Stamp, State, Way};
use postrider_proto::Number;
use rusqlite::OptionalExtension;
use std::collections::BTreeMap;
use std::fmt;

/// Different answers that a tally names; the others are counted together.
const ANSWERS_NAMED: usize = 3;
const OTHER: &str = "other";

/// A text that was handed on, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedOn {
    /// Which.
    pub what: What,
    /// Who wrote it.
    pub by: Number,
    /// What it says; not to be shown but through [`crate::shown`].
    pub text: String,
    /// When it was handed on, by the group's clock.
    pub at: Stamp,
    /// Whether answers are counted.
    pub is_open: bool,
    /// The members that it went to, by number.
    pub to: Vec<Asked>,
}

/// A member that a text was handed on to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The member's number.
    pub number: Number,
    /// What the group calls this member, if it is still in it and has a name.
    pub name: Option<String>,
    /// What is known of its copy; none if the history does not have it any more.
    pub state: Option<State>,
    /// What it answered last to a roll call; not to be shown but through [`crate::shown`].
    pub answer: Option<String>,
}

/// Which text a tally is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A roll call, counted from 1.
    RollCall(u32),
    /// Any other text, counted from 1 with the roll calls among them.
    Text(u32),
}

/// How many members a text has reached, and what they answered. It is printed as one text, and
/// read from one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Of which text.
    pub what: What,
    /// Members that it was handed on to.
    pub of: usize,
    /// Those whose device has it, by their own or a server's word; those who have seen it among
    /// them.
    pub delivered: usize,
    /// Those who have seen it.
    pub read: usize,
    /// What was answered, in capitals, the most frequent first; `other` for the rest.
    pub answers: Vec<(String, usize)>,
    /// Those to whose classic server it was passed on, of whom nothing more will be known; without
    /// those who answered.
    pub passed_on: usize,
    /// Those for whom it was refused, or expired; without those who answered.
    pub failed: usize,
    /// Of a roll call: those who have it and have not answered.
    pub silent: usize,
}

impl HandedOn {
    /// Counted.
    pub fn tally(&self) -> Tally {
        let states = || self.to.iter().map(|asked| (&asked.state, asked.answer.is_some()));
        let count = |is: fn(&State) -> bool| {
            states().filter(|(state, _)| state.as_ref().is_some_and(is)).count()
        };
        let unanswered = |is: fn(&State) -> bool| {
            let left = |(state, has_answered): &(&Option<State>, bool)| {
                !has_answered && state.as_ref().is_some_and(is)
            };
            states().filter(left).count()
        };
        let silent = match self.what {
            What::RollCall(_) => unanswered(is_delivered),
            What::Text(_) => 0,
        };
        Tally {
            what: self.what,
            of: self.to.len(),
            delivered: count(is_delivered),
            read: count(|state| matches!(state, State::Read { .. })),
            answers: self.answers(),
            passed_on: unanswered(|state| matches!(state, State::PassedOn { .. })),
            failed: unanswered(|state| {
                matches!(state, State::Expired { .. } | State::Refused { .. })
            }),
            silent,
        }
    }

    fn answers(&self) -> Vec<(String, usize)> {
        let (mut named, mut others) = (BTreeMap::<String, usize>::new(), 0);
        for answer in self.to.iter().filter_map(|asked| asked.answer.as_deref()) {
            match said::answer(answer) {
                Some(words) => *named.entry(words).or_default() += 1,
                None => others += 1,
            }
        }
        let mut answers: Vec<(String, usize)> = named.into_iter().collect();
        answers.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        others += answers
            .drain(answers.len().min(ANSWERS_NAMED)..)
            .map(|(_, count)| count)
            .sum::<usize>();
        if others > 0 {
            answers.push((OTHER.to_owned(), others));
        }
        answers
    }
}

fn is_delivered(state: &State) -> bool {
    matches!(state, State::Delivered { .. } | State::Read { .. })
}

impl Tally {
    /// Members who have answered.
    pub fn answered(&self) -> usize {
        self.answers.iter().map(|(_, count)| count).sum()
    }

    /// Reads what a group says of a text; none if it is something else.
    pub fn parse(text: &str) -> Option<Tally> {
        let (what, counts) = text.split_once(": ")?;
        let what = match what.strip_prefix("Roll call ") {
            Some(number) => What::RollCall(number.parse().ok()?),
            None => What::Text(what.strip_prefix("Text ")?.parse().ok()?),
        };
        let mut counts = counts.split(", ").peekable();
        let (delivered, of) = counts.next()?.strip_prefix("delivered ")?.split_once(" of ")?;
        let mut tally = Tally {
            what,
            of: members(of)?,
            delivered: members(delivered)?,
            read: 0,
            answers: Vec::new(),
            passed_on: 0,
            failed: 0,
            silent: 0,
        };
        for counted in counts {
            let (what, count) = counted.rsplit_once(' ')?;
            let what = what.strip_prefix("answered ").unwrap_or(what);
            let count = members(count)?;
            match what {
                "read" => tally.read = count,
                "passed on" => tally.passed_on = count,
                "failed" => tally.failed = count,
                "silent" if matches!(tally.what, What::RollCall(_)) => tally.silent = count,
                answer if is_answer(answer) && count > 0 => {
                    tally.answers.push((answer.to_owned(), count));
                }
                _ => return None,
            }
        }
        Some(tally)
    }
}

/// Whether a tally may name an answer so.
fn is_answer(name: &str) -> bool {
    name == OTHER || said::answer(name).is_some_and(|words| words == name)
}

/// How many members; none of more than there may be.
fn members(written: &str) -> Option<usize> {
    written.parse().ok().filter(|count| *count <= GROUP_MEMBERS_MAX)
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            What::RollCall(number) => write!(f, "Roll call {number}")?,
            What::Text(number) => write!(f, "Text {number}")?,
        }
        write!(f, ": delivered {} of {}", self.delivered, self.of)?;
        let mut counted = |what: &str, count: usize| match count {
            0 => Ok(()),
            count => write!(f, ", {what} {count}"),
        };
        counted("read", self.read)?;
        for (at, (answer, count)) in self.answers.iter().enumerate() {
            counted(&format!("{}{answer}", if at == 0 { "answered " } else { "" }), *count)?;
        }
        counted("passed on", self.passed_on)?;
        counted("failed", self.failed)?;
        match self.what {
            What::RollCall(_) => write!(f, ", silent {}", self.silent),
            What::Text(_) => Ok(()),
        }
    }
}

/// A text that was handed on, with what is known of each copy.
pub(super) fn read(history: &History, text: i64) -> Result<Option<HandedOn>, ProfileError> {
    let one = "SELECT sender, text, at, roll, open FROM group_texts WHERE id = ?1";
    let mut one = history.connection.prepare_cached(one)?;
    let found = one.query_row([text], |row| {
        let roll: Option<u32> = row.get(3)?;
        let number = u32::try_from(text).unwrap_or(u32::MAX);
        Ok(HandedOn {
            what: roll.map_or(What::Text(number), What::RollCall),
            by: values::number(row, 0)?,
            text: row.get(1)?,
            at: Stamp(row.get(2)?),
            is_open: row.get(4)?,
            to: Vec::new(),
        })
    });
    let Some(mut found) = found.optional()? else { return Ok(None) };
    let copies = "SELECT member, entry, answer, name FROM group_copies \
                  LEFT JOIN group_members ON number = member WHERE text = ?1 ORDER BY member";
    let mut copies = history.connection.prepare_cached(copies)?;
    let mut rows = copies.query([text])?;
    while let Some(row) = rows.next()? {
        let entry = history.entry(EntryId(row.get(1)?))?;
        let state = entry.and_then(|entry| match entry.way {
            Way::Sent(state) => Some(state),
            Way::Received { .. } => None,
        });
        found.to.push(Asked {
            number: values::number(row, 0)?,
            name: row.get(3)?,
            state,
            answer: row.get(2)?,
        });
    }
    Ok(Some(found))
}
