//! What happens to a program that runs until it is interrupted.

use super::{line, refusal, what_happened};
use postrider_client::{Client, Event};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::sync::mpsc::{Receiver, sync_channel};

/// What has happened and was not looked at, at most. More waits at the client, which says if some
/// of it was lost.
const WAITING_MAX: usize = 64;

/// What happened.
pub(crate) enum Happened {
    Told(Event),
    Interrupted,
}

/// All that a client tells from now on, and a signal.
pub(crate) fn happens(client: &Client) -> anyhow::Result<Receiver<Happened>> {
    let (sender, happens) = sync_channel(WAITING_MAX);
    let (mut events, told) = (client.events(), sender.clone());
    std::thread::spawn(move || {
        while let Some(event) = events.blocking_next() {
            if told.send(Happened::Told(event)).is_err() {
                return;
            }
        }
    });
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
    std::thread::spawn(move || {
        if signals.forever().next().is_some() {
            let _ = sender.send(Happened::Interrupted);
        }
    });
    Ok(happens)
}

/// Logs what people should know of an event.
pub(crate) fn warn(event: &Event) {
    let what = match event {
        Event::Refused { server, why } => {
            Some(format!("refused by {}: {}", line(&server.to_string()), refusal(*why)))
        }
        event => what_happened(event),
    };
    if let Some(what) = what {
        tracing::warn!("{what}");
    }
}
