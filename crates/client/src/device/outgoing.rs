//! What leaves: texts are signed once it is known whose their number is, and handed over.

use super::Device;
use crate::ProfileError;
use crate::limits::IN_FLIGHT_MAX;
use crate::profile::{Changes, KnownNumber};
use postrider_link::Mode;
use postrider_proto::Number;
use postrider_proto::native::Precedence;
use std::collections::BTreeSet;

/// What was handed to the server in this session.
#[derive(Default)]
pub(super) struct Outgoing {
    /// Those of which the server has not said that it has them on disk.
    in_flight: BTreeSet<i64>,
    /// The last of each precedence that was handed over.
    last: [i64; 4],
    /// There may be more in the outbox than was handed over.
    has_more: bool,
    /// There may be texts that are not signed.
    has_unsigned: bool,
    /// What the link is.
    pub(super) mode: Mode,
}

impl Outgoing {
    /// There may be more in the outbox, or room for it.
    pub(super) fn hand_over_more(&mut self) {
        self.has_more = true;
    }

    /// There may be texts to be signed, or more is known of their numbers.
    pub(super) fn look_again(&mut self) {
        (self.has_more, self.has_unsigned) = (true, true);
    }

    /// There may be texts to be signed.
    pub(super) fn has_unsigned(&self) -> bool {
        self.has_unsigned
    }

    /// The server has one on disk.
    pub(super) fn take(&mut self, tag: u64) -> Option<i64> {
        let seq = i64::try_from(tag).ok()?;
        self.in_flight.remove(&seq).then_some(seq)
    }
}

impl Device {
    /// Signs what waits for numbers that are known, with one flush, and asks for the others.
    pub(super) fn sign_all(&mut self) -> Result<(), ProfileError> {
        if !self.session.is_attached() || !std::mem::take(&mut self.outgoing.has_unsigned) {
            return Ok(());
        }
        let is_clear = self.outgoing.mode == Mode::Clear;
        let mut recipients = Vec::new();
        for to in self.profile.recipients()? {
            match self.asked.known(to, self.now.time) {
                Some(known) => recipients.push((to, known)),
                None => self.ask_number(to),
            }
        }
        let (now, mut changes) = (self.now.stamp, Changes::default());
        let signed = self.profile.atomically(|profile| {
            let sign = |(to, known): &(Number, KnownNumber)| {
                profile.sign_texts(*to, known, is_clear, now, &mut changes)
            };
            recipients.iter().map(sign).collect::<Result<Vec<bool>, ProfileError>>()
        })?;
        self.outgoing.has_more |= !signed.is_empty();
        self.outgoing.has_unsigned |= signed.contains(&true);
        self.tell_changes(changes)
    }

    /// Hands over what the outbox holds, the most urgent first, as far as there is room.
    pub(super) fn hand_over(&mut self) -> Result<(), ProfileError> {
        if !self.session.is_attached() || !std::mem::take(&mut self.outgoing.has_more) {
            return Ok(());
        }
        let now = self.now.time;
        for precedence in Precedence::ALL.into_iter().rev() {
            let class = usize::from(precedence.code());
            loop {
                let room = IN_FLIGHT_MAX - self.outgoing.in_flight.len();
                if room == 0 {
                    self.outgoing.has_more = true;
                    return Ok(());
                }
                let after = self.outgoing.last[class];
                let next = self.profile.outgoing(precedence, after, room, self.now.stamp)?;
                if next.is_empty() {
                    break;
                }
                for message in next {
                    let (tag, bytes) = (message.seq.unsigned_abs(), &message.bytes);
                    if !self.session.submit(now, on_link(message.precedence), tag, bytes) {
                        self.outgoing.has_more = true;
                        return Ok(());
                    }
                    self.outgoing.in_flight.insert(message.seq);
                    self.outgoing.last[class] = message.seq;
                }
            }
        }
        Ok(())
    }
}

fn on_link(precedence: Precedence) -> postrider_link::Precedence {
    match precedence {
        Precedence::Routine => postrider_link::Precedence::Routine,
        Precedence::Priority => postrider_link::Precedence::Priority,
        Precedence::Immediate => postrider_link::Precedence::Immediate,
        Precedence::Flash => postrider_link::Precedence::Flash,
    }
}
