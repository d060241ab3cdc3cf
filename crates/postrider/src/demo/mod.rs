//! `postrider demo`: five servers in a line on this machine, ready to text through.

mod network;
mod picture;
mod script;
mod shape;

use crate::classic;
use crate::log::{self, Format, say};
use network::Network;
use shape::Shape;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::{IsTerminal, stdin};
use std::os::unix::fs::FileTypeExt;
use std::path::PathBuf;
use std::process::ExitCode;

/// Five servers in a line on this machine, ready to text through.
///
/// Or as many as you like, joined as you like. Starts them, says how to attach clients from other terminals, and attaches one in
/// this terminal, at a server of your choice. Ends with that client, or with Ctrl-C
/// where there is none. What the servers accepted stays in the folder that it names;
/// start it again with --data to find it there.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Play a conversation across the whole line, check each step, and end
    #[arg(long)]
    script: bool,
    /// How the servers are joined
    #[arg(long, value_name = "SHAPE", value_enum, default_value_t = Shape::Line)]
    shape: Shape,
    /// How many servers there are
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=50))]
    servers: u16,
    /// What a random shape is drawn from
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,
    /// Attach no client in this terminal
    #[arg(long, conflicts_with = "script")]
    no_client: bool,
    /// The folder for the servers' data [default: a fresh one for temporary files]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The first server's port; the others follow. Free ones are taken if any is in use
    #[arg(long, value_name = "PORT", default_value_t = 10411)]
    port: u16,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    log::begin("warn", Format::Text)?;
    let folder = match &args.data {
        Some(folder) => folder.clone(),
        None => tempfile::Builder::new().prefix("postrider-demo-").tempdir()?.keep(),
    };
    let mut network = Network::start(&folder, args.port, args.shape, args.servers, args.seed)?;
    say(picture::of(args.shape, &network.addresses(), &network.links));
    say(format_args!("Their data is in {}\n", folder.display()));
    let ended = if args.script {
        script::play(&mut network)
    } else if args.no_client || !has_input() {
        wait_for_the_end(&network)
    } else {
        attach_here(&network)
    };
    network.drain()?;
    ended
}

/// A terminal or a pipe has input for a client; `/dev/null` has none.
fn has_input() -> bool {
    let device =
        std::fs::metadata("/dev/stdin").is_ok_and(|file| file.file_type().is_char_device());
    stdin().is_terminal() || !device
}

fn attach_here(network: &Network) -> anyhow::Result<ExitCode> {
    say(how_to_attach(network));
    say("Here is a client for this terminal. Quitting it ends the demo.\n");
    classic::run(classic::Args::of_line(network.addresses()))
}

fn wait_for_the_end(network: &Network) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    say(how_to_attach(network));
    say("Ctrl-C ends the demo.");
    signals.forever().next();
    Ok(ExitCode::SUCCESS)
}

fn how_to_attach(network: &Network) -> String {
    let addresses: Vec<String> = network.addresses().iter().map(ToString::to_string).collect();
    let line = addresses.join(",");
    let program = std::env::args().next().unwrap_or_else(|| "postrider".to_owned());
    let last = addresses.len();
    format!(
        "Two people text each other across the network from two other terminals:\n\n  \
         {program} classic --server 1 --id 5550000001 --line {line}\n\n  \
         {program} classic --server {last} --id 5550000005 --line {line}\n{}",
        how_to_look(network, &program)
    )
}

/// Servers of a classic line know no ways.
fn how_to_look(network: &Network, program: &str) -> String {
    let data = network.data(1);
    match network.shape {
        Shape::Classic => String::new(),
        _ => format!(
            "\nHow server 1 sees the network, and where a text to somebody would go:\n\n  \
             {program} routes --data {}\n  {program} trace 5550000005 --data {}\n",
            data.display(),
            data.display()
        ),
    }
}
