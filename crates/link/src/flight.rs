//! The packets that have been sent, and what has been heard of them.

use crate::Time;
use crate::limits::FLIGHT_MAX;
use crate::rtt::Rtt;
use std::collections::VecDeque;
use std::time::Duration;

/// An item, or a part of one, in a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) item: u64,
    pub(crate) part: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It asks for no report.
    Quiet,
    Flying,
    Arrived,
    Lost,
}

/// What is remembered of a packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub(crate) at: Time,
    pub(crate) bytes: u16,
    /// Whether it was sent while the queue was drained.
    pub(crate) in_drain: bool,
    /// Bytes of all packets that asked for a report, with this one.
    pub(crate) sent_bytes: u64,
    state: State,
    chunks: u8,
    /// How many chunks went before its own.
    chunks_before: u64,
}

/// What a packet's first report has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It was in flight, or counted as lost.
    First { was_lost: bool },
    /// It says nothing new.
    Known,
}

/// All packets from the oldest of which something may still be heard.
#[derive(Debug, Default)]
pub(crate) struct Flight {
    /// The number of the first in `packets`.
    first: u64,
    packets: VecDeque<Sent>,
    chunks: VecDeque<Chunk>,
    /// How many chunks went before the first in `chunks`.
    chunks_before: u64,
    flying_bytes: u64,
    flying: u32,
    sent_bytes: u64,
    /// The newest packet that has arrived, and when we heard of it.
    newest: Option<(u64, Time)>,
    /// No packet before this is in flight.
    flying_from: u64,
}

impl Flight {
    /// The number of the next packet.
    pub(crate) fn next(&self) -> u64 {
        self.first + self.packets.len() as u64
    }

    /// Bytes of the packets that ask for a report and of which nothing was heard.
    pub(crate) fn flying_bytes(&self) -> u64 {
        self.flying_bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.flying == 0
    }

    pub(crate) fn is_full(&self) -> bool {
        self.packets.len() >= FLIGHT_MAX
    }

    /// Adds a packet that asks for a report, with its chunks.
    pub(crate) fn push(&mut self, at: Time, bytes: usize, in_drain: bool, chunks: &[Chunk]) {
        let chunks_before = self.chunks_before + self.chunks.len() as u64;
        self.chunks.extend(chunks);
        let (state, bytes) = (State::Flying, bytes as u16);
        let chunks = chunks.len() as u8;
        self.sent_bytes += u64::from(bytes);
        let sent_bytes = self.sent_bytes;
        let sent = Sent { at, bytes, in_drain, sent_bytes, state, chunks, chunks_before };
        self.packets.push_back(sent);
        self.flying += 1;
        self.flying_bytes += u64::from(bytes);
    }

    /// Adds a packet that asks for none.
    pub(crate) fn push_quiet(&mut self, at: Time) {
        let chunks_before = self.chunks_before + self.chunks.len() as u64;
        let quiet = Sent {
            at,
            bytes: 0,
            in_drain: false,
            sent_bytes: self.sent_bytes,
            state: State::Quiet,
            chunks: 0,
            chunks_before,
        };
        self.packets.push_back(quiet);
        self.drop_settled(at, Duration::MAX);
    }

    pub(crate) fn get(&self, number: u64) -> Option<&Sent> {
        let index = number.checked_sub(self.first)?;
        self.packets.get(usize::try_from(index).ok()?)
    }

    /// The numbers of a range that are remembered and may be news, newest first.
    pub(crate) fn known(&self, range: std::ops::Range<u64>) -> impl Iterator<Item = u64> + use<> {
        (range.start.max(self.first)..range.end.min(self.next())).rev()
    }

    /// The other end has a packet.
    pub(crate) fn arrived(&mut self, number: u64, now: Time) -> Arrival {
        let index = number.wrapping_sub(self.first) as usize;
        let Some(packet) = self.packets.get_mut(index) else { return Arrival::Known };
        let was_lost = match packet.state {
            State::Flying => false,
            State::Lost => true,
            State::Quiet | State::Arrived => return Arrival::Known,
        };
        packet.state = State::Arrived;
        if !was_lost {
            self.flying -= 1;
            self.flying_bytes -= u64::from(packet.bytes);
        }
        if self.newest.is_none_or(|(newest, _)| newest < number) {
            self.newest = Some((number, now));
        }
        Arrival::First { was_lost }
    }

    /// The oldest packet that counts as lost by now, because one that was sent long enough
    /// after it has arrived; else, when the next would.
    pub(crate) fn take_lost(&mut self, now: Time, rtt: &Rtt) -> Result<u64, Option<Time>> {
        let Some((newest, heard)) = self.newest else { return Err(None) };
        let Some(newest_at) = self.get(newest).map(|sent| sent.at) else { return Err(None) };
        let window = rtt.reorder_window();
        let Some(oldest) = self.oldest_flying().filter(|oldest| *oldest < newest) else {
            return Err(None);
        };
        let index = (oldest - self.first) as usize;
        let sent = &mut self.packets[index];
        let lost_at = heard + window.saturating_sub(newest_at.since(sent.at));
        if now < lost_at {
            return Err(Some(lost_at));
        }
        sent.state = State::Lost;
        self.flying -= 1;
        self.flying_bytes -= u64::from(sent.bytes);
        Ok(oldest)
    }

    /// Costs a step for each packet that was the oldest.
    fn oldest_flying(&mut self) -> Option<u64> {
        let skipped = self.flying_from.saturating_sub(self.first) as usize;
        let index = self.packets.iter().skip(skipped).position(|sent| sent.state == State::Flying);
        let found = index.map(|index| self.first + (skipped + index) as u64);
        self.flying_from = found.unwrap_or(self.next());
        found
    }

    /// The chunks of a packet.
    pub(crate) fn chunks(&self, number: u64) -> impl Iterator<Item = Chunk> {
        let (from, count) = match self.get(number) {
            Some(sent) => (sent.chunks_before - self.chunks_before, sent.chunks),
            None => (0, 0),
        };
        self.chunks.iter().skip(from as usize).take(usize::from(count)).copied()
    }

    /// The packets that are in flight, oldest first.
    pub(crate) fn flying(&self) -> impl Iterator<Item = u64> {
        let flying = |(_, sent): &(usize, &Sent)| sent.state == State::Flying;
        self.packets.iter().enumerate().filter(flying).map(|(index, _)| self.first + index as u64)
    }

    /// Gives memory back, if nothing is in flight.
    pub(crate) fn shrink(&mut self) {
        if self.is_empty() {
            self.packets.shrink_to(16);
            self.chunks.shrink_to(16);
        }
    }

    /// Forgets packets from the front of which nothing more is to be heard; lost ones
    /// after `keep_lost`, or at once where there is no room for others.
    pub(crate) fn drop_settled(&mut self, now: Time, keep_lost: Duration) {
        let keep_lost = if self.is_full() { Duration::ZERO } else { keep_lost };
        while let Some(sent) = self.packets.front() {
            match sent.state {
                State::Flying => break,
                State::Lost if now.since(sent.at) < keep_lost => break,
                State::Quiet | State::Arrived | State::Lost => {}
            }
            let chunks = usize::from(sent.chunks);
            self.chunks.drain(..chunks);
            self.chunks_before += chunks as u64;
            self.packets.pop_front();
            self.first += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Time {
        Time::from_micros(millis * 1_000)
    }

    fn rtt() -> Rtt {
        Rtt::new(Some(Duration::from_millis(100)))
    }

    /// Packets 0, 1, 2… were sent at these milliseconds, each with the item of its number.
    fn flight(sent: &[u64]) -> Flight {
        let mut flight = Flight::default();
        for (item, millis) in (0..).zip(sent) {
            flight.push(at(*millis), 100, false, &[Chunk { item, part: 0 }]);
        }
        flight
    }

    #[test]
    fn a_packet_is_lost_once_one_sent_a_while_after_it_has_arrived() {
        let mut flight = flight(&[0, 10, 40, 41]);
        assert_eq!(flight.take_lost(at(500), &rtt()), Err(None), "nothing has arrived");
        flight.arrived(2, at(140));
        assert_eq!(flight.take_lost(at(140), &rtt()), Ok(0));
        assert_eq!(flight.take_lost(at(140), &rtt()), Ok(1), "30 ms are more than 25");
        assert_eq!(flight.take_lost(at(140), &rtt()), Err(None), "3 was sent after 2");
        assert_eq!(flight.flying_bytes(), 100);
    }

    #[test]
    fn packets_that_overtake_each_other_a_little_are_waited_for() {
        let mut flight = flight(&[0, 10]);
        flight.arrived(1, at(110));
        assert_eq!(flight.take_lost(at(110), &rtt()), Err(Some(at(125))));
        assert_eq!(flight.arrived(0, at(120)), Arrival::First { was_lost: false });
        assert_eq!(flight.take_lost(at(125), &rtt()), Err(None));
        assert!(flight.is_empty());
    }

    #[test]
    fn a_lost_packet_that_comes_after_all_is_told_once() {
        let mut flight = flight(&[0, 100]);
        flight.arrived(1, at(200));
        assert_eq!(flight.take_lost(at(200), &rtt()), Ok(0));
        assert_eq!(flight.arrived(0, at(210)), Arrival::First { was_lost: true });
        assert_eq!(flight.arrived(0, at(210)), Arrival::Known);
        assert_eq!(flight.arrived(7, at(210)), Arrival::Known, "never sent");
    }

    /// Else nothing could be sent any more, and so nothing be heard.
    #[test]
    fn a_full_flight_makes_room_although_its_oldest_packet_was_lost_just_now() {
        let mut flight = flight(&vec![0; FLIGHT_MAX]);
        assert!(flight.is_full());
        for number in 1..FLIGHT_MAX as u64 {
            flight.arrived(number, at(1));
        }
        assert_eq!(flight.take_lost(at(26), &rtt()), Ok(0));
        flight.drop_settled(at(26), Duration::from_secs(1));
        assert!(!flight.is_full());
    }

    #[test]
    fn settled_packets_are_forgotten_in_order_and_lost_ones_later() {
        let mut flight = flight(&[0, 100, 200]);
        flight.arrived(1, at(300));
        assert_eq!(flight.take_lost(at(300), &rtt()), Ok(0));
        flight.drop_settled(at(300), Duration::from_secs(1));
        assert!(flight.get(0).is_some());
        flight.drop_settled(at(1_000), Duration::from_secs(1));
        assert!(flight.get(1).is_none() && flight.get(2).is_some());
        assert_eq!(flight.chunks(2).collect::<Vec<_>>(), [Chunk { item: 2, part: 0 }]);
        flight.push_quiet(at(1_000));
        assert_eq!(flight.next(), 4);
    }
}
