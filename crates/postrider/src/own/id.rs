//! `postrider id`: one's own number.

use super::{REFUSED, Whose, in_runtime, number};
use crate::log::say;
use anyhow::{Context, ensure};
use clap::Subcommand;
use postrider_client::{Client, Event, Profile, Server};
use postrider_proto::Number;
use std::io::Read;
use std::process::ExitCode;
use std::time::Duration;

/// How long a server is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Your number.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    whose: Whose,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// Make a key and bind a number to it, at a server
    New {
        /// Ten digits; any number that is free
        #[arg(value_name = "NUMBER", value_parser = number)]
        number: Option<Number>,
        /// Where a server is, HOST or HOST:PORT; several are tried in their order
        #[arg(long, value_name = "HOST", required = true)]
        server: Vec<String>,
        /// The invitation, where the server wants one
        #[arg(long, value_name = "CODE", default_value = "")]
        code: String,
    },
    /// Take your number to this device: its 24 words are read from standard input
    Restore {
        /// The number that the words are of
        #[arg(value_name = "NUMBER", value_parser = number)]
        number: Number,
        /// Where a server is
        #[arg(long, value_name = "HOST", required = true)]
        server: Vec<String>,
    },
    /// The 24 words of your key: who has them has the number
    Words,
    /// Name the servers that are tried, in this order; the number moves with you
    Servers {
        /// HOST or HOST:PORT
        #[arg(value_name = "HOST", required = true)]
        server: Vec<String>,
    },
    /// Give the number up; nothing comes to it any more
    Release,
}

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let whose = args.whose;
    match args.what {
        None => show(&whose, &whose.open()?),
        Some(What::New { number, server, code }) => {
            let number = number.map_or_else(random_number, Ok)?;
            let mut profile = Profile::create(&whose.folder()?, number)?;
            profile.set_servers(&servers(&server))?;
            in_runtime(attach(whose, profile, code))
        }
        Some(What::Restore { number, server }) => {
            let mut words = String::new();
            std::io::stdin().read_to_string(&mut words)?;
            let mut profile = Profile::restore(&whose.folder()?, number, &words)?;
            profile.set_servers(&servers(&server))?;
            in_runtime(attach(whose, profile, String::new()))
        }
        Some(What::Words) => {
            say(whose.open()?.words().as_str());
            Ok(ExitCode::SUCCESS)
        }
        Some(What::Servers { server }) => {
            let mut profile = whose.open()?;
            profile.set_servers(&servers(&server))?;
            in_runtime(attach(whose, profile, String::new()))
        }
        Some(What::Release) => in_runtime(release(whose.open()?)),
    }
}

fn servers(written: &[String]) -> Vec<Server> {
    written.iter().map(Server::at).collect()
}

fn random_number() -> anyhow::Result<Number> {
    let mut drawn = [0; 8];
    getrandom::fill(&mut drawn).context("the system gives no random numbers")?;
    let value = u64::from_le_bytes(drawn) % 9_000_000_000 + 1_000_000_000;
    Number::from_value(value).context("no number")
}

fn show(whose: &Whose, profile: &Profile) -> anyhow::Result<ExitCode> {
    let servers: Vec<String> =
        profile.servers()?.into_iter().map(|server| server.address).collect();
    let (number, key) = (profile.number().to_string(), profile.owner_key().to_string());
    if whose.json {
        let waiting = profile.history().waiting()?;
        say(serde_json::json!({
            "number": number, "key": key, "servers": servers, "waiting": waiting,
            "profile": profile.folder(),
        }));
    } else {
        say(format_args!("number   {number}"));
        say(format_args!("key      {key}"));
        say(format_args!("servers  {}", servers.join(", ")));
        say(format_args!("profile  {}", profile.folder().display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// Waits until a server has the number at home.
async fn attach(whose: Whose, profile: Profile, code: String) -> anyhow::Result<ExitCode> {
    let client = Client::start(profile)?;
    let mut events = client.events();
    if !code.is_empty() {
        client.claim(&code).await?;
    }
    let attached = tokio::time::timeout(PATIENCE, async {
        while let Some(event) = events.next().await {
            match event {
                Event::Attached { server, .. } => return Ok(server.to_string()),
                Event::Refused { server, why } => return Err(format!("{server} says: {why}")),
                Event::Ended(why) => return Err(why.unwrap_or_default()),
                _ => {}
            }
        }
        Err("the client has ended".to_owned())
    });
    let attached = attached.await;
    let profile = client.stop().await?;
    match attached {
        Ok(Ok(_)) => show(&whose, &profile),
        Ok(Err(why)) => {
            say(format_args!(
                "the number {} is not yours here: {why}; the key is kept in {}, and `postrider id \
                 servers HOST` tries another server",
                profile.number(),
                profile.folder().display()
            ));
            Ok(ExitCode::from(REFUSED))
        }
        Err(_) => anyhow::bail!(
            "no server has answered yet; the key is kept in {}, and every command tries again",
            profile.folder().display()
        ),
    }
}

async fn release(profile: Profile) -> anyhow::Result<ExitCode> {
    let number = profile.number();
    let client = Client::start(profile)?;
    let released = tokio::time::timeout(PATIENCE, client.release_number()).await;
    ensure!(released.is_ok(), "no server has answered; the number {number} is still yours");
    released??;
    client.stop().await?;
    say(format_args!("the number {number} is given up; its key may take it up again"));
    Ok(ExitCode::SUCCESS)
}
