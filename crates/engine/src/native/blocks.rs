//! Blocks: numbers that one server gives out, and no other.
//!
//! A block is what a server says of itself, so whose blocks count is its operator's to say:
//! its own, and those of servers that it is told to honour. Who could reserve numbers by
//! merely saying so could take everybody's.

use super::{Says, Station};
use crate::engine::Engine;
use crate::limits::VERSION_AHEAD_MAX;
use postrider_proto::Number;
use postrider_proto::native::{Block, Blocks, ServerKey, Version};
use std::collections::{BTreeMap, BTreeSet};

/// What servers say of blocks, and what of it counts.
#[derive(Debug, Default)]
pub(crate) struct Reserved {
    said: BTreeMap<Station, Blocks>,
    honoured: BTreeSet<Station>,
    /// What counts: first number → last, and whose. None overlaps another.
    counts: BTreeMap<Number, (Number, Station)>,
}

impl Reserved {
    /// The server that gives out this number, if one does.
    pub(crate) fn of(&self, number: Number) -> Option<Station> {
        let (_, (last, station)) = self.counts.range(..=number).next_back()?;
        (number <= *last).then_some(*station)
    }

    /// The blocks that a server says it has.
    pub(crate) fn said(&self, station: Station) -> Blocks {
        self.said.get(&station).copied().unwrap_or(Blocks::NONE)
    }

    /// Own blocks come first. Of others that overlap, the one that begins lower counts, then
    /// the larger, then that of the server that was heard of first; operators who honour
    /// each other see to it that there are none.
    fn count(&mut self) {
        let counts = |station: &Station| *station == Station::ME || self.honoured.contains(station);
        let said = self.said.iter().filter(|(station, _)| counts(station));
        let of = |(station, blocks): (&Station, &Blocks)| {
            let station = *station;
            blocks.iter().map(move |block| (block, station)).collect::<Vec<_>>()
        };
        let mut all: Vec<(Block, Station)> = said.flat_map(of).collect();
        all.sort_by_key(|(block, station)| {
            (*station != Station::ME, block.first(), block.digits(), *station)
        });
        self.counts.clear();
        for (block, station) in all {
            let below = self.counts.range(..=block.last()).next_back();
            if below.is_none_or(|(_, (last, _))| *last < block.first()) {
                self.counts.insert(block.first(), (block.last(), station));
            }
        }
    }
}

impl Engine {
    /// This server's operator knows these: their blocks count until the end of this run. To
    /// be called between turns, and before the first, in which own clients are told to
    /// others.
    pub fn honour(&mut self, servers: impl IntoIterator<Item = ServerKey>) {
        self.native.known_to_operator.extend(servers);
        if self.has_begun() {
            self.honour_known();
        }
    }

    pub(super) fn honour_known(&mut self) {
        for server in std::mem::take(&mut self.native.known_to_operator) {
            self.honour_one(server);
        }
    }

    fn honour_one(&mut self, server: ServerKey) {
        if let Some(station) = self.station(server) {
            self.change_blocks(|reserved| {
                reserved.honoured.insert(station);
            });
        }
    }

    /// A server says which blocks it has.
    pub(crate) fn set_blocks(&mut self, station: Station, blocks: Blocks) {
        if self.native.reserved.said(station) != blocks {
            self.change_blocks(|reserved| {
                reserved.said.insert(station, blocks);
            });
        }
    }

    /// What waits for numbers that have another home by it follows. Costs a look at all
    /// recipients for whom something waits.
    fn change_blocks(&mut self, change: impl FnOnce(&mut Reserved)) {
        let waits: Vec<_> = self.mail.recipients().collect();
        let before: Vec<_> = waits.into_iter().map(|to| (to, self.whereabouts(to))).collect();
        change(&mut self.native.reserved);
        self.native.reserved.count();
        for (to, before) in before {
            self.follow(to, before);
        }
    }

    /// Whether a row counts, where a block decides that: one from outside the block does not,
    /// and what such a one said before the block was known is nothing to compare with.
    pub(super) fn counts_by_block(&mut self, origin: Station, says: Says) -> Option<bool> {
        let Says::Number { number, version, .. } = says else { return None };
        if self.native.is_reserved_from(number, origin) {
            self.counters.rows_reserved += 1;
            self.answer_claim(number, version);
            return Some(false);
        }
        let before = self.native.rows.number(number)?.station;
        self.native.is_reserved_from(number, before).then_some(true)
    }

    /// A number of this server's own block was claimed elsewhere: those who do not honour
    /// the block are told again that it is here.
    fn answer_claim(&mut self, number: Number, claimed: Version) {
        let is_mine = self.native.reserved.of(number) == Some(Station::ME);
        let is_here = self.directory.home(number) == Some(self.config.me);
        let known = self.native.rows.number(number);
        if let (true, true, Some(known)) = (is_mine, is_here, known)
            && known.station == Station::ME
            && self.native.rows.bound(number).is_none()
            && claimed >= known.version
            // A version so far ahead is made up, and who knows this server's row refuses it.
            && claimed.value() - known.version.value() <= VERSION_AHEAD_MAX
            && let Some(version) = claimed.next()
        {
            let sequence = self.native.rows.last_of(Station::ME) + 1;
            let says = Says::Number { number, version, released: false, line: false, bound: None };
            self.write(&crate::Write::OwnRow { sequence, says });
        }
    }
}
