//! Who has how much of a server's room.

use super::tally::Tally;
use crate::Time;
use crate::deadlines::durations;
use crate::mail::{Message, Source};
use crate::native::{Station, Whereabouts};
use postrider_proto::Number;
use std::collections::BTreeMap;

/// Where a message has to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// Nowhere: it is in a mailbox.
    Here,
    /// To a server of the classic line.
    Line,
    /// To a station.
    Station(Station),
    /// Where its recipient turns up.
    Nowhere,
}

impl From<Whereabouts> for Bound {
    fn from(whereabouts: Whereabouts) -> Bound {
        match whereabouts {
            Whereabouts::Here => Bound::Here,
            Whereabouts::Line(_) => Bound::Line,
            Whereabouts::Station(station) => Bound::Station(station),
            Whereabouts::Unknown => Bound::Nowhere,
        }
    }
}

/// What is on its way to one station.
#[derive(Debug, Default)]
struct ToStation {
    tally: Tally,
    has_way: bool,
}

/// Who has how much of the room. 2 kilobytes for each station for which something waits, and
/// some 30 bytes for each sender.
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    /// What can go on, and what has no way or nobody to go to. Kept apart, so that an outage
    /// takes no place from what goes elsewhere.
    goes: Tally,
    stays: Tally,
    stations: BTreeMap<Station, ToStation>,
    /// What waits of each own client, in mailboxes as well.
    senders: BTreeMap<Number, u32>,
    /// Texts that own clients have sent since then.
    submitted: BTreeMap<Number, u32>,
    since: Time,
    /// All that this server says itself, and the neighbour of whose message it speaks now.
    said: usize,
    speaks_of: Option<Station>,
}

impl Quotas {
    /// A message waits from now on; the way is asked for where it matters.
    pub(crate) fn add(&mut self, message: &Message, to: Bound, has_way: bool) {
        if message.source() == Source::Client {
            *self.senders.entry(message.from).or_default() += 1;
        }
        self.set_out(message, to, has_way);
    }

    /// It waits no more.
    pub(crate) fn remove(&mut self, message: &Message, to: Bound) {
        if message.source() == Source::Client
            && let Some(count) = self.senders.get_mut(&message.from)
        {
            *count -= 1;
            if *count == 0 {
                self.senders.remove(&message.from);
            }
        }
        self.arrive(message, to);
    }

    pub(super) fn set_out(&mut self, message: &Message, to: Bound, has_way: bool) {
        let to_station = || ToStation { has_way, ..ToStation::default() };
        match to {
            Bound::Here => return,
            Bound::Line => self.goes.count(message, 1),
            Bound::Nowhere => self.stays.count(message, 1),
            Bound::Station(station) => {
                let to_station = self.stations.entry(station).or_insert_with(to_station);
                to_station.tally.count(message, 1);
                let sum = if to_station.has_way { &mut self.goes } else { &mut self.stays };
                sum.count(message, 1);
            }
        }
        self.said += usize::from(matches!(message.source(), Source::Said(_)));
    }

    pub(super) fn arrive(&mut self, message: &Message, to: Bound) {
        match to {
            Bound::Here => return,
            Bound::Line => self.goes.count(message, -1),
            Bound::Nowhere => self.stays.count(message, -1),
            Bound::Station(station) => {
                let Some(to_station) = self.stations.get_mut(&station) else { return };
                to_station.tally.count(message, -1);
                let sum = if to_station.has_way { &mut self.goes } else { &mut self.stays };
                sum.count(message, -1);
                if to_station.tally.is_empty() {
                    self.stations.remove(&station);
                }
            }
        }
        self.said -= usize::from(matches!(message.source(), Source::Said(_)));
    }

    /// The ways have changed. Costs two kilobytes for each station that has got one, or lost
    /// its last.
    pub(crate) fn reroute(&mut self, has_way: impl Fn(Station) -> bool) {
        for (station, to_station) in &mut self.stations {
            let has_way = has_way(*station);
            if std::mem::replace(&mut to_station.has_way, has_way) == has_way {
                continue;
            }
            let (from, to) = match has_way {
                true => (&mut self.stays, &mut self.goes),
                false => (&mut self.goes, &mut self.stays),
            };
            from.give_up(&to_station.tally);
            to.take_in(&to_station.tally);
        }
    }

    pub(super) fn sum(&self, goes: bool) -> &Tally {
        if goes { &self.goes } else { &self.stays }
    }

    /// The receipts and histories that this server says itself, and that wait.
    pub(crate) fn said_here(&self) -> usize {
        self.said
    }

    /// What it says next is of a message that came from there.
    pub(crate) fn speaks_of(&mut self, source: Source) {
        self.speaks_of = match source {
            Source::Trunk(station) => Some(station),
            _ => None,
        };
    }

    /// Of which neighbour's message it speaks; its own, if of none.
    pub(crate) fn spoken_of(&self) -> Station {
        self.speaks_of.unwrap_or(Station::ME)
    }

    pub(super) fn of_sender(&self, sender: Number) -> usize {
        self.senders.get(&sender).map_or(0, |count| *count as usize)
    }

    /// Counts a text that an own client sends.
    pub(crate) fn submit(&mut self, sender: Number, now: Time) {
        self.begin_anew(now);
        *self.submitted.entry(sender).or_default() += 1;
    }

    /// How many a client has sent lately.
    pub(super) fn submitted(&mut self, sender: Number, now: Time) -> usize {
        self.begin_anew(now);
        self.submitted.get(&sender).map_or(0, |count| *count as usize)
    }

    fn begin_anew(&mut self, now: Time) {
        if now.since(self.since) >= durations::SUBMITTED {
            self.submitted.clear();
            self.since = now;
        }
    }

    /// How many senders, and stations for which something waits, are counted.
    pub(crate) fn len(&self) -> usize {
        self.senders.len() + self.submitted.len() + self.stations.len()
    }
}
