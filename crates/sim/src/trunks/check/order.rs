//! *Order*: the messages of one sender, counted by one server, to one recipient are read in
//! the order of their counts.
//!
//! Exempt is what was missing for ten minutes: what is behind a gap is not held for ever,
//! and the one that was missing is read when it comes. By then the server's clock has
//! measured these minutes; by how much clocks differ and jump is allowed for.

use super::Checkers;
use crate::trunks::report::{Promise, Verdict};
use postrider_engine::{Time, durations};
use postrider_proto::Number;
use std::collections::BTreeMap;
use std::time::Duration;

/// Of each sender, recipient and epoch: the latest count that was read, and the latest that
/// had waited long enough for one before it.
#[derive(Debug, Default)]
pub(super) struct Read(BTreeMap<(Number, Number, u32), (u32, u32)>);

impl Checkers {
    pub(super) fn in_order(
        &mut self,
        site: usize,
        now: Time,
        reader: Number,
        text: u32,
    ) -> Verdict {
        let Some((id, _)) = self.letters.get(text).and_then(|letter| letter.kept) else {
            return Ok(());
        };
        let held = self.held_for(reader).find(|(at, held)| *at == site && held.text == text);
        let waited = held.map_or(Duration::ZERO, |(_, held)| now.since(held.since));
        let waited = self.at_most_measured(waited) + self.jumped;
        let key = (id.from, id.to, id.epoch.value());
        let count = id.count.value();
        let (latest, waited_for) = self.read.0.entry(key).or_default();
        if waited >= Duration::from_secs(durations::GAP_S.into()) {
            *waited_for = count.max(*waited_for);
        }
        if count > *latest {
            *latest = count;
        } else if count > *waited_for {
            let what =
                format!("#{text}, {count} from {} to {reader}, comes after {latest}", id.from);
            return Promise::Order.broken(what);
        }
        Ok(())
    }

    /// The most that a server's clock may have counted in such a time.
    pub(super) fn at_most_measured(&self, time: Duration) -> Duration {
        // Whole seconds are counted, of the beginning as of the end.
        time.mul_f64(1.0 + self.options.drift) + Duration::from_secs(2)
    }
}
