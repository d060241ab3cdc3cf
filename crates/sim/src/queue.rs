//! Simulated time: what happens next.

use crate::wire::Datagram;
use postrider_engine::Time;
use postrider_proto::classic::ServerIndex;
use std::collections::BTreeMap;

/// Something that is going to happen.
#[derive(Debug)]
pub(crate) enum Event {
    /// A datagram reaches its destination.
    Arrive(Datagram),
    /// A server's deadline.
    Due(ServerIndex),
    /// A server's flush is done, if its process is still the one with this number.
    Flushed(ServerIndex, u32),
    /// A server is to crash.
    Crash(ServerIndex),
    /// A server comes back.
    Restart(ServerIndex),
    /// A server's disk becomes full, or has room again.
    Disk(ServerIndex, bool),
    /// A person does the next thing.
    Act(u32),
    /// A person has had no answer for a second to the question with this number.
    Impatient(u32, u32),
    /// A stranger says something.
    Rogue,
}

/// All that is going to happen, soonest first; of the same moment, in the order
/// in which it was planned.
#[derive(Debug)]
pub(crate) struct Queue<E = Event> {
    events: BTreeMap<(Time, u64), E>,
    planned: u64,
}

impl<E> Default for Queue<E> {
    fn default() -> Queue<E> {
        Queue { events: BTreeMap::new(), planned: 0 }
    }
}

impl<E> Queue<E> {
    pub(crate) fn plan(&mut self, at: Time, event: E) {
        self.events.insert((at, self.planned), event);
        self.planned += 1;
    }

    /// Takes the next event, if it is not after `end`.
    pub(crate) fn pop(&mut self, end: Time) -> Option<(Time, E)> {
        let next = self.events.first_entry().filter(|entry| entry.key().0 <= end)?;
        let ((at, _), event) = next.remove_entry();
        Some((at, event))
    }
}
