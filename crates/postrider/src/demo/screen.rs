//! The demo's number for this terminal: at the first server, with somebody at the other end who
//! answers.

use super::network::Network;
use super::partner::Partner;
use super::shape::farthest;
use crate::chat::{Left, Manner, on_screen};
use crate::log::say;
use anyhow::Context;
use postrider_client::{Client, Event, Events, Profile, ProfileError, Server, Standing};
use postrider_proto::Number;
use std::path::Path;
use std::time::Duration;

/// Who texts in this terminal.
const YOU: u64 = 5_550_000_002;
/// Who answers.
const RIDER: u64 = 5_550_000_004;

const PARTNERS_NAME: &str = "Rider";

/// How long the first server, and the first text, are waited for before the screen opens. What
/// comes later comes there.
const PATIENCE: Duration = Duration::from_secs(10);

/// Shows the screen until it is left.
pub(super) fn open(network: &Network, folder: &Path) -> anyhow::Result<Left> {
    let (you, rider) = (number(YOU)?, number(RIDER)?);
    let last = farthest(&network.links, network.count());
    let folder_of_you = folder.join("you");
    let mut profile = profile(&folder_of_you, you, network.server(1)?)?;
    profile.set_name(rider, Some(PARTNERS_NAME))?;
    profile.set_standing(rider, Standing::Accepted)?;
    let client = Client::start(profile)?;
    let mut events = client.events();
    until(&mut events, |event| matches!(event, Event::Attached { .. }))?;
    let profile = self::profile(&folder.join("rider"), rider, network.server(last)?)?;
    let partner = Partner::start(profile, you, last, network)?;
    if client.history()?.conversations()?.is_empty() {
        until(&mut events, |event| matches!(event, Event::Received(_) | Event::Missed))?;
    }
    let manner = Manner { tells_read: true, takes_mouse: true, has_classic: true };
    let left = on_screen(client, &folder_of_you, manner).context("the screen");
    if matches!(left, Ok(Left::Classic)) {
        // Whoever texts from the classic client is answered as well.
        say(format_args!("{PARTNERS_NAME}, who answers, is {rider} at server {last}.\n"));
        partner.goes_on();
    } else {
        partner.stop()?;
    }
    left
}

fn number(value: u64) -> anyhow::Result<Number> {
    Number::from_value(value).context("a number")
}

/// The one that is there, or a new one.
fn profile(folder: &Path, number: Number, server: Server) -> anyhow::Result<Profile> {
    let mut profile = match Profile::open(folder) {
        Err(ProfileError::Missing { .. }) => Profile::create(folder, number)?,
        known => known?,
    };
    profile.set_servers(&[server])?;
    Ok(profile)
}

/// Waits for an event, not for ever.
fn until(events: &mut Events, is_it: impl Fn(&Event) -> bool) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let wait = async {
        while let Some(event) = events.next().await {
            if is_it(&event) {
                return;
            }
        }
    };
    let _ = runtime.block_on(async { tokio::time::timeout(PATIENCE, wait).await });
    Ok(())
}
