//! Commands, in one transaction.

use super::held::{self, Arrived};
use super::sent::{self, Sent};
use super::{OwnAddress, message_name};
use crate::codec::Status;
use crate::limits::{HELD_MAX, WAITING_MAX};
use crate::parts::Part;
use crate::receipt::{MessageState, beginning};
use postrider_client::{Draft, EntryId, Profile, ProfileError, Stamp};
use postrider_proto::Number;
use postrider_proto::native::{Lifetime, Precedence};
use rusqlite::params;

/// A text as a client has sent it, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Submission {
    /// To whom, at least one.
    pub(crate) to: Vec<(Number, OwnAddress)>,
    pub(crate) source: OwnAddress,
    /// What it says, from 1 character up; how long it may be is the caller's to see to, but of
    /// one in parts.
    pub(crate) text: String,
    pub(crate) part: Option<Part>,
    pub(crate) precedence: Precedence,
    pub(crate) lifetime: Lifetime,
    pub(crate) registered: u8,
    /// When it is to be sent, in milliseconds since 1970; none: now.
    pub(crate) due: Option<i64>,
}

/// Which text is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The one of this row, if the source is empty or its own.
    One { row: i64, source: OwnAddress },
    /// All that wait from one to the other.
    Between { source: OwnAddress, destination: OwnAddress },
}

/// What a client asks of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    Submit(Submission),
    Query(Wanted),
    Cancel(Wanted),
    Replace {
        which: Wanted,
        text: String,
        registered: u8,
        due: Option<i64>,
        lifetime: Option<Lifetime>,
    },
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is taken, under this name.
    Taken(String),
    /// What became of a text, and when it came to its end.
    Fate { message_id: String, state: MessageState, done: Option<i64>, error: u8 },
    /// It is done.
    Done,
    /// It is not.
    No(Status),
}

/// Does all jobs together. What is taken is on disk when the client's turn ends.
pub(crate) fn commit(
    profile: &mut Profile,
    jobs: Vec<Job>,
    now: Stamp,
) -> Result<Vec<Outcome>, ProfileError> {
    profile.together(|profile| {
        let mut room = Room::of(profile)?;
        jobs.into_iter().map(|job| one(profile, job, &mut room, now)).collect()
    })
}

/// How much more may wait.
struct Room {
    texts: usize,
    held: usize,
}

impl Room {
    /// Counted no further than the limits.
    fn of(profile: &Profile) -> Result<Room, ProfileError> {
        let count = |what: &str, most: usize| -> Result<usize, ProfileError> {
            let count = format!("SELECT count(*) FROM (SELECT 1 FROM {what} LIMIT ?1)");
            let mut count = profile.tables().prepare_cached(&count)?;
            let found: usize = count.query_row([most], |row| row.get(0))?;
            Ok(most - found)
        };
        Ok(Room {
            texts: count("messages WHERE state = 'waiting' AND id = text_id", WAITING_MAX)?,
            held: count("smpp_sent WHERE until IS NOT NULL", HELD_MAX)?,
        })
    }
}

fn one(
    profile: &mut Profile,
    job: Job,
    room: &mut Room,
    now: Stamp,
) -> Result<Outcome, ProfileError> {
    match job {
        Job::Submit(submission) => submit(profile, &submission, room, now),
        Job::Query(which) => query(profile, &which),
        Job::Cancel(which) => cancel(profile, &which, now),
        Job::Replace { which, text, registered, due, lifetime } => {
            replace(profile, &which, (text, registered, due, lifetime))
        }
    }
}

fn submit(
    profile: &mut Profile,
    submission: &Submission,
    room: &mut Room,
    now: Stamp,
) -> Result<Outcome, ProfileError> {
    let count = submission.to.len();
    let is_held = submission.part.is_some() || submission.due.is_some();
    let left = if is_held { &mut room.held } else { &mut room.texts };
    if *left < count {
        return Ok(Outcome::No(Status::QUEUE_FULL));
    }
    *left -= count;
    let number = profile.number();
    let mut first = None;
    for (peer, destination) in &submission.to {
        let row = match submission.part {
            Some(part) => {
                match held::arrive(profile, submission, (*peer, destination), part, now)? {
                    Arrived::Kept(row) => row,
                    Arrived::TooLong => return Ok(Outcome::No(Status::MESSAGE_LENGTH)),
                }
            }
            None if submission.due.is_some() => {
                insert(profile, submission, (*peer, destination), None, first, now)?
            }
            None => {
                let text = profile.compose(&draft(submission, *peer), now)?;
                insert(profile, submission, (*peer, destination), Some(text), first, now)?
            }
        };
        first = first.or(Some(row));
    }
    let taken = first.map(|row| Outcome::Taken(message_name(row, number)));
    Ok(taken.unwrap_or(Outcome::No(Status::DESTINATIONS)))
}

fn draft(submission: &Submission, to: Number) -> Draft {
    let (precedence, lifetime) = (submission.precedence, submission.lifetime);
    Draft { to, text: submission.text.clone(), precedence, lifetime, seal: true }
}

/// Keeps a row, and says which; `first` is that of the command's first recipient.
pub(super) fn insert(
    profile: &Profile,
    submission: &Submission,
    (peer, destination): (Number, &OwnAddress),
    text: Option<EntryId>,
    first: Option<i64>,
    now: Stamp,
) -> Result<i64, ProfileError> {
    let insert = "INSERT INTO smpp_sent (message, text, source, destination, registered, \
                  submitted, begins, told, until, held, peer, precedence, lifetime) \
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    let held = text.is_none().then_some(submission.text.as_str());
    let told = if submission.registered & TELLS == 0 { 2 } else { 0 };
    let values = params![
        first.unwrap_or(0),
        text.map(|text| text.0),
        submission.source.bytes(),
        destination.bytes(),
        submission.registered,
        now.0,
        beginning(&submission.text),
        told,
        submission.due,
        held,
        held.map(|_| peer.to_string()),
        held.map(|_| submission.precedence.code()),
        held.map(|_| submission.lifetime.code()),
    ];
    let connection = profile.tables();
    connection.prepare_cached(insert)?.execute(values)?;
    let row = connection.last_insert_rowid();
    if first.is_none() {
        let own = "UPDATE smpp_sent SET message = id WHERE id = ?1";
        connection.prepare_cached(own)?.execute([row])?;
    }
    Ok(row)
}

/// Whatever may be told: success, failure, and that it is on its way.
const TELLS: u8 = 0x13;

/// The rows that a client means, none of another source's.
fn wanted(profile: &Profile, which: &Wanted) -> Result<Vec<Sent>, ProfileError> {
    match which {
        Wanted::One { row, source } => {
            let rows = Sent::of_message(profile.tables(), *row)?;
            let rows = match rows.is_empty() {
                true => sent::find(profile.tables(), *row)?.into_iter().collect(),
                false => rows,
            };
            let is_its =
                |sent: &Sent| source.digits.is_empty() || sent.source.digits == source.digits;
            Ok(rows.into_iter().filter(is_its).collect())
        }
        Wanted::Between { source, destination } => {
            let all = format!(
                "SELECT {} FROM smpp_sent WHERE until IS NOT NULL AND part IS NULL ORDER BY id",
                sent::COLUMNS
            );
            let mut all = profile.tables().prepare_cached(&all)?;
            let rows = all.query_map([], Sent::read)?.collect::<Result<Vec<_>, _>>()?;
            let is_between = |sent: &Sent| {
                sent.source.digits == source.digits && sent.destination.digits == destination.digits
            };
            Ok(rows.into_iter().filter(is_between).collect())
        }
    }
}

/// Of a text to many, what became of the one that is least far.
fn query(profile: &Profile, which: &Wanted) -> Result<Outcome, ProfileError> {
    let (mut least, mut message) = (None, 0);
    for sent in wanted(profile, which)? {
        message = sent.message;
        let fate = sent.fate(profile.history())?;
        if least.is_none_or(|(state, _, _): (MessageState, _, _)| state.is_final()) {
            least = Some(fate);
        }
    }
    Ok(match least {
        Some((state, done, error)) => {
            let message_id = message_name(message, profile.number());
            Outcome::Fate { message_id, state, done: state.is_final().then_some(done), error }
        }
        None => Outcome::No(Status::QUERY_FAILED),
    })
}

/// Takes back what is held, or waits without having been handed to a server.
fn cancel(profile: &mut Profile, which: &Wanted, now: Stamp) -> Result<Outcome, ProfileError> {
    let rows = wanted(profile, which)?;
    let mut is_done = false;
    for sent in rows.iter().filter(|sent| sent.ended.is_none()) {
        if take_back(profile, sent)? {
            is_done = true;
            let ended = "UPDATE smpp_sent SET ended = ?2, text = NULL, until = NULL, held = NULL \
                         WHERE id = ?1";
            profile.tables().prepare_cached(ended)?.execute(params![sent.id, now.0])?;
        }
    }
    Ok(if is_done { Outcome::Done } else { Outcome::No(Status::CANCEL_FAILED) })
}

/// Parts cannot be: the others would be a text without them.
fn take_back(profile: &mut Profile, sent: &Sent) -> Result<bool, ProfileError> {
    let part = "SELECT part IS NOT NULL FROM smpp_sent WHERE id = ?1";
    let is_part: bool = profile.tables().query_row(part, [sent.id], |row| row.get(0))?;
    match sent.text {
        _ if is_part => Ok(false),
        None => Ok(sent.until.is_some()),
        Some(text) => match profile.withdraw(text) {
            Ok(()) => Ok(true),
            Err(ProfileError::HasLeft | ProfileError::NoEntry) => Ok(false),
            Err(why) => Err(why),
        },
    }
}

type Replacement = (String, u8, Option<i64>, Option<Lifetime>);

fn replace(
    profile: &mut Profile,
    which: &Wanted,
    (text, registered, due, lifetime): Replacement,
) -> Result<Outcome, ProfileError> {
    let rows = wanted(profile, which)?;
    // A text for later waits here, and nowhere else; what has no time of its own has left.
    let [sent] = rows.as_slice() else { return Ok(Outcome::No(Status::REPLACE_FAILED)) };
    if sent.text.is_some() || sent.ended.is_some() || !take_back(profile, sent)? {
        return Ok(Outcome::No(Status::REPLACE_FAILED));
    }
    let told = if registered & TELLS == 0 { 2 } else { 0 };
    let replace = "UPDATE smpp_sent SET held = ?2, begins = ?3, registered = ?4, told = ?5, \
                   until = coalesce(?6, until), lifetime = coalesce(?7, lifetime) WHERE id = ?1";
    let lifetime = lifetime.map(Lifetime::code);
    let values = params![sent.id, text, beginning(&text), registered, told, due, lifetime];
    profile.tables().prepare_cached(replace)?.execute(values)?;
    Ok(Outcome::Done)
}
