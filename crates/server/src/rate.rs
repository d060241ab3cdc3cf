//! What an address is answered is limited in rate, so that a forged source gains
//! nothing: an answer may be ten times as long as what asked for it.

use crate::limits::{RATE_BURST_SECONDS, RATE_SLOTS};
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

/// A request counter for each address, all of the same rate.
#[derive(Debug)]
pub(crate) struct Rate {
    /// Whose it was last, and when the address's requests so far will have been worth their time, in
    /// microseconds (the generic cell rate algorithm, ITU-T I.371).
    slots: Vec<(Option<IpAddr>, u64)>,
    hasher: RandomState,
    micros_each: u64,
}

impl Rate {
    /// Allows this many requests a second, at least one.
    pub(crate) fn new(per_second: u32) -> Rate {
        Rate {
            slots: vec![(None, 0); RATE_SLOTS],
            hasher: RandomState::new(),
            micros_each: 1_000_000 / u64::from(per_second.max(1)),
        }
    }

    /// Whether the address may ask now. Loopback always may: its source cannot be
    /// forged from outside.
    pub(crate) fn admits(&mut self, address: IpAddr, now_micros: u64) -> bool {
        if address.is_loopback() {
            return true;
        }
        let place = self.hasher.hash_one(address) as usize % RATE_SLOTS;
        let (owner, worth) = &mut self.slots[place];
        if *worth <= now_micros {
            (*owner, *worth) = (Some(address), now_micros);
        }
        if *worth - now_micros > RATE_BURST_SECONDS * 1_000_000 {
            return false;
        }
        *worth += self.micros_each;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_the_rate_then_a_burst_again_after_a_rest() {
        let address = "10.1.2.3".parse().unwrap();
        let mut rate = Rate::new(10);
        let admitted =
            |rate: &mut Rate, now| (0..100).filter(|_| rate.admits(address, now)).count();
        assert_eq!(admitted(&mut rate, 0), 21);
        assert_eq!(admitted(&mut rate, 1_000_000), 10);
        assert_eq!(admitted(&mut rate, 60_000_000), 21);
    }

    #[test]
    fn loopback_is_not_limited() {
        let mut rate = Rate::new(1);
        assert!((0..1000).all(|_| rate.admits("127.0.0.1".parse().unwrap(), 0)));
    }
}
