//! What people do with their devices.

use super::World;
use crate::devices::device::{Around, Device, life::broken};
use crate::devices::ledger::Text;
use crate::devices::report::Verdict;
use crate::texts::number_of;
use crate::trunks::net::Event;
use postrider_client::{Draft, EntryId, Token, Way};
use postrider_proto::Number;
use postrider_proto::native::{Lifetime, Precedence};
use std::time::Duration;

/// A number that nobody has.
const NOBODY: u32 = 900_000;
/// How long a text to it may wait.
const HOPELESS: Duration = Duration::from_secs(15 * 60);

impl World {
    pub(super) fn plan_act(&mut self, index: usize) {
        let wait = self.servers.net.some_time(self.options.pace);
        self.servers.net.plan(wait, Event::Act(index as u32));
    }

    /// The next thing that a person does with a device.
    pub(super) fn act(&mut self, index: usize) -> Verdict {
        if self.is_calm {
            return Ok(());
        }
        let is_on = self.devices.get(index).is_some_and(|device| device.core.is_some());
        let number = self.someone();
        match self.servers.net.dice.u8(..20) {
            _ if !is_on => {}
            0..11 => self.write(index, number)?,
            11..16 => self.with(index, |device, around| device.read(number, around))?,
            16 => self.with(index, |device, around| device.trace_last(number, around))?,
            17 => self.with(index, |device, around| device.look_up(number, around))?,
            18 => self.with(index, |device, around| device.withdraw_last(number, around))?,
            _ => {}
        }
        self.plan_act(index);
        Ok(())
    }

    fn someone(&mut self) -> Number {
        number_of(self.servers.net.dice.u32(..self.options.people as u32))
    }

    fn write(&mut self, index: usize, to: Number) -> Verdict {
        let is_hopeless = self.servers.net.dice.f64() < self.options.hopeless;
        let drafts = if self.servers.net.dice.u8(..4) == 0 { 2 } else { 1 };
        let to = if is_hopeless { number_of(NOBODY) } else { to };
        self.with(index, |device, around| device.write(to, drafts, !is_hopeless, around))
    }
}

impl Device {
    /// Writes some texts at once.
    fn write(
        &mut self,
        to: Number,
        drafts: usize,
        has_reader: bool,
        around: &mut Around<'_>,
    ) -> Verdict {
        let (first, dice) = (around.checkers.ledger.next(), &mut around.net.dice);
        let drafts: Vec<Draft> = (first..)
            .take(drafts)
            .map(|id| {
                let long = if dice.u8(..8) == 0 { dice.usize(160..400) } else { dice.usize(..60) };
                let mut draft = Draft::new(to, format!("#{id} {}", "x".repeat(long)));
                draft.seal = dice.u8(..8) > 0;
                draft.precedence = Precedence::ALL[dice.usize(..Precedence::ALL.len())];
                if !has_reader {
                    draft.lifetime = Lifetime::at_least(HOPELESS);
                }
                draft
            })
            .collect();
        for draft in drafts {
            let (now, stamp) = (self.now(around.net), self.stamp(around.net));
            let Some(core) = &mut self.core else { return Ok(()) };
            let entry = core.profile_to_change(now).compose(&draft, stamp);
            let entry = entry.map_err(|why| broken(self, &why))?;
            let is_in_parts = draft.text.chars().count() > 160;
            around.checkers.ledger.all.push(self.text(to, entry, is_in_parts, has_reader));
        }
        self.work(around)
    }

    fn text(&self, to: Number, entry: EntryId, is_in_parts: bool, has_reader: bool) -> Text {
        let (device, install) = (self.index, self.install);
        let (is_withdrawn, rank) = (false, 0);
        Text { device, install, to, entry, is_in_parts, has_reader, is_withdrawn, rank }
    }

    /// Reads what a number has sent, and lets it know.
    fn read(&mut self, from: Number, around: &mut Around<'_>) -> Verdict {
        let (now, stamp) = (self.now(around.net), self.stamp(around.net));
        let newest = self.newest(from, |way| matches!(way, Way::Received { .. }))?;
        let (Some(core), Some(newest)) = (&mut self.core, newest) else { return Ok(()) };
        let read = core.profile_to_change(now).mark_read(from, newest, true, stamp);
        read.map_err(|why| broken(self, &why))?;
        self.work(around)
    }

    /// Asks where a text is.
    fn trace_last(&mut self, to: Number, around: &mut Around<'_>) -> Verdict {
        let newest = self.newest(to, |way| matches!(way, Way::Sent(_)))?;
        let (now, token) = (self.now(around.net), Token(around.net.now.as_micros()));
        let (Some(core), Some(newest)) = (&mut self.core, newest) else { return Ok(()) };
        core.trace(now, newest, token);
        self.work(around)
    }

    fn look_up(&mut self, number: Number, around: &mut Around<'_>) -> Verdict {
        let (now, token) = (self.now(around.net), Token(around.net.now.as_micros()));
        let Some(core) = &mut self.core else { return Ok(()) };
        core.look_up(now, number, token);
        self.work(around)
    }

    /// Takes a text back, if it has not left.
    fn withdraw_last(&mut self, to: Number, around: &mut Around<'_>) -> Verdict {
        let newest = self.newest(to, |way| matches!(way, Way::Sent(_)))?;
        let now = self.now(around.net);
        let (Some(core), Some(newest)) = (&mut self.core, newest) else { return Ok(()) };
        if core.profile_to_change(now).withdraw(newest).is_ok()
            && let Some(text) = around.checkers.ledger.find(self.index, self.install, newest)
        {
            text.is_withdrawn = true;
        }
        self.work(around)
    }

    /// The newest text with a number that went this way.
    fn newest(
        &self,
        with: Number,
        is_it: impl Fn(&Way) -> bool,
    ) -> Result<Option<EntryId>, crate::devices::report::Broken> {
        let Some(profile) = self.profile() else { return Ok(None) };
        let page = profile.history().page(with, None, 20).map_err(|why| broken(self, &why))?;
        Ok(page.iter().find(|entry| is_it(&entry.way)).map(|entry| entry.id))
    }
}
