//! `postrider demo`: five servers in a line on this machine, ready to text through.

mod network;
mod partner;
mod picture;
mod screen;
mod script;
mod shape;

use crate::chat::Left;
use crate::classic;
use crate::log::{self, Format, say};
use crate::page;
use anyhow::Context;
use network::Network;
use postrider_api::Keys;
use shape::Shape;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::{IsTerminal, stdin, stdout};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// How long the key to the network is good.
const KEY_GOOD_FOR: Duration = Duration::from_secs(86_400);

/// Five servers in a line on this machine, ready to text through.
///
/// Or as many as you like, joined as you like. Starts them, says how to attach classic clients
/// from other terminals, and opens `chat` in this terminal, at the first server, with somebody
/// at the other end who answers. F9 there, or --classic, is the classic client, which is also
/// what a pipe gets. Ends with that client, or with Ctrl-C where there is none. What the
/// servers accepted stays in the folder that it names;
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
    /// Attach the classic client in this terminal, and not `chat`
    #[arg(long, conflicts_with_all = ["script", "no_client"])]
    classic: bool,
    /// The folder for the servers' data [default: a fresh one for temporary files]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The first server's port; the others follow. Free ones are taken if any is in use
    #[arg(long, value_name = "PORT", default_value_t = 10411)]
    port: u16,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let folder = match &args.data {
        Some(folder) => folder.clone(),
        None => tempfile::Builder::new().prefix("postrider-demo-").tempdir()?.keep(),
    };
    let has_chat = args.has_chat();
    match has_chat {
        true => {
            std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
            log::begin_in(&folder.join("log"), "warn")?;
        }
        false => log::begin("warn", Format::Text)?,
    }
    let mut network = Network::start(&folder, args.port, args.shape, args.servers, args.seed)?;
    say(picture::of(args.shape, &network.addresses(), &network.links));
    say(format_args!("Their data is in {}\n", folder.display()));
    if args.shape != Shape::Classic {
        say(in_a_browser(&network)?);
    }
    let ended = if args.script {
        script::play(&mut network)
    } else if args.no_client || !has_input() {
        wait_for_the_end(&network)
    } else if has_chat {
        chat_here(&network, &folder)
    } else {
        say(how_to_attach(&network));
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

impl Args {
    /// Whether the screen can be had here. A line of classic servers has no place for numbers
    /// with keys.
    fn has_chat(&self) -> bool {
        let is_asked_for = !(self.script || self.no_client || self.classic);
        let has_terminal = stdin().is_terminal() && stdout().is_terminal();
        is_asked_for && has_terminal && self.shape != Shape::Classic
    }
}

fn chat_here(network: &Network, folder: &Path) -> anyhow::Result<ExitCode> {
    say(how_to_attach(network));
    say("In this terminal is a screen to text from. Quitting it ends the demo.\n");
    match screen::open(network, folder)? {
        Left::Quit => Ok(ExitCode::SUCCESS),
        Left::Classic => attach_here(network),
    }
}

fn attach_here(network: &Network) -> anyhow::Result<ExitCode> {
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

/// The pages of both ends, and the network's.
fn in_a_browser(network: &Network) -> anyhow::Result<String> {
    let page = |index: usize| network.page(index).context("a server without a page");
    let (first, last) = (page(1)?, page(network.count())?);
    let data = network.data(1);
    let keys = Keys::in_folder(&data);
    for old in keys.all()?.iter().filter(|key| key.application.is_none()) {
        keys.remove(&old.id)?;
    }
    let key = page::new_key(&data, Some(KEY_GOOD_FOR))?;
    Ok(format!(
        "To text from a browser: {first} and {last}\n\
         To see the network:     {first}/network\n\
         with this key, good for a day:\n  {key}\n"
    ))
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
