//! The servers that this one has heard of, each by a short number of its own.

use crate::limits::STATIONS_MAX;
use postrider_proto::native::{LinePlace, ServerId, ServerKey};
use std::collections::BTreeMap;

/// A server, as this one numbers them in the order in which it heard of them; the first
/// is itself. Two bytes, since there is one for each known number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Station(pub(crate) u16);

impl Station {
    /// This server.
    pub const ME: Station = Station(0);

    /// In the order in which this server heard of them, from 0, which is itself.
    pub fn value(self) -> u16 {
        self.0
    }

    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// All servers heard of.
#[derive(Debug, Default)]
pub(crate) struct Stations {
    keys: Vec<Option<ServerKey>>,
    by_id: BTreeMap<ServerId, Station>,
    /// What each says that people call it.
    labels: BTreeMap<Station, Box<str>>,
    /// Where each says that it stands in a line of classic servers.
    places: BTreeMap<Station, LinePlace>,
}

impl Stations {
    pub(crate) fn find(&self, key: &ServerKey) -> Option<Station> {
        self.find_id(key.id()).filter(|station| self.key(*station) == Some(*key))
    }

    pub(crate) fn find_id(&self, id: ServerId) -> Option<Station> {
        self.by_id.get(&id).copied()
    }

    pub(crate) fn key(&self, station: Station) -> Option<ServerKey> {
        self.keys.get(station.index()).copied().flatten()
    }

    /// The number that the next server gets; none where there are too many, or where its
    /// short identity is taken.
    pub(crate) fn next(&self, key: &ServerKey) -> Option<Station> {
        let is_free = self.keys.len() < STATIONS_MAX && self.find_id(key.id()).is_none();
        is_free.then_some(Station(self.keys.len() as u16))
    }

    /// They come in any order: the cleaning of the log writes them again.
    pub(crate) fn set(&mut self, station: Station, key: ServerKey) {
        let count = self.keys.len().max(station.index() + 1);
        self.keys.resize(count, None);
        self.keys[station.index()] = Some(key);
        self.by_id.insert(key.id(), station);
    }

    pub(crate) fn set_label(&mut self, station: Station, label: &str) {
        if self.label(station) != Some(label) {
            self.labels.insert(station, label.into());
        }
    }

    pub(crate) fn label(&self, station: Station) -> Option<&str> {
        self.labels.get(&station).map(|label| &**label)
    }

    pub(crate) fn set_place(&mut self, station: Station, place: Option<LinePlace>) {
        match place {
            Some(place) => self.places.insert(station, place),
            None => self.places.remove(&station),
        };
    }

    pub(crate) fn place(&self, station: Station) -> Option<LinePlace> {
        self.places.get(&station).copied()
    }

    /// All that stand in lines of classic servers.
    pub(crate) fn places(&self) -> impl Iterator<Item = (Station, LinePlace)> + '_ {
        self.places.iter().map(|(station, place)| (*station, *place))
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// In the order of their short identities.
    pub(crate) fn by_id(&self) -> impl Iterator<Item = (ServerId, Station)> + '_ {
        self.by_id.iter().map(|(id, station)| (*id, *station))
    }
}
