//! A disk that forgets what was not flushed.
//!
//! ```text
//!   write ─► image ──sync──► platter          a crash: each sector written since
//!   read  ◄─ image                            the last sync made it, or did not
//! ```

use fastrand::Rng;
use postrider_store::Room;
use redb::StorageBackend;
use std::collections::BTreeSet;
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
    image: Vec<u8>,
    platter: Vec<u8>,
    /// Offsets and lengths written since the last sync.
    dirty: Vec<(usize, usize)>,
    /// How many syncs succeed before the power fails; none while it does not.
    syncs_left: Option<u32>,
    /// The power has failed: nothing works until [`SimDisk::recover`].
    dead: bool,
    /// A planted bug: sync says that it did, and did nothing.
    lies: bool,
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

    /// The power is back: of what was not flushed, a random part of the sectors is there.
    pub(crate) fn recover(&self, dice: &mut Rng) {
        let mut disk = self.lock();
        disk.keep_some_sectors(dice);
        disk.syncs_left = None;
        disk.dead = false;
    }

    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk {
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

    fn check_power(&self) -> Result<()> {
        if self.dead { Err(Error::other("the power has failed")) } else { Ok(()) }
    }

    fn sync(&mut self) -> Result<()> {
        self.check_power()?;
        if self.syncs_left == Some(0) {
            self.dead = true;
        }
        self.check_power()?;
        self.syncs_left = self.syncs_left.map(|left| left - 1);
        if !self.lies {
            self.flush();
        }
        Ok(())
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

impl StorageBackend for SimDisk {
    fn len(&self) -> Result<u64> {
        let disk = self.lock();
        disk.check_power()?;
        Ok(disk.image.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        let disk = self.lock();
        disk.check_power()?;
        let offset = offset as usize;
        let bytes = disk.image.get(offset..offset + out.len());
        out.copy_from_slice(bytes.ok_or_else(|| Error::from(ErrorKind::UnexpectedEof))?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<()> {
        let mut disk = self.lock();
        disk.check_power()?;
        disk.image.resize(len as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> Result<()> {
        self.lock().sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        let mut disk = self.lock();
        disk.check_power()?;
        let offset = offset as usize;
        let place = disk.image.get_mut(offset..offset + data.len());
        place.ok_or_else(|| Error::from(ErrorKind::UnexpectedEof))?.copy_from_slice(data);
        disk.dirty.push((offset, data.len()));
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

    fn used_bytes(&mut self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_flushed_survives_and_the_rest_may_not() {
        let (mut survived, mut lost) = (0, 0);
        for seed in 0..50 {
            let disk = SimDisk::default();
            disk.set_len(4096).unwrap();
            disk.write(0, &[1; 512]).unwrap();
            disk.sync_data().unwrap();
            disk.write(512, &[2; 512]).unwrap();
            disk.fail();
            assert!(disk.sync_data().is_err());
            disk.recover(&mut Rng::with_seed(seed));
            let mut read = [0; 1024];
            disk.read(0, &mut read).unwrap();
            assert_eq!(read[..512], [1; 512]);
            if read[512] == 2 { survived += 1 } else { lost += 1 }
        }
        assert!(survived > 5 && lost > 5);
    }
}
