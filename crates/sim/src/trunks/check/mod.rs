//! The checkers, one for each promise.
//!
//! ```text
//!   a server's commit: its writes     ┐
//!   what leaves: answers, custody     ├─► Checkers ─► Violation
//!   a restart: what the log still says│
//!   the end: who is where, what waits ┘
//! ```
//!
//! They know the log's form and what people said and saw, and nothing of the engine's
//! memory but its sizes and what it is asked at the end. What is exempt, and why, is said
//! at each.

mod bounded;
mod converge;
mod ends;
mod mailbox;
mod order;

use super::letters::{Held, Holds, Letters, text_of};
use super::options::Options;
use super::people::{Ask, Asked};
use super::report::{Broken, Promise, Verdict};
use crate::texts::id_of;
use order::Read;
use postrider_engine::{Place, Sizes, Time, Write};
use postrider_proto::Number;
use postrider_proto::classic::Answer;
use postrider_proto::native::{Body, Message, Receipt, ServerKey};
use std::collections::BTreeMap;
use std::time::Duration;

/// All checkers of a world, and what they have seen.
pub(crate) struct Checkers {
    pub(crate) options: Options,
    pub(crate) letters: Letters,
    /// How much all clocks have jumped, summed up.
    pub(crate) jumped: Duration,
    pub(crate) twice_after_a_move: u64,
    /// What each server has on disk and answers for.
    holds: Vec<Holds>,
    /// The servers by the numbers that each has given them.
    stations: Vec<BTreeMap<u16, ServerKey>>,
    /// Up to which row of each station each server has heard.
    heard: Vec<BTreeMap<u16, u64>>,
    /// How often each server has come up.
    runs: Vec<u32>,
    /// What was handed out last at each server to each reader, and in which run.
    last_handed: BTreeMap<(usize, Number), (u32, u32)>,
    read: Read,
    /// The servers' keys.
    pub(crate) keys: Vec<ServerKey>,
    /// Where those are who never move.
    pub(crate) homes: BTreeMap<Number, usize>,
}

impl Checkers {
    pub(crate) fn new(options: &Options) -> Checkers {
        Checkers {
            options: options.clone(),
            letters: Letters::default(),
            jumped: Duration::ZERO,
            twice_after_a_move: 0,
            holds: vec![Holds::new(); options.servers],
            stations: vec![BTreeMap::new(); options.servers],
            heard: vec![BTreeMap::new(); options.servers],
            runs: vec![0; options.servers],
            last_handed: BTreeMap::new(),
            read: Read::default(),
            keys: Vec::new(),
            homes: BTreeMap::new(),
        }
    }

    /// What a checker says counts if it is asked for.
    pub(crate) fn judge(&self, verdict: Verdict) -> Verdict {
        match verdict {
            Err(Broken { promise, .. })
                if self.options.checks.is_some_and(|only| only != promise) =>
            {
                Ok(())
            }
            verdict => verdict,
        }
    }

    /// A server's writes are on disk.
    pub(crate) fn committed(
        &mut self,
        site: usize,
        now: Time,
        writes: &[(Place, Write<'_>)],
    ) -> Verdict {
        for (place, write) in writes {
            self.on_write(site, now, write)?;
            let verdict = self.enters(site, write);
            self.judge(verdict)?;
            apply(&mut self.holds[site], *place, now, write);
        }
        Ok(())
    }

    fn on_write(&mut self, site: usize, now: Time, write: &Write<'_>) -> Verdict {
        match *write {
            Write::KeepCounted { epoch, count, from, to, text, .. } => {
                let id = postrider_proto::native::MessageId { from, to, epoch, count };
                let text = id_of(text.as_str());
                self.letters.identify(text, id, now);
                self.see(text, site);
            }
            Write::Take { message: Message { body: Body::Receipt(receipt), id, .. }, .. } => {
                let about = receipt.about(id);
                self.letters.find(about).map(|(_, letter)| letter.seen_at.insert(site));
            }
            Write::Take { message: Message { body: Body::History { .. }, .. }, .. } => {}
            Write::Take { message, .. } => self.see(text_of(&message), site),
            Write::Forget { kept, to } => self.forgotten(site, to, kept),
            Write::Learn { about, receipt, .. } => return self.learned(site, now, about, &receipt),
            Write::Station { station, key } => {
                self.stations[site].insert(station.value(), key);
            }
            Write::Row { origin, sent, .. } => {
                self.hears(site, origin.value(), sent.row().entry.sequence.value());
            }
            Write::Passed { origin, sequence, .. } => self.hears(site, origin.value(), sequence),
            Write::OwnRow { sequence, .. } => self.hears(site, 0, sequence),
            _ => {}
        }
        Ok(())
    }

    fn hears(&mut self, site: usize, station: u16, sequence: u64) {
        let heard = self.heard[site].entry(station).or_default();
        *heard = sequence.max(*heard);
    }

    fn see(&mut self, text: u32, site: usize) {
        self.letters.get(text).map(|letter| letter.seen_at.insert(site));
    }

    fn learned(
        &mut self,
        site: usize,
        now: Time,
        about: postrider_proto::native::MessageId,
        receipt: &Receipt,
    ) -> Verdict {
        let verdict = ends::not_too_early(self, now, about, receipt);
        if let Some((_, letter)) = self.letters.find(about) {
            letter.outcomes.push(receipt.outcome);
            letter.seen_at.insert(site);
        }
        self.judge(verdict)
    }

    /// *Accepted*, of trunks: custody is told of what is on disk, or has had its end here.
    pub(crate) fn took(&mut self, site: usize, text: u32) -> Verdict {
        let Some(letter) = self.letters.get(text) else { return Ok(()) };
        if letter.seen_at.contains(&site) {
            return Ok(());
        }
        // The home before may have had it, and has told this one so.
        if letter.reader_moved && !letter.seen_at.is_empty() {
            return Ok(());
        }
        let what = format!("server {site} takes custody of #{text}, which it has not on disk");
        self.judge(Promise::Accepted.broken(what))
    }

    /// An answer leaves.
    pub(crate) fn answered(
        &mut self,
        site: usize,
        now: Time,
        asked: &Asked,
        bytes: &[u8],
    ) -> Verdict {
        let verdict = match (&asked.ask, Answer::parse(bytes)) {
            (Ask::Send { text, .. }, Ok(Answer::Accepted { .. })) => self.promised(site, *text),
            (Ask::Get { .. }, Ok(Answer::Message { text, client, .. })) => {
                self.shown(site, now, client, id_of(text.as_str()))
            }
            _ => Ok(()),
        };
        self.judge(verdict)
    }

    fn promised(&mut self, site: usize, text: u32) -> Verdict {
        let Some(letter) = self.letters.get(text) else { return Ok(()) };
        letter.promised = true;
        if letter.seen_at.contains(&site) {
            return Ok(());
        }
        Promise::Accepted.broken(format!("server {site} accepts #{text}, which is not on disk"))
    }

    /// *Accepted*: what was flushed is there after a crash.
    pub(crate) fn recovered(&mut self, site: usize, log: &[(Place, Write<'_>)]) -> Verdict {
        self.runs[site] += 1;
        let mut found = Holds::new();
        for (place, write) in log {
            apply(&mut found, *place, Time::ZERO, write);
        }
        let lost = self.holds[site].iter().find(|(key, _)| !found.contains_key(key));
        let verdict = match lost {
            Some(((to, _), held)) => {
                let what = format!("server {site} has lost #{} for {to} in a crash", held.text);
                Promise::Accepted.broken(what)
            }
            None => Ok(()),
        };
        self.judge(verdict)
    }

    /// How much a server holds after a turn.
    pub(crate) fn sized(
        &mut self,
        site: usize,
        sizes: &Sizes,
        log_bytes: u64,
        had_room: bool,
    ) -> Verdict {
        let verdict = bounded::check(self, site, sizes, log_bytes, had_room);
        self.judge(verdict)
    }

    /// The server that one of them calls by this number.
    pub(crate) fn station(&self, site: usize, station: u16) -> Option<ServerKey> {
        self.stations[site].get(&station).copied()
    }

    /// The rows that servers have not heard of, each counted for each server.
    pub(crate) fn rows_missing(&self) -> u64 {
        let keys = &self.keys;
        let own = |key: &ServerKey| {
            let origin = keys.iter().position(|other| other == key)?;
            self.heard[origin].get(&0).copied()
        };
        let missing = |site: usize, key: &ServerKey| {
            let told = own(key).unwrap_or(0);
            let station = self.stations[site].iter().find(|(_, other)| *other == key);
            let heard = station.and_then(|(station, _)| self.heard[site].get(station));
            told.saturating_sub(heard.copied().unwrap_or(0))
        };
        let sites = 0..keys.len();
        sites.flat_map(|site| keys.iter().map(move |key| missing(site, key))).sum()
    }

    /// What servers hold of one number.
    pub(crate) fn held_for(&self, to: Number) -> impl Iterator<Item = (usize, &Held)> {
        let all = self.holds.iter().enumerate();
        all.flat_map(move |(site, holds)| {
            holds.iter().filter(move |((of, _), _)| *of == to).map(move |(_, held)| (site, held))
        })
    }
}

/// What a write does to what a server holds.
fn apply(holds: &mut Holds, place: Place, now: Time, write: &Write<'_>) {
    match *write {
        Write::KeepCounted { to, text, .. } => {
            holds.insert((to, place), Held { text: id_of(text.as_str()), since: now });
        }
        Write::Take { message, .. } => {
            holds.insert((message.id.to, place), Held { text: text_of(&message), since: now });
        }
        Write::CarryNative { kept, message, .. } => {
            let held = Held { text: text_of(&message), since: now };
            holds.entry((message.id.to, kept)).or_insert(held);
        }
        Write::HandOn { kept, to, .. } | Write::Forget { kept, to } => {
            holds.remove(&(to, kept));
        }
        _ => {}
    }
}
