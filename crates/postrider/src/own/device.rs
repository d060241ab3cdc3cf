//! `postrider id device`: what another device needs to have the number, too.

use super::Whose;
use crate::chat::Look;
use crate::log::say;
use crate::profile::{Reply, Request, picture};
use postrider_client::DeviceCode;
use std::io::{IsTerminal, stdout};
use std::process::ExitCode;

/// The picture's colours are its own, whatever the terminal's are: bright on black.
const BRIGHT_ON_BLACK: &str = "\u{1b}[97;40m";
const AS_BEFORE: &str = "\u{1b}[0m";

pub(super) fn show(whose: &Whose) -> anyhow::Result<ExitCode> {
    let code = code(whose)?.print();
    if whose.json {
        say(serde_json::json!({ "code": code.as_str() }));
    } else if stdout().is_terminal() {
        show_to_people(&code);
    } else {
        say(code.as_str());
    }
    Ok(ExitCode::SUCCESS)
}

fn code(whose: &Whose) -> anyhow::Result<DeviceCode> {
    let Reply::Servers(servers) = whose.ask(Request::Servers)? else {
        anyhow::bail!("the program that has the profile open is of another version");
    };
    let servers = servers.into_iter().map(crate::profile::Place::read).collect();
    Ok(super::id::keys(whose)?.device_code(servers)?)
}

fn show_to_people(code: &str) {
    say("WHOEVER SEES THIS HAS YOUR NUMBER: it is your key. Show it to your other device");
    say("alone, send it to nobody, and clear the screen afterwards.\n");
    let look = Look::of_environment();
    for line in picture(code).filter(|_| look.is_utf8).unwrap_or_default() {
        match look.has_colours {
            true => say(format_args!("{BRIGHT_ON_BLACK}{line}{AS_BEFORE}")),
            false => say(line),
        }
    }
    say(format_args!("\nOn the other device, `postrider id restore` takes this line:\n\n{code}"));
}
