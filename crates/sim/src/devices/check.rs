//! The checkers, one for each promise.
//!
//! ```text
//!   what a device tells           ┐
//!   its history when it comes back├─► Checkers ─► Violation
//!   the end: all histories        ┘
//! ```

mod end;

use super::bugs::Bug;
use super::device::{Device, life::broken};
use super::ledger::{Ledger, PROVEN, Text, rank};
use super::options::Options;
use super::report::{Broken, Promise, Verdict};
use crate::texts::id_of;
use postrider_client::{Entry, Event, History, State, Trust, Way};
use postrider_engine::Time;
use postrider_proto::Number;
use postrider_proto::native::ServerId;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Entries of a history that are looked at; more than any world has.
const PAGE: usize = 1_000;

/// All checkers of a world, and what they have seen.
pub(crate) struct Checkers {
    pub(crate) ledger: Ledger,
    pub(crate) bug: Option<Bug>,
    checks: Option<Promise>,
    /// Where the histories of each number's devices are.
    folders: BTreeMap<Number, BTreeMap<usize, PathBuf>>,
    /// Where each number was attached last, and those that were at more than one server.
    attached_at: BTreeMap<Number, ServerId>,
    has_moved: BTreeSet<Number>,
    /// Texts may be refused: some links are clear.
    has_clear_links: bool,
}

impl Checkers {
    pub(crate) fn new(options: &Options) -> Checkers {
        Checkers {
            ledger: Ledger::default(),
            bug: options.bug,
            checks: options.checks,
            folders: BTreeMap::new(),
            attached_at: BTreeMap::new(),
            has_moved: BTreeSet::new(),
            has_clear_links: options.clear > 0.0,
        }
    }

    /// What a checker says counts if it is asked for.
    pub(crate) fn judge(&self, verdict: Verdict) -> Verdict {
        match verdict {
            Err(Broken { promise, .. }) if self.checks.is_some_and(|only| only != promise) => {
                Ok(())
            }
            verdict => verdict,
        }
    }

    /// A device's folder, of its number.
    pub(crate) fn settles(&mut self, device: &Device) {
        let of_number = self.folders.entry(device.number).or_default();
        of_number.insert(device.index, device.folder.clone());
    }

    /// A device has told something.
    pub(crate) fn told(&mut self, device: &Device, event: &Event, now: Time) -> Verdict {
        match event {
            Event::Changed(entry) => self.changed(device, entry),
            Event::Attached { server, .. } => {
                let before = self.attached_at.insert(device.number, server.id);
                if before.is_some_and(|before| before != server.id) {
                    self.has_moved.insert(device.number);
                }
                Ok(())
            }
            Event::KeyChanged { number, .. } => self.judge(
                Promise::Signed
                    .broken(format!("{device} hears of another key of {number} at {now:?}")),
            ),
            _ => Ok(()),
        }
    }

    /// It comes on again: what is known of its texts leads no further back.
    pub(crate) fn look_at(&mut self, device: &Device) -> Verdict {
        self.look_at_those(device, |_| true)
    }

    /// The same of those of its texts.
    fn look_at_those(&mut self, device: &Device, are_they: impl Fn(&Text) -> bool) -> Verdict {
        let Some(profile) = device.profile() else { return Ok(()) };
        let mine = |text: &&Text| {
            (text.device, text.install) == (device.index, device.install)
                && !text.is_withdrawn
                && are_they(text)
        };
        let entries: Vec<_> = self.ledger.all.iter().filter(mine).map(|text| text.entry).collect();
        for id in entries {
            match profile.history().entry(id).map_err(|why| broken(device, &why))? {
                Some(entry) => self.changed(device, &entry)?,
                None => {
                    let what = format!("{device} has lost {id:?}");
                    self.judge(Promise::Further.broken(what))?;
                }
            }
        }
        Ok(())
    }

    fn changed(&mut self, device: &Device, entry: &Entry) -> Verdict {
        let Way::Sent(state) = &entry.way else { return Ok(()) };
        let Some(text) = self.ledger.find(device.index, device.install, entry.id) else {
            return Ok(());
        };
        let (before, now) = (text.rank, rank(state));
        text.rank = before.max(now);
        // What is known of a text in parts is what is known of the part that is least far.
        if now < before && !text.is_in_parts {
            let what = format!("{device}: {state:?} of {:?} comes after rank {before}", entry.id);
            self.judge(Promise::Further.broken(what))?;
        }
        if before < PROVEN { self.is_delivered(device, entry, state) } else { Ok(()) }
    }

    /// *Delivered* is signed, and true.
    fn is_delivered(&self, device: &Device, entry: &Entry, state: &State) -> Verdict {
        match state {
            State::Delivered { proven: false, .. } | State::Read { proven: false, .. } => {
                let Some(profile) = device.profile() else { return Ok(()) };
                let contact = profile.history().contact(entry.with);
                let has_key = contact.map_err(|why| broken(device, &why))?.key.is_some();
                // It may have been proven later in the turn that tells this.
                let now = profile.history().entry(entry.id).map_err(|why| broken(device, &why))?;
                let is_as_told = now.is_some_and(|now| now.way == entry.way);
                if has_key && is_as_told {
                    let what = format!("{device}: {state:?} of {:?} {}", entry.id, entry.text);
                    return self.judge(Promise::Signed.broken(what));
                }
                Ok(())
            }
            State::Delivered { .. } | State::Read { .. } => {
                let verdict = match self.is_read_by(entry.with, device.number, &entry.text)? {
                    true => Ok(()),
                    false => Promise::Proven.broken(format!(
                        "{device}: {state:?}, but no device of {} has {:.20}",
                        entry.with, entry.text
                    )),
                };
                self.judge(verdict)
            }
            _ => Ok(()),
        }
    }

    /// Whether a device of the number has a text on disk, or one that is lost had it.
    fn is_read_by(&self, number: Number, from: Number, text: &str) -> Result<bool, Broken> {
        let id = id_of(text);
        let is_lost = self.ledger.lost.contains(&(number, id))
            || self.ledger.lost_closed.contains(&(number, from));
        if is_lost {
            return Ok(true);
        }
        for folder in self.folders.get(&number).into_iter().flat_map(BTreeMap::values) {
            let received = received(folder, from)?;
            // One that cannot be opened yet says nothing, and is there.
            let is_it = |(_, entry): &(u32, Entry)| {
                is_closed(entry) || entry.text == text || id_of(&entry.text) == id
            };
            if received.iter().any(is_it) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A device is lost with its history.
    pub(crate) fn is_lost(&mut self, device: &Device) -> Verdict {
        let senders: BTreeSet<Number> = self.folders.keys().copied().collect();
        for from in senders {
            let received = received(&device.folder, from)?;
            if received.iter().any(|(_, entry)| is_closed(entry)) {
                self.ledger.lost_closed.insert((device.number, from));
            }
            self.ledger.lost.extend(received.into_iter().map(|(id, _)| (device.number, id)));
        }
        Ok(())
    }
}

/// Whether it is on disk and waits for its sender's key.
fn is_closed(entry: &Entry) -> bool {
    matches!(entry.way, Way::Received { trust: Trust::Pending, .. })
}

/// What came from a number to the device of a folder, the oldest first, with the texts' ids.
fn received(folder: &Path, from: Number) -> Result<Vec<(u32, Entry)>, Broken> {
    let page = History::open(folder).and_then(|history| history.page(from, None, PAGE));
    let page = page.map_err(|why| Broken { promise: Promise::Ends, what: why.to_string() })?;
    let received = page.into_iter().rev().filter(|entry| matches!(entry.way, Way::Received { .. }));
    Ok(received.map(|entry| (id_of(&entry.text), entry)).collect())
}
