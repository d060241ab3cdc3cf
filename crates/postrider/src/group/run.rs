//! `postrider group run`.

use crate::log::say;
use crate::own::Whose;
use crate::profile::{Door, Happened, explain, happens, line, wait_for, warn};
use postrider_client::group::{Group, Left, Rules};
use postrider_client::{Client, ClientError, Event, Profile, Stamp};
use std::process::ExitCode;
use std::sync::mpsc::Receiver;
use std::time::Instant;

pub(super) fn run(whose: &Whose, rules: Rules) -> anyhow::Result<ExitCode> {
    let profile = whose.open()?;
    let group = Group::open(&profile, rules).map_err(explain)?;
    let client = Client::start(profile)?;
    let happens = happens(&client)?;
    let _door = Door::open(&whose.folder()?, &client, || {})
        .inspect_err(|why| tracing::warn!("other programs cannot use the profile: {why}"));
    let ended = serve(&client, group, &happens);
    // A client that has ended by itself has said why.
    let stopped = wait_for(client.stop())?;
    ended?;
    drop(stopped?);
    Ok(ExitCode::SUCCESS)
}

/// Handles what has come, and then what comes, until it is interrupted.
fn serve(client: &Client, mut group: Group, happens: &Receiver<Happened>) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut is_new = true;
    loop {
        if std::mem::take(&mut is_new) {
            let left;
            (group, left) = handle(client, group, began)?;
            is_new = left == Left::More;
        }
        // What has happened meanwhile is handled together.
        let first = if is_new { None } else { Some(happens.recv()?) };
        for happened in first.into_iter().chain(happens.try_iter()) {
            match happened {
                Happened::Told(Event::Received(_) | Event::Changed(_) | Event::Missed) => {
                    is_new = true;
                }
                Happened::Told(Event::Attached { server, .. }) => {
                    let at = line(&server.to_string());
                    say(format_args!("the group {} is attached to {at}", client.number()));
                }
                Happened::Told(Event::Ended(why)) => {
                    anyhow::bail!(why.unwrap_or_else(|| "the client has ended".to_owned()))
                }
                Happened::Told(event) => warn(&event),
                Happened::Interrupted => return Ok(()),
            }
        }
    }
}

fn handle(client: &Client, mut group: Group, began: Instant) -> anyhow::Result<(Group, Left)> {
    let job = move |profile: &mut Profile| {
        let left = group.handle(profile, Stamp::now(), began.elapsed());
        (group, left)
    };
    let (group, left) = wait_for(client.with_profile(job))??;
    Ok((group, left.map_err(ClientError::from)?))
}
