//! `postrider inbox`.

use super::{Whose, shown};
use crate::log::say;
use postrider_client::{Client, Entry, EntryId, Event, Stamp, Trust, Way};
use std::process::ExitCode;
use std::time::Duration;

/// Texts that were not read yet.
const AT_ONCE: usize = 1_000;

/// Texts to your number.
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
    /// Seconds to wait for a server, and for what it has, without --follow
    #[arg(long, value_name = "SECONDS", default_value_t = 3.0)]
    wait: f64,
}

pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(args.wait >= 0.0 && args.wait.is_finite(), "--wait: seconds");
    let client = Client::start(args.whose.open()?)?;
    let mut reading = Reading { client, args, printed: None };
    let listened = reading.listen();
    listened.await?;
    reading.client.stop().await?;
    Ok(ExitCode::SUCCESS)
}

struct Reading {
    client: Client,
    args: Args,
    /// The last text that was printed.
    printed: Option<EntryId>,
}

impl Reading {
    async fn listen(&mut self) -> anyhow::Result<()> {
        let mut events = self.client.events();
        self.print_unread().await?;
        let until = tokio::time::Instant::now() + Duration::from_secs_f64(self.args.wait);
        loop {
            let next = match self.args.follow {
                true => events.next().await,
                false => match tokio::time::timeout_at(until, events.next()).await {
                    Ok(next) => next,
                    Err(_) => return self.print_unread().await,
                },
            };
            match next {
                Some(Event::Received(_) | Event::Changed(_) | Event::Missed) => {
                    self.print_unread().await?;
                }
                Some(Event::Trouble(what)) => tracing::warn!("{what}"),
                Some(Event::Ended(why)) => {
                    return why.map_or(Ok(()), |why| Err(anyhow::anyhow!(why)));
                }
                Some(_) => {}
                None => return Ok(()),
            }
        }
    }

    /// Those that have come whole since the last time, in their order.
    async fn print_unread(&mut self) -> anyhow::Result<()> {
        let unread = self.client.history()?.unread(self.printed, AT_ONCE)?;
        for text in unread.iter().take_while(|text| is_whole(text)) {
            match self.args.whose.json {
                true => say(shown::as_json(text)),
                false => say(shown::received(text)),
            }
            self.printed = Some(text.id);
            if self.args.ack {
                let (with, id) = (text.with, text.id);
                let read = self
                    .client
                    .with_profile(move |profile| profile.mark_read(with, id, true, Stamp::now()));
                read.await??;
            }
        }
        Ok(())
    }
}

/// It is opened, or never will be, and no part of it is missing.
fn is_whole(text: &Entry) -> bool {
    let is_pending = matches!(text.way, Way::Received { trust: Trust::Pending, .. });
    !is_pending && text.parts_missing == 0
}
