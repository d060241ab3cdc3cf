//! What becomes of a text: a function of the seed, its destination, and how many went there
//! before.

use crate::codec::Status;
use crate::receipt::MessageState;
use std::collections::BTreeMap;
use std::hash::Hasher;
use std::str::FromStr;
use std::time::Duration;

/// Destinations that are counted apart; after them all are counted as one.
const DESTINATIONS_MAX: usize = 10_000;
/// How long a text takes where nothing says so, at most.
const TAKES_MAX_MS: u64 = 3_000;

/// What becomes of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is delivered.
    Delivered,
    /// It becomes too old.
    Expired,
    /// It is taken, and refused later.
    Rejected,
    /// Its destination is refused at once.
    Refused,
    /// It came too fast.
    Throttled,
    /// The command is never answered.
    Silent,
    /// It is delivered, and a text comes back.
    Answered,
}

const NAMES: [(&str, Outcome); 7] = [
    ("delivered", Outcome::Delivered),
    ("expired", Outcome::Expired),
    ("rejected", Outcome::Rejected),
    ("refused", Outcome::Refused),
    ("throttled", Outcome::Throttled),
    ("silent", Outcome::Silent),
    ("answered", Outcome::Answered),
];

/// What becomes of destinations where nothing else is said, by their last two digits.
const USUAL: [(&str, Outcome); 6] = [
    ("01", Outcome::Expired),
    ("02", Outcome::Rejected),
    ("03", Outcome::Refused),
    ("04", Outcome::Throttled),
    ("05", Outcome::Silent),
    ("06", Outcome::Answered),
];

/// What becomes of some destinations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scripted {
    /// `49*`, `*01`, or all of the digits.
    pattern: String,
    outcome: Outcome,
    /// None: by the seed.
    after: Option<Duration>,
}

/// Why something says no outcome.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} says no outcome; write DESTINATION=OUTCOME or DESTINATION=OUTCOME:SECONDS, such as \
     *01=expired:5, with one of delivered, expired, rejected, refused, throttled, silent, answered"
)]
pub struct NoOutcome(String);

impl FromStr for Scripted {
    type Err = NoOutcome;

    fn from_str(written: &str) -> Result<Scripted, NoOutcome> {
        let read = || {
            let (pattern, said) = written.split_once('=')?;
            let (name, after) = match said.split_once(':') {
                Some((name, seconds)) => {
                    let seconds = seconds.parse().ok().filter(|s| (0.0..=86_400.0).contains(s))?;
                    (name, Some(Duration::from_secs_f64(seconds)))
                }
                None => (said, None),
            };
            let outcome = NAMES.iter().find(|(known, _)| *known == name)?.1;
            (!pattern.is_empty()).then(|| Scripted { pattern: pattern.to_owned(), outcome, after })
        };
        read().ok_or_else(|| NoOutcome(written.to_owned()))
    }
}

impl Scripted {
    fn fits(&self, destination: &str) -> bool {
        match (self.pattern.strip_suffix('*'), self.pattern.strip_prefix('*')) {
            (Some(begins), _) => destination.starts_with(begins),
            (None, Some(ends)) => destination.ends_with(ends),
            (None, None) => destination == self.pattern,
        }
    }
}

/// What is said at once, and what comes later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fate {
    /// None: nothing.
    pub(super) answer: Option<Result<String, Status>>,
    pub(super) after: Duration,
    pub(super) state: MessageState,
    pub(super) comes_back: bool,
}

/// A receipt or a text, to be handed over.
pub(super) type Message = crate::handed::OwnMessage;

/// Where the story stands.
#[derive(Debug)]
pub(super) struct Script {
    seed: u64,
    outcomes: Vec<Scripted>,
    counts: BTreeMap<String, u64>,
}

impl Script {
    pub(super) fn new(seed: u64, outcomes: Vec<Scripted>) -> Script {
        Script { seed, outcomes, counts: BTreeMap::new() }
    }

    /// The next text to a destination.
    pub(super) fn next(&mut self, destination: &str) -> Fate {
        let is_known = self.counts.contains_key(destination);
        let counted =
            if is_known || self.counts.len() < DESTINATIONS_MAX { destination } else { "" };
        let count = self.counts.entry(counted.to_owned()).or_default();
        *count += 1;
        let dice = dice(self.seed, destination, *count);
        let scripted = self.outcomes.iter().find(|one| one.fits(destination));
        let (outcome, after) = match scripted {
            Some(one) => (one.outcome, one.after),
            None => {
                let usual = USUAL.iter().find(|(ends, _)| destination.ends_with(ends));
                (usual.map_or(Outcome::Delivered, |(_, outcome)| *outcome), None)
            }
        };
        // From 1 to 10^18: decimal, and below 2^63.
        let id = (dice % 1_000_000_000_000_000_000 + 1).to_string();
        let drawn = Duration::from_millis((dice >> 20) % (TAKES_MAX_MS + 1));
        let taken = |state| Fate {
            answer: Some(Ok(id.clone())),
            after: after.unwrap_or(drawn),
            state,
            comes_back: outcome == Outcome::Answered,
        };
        let not = |answer| Fate { answer, ..taken(MessageState::Unknown) };
        match outcome {
            Outcome::Delivered | Outcome::Answered => taken(MessageState::Delivered),
            Outcome::Expired => taken(MessageState::Expired),
            Outcome::Rejected => taken(MessageState::Rejected),
            Outcome::Refused => not(Some(Err(Status::DESTINATION))),
            Outcome::Throttled => not(Some(Err(Status::THROTTLED))),
            Outcome::Silent => not(None),
        }
    }
}

/// The same for the same three, on every machine: FNV-1a, then SplitMix64's last steps.
fn dice(seed: u64, destination: &str, count: u64) -> u64 {
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    hasher.write(&seed.to_be_bytes());
    hasher.write(destination.as_bytes());
    hasher.write(&count.to_be_bytes());
    let mut mixed = hasher.finish();
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(seed: u64, outcomes: &[&str]) -> Script {
        Script::new(seed, outcomes.iter().map(|one| one.parse().unwrap()).collect())
    }

    #[test]
    fn the_same_seed_tells_the_same_story_in_whatever_order_it_is_asked() {
        let mut one = script(7, &[]);
        let told = [one.next("5550000010"), one.next("5550000011"), one.next("5550000010")];
        let mut other = script(7, &[]);
        let second = other.next("5550000011");
        assert_eq!([other.next("5550000010"), second, other.next("5550000010")], told);
        assert_ne!(script(8, &[]).next("5550000010"), told[0]);
        assert!(told[0].answer.as_ref().unwrap().as_ref().unwrap().parse::<i64>().is_ok());
    }

    #[test]
    fn what_is_scripted_goes_before_what_is_usual() {
        let mut script = script(1, &["49*=expired:2", "*77=throttled", "5550000001=answered:0"]);
        let expired = script.next("49111");
        assert_eq!((expired.state, expired.after), (MessageState::Expired, Duration::from_secs(2)));
        assert_eq!(script.next("5550000077").answer, Some(Err(Status::THROTTLED)));
        assert!(script.next("5550000001").comes_back);
        assert_eq!(script.next("6660000001").state, MessageState::Expired, "as usual");
        assert_eq!(script.next("6660000003").answer, Some(Err(Status::DESTINATION)));
        assert_eq!(script.next("6660000005").answer, None);
        for wrong in ["", "49", "=expired", "1=lost", "1=expired:x", "1=expired:-1"] {
            assert!(wrong.parse::<Scripted>().is_err(), "{wrong}");
        }
    }
}
