//! `postrider smpp simulate`.

use crate::log::{self, Format, say};
use postrider_smpp::simulate::{Scripted, Simulated, Simulation};
use std::net::SocketAddr;
use std::process::ExitCode;

/// A message centre without a network, for who tests a program that sends an SMS.
///
/// What becomes of a text follows from its destination. Unless something else is said, by the last
/// two digits: 01 expires, 02 is rejected, 03 is refused at once, 04 is throttled, 05 is never
/// answered, 06 is delivered and a text comes back; all others are delivered, within three seconds
/// that follow from the seed.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Where clients bind
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:2775")]
    listen: SocketAddr,
    /// Whatever is left to chance follows from it: the same seed tells the same story
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// What becomes of some destinations, as in 49*=expired:5 or *77=throttled; the first that
    /// fits counts. The seconds are those until its receipt
    #[arg(long, value_name = "DESTINATION=OUTCOME[:SECONDS]", value_delimiter = ',')]
    outcome: Vec<Scripted>,
    /// The only name and password that are let in [default: everybody is]
    #[arg(long, value_name = "SYSTEM_ID:PASSWORD")]
    account: Option<String>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    log::begin("info", Format::Text)?;
    let account = args.account.as_ref().map(|written| {
        let (name, password) = written.split_once(':').unwrap_or((written, ""));
        (name.to_owned(), password.to_owned())
    });
    let simulated = Simulated { seed: args.seed, outcomes: args.outcome.clone(), account };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime
        .block_on(async {
            let simulation = Simulation::bind(args.listen, simulated).await?;
            say(format_args!("a message centre is simulated at {}", simulation.address()?));
            Ok(simulation.run().await?)
        })
        .map(|()| ExitCode::SUCCESS)
}
