//! A disk that records what is done to it, and the images that a power cut may
//! leave of it.

use fastrand::Rng;
use postrider_engine::Place;
use postrider_store::Files;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Result};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a disk writes at once, in bytes.
const SECTOR: usize = 512;

/// The files of a folder.
pub(crate) type Image = BTreeMap<Place, Vec<u8>>;

/// Something that was done to the disk.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Create(Place),
    Remove(Place),
    SyncFolder,
    Write { segment: Place, offset: usize, bytes: Vec<u8> },
    Cut { segment: Place, length: usize },
    Sync(Place),
}

/// A disk in memory; a clone is another handle to the same one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk(Arc<Mutex<Tape>>);

#[derive(Debug, Default)]
struct Tape {
    image: Image,
    events: Vec<Event>,
}

impl Disk {
    pub(crate) fn of(image: Image) -> Disk {
        Disk(Arc::new(Mutex::new(Tape { image, events: Vec::new() })))
    }

    /// How many events have been recorded.
    pub(crate) fn recorded(&self) -> usize {
        self.lock().events.len()
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.lock().events.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Tape> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, event: Event) {
        let mut tape = self.lock();
        happen(&mut tape.image, &event);
        tape.events.push(event);
    }
}

impl Files for Disk {
    fn segments(&mut self) -> Result<Vec<Place>> {
        Ok(self.lock().image.keys().copied().collect())
    }

    fn length(&mut self, segment: Place) -> Result<u64> {
        let tape = self.lock();
        let bytes = tape.image.get(&segment).ok_or(ErrorKind::NotFound)?;
        Ok(bytes.len() as u64)
    }

    fn read_at(&mut self, segment: Place, offset: u64, into: &mut [u8]) -> Result<usize> {
        let tape = self.lock();
        let bytes = tape.image.get(&segment).ok_or(ErrorKind::NotFound)?;
        let bytes = bytes.get(offset as usize..).unwrap_or_default();
        let read = bytes.len().min(into.len());
        into[..read].copy_from_slice(&bytes[..read]);
        Ok(read)
    }

    fn create(&mut self, segment: Place) -> Result<()> {
        self.record(Event::Create(segment));
        Ok(())
    }

    fn write_at(&mut self, segment: Place, offset: u64, bytes: &[u8]) -> Result<()> {
        self.record(Event::Write { segment, offset: offset as usize, bytes: bytes.to_vec() });
        Ok(())
    }

    fn cut(&mut self, segment: Place, length: u64) -> Result<()> {
        self.record(Event::Cut { segment, length: length as usize });
        Ok(())
    }

    fn remove(&mut self, segment: Place) -> Result<()> {
        self.record(Event::Remove(segment));
        Ok(())
    }

    fn sync(&mut self, segment: Place) -> Result<()> {
        self.record(Event::Sync(segment));
        Ok(())
    }

    fn sync_folder(&mut self) -> Result<()> {
        self.record(Event::SyncFolder);
        Ok(())
    }
}

/// A power cut after some event: what had been flushed, and what had not.
#[derive(Debug)]
pub(crate) struct Cut<'a> {
    pub(crate) flushed: &'a Image,
    pub(crate) unflushed: &'a [Event],
}

/// What became of the unflushed part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Nothing,
    Everything,
    SomeWrites,
    SomeSectors,
}

impl Fate {
    pub(crate) const ALL: [Fate; 4] =
        [Fate::Nothing, Fate::Everything, Fate::SomeWrites, Fate::SomeSectors];
}

impl Cut<'_> {
    /// What is on the disk when the power is back.
    pub(crate) fn image(&self, fate: Fate, dice: &mut Rng) -> Image {
        let mut image = self.flushed.clone();
        let share = dice.f64();
        for event in self.unflushed {
            match fate {
                Fate::Nothing => {}
                Fate::Everything => happen(&mut image, event),
                Fate::SomeWrites if dice.f64() < share => happen(&mut image, event),
                Fate::SomeWrites => {}
                Fate::SomeSectors => tear(&mut image, event, share, dice),
            }
        }
        image
    }
}

/// Calls back after every event, from none on, with what the disk holds then; a sync
/// for which `honest` says no does nothing.
pub(crate) fn cut_everywhere(
    begins_as: Image,
    events: &[Event],
    honest: impl Fn(usize) -> bool,
    mut examine: impl FnMut(usize, Cut<'_>),
) {
    let (mut flushed, mut unflushed) = (begins_as, Vec::new());
    examine(0, Cut { flushed: &flushed, unflushed: &[] });
    for (at, event) in events.iter().enumerate() {
        match event {
            Event::Sync(_) | Event::SyncFolder if honest(at) => {
                unflushed.retain(|one: &Event| {
                    let is_flushed = flushes(event, one);
                    if is_flushed {
                        happen(&mut flushed, one);
                    }
                    !is_flushed
                });
            }
            Event::Sync(_) | Event::SyncFolder => {}
            other => unflushed.push(other.clone()),
        }
        examine(at + 1, Cut { flushed: &flushed, unflushed: &unflushed });
    }
}

fn flushes(sync: &Event, event: &Event) -> bool {
    match (sync, event) {
        (Event::SyncFolder, Event::Create(_) | Event::Remove(_)) => true,
        (Event::Sync(synced), Event::Write { segment, .. } | Event::Cut { segment, .. }) => {
            synced == segment
        }
        _ => false,
    }
}

fn happen(image: &mut Image, event: &Event) {
    match event {
        Event::Create(segment) => {
            image.entry(*segment).or_default();
        }
        Event::Remove(segment) => {
            image.remove(segment);
        }
        Event::Write { segment, offset, bytes } => put(image, *segment, *offset, bytes),
        Event::Cut { segment, length } => {
            if let Some(bytes) = image.get_mut(segment) {
                bytes.truncate(*length);
            }
        }
        Event::Sync(_) | Event::SyncFolder => {}
    }
}

fn tear(image: &mut Image, event: &Event, share: f64, dice: &mut Rng) {
    let Event::Write { segment, offset, bytes } = event else {
        if dice.f64() < share {
            happen(image, event);
        }
        return;
    };
    let mut from = 0;
    while from < bytes.len() {
        let until = bytes.len().min(from + SECTOR - (offset + from) % SECTOR);
        if dice.f64() < share {
            put(image, *segment, offset + from, &bytes[from..until]);
        }
        from = until;
    }
}

/// Where the file's name was lost, what was written to it is lost. Sectors that were
/// not written read as zeros.
fn put(image: &mut Image, segment: Place, offset: usize, bytes: &[u8]) {
    if let Some(file) = image.get_mut(&segment) {
        let until = offset + bytes.len();
        file.resize(file.len().max(until), 0);
        file[offset..until].copy_from_slice(bytes);
    }
}
