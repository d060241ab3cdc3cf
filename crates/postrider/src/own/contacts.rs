//! `postrider contacts`.

use super::{Whose, number};
use crate::log::say;
use crate::profile::Change;
use crate::profile::Clock;
use clap::Subcommand;
use postrider_client::{Contact, Standing, shown};
use postrider_proto::Number;
use std::process::ExitCode;

/// The people that you know by name.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    whose: Whose,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// Call a number by a name; without one, by its digits again
    #[command(visible_alias = "add")]
    Name {
        /// Ten digits
        #[arg(value_parser = number)]
        number: Number,
        /// The name
        name: Option<String>,
    },
    /// Hear nothing of a number any more
    Block {
        /// Ten digits
        #[arg(value_parser = number)]
        number: Number,
    },
    /// Somebody who is known, and no request any more
    Accept {
        /// Ten digits
        #[arg(value_parser = number)]
        number: Number,
    },
    /// Believe the key that a number has now, after it has changed
    AcceptKey {
        /// Ten digits
        #[arg(value_parser = number)]
        number: Number,
    },
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let standing = |number: &Number, is_blocked| {
        args.whose.change(Change::Standing { number: number.to_string(), is_blocked })
    };
    match &args.what {
        None => show(&args.whose),
        Some(What::Name { number, name }) => {
            args.whose.change(Change::Name { number: number.to_string(), name: name.clone() })
        }
        Some(What::Block { number }) => standing(number, true),
        Some(What::Accept { number }) => standing(number, false),
        Some(What::AcceptKey { number }) => {
            let contact = args.whose.history()?.contact(*number)?;
            let Some(key) = contact.new_key else {
                anyhow::bail!("the key of {number} has not changed");
            };
            args.whose.change(Change::Key { number: number.to_string(), key: key.0 })
        }
    }
}

fn show(whose: &Whose) -> anyhow::Result<ExitCode> {
    for contact in whose.history()?.contacts()? {
        match whose.json {
            true => say(as_json(&contact)),
            false => say(line(&contact)),
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn standing(contact: &Contact) -> &'static str {
    match contact.standing {
        Standing::New => "new",
        Standing::Accepted => "accepted",
        Standing::Blocked => "blocked",
    }
}

fn line(contact: &Contact) -> String {
    let name = contact.name.as_deref().map(shown).unwrap_or_default();
    let changed = match (contact.new_key, contact.changed) {
        (Some(_), _) => "  THE KEY HAS CHANGED".to_owned(),
        (None, Some(at)) => {
            format!("  key changed by its owner, {}", Clock::here().time(at))
        }
        (None, None) => String::new(),
    };
    let key = contact.key.map(|key| key.to_string()).unwrap_or_default();
    format!("{}  {:<8}  {key:.16}  {name}{changed}", contact.number, standing(contact))
}

fn as_json(contact: &Contact) -> serde_json::Value {
    serde_json::json!({
        "number": contact.number.to_string(),
        "name": contact.name,
        "key": contact.key.map(|key| key.to_string()),
        "first_key": contact.first_key.map(|key| key.to_string()),
        "changed_ms": contact.changed.map(|at| at.0),
        "new_key": contact.new_key.map(|key| key.to_string()),
        "standing": standing(contact),
    })
}
