//! *Silence* and *Lifetime*: everything accepted has its end, its sender is told, and
//! nothing ends by age before its lifetime is spent or lives much longer.
//!
//! Exempt is what a lying server had a hand in: it can claim a number that has no key, and
//! then takes what is for that number into a custody that is worth nothing.

use super::Checkers;
use crate::trunks::report::{Promise, Verdict};
use postrider_engine::Time;
use postrider_proto::native::{MessageId, Outcome, Reason, Receipt};
use std::time::Duration;

/// Ages are rounded up at each server, by a 2,048th at the most.
const ROUNDING: f64 = 1.0 + 64.0 / 2_048.0;

fn is_by_age(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Expired | Outcome::Refused(Reason::NUMBER_UNKNOWN))
}

/// A message that ended by its age was old enough, by the fastest clock there is.
pub(super) fn not_too_early(
    checkers: &mut Checkers,
    now: Time,
    about: MessageId,
    receipt: &Receipt,
) -> Verdict {
    let jumped = checkers.jumped;
    let lifetime = checkers.options.lifetime;
    let drift = checkers.options.drift;
    let Some((text, letter)) = checkers.letters.find(about) else { return Ok(()) };
    let Some((_, kept)) = letter.kept.filter(|_| is_by_age(receipt.outcome)) else {
        return Ok(());
    };
    let measured =
        now.since(kept).mul_f64((1.0 + drift) * ROUNDING) + jumped.saturating_sub(letter.jumped);
    if measured + Duration::from_secs(60) < lifetime {
        let what = format!(
            "#{text} is said to have expired after {:?}, its lifetime is {lifetime:?}",
            now.since(kept)
        );
        return Promise::Lifetime.broken(what);
    }
    Ok(())
}

impl Checkers {
    /// The end of the world: every text has ended, and its sender knows how.
    pub(crate) fn all_ended(&self) -> Verdict {
        let mut kept = self.letters.iter().filter(|(_, letter)| !letter.excused);
        let silent = kept.find(|(_, letter)| {
            (letter.promised || letter.kept.is_some()) && letter.outcomes.is_empty()
        });
        let verdict = match silent {
            Some((text, letter)) => Promise::Silence.broken(format!(
                "nobody was told what became of #{text}: {letter:?}, {:?}",
                self.where_is(text)
            )),
            None => Ok(()),
        };
        self.judge(verdict)
    }

    /// The end of the world: what is older than its lifetime, by the slowest clock, is gone.
    pub(crate) fn none_outlives(&self, now: Time) -> Verdict {
        let spent = |kept: Time| now.since(kept).mul_f64(1.0 - self.options.drift);
        let most = self.options.lifetime.mul_f64(ROUNDING * 1.07) + Duration::from_secs(600);
        let kept = self.letters.iter().filter(|(_, letter)| !letter.excused);
        let mut kept = kept.filter_map(|(text, letter)| Some((text, letter.kept?.1)));
        let old = kept.find(|(text, at)| spent(*at) > most && !self.where_is(*text).is_empty());
        let verdict = match old {
            Some((text, _)) => {
                Promise::Lifetime.broken(format!("#{text} lives on at {:?}", self.where_is(text)))
            }
            None => Ok(()),
        };
        self.judge(verdict)
    }

    fn where_is(&self, text: u32) -> Vec<usize> {
        let holds = self.holds.iter().enumerate();
        let at = holds.filter(|(_, holds)| holds.values().any(|held| held.text == text));
        at.map(|(site, _)| site).collect()
    }
}
