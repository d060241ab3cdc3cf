//! `postrider status`, `peers`, `routes`, `numbers`, `queue`, `trace`: looking into a
//! running server, through the control socket in its data folder.

mod shown;
mod table;

pub(crate) use shown::figures;
pub(crate) use table::{table, time};

use crate::log::say;
use anyhow::Context;
use clap::{Args, Subcommand};
use postrider_server::Sources;
use postrider_server::control::{
    Ask, InviteAnswer, NumbersAnswer, PeersAnswer, QueueAnswer, RoutesAnswer, StatusAnswer,
    TraceAnswer, ask, metrics,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Which server, and how it is shown.
#[derive(Args)]
pub(crate) struct Where {
    /// The running server's data folder [default: `data` of postrider.toml in this folder]
    #[arg(long, value_name = "DIR", env = "POSTRIDER_DATA")]
    data: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What is looked at.
#[derive(Subcommand)]
pub(crate) enum Look {
    /// How a running server is: what it holds, has done, and has refused
    Status {
        #[command(flatten)]
        at: Where,
        /// Print what Prometheus reads, as for node_exporter's textfile collector
        #[arg(long, conflicts_with = "json")]
        metrics: bool,
    },
    /// A running server's links with other servers
    Peers {
        #[command(flatten)]
        at: Where,
    },
    /// The servers of the network, and the ways to them
    Routes {
        #[command(flatten)]
        at: Where,
    },
    /// The numbers that a running server knows, and where each is at home
    Numbers {
        #[command(flatten)]
        at: Where,
        /// Only those that begin with these digits
        #[arg(value_name = "DIGITS", default_value = "")]
        prefix: String,
        /// At most so many
        #[arg(long, value_name = "COUNT", default_value_t = 100)]
        most: usize,
    },
    /// What waits at a running server, and what for
    Queue {
        #[command(flatten)]
        at: Where,
        /// The messages for this number, one by one
        #[arg(long, value_name = "NUMBER")]
        to: Option<String>,
        /// At most so many of them
        #[arg(long, value_name = "COUNT", default_value_t = 100)]
        most: usize,
    },
    /// Give out invitations, each for one new number, where new numbers need one
    ///
    /// A server with `numbers = "invited"` under `[clients]` lets in who has a code. Each
    /// code is good for one number, once; it is on disk when this has printed it.
    Invite {
        #[command(flatten)]
        at: Where,
        /// How many, 1 to 100
        #[arg(value_name = "COUNT", default_value_t = 1)]
        count: usize,
    },
    /// Where a message is or was, or the way that a text to a number would take
    ///
    /// WHAT is a number (5550000003), a sender and a recipient (5550000001-5550000003),
    /// or a message's name as `queue` and `trace` show it
    /// (5550000001-5550000003-0a1b2c-7).
    Trace {
        #[command(flatten)]
        at: Where,
        /// NUMBER, FROM-TO or FROM-TO-EPOCH-COUNT
        #[arg(value_name = "WHAT")]
        what: String,
        /// At most so many messages, the latest
        #[arg(long, value_name = "COUNT", default_value_t = 20)]
        most: usize,
    },
}

pub(crate) fn run(look: Look) -> anyhow::Result<ExitCode> {
    match look {
        Look::Status { at, metrics: true } => show_metrics(&at),
        Look::Status { at, metrics: false } => {
            show::<StatusAnswer>(&at, &Ask::Status, shown::status)
        }
        Look::Peers { at } => show::<PeersAnswer>(&at, &Ask::Peers, shown::peers),
        Look::Routes { at } => show::<RoutesAnswer>(&at, &Ask::Routes, shown::routes),
        Look::Numbers { at, prefix, most } => {
            let (first, last) = range(&prefix)?;
            show::<NumbersAnswer>(&at, &Ask::Numbers { first, last, most }, shown::numbers)
        }
        Look::Queue { at, to, most } => {
            show::<QueueAnswer>(&at, &Ask::Queue { to, most }, shown::queue)
        }
        Look::Invite { at, count } => {
            show::<InviteAnswer>(&at, &Ask::Invite { count }, |answer| answer.codes.join("\n"))
        }
        Look::Trace { at, what, most } => {
            show::<TraceAnswer>(&at, &Ask::Trace { what, most }, shown::trace)
        }
    }
}

fn show_metrics(at: &Where) -> anyhow::Result<ExitCode> {
    let data = at.folder()?;
    let queue: QueueAnswer = ask(&data, &Ask::Queue { to: None, most: 0 })?;
    let (status, peers) = (ask(&data, &Ask::Status)?, ask(&data, &Ask::Peers)?);
    say(metrics(&status, &peers, &queue, &ask(&data, &Ask::Smpp)?).trim_end());
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn show<A: DeserializeOwned + Serialize>(
    at: &Where,
    question: &Ask,
    shown: impl Fn(&A) -> String,
) -> anyhow::Result<ExitCode> {
    let answer: A = ask(&at.folder()?, question)?;
    if at.json {
        say(serde_json::to_string(&answer)?);
    } else {
        say(shown(&answer).trim_end());
    }
    Ok(ExitCode::SUCCESS)
}

impl Where {
    /// Whether JSON is to be printed.
    pub(crate) fn json(&self) -> bool {
        self.json
    }

    pub(crate) fn folder(&self) -> anyhow::Result<PathBuf> {
        if let Some(data) = &self.data {
            return Ok(data.clone());
        }
        let file = Path::new(crate::serve::DEFAULT_FILE);
        let named = if file.is_file() { Sources::read(file)?.data } else { None };
        named.context("which server? name its data folder with --data")
    }
}

/// The first and the last number that begin with these digits.
fn range(prefix: &str) -> anyhow::Result<(String, String)> {
    let is_prefix = prefix.len() <= 10 && prefix.bytes().all(|byte| byte.is_ascii_digit());
    anyhow::ensure!(is_prefix, "{prefix:?}: a number begins with up to ten digits");
    Ok((format!("{prefix:0<10}"), format!("{prefix:9<10}")))
}
