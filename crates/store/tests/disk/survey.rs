//! Whether a disk image still holds all that was promised.

use crate::people::{everybody, is_never_elsewhere, number};
use crate::site::{Site, Word};
use crate::tape::Disk;
use crate::world::{Act, Letter, Marked, Taken, Waiting, World, answer_to, is_acked};
use postrider_engine::Time;
use postrider_proto::Number;
use postrider_proto::classic::{Answer, Seq, ServerIndex};
use std::collections::BTreeMap;

/// Writes only in a survey, to the number after it.
const PROBE: u64 = 71;

/// What was promised when the power was cut: either the turn that was under way is
/// on disk as a whole, or nothing of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Promised<'a> {
    pub(crate) before: &'a World,
    pub(crate) after: Option<&'a World>,
}

/// What a server tells after it has been started on an image.
#[derive(Debug)]
struct Found {
    homes: BTreeMap<Number, ServerIndex>,
    next: Option<Seq>,
    boxes: BTreeMap<Number, Vec<Letter>>,
}

impl Promised<'_> {
    /// Starts a server on the disk and asks it everything.
    pub(crate) fn survey(&self, disk: &Disk) -> Result<(), String> {
        let mut site = Site::open(disk.clone(), Time::from_micros(1))?;
        let found = self.ask(&mut site)?;
        let as_before = found.compare(self.before);
        let as_after = self.after.map(|after| found.compare(after));
        match (as_before, as_after) {
            (Ok(()), _) | (_, Some(Ok(()))) => remains_empty(site, disk),
            (Err(before), None) => Err(before),
            (Err(before), Some(Err(after))) => {
                Err(format!("neither {before}, nor with the turn under way {after}"))
            }
        }
    }

    fn ask(&self, site: &mut Site) -> Result<Found, String> {
        let homes = everybody().filter_map(|one| Some((one, site.home(one)?))).collect();
        self.repeat_marked(site)?;
        self.repeat_forwarded(site)?;
        let next = next_seq(site)?;
        Ok(Found { homes, next, boxes: read_all(site)? })
    }

    /// A marked `send` that is repeated after the restart gets its old number.
    fn repeat_marked(&self, site: &mut Site) -> Result<(), String> {
        let is_sure = |(client, marked): &(&Number, &Marked)| {
            self.after.is_none_or(|after| after.marked.get(client) == Some(marked))
        };
        let marked: Vec<&Marked> =
            self.before.marked.iter().filter(is_sure).map(|(_, marked)| marked).collect();
        let words: Vec<Word> =
            marked.iter().map(|marked| Act::SendAgain((*marked).clone()).word()).collect();
        let told = site.turn(&words)?;
        for (place, Marked { letter, .. }) in marked.iter().enumerate() {
            let Letter { seq, from: client, to, .. } = *letter;
            let answer = answer_to(place, &told);
            if answer != Some(Answer::Accepted { seq, client, to }) {
                return Err(format!("the repeat of {letter:?} got {answer:?}"));
            }
        }
        Ok(())
    }

    /// So is one of another server, within ten seconds; but not one that was sent on from
    /// here, since it may have come round.
    fn repeat_forwarded(&self, site: &mut Site) -> Result<(), String> {
        let is_sure = |taken: &&Taken| {
            let still = |after: &World| after.taken.iter().any(|one| one.letter == taken.letter);
            self.after.is_none_or(still)
        };
        let taken = self.before.taken.iter().filter(is_sure);
        let taken: Vec<&Taken> =
            taken.filter(|taken| is_never_elsewhere(taken.letter.to)).collect();
        let words = taken.iter().map(|taken| Act::ForwardAgain(taken.server, taken.letter.clone()));
        let words: Vec<Word> = words.map(|act| act.word()).collect();
        let told = site.turn(&words)?;
        let unanswered = taken.iter().find(|one| !is_acked(one.server, &one.letter, &told));
        unanswered.map_or(Ok(()), |one| Err(format!("no ack for the repeat of {:?}", one.letter)))
    }
}

/// A new `send`, and the number that it gets.
fn next_seq(site: &mut Site) -> Result<Option<Seq>, String> {
    let (client, to) = (number(PROBE), number(PROBE + 1));
    let probe = Act::Send { mark: Seq::ZERO, client, to, text: "probe".into() };
    let told = site.turn(&[probe.word()])?;
    Ok(match answer_to(0, &told) {
        Some(Answer::Accepted { seq, .. }) => Some(seq),
        _ => None,
    })
}

/// What waits for everybody, in the order in which it is handed out.
fn read_all(site: &mut Site) -> Result<BTreeMap<Number, Vec<Letter>>, String> {
    let mut boxes: BTreeMap<Number, Vec<Letter>> = BTreeMap::new();
    let mut readers: Vec<Number> = everybody().chain([number(PROBE + 1)]).collect();
    while !readers.is_empty() {
        let mut acts = Vec::new();
        for reader in &readers {
            acts.extend(boxes.get(reader).and_then(|read| read.last()).cloned().map(Act::Ack));
        }
        let gets = acts.len();
        acts.extend(readers.iter().copied().map(Act::Get));
        let told = site.turn(&acts.iter().map(Act::word).collect::<Vec<_>>())?;
        let asked = readers.iter().enumerate();
        let handed = asked.filter_map(|(place, _)| letter_in(answer_to(gets + place, &told)?));
        let handed: Vec<Letter> = handed.collect();
        readers = handed.iter().map(|letter| letter.to).collect();
        for letter in handed {
            boxes.entry(letter.to).or_default().push(letter);
        }
    }
    Ok(boxes)
}

fn letter_in(answer: Answer<'_>) -> Option<Letter> {
    let Answer::Message { seq, from, client: to, text } = answer else { return None };
    Some(Letter { seq, from, to, text: text.as_str().into() })
}

/// Everything has been read: nothing else waits, not even after one more restart.
fn remains_empty(mut site: Site, disk: &Disk) -> Result<(), String> {
    let now = site.now;
    for _ in 0..2 {
        if site.waiting() > 0 {
            return Err(format!("{} letters for nobody", site.waiting()));
        }
        site.close()?;
        site = Site::open(disk.clone(), now)?;
    }
    Ok(())
}

impl Found {
    fn compare(&self, world: &World) -> Result<(), String> {
        if self.homes != world.homes {
            return Err(format!("homes {:?} instead of {:?}", self.homes, world.homes));
        }
        if self.next != Some(world.next) {
            return Err(format!("the next number is {:?} instead of {:?}", self.next, world.next));
        }
        everybody().try_for_each(|one| self.compare_box(one, world))?;
        let probes = self.boxes.get(&number(PROBE + 1)).map_or(0, Vec::len);
        if probes == 1 { Ok(()) } else { Err(format!("{probes} probes")) }
    }

    /// Only what was acked within the last tenth of a second may be missing, or not.
    fn compare_box(&self, one: Number, world: &World) -> Result<(), String> {
        let mut found = self.boxes.get(&one).into_iter().flatten().peekable();
        for Waiting { letter, acked } in world.boxes.get(&one).into_iter().flatten() {
            if found.peek() == Some(&letter) {
                found.next();
            } else if acked.is_none() {
                return Err(format!("for {one} instead of {letter:?} {:?}", found.peek()));
            }
        }
        found.next().map_or(Ok(()), |more| Err(format!("for {one} also {more:?}")))
    }
}
