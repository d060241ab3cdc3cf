//! What the session tells: kept first, then said to have been kept, then told.

use super::{Device, Told};
use crate::lookup::Found;
use crate::profile::{Changes, KeyChange, KnownNumber};
use crate::session::SessionEvent;
use crate::{Event, Lookup, ProfileError, ServerName, Status, verify};
use postrider_link::{ItemId, Mode, PublicKey};
use postrider_proto::Number;
use postrider_proto::native::{Ask, Fact, Item, NumberRow, Row, ServerId, ServerKey, Trace};

/// What a turn's messages come to, all in one transaction.
#[derive(Default)]
struct Kept {
    messages: Vec<(ItemId, Vec<u8>)>,
    taken: Vec<i64>,
}

impl Kept {
    fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.taken.is_empty()
    }
}

impl Device {
    /// Handles the next that the session has to tell: the messages up to another event, or that
    /// event. False if there is nothing.
    pub(super) fn handle_session(&mut self) -> Result<bool, ProfileError> {
        if let Some(event) = self.next_event.take() {
            self.handle_event(event)?;
            return Ok(true);
        }
        let mut kept = Kept::default();
        while let Some(event) = self.session.poll_event() {
            match event {
                SessionEvent::Message { item, bytes } => kept.messages.push((item, bytes)),
                SessionEvent::Custody { tag } => kept.taken.extend(self.outgoing.take(tag)),
                event => {
                    self.next_event = Some(event);
                    break;
                }
            }
        }
        let is_something = !kept.is_empty() || self.next_event.is_some();
        self.keep(kept)?;
        Ok(is_something)
    }

    fn keep(&mut self, kept: Kept) -> Result<(), ProfileError> {
        if kept.is_empty() {
            return Ok(());
        }
        let Kept { messages, taken } = kept;
        let (now, mut changes) = (self.now.stamp, Changes::default());
        self.profile.atomically(|profile| {
            for (_, bytes) in &messages {
                profile.receive(bytes, now, &mut changes)?;
            }
            let server = profile.home()?;
            profile.taken(&taken, server, now, &mut changes)
        })?;
        let at = self.now.time;
        for (item, _) in messages {
            self.session.custody(at, item);
        }
        self.outgoing.hand_over_more();
        self.tell_changes(changes)
    }

    /// Tells the program, and asks for what it would want to know.
    pub(super) fn tell_changes(&mut self, changes: Changes) -> Result<(), ProfileError> {
        for entry in &changes.received {
            if let Some(entry) = self.profile.history().entry(*entry)? {
                self.tell(Event::Received(entry));
            }
        }
        for entry in changes.changed.iter().filter(|entry| !changes.received.contains(entry)) {
            if let Some(entry) = self.profile.history().entry(*entry)? {
                self.tell(Event::Changed(entry));
            }
        }
        for KeyChange { number, known, new, is_vouched_for } in changes.keys {
            self.tell(Event::KeyChanged { number, known, new, is_vouched_for });
        }
        for number in changes.unknown {
            self.ask_number(number);
        }
        for server in changes.unnamed {
            self.ask_server(server);
        }
        Ok(())
    }

    fn handle_event(&mut self, event: SessionEvent) -> Result<(), ProfileError> {
        match event {
            SessionEvent::Calling { place } => self.handle_calling(place),
            SessionEvent::Attached { server, mode } => return self.handle_attached(server, mode),
            SessionEvent::Detached { why } => {
                self.forget_session();
                self.tell(Event::Detached { why });
            }
            SessionEvent::Refused { server, why } => {
                self.forget_session();
                self.profile.set_refused(Some((server.id(), why)))?;
                let server = self.profile.history().server_name(server.id())?;
                self.set_status(Status::Refused { server: server.clone(), why });
                self.tell(Event::Refused { server, why });
            }
            SessionEvent::Disputed { item, dispute } => {
                return self.note_dispute(item, &dispute);
            }
            SessionEvent::Sign { since } => return self.sign_word(since),
            SessionEvent::Released => {
                self.set_status(Status::Released);
                self.tell(Event::Released);
            }
            SessionEvent::FirstUse { place, key } => return self.handle_first_use(place, key),
            SessionEvent::WrongKey { place, found } => {
                let address = self.address(place);
                let servers = self.profile.servers()?;
                let expected = servers.into_iter().find(|server| server.address == address);
                let expected = expected.and_then(|server| server.key);
                self.tell(Event::ServerKeyChanged { address, expected, found });
            }
            SessionEvent::Row { item } => return self.handle_row(&item),
            SessionEvent::Unknown(Ask::Number(number)) => {
                return self.handle_number(number, KnownNumber::default(), None);
            }
            SessionEvent::Unknown(Ask::Message(id)) => {
                self.note_trace(id);
                self.reply_to_traces();
            }
            SessionEvent::Traced(trace) => return self.handle_trace(&trace),
            SessionEvent::Unknown(Ask::Server(_))
            | SessionEvent::Message { .. }
            | SessionEvent::Custody { .. } => {}
        }
        Ok(())
    }

    fn address(&self, place: usize) -> String {
        self.addresses.get(place).cloned().unwrap_or_default()
    }

    fn handle_calling(&mut self, place: usize) {
        let address = self.address(place);
        self.set_status(Status::Connecting { address: address.clone() });
        self.tell(Event::Connecting { address });
    }

    fn handle_attached(&mut self, server: ServerKey, mode: Mode) -> Result<(), ProfileError> {
        self.forget_session();
        self.end_change()?;
        self.outgoing.mode = mode;
        self.outgoing.look_again();
        // What could not be resolved is not needed.
        self.resolve_at = None;
        self.profile.set_home(server.id())?;
        self.profile.set_refused(None)?;
        let server = self.profile.history().server_name(server.id())?;
        self.ask_server(server.id);
        for number in self.profile.unjudged()? {
            self.ask_number(number);
        }
        self.set_status(Status::Attached { server: server.clone(), mode });
        self.tell(Event::Attached { server, mode });
        Ok(())
    }

    fn handle_first_use(&mut self, place: usize, key: PublicKey) -> Result<(), ProfileError> {
        let address = self.address(place);
        self.profile.pin_server(&address, key)?;
        self.tell(Event::FirstUse { address, key });
        Ok(())
    }

    /// What was not asked for, or is not signed as it should be, says nothing.
    fn handle_row(&mut self, item: &[u8]) -> Result<(), ProfileError> {
        let Ok(Item::Row(sent)) = Item::parse(item) else { return Ok(()) };
        let row = sent.row();
        if !verify::is_row_signed(row) {
            self.tell(Event::Trouble(
                "the server has answered with a row that is not \
                                      signed as it should be; it was dropped"
                    .to_owned(),
            ));
            return Ok(());
        }
        match &row.entry.fact {
            Fact::Number(number) => {
                let owner = number.owner;
                let key = owner.map(|owner| owner.key);
                let first = owner.and_then(|owner| owner.first);
                let first_key = first.map(|first| first.key);
                let since = first.map_or(0, |first| first.since.value());
                let known = KnownNumber { is_known: true, key, first_key, since };
                let found = self.found(row, number)?;
                self.handle_number(number.number, known, Some(found))
            }
            Fact::Server(_) if self.asked.servers.contains(&row.entry.origin.id()) => {
                self.handle_server(row)
            }
            Fact::Server(_) | Fact::Link(_) => Ok(()),
        }
    }

    fn handle_server(&mut self, row: &Row<'_>) -> Result<(), ProfileError> {
        self.profile.learn_name(row)?;
        let named = self.profile.history().server_name(row.entry.origin.id())?;
        self.name_server(&named);
        self.tell(Event::Named(named));
        Ok(())
    }

    fn found(&mut self, row: &Row<'_>, number: &NumberRow<'_>) -> Result<Found, ProfileError> {
        let owner = number.owner;
        let home = row.entry.origin.id();
        let name: ServerName = self.profile.history().server_name(home)?;
        self.want_name(home, &name);
        Ok(Found {
            home: name,
            key: owner.map(|owner| owner.key),
            first_key: owner.and_then(|owner| owner.first).map(|first| first.key),
            is_released: number.released,
        })
    }

    fn want_name(&mut self, id: ServerId, name: &ServerName) {
        if name.label.is_none() {
            self.ask_server(id);
        }
    }

    fn handle_number(
        &mut self,
        number: Number,
        known: KnownNumber,
        row: Option<Found>,
    ) -> Result<(), ProfileError> {
        if !self.asked.numbers.remove(&number) {
            return Ok(());
        }
        let mut changes = Changes::default();
        self.profile.learn_number(number, &known, self.now.stamp, &mut changes)?;
        self.asked.know(number, known, self.now.time);
        self.outgoing.look_again();
        let lookup = Lookup { number, row };
        for token in self.asked.lookups.remove(&number).unwrap_or_default() {
            self.told.push_back(Told::Found { token, lookup: lookup.clone() });
        }
        self.tell_changes(changes)
    }

    fn handle_trace(&mut self, trace: &Trace) -> Result<(), ProfileError> {
        let mut changes = Changes::default();
        self.profile.traced(trace, self.now.stamp, &mut changes)?;
        self.note_trace(trace.id);
        self.reply_to_traces();
        self.tell_changes(changes)
    }
}
