//! postrider: text messaging over UDP by a network of small store-and-forward servers.

mod bench;
mod chat;
mod check;
mod classic;
mod config;
mod demo;
mod doctor;
mod group;
mod keygen;
mod keys;
mod lab;
mod log;
mod look;
mod manual;
mod own;
mod page;
mod profile;
mod serve;
mod smpp;
mod watchdog;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::process::ExitCode;

/// Text messaging over UDP by a network of small store-and-forward servers.
///
/// Start with `postrider demo`: five servers in a line on this machine, and somebody at the
/// other end to text with.
#[derive(Parser)]
#[command(name = "postrider", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Five servers in a line on this machine, ready to text through
    Demo(demo::Args),
    /// Run a server, in the foreground
    Serve(serve::Args),
    /// Text in a terminal, full-screen
    Chat(chat::Args),
    /// Attach to a server of a classic line and text from the keyboard
    Classic(classic::Args),
    /// Run simulated networks with loss, delay and crashes, from a seed
    Lab(lab::Args),
    /// Measure the program on this machine
    Bench(bench::Args),
    #[command(flatten)]
    Own(own::Own),
    /// A number that hands what its members text to all of them, and calls the roll
    Group(group::Args),
    #[command(flatten)]
    Look(look::Look),
    #[command(subcommand)]
    Config(config::Config),
    /// Find the usual faults of a server and its machine, and say what to do
    Doctor(doctor::Args),
    /// Make a server's key, or show the public part of one
    Keygen(keygen::Args),
    /// Keys by which programs ask a server over HTTP, and applications with numbers
    Keys(keys::Args),
    /// SMPP: programs that can send an SMS send it over this network
    Smpp(smpp::Args),
    /// Verify a data folder that no server has open
    Check(check::Args),
    /// Write a manual page for each command into a folder
    Manual(manual::ManualArgs),
    /// Print completions for a shell
    Completions(manual::CompletionsArgs),
}

fn main() -> ExitCode {
    let matches = Cli::command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let done = match cli.command {
        Command::Demo(args) => demo::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Chat(args) => chat::run(&args),
        Command::Classic(args) => classic::run(args),
        Command::Lab(args) => lab::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Own(own) => own::run(own),
        Command::Group(args) => group::run(args),
        Command::Look(look) => look::run(look),
        Command::Config(config) => config::run(&config, &matches, &Cli::command()),
        Command::Doctor(args) => doctor::run(&args),
        Command::Keygen(args) => keygen::run(&args),
        Command::Keys(args) => keys::run(&args),
        Command::Smpp(args) => smpp::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Manual(args) => manual::write_pages(&args, Cli::command()),
        Command::Completions(args) => manual::print_completions(&args, Cli::command()),
    };
    done.unwrap_or_else(|error| {
        log::say_error(&error);
        ExitCode::FAILURE
    })
}
