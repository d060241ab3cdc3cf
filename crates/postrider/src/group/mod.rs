//! `postrider group`: a number that hands what its members text to all of them.
//!
//! ```text
//!   new ──► a profile that is a group's        the rules: crates/client/src/group
//!   run ──► Client ──► a server                tally, members ──► its history, read only
//! ```

mod run;
mod show;

use crate::own::{Whose, id, number};
use clap::Subcommand;
use postrider_client::Stamp;
use postrider_client::group::{Group, Rules};
use postrider_proto::Number;
use std::process::ExitCode;

/// A number that hands what its members text to all of them.
///
/// Its members need nothing but their own client: they text to it, and commands that begin with
/// `/`. Each text comes with a tally: whom it has reached and, after a roll call, who answered
/// what. Details: docs/groups.md.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    whose: Whose,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Bind a number to a new key, for a group
    ///
    /// The folder (--profile) is the group's, and nobody else's. Ends with 0 when the number is
    /// the group's, 1 on a failure, 2 on bad usage, and 4 when the server refuses the number.
    New(New),
    /// Hand on what members text, in the foreground, until it is interrupted
    Run {
        /// Obey moderators whose texts nobody has signed: those with classic clients. Whoever
        /// reaches a classic port can then text in their name
        #[arg(long)]
        allow_unsigned_moderators: bool,
    },
    /// Show what became of the last roll call, or of the last text, for each member
    Tally {
        /// Of the last text, also if there was a roll call before
        #[arg(long)]
        text: bool,
    },
    /// Show who is in the group
    Members,
}

#[derive(clap::Args)]
struct New {
    /// Ten digits
    #[arg(value_name = "NUMBER", value_parser = number)]
    number: Number,
    /// Where a server is, HOST, HOST:PORT or KEY@HOST:PORT; several are tried in their order
    #[arg(long, value_name = "HOST", required = true)]
    server: Vec<String>,
    /// How the group calls itself
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Who lets others in and calls the roll: NUMBER or NUMBER=NAME; may be given again
    #[arg(long, value_name = "NUMBER", required = true, value_parser = moderator)]
    moderator: Vec<(Number, Option<String>)>,
    /// The invitation, where the server wants one
    #[arg(long, value_name = "CODE", default_value = "")]
    code: String,
}

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    crate::log::begin("warn", crate::log::Format::Text)?;
    match args.what {
        What::New(new) => {
            let New { number, server, name, moderator, code } = new;
            id::claim(args.whose, number, &server, code, |profile| {
                Group::create(profile, name.as_deref(), &moderator, Stamp::now())
            })
        }
        What::Run { allow_unsigned_moderators: unsigned_moderators } => {
            run::run(&args.whose, Rules { unsigned_moderators })
        }
        What::Tally { text } => show::tally(&args.whose, text),
        What::Members => show::members(&args.whose),
    }
}

fn moderator(written: &str) -> Result<(Number, Option<String>), String> {
    match written.split_once('=') {
        Some((digits, name)) => Ok((number(digits)?, Some(name.to_owned()))),
        None => Ok((number(written)?, None)),
    }
}
