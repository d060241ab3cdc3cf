//! Who guesses passwords waits, from the fourth wrong one on and twice as long each time: each
//! address, for each name that it says, so that of programs on one machine one that has a wrong
//! password keeps no other out. A name that is nobody's is treated alike.

use crate::limits::{GUESS_WAIT_MAX, GUESSERS_MAX, GUESSES};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

/// Addresses and names with wrong passwords. Times are of whatever clock the caller has.
#[derive(Debug, Default)]
pub(crate) struct Guesses(BTreeMap<Who, (u32, Duration)>);

type Who = (IpAddr, Vec<u8>);

impl Guesses {
    /// Whether a password from there is not even looked at now.
    pub(crate) fn must_wait(&self, from: IpAddr, name: &[u8], now: Duration) -> bool {
        self.0.get(&who(from, name)).is_some_and(|(_, until)| now < *until)
    }

    /// A password from there was wrong.
    pub(crate) fn wrong(&mut self, from: IpAddr, name: &[u8], now: Duration) {
        let from = who(from, name);
        if self.0.len() >= GUESSERS_MAX && !self.0.contains_key(&from) {
            // Who has waited, or will have soonest, makes room.
            let first =
                self.0.iter().min_by_key(|(_, (_, until))| *until).map(|(at, _)| at.clone());
            first.and_then(|first| self.0.remove(&first));
        }
        let (count, until) = self.0.entry(from).or_default();
        *count = count.saturating_add(1);
        let doubled = count.checked_sub(GUESSES + 1).map(|more| 1_u64 << more.min(16));
        let wait = doubled.map_or(Duration::ZERO, Duration::from_secs);
        *until = now + wait.min(GUESS_WAIT_MAX);
    }

    /// A password from there was right.
    pub(crate) fn right(&mut self, from: IpAddr, name: &[u8]) {
        self.0.remove(&who(from, name));
    }
}

fn who(from: IpAddr, name: &[u8]) -> Who {
    (network_of(from), name.to_vec())
}

/// Whoever has an IPv6 address has a network of them.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from(u128::from(v6) >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_000);

    fn at(address: &str) -> IpAddr {
        address.parse().unwrap()
    }

    #[test]
    fn who_guesses_waits_longer_each_time_until_it_is_right() {
        let mut guesses = Guesses::default();
        let (who, name) = (at("10.0.0.1"), b"pumps");
        for _ in 0..GUESSES {
            guesses.wrong(who, name, NOW);
            assert!(!guesses.must_wait(who, name, NOW));
        }
        for seconds in [1, 2, 4, 8] {
            guesses.wrong(who, name, NOW);
            let waits = |after| guesses.must_wait(who, name, NOW + Duration::from_millis(after));
            assert!(waits(seconds * 1_000 - 1) && !waits(seconds * 1_000));
        }
        assert!(!guesses.must_wait(at("10.0.0.2"), name, NOW));
        assert!(!guesses.must_wait(who, b"alarm", NOW), "another program of that machine");
        (0..40).for_each(|_| guesses.wrong(who, name, NOW));
        assert!(!guesses.must_wait(who, name, NOW + GUESS_WAIT_MAX));
        guesses.right(who, name);
        assert!(!guesses.must_wait(who, name, NOW));
    }

    #[test]
    fn a_network_of_addresses_is_one_and_not_all_are_remembered() {
        let mut guesses = Guesses::default();
        let name = b"pumps";
        (0..=GUESSES).for_each(|one| guesses.wrong(at(&format!("2001:db8::{one}")), name, NOW));
        assert!(guesses.must_wait(at("2001:db8::ffff"), name, NOW));
        for one in 0..2 * GUESSERS_MAX as u32 {
            guesses.wrong(IpAddr::from(one.to_be_bytes()), name, NOW);
        }
        assert_eq!(guesses.0.len(), GUESSERS_MAX);
        let who = at("2001:db8::1");
        assert!(guesses.must_wait(who, name, NOW), "who has to wait is not forgotten first");
    }
}
