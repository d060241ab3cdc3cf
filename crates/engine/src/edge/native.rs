//! What trunks are handed, as bytes.

use crate::output::{Handed, RowAt};
use crate::{Outbox, Output, Place, TrunkId, Write};
use postrider_proto::native::{
    Body, Content, Entry, Fact, HaveBuf, ITEM_BYTES_MAX, Item, LinkRow, Malformed, Message,
    NumberRow, Precedence, Row, SentRow, Sequence, ServerKey, ServerRow, Signature,
};

/// Something for a trunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToTrunk<'a> {
    /// What it handed over is on disk.
    Took {
        /// The trunk.
        trunk: TrunkId,
        /// The item on the trunk.
        item: u64,
    },
    /// Hand this over.
    Hand {
        /// The trunk.
        trunk: TrunkId,
        /// What to call it when the other side has it.
        tag: u64,
        /// What goes first.
        precedence: Precedence,
        /// An item.
        bytes: &'a [u8],
    },
    /// End it, and let it come up anew: the other side takes nothing.
    Cut {
        /// The trunk.
        trunk: TrunkId,
    },
}

/// Who this server is, to the others.
pub trait Identity {
    /// Its key.
    fn key(&self) -> ServerKey;
    /// What it says of itself; where it stands in a line, the engine knows.
    fn row(&self) -> ServerRow<'_>;
    /// Its signature over these bytes.
    fn sign(&self, bytes: &[u8]) -> Signature;
}

/// Prints what a turn has for trunks.
#[derive(Debug, Default)]
pub struct TrunkPrinter {
    item: Vec<u8>,
    record: Vec<u8>,
    signed: Vec<u8>,
}

impl TrunkPrinter {
    /// Calls `send` for each, in order. Records are read by `read`, which gets the place
    /// of one and fills an empty buffer with it.
    pub fn print<E>(
        &mut self,
        outbox: &Outbox,
        identity: &impl Identity,
        mut read: impl FnMut(Place, &mut Vec<u8>) -> Result<(), E>,
        mut send: impl FnMut(ToTrunk<'_>),
    ) -> Result<(), E> {
        for output in &outbox.outputs {
            match *output {
                Output::Took { trunk, item } => send(ToTrunk::Took { trunk, item }),
                Output::Cut { trunk } => send(ToTrunk::Cut { trunk }),
                Output::Hand { trunk, what: Handed::Have { ref seen }, .. } => {
                    self.print_have(trunk, &outbox.seen[seen.clone()], &mut send);
                }
                Output::Hand { trunk, tag, ref what } => {
                    self.record.clear();
                    if let Some(place) = place_of(what) {
                        read(place, &mut self.record)?;
                    }
                    let Some(precedence) = self.print_item(identity, what) else { continue };
                    send(ToTrunk::Hand { trunk, tag, precedence, bytes: &self.item });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// None where the log does not hold what the engine has put there.
    fn print_item(&mut self, identity: &impl Identity, what: &Handed) -> Option<Precedence> {
        self.item.clear();
        let (write, _) = match self.record.is_empty() {
            true => (None, 0),
            false => crate::write::first_record(&self.record).map(|(w, size)| (Some(w), size))?,
        };
        match *what {
            Handed::Message { id, age, lifetime, hops, precedence, .. } => {
                let mut buffer = [0; Content::GSM_BYTES_MAX];
                let (body, signature) = body_of(&write?, &mut buffer).ok()?;
                let message = Message { id, lifetime, age, hops, precedence, body, signature };
                Item::Message(message).print(&mut self.item);
                Some(precedence)
            }
            Handed::Row { after, row: RowAt::Log(_), .. } => {
                let Write::Row { sent, .. } = write? else { return None };
                Item::Row(SentRow::new(after, *sent.row())?).print(&mut self.item);
                Some(Precedence::Immediate)
            }
            Handed::Answer(answer) => self.print_small(&Item::Answer(answer)),
            Handed::Ask(ask) => self.print_small(&Item::Ask(ask)),
            Handed::Trace(trace) => self.print_small(&Item::Trace(trace)),
            Handed::Dispute(dispute) => self.print_small(&Item::Dispute(dispute)),
            Handed::Unknown(unknown) => self.print_small(&Item::Unknown(unknown)),
            Handed::Row { after, sequence, row } => {
                let entry = match (row, write) {
                    (RowAt::Bound(_), Some(Write::OwnBound { row, .. })) => {
                        let sequence = Sequence::from_value(sequence)?;
                        Entry { origin: identity.key(), sequence, fact: Fact::Number(row) }
                    }
                    (RowAt::Bound(_), _) => return None,
                    _ => entry(identity, Sequence::from_value(sequence)?, row),
                };
                self.signed.clear();
                entry.signed_part(&mut self.signed);
                let signature = identity.sign(&self.signed);
                let row = Row { entry, signature: &signature };
                Item::Row(SentRow::new(after, row)?).print(&mut self.item);
                Some(Precedence::Immediate)
            }
            Handed::Have { .. } => None,
        }
    }

    fn print_small(&mut self, item: &Item<'_>) -> Option<Precedence> {
        item.print(&mut self.item);
        Some(Precedence::Immediate)
    }

    fn print_have(
        &mut self,
        trunk: TrunkId,
        seen: &[(postrider_proto::native::ServerId, u64)],
        mut send: impl FnMut(ToTrunk<'_>),
    ) {
        let mut part = HaveBuf::new(ITEM_BYTES_MAX);
        let mut give = |part: &HaveBuf, more| {
            self.item.clear();
            Item::Have(part.have(more)).print(&mut self.item);
            let precedence = Precedence::Immediate;
            send(ToTrunk::Hand { trunk, tag: 0, precedence, bytes: &self.item });
        };
        for (origin, up_to) in seen {
            let Some(up_to) = Sequence::from_value(*up_to) else { continue };
            if !part.push(*origin, up_to) {
                give(&part, true);
                part.clear();
                let _ = part.push(*origin, up_to);
            }
        }
        give(&part, false);
    }
}

fn place_of(what: &Handed) -> Option<Place> {
    match *what {
        Handed::Message { text, .. } => Some(text),
        Handed::Row { row: RowAt::Log(place) | RowAt::Bound(place), .. } => Some(place),
        _ => None,
    }
}

/// What a record's message says, and its sender's signature.
fn body_of<'a>(
    write: &Write<'a>,
    buffer: &'a mut [u8; Content::GSM_BYTES_MAX],
) -> Result<(Body<'a>, Option<&'a Signature>), Malformed> {
    match *write {
        Write::Keep { text, .. } | Write::KeepCounted { text, .. } | Write::Carry { text, .. } => {
            let content = Content::write(text.as_str(), buffer)?;
            Ok((Body::Text { part: None, content }, None))
        }
        Write::Take { message, .. } | Write::CarryNative { message, .. } => {
            Ok((message.body, message.signature))
        }
        _ => Err(Malformed::ItemKind),
    }
}

/// An own row, before it is signed.
fn entry<'a>(identity: &'a impl Identity, sequence: Sequence, row: RowAt) -> Entry<'a> {
    let fact = match row {
        RowAt::Number { number, version, released, line } => {
            Fact::Number(NumberRow { number, version, released, line, owner: None })
        }
        RowAt::Link { peer, cost } => Fact::Link(LinkRow { peer, cost }),
        RowAt::Server { place } => Fact::Server(ServerRow { line: place, ..identity.row() }),
        RowAt::Log(_) | RowAt::Bound(_) => Fact::Server(identity.row()),
    };
    Entry { origin: identity.key(), sequence, fact }
}
