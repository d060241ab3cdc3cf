//! `postrider send`.

use super::{BAD_USAGE, NOT_IN_TIME, REFUSED, Whose, number, roll, shown};
use crate::log::{say, say_error};
use crate::profile::{self, Asked, Clock, Outgoing, Reply, Request, Stage, ask};
use anyhow::Context;
use clap::ValueEnum;
use postrider_client::{Entry, EntryId, State, Way};
use std::io::Read;
use std::process::ExitCode;
use std::time::{Duration, Instant};

pub(super) const DONE: u8 = 0;

/// A text from your number.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    whose: Whose,
    /// It is a roll call: the number is a group's, which asks everybody in it, if you are one of
    /// its moderators
    #[arg(long)]
    group: bool,
    /// To whom: ten digits, or exactly the name of a contact
    #[arg(value_name = "NUMBER")]
    to: String,
    /// What; standard input if it is left out
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    /// What goes first where not everything can go at once
    #[arg(long, value_enum, default_value_t = Urgency::Routine)]
    precedence: Urgency,
    /// Hours until it expires, if it was not delivered
    #[arg(long, value_name = "HOURS", default_value_t = 168)]
    lifetime: u32,
    /// Do not seal it: everybody on the way may read it
    #[arg(long)]
    clear: bool,
    /// What is waited for
    #[arg(long, value_enum, default_value_t = Until::Accepted)]
    wait: Until,
    /// Seconds to wait, at most
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0)]
    timeout: f64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Urgency {
    Routine,
    Priority,
    Immediate,
    Flash,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Until {
    /// It is in the outbox of this device
    Kept,
    /// A server has it on disk
    Accepted,
    /// Its reader has it
    Delivered,
    /// Everybody in the group has answered; what they answer and the tally are printed (--group)
    Answered,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let wait = Duration::try_from_secs_f64(args.timeout).context("--timeout")?;
    let deadline = Instant::now().checked_add(wait).context("--timeout: too long")?;
    if args.wait == Until::Answered && !args.group {
        say_error(&anyhow::anyhow!("only a roll call is answered: add --group to --wait answered"));
        return Ok(ExitCode::from(BAD_USAGE));
    }
    let to = match number(&args.to) {
        Ok(number) => number,
        Err(_) => match args.whose.named(&args.to)? {
            Ok(number) => number,
            Err(wrong) => {
                say_error(&anyhow::anyhow!(wrong));
                return Ok(ExitCode::from(BAD_USAGE));
            }
        },
    };
    let text = match args.text {
        Some(text) => text,
        None => std::io::read_to_string(std::io::stdin().by_ref())?.trim_end().to_owned(),
    };
    let text = if args.group { format!("/roll {text}") } else { text };
    let outgoing = Outgoing {
        to: to.to_string(),
        text,
        precedence: args.precedence as u8,
        lifetime_s: u64::from(args.lifetime) * 3_600,
        seal: !args.clear,
    };
    let asked = ask(&args.whose.folder()?, Request::Send(outgoing))?;
    let followed = follow(&asked, args.wait, deadline);
    if args.wait == Until::Answered
        && let Ok((id, _, DONE)) = followed
    {
        return roll::follow(&args.whose, asked, (to, EntryId(id)), deadline);
    }
    asked.end()?;
    let (id, network, code) = followed?;
    let latest = args.whose.history()?.entry(EntryId(id))?;
    tell(&args.whose, &latest.context("the text is not in the history")?, &network)?;
    Ok(ExitCode::from(code))
}

/// Until it has gone as far as is waited for, or has ended: its place in the history, what was
/// said last of the network, and the exit code.
fn follow(asked: &Asked, until: Until, deadline: Instant) -> anyhow::Result<(i64, String, u8)> {
    let until = match until {
        Until::Kept => Stage::Kept,
        Until::Accepted | Until::Answered => Stage::Accepted,
        Until::Delivered => Stage::Delivered,
    };
    let (mut kept, mut network) = (None, String::new());
    loop {
        match (asked.next(deadline), kept) {
            (Some(Reply::Text { id, stage }), _) => {
                kept = Some(id);
                if stage >= until {
                    let code = if stage == Stage::Failed { REFUSED } else { DONE };
                    return Ok((id, network, code));
                }
            }
            (Some(Reply::Network(how) | Reply::Refused(how)), _) => network = how,
            (Some(Reply::Failed(why)), None) => anyhow::bail!("the text was not kept: {why}"),
            (Some(Reply::Failed(why)), Some(_)) => network = why,
            (Some(Reply::Done | Reply::Heard | Reply::Servers(_)), _) => {}
            (None, Some(id)) => return Ok((id, network, NOT_IN_TIME)),
            (None, None) => anyhow::bail!("the program that has the profile open is silent"),
        }
    }
}

fn tell(whose: &Whose, entry: &Entry, network: &str) -> anyhow::Result<()> {
    match (&entry.way, whose.json) {
        (_, true) => say(shown::as_json(entry)),
        (Way::Sent(State::Waiting), _) => say(why_it_waits(whose, network)?),
        (Way::Sent(state), _) => say(profile::state(state, &Clock::here())),
        (Way::Received { .. }, _) => {}
    }
    Ok(())
}

fn why_it_waits(whose: &Whose, network: &str) -> anyhow::Result<String> {
    Ok(match whose.history()?.refused()? {
        Some((server, why)) => {
            let (server, why) = (profile::line(&server.to_string()), profile::refusal(why));
            format!("waiting here: {server} does not let your number in: {why}")
        }
        None => format!(
            "waiting here: no server has it yet; it goes with the next command that reaches one \
             ({network})"
        ),
    })
}
