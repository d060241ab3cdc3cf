//! The trace of a world, folded into one number: two runs of a seed must agree.

use postrider_engine::Time;
use siphasher::sip::SipHasher13;
use std::fmt::Debug;
use std::hash::Hasher;

/// Everything that happened, as a hash, and as text where somebody wants to read it.
#[derive(Debug)]
pub(crate) struct Trace {
    hasher: SipHasher13,
    pub(crate) lines: Option<Vec<String>>,
}

impl Trace {
    pub(crate) fn new(written: bool) -> Trace {
        let hasher = SipHasher13::new_with_keys(0, 0);
        Trace { hasher, lines: written.then(Vec::new) }
    }

    /// Folds in that this happened.
    pub(crate) fn note(&mut self, at: Time, what: &str, who: impl Debug + Into<u64>, bytes: &[u8]) {
        if let Some(lines) = &mut self.lines {
            let seconds = at.as_micros() as f64 / 1e6;
            let bytes = String::from_utf8_lossy(bytes);
            lines.push(format!("{seconds:12.6} {what} {who:?} {bytes:?}"));
        }
        self.hasher.write_u64(at.as_micros());
        self.hasher.write(what.as_bytes());
        self.hasher.write_u64(who.into());
        self.hasher.write(bytes);
    }

    /// Adds to the text only.
    pub(crate) fn explain(&mut self, at: Time, what: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{:12.6} {}", at.as_micros() as f64 / 1e6, what()));
        }
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hasher.finish()
    }
}
