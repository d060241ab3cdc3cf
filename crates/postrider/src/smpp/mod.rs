//! `postrider smpp`: a server's message centre for programs that can send an SMS.

mod account;
mod gateway;
mod simulate;
mod status;

pub(crate) use gateway::Gateway;

use clap::Subcommand;
use std::process::ExitCode;

/// SMPP: programs that can send an SMS send it over this network
///
/// A server that is started with --smpp is a message centre: whatever speaks SMPP 3.4 binds there
/// with an account, sends texts from the account's numbers, and is handed texts and receipts.
/// A running server takes accounts, new or removed, at once:
///
///   postrider serve --smpp 127.0.0.1 …
///   postrider smpp account add pumps --data ./camp1 --number 5550000001
///   postrider smpp status --data ./camp1
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Accounts: names, passwords and numbers of programs that bind
    #[command(subcommand)]
    Account(account::Account),
    /// Who is bound to a running server, and what was done
    Status(status::Args),
    /// A message centre without a network, for who tests a program that sends an SMS
    Simulate(simulate::Args),
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.what {
        What::Account(account) => account::run(account),
        What::Status(args) => status::run(args),
        What::Simulate(args) => simulate::run(args),
    }
}
