//! `postrider id`: one's own number.

use super::{REFUSED, Whose, in_runtime, number};
use crate::log::say;
use crate::profile::{self, Change, Place, Reply, Request, explain, random_number};
use anyhow::{Context, bail, ensure};
use clap::Subcommand;
use postrider_client::{Client, DeviceCode, Event, Keys, Profile, ProfileError, Server};
use postrider_proto::Number;
use postrider_proto::native::Refusal;
use std::io::{BufRead, BufReader, Read};
use std::process::ExitCode;
use std::time::Duration;

/// How long a server is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes of a code or of 24 words, with what may be around them.
pub(super) const WRITTEN_BYTES_MAX: usize = 4_096;

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
    #[command(visible_alias = "claim")]
    New {
        /// Ten digits; any number that is free
        #[arg(value_name = "NUMBER", value_parser = number)]
        number: Option<Number>,
        /// Where a server is, HOST, HOST:PORT or KEY@HOST:PORT; several are tried in their order
        #[arg(long, value_name = "HOST", required = true)]
        server: Vec<String>,
        /// The invitation, where the server wants one
        #[arg(long, value_name = "CODE", default_value = "")]
        code: String,
    },
    /// Take your number to this device: its code, or its 24 words, are read from standard input
    ///
    /// The code is what `postrider id device` shows on a device that has the number. It says
    /// all, and the end of its line is the end of it; with the 24 words NUMBER and --server are
    /// needed. If the number's key was changed, the words make a new one, and the devices that
    /// had the number until then have it no more.
    Restore {
        /// The number that the words are of
        #[arg(value_name = "NUMBER", value_parser = number)]
        number: Option<Number>,
        /// Where a server is; with a code, instead of those that it names
        #[arg(long, value_name = "HOST")]
        server: Vec<String>,
    },
    /// Show a code that takes your number to another device as well: who has it has the number
    ///
    /// A QR code and the same as a line, which `postrider id restore` reads there. In a pipe it
    /// is the line alone.
    Device,
    /// The 24 words of your number: who has them decides about it for ever
    Words,
    /// Make a new key for the number, which devices that have the old one do not get
    ///
    /// The first key that the number had signs for each later one, and only for that it is
    /// needed. Where this device still has it, its 24 words are shown, for the last time:
    /// whoever has them decides about the number for ever, so keep them in a safe place, away
    /// from devices. Where the key was changed before, they are read from standard input. What
    /// does not come to an end, goes on with the next command that reaches a server.
    ChangeKey {
        /// Forget at once what still opens texts that were sealed for the first key
        #[arg(long)]
        forget_first: bool,
    },
    /// Open texts that were sealed for the first key, by its 24 words, read from standard input
    Open,
    /// Name the servers that are tried, in this order; the number moves with you
    Servers {
        /// HOST, HOST:PORT or KEY@HOST:PORT
        #[arg(value_name = "HOST", required = true)]
        server: Vec<String>,
    },
    /// Give the number up; nothing comes to it any more
    Release,
}

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let whose = args.whose;
    match args.what {
        None => show(&whose),
        Some(What::New { number, server, code }) => {
            let number = number.unwrap_or_else(random_number);
            claim(whose, number, &server, code, |_| Ok(()))
        }
        Some(What::Restore { number, server }) => {
            let profile = restore(&whose, number, &servers(&server)?)?;
            in_runtime(super::change_key::restored(whose, profile))
        }
        Some(What::ChangeKey { forget_first: true }) => super::change_key::forget_first(&whose),
        Some(What::ChangeKey { forget_first: false }) => super::change_key::begin(whose),
        Some(What::Open) => super::change_key::open_closed(&whose),
        Some(What::Device) => super::device::show(&whose),
        Some(What::Words) => {
            say(keys(&whose)?.words().context(super::change_key::NO_WORDS)?.as_str());
            Ok(ExitCode::SUCCESS)
        }
        Some(What::Servers { server }) => {
            let named = servers(&server)?;
            let places = named.iter().map(Place::from).collect();
            whose.change(Change::Servers(places))?;
            match Profile::open(&whose.folder()?) {
                Ok(profile) => in_runtime(attach(whose, profile, String::new())),
                // The program that has it open attaches.
                Err(ProfileError::InUse { .. }) => show(&whose),
                Err(error) => Err(explain(error)),
            }
        }
        Some(What::Release) => in_runtime(release(whose.open()?)),
    }
}

/// Makes a profile, with what `begin` puts into it, and binds its number to its new key.
pub(crate) fn claim(
    whose: Whose,
    number: Number,
    server: &[String],
    code: String,
    begin: impl FnOnce(&mut Profile) -> Result<(), ProfileError>,
) -> anyhow::Result<ExitCode> {
    let named = servers(server)?;
    let mut profile = Profile::create(&whose.folder()?, number)?;
    profile.set_servers(&named)?;
    if let Err(why) = begin(&mut profile) {
        profile::forget_new(profile)?;
        return Err(why.into());
    }
    in_runtime(attach(whose, profile, code))
}

/// By a code, or by 24 words; a code ends with its line, so that nobody has to end the input.
fn restore(whose: &Whose, number: Option<Number>, servers: &[Server]) -> anyhow::Result<Profile> {
    let mut written = zeroize::Zeroizing::new(String::with_capacity(WRITTEN_BYTES_MAX));
    let mut input = BufReader::new(std::io::stdin().take(WRITTEN_BYTES_MAX as u64));
    input.read_line(&mut written)?;
    let folder = whose.folder()?;
    let mut profile = if DeviceCode::is_one(&written) {
        let code = DeviceCode::parse(&written)?;
        let other = number.filter(|number| *number != code.number);
        ensure!(other.is_none(), "the code is of {}, and nothing was kept", code.number);
        ensure!(
            !(code.servers.is_empty() && servers.is_empty()),
            "the code names no server: say where one is with --server HOST"
        );
        Profile::join(&folder, &code)?
    } else {
        input.read_to_string(&mut written)?;
        let number = number.filter(|_| !servers.is_empty()).context(
            "with 24 words, say which number and where a server is: postrider id restore NUMBER \
             --server HOST",
        )?;
        Profile::restore(&folder, number, &written)?
    };
    if !servers.is_empty() {
        profile.set_servers(servers)?;
    }
    Ok(profile)
}

fn servers(written: &[String]) -> anyhow::Result<Vec<Server>> {
    written.iter().map(|server| profile::server(server)).collect()
}

/// The keys, whoever has the profile open.
pub(super) fn keys(whose: &Whose) -> anyhow::Result<Keys> {
    let folder = whose.folder()?;
    let file = folder.join("keys");
    anyhow::ensure!(file.exists(), explain(ProfileError::Missing { folder }));
    Ok(Keys::read(&file)?)
}

fn show(whose: &Whose) -> anyhow::Result<ExitCode> {
    let keys = keys(whose)?;
    let Reply::Servers(servers) = whose.ask(Request::Servers)? else {
        anyhow::bail!("the program that has the profile open is of another version");
    };
    let servers: Vec<String> = servers.into_iter().map(|place| place.read().address).collect();
    let (number, key) = (keys.number().to_string(), keys.owner_key().to_string());
    let folder = whose.folder()?;
    let refused = whose.history()?.refused()?;
    let disputed = whose.history()?.disputed()?;
    let rank = super::change_key::rank(&keys);
    if whose.json {
        let waiting = whose.history()?.waiting()?;
        say(serde_json::json!({
            "number": number, "key": key, "servers": servers, "waiting": waiting,
            "profile": folder, "refused": refused.map(|(_, why)| why.to_string()),
            "disputed": disputed.map(|(server, key)| serde_json::json!({
                "server": server.to_string(), "key": key,
            })),
            "key_is": rank.name, "first_key": rank.first.map(|key| key.to_string()),
        }));
    } else {
        say(format_args!("number   {number}"));
        say(format_args!("key      {key}"));
        say(format_args!("         {}", rank.words));
        say(format_args!("servers  {}", servers.join(", ")));
        say(format_args!("profile  {}", folder.display()));
        if let Some((server, _)) = disputed {
            say(format_args!("NOTE     {}", profile::disputed(&server)));
        }
        if let Some((server, why)) = refused {
            let (server, why) = (profile::line(&server.to_string()), profile::refusal(why));
            say(format_args!("REFUSED  by {server}: {why}"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What came of an attempt to have the number at home at a server.
pub(super) enum Attached {
    /// It is.
    Yes,
    /// A server does not let it in.
    No { server: String, why: Refusal },
    /// Nobody has answered.
    Unanswered,
}

/// Waits until a server has the number at home, or does not let it in.
pub(super) async fn attach_once(
    profile: Profile,
    code: &str,
) -> anyhow::Result<(Profile, Attached)> {
    let client = Client::start(profile)?;
    let mut events = client.events();
    if !code.is_empty() {
        client.claim(code).await?;
    }
    let attached = tokio::time::timeout(PATIENCE, async {
        while let Some(event) = events.next().await {
            match event {
                Event::Attached { .. } => return Ok(Attached::Yes),
                Event::Refused { server, why } => {
                    return Ok(Attached::No { server: server.to_string(), why });
                }
                Event::Ended(why) => bail!(why.unwrap_or_default()),
                _ => {}
            }
        }
        bail!("the client has ended")
    });
    let attached = attached.await.unwrap_or(Ok(Attached::Unanswered))?;
    Ok((client.stop().await?, attached))
}

async fn attach(whose: Whose, profile: Profile, code: String) -> anyhow::Result<ExitCode> {
    let (profile, attached) = attach_once(profile, &code).await?;
    told(&whose, profile, attached)
}

/// Says what came of it.
pub(super) fn told(
    whose: &Whose,
    profile: Profile,
    attached: Attached,
) -> anyhow::Result<ExitCode> {
    let (number, folder) = (profile.number(), profile.folder().to_owned());
    drop(profile);
    match attached {
        Attached::Yes => show(whose),
        Attached::No { server, why } => {
            let server = profile::line(&server);
            say(format_args!(
                "the number {} is not yours here: {server} says: {why}; the key is kept in {}, and \
                 `postrider id servers HOST` tries another server",
                number,
                folder.display()
            ));
            Ok(ExitCode::from(REFUSED))
        }
        Attached::Unanswered => bail!(
            "no server has answered yet; the key is kept in {}, and every command tries again",
            folder.display()
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
