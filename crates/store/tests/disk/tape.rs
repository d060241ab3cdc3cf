//! A disk that records what is done to it, and the images that a power cut may
//! leave of it.

use fastrand::Rng;
use redb::StorageBackend;
use std::io::{Error, ErrorKind, Result};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a disk writes at once, in bytes.
const SECTOR: usize = 512;

/// Something that was done to the disk.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Write { offset: usize, bytes: Vec<u8> },
    SetLen(usize),
    Sync,
}

/// A disk in memory; a clone is another handle to the same one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk(Arc<Mutex<Tape>>);

#[derive(Debug, Default)]
struct Tape {
    image: Vec<u8>,
    events: Vec<Event>,
}

impl Disk {
    pub(crate) fn of(image: Vec<u8>) -> Disk {
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
}

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64> {
        Ok(self.lock().image.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        let (tape, offset) = (self.lock(), offset as usize);
        let bytes = tape.image.get(offset..offset + out.len());
        out.copy_from_slice(bytes.ok_or_else(|| Error::from(ErrorKind::UnexpectedEof))?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<()> {
        let mut tape = self.lock();
        tape.image.resize(len as usize, 0);
        tape.events.push(Event::SetLen(len as usize));
        Ok(())
    }

    fn sync_data(&self) -> Result<()> {
        self.lock().events.push(Event::Sync);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        let (mut tape, offset) = (self.lock(), offset as usize);
        let place = tape.image.get_mut(offset..offset + data.len());
        place.ok_or_else(|| Error::from(ErrorKind::UnexpectedEof))?.copy_from_slice(data);
        tape.events.push(Event::Write { offset, bytes: data.to_vec() });
        Ok(())
    }
}

/// A power cut after some event: what had been flushed, and what had not.
#[derive(Debug)]
pub(crate) struct Cut<'a> {
    pub(crate) flushed: &'a [u8],
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
    pub(crate) fn image(&self, fate: Fate, dice: &mut Rng) -> Vec<u8> {
        let mut image = self.flushed.to_vec();
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
    begins_as: Vec<u8>,
    events: &[Event],
    honest: impl Fn(usize) -> bool,
    mut examine: impl FnMut(usize, Cut<'_>),
) {
    let (mut flushed, mut flushed_at) = (begins_as, 0);
    examine(0, Cut { flushed: &flushed, unflushed: &[] });
    for at in 1..=events.len() {
        if matches!(events[at - 1], Event::Sync) && honest(at - 1) {
            events[flushed_at..at].iter().for_each(|event| happen(&mut flushed, event));
            flushed_at = at;
        }
        examine(at, Cut { flushed: &flushed, unflushed: &events[flushed_at..at] });
    }
}

fn happen(image: &mut Vec<u8>, event: &Event) {
    match event {
        Event::Write { offset, bytes } => put(image, *offset, bytes),
        Event::SetLen(len) => image.resize(*len, 0),
        Event::Sync => {}
    }
}

fn tear(image: &mut Vec<u8>, event: &Event, share: f64, dice: &mut Rng) {
    let Event::Write { offset, bytes } = event else {
        if dice.f64() < share {
            happen(image, event);
        }
        return;
    };
    let mut from = 0;
    while from < bytes.len() {
        let until = bytes.len().min(from + SECTOR - (offset + from) % SECTOR);
        if dice.f64() < share {
            put(image, offset + from, &bytes[from..until]);
        }
        from = until;
    }
}

/// Where the file had been made longer and that was lost, what lay there is lost.
fn put(image: &mut [u8], offset: usize, bytes: &[u8]) {
    let until = image.len().min(offset + bytes.len());
    if offset < until {
        image[offset..until].copy_from_slice(&bytes[..until - offset]);
    }
}
