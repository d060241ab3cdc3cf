//! `postrider keygen`: a server's key.

use crate::log::say;
use postrider_server::Identity;
use std::path::PathBuf;
use std::process::ExitCode;

/// Make a server's key, or show the public part of one.
///
/// Writes a new secret key to FILE, which only its owner may read, and prints the public
/// key, by which other servers know this one: put it into their `postrider.toml`, or
/// behind their --peer. Where FILE is there already, nothing is written.
///
/// A server makes a key for itself when it first starts (`identity.key` in its data
/// folder). Make one beforehand to tell the others before it runs.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where the secret key is, or is to be
    #[arg(value_name = "FILE", default_value = "identity.key")]
    file: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let is_new = !args.file.exists();
    let identity = Identity::read_or_create(&args.file)?;
    let key = identity.key().to_string();
    if args.json {
        say(serde_json::json!({ "key": key, "file": args.file, "new": is_new }));
    } else {
        let what = if is_new { "new key in" } else { "the key in" };
        say(format_args!("{what} {}; its public part is", args.file.display()));
        say(key);
    }
    Ok(ExitCode::SUCCESS)
}
