//! What is told to a hook, and when.

use super::call::{Call, Reach};
use super::store::Kept;
use crate::applications::Running;
use crate::limits::{HOOK_AGAIN, PAGE_MAX};
use crate::words::Text;
use postrider_client::{
    Client, Entry, EntryId, Event, Events, History, ProfileError, Stamp, State, Way, phrases,
};
use serde::Serialize;
use std::collections::BTreeSet;
use std::time::Duration;

/// A text whose parts have not all come, or whose sender is being asked for, is waited for so
/// long, and told as it is then.
const WHOLE_WITHIN: Duration = Duration::from_secs(60);

/// How long nothing is waited for but events.
const LONG: Duration = Duration::from_secs(3_600);

/// What is sent.
#[derive(Serialize)]
struct Told<'a> {
    kind: &'a str,
    number: String,
    text: Text,
}

/// What is to be told next.
enum Next {
    Received(Entry),
    Changed(Entry, &'static str),
    /// Nothing, before this has passed.
    Wait(Duration),
}

/// The texts that were sent and of which something else may be known.
enum Changed {
    All,
    Some(BTreeSet<EntryId>),
}

enum Happened {
    Received,
    Changed(EntryId),
    Missed,
}

enum Step {
    Told,
    Wait(Duration),
}

impl Changed {
    fn add(&mut self, happened: Happened) {
        match (happened, &mut *self) {
            (Happened::Changed(id), Changed::Some(some)) => drop(some.insert(id)),
            (Happened::Missed, _) => *self = Changed::All,
            _ => {}
        }
    }
}

/// Tells an application's hook what happens, as long as the client runs.
pub(crate) async fn tend(running: Running, reach: Reach) {
    let mut events = running.client.events();
    let mut changed = Changed::All;
    let mut again = HOOK_AGAIN.0;
    loop {
        match one(&running, &reach, &mut changed).await {
            Ok(Step::Told) => again = HOOK_AGAIN.0,
            Ok(Step::Wait(wait)) => tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = running.hook.notified() => changed = Changed::All,
                happened = happens(&mut events) => match happened {
                    Some(happened) => changed.add(happened),
                    None => return,
                },
            },
            Err(why) => {
                tracing::warn!(number = %running.client.number(), %why, "a hook was not told");
                running.set_trouble(Some(why));
                // Only time helps, or another hook. Events that are missed meanwhile are told
                // of as missed.
                tokio::select! {
                    () = tokio::time::sleep(again) => again = (again * 2).min(HOOK_AGAIN.1),
                    () = running.hook.notified() => changed = Changed::All,
                }
            }
        }
    }
}

/// None once the client has ended.
async fn happens(events: &mut Events) -> Option<Happened> {
    loop {
        return Some(match events.next().await? {
            Event::Received(_) => Happened::Received,
            Event::Changed(entry) => Happened::Changed(entry.id),
            Event::Missed => Happened::Missed,
            Event::Ended(_) => return None,
            _ => continue,
        });
    }
}

/// Tells one thing, if there is one.
async fn one(running: &Running, reach: &Reach, changed: &mut Changed) -> Result<Step, String> {
    let failed = |why: rusqlite::Error| why.to_string();
    let Some(hook) = running.store(|store| store.hook()).map_err(failed)? else {
        return Ok(Step::Wait(LONG));
    };
    match next(running, &hook, changed).await? {
        Next::Received(entry) => {
            let id = format!("{}-received-{}", running.client.number(), entry.id.0);
            tell(running, reach, &hook, ("received", id), &entry).await?;
            running.store(|store| store.told_received(entry.id)).map_err(failed)?;
        }
        Next::Changed(entry, state) => {
            let id = format!("{}-{state}-{}", running.client.number(), entry.id.0);
            tell(running, reach, &hook, ("changed", id), &entry).await?;
            running.store(|store| store.told_state(entry.id, state)).map_err(failed)?;
        }
        Next::Wait(wait) => return Ok(Step::Wait(wait)),
    }
    Ok(Step::Told)
}

async fn tell(
    running: &Running,
    reach: &Reach,
    hook: &Kept,
    (kind, id): (&str, String),
    entry: &Entry,
) -> Result<(), String> {
    let number = running.client.number().to_string();
    let told = Told { kind, number, text: Text::of(entry) };
    let body = serde_json::to_vec(&told).map_err(|why| why.to_string())?;
    let at_s = Stamp::now().0 / 1_000;
    let call = Call { id, at_s, body, secret: &hook.secret };
    reach.call(&hook.address, call).await?;
    running.set_trouble(None);
    Ok(())
}

/// Texts that came go first, in their order; then what became of those that were sent.
async fn next(running: &Running, hook: &Kept, changed: &mut Changed) -> Result<Next, String> {
    let after = hook.received;
    let came = read(&running.client, move |history| history.received(after, 1)).await?;
    if let Some(entry) = came.into_iter().next() {
        let waited = Stamp::now().since(entry.at);
        return Ok(match entry.is_whole() || waited >= WHOLE_WITHIN {
            true => Next::Received(entry),
            false => Next::Wait(WHOLE_WITHIN.saturating_sub(waited)),
        });
    }
    if matches!(changed, Changed::All) {
        *changed = Changed::Some(all_sent(running, hook.since).await?);
    }
    let Changed::Some(some) = changed else { return Ok(Next::Wait(LONG)) };
    while let Some(id) = some.first().copied() {
        if id > hook.since
            && let Some((entry, state)) = news(running, id).await?
        {
            return Ok(Next::Changed(entry, state));
        }
        some.remove(&id);
    }
    Ok(Next::Wait(LONG))
}

/// A text and its state, if that was not told.
async fn news(running: &Running, id: EntryId) -> Result<Option<(Entry, &'static str)>, String> {
    let entry = read(&running.client, move |history| history.entry(id)).await?;
    let Some(entry) = entry else { return Ok(None) };
    let Way::Sent(state) = &entry.way else { return Ok(None) };
    // That it waits its program knows, and where it is on its way it asks for.
    if matches!(state, State::Waiting | State::Traced { .. }) {
        return Ok(None);
    }
    let state = phrases::state_name(state);
    let told = running.store(|store| store.told(id)).map_err(|why| why.to_string())?;
    Ok((told.as_deref() != Some(state)).then_some((entry, state)))
}

/// All that were sent since the hook was set: after a start, or after events were missed.
async fn all_sent(running: &Running, since: EntryId) -> Result<BTreeSet<EntryId>, String> {
    let (mut all, mut after) = (BTreeSet::new(), since);
    loop {
        let page = read(&running.client, move |history| history.sent(after, PAGE_MAX)).await?;
        let Some(last) = page.last() else { return Ok(all) };
        after = *last;
        all.extend(page);
    }
}

async fn read<R: Send + 'static>(
    client: &Client,
    read: impl FnOnce(&History) -> Result<R, ProfileError> + Send + 'static,
) -> Result<R, String> {
    let read = client.look(move |profile| read(profile.history())).await;
    read.map_err(|why| why.to_string())?.map_err(|why| why.to_string())
}
