//! `postrider id`, `send`, `inbox`, `contacts`: one's own number, from scripts.
//!
//! ```text
//!   a profile's folder ─► Profile ─► Client ─► a server        crates/client
//!        id.rs             send.rs, inbox.rs                   here: what is asked and shown
//! ```

mod contacts;
mod id;
mod inbox;
mod send;
mod shown;

use anyhow::Context;
use clap::{Args, Subcommand};
use postrider_client::{Profile, ProfileError};
use postrider_proto::Number;
use std::path::PathBuf;
use std::process::ExitCode;

/// The text was not delivered in time; it is in the outbox, or on its way.
const NOT_IN_TIME: u8 = 3;
/// The text, or the number, was refused, or the text expired.
const REFUSED: u8 = 4;

/// Whose number.
#[derive(Args)]
pub(crate) struct Whose {
    /// The profile's folder, which holds the keys and the history [default: postrider in
    /// $XDG_DATA_HOME, or in ~/.local/share]
    #[arg(long, value_name = "DIR", env = "POSTRIDER_PROFILE")]
    profile: Option<PathBuf>,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

/// What one does with a number of one's own.
#[derive(Subcommand)]
pub(crate) enum Own {
    /// Your number: make it, show it, move it, give it up
    Id(id::Args),
    /// Send a text from your number
    ///
    /// Ends with 0 when it is done, 1 on a failure, 2 on bad usage, 3 when the text was not
    /// accepted or delivered in time, and 4 when it was refused or has expired. A text that
    /// was not accepted yet is in the outbox, and goes with the next command that reaches a
    /// server.
    Send(send::Args),
    /// Read texts to your number
    Inbox(inbox::Args),
    /// The people that you know by name, and those that you want to hear nothing of
    Contacts(contacts::Args),
}

pub(crate) fn run(own: Own) -> anyhow::Result<ExitCode> {
    crate::log::begin("warn", crate::log::Format::Text)?;
    match own {
        Own::Id(args) => id::run(args),
        Own::Send(args) => in_runtime(send::run(args)),
        Own::Inbox(args) => in_runtime(inbox::run(args)),
        Own::Contacts(args) => contacts::run(args),
    }
}

fn in_runtime(what: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(what)
}

impl Whose {
    fn folder(&self) -> anyhow::Result<PathBuf> {
        if let Some(folder) = &self.profile {
            return Ok(folder.clone());
        }
        let set = |name| std::env::var_os(name).filter(|set| !set.is_empty()).map(PathBuf::from);
        let data = set("XDG_DATA_HOME");
        let data = data.or_else(|| Some(set("HOME")?.join(".local/share")));
        Ok(data.context("where is your profile? name its folder with --profile")?.join("postrider"))
    }

    fn open(&self) -> anyhow::Result<Profile> {
        let folder = self.folder()?;
        Profile::open(&folder).map_err(|error| match error {
            ProfileError::Missing { .. } => anyhow::anyhow!(
                "you have no number yet: {} has no profile; \
                 `postrider id new NUMBER --server HOST` makes one",
                folder.display()
            ),
            error => error.into(),
        })
    }
}

/// A number as it is written: ten digits, with blanks, dashes or dots between them.
fn number(written: &str) -> Result<Number, String> {
    let digits: String = written.chars().filter(|c| !" -.".contains(*c)).collect();
    digits.parse().map_err(|_| format!("{written:?} is no number: a number has ten digits"))
}
