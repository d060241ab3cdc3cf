//! A turn of a server: from what waits to what leaves.

use super::{Effect, Pending, Site, link_time};
use crate::medium::LogError;
use crate::recorder::{Commit, Doom};
use crate::texts::{id_of, number_of};
use crate::trunks::bugs::Bug;
use crate::trunks::check::Checkers;
use crate::trunks::keys::Verifier;
use crate::trunks::letters::text_of;
use crate::trunks::net::{Event, Net};
use crate::trunks::people::{Ask, Asked};
use crate::trunks::report::{Broken, Promise, Verdict};
use postrider_engine::edge::{Destination, ToTrunk};
use postrider_engine::{Input, Output, Place, ReplyTo, TrunkId, Write, records, turn};
use postrider_proto::classic::Answer;
use postrider_proto::native::{Attach, Body, Count, Epoch, Item, Message, Precedence};
use std::collections::BTreeSet;
use std::time::Duration;

/// How long an answer takes to its person.
const HOP: Duration = Duration::from_millis(1);

impl Site {
    /// Something may be to be done.
    pub(crate) fn work(
        &mut self,
        net: &mut Net,
        verifier: &mut Verifier,
        checkers: &mut Checkers,
    ) -> Verdict {
        self.drive(net, verifier);
        let now = self.clock.shows(net.now);
        if let Some(process) = &mut self.process
            && !process.is_flushing
        {
            process.links.offer_again(link_time(now), &mut self.pending);
            let is_due = process.engine.deadline().is_some_and(|deadline| deadline <= now);
            if is_due || !self.pending.is_empty() {
                self.take_turn(net, checkers)?;
                self.drive(net, verifier);
            }
        }
        self.plan_wake(net);
        Ok(())
    }

    /// Its deadline has come.
    pub(crate) fn wake(
        &mut self,
        net: &mut Net,
        verifier: &mut Verifier,
        checkers: &mut Checkers,
    ) -> Verdict {
        match &mut self.process {
            Some(process) if process.wake_at == Some(net.now) => process.wake_at = None,
            _ => return Ok(()),
        }
        self.work(net, verifier, checkers)
    }

    /// The commit is on disk: what was to be said is said.
    pub(crate) fn flushed(
        &mut self,
        run: u32,
        net: &mut Net,
        verifier: &mut Verifier,
        checkers: &mut Checkers,
    ) -> Verdict {
        let Some(process) = self.process.as_mut().filter(|_| run == self.runs) else {
            return Ok(());
        };
        process.is_flushing = false;
        let leaving = std::mem::take(&mut process.leaving);
        self.let_go(leaving, net, checkers)?;
        self.work(net, verifier, checkers)
    }

    fn take_turn(&mut self, net: &mut Net, checkers: &mut Checkers) -> Verdict {
        let batch = std::mem::take(&mut self.pending);
        let bug = self.bug;
        let now = self.clock.shows(net.now);
        let Some(process) = &mut self.process else { return Ok(()) };
        let (inputs, swallowed) = inputs(&batch, bug);
        process.log.begin(self.doom);
        let taken = turn(&mut process.engine, &mut process.log, now, inputs);
        process.engine.swap_outbox(&mut process.outbox);
        for (trunk, item) in swallowed {
            process.outbox.outputs.push(Output::Took { trunk, item });
        }
        let offered: BTreeSet<u64> = batch.iter().filter_map(Pending::item).collect();
        let took: BTreeSet<u64> = process.outbox.outputs.iter().filter_map(took).collect();
        process.links.after_turn(link_time(now), &offered, &took);
        if let Err(error) = taken {
            let is_doomed = matches!(self.doom, Some(Doom::BeforeCommit | Doom::DuringCommit));
            if !is_doomed {
                let what = format!("server {} cannot commit: {error}", self.me);
                return checkers.judge(Promise::Accepted.broken(what));
            }
            return self.fail(&batch, net, checkers);
        }
        self.finish_turn(&batch, net, checkers)
    }

    /// The commit failed, and the process ends.
    fn fail(&mut self, batch: &[Pending], net: &mut Net, checkers: &mut Checkers) -> Verdict {
        if self.is(Bug::AnswersBeforeCommit) {
            let early = self.effects(batch).unwrap_or_default();
            self.let_go(early, net, checkers)?;
        }
        self.crash(net);
        Ok(())
    }

    /// The turn is done and committed, if it had to be.
    fn finish_turn(
        &mut self,
        batch: &[Pending],
        net: &mut Net,
        checkers: &mut Checkers,
    ) -> Verdict {
        let Some(process) = &mut self.process else { return Ok(()) };
        let committed = process.log.state == Commit::Done;
        let records = process.log.records.clone();
        let writes = decoded(process.log.place, &records)?;
        net.trace.note(net.now, "turn of", self.me as u64, &records);
        let sizes = process.engine.sizes();
        let span = process.log.span();
        let room = process.log.had_room;
        checkers.sized(self.me, &sizes, span.end.0 - span.start.0, room)?;
        let effects = match self.effects(batch) {
            Ok(effects) => effects,
            Err(error) => {
                let what = format!("server {} cannot read: {error}", self.me);
                return checkers.judge(Promise::Accepted.broken(what));
            }
        };
        self.count(&effects);
        self.tell_who_read(batch, &effects, checkers)?;
        if committed {
            self.commits += 1;
            checkers.committed(self.me, net.now, &writes)?;
        }
        let Some(process) = &mut self.process else { return Ok(()) };
        if !committed {
            self.let_go(effects, net, checkers)
        } else if let Some(Doom::AfterOutputs(count)) = process.log.doom {
            self.let_go(effects.into_iter().take(count).collect(), net, checkers)?;
            self.last_words(net);
            self.crash(net);
            Ok(())
        } else {
            process.leaving = effects;
            process.is_flushing = true;
            net.plan(self.flush, Event::Flushed(self.me, self.runs));
            Ok(())
        }
    }

    /// What has left the engine may still leave the socket.
    fn last_words(&mut self, net: &mut Net) {
        let now = link_time(self.clock.shows(net.now));
        let Some(process) = &mut self.process else { return };
        let mut datagram = Vec::new();
        for _ in 0..net.dice.usize(..4) {
            let Some(to) = process.links.endpoint.poll_transmit(now, &mut datagram) else { break };
            net.send((self.me, self.address), to, &datagram);
        }
    }

    /// What a turn has for the outside, in order.
    fn effects(&mut self, batch: &[Pending]) -> Result<Vec<Effect>, LogError> {
        let Some(process) = &mut self.process else { return Ok(Vec::new()) };
        let mut effects = Vec::new();
        let log = &mut process.log.log;
        let mut read = |place, into: &mut Vec<u8>| log.read_record(place, into);
        process.printer.print(&process.outbox, &self.line, &mut read, |to, bytes| {
            let Destination::Client(reply) = to else { return };
            if let Some(Pending::Asked(asked)) = batch.get(reply.0 as usize) {
                effects.push(Effect::Answer { asked: asked.clone(), bytes: bytes.to_vec() });
            }
        })?;
        let bug = self.bug;
        let (links, printer) = (&mut process.links, &mut process.trunk_printer);
        printer.print(&process.outbox, &self.name, &mut read, |what| match what {
            ToTrunk::Took { item, .. } => {
                let is_devices = links.is_devices_item(item);
                if let Some((id, bytes)) = links.take(item) {
                    if is_devices && owes_custody(&bytes, bug) {
                        return;
                    }
                    let text = match Item::parse(&bytes) {
                        Ok(Item::Message(message)) => text_of(&message),
                        _ => 0,
                    };
                    effects.push(Effect::Took { text, id });
                }
            }
            ToTrunk::Hand { trunk, tag, precedence, bytes } => {
                let bytes = match bug {
                    Some(Bug::StripsSignatures) if links.is_device(trunk) => stripped(bytes),
                    _ => bytes.to_vec(),
                };
                effects.push(Effect::Hand { trunk, tag, precedence, bytes });
            }
            ToTrunk::Cut { trunk } => effects.push(Effect::Cut { trunk }),
        })?;
        if self.bug == Some(Bug::SaysItAgain) && self.calm && self.me == 0 {
            effects.extend(batch.iter().filter_map(said_again));
        }
        Ok(effects)
    }

    /// In the order of the turn's inputs: what is handed out, and what was acknowledged.
    fn tell_who_read(
        &self,
        batch: &[Pending],
        effects: &[Effect],
        checkers: &mut Checkers,
    ) -> Verdict {
        let mut answers = effects.iter().filter_map(|effect| match effect {
            Effect::Answer { asked: Asked { ask: Ask::Get { .. }, .. }, bytes } => Some(bytes),
            _ => None,
        });
        for pending in batch {
            let Pending::Asked(Asked { person, ask }) = pending else { continue };
            let reader = number_of(*person);
            match ask {
                Ask::Ack { text, .. } => checkers.heard(self.me, reader, *text),
                Ask::Get { .. } => {
                    let answer = answers.next().map(|bytes| Answer::parse(bytes));
                    if let Some(Ok(Answer::Message { text, .. })) = answer {
                        checkers.handed_out(self.me, reader, id_of(text.as_str()))?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn count(&mut self, effects: &[Effect]) {
        for effect in effects {
            let Effect::Hand { bytes, .. } = effect else { continue };
            self.handed.items += 1;
            if bytes[0] >= 0x80 {
                self.handed.directory += 1;
                self.handed.rows += u64::from(bytes[0] == 0x80);
                self.handed.bytes += bytes.len() as u64;
            }
        }
    }

    fn let_go(&mut self, effects: Vec<Effect>, net: &mut Net, checkers: &mut Checkers) -> Verdict {
        let now = link_time(self.clock.shows(net.now));
        for effect in effects {
            match effect {
                Effect::Answer { asked, bytes } => {
                    net.trace.note(net.now, "answered by", self.me as u64, &bytes);
                    checkers.answered(self.me, net.now, &asked, &bytes)?;
                    net.plan(HOP, Event::Answer(self.me, asked, bytes));
                }
                effect => {
                    if let Effect::Took { text, .. } = effect {
                        checkers.took(self.me, text)?;
                    }
                    if let Some(process) = &mut self.process {
                        process.links.carry_out(now, effect, &self.neighbours, self.bug);
                    }
                }
            }
        }
        Ok(())
    }
}

impl Pending {
    fn item(&self) -> Option<u64> {
        match self {
            Pending::Item { item, .. } => Some(*item),
            _ => None,
        }
    }
}

/// What a planted bug answers to custody of a summary: an empty one.
fn said_again(pending: &Pending) -> Option<Effect> {
    let Pending::Custody { trunk, tag: 0 } = *pending else { return None };
    let (precedence, bytes) = (Precedence::Immediate, vec![0x81, 0]);
    Some(Effect::Hand { trunk, tag: 0, precedence, bytes })
}

fn took(output: &Output) -> Option<u64> {
    match output {
        Output::Took { item, .. } => Some(*item),
        _ => None,
    }
}

type Swallowed = Vec<(TrunkId, u64)>;

/// What the engine gets to hear, and what a planted bug keeps from it.
fn inputs(batch: &[Pending], bug: Option<Bug>) -> (Vec<Input<'_>>, Swallowed) {
    let (mut inputs, mut swallowed) = (Vec::new(), Vec::new());
    for (index, pending) in batch.iter().enumerate() {
        match pending {
            Pending::Asked(asked) => {
                let is_swallowed = bug == Some(Bug::SwallowsReadersAcks);
                if !(is_swallowed
                    && matches!(asked.ask, Ask::Ack { seq, .. } if seq.value() % 3 == 0))
                {
                    inputs.extend(asked.input(ReplyTo(index as u32)));
                }
            }
            Pending::Up { trunk, peer } => {
                inputs.push(Input::TrunkUp { trunk: *trunk, peer: *peer, cost: 1 });
            }
            Pending::Down { trunk } => inputs.push(Input::TrunkDown { trunk: *trunk }),
            Pending::Custody { trunk, tag } => {
                inputs.push(Input::Custody { trunk: *trunk, tag: *tag });
            }
            Pending::Item { trunk, item, bytes, is_forged: true } => {
                inputs.extend(forgery(*trunk, *item, bytes));
            }
            Pending::Item { trunk, item, bytes, .. } => {
                let (trunk, item) = (*trunk, *item);
                match Item::parse(bytes) {
                    Ok(parsed) if is_swallowed(&parsed, bug) => swallowed.push((trunk, item)),
                    Ok(Item::Message(message)) => {
                        let message = miscounted(message, bug);
                        inputs.push(Input::Message { trunk, item, message });
                        inputs.extend(doubled(message, bug).map(|message| Input::Message {
                            trunk,
                            item: u64::MAX,
                            message,
                        }));
                    }
                    Ok(Item::Row(row)) => inputs.push(Input::Row { trunk, item, row }),
                    Ok(Item::Have(have)) => inputs.push(Input::Have { trunk, item, have }),
                    Ok(Item::Attach(Attach { number, key, .. })) => {
                        inputs.push(Input::Attach { session: trunk, item, number, key });
                    }
                    Ok(Item::Claim(claim)) => {
                        inputs.push(Input::Claim { session: trunk, item, claim });
                    }
                    Ok(Item::Ask(ask)) => inputs.push(Input::Ask { session: trunk, item, ask }),
                    Ok(Item::Trace(trace)) => inputs.push(Input::Trace { trunk, item, trace }),
                    Ok(Item::Dispute(dispute)) => {
                        inputs.push(Input::Dispute { trunk, item, dispute });
                    }
                    Ok(_) | Err(_) => {}
                }
            }
        }
    }
    (inputs, swallowed)
}

/// A planted bug: what a device hears never that the server has it.
fn owes_custody(bytes: &[u8], bug: Option<Bug>) -> bool {
    let Ok(Item::Message(message)) = Item::parse(bytes) else { return false };
    bug == Some(Bug::OwesCustody) && message.id.count.value().is_multiple_of(3)
}

/// A planted bug: a receipt that nobody has signed.
fn stripped(bytes: &[u8]) -> Vec<u8> {
    let mut unsigned = Vec::new();
    match Item::parse(bytes) {
        Ok(Item::Message(message)) if matches!(message.body, Body::Receipt(_)) => {
            Message { signature: None, ..message }.print(&mut unsigned);
        }
        _ => unsigned.extend_from_slice(bytes),
    }
    unsigned
}

/// A device's proof is wrong.
fn forgery(session: TrunkId, item: u64, bytes: &[u8]) -> Option<Input<'_>> {
    let number = match Item::parse(bytes).ok()? {
        Item::Attach(attach) => attach.number,
        Item::Claim(claim) => claim.row.number,
        _ => return None,
    };
    Some(Input::Forgery { session, item, number })
}

fn is_swallowed(item: &Item<'_>, bug: Option<Bug>) -> bool {
    match item {
        Item::Message(Message { body: Body::Text { .. }, id, .. }) => {
            bug == Some(Bug::SwallowsMessages) && id.count.value().is_multiple_of(3)
        }
        Item::Message(Message { id, .. }) => {
            bug == Some(Bug::SwallowsReceipts) && id.count.value().is_multiple_of(3)
        }
        Item::Row(_) => bug == Some(Bug::DeafToRows),
        _ => false,
    }
}

fn doubled(message: Message<'_>, bug: Option<Bug>) -> Option<Message<'_>> {
    let mut message = message;
    message.id.epoch = Epoch::from_value(message.id.epoch.value() ^ 1)?;
    (bug == Some(Bug::TakesTwice)).then_some(message)
}

fn miscounted(message: Message<'_>, bug: Option<Bug>) -> Message<'_> {
    let mut message = message;
    if bug == Some(Bug::ForgetsTheOrder)
        && matches!(message.body, Body::Text { .. })
        && message.id.count != Count::FIRST
        && let Some(epoch) = Epoch::from_value(message.id.count.value() & 0xff_ffff)
    {
        (message.id.epoch, message.id.count) = (epoch, Count::FIRST);
    }
    message
}

pub(super) fn decoded(start: Place, bytes: &[u8]) -> Result<Vec<(Place, Write<'_>)>, Broken> {
    let decoded: Result<Vec<_>, _> = records(start, bytes).collect();
    decoded.or_else(|damaged| Promise::Accepted.broken(damaged.to_string()))
}
