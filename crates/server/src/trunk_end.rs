//! The turns' end of what is between them and the trunks.

use crate::batch::Batch;
use crate::passing::{FromTrunk, ToTrunk};
use crate::socket::Transmitter;
use crate::trunks::Door;
use postrider_engine::edge::{self, TrunkPrinter};
use postrider_engine::limits::{HANDED_BESIDES_MAX, MESSAGES_HANDED_MAX, ROWS_HANDED_MAX};
use postrider_engine::{Engine, Input, Outbox, Output, Time, TrunkId};
use postrider_proto::native::{
    Attach, Blocks, Item, Label, Malformed, ServerKey, ServerRow, Signature,
};
use postrider_store::{Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc;
use std::time::Duration;

/// The turns' end of what is between them and the trunks.
pub(crate) struct TrunkEnd {
    pub(crate) own: OwnRow,
    pub(crate) trunks: Door,
    /// Emptied ones, coming back.
    pub(crate) empty: mpsc::Receiver<Batch<ToTrunk>>,
    /// Emptied ones, going back.
    pub(crate) emptied: mpsc::SyncSender<Batch<FromTrunk>>,
    pub(crate) printer: TrunkPrinter,
    pub(crate) held: Held,
    /// What a turn was offered that breaks a rule of the protocol.
    pub(crate) malformed: Vec<(TrunkId, u64, Malformed)>,
    /// An empty one.
    pub(crate) spare: Batch<ToTrunk>,
}

/// What the engine did not take for want of room. A link hands an item up once, so it is
/// offered again here; a trunk has no more of it than it is handed.
#[derive(Default)]
pub(crate) struct Held {
    items: Batch<FromTrunk>,
    offer_at: Option<Time>,
    /// Links that have handed over too much.
    too_much: BTreeSet<TrunkId>,
}

/// Items of one link that wait so, at most: twice what a server hands over, and more than a
/// client has under way. Whoever hands over more is cut off, and keeps the rest itself.
const HELD_MAX: usize = 2 * (MESSAGES_HANDED_MAX + HANDED_BESIDES + ROWS_HANDED_MAX);
/// Hops are a byte.
const HANDED_BESIDES: usize = HANDED_BESIDES_MAX as usize * (u8::MAX as usize + 1);

/// How long what was not taken waits until it is offered again.
const OFFER_AGAIN: Duration = Duration::from_secs(1);

impl Held {
    /// When there is something to be offered again.
    pub(crate) fn offer_at(&self) -> Option<Time> {
        self.offer_at
    }

    /// What is to be offered again by now.
    pub(crate) fn due(&mut self, now: Time) -> Option<Batch<FromTrunk>> {
        self.offer_at.take_if(|at| *at <= now)?;
        Some(std::mem::take(&mut self.items))
    }

    /// Keeps what a turn was offered and did not take, of the trunks that are up.
    pub(crate) fn keep_untaken(
        &mut self,
        offered: &[Batch<FromTrunk>],
        outbox: &Outbox,
        malformed: &[(TrunkId, u64, Malformed)],
        engine: &Engine,
        now: Time,
    ) {
        let took = |output: &Output| match output {
            Output::Took { trunk, item } => Some((*trunk, *item)),
            _ => None,
        };
        let malformed = malformed.iter().map(|(trunk, item, _)| (*trunk, *item));
        let took = outbox.outputs.iter().filter_map(took).chain(malformed);
        let took: BTreeSet<(TrunkId, u64)> = took.collect();
        let mut held: BTreeMap<TrunkId, usize> = BTreeMap::new();
        for (what, _) in self.items.iter() {
            if let FromTrunk::Item { trunk, .. } = what {
                *held.entry(trunk).or_default() += 1;
            }
        }
        for (what, bytes) in offered.iter().flat_map(Batch::iter) {
            if let FromTrunk::Item { trunk, item } = what
                && !took.contains(&(trunk, item))
                && engine.has_trunk(trunk)
            {
                let waiting = held.entry(trunk).or_default();
                *waiting += 1;
                if *waiting > HELD_MAX {
                    self.too_much.insert(trunk);
                    continue;
                }
                self.items.push(what, bytes);
                self.offer_at = Some(now + OFFER_AGAIN);
            }
        }
    }
}

impl TrunkEnd {
    /// Whether a link is to be cut off, whatever the turn has for the trunks.
    pub(crate) fn has_to_cut(&self) -> bool {
        !self.held.too_much.is_empty() || !self.malformed.is_empty()
    }

    /// Hands over what a turn has for the trunks. May wait for their thread, which never
    /// waits for this one.
    pub(crate) fn send(
        &mut self,
        outbox: &Outbox,
        store: &mut Store,
        transmitter: &mut Transmitter,
    ) -> Result<(), StoreError> {
        let mut batch = std::mem::take(&mut self.spare);
        for trunk in std::mem::take(&mut self.held.too_much) {
            batch.push(ToTrunk::Cut { trunk }, &[]);
        }
        self.printer.print(
            outbox,
            &self.own,
            |place, into| store.read_record(place, into),
            |what| push_to_trunk(&mut batch, what),
        )?;
        for (trunk, item, why) in self.malformed.drain(..) {
            batch.push(ToTrunk::Malformed { trunk, item, why }, &[]);
        }
        if batch.is_empty() {
            self.spare = batch;
            return Ok(());
        }
        self.spare = self.empty.try_recv().unwrap_or_default();
        self.trunks.turn(batch, transmitter);
        Ok(())
    }
}

/// What this server says of itself. It is signed by the trunks' thread, which has the
/// secret.
pub(crate) struct OwnRow {
    pub(crate) key: ServerKey,
    pub(crate) name: String,
    pub(crate) blocks: Blocks,
}

impl edge::Identity for OwnRow {
    fn key(&self) -> ServerKey {
        self.key
    }

    fn row(&self) -> ServerRow<'_> {
        let label = Label::new(&self.name).unwrap_or(Label::UNNAMED);
        ServerRow { label, blocks: self.blocks, line: None }
    }

    fn sign(&self, _: &[u8]) -> Signature {
        [0; 64]
    }
}

/// What has been verified is parsed where its bytes are borrowed from. A message is parsed
/// here alone; one that is malformed goes to the list. None of what is not for the engine.
pub(crate) fn input_from_trunk<'a>(
    what: FromTrunk,
    bytes: &'a [u8],
    malformed: &mut Vec<(TrunkId, u64, Malformed)>,
) -> Option<Input<'a>> {
    Some(match what {
        FromTrunk::Up { trunk, peer, cost } => Input::TrunkUp { trunk, peer, cost },
        FromTrunk::Down { trunk } => Input::TrunkDown { trunk },
        FromTrunk::Custody { trunk, tag } => Input::Custody { trunk, tag },
        FromTrunk::Forged { trunk: session, item } => {
            let number = match Item::parse(bytes).ok()? {
                Item::Attach(attach) => attach.number,
                Item::Claim(claim) => claim.row.number,
                _ => return None,
            };
            Input::Forgery { session, item, number }
        }
        FromTrunk::Item { trunk, item } => match Item::parse(bytes) {
            Ok(parsed) => return input_of_item(trunk, item, parsed),
            Err(why) => {
                malformed.push((trunk, item, why));
                return None;
            }
        },
    })
}

fn input_of_item(trunk: TrunkId, item: u64, parsed: Item<'_>) -> Option<Input<'_>> {
    Some(match parsed {
        Item::Attach(Attach { number, key, .. }) => {
            Input::Attach { session: trunk, item, number, key }
        }
        Item::Claim(claim) => Input::Claim { session: trunk, item, claim },
        Item::Trace(trace) => Input::Trace { trunk, item, trace },
        Item::Dispute(dispute) => Input::Dispute { trunk, item, dispute },
        Item::Ask(ask) => Input::Ask { session: trunk, item, ask },
        Item::Message(message) => Input::Message { trunk, item, message },
        Item::Row(row) => Input::Row { trunk, item, row },
        Item::Have(have) => Input::Have { trunk, item, have },
        _ => return None,
    })
}

fn push_to_trunk(batch: &mut Batch<ToTrunk>, what: edge::ToTrunk<'_>) {
    match what {
        edge::ToTrunk::Took { trunk, item } => batch.push(ToTrunk::Took { trunk, item }, &[]),
        edge::ToTrunk::Hand { trunk, tag, precedence, bytes } => {
            batch.push(ToTrunk::Hand { trunk, tag, precedence }, bytes);
        }
        edge::ToTrunk::Cut { trunk } => batch.push(ToTrunk::Cut { trunk }, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_malformed_message_is_told_and_not_taken() {
        let mut malformed = Vec::new();
        let item = FromTrunk::Item { trunk: TrunkId(3), item: 7 };
        // The first byte says that it is a message, and nothing comes behind it.
        assert_eq!(input_from_trunk(item, &[0], &mut malformed), None);
        assert_eq!(malformed, [(TrunkId(3), 7, Malformed::Ended)]);
    }
}
