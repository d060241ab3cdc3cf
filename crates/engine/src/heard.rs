//! Which own clients have said something within the last quarter of a second.

use crate::Time;
use crate::deadlines::durations::DOUBT;
use crate::limits::HEARD_MAX;
use postrider_proto::Number;
use std::collections::VecDeque;

/// In the order in which they spoke. Written at every request and read only when a
/// list contradicts, so there is no index.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    lately: VecDeque<(Time, Number)>,
    /// How many have ever been pushed.
    count: u64,
}

impl Heard {
    pub(crate) fn push(&mut self, client: Number, now: Time) {
        while self.lately.front().is_some_and(|(at, _)| now.since(*at) > DOUBT) {
            self.lately.pop_front();
        }
        if self.lately.len() == HEARD_MAX {
            self.lately.pop_front();
        }
        self.lately.push_back((now, client));
        self.count += 1;
    }

    /// When the client last said something, if that was within a quarter of a second.
    pub(crate) fn last(&self, client: Number, now: Time) -> Option<Time> {
        let recent = self.lately.iter().rev().take_while(|(at, _)| now.since(*at) < DOUBT);
        recent.filter(|(_, number)| *number == client).map(|(at, _)| *at).next()
    }

    /// How many times any client has spoken, to ask [`Heard::again`] later.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Whether the client has spoken since the count was this.
    pub(crate) fn again(&self, client: Number, since: u64) -> bool {
        let later = usize::try_from(self.count - since).unwrap_or(usize::MAX);
        self.lately.iter().rev().take(later).any(|(_, number)| *number == client)
    }

    pub(crate) fn len(&self) -> usize {
        self.lately.len()
    }
}
