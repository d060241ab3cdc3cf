//! `postrider contacts`.

use super::{Whose, number};
use crate::log::say;
use clap::Subcommand;
use postrider_client::{Contact, Profile, Stamp, Standing, shown};
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

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut profile = args.whose.open()?;
    match args.what {
        None => return show(&args.whose, &profile),
        Some(What::Name { number, name }) => profile.set_name(number, name.as_deref())?,
        Some(What::Block { number }) => profile.set_standing(number, Standing::Blocked)?,
        Some(What::Accept { number }) => profile.set_standing(number, Standing::Accepted)?,
        Some(What::AcceptKey { number }) => {
            let contact = profile.history().contact(number)?;
            let Some(key) = contact.new_key else {
                anyhow::bail!("the key of {number} has not changed");
            };
            profile.accept_key(number, key, Stamp::now())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn show(whose: &Whose, profile: &Profile) -> anyhow::Result<ExitCode> {
    for contact in profile.history().contacts()? {
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
    let changed = if contact.new_key.is_some() { "  THE KEY HAS CHANGED" } else { "" };
    let key = contact.key.map(|key| key.to_string()).unwrap_or_default();
    format!("{}  {:<8}  {key:.16}  {name}{changed}", contact.number, standing(contact))
}

fn as_json(contact: &Contact) -> serde_json::Value {
    serde_json::json!({
        "number": contact.number.to_string(),
        "name": contact.name,
        "key": contact.key.map(|key| key.to_string()),
        "new_key": contact.new_key.map(|key| key.to_string()),
        "standing": standing(contact),
    })
}
