//! What a client's command asks for, by its account.

use crate::accounts::Account;
use crate::codec::{Address, Cancel, Data, Message, Multi, Query, Replace, Status, tag};
use crate::coding::Coding;
use crate::desk::{Job, OwnAddress, Submission, Wanted, name_of};
use crate::limits::{AHEAD_MAX, VALIDITY};
use crate::numbers::{Meaning, meaning};
use crate::parts::carried;
use crate::validity::{self, When};
use postrider_client::Stamp;
use postrider_client::limits::TEXT_CHARACTERS_MAX;
use postrider_proto::Number;
use postrider_proto::native::{Lifetime, Precedence};
use std::time::Duration;

/// What is to be done, by which of the account's numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) number: Number,
    pub(crate) job: Job,
    /// Recipients of a `submit_multi` that cannot be.
    pub(crate) refused: Vec<(OwnAddress, Status)>,
    /// Characters that could not be read, and were replaced.
    pub(crate) replaced: usize,
}

/// Who sends: a number, and a name for people if there is one.
struct Sender {
    number: Number,
    name: Option<String>,
}

fn sender(account: &Account, source: &Address<'_>) -> Result<Sender, Status> {
    let first = *account.numbers.first().ok_or(Status::SOURCE)?;
    match meaning(source, &account.rules) {
        Meaning::Nothing => Ok(Sender { number: first, name: None }),
        Meaning::Name(name) => Ok(Sender { number: first, name: Some(name) }),
        Meaning::Number(number) if account.numbers.contains(&number) => {
            Ok(Sender { number, name: None })
        }
        Meaning::Number(_) | Meaning::Unknown => Err(Status::SOURCE),
    }
}

fn recipient(account: &Account, destination: &Address<'_>) -> Result<Number, Status> {
    match meaning(destination, &account.rules) {
        Meaning::Number(number) => Ok(number),
        _ => Err(Status::DESTINATION),
    }
}

/// A text.
struct Text {
    text: String,
    part: Option<crate::parts::Part>,
    replaced: usize,
}

fn text_of(account: &Account, message: &Message<'_>, name: Option<&str>) -> Result<Text, Status> {
    let carried = carried(message.esm_class, message.text, message.tlvs)?;
    let coding = Coding::of(message.data_coding, account.charset).ok_or(Status::SUBMIT_FAILED)?;
    if coding == Coding::Binary && !account.binary {
        return Err(Status::SUBMIT_FAILED);
    }
    let read = match carried.part {
        Some(_) => coding.read_part(carried.bytes),
        None => coding.read(carried.bytes),
    };
    let is_first = carried.part.is_none_or(|part| part.number == 1);
    let text = match name.filter(|_| is_first) {
        Some(name) => format!("{name}: {}", read.text),
        None => read.text,
    };
    if !(1..=TEXT_CHARACTERS_MAX).contains(&text.chars().count()) || carried.bytes.is_empty() {
        return Err(Status::MESSAGE_LENGTH);
    }
    Ok(Text { text, part: carried.part, replaced: read.replaced })
}

fn precedence(priority: u8) -> Precedence {
    let highest = Precedence::Flash;
    Precedence::ALL.get(usize::from(priority)).copied().unwrap_or(highest)
}

/// How long it may be on its way from when it is sent.
fn lifetime(written: &[u8], sent: Stamp) -> Result<Option<Lifetime>, Status> {
    let within = match validity::read(written).ok_or(Status::EXPIRY)? {
        When::Unsaid => return Ok(None),
        When::After(within) => within,
        When::At(at) => Stamp(at).since(sent),
    };
    (within > Duration::ZERO).then(|| Some(Lifetime::at_least(within))).ok_or(Status::EXPIRY)
}

fn due(written: &[u8], now: Stamp) -> Result<Option<Stamp>, Status> {
    let due = match validity::read(written).ok_or(Status::SCHEDULE)? {
        When::Unsaid => return Ok(None),
        When::After(wait) => now.after(wait),
        When::At(at) => Stamp(at),
    };
    match due {
        due if due <= now => Ok(None),
        due if due.since(now) <= AHEAD_MAX => Ok(Some(due)),
        _ => Err(Status::SCHEDULE),
    }
}

/// A `submit_sm`, to these recipients.
fn submission(
    account: &Account,
    message: &Message<'_>,
    to: Vec<(Number, OwnAddress)>,
    now: Stamp,
) -> Result<Order, Status> {
    let sender = sender(account, &message.source)?;
    let text = text_of(account, message, sender.name.as_deref())?;
    let due = due(message.schedule, now)?;
    let lifetime = lifetime(message.validity, due.unwrap_or(now))?;
    let job = Job::Submit(Submission {
        to,
        source: OwnAddress::of(&message.source),
        text: text.text,
        part: text.part,
        precedence: precedence(message.priority),
        lifetime: lifetime.unwrap_or(Lifetime::at_least(VALIDITY)),
        registered: message.registered_delivery,
        due: due.map(|due| due.0),
    });
    Ok(Order { number: sender.number, job, refused: Vec::new(), replaced: text.replaced })
}

/// A `submit_sm`.
pub(crate) fn submit(
    account: &Account,
    message: &Message<'_>,
    now: Stamp,
) -> Result<Order, Status> {
    let to = recipient(account, &message.destination)?;
    submission(account, message, vec![(to, OwnAddress::of(&message.destination))], now)
}

/// A `submit_multi`; an error where not one of the recipients can be.
pub(crate) fn submit_multi(
    account: &Account,
    multi: &Multi<'_>,
    now: Stamp,
) -> Result<Order, Status> {
    let (mut to, mut refused) = (Vec::new(), Vec::new());
    for destination in multi.destinations.all() {
        match destination {
            Ok(address) => match recipient(account, &address) {
                Ok(number) => to.push((number, OwnAddress::of(&address))),
                Err(status) => refused.push((OwnAddress::of(&address), status)),
            },
            Err(list) => {
                let named = Address { ton: 0, npi: 0, digits: list };
                refused.push((OwnAddress::of(&named), Status::LIST_NAME));
            }
        }
    }
    if to.is_empty() {
        return Err(refused.first().map_or(Status::DESTINATION, |(_, status)| *status));
    }
    Ok(Order { refused, ..submission(account, &multi.message, to, now)? })
}

/// A `data_sm`.
pub(crate) fn data(account: &Account, data: &Data<'_>, now: Stamp) -> Result<Order, Status> {
    let message = Message {
        source: data.source,
        destination: data.destination,
        esm_class: data.esm_class,
        registered_delivery: data.registered_delivery,
        data_coding: data.data_coding,
        tlvs: data.tlvs,
        ..Message::default()
    };
    let mut order = submit(account, &message, now)?;
    let seconds = data.tlvs.number(tag::QOS_TIME_TO_LIVE).filter(|seconds| *seconds > 0);
    if let (Some(seconds), Job::Submit(submission)) = (seconds, &mut order.job) {
        submission.lifetime = Lifetime::at_least(Duration::from_secs(seconds.into()));
    }
    Ok(order)
}

/// The text of a name, which has to be one of the account's.
fn named(
    account: &Account,
    name: &[u8],
    source: &Address<'_>,
    unknown: Status,
) -> Result<(Number, Wanted), Status> {
    let found = name_of(name).filter(|(_, number)| account.numbers.contains(number));
    let (row, number) = found.ok_or(unknown)?;
    Ok((number, Wanted::One { row, source: OwnAddress::of(source) }))
}

fn order(number: Number, job: Job) -> Order {
    Order { number, job, refused: Vec::new(), replaced: 0 }
}

/// A `query_sm`.
pub(crate) fn query(account: &Account, query: &Query<'_>) -> Result<Order, Status> {
    let (number, which) = named(account, query.message_id, &query.source, Status::QUERY_FAILED)?;
    Ok(order(number, Job::Query(which)))
}

/// A `cancel_sm`.
pub(crate) fn cancel(account: &Account, cancel: &Cancel<'_>) -> Result<Order, Status> {
    if cancel.message_id.is_empty() {
        let number = sender(account, &cancel.source)?.number;
        let (source, destination) =
            (OwnAddress::of(&cancel.source), OwnAddress::of(&cancel.destination));
        return Ok(order(number, Job::Cancel(Wanted::Between { source, destination })));
    }
    let (number, which) = named(account, cancel.message_id, &cancel.source, Status::CANCEL_FAILED)?;
    Ok(order(number, Job::Cancel(which)))
}

/// A `replace_sm`. The coding is the account's usual one: the command has no field for it.
pub(crate) fn replace(
    account: &Account,
    replace: &Replace<'_>,
    now: Stamp,
) -> Result<Order, Status> {
    let (number, which) =
        named(account, replace.message_id, &replace.source, Status::REPLACE_FAILED)?;
    let message = Message { text: replace.text, tlvs: replace.tlvs, ..Message::default() };
    let text = text_of(account, &message, None)?;
    let due = due(replace.schedule, now)?;
    let lifetime = lifetime(replace.validity, due.unwrap_or(now))?;
    let registered = replace.registered_delivery;
    let due = due.map(|due| due.0);
    let job = Job::Replace { which, text: text.text, registered, due, lifetime };
    Ok(Order { number, job, refused: Vec::new(), replaced: text.replaced })
}
