//! `postrider classic`: the classic client, for one person at a terminal or a script
//! at a pipe.
//!
//! ```text
//!   server? ──► ID? ──► handshake ──► 1 send   2 receive   3 quit ──► terminate
//!      └───────────── end of input ───────────────────┴──────────────────┘
//! ```
//!
//! `session` speaks with the server and knows no terminal; `menu` and `questions`
//! speak with the person and know no socket.

mod menu;
#[cfg(test)]
mod peer;
mod prompt;
mod questions;
mod sanitize;
pub(crate) mod session;
mod wire;

use anyhow::Context;
use postrider_proto::Number;
use postrider_proto::classic::{DEFAULT_PORT, Line, ServerIndex, parse_address};
use prompt::Console;
use session::Session;
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;
use wire::PATIENCE;

const HELP: &str = "\
It asks for a server if there are several, and for your ID; any ten digits that nobody
else uses will do, and leading zeros count. Then choose:

  1  send: asks for an ID and a text of up to 160 characters. When it says that the
     server has it on disk, the text will not be lost.
  2  receive: shows up to five messages that wait for you.
  3  quit: leaves the server. What comes for you waits there until you attach again.

Lines are read from a pipe as well, and the end of input means quit:

  printf '5550000001\\n1\\n5550000005\\nHello\\n3\\n' | postrider classic --line 10.0.0.5

The exit code is 0 after a normal quit, and 1 if the server does not answer or the
input ends before an ID.";

/// Sends and receives texts through a server of a classic line.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    /// The servers in the order of the line, each IP:PORT, or IP for port 10410
    ///
    /// The same line as in the servers' configuration, such as
    /// 192.168.0.11,192.168.0.12,10.0.0.5:10411; an IPv6 address with a port stands in
    /// brackets.
    #[arg(
        long,
        env = "POSTRIDER_LINE",
        value_name = "ADDR,ADDR,…",
        value_delimiter = ',',
        value_parser = address,
        required = true
    )]
    line: Vec<SocketAddr>,

    /// The server to attach to, 1 for the first of the line; asked for if left out
    #[arg(long, value_name = "I")]
    server: Option<usize>,

    /// Your ID, ten digits; asked for if left out
    #[arg(long, value_name = "NUMBER")]
    id: Option<Number>,
}

impl Args {
    /// A client of this line; the rest is asked for.
    pub(crate) fn of_line(line: Vec<SocketAddr>) -> Args {
        Args { line, server: None, id: None }
    }
}

/// How a run of the client came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// Its server let it go, or a person left before there was one.
    InOrder,
    /// The server did not answer.
    Unanswered,
    /// A script's input ended before the client was attached.
    Unattached,
}

/// Runs the client on standard input and output. The exit code is 0 after a normal
/// quit and 1 if the server did not answer; an error is one of the arguments or of
/// the terminal.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args { line, server, id } = args;
    let line = Line::new(line).context("--line")?;
    let server = server.map(|index| line.server(index)).transpose().context("--server")?;
    let mut prompt = prompt::of_standard_input().context("cannot read from the terminal")?;
    let mut out = io::stdout();
    let mut console = Console::new(&mut *prompt, &mut out);
    let ended = converse(&mut console, &line, server, id, PATIENCE)
        .context("cannot speak with the terminal")?;
    Ok(ended.into())
}

fn converse(
    console: &mut Console<'_>,
    line: &Line,
    server: Option<ServerIndex>,
    id: Option<Number>,
    patience: Duration,
) -> io::Result<Ended> {
    let Some(server) = known_or(server, || questions::server(console, line))? else {
        return Ok(left_early(console));
    };
    let Some(id) = known_or(id, || questions::number(console, "Your ID (ten digits): "))? else {
        return Ok(left_early(console));
    };
    let Some(address) = line.address(server) else { return Ok(left_early(console)) };
    let Some(session) = attach(console, address, id, patience)? else {
        return Ok(Ended::Unanswered);
    };
    console.say(&format!("Attached to server {server} ({address}) as {id}."))?;
    menu::run(console, session)
}

/// Attaches, as often as the person wants to try.
fn attach(
    console: &mut Console<'_>,
    server: SocketAddr,
    id: Number,
    patience: Duration,
) -> io::Result<Option<Session>> {
    loop {
        let no_answer = match Session::attach(server, id, patience) {
            Ok(session) => return Ok(Some(session)),
            Err(no_answer) => no_answer,
        };
        console.say(&format!(
            "Not attached: {no_answer}. No text has been sent.\n\
             Check that the server runs and that --line names its address, or choose \
             another with --server."
        ))?;
        if !console.is_attended() || !questions::try_again(console)? {
            return Ok(None);
        }
    }
}

fn known_or<T>(
    known: Option<T>,
    ask: impl FnOnce() -> io::Result<Option<T>>,
) -> io::Result<Option<T>> {
    known.map_or_else(ask, |known| Ok(Some(known)))
}

fn left_early(console: &Console<'_>) -> Ended {
    if console.is_attended() { Ended::InOrder } else { Ended::Unattached }
}

impl From<Ended> for ExitCode {
    fn from(ended: Ended) -> ExitCode {
        match ended {
            Ended::InOrder => ExitCode::SUCCESS,
            Ended::Unanswered | Ended::Unattached => ExitCode::FAILURE,
        }
    }
}

/// `IP:PORT`, or `IP` alone with the default port.
fn address(written: &str) -> Result<SocketAddr, String> {
    let address = parse_address(written.trim()).filter(|address| address.port() != 0);
    address.ok_or_else(|| {
        format!("write IP:PORT, or IP for port {DEFAULT_PORT}, such as 10.0.0.5:10411")
    })
}

#[cfg(test)]
mod tests;
