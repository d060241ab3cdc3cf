//! `postrider chat`: texting, full-screen, in a terminal.
//!
//! ```text
//!   keys, mouse ──┐                 ┌──► Wish ──► profile, client
//!   events ───────┴──► State ───────┤
//!                        ▲          └──► draw
//!                        └── told ◄────── what came of it
//! ```
//!
//! `State` and `draw` know neither terminal nor profile; `run` knows both.

mod draw;
mod first;
mod keys;
mod layout;
mod line;
mod run;
mod state;
#[cfg(test)]
mod tests;
mod thread;
mod told;
mod wrap;

use crate::profile::{Which, explain, refuse_group};
use anyhow::Context;
use postrider_client::{Client, Profile, ProfileError};
use postrider_proto::Number;
use std::io::IsTerminal;
use std::process::ExitCode;

pub(crate) use draw::Look;
pub(crate) use run::{Left, Manner, run as on_screen};

const HELP: &str = "\
The first time it asks which number you want, and where your server is. Your number and
keys are in the profile's folder; who has the folder has your number. `postrider id words`
shows the 24 words that bring them back.

Texts that you write without a server wait here, and leave when one is reached. Beside each
is what is known of it, and who says so. Details: docs/chat.md.

Keys:  Enter send          Tab, Up, Down  other conversation    F2, ^N  new conversation
       Alt-Enter new line  PgUp, PgDn     scroll                ^F      search
       ^D details, way     ^T             name                  ^A, ^B  accept, block
       ^K  another key     ^G             invitation code       F8      another device
       ^Q  quit

NO_COLOR turns colours off; without UTF-8 in the locale all is drawn in ASCII.

The exit code is 0 after a normal end, 1 if something failed.";

/// Text in a terminal, full-screen.
#[derive(clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    /// The first time: your number, ten digits; asked for if left out
    #[arg(long, value_name = "NUMBER")]
    number: Option<Number>,
    /// The first time: your server, HOST, HOST:PORT or KEY@HOST:PORT; asked for if left out
    #[arg(long, value_name = "ADDR")]
    server: Option<String>,
    /// Do not tell senders that their texts were read
    #[arg(long)]
    no_read_receipts: bool,
    /// Leave the mouse to the terminal, to select and copy
    #[arg(long)]
    no_mouse: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        std::io::stdout().is_terminal() && std::io::stdin().is_terminal(),
        "chat needs a terminal; in scripts use `postrider send` and `postrider inbox`"
    );
    let folder = args.which.folder()?;
    let client = match Profile::open(&folder) {
        Ok(profile) => {
            refuse_group(profile.history())?;
            Client::start(profile)?
        }
        Err(ProfileError::Missing { .. }) => {
            match first::begin(&folder, args.number, args.server.as_deref())? {
                Some(client) => client,
                None => return Ok(ExitCode::FAILURE),
            }
        }
        Err(other) => return Err(explain(other)),
    };
    if let Some(number) = args.number.filter(|number| *number != client.number()) {
        anyhow::bail!(
            "the profile in {} is of {}; for {number} name another folder with --profile",
            folder.display(),
            client.number()
        );
    }
    let manner = Manner {
        tells_read: !args.no_read_receipts,
        takes_mouse: !args.no_mouse,
        has_classic: false,
    };
    on_screen(client, &folder, manner).context("the screen")?;
    Ok(ExitCode::SUCCESS)
}
