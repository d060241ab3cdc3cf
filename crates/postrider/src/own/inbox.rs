//! `postrider inbox`.

use super::{Whose, shown};
use crate::profile::{
    Change, Door, Happened, disputed, explain, happens, network, refusal, refuse_group, wait_for,
    warn,
};
use anyhow::Context;
use postrider_client::{
    Client, ClientError, Entry, EntryId, Event, Events, History, Profile, ProfileError, Stamp,
    Status,
};
use postrider_proto::Number;
use std::collections::BTreeSet;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

/// Texts that are read at once.
const PAGE: usize = 200;

/// Texts to your number.
///
/// Fetches what waits at the server, and prints all that was not read yet. While another
/// program has the profile open, that one fetches, and this one prints what is there.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    whose: Whose,
    /// Go on, and print each text as it comes
    #[arg(long)]
    follow: bool,
    /// They count as read, and their senders may know that; without this they are printed
    /// again the next time
    #[arg(long)]
    ack: bool,
    /// Seconds to wait for a server and for what it has, at most, without --follow
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0)]
    wait: f64,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let wait = Duration::try_from_secs_f64(args.wait).context("--wait")?;
    let folder = args.whose.folder()?;
    if args.ack {
        refuse_group(&args.whose.history()?)?;
    }
    let profile = match Profile::open(&folder) {
        Ok(profile) => profile,
        Err(ProfileError::InUse { .. }) if !args.follow => return print_what_is_there(args),
        Err(error) => return Err(explain(error)),
    };
    let client = Client::start(profile)?;
    let mut reading = Reading::new(args, client.history()?, Some(&client));
    let ended = if args.follow { reading.follow(&client) } else { reading.fetch(&client, wait) };
    // A client that has ended by itself has said why.
    let stopped = wait_for(client.stop())?;
    ended?;
    drop(stopped?);
    Ok(ExitCode::SUCCESS)
}

fn print_what_is_there(args: &Args) -> anyhow::Result<ExitCode> {
    Reading::new(args, args.whose.history()?, None).print(true)?;
    Ok(ExitCode::SUCCESS)
}

struct Reading<'a> {
    args: &'a Args,
    history: History,
    /// None where another program has the profile open.
    client: Option<&'a Client>,
    /// Texts that were not printed: they or an earlier one of their sender is not whole.
    held: BTreeSet<EntryId>,
    /// The newest text that was looked at.
    seen: Option<EntryId>,
}

impl<'a> Reading<'a> {
    fn new(args: &'a Args, history: History, client: Option<&'a Client>) -> Reading<'a> {
        Reading { args, history, client, held: BTreeSet::new(), seen: None }
    }

    /// Fetches what waits at the server, and prints it.
    fn fetch(&mut self, client: &Client, wait: Duration) -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let before = self.history.disputed()?;
        let fetched =
            runtime.block_on(async { tokio::time::timeout(wait, fetch_all(client)).await });
        if let Some((server, _)) = self.history.disputed()?.filter(|_| before.is_none()) {
            tracing::warn!("{}", disputed(&server));
        }
        self.print(true)?;
        fetched.unwrap_or_else(|_| {
            anyhow::bail!(
                "there may be more: no server has handed over all in time ({}); what is here \
                 was printed",
                network(&client.status())
            )
        })
    }

    /// Prints what is there, and then each text that comes, until it is interrupted.
    fn follow(&mut self, client: &Client) -> anyhow::Result<()> {
        let happens = happens(client)?;
        let _door = Door::open(&self.args.whose.folder()?, client, || {})
            .inspect_err(|why| tracing::warn!("other programs cannot use the profile: {why}"));
        self.print(false)?;
        loop {
            match happens.recv() {
                Ok(Happened::Told(Event::Received(_) | Event::Changed(_) | Event::Missed)) => {
                    self.print(false)?;
                }
                Ok(Happened::Told(Event::Ended(why))) => {
                    anyhow::bail!(why.unwrap_or_else(|| "the client has ended".to_owned()))
                }
                Ok(Happened::Told(event)) => warn(&event),
                Ok(Happened::Interrupted) | Err(_) => return Ok(()),
            }
        }
    }

    /// Prints what was not printed, in its order; `all` means also what is not whole.
    fn print(&mut self, all: bool) -> anyhow::Result<()> {
        let mut held_senders = BTreeSet::new();
        for id in std::mem::take(&mut self.held) {
            if let Some(text) = self.history.entry(id)? {
                self.print_or_hold(&text, all, &mut held_senders)?;
            }
        }
        loop {
            let page = self.history.unread(self.seen, PAGE)?;
            if page.is_empty() {
                return Ok(());
            }
            for text in &page {
                self.print_or_hold(text, all, &mut held_senders)?;
                self.seen = Some(text.id);
            }
        }
    }

    fn print_or_hold(
        &mut self,
        text: &Entry,
        all: bool,
        held_senders: &mut BTreeSet<Number>,
    ) -> anyhow::Result<()> {
        if !all && (!text.is_whole() || held_senders.contains(&text.with)) {
            held_senders.insert(text.with);
            self.held.insert(text.id);
            return Ok(());
        }
        let line = match self.args.whose.json {
            true => shown::as_json(text).to_string(),
            false => shown::received(text),
        };
        // It counts as read only once it has left this program.
        let mut out = std::io::stdout().lock();
        writeln!(out, "{line}").and_then(|()| out.flush()).context("standard output")?;
        if self.args.ack { self.acknowledge(text) } else { Ok(()) }
    }

    fn acknowledge(&self, text: &Entry) -> anyhow::Result<()> {
        let (with, id) = (text.with, text.id);
        let Some(client) = self.client else {
            let change = Change::Read { number: with.to_string(), up_to: id.0 };
            return self.args.whose.change(change).map(drop);
        };
        let read = move |profile: &mut Profile| profile.mark_read(with, id, true, Stamp::now());
        Ok(wait_for(client.with_profile(read))???)
    }
}

/// Until the server has handed over all that waited. What it hands over and what it answers
/// come in one order, so an answer before which nothing has come shows that nothing waits.
async fn fetch_all(client: &Client) -> anyhow::Result<()> {
    let mut events = client.events();
    while !matches!(client.status(), Status::Attached { .. }) {
        if let Status::Refused { why, .. } = client.status() {
            anyhow::bail!("the server does not let the number in: {}", refusal(why));
        }
        events.next().await.context("the client has ended")?;
    }
    let history = client.history()?;
    let mut newest = None;
    loop {
        match client.lookup(client.number()).await {
            Ok(_) => {}
            Err(ClientError::NotAttached) => anyhow::bail!("the server was lost meanwhile"),
            Err(why) => return Err(why.into()),
        }
        // Of blocked numbers' texts nothing is told.
        let now = history.conversations()?.iter().map(|known| known.last.id).max();
        if !has_come(&mut events).await && now == newest {
            return Ok(());
        }
        newest = now;
    }
}

/// Whether something has come since this was asked last.
async fn has_come(events: &mut Events) -> bool {
    let mut has_come = false;
    // Those that wait, and no more.
    while let Ok(Some(event)) = tokio::time::timeout(Duration::ZERO, events.next()).await {
        has_come |= matches!(event, Event::Received(_) | Event::Changed(_) | Event::Missed);
    }
    has_come
}
