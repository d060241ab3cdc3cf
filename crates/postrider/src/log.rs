//! What the program says, and where: answers on standard output, the log and errors
//! on standard error.

use anyhow::Context;
use clap::ValueEnum;
use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Mutex;
use tracing_subscriber::EnvFilter;

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

/// Begins to log to standard error. `filter` is a level, or directives such as
/// `info,postrider_server=debug`.
pub(crate) fn begin(filter: &str, format: Format) -> anyhow::Result<()> {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(filter)?)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    match format {
        Format::Text => builder.with_target(false).init(),
        Format::Json => builder.json().init(),
    }
    Ok(())
}

/// Begins to log to the end of a file, for who has the terminal for something else.
pub(crate) fn begin_in(file: &Path, filter: &str) -> anyhow::Result<()> {
    let open = OpenOptions::new().create(true).append(true).open(file);
    let open = open.with_context(|| file.display().to_string())?;
    let builder = tracing_subscriber::fmt().with_env_filter(EnvFilter::try_new(filter)?);
    builder.with_ansi(false).with_target(false).with_writer(Mutex::new(open)).init();
    Ok(())
}

/// Says a line on standard output. A reader that has gone away is no fault of ours.
pub(crate) fn say(line: impl Display) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Says why the program ends, with all causes.
pub(crate) fn say_error(error: &anyhow::Error) {
    let _ = writeln!(io::stderr().lock(), "postrider: {error:#}");
}
