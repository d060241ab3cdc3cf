//! A disk that forgets what was not flushed.
//!
//! ```text
//!   write ─► image ──sync──► platter          a crash: each sector written since
//!   read  ◄─ image                            the last sync made it, or did not
//! ```

use fastrand::Rng;
use postrider_engine::Place;
use postrider_store::{Files, Room};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Error, ErrorKind, Result};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a disk writes at once, in bytes.
const SECTOR: usize = 512;

/// A simulated disk; a clone is another handle to the same one.
#[derive(Clone, Debug, Default)]
pub(crate) struct SimDisk(Arc<Mutex<Disk>>);

#[derive(Debug, Default)]
struct Disk {
    files: BTreeMap<Place, SimFile>,
    /// How many syncs succeed before the power fails; none while it does not.
    syncs_left: Option<u32>,
    /// The power has failed: nothing works until [`SimDisk::recover`].
    dead: bool,
    /// A planted bug: sync says that it did, and did nothing.
    lies: bool,
}

#[derive(Debug, Default)]
struct SimFile {
    image: Vec<u8>,
    platter: Vec<u8>,
    /// Offsets and lengths written since the last sync.
    dirty: Vec<(usize, usize)>,
    /// Its name is on the platter.
    named: bool,
    /// Its name has been removed.
    removed: bool,
}

impl SimDisk {
    /// The power fails instead of a sync to come, the first if `syncs` is 0.
    pub(crate) fn fail_after(&self, syncs: u32) {
        self.lock().syncs_left = Some(syncs);
    }

    /// The power fails at once.
    pub(crate) fn fail(&self) {
        self.lock().dead = true;
    }

    /// From now on a sync does nothing.
    pub(crate) fn lie(&self) {
        self.lock().lies = true;
    }

    /// The power is back: of what was not flushed, a random part of the sectors is there,
    /// and of the names.
    pub(crate) fn recover(&self, dice: &mut Rng) {
        let mut disk = self.lock();
        disk.files.retain(|_, file| match (file.named, file.removed) {
            (true, false) => true,
            (false, true) => false,
            _ => dice.bool(),
        });
        for file in disk.files.values_mut() {
            (file.named, file.removed) = (true, false);
            file.keep_some_sectors(dice);
        }
        disk.syncs_left = None;
        disk.dead = false;
    }

    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk {
    fn check_power(&self) -> Result<()> {
        if self.dead { Err(Error::other("the power has failed")) } else { Ok(()) }
    }

    fn file(&mut self, segment: Place) -> Result<&mut SimFile> {
        self.check_power()?;
        let file = self.files.get_mut(&segment).filter(|file| !file.removed);
        file.ok_or_else(|| ErrorKind::NotFound.into())
    }

    /// Whether a sync does anything; an error if the power fails instead.
    fn syncs(&mut self) -> Result<bool> {
        self.check_power()?;
        if self.syncs_left == Some(0) {
            self.dead = true;
        }
        self.check_power()?;
        self.syncs_left = self.syncs_left.map(|left| left - 1);
        Ok(!self.lies)
    }
}

impl SimFile {
    fn keep_some_sectors(&mut self, dice: &mut Rng) {
        let share = [0.0, 1.0, dice.f64()][dice.usize(..3)];
        let long = self.image.len().max(self.platter.len());
        let kept_len = if dice.bool() { self.image.len() } else { self.platter.len() };
        self.image.resize(long, 0);
        self.platter.resize(long, 0);
        for sector in self.dirty_sectors() {
            let range = sector..(sector + SECTOR).min(long);
            if dice.f64() < share {
                self.platter[range.clone()].copy_from_slice(&self.image[range]);
            } else {
                self.image[range.clone()].copy_from_slice(&self.platter[range]);
            }
        }
        self.image.truncate(kept_len);
        self.platter.truncate(kept_len);
        self.dirty.clear();
    }

    fn dirty_sectors(&self) -> BTreeSet<usize> {
        let sectors = |&(offset, len): &(usize, usize)| {
            (offset / SECTOR * SECTOR..offset + len).step_by(SECTOR)
        };
        self.dirty.iter().flat_map(sectors).collect()
    }

    fn flush(&mut self) {
        self.platter.resize(self.image.len(), 0);
        for (offset, len) in self.dirty.drain(..) {
            let end = (offset + len).min(self.image.len());
            if offset < end {
                self.platter[offset..end].copy_from_slice(&self.image[offset..end]);
            }
        }
    }
}

impl Files for SimDisk {
    fn segments(&mut self) -> Result<Vec<Place>> {
        let disk = self.lock();
        disk.check_power()?;
        let there = disk.files.iter().filter(|(_, file)| !file.removed);
        Ok(there.map(|(place, _)| *place).collect())
    }

    fn length(&mut self, segment: Place) -> Result<u64> {
        Ok(self.lock().file(segment)?.image.len() as u64)
    }

    fn read_at(&mut self, segment: Place, offset: u64, into: &mut [u8]) -> Result<usize> {
        let mut disk = self.lock();
        let bytes = disk.file(segment)?.image.get(offset as usize..).unwrap_or_default();
        let read = bytes.len().min(into.len());
        into[..read].copy_from_slice(&bytes[..read]);
        Ok(read)
    }

    fn create(&mut self, segment: Place) -> Result<()> {
        let mut disk = self.lock();
        disk.check_power()?;
        disk.files.insert(segment, SimFile::default());
        Ok(())
    }

    fn write_at(&mut self, segment: Place, offset: u64, bytes: &[u8]) -> Result<()> {
        let mut disk = self.lock();
        let (file, offset) = (disk.file(segment)?, offset as usize);
        let long = file.image.len().max(offset + bytes.len());
        file.image.resize(long, 0);
        file.image[offset..offset + bytes.len()].copy_from_slice(bytes);
        file.dirty.push((offset, bytes.len()));
        Ok(())
    }

    fn cut(&mut self, segment: Place, length: u64) -> Result<()> {
        self.lock().file(segment)?.image.truncate(length as usize);
        Ok(())
    }

    fn remove(&mut self, segment: Place) -> Result<()> {
        self.lock().file(segment)?.removed = true;
        Ok(())
    }

    fn sync(&mut self, segment: Place) -> Result<()> {
        let mut disk = self.lock();
        if disk.syncs()? {
            disk.file(segment)?.flush();
        }
        Ok(())
    }

    fn sync_folder(&mut self) -> Result<()> {
        let mut disk = self.lock();
        if disk.syncs()? {
            disk.files.retain(|_, file| !file.removed);
            disk.files.values_mut().for_each(|file| file.named = true);
        }
        Ok(())
    }
}

/// Whether the disk has room, switched by the world.
#[derive(Clone, Debug, Default)]
pub(crate) struct SimRoom {
    full: Arc<AtomicBool>,
}

impl SimRoom {
    pub(crate) fn set_full(&self, full: bool) {
        self.full.store(full, Ordering::Relaxed);
    }

    pub(crate) fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }
}

impl Room for SimRoom {
    fn free_bytes(&mut self) -> u64 {
        if self.is_full() { 0 } else { 1 << 40 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_flushed_survives_and_the_rest_may_not() {
        let (mut survived, mut lost) = (0, 0);
        for seed in 0..50 {
            let mut disk = SimDisk::default();
            let segment = Place(0);
            disk.create(segment).unwrap();
            disk.sync_folder().unwrap();
            disk.write_at(segment, 0, &[1; 512]).unwrap();
            disk.sync(segment).unwrap();
            disk.write_at(segment, 512, &[2; 512]).unwrap();
            disk.fail();
            assert!(disk.sync(segment).is_err());
            disk.recover(&mut Rng::with_seed(seed));
            let mut read = [0; 1024];
            disk.read_at(segment, 0, &mut read).unwrap();
            assert_eq!(read[..512], [1; 512]);
            if read[512] == 2 { survived += 1 } else { lost += 1 }
        }
        assert!(survived > 5 && lost > 5);
    }
}
