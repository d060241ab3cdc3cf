//! `postrider id`, `send`, `inbox`, `contacts`: one's own number, from scripts.
//!
//! ```text
//!   a profile's folder ─► Profile ─► Client ─► a server        crates/client
//!        id.rs             send.rs, inbox.rs                   here: what is asked and shown
//! ```
//!
//! Where another program has the profile open, it is asked to do it (`profile/door.rs`).

mod change_key;
mod contacts;
mod device;
pub(crate) mod id;
mod inbox;
mod roll;
mod send;
pub(crate) mod shown;

pub(crate) use change_key::rank;

use crate::profile::{Change, Reply, Request, Which, ask, explain};
use clap::{Args, Subcommand};
use postrider_client::{History, Profile};
use postrider_proto::Number;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How long the program that has the profile open is waited for.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// What was typed cannot be meant.
const BAD_USAGE: u8 = 2;
/// The text was not delivered in time; it is in the outbox, or on its way.
const NOT_IN_TIME: u8 = 3;
/// The text, or the number, was refused, or the text expired.
const REFUSED: u8 = 4;

/// Whose number.
#[derive(Args)]
pub(crate) struct Whose {
    #[command(flatten)]
    which: Which,
    /// Print JSON, one object a line
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// What one does with a number of one's own.
#[derive(Subcommand)]
pub(crate) enum Own {
    /// Your number: make it, show it, move it, give it up
    ///
    /// Ends with 0 when it is done, 1 on a failure, 2 on bad usage, and 4 when the server that
    /// answered does not let the number in; the key is kept then.
    Id(id::Args),
    /// Send a text from your number
    ///
    /// Ends with 0 when it is done, 1 on a failure, 2 on bad usage, 3 when the text was not
    /// accepted, delivered or answered in time, and 4 when it was refused or has expired. A text
    /// that was not accepted yet is in the outbox, and goes with the next command that reaches a
    /// server.
    Send(send::Args),
    /// Read texts to your number
    ///
    /// Fetches what waits at the server, and prints all that was not read yet. While another
    /// program has the profile open, that one fetches, and this one prints what is there. Ends
    /// with 0 when the server has handed over all that waited, 2 on bad usage, and 1 otherwise:
    /// what is here was printed then.
    Inbox(inbox::Args),
    /// The people that you know by name, and those that you want to hear nothing of
    Contacts(contacts::Args),
}

pub(crate) fn run(own: Own) -> anyhow::Result<ExitCode> {
    crate::log::begin("warn", crate::log::Format::Text)?;
    match own {
        Own::Id(args) => id::run(args),
        Own::Send(args) => send::run(args),
        Own::Inbox(args) => inbox::run(&args),
        Own::Contacts(args) => contacts::run(&args),
    }
}

fn in_runtime(what: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(what)
}

impl Whose {
    pub(crate) fn folder(&self) -> anyhow::Result<PathBuf> {
        self.which.folder()
    }

    pub(crate) fn open(&self) -> anyhow::Result<Profile> {
        Profile::open(&self.folder()?).map_err(explain)
    }

    pub(crate) fn history(&self) -> anyhow::Result<History> {
        History::open(&self.folder()?).map_err(explain)
    }

    /// The number of the contact with exactly this name; otherwise what is wrong with it.
    fn named(&self, name: &str) -> anyhow::Result<Result<Number, String>> {
        let contacts = self.history()?.contacts()?;
        let named = contacts.iter().filter(|contact| contact.name.as_deref() == Some(name));
        let numbers: Vec<Number> = named.map(|contact| contact.number).collect();
        Ok(match numbers[..] {
            [number] => Ok(number),
            [] => Err(format!(
                "{name:?} is no number, which has ten digits, and nobody's name in `postrider \
                 contacts`; nothing was sent"
            )),
            _ => {
                let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
                let all = numbers.join(", ");
                Err(format!("{name:?} is the name of {all}: say which; nothing was sent"))
            }
        })
    }

    /// Asks the profile, or the program that has it open, for one answer.
    fn ask(&self, request: Request) -> anyhow::Result<Reply> {
        let asked = ask(&self.folder()?, request)?;
        let said = asked.next(Instant::now() + ANSWER_WITHIN);
        asked.end()?;
        match said {
            Some(Reply::Failed(why)) => anyhow::bail!(why),
            Some(reply) => Ok(reply),
            None => anyhow::bail!("the program that has the profile open does not answer"),
        }
    }

    fn change(&self, change: Change) -> anyhow::Result<ExitCode> {
        self.ask(Request::Change(change)).map(|_| ExitCode::SUCCESS)
    }
}

/// A number as it is written: ten digits, with blanks, dashes or dots between them.
pub(crate) fn number(written: &str) -> Result<Number, String> {
    let digits: String = written.chars().filter(|c| !" -.".contains(*c)).collect();
    digits.parse().map_err(|_| format!("{written:?} is no number: a number has ten digits"))
}
