//! `postrider config`: what a server would go by, without starting one.

use crate::doctor::{self, Finding};
use crate::log::say;
use crate::look::table;
use crate::serve;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command, Subcommand};
use postrider_client::shown;
use postrider_server::{Named, SettingsError, Sources};
use serde::Serialize;
use serde_json::Value;
use std::process::ExitCode;

/// Look at a server's settings without starting it
#[derive(Subcommand)]
pub(crate) enum Config {
    /// Say what is wrong with the settings, and whether what they name can be had
    ///
    /// Reads them as `serve` would, and says the file and the line of what is wrong. Then looks
    /// whether the data folder, the key and the addresses can be had; changes nothing.
    ///
    /// Exits with 0 where a server would start, with 1 where it would not.
    Check(Args),
    /// Print the settings that count, and where each comes from
    ///
    /// From a flag, from the environment, from the file, or from nowhere: the default. The
    /// secret key is never shown.
    Show(Args),
}

/// The settings, as `serve` takes them.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    #[command(flatten)]
    settings: Box<serve::Args>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// A setting, as it is shown.
#[derive(Serialize)]
struct Setting {
    value: Value,
    from: String,
}

pub(crate) fn run(
    config: &Config,
    matches: &ArgMatches,
    program: &Command,
) -> anyhow::Result<ExitCode> {
    match config {
        Config::Check(args) => check(args),
        Config::Show(args) => show(args, matches, program),
    }
}

fn check(args: &Args) -> anyhow::Result<ExitCode> {
    let file = match args.settings.file() {
        Ok(file) => file,
        Err(error) => {
            let found = Finding::fault("settings", format!("{error:#}").trim_end());
            return Ok(doctor::report(&[found], args.json));
        }
    };
    let mut found = Vec::new();
    match args.settings.flags()?.over(file).check() {
        Ok(settings) => {
            found.push(Finding::fine("settings", "they can be used"));
            doctor::of_start(&settings, &mut found);
        }
        Err(error) => found.push(Finding::fault("settings", placed(&error, &args.settings))),
    }
    Ok(doctor::report(&found, args.json))
}

/// The error, behind the file and the line that it is about, where the file says such a thing.
fn placed(error: &SettingsError, args: &serve::Args) -> String {
    let place = args.file_name().and_then(|file| {
        let written = std::fs::read_to_string(&file).ok()?;
        error.line_in(&written).map(|line| format!("{}:{line}: ", file.display()))
    });
    format!("{}{error}", place.unwrap_or_default())
}

fn show(args: &Args, matches: &ArgMatches, program: &Command) -> anyhow::Result<ExitCode> {
    let (flags, file) = (args.settings.flags()?, args.settings.file()?);
    let (by_flags, by_file) = (flags.said(), file.said());
    let settings = effective(flags, file)?;
    let file_name = args.settings.file_name().map(|file| file.display().to_string());
    let from = |name: &str| match (by_flags.contains_key(name), by_file.contains_key(name)) {
        (true, _) => from_command_line(name, matches, program),
        (false, true) => format!("file {}", file_name.as_deref().unwrap_or_default()),
        (false, false) => "default".to_owned(),
    };
    let settings = settings.into_iter().map(|(name, value)| {
        let from = from(&name);
        (name, Setting { value, from })
    });
    let settings: std::collections::BTreeMap<String, Setting> = settings.collect();
    if args.json {
        say(serde_json::to_string(&settings)?);
        return Ok(ExitCode::SUCCESS);
    }
    let row = |(name, setting): (&String, &Setting)| {
        let value = match &setting.value {
            Value::String(value) => value.clone(),
            value => value.to_string(),
        };
        vec![name.clone(), shown(&value).replace('\n', " "), setting.from.clone()]
    };
    let rows: Vec<_> = settings.iter().map(row).collect();
    say(table(&["setting", "value", "from"], &rows).trim_end());
    Ok(ExitCode::SUCCESS)
}

/// What counts in the end; what was said and counts for nothing is shown as it was said.
fn effective(flags: Sources, file: Sources) -> anyhow::Result<Named> {
    let all = flags.over(file);
    let mut shown = all.said();
    shown.extend(all.check()?.effective());
    Ok(shown)
}

/// Which flag, or which variable, has said it.
fn from_command_line(name: &str, matches: &ArgMatches, program: &Command) -> String {
    let id = match name.rsplit_once('.') {
        Some((part, "listen")) => part,
        Some((_, last)) => last,
        None => name,
    };
    let known = ["config", "show"].iter().try_fold(program, |all, name| all.find_subcommand(name));
    let arg = known.and_then(|known| known.get_arguments().find(|arg| arg.get_id() == id));
    let given =
        ["config", "show"].iter().try_fold(matches, |all, name| all.subcommand_matches(name));
    let variable = arg.and_then(|arg| arg.get_env()).map(|name| name.to_string_lossy());
    match (given.and_then(|given| given.value_source(id)), variable) {
        (Some(ValueSource::EnvVariable), Some(name)) => format!("environment {name}"),
        _ => format!("flag --{}", arg.and_then(|arg| arg.get_long()).unwrap_or(id)),
    }
}
