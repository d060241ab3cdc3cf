//! The first start: two questions at most, and a number that can be had.

use crate::profile::{self, forget_new, random_number, server, wait_for};
use postrider_client::{Client, Server, Status};
use postrider_proto::Number;
use postrider_proto::classic::DEFAULT_PORT;
use postrider_proto::native::Refusal;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::time::Duration;

/// How long the server is waited for before the screen opens. What it says to the number later
/// is shown there.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Numbers that are drawn before a person has to say one.
const DRAWS_MAX: u32 = 5;

/// Asks what was not given, makes a profile, and starts its client; none where the input ends.
pub(super) fn begin(
    folder: &Path,
    number: Option<Number>,
    at: Option<&str>,
) -> anyhow::Result<Option<Client>> {
    say("You have no number on this machine yet. Two questions, and you are in.")?;
    let mut wanted = number;
    if wanted.is_none() {
        match ask_number()? {
            Some(answer) => wanted = answer,
            None => return Ok(None),
        }
    }
    let servers = match at {
        Some(written) => vec![server(written)?],
        None => match ask_server()? {
            Some(server) => vec![server],
            None => return Ok(None),
        },
    };
    take_number(folder, wanted, &servers)
}

/// A number that the server lets in, or that no server could be asked about.
fn take_number(
    folder: &Path,
    mut wanted: Option<Number>,
    servers: &[Server],
) -> anyhow::Result<Option<Client>> {
    let mut draws = 0;
    loop {
        let number = wanted.unwrap_or_else(random_number);
        let client = Client::start(profile::begin(folder, number, servers)?)?;
        let Some(why) = refusal(&client)? else { return Ok(Some(client)) };
        if ![Refusal::TAKEN, Refusal::IN_USE, Refusal::RESERVED].contains(&why) {
            return Ok(Some(client));
        }
        forget_new(wait_for(client.stop())??)?;
        draws += 1;
        if wanted.is_some() || draws >= DRAWS_MAX {
            say(&format!("{number}: {why}."))?;
            match ask_number()? {
                Some(answer) => wanted = answer,
                None => return Ok(None),
            }
        }
    }
}

/// What the server says to the number, if it does not let it in.
fn refusal(client: &Client) -> anyhow::Result<Option<Refusal>> {
    let mut events = client.events();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let answer = async {
        loop {
            match client.status() {
                Status::Refused { why, .. } => return Some(why),
                Status::Attached { .. } | Status::Released | Status::Ended => return None,
                Status::NoServer | Status::Connecting { .. } => {
                    events.next().await?;
                }
            }
        }
    };
    let answer = async { tokio::time::timeout(ANSWER_WITHIN, answer).await };
    Ok(runtime.block_on(answer).ok().flatten())
}

/// The number, none for one that is drawn; nothing where the input ends.
fn ask_number() -> io::Result<Option<Option<Number>>> {
    loop {
        let Some(answer) = ask("Your number, ten digits [Enter: one that is free]: ")? else {
            return Ok(None);
        };
        if answer.is_empty() {
            return Ok(Some(None));
        }
        match answer.replace([' ', '-'], "").parse() {
            Ok(number) => return Ok(Some(Some(number))),
            Err(_) => say("A number has ten digits, such as 5550000001.")?,
        }
    }
}

fn ask_server() -> io::Result<Option<Server>> {
    let usual = format!("127.0.0.1:{DEFAULT_PORT}");
    loop {
        let Some(answer) = ask(&format!("Your server, HOST or HOST:PORT [{usual}]: "))? else {
            return Ok(None);
        };
        let written = if answer.is_empty() { &usual } else { &answer };
        match server(written) {
            Ok(server) => return Ok(Some(server)),
            Err(why) => say(&format!("{why:#}."))?,
        }
    }
}

fn ask(question: &str) -> io::Result<Option<String>> {
    let mut out = io::stdout();
    write!(out, "{question}")?;
    out.flush()?;
    let mut answer = String::new();
    if io::stdin().lock().read_line(&mut answer)? == 0 {
        return Ok(None);
    }
    Ok(Some(answer.trim().to_owned()))
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}
