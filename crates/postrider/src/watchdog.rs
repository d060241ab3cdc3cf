//! Telling systemd that the server lives, where it asks to be told.

use crate::serve::notify;
use postrider_server::Server;
use std::time::{Duration, Instant};

/// Words in the time after which the service is taken for dead: one may be late.
const WORDS: u32 = 3;

/// When systemd is to be told next.
pub(crate) struct Watchdog {
    every: Option<Duration>,
    next: Instant,
}

impl Watchdog {
    /// As the environment says; silent where nobody asks.
    pub(crate) fn of_the_system() -> Watchdog {
        let every = sd_notify::watchdog_enabled().map(|dead_after| dead_after / WORDS);
        Watchdog { every, next: Instant::now() }
    }

    /// To be called again and again. Asks the engine's thread first, and waits for it: while
    /// that one does nothing the server serves nobody, and nothing is said.
    pub(crate) fn tell(&mut self, server: &Server) {
        let Some(every) = self.every.filter(|_| Instant::now() >= self.next) else { return };
        if server.asker().engine(|_| ()).is_some() {
            notify(sd_notify::NotifyState::Watchdog);
            self.next = Instant::now() + every;
        }
    }
}
