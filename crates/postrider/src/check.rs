//! `postrider check`: verifies a data folder offline.

use crate::log::say;
use postrider_engine::limits::Limits;
use postrider_engine::{Config, Sizes, Time, open};
use postrider_proto::classic::{Line, ServerIndex};
use postrider_store::{Store, Summary};
use std::path::PathBuf;
use std::process::ExitCode;

/// Verify a data folder that no server has open.
///
/// Verifies every checksum, and replays every record as a starting server would. Exits
/// with 0 if all is well, with 1 if anything is not; it changes nothing.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The data folder
    #[arg(value_name = "DIR")]
    data: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (mut store, summary) = Store::check_folder(&args.data)?;
    let config = Config {
        me: u8::try_from(summary.server).ok().and_then(ServerIndex::from_value).ok_or_else(
            || anyhow::anyhow!("the data says that it is of server {}", summary.server),
        )?,
        servers: Line::SERVERS_MAX as u8,
        acknowledged: true,
        limits: Limits::default(),
        native: None,
    };
    let engine = open(config, &mut store, Time::ZERO)?;
    if args.json {
        say(json(&summary, &engine.sizes()));
    } else {
        say(text(args, &summary, &engine.sizes()));
    }
    Ok(ExitCode::SUCCESS)
}

fn text(args: &Args, summary: &Summary, sizes: &Sizes) -> String {
    format!(
        "{} is sound: the data of server {}, {} messages waiting, {} clients known, \
         a log of {} bytes in {} segments{}",
        args.data.display(),
        summary.server,
        sizes.waiting,
        sizes.clients,
        summary.log_bytes,
        summary.segments,
        match summary.torn_bytes {
            0 => String::new(),
            torn => format!(
                "; {torn} bytes at its end were never promised, a crash left them, \
                 and the next start drops them"
            ),
        }
    )
}

fn json(summary: &Summary, sizes: &Sizes) -> serde_json::Value {
    serde_json::json!({
        "sound": true,
        "server": summary.server,
        "waiting": sizes.waiting,
        "clients": sizes.clients,
        "log_bytes": summary.log_bytes,
        "log_segments": summary.segments,
        "torn_bytes": summary.torn_bytes,
    })
}
