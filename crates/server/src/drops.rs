//! Datagrams that were dropped, by reason.

use postrider_proto::classic::Malformed;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Why a datagram was dropped before it reached the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drop {
    /// It breaks a rule of the protocol.
    Malformed(Malformed),
    /// It comes from an address outside the networks that the configuration names.
    Network,
    /// Its address asks more often than it may.
    Rate,
    /// Its first byte says that it is of a protocol that this server does not speak.
    Protocol,
    /// It is native, and the trunks had no room for it.
    Busy,
}

const MALFORMED: [Malformed; 10] = [
    Malformed::TooLong,
    Malformed::NotUtf8,
    Malformed::Fields,
    Malformed::Type,
    Malformed::Seq,
    Malformed::Id,
    Malformed::Text,
    Malformed::Flag,
    Malformed::Pair,
    Malformed::UnknownServer,
];

const KINDS: usize = MALFORMED.len() + 4;

impl Drop {
    fn place(self) -> usize {
        match self {
            Drop::Malformed(why) => why as usize,
            Drop::Network => MALFORMED.len(),
            Drop::Rate => MALFORMED.len() + 1,
            Drop::Protocol => MALFORMED.len() + 2,
            Drop::Busy => MALFORMED.len() + 3,
        }
    }

    /// A name that stays the same, for machines.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Drop::Malformed(Malformed::TooLong) => "too_long",
            Drop::Malformed(Malformed::NotUtf8) => "not_utf8",
            Drop::Malformed(Malformed::Fields) => "fields",
            Drop::Malformed(Malformed::Type) => "type",
            Drop::Malformed(Malformed::Seq) => "seq",
            Drop::Malformed(Malformed::Id) => "id",
            Drop::Malformed(Malformed::Text) => "text",
            Drop::Malformed(Malformed::Flag) => "flag",
            Drop::Malformed(Malformed::Pair) => "pair",
            Drop::Malformed(Malformed::UnknownServer) => "unknown_server",
            Drop::Network => "outside_networks",
            Drop::Rate => "address_rate",
            Drop::Protocol => "protocol",
            Drop::Busy => "trunks_busy",
        }
    }

    pub(crate) fn all() -> impl Iterator<Item = Drop> {
        let malformed = MALFORMED.into_iter().map(Drop::Malformed);
        malformed.chain([Drop::Network, Drop::Rate, Drop::Protocol, Drop::Busy])
    }
}

impl std::fmt::Display for Drop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Drop::Malformed(why) => why.fmt(f),
            Drop::Network => f.write_str("from outside the configured networks"),
            Drop::Rate => f.write_str("more often than its address may ask"),
            Drop::Protocol => f.write_str("not of the classic protocol"),
            Drop::Busy => f.write_str("more than the trunks can take"),
        }
    }
}

/// How many datagrams were dropped, for each reason.
#[derive(Debug, Default)]
pub struct Drops([AtomicU64; KINDS]);

impl Drops {
    pub(crate) fn count(&self, why: Drop) {
        self.0[why.place()].fetch_add(1, Relaxed);
    }

    /// How many for this reason.
    pub fn of(&self, why: Drop) -> u64 {
        self.0[why.place()].load(Relaxed)
    }

    /// How many for all reasons.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|count| count.load(Relaxed)).sum()
    }

    /// The reasons that there were, and how many for each.
    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        let counted = Drop::all().map(|why| (why.to_string(), self.of(why)));
        counted.filter(|(_, count)| *count > 0).collect()
    }

    /// The same as one line.
    pub fn summary(&self) -> String {
        let counted = Drop::all().map(|why| (why, self.of(why))).filter(|(_, count)| *count > 0);
        counted.map(|(why, count)| format!("{count} {why}")).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_counted_for_itself() {
        let drops = Drops::default();
        for (times, why) in Drop::all().enumerate() {
            for _ in 0..times {
                drops.count(why);
            }
        }
        for (times, why) in Drop::all().enumerate() {
            assert_eq!(drops.of(why), times as u64, "{why}");
        }
        assert_eq!(Drop::all().count(), KINDS);
    }
}
