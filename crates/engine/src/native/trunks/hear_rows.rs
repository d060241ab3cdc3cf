//! Rows that the other side of a trunk tells, and what it says to have.

use super::TrunkId;
use crate::Write;
use crate::engine::Engine;
use crate::limits::{DISPUTED_MAX, SEQUENCE_MAX};
use crate::native::{Judged, Says, Station};
use crate::output::Output;
use postrider_proto::native::{Dispute, Fact, Have, Row, SentRow};

impl Engine {
    /// The other side says what it has.
    pub(crate) fn hear_have(&mut self, id: TrunkId, item: u64, have: &Have<'_>) {
        self.output(Output::Took { trunk: id, item });
        let stations = &self.native.stations;
        let Some(trunk) = self.native.trunks.up.get_mut(&id) else { return };
        for (origin, up_to) in have.entries() {
            if let Some(origin) = stations.find_id(origin) {
                trunk.has.insert(origin, up_to.value());
            }
        }
        trunk.has_said_all |= !have.has_more();
        trunk.wants.extend((0..stations.len() as u16).map(Station));
    }

    /// The other side says something of the directory.
    pub(crate) fn hear_row(&mut self, id: TrunkId, item: u64, sent: &SentRow<'_>) {
        self.output(Output::Took { trunk: id, item });
        let Row { entry, .. } = sent.row();
        let sequence = entry.sequence.value();
        let origin = (sequence <= SEQUENCE_MAX).then(|| self.heard_of(entry.origin)).flatten();
        let Some(origin) = origin else {
            self.counters.rows_refused += 1;
            return;
        };
        self.has_too(id, origin, sent.after(), sequence);
        let says = self.says(&entry.fact).filter(|_| origin != Station::ME);
        let news = says.filter(|says| self.counts(origin, sequence, *says));
        // What is news counts although somebody has said that there is nothing.
        let has_seen = self.native.rows.has_seen(origin, sequence);
        match news {
            Some(says) => self.take_news(origin, says, sent),
            None => self.pass_over(origin, sent),
        }
        if has_seen && news.is_some() {
            self.counters.rows_hidden += 1;
            self.tell_hidden(id, origin, sequence);
        }
    }

    fn take_news(&mut self, origin: Station, says: Says, sent: &SentRow<'_>) {
        self.counters.rows_taken += 1;
        let peer = match says {
            Says::Link { peer, .. } => Some(peer),
            Says::Number { .. } | Says::Server { .. } => None,
        };
        self.take_row(&Write::Row { origin, peer, sent: *sent }, origin, says);
    }

    /// Of a row that does not count it is only kept that it is there. Even of one that was
    /// known, where it goes on from may say that there is nothing between.
    fn pass_over(&mut self, origin: Station, sent: &SentRow<'_>) {
        let (after, sequence) = (sent.after(), sent.row().entry.sequence.value());
        match self.native.rows.has_seen(origin, sequence) {
            true => self.counters.rows_known += 1,
            false => self.counters.rows_taken += 1,
        }
        if !self.native.rows.has_seen_all(origin, after, sequence) {
            self.write(&Write::Passed { origin, after, sequence });
        }
    }

    /// Whether a row counts from now on. One that nobody may say is counted.
    fn counts(&mut self, origin: Station, sequence: u64, says: Says) -> bool {
        if let Some(counts) = self.counts_by_block(origin, says) {
            return counts;
        }
        let native = &self.native;
        let is_greater = |one, other| native.is_greater(one, other);
        let judged = native.rows.judge(origin, sequence, says, is_greater);
        match judged {
            Judged::News | Judged::Old => {}
            Judged::Won | Judged::Lost => self.dispute(origin, says, judged),
            Judged::NotTheOwner => self.counters.rows_not_owners += 1,
            Judged::FarAhead => self.counters.rows_far_ahead += 1,
        }
        matches!(judged, Judged::News | Judged::Won)
    }

    /// A number is bound to two first keys, of which one counts.
    fn dispute(&mut self, origin: Station, says: Says, judged: Judged) {
        self.counters.rows_disputed += 1;
        let Says::Number { number, bound, .. } = says else { return };
        if self.native.disputed.len() < DISPUTED_MAX {
            self.native.disputed.insert(number);
        }
        // Whose row does not count, or no more.
        let rows = &self.native.rows;
        let (loser, home) = match judged {
            Judged::Won => (rows.bound(number), rows.number(number).map(|known| known.station)),
            _ => (bound, Some(origin)),
        };
        let home = home.and_then(|home| self.native.stations.key(home));
        if let (Some(loser), Some(home)) = (loser, home) {
            let dispute = Dispute { number, first: loser.first, home: home.id() };
            self.native.disputes.find(dispute);
        }
    }

    /// What a fact says; none where there are too many servers to tell.
    fn says(&mut self, fact: &Fact<'_>) -> Option<Says> {
        Some(match fact {
            Fact::Number(row) => Says::of_number(row),
            Fact::Link(link) => Says::Link { peer: self.heard_of(link.peer)?, cost: link.cost },
            Fact::Server(row) => Says::Server { blocks: row.blocks, place: row.line },
        })
    }

    /// What the other side has sent it need not be sent.
    fn has_too(&mut self, id: TrunkId, origin: Station, after: u64, sequence: u64) {
        if let Some(trunk) = self.native.trunks.get(id) {
            let has = trunk.has.entry(origin).or_default();
            if after <= *has {
                *has = sequence.max(*has);
            }
        }
    }
}
