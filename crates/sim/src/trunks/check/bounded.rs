//! *Bounded*: everything that a server holds stays within its limits.

use super::Checkers;
use crate::trunks::owners::OWNED;
use crate::trunks::report::{Promise, Verdict};
use crate::trunks::rogue::{NUMBERS, STRANGERS};
use postrider_engine::Sizes;
use postrider_engine::limits::{
    HANDED_BESIDES_MAX, HOPS, MESSAGES_HANDED_MAX, ROWS_HANDED_MAX, STATIONS_MAX,
};

/// Bytes of the log for each thing that lives in it, at the most, the records that are not
/// yet cleaned included.
const RECORD_BYTES: u64 = 1_600;
/// What the cleaning may be behind.
const BEHIND_BYTES: u64 = 256 << 10;

pub(super) fn check(
    checkers: &Checkers,
    site: usize,
    sizes: &Sizes,
    log_bytes: u64,
    had_room: bool,
) -> Verdict {
    let limits = &checkers.options.limits;
    let people = (checkers.options.people + checkers.options.clients) as usize;
    let pairs = (people.max(STRANGERS) + NUMBERS as usize + 1).pow(2);
    let neighbours = checkers.options.servers;
    // A receipt takes the place that its message has left; and the reserve, of texts and of
    // receipts that came over trunks, for each number of hops that a message here can have.
    let hops = checkers.options.servers.min(usize::from(HOPS)) + 1;
    let hops = if checkers.options.rogue > 0.0 { 256 } else { 2 * hops };
    let waiting = limits.waiting + sizes.said_here + 2 * limits.reserve * hops;
    let besides = 256 * usize::from(HANDED_BESIDES_MAX);
    let handed = MESSAGES_HANDED_MAX + besides + ROWS_HANDED_MAX;
    let bounds = [
        ("clients", sizes.clients, limits.clients.min(people)),
        ("messages", sizes.waiting, waiting),
        ("timers", sizes.timers, sizes.waiting + sizes.clients + sizes.stations + 8),
        ("stations", sizes.stations, STATIONS_MAX),
        ("numbers", sizes.numbers, people + (2 * NUMBERS + OWNED) as usize),
        ("trunks", sizes.trunks, neighbours),
        ("messages queued", sizes.queued, sizes.waiting),
        ("items handed", sizes.given, sizes.trunks * handed),
        ("shares", sizes.quotas, 2 * people + neighbours + 80),
        ("counts", sizes.counted, pairs),
        ("senders taken", sizes.taken, pairs * (checkers.options.servers + 2)),
    ];
    for (name, found, most) in bounds {
        if found > most {
            let what = format!("server {site} holds {found} {name}, at most {most}");
            return Promise::Bounded.broken(what);
        }
    }
    let live = sizes.clients
        + sizes.waiting
        + sizes.stations * 4
        + sizes.numbers
        + sizes.counted
        + sizes.taken;
    let most = limits.log_slack_bytes + BEHIND_BYTES + RECORD_BYTES * live as u64;
    if log_bytes > most && had_room {
        return Promise::Bounded.broken(format!("server {site}'s log has {log_bytes} bytes"));
    }
    checkers.mailboxes(site)
}

impl Checkers {
    /// No mailbox holds more texts than it may, at home or of those who are to be forwarded;
    /// what was accepted before its recipient came home stays.
    fn mailboxes(&self, site: usize) -> Verdict {
        let most = self.options.limits.mailbox;
        if most > 1_000 {
            return Ok(());
        }
        for (number, _) in self.homes.iter().filter(|(_, home)| **home == site) {
            let held =
                self.holds[site].iter().filter(|((to, _), held)| to == number && held.text > 0);
            let held = held.count();
            if held > most {
                let what = format!("the mailbox of {number} at server {site} has {held} texts");
                return Promise::Bounded.broken(what);
            }
        }
        Ok(())
    }
}
