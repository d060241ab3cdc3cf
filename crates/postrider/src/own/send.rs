//! `postrider send`.

use super::{NOT_IN_TIME, REFUSED, Whose, number, shown};
use crate::log::say;
use anyhow::{Context, ensure};
use clap::ValueEnum;
use postrider_client::{Client, Draft, Entry, Event, State, Way};
use postrider_proto::Number;
use postrider_proto::native::{Lifetime, Precedence};
use std::io::Read;
use std::process::ExitCode;
use std::time::Duration;

/// A text from your number.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    whose: Whose,
    /// To whom: ten digits
    #[arg(value_name = "NUMBER", value_parser = number)]
    to: Number,
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

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Until {
    /// It is in the outbox of this device
    Kept,
    /// A server has it on disk
    Accepted,
    /// Its reader has it
    Delivered,
}

pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    ensure!(args.timeout > 0.0 && args.timeout.is_finite(), "--timeout: seconds, more than none");
    let text = match args.text {
        Some(text) => text,
        None => std::io::read_to_string(std::io::stdin().by_ref())?.trim_end().to_owned(),
    };
    let precedence = match args.precedence {
        Urgency::Routine => Precedence::Routine,
        Urgency::Priority => Precedence::Priority,
        Urgency::Immediate => Precedence::Immediate,
        Urgency::Flash => Precedence::Flash,
    };
    let lifetime = Lifetime::at_least(Duration::from_secs(u64::from(args.lifetime) * 3_600));
    let draft = Draft { precedence, lifetime, seal: !args.clear, ..Draft::new(args.to, text) };
    let client = Client::start(args.whose.open()?)?;
    let mut events = client.events();
    let sent = client.send(draft).await?;
    let wait = Duration::from_secs_f64(args.timeout);
    let ended = tokio::time::timeout(wait, follow(&mut events, sent.clone(), args.wait)).await;
    let latest = client.history()?.entry(sent.id)?.context("the text is not in the history")?;
    client.stop().await?;
    tell(&args.whose, &latest);
    match ended {
        Ok(done) => done,
        Err(_) => Ok(ExitCode::from(NOT_IN_TIME)),
    }
}

/// Until it has gone as far as is waited for, or has ended.
async fn follow(
    events: &mut postrider_client::Events,
    sent: Entry,
    until: Until,
) -> anyhow::Result<ExitCode> {
    let mut latest = sent;
    loop {
        let Way::Sent(state) = &latest.way else { anyhow::bail!("another's text") };
        let reached = match state {
            State::Waiting => Until::Kept,
            State::Accepted { .. } | State::Traced { .. } => Until::Accepted,
            State::Delivered { .. } | State::Read { .. } | State::PassedOn { .. } => {
                Until::Delivered
            }
            State::Expired { .. } | State::Refused { .. } => return Ok(ExitCode::from(REFUSED)),
        };
        if reached >= until {
            return Ok(ExitCode::SUCCESS);
        }
        latest = loop {
            match events.next().await {
                Some(Event::Changed(entry)) if entry.id == latest.id => break entry,
                Some(Event::Ended(why)) => anyhow::bail!("{}", why.unwrap_or_default()),
                Some(_) => {}
                None => anyhow::bail!("the client has ended"),
            }
        };
    }
}

fn tell(whose: &Whose, entry: &Entry) {
    match (&entry.way, whose.json) {
        (_, true) => say(shown::as_json(entry)),
        (Way::Sent(State::Waiting), _) => say(
            "waiting here: no server has it yet; it goes with the next command that reaches one",
        ),
        (Way::Sent(state), _) => say(shown::state(state)),
        (Way::Received { .. }, _) => {}
    }
}
