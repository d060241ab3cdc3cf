//! Two people who text each other without a break.

use super::{LOOK_EVERY, PATIENCE, Person, number};
use postrider_proto::Number;
use std::net::SocketAddr;
use std::sync::{Condvar, Mutex, MutexGuard};

/// Texts that one may be ahead of what the other has read.
const AHEAD_MAX: u32 = 40;

/// How far a conversation is.
pub(crate) struct Talk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct State {
    /// The last text that each of the two has sent, or is sending. Texts are counts, from
    /// 1 up.
    said: [u32; 2],
    /// The last that has arrived at the other.
    arrived: [u32; 2],
    /// Nobody begins a text.
    is_quiet: bool,
    is_over: bool,
    has_failed: bool,
}

impl Talk {
    pub(crate) fn new() -> Talk {
        Talk { state: Mutex::default(), changed: Condvar::new() }
    }

    /// The two talk, each at a server of theirs, until what is done meanwhile is done and
    /// everything has arrived.
    pub(crate) fn between(servers: [SocketAddr; 2], meanwhile: impl FnOnce(&Talk)) {
        Talk::on_hosts(servers, |_| {}, meanwhile);
    }

    /// The same, each on a host that their thread enters first.
    pub(crate) fn on_hosts(
        servers: [SocketAddr; 2],
        enter: impl Fn(usize) + Sync,
        meanwhile: impl FnOnce(&Talk),
    ) {
        let numbers = [number(5_550_000_001), number(5_550_000_002)];
        let talk = Talk::new();
        std::thread::scope(|scope| {
            for (who, server) in servers.into_iter().enumerate() {
                let (talk, enter) = (&talk, &enter);
                scope.spawn(move || {
                    enter(who);
                    talk.talks(who, server, numbers);
                });
            }
            let over = Over(&talk);
            talk.waits("everybody's first text", |state| {
                state.arrived.iter().all(|count| *count > 0)
            });
            meanwhile(&talk);
            talk.goes_quiet();
            drop(over);
        });
        let state = *talk.state();
        assert!(!state.has_failed && state.said == state.arrived, "{state:?}");
    }

    /// Waits until so many more texts, begun from now on, have arrived on both sides.
    pub(crate) fn goes_on(&self, texts: u32) {
        let begun = self.state().said;
        self.waits("more texts", |state| {
            (0..2).all(|who| state.arrived[who] >= begun[who] + texts)
        });
    }

    /// Waits until so many more were said on both sides, whether they arrive or not.
    pub(crate) fn says_more(&self, texts: u32) {
        let before = self.state().said;
        self.waits("more to be said", |state| {
            (0..2).all(|who| state.said[who] >= before[who] + texts)
        });
    }

    /// Both stop, and all that was said arrives.
    pub(crate) fn goes_quiet(&self) {
        self.state().is_quiet = true;
        self.waits("all that was said", |state| state.said == state.arrived);
    }

    /// Both go on.
    pub(crate) fn speaks_again(&self) {
        self.state().is_quiet = false;
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn waits(&self, what: &str, is_so: impl Fn(&State) -> bool) {
        let goes_on = |state: &mut State| !state.has_failed && !is_so(state);
        let state = *self.changed.wait_timeout_while(self.state(), PATIENCE, goes_on).unwrap().0;
        assert!(!state.has_failed && is_so(&state), "in vain: {what}: {state:?}");
    }

    /// One of the two: says something where that is not too much, and reads.
    fn talks(&self, who: usize, server: SocketAddr, numbers: [Number; 2]) {
        let _failing = Failing(self);
        let (me, other) = (numbers[who], numbers[1 - who]);
        let mut person = Person::at(server, me);
        loop {
            let state = *self.state();
            if state.has_failed {
                return;
            }
            if state.is_over {
                return assert_eq!(person.gets(), None, "more than was said");
            }
            let is_ahead = state.said[who] - state.arrived[who] >= AHEAD_MAX;
            let speaks = !is_ahead && !state.is_quiet;
            if speaks {
                self.speaks(who, &mut person, other);
            }
            let has_read = self.reads(1 - who, &person, other);
            if !speaks && !has_read {
                // A mailbox cannot be awaited.
                std::thread::sleep(LOOK_EVERY);
            }
        }
    }

    fn speaks(&self, who: usize, person: &mut Person, other: Number) {
        // Counted before it is sent, so that whoever waits for all waits for this one.
        let count = {
            let mut state = self.state();
            if state.is_quiet {
                return;
            }
            state.said[who] += 1;
            state.said[who]
        };
        person.sends(other, &count.to_string());
        self.changed.notify_all();
    }

    /// Reads one text, which has to be the next.
    fn reads(&self, from: usize, person: &Person, other: Number) -> bool {
        let Some(message) = person.takes() else { return false };
        let mut state = self.state();
        state.arrived[from] += 1;
        let expected = (other, state.arrived[from].to_string());
        let right = (message.from, message.text) == expected;
        drop(state);
        assert!(right, "not the next text: {expected:?}");
        self.changed.notify_all();
        true
    }
}

/// Ends the talk, also where what was done meanwhile has failed.
struct Over<'t>(&'t Talk);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        if let Ok(mut state) = self.0.state.lock() {
            state.is_over = true;
            state.has_failed |= std::thread::panicking();
        }
    }
}

/// Tells the others when one has failed.
struct Failing<'t>(&'t Talk);

impl Drop for Failing<'_> {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Ok(mut state) = self.0.state.lock()
        {
            state.has_failed = true;
        }
        self.0.changed.notify_all();
    }
}
