//! The trace of a world, folded into one number: two runs of a seed must agree.

use postrider_engine::Time;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;

#[derive(Debug)]
pub(crate) struct Trace(SipHasher13);

impl Trace {
    pub(crate) fn new() -> Trace {
        Trace(SipHasher13::new_with_keys(0, 0))
    }

    /// Folds in that this happened.
    pub(crate) fn note(&mut self, at: Time, what: &str, who: u64, bytes: &[u8]) {
        self.0.write_u64(at.as_micros());
        self.0.write(what.as_bytes());
        self.0.write_u64(who);
        self.0.write(bytes);
    }

    pub(crate) fn hash(&self) -> u64 {
        self.0.finish()
    }
}
