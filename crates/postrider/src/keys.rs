//! `postrider keys`: who may ask a server over HTTP.

use crate::log::say;
use crate::look::Where;
use crate::profile::random_number;
use anyhow::{Context, ensure};
use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use nix::unistd::geteuid;
use postrider_api::{Key, Keys, Scope, folder_of};
use postrider_client::Profile;
use postrider_proto::Number;
use postrider_server::{Act, Audit};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// Keys by which programs ask a server over HTTP, and applications with numbers.
///
/// An application is a program with a number of its own, whose texts are signed and sealed like
/// those of people. Its keys send and read its texts; a key without an application looks into
/// the network or reads metrics. A running server takes keys, new or removed, at once:
///
///   postrider keys add --data ./camp1 --application pumps
///   postrider keys add --data ./camp1 --good-for network
///   curl -H "Authorization: Bearer KEY" camp1.local:10410/v1/number
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Make a key, and its application if there is none of that name; the key is shown once
    Add {
        #[command(flatten)]
        at: Where,
        /// Whose it is: a name of letters, digits and hyphens
        #[arg(long, value_name = "NAME")]
        application: Option<String>,
        /// The number of an application that is made [default: one at random]
        #[arg(long, value_name = "NUMBER", requires = "application")]
        number: Option<Number>,
        /// What it is good for: to send, read, contacts and hooks of its application, to look into
        /// the network, to read metrics [default: all of its application]
        #[arg(long, value_name = "SCOPE,…", value_delimiter = ',', value_parser = scope_names())]
        good_for: Vec<Scope>,
        /// Days after which it is no longer good [default: it is until it is removed]
        #[arg(long, value_name = "DAYS")]
        days: Option<u32>,
    },
    /// All keys, without their secret parts
    List {
        #[command(flatten)]
        at: Where,
    },
    /// Take a key back: nobody gets in by it any more. Its application is kept
    Remove {
        #[command(flatten)]
        at: Where,
        /// The key's id, as `list` shows it
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// Characters of an application's name.
const NAME_MAX: usize = 32;

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.what {
        What::Add { at, application, number, good_for, days } => {
            let data = at.folder()?;
            let scopes = scopes(application.as_deref(), good_for)?;
            let number = match application {
                Some(name) => Some(application_number(&data, name, *number)?),
                None => None,
            };
            let good_for = days.map(|days| Duration::from_secs(u64::from(days) * 86_400));
            let (key, secret) =
                Keys::in_folder(&data).add(application.as_deref(), scopes, good_for)?;
            record(&data, "made a key", as_json(&key));
            match at.json() {
                true => {
                    let mut made = as_json(&key);
                    made["key"] = secret.0.into();
                    made["number"] = number.map(|number| number.to_string()).into();
                    say(made);
                }
                false => {
                    if let (Some(name), Some(number)) = (application, number) {
                        say(format_args!("the number of {name}: {number}"));
                    }
                    say(format_args!("the key, which is shown only now: {}", secret.0));
                }
            }
        }
        What::List { at } => {
            for key in &*Keys::in_folder(&at.folder()?).all()? {
                match at.json() {
                    true => say(as_json(key)),
                    false => say(line_of(key)),
                }
            }
        }
        What::Remove { at, id } => {
            let data = at.folder()?;
            let was_there = Keys::in_folder(&data).remove(id)?;
            ensure!(was_there, "there is no key {id:?}: `postrider keys list` shows all");
            record(&data, "removed a key", json!({ "id": id }));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// In the log of what operators do, beside what the server writes there.
pub(crate) fn record(data: &Path, what: &'static str, details: Value) {
    Audit::of(data).record(Some(geteuid().as_raw()), &Act::new(what, details));
}

fn scope_names() -> impl TypedValueParser<Value = Scope> {
    PossibleValuesParser::new(Scope::ALL.map(Scope::name))
        .try_map(|name| Scope::of(&name).ok_or("no scope"))
}

fn scopes(application: Option<&str>, good_for: &[Scope]) -> anyhow::Result<BTreeSet<Scope>> {
    let scopes: BTreeSet<Scope> = match (application, good_for) {
        (Some(_), []) => Scope::OF_APPLICATIONS.into(),
        (None, []) => anyhow::bail!(
            "what is the key good for? name an application, or `--good-for network` or `metrics`"
        ),
        (_, named) => named.iter().copied().collect(),
    };
    let of_application = scopes.iter().find(|scope| Scope::OF_APPLICATIONS.contains(scope));
    if let (None, Some(scope)) = (application, of_application) {
        anyhow::bail!("{} is something of an application: name one", scope.name());
    }
    Ok(scopes)
}

/// The number of an application, which is made if it is not there.
fn application_number(data: &Path, name: &str, number: Option<Number>) -> anyhow::Result<Number> {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || character == '-';
    ensure!(
        (1..=NAME_MAX).contains(&name.len()) && name.chars().all(is_plain),
        "{name:?}: an application's name has 1 to {NAME_MAX} letters, digits and hyphens"
    );
    ensure!(
        data.is_dir(),
        "there is no data folder {}: the server makes it when it is started first",
        data.display()
    );
    let folder = folder_of(data, name);
    if let Some(there) =
        Profile::number_in(&folder).with_context(|| format!("the application {name}"))?
    {
        ensure!(
            number.is_none_or(|number| number == there),
            "{name} has the number {there} already; nothing was changed"
        );
        return Ok(there);
    }
    if let Some(parent) = folder.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    }
    let number = number.unwrap_or_else(random_number);
    let made = Profile::create(&folder, number);
    Ok(made.with_context(|| format!("the application {name}"))?.number())
}

fn as_json(key: &Key) -> Value {
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.name()).collect();
    json!({
        "id": key.id, "application": key.application, "good_for": scopes,
        "made_s": key.made_s, "until_s": key.until_s,
    })
}

fn line_of(key: &Key) -> String {
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.name()).collect();
    let whose = key.application.as_deref().unwrap_or("-");
    let until = key.until_s.and_then(|until| jiff::Timestamp::from_second(until as i64).ok());
    let until = until.map(|until| format!("  until {until}")).unwrap_or_default();
    format!("{}  {whose}  {}{until}", key.id, scopes.join(","))
}
