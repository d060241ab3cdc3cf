//! `postrider doctor`: the usual faults of a server and its machine, and what to do.

mod finding;
mod folder;
mod ports;
mod running;
mod system;

use crate::log::say;
use crate::serve;
use finding::State;
pub(crate) use finding::{Finding, text};
use postrider_server::{Settings, SettingsError, Sources};
use std::path::Path;
use std::process::ExitCode;

/// Find the usual faults of a server and its machine, and say what to do
///
/// Looks at the settings, which are read as `serve` would, the data folder, the disk, the key,
/// the addresses and who has them, the system's limits, and at the server that runs, if one
/// does: its version, its peers and why they do not answer. Changes nothing. Run it as the
/// server's user, or as root.
///
/// Exits with 0 where there are at most hints, with 1 where there is a fault, with 2 where the
/// command line is wrong.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    #[command(flatten)]
    settings: Box<serve::Args>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut found = Vec::new();
    let sources = read(&args.settings, &mut found)?;
    let data = sources.data.clone();
    let settings = checked(sources, &mut found);
    match (&settings, &data) {
        (Some(settings), _) => of_all(settings, &mut found),
        (None, Some(data)) => of_folder(data, &mut found),
        (None, None) => {}
    }
    Ok(report(&found, args.json))
}

/// Says what was found.
pub(crate) fn report(found: &[Finding], json: bool) -> ExitCode {
    let worst = found.iter().map(|finding| finding.state).max().unwrap_or(State::Fine);
    if json {
        say(serde_json::json!({ "state": worst, "findings": found }));
    } else {
        say(text(found).trim_end());
    }
    if worst == State::Fault { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// What is said, without the file where that cannot be read.
fn read(args: &serve::Args, found: &mut Vec<Finding>) -> anyhow::Result<Sources> {
    let flags = args.flags()?;
    match args.file() {
        Ok(file) => Ok(flags.over(file)),
        Err(error) => {
            found.push(Finding::fault("settings", format!("{error:#}").trim_end()));
            Ok(flags)
        }
    }
}

/// A data folder alone is enough to look at a server.
fn checked(sources: Sources, found: &mut Vec<Finding>) -> Option<Settings> {
    let has_data = sources.data.is_some();
    match sources.check() {
        Ok(settings) => {
            found.push(Finding::fine("settings", "they can be used"));
            return Some(settings);
        }
        Err(SettingsError::Missing { .. }) if has_data => {
            let says = "none are named, so addresses and key are not looked at";
            found.push(Finding::hint("settings", says, "name the file with --config"));
        }
        Err(error) => found.push(Finding::fault("settings", error.to_string())),
    }
    None
}

fn of_all(settings: &Settings, found: &mut Vec<Finding>) {
    of_start(settings, found);
    found.push(ports::networks(settings));
    found.extend(ports::discovery(settings));
    found.push(system::receive_buffer(&settings.data));
    found.push(system::open_files());
    of_running(&settings.data, found);
}

/// All that a start needs.
pub(crate) fn of_start(settings: &Settings, found: &mut Vec<Finding>) {
    let (running, _) = running::server(&settings.data);
    let running = running.and_then(|status| status.address.parse().ok());
    found.push(folder::folder(&settings.data));
    found.push(folder::disk(&settings.data));
    found.extend(folder::key(settings));
    found.extend(ports::addresses(settings, running));
    found.extend(ports::certificate(settings));
}

fn of_folder(data: &Path, found: &mut Vec<Finding>) {
    found.extend([folder::folder(data), folder::disk(data)]);
    found.extend([system::receive_buffer(data), system::open_files()]);
    of_running(data, found);
}

fn of_running(data: &Path, found: &mut Vec<Finding>) {
    let (status, of_server) = running::server(data);
    found.extend(of_server);
    if let Some(status) = status.filter(|status| status.trunks.is_some()) {
        found.extend(running::peers(data, status.key.as_deref()));
    }
}
