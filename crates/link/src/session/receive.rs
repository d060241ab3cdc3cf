//! What comes.

use super::Session;
use crate::Time;
use crate::close::CloseReason;
use crate::congestion::{Congestion, Heard, Mark};
use crate::delay::Sample;
use crate::event::{Event, Inbox, ItemId, SessionId};
use crate::flight::Arrival;
use crate::frame::{Frame, Frames, Report, arrived_ranges, kept_ranges};
use crate::intake::NotTaken;
use crate::limits::REPLAY_WINDOW;
use crate::packet::{Mode, nearest};
use crate::rtt::Rtt;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

/// Why a data packet was not taken. Nothing of it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dropped {
    NotAuthentic,
    Replayed,
    Busy,
    /// It is authentic, and says what no end may.
    AgainstTheRules,
}

/// What a packet that was taken has changed beside the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// The address that the peer has moved to.
    pub(crate) moved: Option<SocketAddr>,
    /// The other end ends the session.
    pub(crate) closed: Option<CloseReason>,
}

impl Session {
    /// Opens a packet in place: its number, and where its body is.
    pub(crate) fn open(
        &mut self,
        mode: Mode,
        number: u32,
        packet: &mut [u8],
    ) -> Result<(u64, Range<usize>), Dropped> {
        if mode != self.mode {
            return Err(Dropped::NotAuthentic);
        }
        let number = nearest(u64::from(number), 32, self.next_arrival());
        if !self.intake.arrivals().is_fresh(number) {
            return Err(Dropped::Replayed);
        }
        let body = self.opener.open(number, mode, packet);
        body.map(|body| (number, body)).map_err(|_| Dropped::NotAuthentic)
    }

    /// The reason if a body closes the session.
    pub(crate) fn closing(&self, body: &[u8]) -> Option<CloseReason> {
        let close = |frame| match frame {
            Frame::Close(code) => Some(CloseReason::from_code(code)),
            _ => None,
        };
        Frames::parse(body)?.find_map(close)
    }

    /// The number of the packet after the newest that has arrived.
    pub(crate) fn next_arrival(&self) -> u64 {
        self.intake.arrivals().newest().map_or(0, |newest| newest + 1)
    }

    /// Takes the body of packet `number`, which is authentic, or nothing of it.
    pub(crate) fn take(
        &mut self,
        now: Time,
        from: SocketAddr,
        number: u64,
        body: &[u8],
        inbox: &mut Inbox,
    ) -> Result<Taken, Dropped> {
        let frames = Frames::parse(body).ok_or(Dropped::AgainstTheRules)?;
        self.check(frames)?;
        let mut taken = Taken::default();
        let mut asks = false;
        for frame in frames {
            match frame {
                Frame::Ping => {
                    self.intake.want_report(now);
                    self.shrink();
                }
                Frame::Report(report) => self.hear(now, &report, inbox),
                Frame::Close(code) => taken.closed = Some(CloseReason::from_code(code)),
                Frame::Item(item) => {
                    let (peer, session) = (self.peer, self.key);
                    let items_in = &mut self.traffic.items_in;
                    self.intake.take(now, &item, |number, bytes| {
                        *items_in += 1;
                        inbox.push_item(
                            peer,
                            ItemId { session: SessionId(session), number },
                            bytes,
                        );
                    });
                }
            }
            asks |= matches!(frame, Frame::Ping | Frame::Item(_));
        }
        taken.moved = self.follow(now, from, number);
        self.intake.arrived(now, number, asks);
        self.opener.forget_before((number + 1).saturating_sub(REPLAY_WINDOW));
        self.heard_at = now;
        self.traffic.packets_in += 1;
        self.traffic.bytes_in += (body.len() + crate::packet::OVERHEAD_BYTES) as u64;
        Ok(taken)
    }

    fn check(&self, frames: Frames<'_>) -> Result<(), Dropped> {
        for frame in frames {
            if let Frame::Report(report) = frame {
                let newest = self.newest_of(&report);
                let base = self.base_of(&report);
                let kept = kept_ranges(base, report.kept).last().map_or(base, |range| range.end);
                if newest >= self.flight.next() || kept > self.outbox.next_number() {
                    return Err(Dropped::AgainstTheRules);
                }
            }
        }
        self.intake.check(frames).map_err(|not_taken| match not_taken {
            NotTaken::Busy => Dropped::Busy,
            NotTaken::Wrong => Dropped::AgainstTheRules,
        })
    }

    fn newest_of(&self, report: &Report<'_>) -> u64 {
        nearest(u64::from(report.newest), 32, self.flight.next())
    }

    fn base_of(&self, report: &Report<'_>) -> u64 {
        nearest(u64::from(report.base), 32, self.outbox.base())
    }

    /// The newest packet says where the peer is.
    fn follow(&mut self, now: Time, from: SocketAddr, number: u64) -> Option<SocketAddr> {
        let is_newest = self.intake.arrivals().newest().is_none_or(|newest| number > newest);
        if !is_newest || from == self.address {
            return None;
        }
        if from.ip() != self.address.ip() {
            // Another path, of which nothing is known.
            self.rtt = Rtt::new(None);
            self.congestion = Congestion::new(now, self.mtu, None);
        }
        self.address = from;
        Some(from)
    }

    /// Takes a report in.
    fn hear(&mut self, now: Time, report: &Report<'_>, inbox: &mut Inbox) {
        let newest = self.newest_of(report);
        let mut heard = Heard { newest, next: self.flight.next(), ..Heard::default() };
        for range in arrived_ranges(newest, report.arrived) {
            for number in self.flight.known(range) {
                self.note_arrival(now, number, &mut heard);
            }
        }
        self.note_times(now, report, &mut heard);
        let flying = self.flight.flying_bytes();
        self.find_lost(now);
        self.note_custody(report, inbox);
        if heard.packets > 0 || self.flight.flying_bytes() < flying {
            self.note_progress(now);
        }
        self.congestion.heard(now, heard);
        self.flight.drop_settled(now, 4 * self.rtt.probe_after(0));
        self.ask_for_custody(now);
    }

    fn note_arrival(&mut self, now: Time, number: u64, heard: &mut Heard) {
        let Arrival::First { was_lost } = self.flight.arrived(number, now) else { return };
        if was_lost {
            self.rtt.overtaken();
        }
        if let Some(sent) = self.flight.get(number) {
            self.arrived_bytes += u64::from(sent.bytes);
            heard.packets += 1;
            if sent.in_drain {
                self.congestion.settled_in_drain(false);
            }
        }
        for chunk in self.flight.chunks(number) {
            self.outbox.arrived(chunk);
        }
    }

    /// The times of arrival, latest first.
    fn note_times(&mut self, now: Time, report: &Report<'_>, heard: &mut Heard) {
        let mut age_micros = 0_u32;
        for (below, more) in report.times {
            age_micros = age_micros.saturating_add(more);
            let Some(number) = heard.newest.checked_sub(u64::from(below)) else { continue };
            let Some(sent) = self.flight.get(number) else { continue };
            let age = Duration::from_micros(u64::from(age_micros));
            heard.waited = Some(age);
            // Where a clock has jumped, the report may be older than the packet.
            let Some(rtt) = now.since(sent.at).checked_sub(age) else { continue };
            let arrived_micros = report.clock.wrapping_sub(age_micros);
            let sample = Sample { sent: sent.at, arrived_micros, rtt };
            let queue = self.congestion.queue_of(sample);
            heard.queue = Some(heard.queue.map_or(queue, |least| least.min(queue)));
            if heard.mark.is_none() {
                self.rtt.sample(rtt);
                heard.mark = Some(Mark {
                    arrived_micros,
                    sent: sent.at,
                    arrived_bytes: self.arrived_bytes,
                    sent_bytes: sent.sent_bytes,
                    heard: now,
                });
            }
        }
    }

    fn note_custody(&mut self, report: &Report<'_>, inbox: &mut Inbox) {
        let base = self.base_of(report);
        let (peer, traffic) = (self.peer, &mut self.traffic);
        let mut tell = |tag| {
            traffic.items_out += 1;
            inbox.push(Event::Custody { peer, tag });
        };
        self.outbox.kept(0..base, &mut tell);
        for range in kept_ranges(base, report.kept) {
            self.outbox.kept(range, &mut tell);
        }
        self.outbox.settle();
        if self.outbox.take_has_room() {
            inbox.push(Event::Room { peer });
        }
    }

    fn note_progress(&mut self, now: Time) {
        self.probes = 0;
        let is_idle = self.flight.is_empty();
        self.unanswered_since = (!is_idle).then_some(now);
        self.probe_at = (!is_idle).then(|| now.max(self.asked_at) + self.rtt.probe_after(0));
        self.may_probe &= !is_idle;
    }
}
