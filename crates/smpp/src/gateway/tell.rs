//! What a number's clients are told: texts that came, and receipts, from the history.

use super::figures::Figures;
use super::running::{Fate, Running, now};
use crate::desk::{self, Told, Untold, Which};
use crate::handed::{self, OwnMessage};
use crate::limits::{AGAIN, CHANGED_MAX, LOOKED_UP_MAX, WHOLE_WITHIN};
use postrider_client::{Client, ClientError, Entry, EntryId, Event, ProfileError, Way};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// What was told is kept at least so often, and together: each costs a flush.
const KEEP_WITHIN: Duration = Duration::from_millis(50);
/// How long nothing is waited for but events.
const LONG: Duration = Duration::from_secs(3_600);
/// Between two looks at texts whose parts have not all come.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// After a history that could not be read.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Something to be handed over.
struct Ready {
    which: Which,
    messages: Arc<[OwnMessage]>,
    tries: u32,
}

/// What a number is about to tell.
struct Telling {
    client: Client,
    queue: VecDeque<Ready>,
    handed: BTreeMap<u64, Ready>,
    /// Those that were not taken, and when they are handed over again.
    later: Vec<(Instant, Ready)>,
    /// All of these, and what was told and is not kept yet.
    known: BTreeSet<Which>,
    /// Texts up to this one were looked at.
    seen: EntryId,
    may_have_come: bool,
    /// Texts whose parts have not all come.
    young: BTreeSet<EntryId>,
    /// Rows up to this one were looked at; none: all, and only changes count.
    rows: Option<i64>,
    changed: BTreeSet<EntryId>,
    told: Vec<Which>,
    told_since: Option<Instant>,
    tags: u64,
}

/// Tells an account's clients what becomes of one of its numbers, as long as that runs.
pub(super) async fn tend(client: Client, account: Weak<Running>, mut nudged: watch::Receiver<u64>) {
    let mut events = client.events();
    let Some(running) = account.upgrade() else { return };
    let (mut room, mut ended) = (running.room.subscribe(), running.ended.subscribe());
    drop(running);
    let (fates, mut told) = mpsc::unbounded_channel();
    let mut telling = Telling::new(client);
    if !telling.begin().await {
        return;
    }
    loop {
        let Some(running) = account.upgrade() else { return };
        let turned = telling.turn(&running).await;
        telling.hand_out(&running, &fates);
        let wait = match turned {
            Ok(()) => telling.wait(),
            Err(ClientError::Ended) => return,
            Err(why) => {
                let number = telling.client.number();
                tracing::error!(%number, %why, "SMPP receipts cannot be read");
                TRY_AGAIN_AFTER
            }
        };
        drop(running);
        let mut answers = Vec::new();
        tokio::select! {
            event = events.next() => match event {
                Some(event) => telling.hear(event),
                None => return,
            },
            _ = told.recv_many(&mut answers, LOOKED_UP_MAX) => {}
            changed = room.changed() => if changed.is_err() { return },
            changed = nudged.changed() => match changed {
                Ok(()) => telling.rows = Some(0),
                Err(_) => return,
            },
            _ = ended.changed() => return,
            () = tokio::time::sleep(wait) => {}
        }
        let Some(running) = account.upgrade() else { return };
        for (tag, fate) in answers {
            telling.is_answered(tag, fate, &running);
        }
    }
}

impl Telling {
    fn new(client: Client) -> Telling {
        Telling {
            client,
            queue: VecDeque::new(),
            handed: BTreeMap::new(),
            later: Vec::new(),
            known: BTreeSet::new(),
            seen: EntryId(0),
            may_have_come: true,
            young: BTreeSet::new(),
            rows: Some(0),
            changed: BTreeSet::new(),
            told: Vec::new(),
            told_since: None,
            tags: 0,
        }
    }

    /// False if the client has ended.
    async fn begin(&mut self) -> bool {
        let until = self.client.look(desk::told_until).await;
        match until {
            Ok(Ok(until)) => self.seen = until,
            Ok(Err(why)) => tracing::error!(%why, "what SMPP clients were told cannot be read"),
            Err(_) => return false,
        }
        true
    }

    fn hear(&mut self, event: Event) {
        match event {
            Event::Received(_) => self.may_have_come = true,
            Event::Changed(entry) => match entry.way {
                Way::Sent(_) => {
                    self.changed.insert(entry.id);
                    if self.changed.len() > CHANGED_MAX {
                        self.changed.clear();
                        self.rows = Some(0);
                    }
                }
                Way::Received { .. } => {}
            },
            Event::Missed => {
                self.rows = Some(0);
                self.may_have_come = true;
            }
            _ => {}
        }
    }

    /// Keeps what was told, and looks up what is to be told next.
    async fn turn(&mut self, running: &Running) -> Result<(), ClientError> {
        self.keep().await?;
        let held = self.queue.len() + self.handed.len() + self.later.len();
        let room = LOOKED_UP_MAX.saturating_sub(held);
        if room == 0 {
            return Ok(());
        }
        let after = self.may_have_come.then_some(self.seen);
        let (rows, young) = (self.rows, self.young.clone());
        let changed: Vec<EntryId> = self.changed.iter().take(room).copied().collect();
        if after.is_none() && rows.is_none() && young.is_empty() && changed.is_empty() {
            return Ok(());
        }
        let looked_at = changed.clone();
        let found = self.client.look(move |profile| -> Result<_, ProfileError> {
            let mut came = Vec::new();
            for id in young {
                came.extend(profile.history().entry(id)?);
            }
            let new = after.map(|after| desk::received(profile, after, room)).transpose()?;
            let scanned = rows.map(|rows| desk::untold(profile, rows, room)).transpose()?;
            let mut untold = Vec::new();
            for text in looked_at {
                untold.extend(desk::untold_of(profile, text)?);
            }
            Ok((came, new, scanned, untold))
        });
        let (young, new, scanned, untold) =
            found.await.and_then(|found| found.map_err(ClientError::Profile))?;
        for text in changed {
            self.changed.remove(&text);
        }
        if let Some(new) = &new {
            self.may_have_come = new.len() >= room;
            self.seen = new.last().map_or(self.seen, |entry| entry.id);
        }
        for entry in young.into_iter().chain(new.into_iter().flatten()) {
            self.add_text(&entry, running);
        }
        if let Some((untold, last)) = scanned {
            self.rows = last;
            untold.into_iter().for_each(|one| self.add_receipt(one));
        }
        untold.into_iter().for_each(|one| self.add_receipt(one));
        Ok(())
    }

    fn add_text(&mut self, entry: &Entry, running: &Running) {
        let is_old = now().since(entry.at) >= WHOLE_WITHIN;
        if !entry.is_whole() && !is_old {
            self.young.insert(entry.id);
            return;
        }
        self.young.remove(&entry.id);
        let messages = handed::texts(entry, self.client.number(), &running.account);
        self.add(Which::Received(entry.id), messages);
    }

    fn add_receipt(&mut self, untold: Untold) {
        match untold.message {
            Some(message) => self.add(untold.which, vec![message]),
            None if self.known.insert(untold.which) => self.is_told(untold.which),
            None => {}
        }
    }

    fn add(&mut self, which: Which, messages: Vec<OwnMessage>) {
        if self.known.insert(which) {
            self.queue.push_back(Ready { which, messages: messages.into(), tries: 0 });
        }
    }

    fn hand_out(&mut self, running: &Running, fates: &mpsc::UnboundedSender<(u64, Fate)>) {
        let now = Instant::now();
        let due = self.later.extract_if(.., |(at, _)| *at <= now).map(|(_, ready)| ready);
        let mut due: Vec<Ready> = due.collect();
        while let Some(ready) = due.pop() {
            self.queue.push_front(ready);
        }
        while let Some(ready) = self.queue.pop_front() {
            self.tags += 1;
            if !running.hand(&ready.messages, self.tags, fates) {
                self.queue.push_front(ready);
                return;
            }
            self.handed.insert(self.tags, ready);
        }
    }

    fn is_answered(&mut self, tag: u64, fate: Fate, running: &Running) {
        let Some(mut ready) = self.handed.remove(&tag) else { return };
        let figures = &running.figures;
        match fate {
            Fate::Told | Fate::Refused => {
                let figure = match ready.which {
                    Which::Received(_) => &figures.texts_handed,
                    Which::Receipt { .. } => &figures.receipts_handed,
                };
                Figures::count(figure, u64::from(fate == Fate::Told));
                if fate == Fate::Refused {
                    let account = &running.account.system_id;
                    let what = ready.which;
                    tracing::warn!(
                        account,
                        ?what,
                        "a client refuses it for good; it is not told again"
                    );
                }
                self.is_told(ready.which);
            }
            Fate::Again => {
                Figures::count(&figures.handed_again, 1);
                let wait = AGAIN.0.saturating_mul(1 << ready.tries.min(16)).min(AGAIN.1);
                ready.tries = ready.tries.saturating_add(1);
                self.later.push((Instant::now() + wait, ready));
            }
            // Nothing was wrong with it.
            Fate::Gone => {
                Figures::count(&figures.handed_again, 1);
                self.queue.push_front(ready);
            }
        }
    }

    fn is_told(&mut self, which: Which) {
        self.told.push(which);
        self.told_since.get_or_insert_with(Instant::now);
    }

    async fn keep(&mut self) -> Result<(), ClientError> {
        let is_due = self.told_since.is_some_and(|since| since.elapsed() >= KEEP_WITHIN);
        if !is_due && self.told.len() < LOOKED_UP_MAX {
            return Ok(());
        }
        let told = std::mem::take(&mut self.told);
        self.told_since = None;
        for which in &told {
            self.known.remove(which);
        }
        let mut all = Vec::new();
        for which in &told {
            if let Which::Receipt { row, is_final } = *which {
                all.push(Told::Receipt { row, is_final });
            }
        }
        // The first that was not told, of those that were looked at.
        let known = self.known.iter().find_map(|which| match which {
            Which::Received(text) => Some(*text),
            Which::Receipt { .. } => None,
        });
        let first = known.into_iter().chain(self.young.first().copied()).min();
        all.push(Told::Received(first.map_or(self.seen, |first| EntryId(first.0 - 1))));
        let kept = self.client.with_profile(move |profile| desk::tell(profile, &all)).await;
        match kept.and_then(|kept| kept.map_err(ClientError::Profile)) {
            Ok(()) => Ok(()),
            Err(why) => {
                // They are told again, or are kept with the next.
                for which in told {
                    self.known.insert(which);
                    self.is_told(which);
                }
                Err(why)
            }
        }
    }

    /// How long nothing is to be done.
    fn wait(&self) -> Duration {
        let mut wait = LONG;
        if let Some(since) = self.told_since {
            wait = wait.min(KEEP_WITHIN.saturating_sub(since.elapsed()));
        }
        if !self.young.is_empty() {
            wait = wait.min(LOOK_AGAIN);
        }
        if let Some(first) = self.later.iter().map(|(at, _)| *at).min() {
            wait = wait.min(first.saturating_duration_since(Instant::now()));
        }
        let held = self.queue.len() + self.handed.len() + self.later.len();
        let has_more = self.rows.is_some() || self.may_have_come || !self.changed.is_empty();
        if has_more && held < LOOKED_UP_MAX { Duration::ZERO } else { wait }
    }
}
