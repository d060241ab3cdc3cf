//! `postrider smpp status`.

use crate::look::{Where, figures, show, table, time};
use postrider_server::control::{Ask, SmppAccount, SmppAnswer};
use std::process::ExitCode;

/// Who is bound to a running server, and what was done.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    at: Where,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    show::<SmppAnswer>(&args.at, &Ask::Smpp, shown)
}

fn shown(answer: &SmppAnswer) -> String {
    let places: Vec<String> = [
        answer.plain.as_ref().map(|address| address.to_string()),
        answer.tls.as_ref().map(|address| format!("{address}, by TLS")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if places.is_empty() {
        return "this server does not speak SMPP: start it with --smpp, or `smpp.listen` in \
                postrider.toml\n"
            .to_owned();
    }
    let rows: Vec<Vec<String>> = answer.accounts.iter().map(row).collect();
    let heads = ["account", "numbers", "binds", "has", "refused"];
    let accounts = match rows.is_empty() {
        true => "no accounts: `postrider smpp account add` makes one\n".to_owned(),
        false => table(&heads, &rows),
    };
    let bound: String = answer.accounts.iter().map(bound).collect();
    format!("SMPP at {}\n{accounts}{bound}", places.join(" and "))
}

fn row(account: &SmppAccount) -> Vec<String> {
    let away = account.numbers.len() as u64 - account.attached.min(account.numbers.len() as u64);
    let away = if away > 0 { format!(" ({away} not attached)") } else { String::new() };
    vec![
        account.system_id.clone(),
        format!("{}{away}", account.numbers.join(",")),
        account.binds.to_string(),
        figures(&account.done),
        figures(&account.refused),
    ]
}

fn bound(account: &SmppAccount) -> String {
    let line = |bind: &postrider_server::control::SmppBind| {
        format!("{}: {} from {} for {}\n", account.system_id, bind.mode, bind.from, time(bind.up_s))
    };
    account.bound.iter().map(line).collect()
}
