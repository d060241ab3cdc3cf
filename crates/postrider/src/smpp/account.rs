//! `postrider smpp account`.

use crate::keys::record;
use crate::log::say;
use crate::look::Where;
use anyhow::{Context, ensure};
use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use ipnet::IpNet;
use postrider_client::Profile;
use postrider_proto::Number;
use postrider_smpp::coding::Charset;
use postrider_smpp::numbers::Rule;
use postrider_smpp::parts::Long;
use postrider_smpp::{Account as Kept, Accounts, folder_of};
use serde_json::{Value, json};
use std::fs::DirBuilder;
use std::io::{BufRead, IsTerminal, stdin};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum Account {
    /// Make an account, and its numbers' keys; a password that is made is shown once
    Add(Box<Add>),
    /// All accounts, without their passwords
    List {
        #[command(flatten)]
        at: Where,
    },
    /// Give an account another password; clients that are bound stay so
    Password {
        #[command(flatten)]
        at: Where,
        /// What it is called
        #[arg(value_name = "SYSTEM_ID")]
        system_id: String,
        /// Read the password from a line of standard input [default: make one]
        #[arg(long)]
        stdin: bool,
    },
    /// Take an account away: its clients are unbound. The keys and texts of its numbers are kept
    Remove {
        #[command(flatten)]
        at: Where,
        /// What it is called
        #[arg(value_name = "SYSTEM_ID")]
        system_id: String,
    },
}

#[derive(clap::Args)]
pub(super) struct Add {
    #[command(flatten)]
    at: Where,
    /// What it is called: up to 15 letters, digits and signs
    #[arg(value_name = "SYSTEM_ID")]
    system_id: String,
    /// Its numbers, or blocks of ten such as 555000000x; the first is the sender where a client
    /// says none
    #[arg(long, value_name = "NUMBER,…", value_delimiter = ',', required = true)]
    number: Vec<String>,
    /// Read the password from a line of standard input [default: make one]
    #[arg(long)]
    stdin: bool,
    /// Networks, beside loopback, from which it may bind, such as 192.168.7.0/24
    #[arg(long, value_name = "NET,…", value_delimiter = ',')]
    network: Vec<IpNet>,
    /// What addresses that begin so mean, such as +49=0 or 100=5550000100; the first that fits
    /// counts
    #[arg(long, value_name = "BEGINS=MEANS", value_delimiter = ',')]
    rule: Vec<Rule>,
    /// Texts that it may send in a second; 0: as many as it can
    #[arg(long, value_name = "N", default_value_t = 0)]
    rate: u32,
    /// Commands of a bind that may be unanswered
    #[arg(long, value_name = "N", default_value_t = postrider_smpp::limits::WINDOW,
          value_parser = clap::value_parser!(u32).range(1..=4_096))]
    window: u32,
    /// Binds at once
    #[arg(long, value_name = "N", default_value_t = postrider_smpp::limits::BINDS,
          value_parser = clap::value_parser!(u32).range(1..=1_024))]
    binds: u32,
    /// What data_coding 0 is for it
    #[arg(long, value_name = "gsm|latin1", default_value = "gsm", value_parser = charsets())]
    charset: Charset,
    /// How it is handed long texts: in parts with a header, in parts with fields, or whole
    #[arg(long, value_name = "udh|sar|payload", default_value = "udh", value_parser = longs())]
    long: Long,
    /// Send bytes that are no characters as hexadecimal digits, instead of refusing them
    #[arg(long)]
    binary: bool,
}

fn charsets() -> impl TypedValueParser<Value = Charset> {
    let all = [Charset::Gsm, Charset::Latin1];
    PossibleValuesParser::new(all.map(Charset::name))
        .try_map(move |name| all.into_iter().find(|one| one.name() == name).ok_or("no charset"))
}

fn longs() -> impl TypedValueParser<Value = Long> {
    let all = [Long::Udh, Long::Sar, Long::Payload];
    PossibleValuesParser::new(all.map(Long::name))
        .try_map(move |name| all.into_iter().find(|one| one.name() == name).ok_or("no way"))
}

pub(super) fn run(account: &Account) -> anyhow::Result<ExitCode> {
    match account {
        Account::Add(new) => add(new)?,
        Account::List { at } => {
            for account in &*Accounts::in_folder(&at.folder()?).all()? {
                match at.json() {
                    true => say(as_json(account)),
                    false => say(line_of(account)),
                }
            }
        }
        Account::Password { at, system_id, stdin } => {
            let data = at.folder()?;
            let (password, is_made) = password(*stdin)?;
            let is_there = Accounts::in_folder(&data).set_password(system_id, &password)?;
            ensure!(is_there, "{}", no_account(system_id));
            record(&data, "changed an SMPP password", json!({ "system_id": system_id }));
            show_password(at, system_id, &password, is_made);
        }
        Account::Remove { at, system_id } => {
            let data = at.folder()?;
            let was_there = Accounts::in_folder(&data).remove(system_id)?;
            ensure!(was_there, "{}", no_account(system_id));
            record(&data, "removed an SMPP account", json!({ "system_id": system_id }));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn no_account(system_id: &str) -> String {
    format!("there is no account {system_id:?}: `postrider smpp account list` shows all")
}

fn add(new: &Add) -> anyhow::Result<()> {
    let data = new.at.folder()?;
    ensure!(
        data.is_dir(),
        "there is no data folder {}: the server makes it when it is started first",
        data.display()
    );
    let (password, is_made) = password(new.stdin)?;
    let mut account = Kept::new(&new.system_id, &password)?;
    account.networks.clone_from(&new.network);
    account.numbers = numbers(&new.number)?;
    account.rules.clone_from(&new.rule);
    (account.rate, account.window, account.binds) = (new.rate, new.window, new.binds);
    (account.charset, account.long, account.binary) = (new.charset, new.long, new.binary);
    for number in &account.numbers {
        make_profile(&data, *number)?;
    }
    let told = as_json(&account);
    Accounts::in_folder(&data).add(account)?;
    record(&data, "made an SMPP account", told);
    show_password(&new.at, &new.system_id, &password, is_made);
    Ok(())
}

/// The number's keys, unless they are there from an account before.
fn make_profile(data: &Path, number: Number) -> anyhow::Result<()> {
    let folder = folder_of(data, number);
    let about = || format!("the number {number}");
    if Profile::number_in(&folder).with_context(about)?.is_some() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    }
    Profile::create(&folder, number).with_context(about).map(drop)
}

/// A block of ten has an `x` for its last digit.
fn numbers(written: &[String]) -> anyhow::Result<Vec<Number>> {
    let mut all = Vec::new();
    for one in written {
        let parse = |digits: &str| digits.parse::<Number>().with_context(|| format!("{one:?}"));
        match one.strip_suffix('x') {
            Some(begins) => {
                for last in 0..10 {
                    all.push(parse(&format!("{begins}{last}"))?);
                }
            }
            None => all.push(parse(one)?),
        }
    }
    Ok(all)
}

/// The password, and whether it was made here.
fn password(from_stdin: bool) -> anyhow::Result<(String, bool)> {
    if !from_stdin {
        return Ok((postrider_smpp::new_password()?, true));
    }
    ensure!(!stdin().is_terminal(), "--stdin: the password comes from another program, or a file");
    let mut line = String::new();
    stdin().lock().read_line(&mut line)?;
    Ok((line.trim_end_matches(['\r', '\n']).to_owned(), false))
}

fn show_password(at: &Where, system_id: &str, password: &str, is_made: bool) {
    match (at.json(), is_made) {
        (true, true) => say(json!({ "system_id": system_id, "password": password })),
        (true, false) => say(json!({ "system_id": system_id })),
        (false, true) => {
            say(format_args!("the password of {system_id}, which is shown only now: {password}"));
        }
        (false, false) => {}
    }
}

fn as_json(account: &Kept) -> Value {
    let numbers: Vec<String> = account.numbers.iter().map(Number::to_string).collect();
    let rules: Vec<String> = account.rules.iter().cloned().map(String::from).collect();
    json!({
        "system_id": account.system_id, "numbers": numbers, "networks": account.networks,
        "rules": rules, "rate": account.rate, "window": account.window, "binds": account.binds,
        "charset": account.charset.name(), "long": account.long.name(), "binary": account.binary,
    })
}

fn line_of(account: &Kept) -> String {
    let numbers: Vec<String> = account.numbers.iter().map(Number::to_string).collect();
    let networks: Vec<String> = account.networks.iter().map(IpNet::to_string).collect();
    let from = match networks.as_slice() {
        [] => "loopback".to_owned(),
        networks => networks.join(","),
    };
    let rate = match account.rate {
        0 => "any rate".to_owned(),
        rate => format!("{rate} texts a second"),
    };
    format!("{}  {}  from {from}  {rate}", account.system_id, numbers.join(","))
}
