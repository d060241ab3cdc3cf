//! A wall clock that is set while texts wait.
//!
//! How long a text has waited here is read from the wall clock, since only that one runs while
//! the device is off. Where it is set, by people or once a network is there, what waits would
//! get older or younger by that. So the time of the machine's start by the wall clock is kept:
//! it changes only when the clock is set, and what waits is moved by as much.

use super::{Profile, ProfileError};
use crate::Stamp;
use rusqlite::params;

/// A clock that is set bit by bit, as by NTP, may differ by this before what waits is moved.
const DIFFERS_MS: u64 = 2_000;

/// When the machine was started, by its wall clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Started {
    /// Which start, as the system calls it.
    pub(crate) boot: String,
    /// By the wall clock.
    pub(crate) at: Stamp,
}

impl Profile {
    /// Looks whether the clock was set, since this was called last or since another program had
    /// the profile; cheap where it was not. `at` is when the machine was started, by its wall
    /// clock as it is now.
    pub(crate) fn mind_clock(&mut self, boot: &str, at: Stamp) -> Result<(), ProfileError> {
        let is_as_before =
            |before: &Started| before.boot == boot && at.0.abs_diff(before.at.0) < DIFFERS_MS;
        if self.started.as_ref().is_some_and(is_as_before) {
            return Ok(());
        }
        self.mind(Started { boot: boot.to_owned(), at })
    }

    pub(super) fn mind(&mut self, started: Started) -> Result<(), ProfileError> {
        if self.started.is_none() {
            self.started = self.read_started()?;
        }
        let before = self.started.as_ref().filter(|before| before.boot == started.boot);
        let set_ms = before.map(|before| started.at.0.saturating_sub(before.at.0));
        if set_ms.is_some_and(|set_ms| set_ms.unsigned_abs() < DIFFERS_MS) {
            return Ok(());
        }
        self.atomically(|profile| {
            profile.move_what_waits(set_ms.unwrap_or(0))?;
            profile.set_value("boot", &started.boot)?;
            profile.set_value("started", started.at.0)
        })?;
        self.started = Some(started);
        Ok(())
    }

    fn read_started(&self) -> Result<Option<Started>, ProfileError> {
        let (boot, at) = (self.value("boot")?, self.value("started")?);
        Ok(boot.zip(at).map(|(boot, at)| Started { boot, at: Stamp(at) }))
    }

    fn move_what_waits(&self, by_ms: i64) -> Result<(), ProfileError> {
        if by_ms != 0 {
            let texts = "UPDATE messages SET at = at + ?1 \
                         WHERE direction = 'out' AND state = 'waiting'";
            self.change(texts, params![by_ms])?;
            self.change("UPDATE outbox SET at = at + ?1", params![by_ms])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Changes, KnownNumber};
    use super::*;
    use crate::{Draft, State};
    use postrider_proto::Number;
    use postrider_proto::native::{Age, Lifetime, Message, Precedence};
    use std::time::Duration;

    const HOUR_MS: i64 = 3_600_000;
    const YEAR_MS: i64 = 365 * 24 * HOUR_MS;

    fn profile() -> (tempfile::TempDir, Profile, Number) {
        let folder = tempfile::tempdir().unwrap();
        let [ann, ben] = [1, 2].map(|number| Number::from_value(number).unwrap());
        let profile = Profile::create(&folder.path().join("ann"), ann).unwrap();
        (folder, profile, ben)
    }

    fn started(boot: &str, at_ms: i64) -> Started {
        Started { boot: boot.to_owned(), at: Stamp(at_ms) }
    }

    /// The age with which the first of the outbox leaves.
    fn age(profile: &Profile, now_ms: i64) -> Age {
        let first = profile.outgoing(Precedence::Routine, 0, 1, Stamp(now_ms)).unwrap();
        Message::parse(&first[0].bytes).unwrap().age
    }

    fn sign(profile: &mut Profile, to: Number, now_ms: i64) {
        let (known, mut changes) = (KnownNumber::default(), Changes::default());
        profile.sign_texts(to, &known, false, Stamp(now_ms), &mut changes).unwrap();
    }

    #[test]
    fn what_waits_gets_no_older_when_the_clock_is_set() {
        for set_ms in [YEAR_MS, -YEAR_MS] {
            let (_folder, mut ann, ben) = profile();
            ann.mind(started("one", 0)).unwrap();
            let [signed, unsigned] = ["Hi", "there"].map(|text| {
                let lifetime = Lifetime::at_least(Duration::from_secs(7 * 86_400));
                let draft = Draft { lifetime, ..Draft::new(ben, text) };
                let entry = ann.compose(&draft, Stamp(HOUR_MS)).unwrap();
                (text == "Hi").then(|| sign(&mut ann, ben, HOUR_MS));
                entry
            });
            ann.mind(started("one", set_ms)).unwrap();
            let now_ms = 2 * HOUR_MS + set_ms;
            sign(&mut ann, ben, now_ms);
            assert_eq!(age(&ann, now_ms), Age::at_least(Duration::from_secs(3_600)));
            for entry in [signed, unsigned] {
                let entry = ann.history().entry(entry).unwrap().unwrap();
                assert_eq!(entry.way, crate::Way::Sent(State::Waiting));
                assert_eq!(entry.at, Stamp(HOUR_MS + set_ms), "as if the clock had been right");
            }
        }
    }

    #[test]
    fn the_clock_may_be_set_while_no_program_has_the_profile() {
        let (folder, mut ann, ben) = profile();
        ann.mind(started("one", 0)).unwrap();
        ann.compose(&Draft::new(ben, "Hi"), Stamp(HOUR_MS)).unwrap();
        sign(&mut ann, ben, HOUR_MS);
        drop(ann);
        let mut ann = Profile::open(&folder.path().join("ann")).unwrap();
        ann.mind(started("one", YEAR_MS)).unwrap();
        assert_eq!(age(&ann, HOUR_MS + YEAR_MS), Age::ZERO);
    }

    #[test]
    fn a_device_that_was_off_believes_its_clock() {
        let (_folder, mut ann, ben) = profile();
        ann.mind(started("one", 0)).unwrap();
        ann.compose(&Draft::new(ben, "Hi"), Stamp(HOUR_MS)).unwrap();
        sign(&mut ann, ben, HOUR_MS);
        ann.mind(started("two", 48 * HOUR_MS)).unwrap();
        let off = Duration::from_secs(48 * 3_600);
        assert_eq!(age(&ann, 49 * HOUR_MS), Age::at_least(off));
    }
}
