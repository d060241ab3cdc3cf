//! The part `[limits]`: how much a server holds, and for whom.

use super::SettingsError;
use postrider_engine::durations;
use postrider_engine::limits::Limits;
use serde::{Deserialize, Serialize};

/// What one source says of limits. Each is from 1 up; what is not said is as the engine has
/// it, for reasons that stand in its `limits.rs`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LimitSources {
    /// Messages that wait, in all mailboxes and to be forwarded. 200 bytes of memory each.
    pub messages: Option<u32>,
    /// Of these, the most for one number.
    pub mailbox: Option<u32>,
    /// The most of one sender, where it is a client here.
    pub sender: Option<u32>,
    /// Texts that a client may send in a second, ten seconds' worth at once.
    pub texts_per_second: Option<u32>,
}

impl LimitSources {
    pub(super) fn over(self, below: LimitSources) -> LimitSources {
        LimitSources {
            messages: self.messages.or(below.messages),
            mailbox: self.mailbox.or(below.mailbox),
            sender: self.sender.or(below.sender),
            texts_per_second: self.texts_per_second.or(below.texts_per_second),
        }
    }

    pub(super) fn check(self) -> Result<Limits, SettingsError> {
        let limits = Limits::default();
        let at_once = durations::SUBMITTED.as_secs() as usize;
        let submitted = from_one("texts_per_second", self.texts_per_second)?;
        Ok(Limits {
            waiting: from_one("messages", self.messages)?.unwrap_or(limits.waiting),
            mailbox: from_one("mailbox", self.mailbox)?.unwrap_or(limits.mailbox),
            sender: from_one("sender", self.sender)?.unwrap_or(limits.sender),
            submitted: submitted.map_or(limits.submitted, |texts| texts.saturating_mul(at_once)),
            ..limits
        })
    }
}

fn from_one(key: &'static str, value: Option<u32>) -> Result<Option<usize>, SettingsError> {
    match value {
        Some(0) => Err(SettingsError::Limit { key }),
        value => Ok(value.map(|value| value as usize)),
    }
}
