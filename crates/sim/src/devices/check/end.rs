//! When everything has ended: what the histories say.

use super::{Checkers, received};
use crate::devices::device::{Device, life::broken};
use crate::devices::ledger::{ENDED, PROVEN, Text, rank};
use crate::devices::report::{Broken, Promise, Verdict};
use postrider_client::{State, Trust, Way};
use postrider_proto::Number;
use std::collections::{BTreeMap, BTreeSet};

impl Checkers {
    /// Whether nothing is left to end.
    pub(crate) fn is_done(&mut self, devices: &[Device]) -> Result<bool, Broken> {
        for device in devices {
            self.look_at_those(device, |text| text.rank < ENDED)?;
            let Some(profile) = device.profile() else { return Ok(false) };
            if profile.history().outbox().map_err(|why| broken(device, &why))? > 0 {
                return Ok(false);
            }
        }
        let install = |text: &Text| devices.get(text.device).map(|device| device.install);
        for (id, text) in self.ledger.iter() {
            let is_open =
                text.rank < ENDED && !text.is_withdrawn && install(text) == Some(text.install);
            if is_open && !self.is_told_to_another(id, text, devices)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Everything that was promised must be so by now.
    pub(crate) fn end(&mut self, devices: &[Device]) -> Verdict {
        for device in devices {
            self.look_at(device)?;
            let verdict = self.has_nothing_left(device);
            self.judge(verdict)?;
            self.has_read(device)?;
        }
        self.all_ended(devices)
    }

    fn has_nothing_left(&self, device: &Device) -> Verdict {
        let Some(profile) = device.profile() else { return Ok(()) };
        let left = profile.history().outbox().map_err(|why| broken(device, &why))?;
        let waiting = profile.history().waiting().map_err(|why| broken(device, &why))?;
        match (left, waiting) {
            (0, 0) => Ok(()),
            _ => {
                let what = format!("{device} has {left} messages left, and {waiting} texts");
                Promise::Outbox.broken(what)
            }
        }
    }

    /// What a device has read: each text once, those of one sender's device in order, and it is
    /// known whose they are.
    fn has_read(&self, device: &Device) -> Verdict {
        let senders: Vec<Number> = self.folders.keys().copied().collect();
        for from in senders {
            let mut last: BTreeMap<(usize, u32), u32> = BTreeMap::new();
            let mut seen = BTreeSet::new();
            for (id, entry) in received(&device.folder, from)? {
                if !matches!(entry.way, Way::Received { trust: Trust::Verified, .. }) {
                    let what = format!("{device}: {:?} from {from}: {:.20}", entry.way, entry.text);
                    self.judge(Promise::Signed.broken(what))?;
                    continue;
                }
                // The others another device has had, or one that is lost.
                let has_others = self.has_second_device(device.number) || device.install > 0;
                if entry.parts_missing > 0 && !has_others {
                    let what = format!("{device}: parts of #{id} from {from} are missing");
                    self.judge(Promise::Ends.broken(what))?;
                }
                if !seen.insert(id) {
                    let what = format!("{device} has #{id} from {from} twice");
                    self.judge(Promise::Once.broken(what))?;
                }
                let Some(text) = self.ledger.get(id) else { continue };
                let before = last.insert((text.device, text.install), id);
                // What was at the home before may come behind what was at the new one already.
                let is_moved = self.has_moved.contains(&device.number);
                if before.is_some_and(|before| before > id) && !is_moved {
                    let what = format!("{device} has #{id} from {from} after {before:?}");
                    self.judge(Promise::Order.broken(what))?;
                }
            }
        }
        Ok(())
    }

    fn all_ended(&self, devices: &[Device]) -> Verdict {
        for (id, text) in self.ledger.iter() {
            let sender = devices.get(text.device).filter(|device| device.install == text.install);
            let Some(sender) = sender.filter(|_| !text.is_withdrawn) else { continue };
            let Some(profile) = sender.profile() else { continue };
            let entry = profile.history().entry(text.entry).map_err(|why| broken(sender, &why))?;
            let Some(entry) = entry else { continue };
            let Way::Sent(state) = &entry.way else { continue };
            if text.rank >= PROVEN {
                // What was on disk then is there still.
                self.is_delivered(sender, &entry, state)?;
            }
            if rank(state) < ENDED && self.is_told_to_another(id, text, devices)? {
                continue;
            }
            let mut verdict = self.has_ended(id, text, sender, state);
            if let Err(broken) = &mut verdict {
                broken.what += &self.readers(id, text, devices)?;
            }
            self.judge(verdict)?;
        }
        Ok(())
    }

    fn has_second_device(&self, number: Number) -> bool {
        self.folders.get(&number).is_some_and(|folders| folders.len() > 1)
    }

    /// A receipt is for a number, and leaves the mailbox with the first of its devices that has it:
    /// of two devices the one that wrote the text may never hear what became of it.
    fn is_told_to_another(&self, id: u32, text: &Text, devices: &[Device]) -> Result<bool, Broken> {
        let Some(number) = devices.get(text.device).map(|device| device.number) else {
            return Ok(false);
        };
        if !self.has_second_device(number) || text.rank == 0 {
            return Ok(false);
        }
        Ok(!text.has_reader || self.is_read_by(text.to, number, &format!("#{id} "))?)
    }

    /// What the readers' devices have of it, for whoever looks for a fault.
    fn readers(&self, id: u32, text: &Text, devices: &[Device]) -> Result<String, Broken> {
        let mut what = String::new();
        for reader in devices.iter().filter(|device| device.number == text.to) {
            let Some(sender) = devices.get(text.device) else { continue };
            let all = received(&reader.folder, sender.number)?;
            let has = all.iter().any(|(other, _)| *other == id);
            what += &format!("\n  {reader}, installed {} times, has it: {has}", reader.install);
        }
        Ok(what)
    }

    fn has_ended(&self, id: u32, text: &Text, sender: &Device, state: &State) -> Verdict {
        let what = || format!("#{id} of {sender} to {}: {state:?}", text.to);
        match state {
            State::Expired { .. } if text.has_reader && !sender.clock_is_wrong => {
                Promise::Lifetime.broken(what())
            }
            State::Refused { .. } if !self.has_clear_links && text.has_reader => {
                Promise::Ends.broken(what())
            }
            State::Delivered { proven: false, .. } | State::Read { proven: false, .. } => {
                Promise::Signed.broken(what())
            }
            _ if rank(state) < ENDED => Promise::Ends.broken(what()),
            _ => Ok(()),
        }
    }

    /// How many entries the readers' histories have.
    pub(crate) fn received(&self) -> Result<u64, Broken> {
        let mut count = 0;
        for folder in self.folders.values().flat_map(BTreeMap::values) {
            for from in self.folders.keys() {
                count += received(folder, *from)?.len() as u64;
            }
        }
        Ok(count)
    }

    /// What became of all texts: how many were delivered, and how many returned.
    pub(crate) fn figures(&self) -> (u64, u64) {
        let count =
            |is: fn(u8) -> bool| self.ledger.all.iter().filter(|text| is(text.rank)).count() as u64;
        (count(|rank| rank > ENDED), count(|rank| rank == ENDED))
    }
}
