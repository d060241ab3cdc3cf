//! Texts that were taken, until they come to their end and after it.

use super::script::Fate;
use crate::codec::Message;
use crate::desk::OwnAddress;
use crate::handed::OwnMessage;
use crate::receipt::{MessageState, Receipt, beginning, is_wanted};
use postrider_client::Stamp;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Names of an account that are known; the oldest is forgotten.
const KNOWN_MAX: usize = 10_000;

/// A text to one recipient.
#[derive(Clone, Debug)]
pub(super) struct Taken(Arc<Mutex<Text>>);

#[derive(Debug)]
struct Text {
    source: OwnAddress,
    destination: OwnAddress,
    registered: u8,
    text: String,
    comes_back: bool,
    submitted: Stamp,
    /// What becomes of it, or has.
    state: MessageState,
    /// When it came to its end.
    ended: Option<Stamp>,
}

impl Taken {
    pub(super) fn new(
        message: &Message<'_>,
        destination: OwnAddress,
        text: &str,
        fate: &Fate,
    ) -> Taken {
        Taken(Arc::new(Mutex::new(Text {
            source: OwnAddress::of(&message.source),
            destination,
            registered: message.registered_delivery,
            text: text.to_owned(),
            comes_back: fate.comes_back,
            submitted: Stamp::now(),
            state: fate.state,
            ended: None,
        })))
    }

    fn text(&self) -> MutexGuard<'_, Text> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It comes to its end; what is to be handed over then. Nothing, if it has already.
    pub(super) fn ends(&self, name: &str) -> Vec<OwnMessage> {
        self.text().ends(name).unwrap_or_default()
    }

    /// It is taken back, and what is to be handed over; none if it came to its end before.
    pub(super) fn cancel(&self, name: &str) -> Option<Vec<OwnMessage>> {
        let mut text = self.text();
        if text.ended.is_none() {
            (text.state, text.comes_back) = (MessageState::Deleted, false);
        }
        text.ends(name)
    }

    /// Says something else from now on; false if it came to its end before.
    pub(super) fn replace(&self, with: String, registered: u8) -> bool {
        let mut text = self.text();
        let may = text.ended.is_none();
        if may {
            (text.text, text.registered) = (with, registered);
        }
        may
    }

    /// What became of it, and when it came to its end.
    pub(super) fn fate(&self) -> (MessageState, Option<Stamp>) {
        let text = self.text();
        let state = if text.ended.is_some() { text.state } else { MessageState::Enroute };
        (state, text.ended)
    }

    /// Whether it is of this sender, if one is said.
    fn is_of(&self, source: &[u8]) -> bool {
        source.is_empty() || self.text().source.digits == source
    }

    fn is_between(&self, source: &[u8], destination: &[u8]) -> bool {
        let text = self.text();
        text.source.digits == source && text.destination.digits == destination
    }
}

impl Text {
    fn ends(&mut self, name: &str) -> Option<Vec<OwnMessage>> {
        if self.ended.is_some() {
            return None;
        }
        let done = Stamp::now();
        self.ended = Some(done);
        let mut messages = Vec::new();
        if is_wanted(self.registered, self.state) {
            let receipt = Receipt {
                message_id: name.to_owned(),
                state: self.state,
                error: 0,
                submitted: self.submitted.0,
                done: done.0,
                begins: beginning(&self.text).to_owned(),
            };
            messages.push(OwnMessage::receipt(&receipt, &self.destination, &self.source));
        }
        if self.comes_back {
            let text = format!("Re: {}", beginning(&self.text));
            messages.push(OwnMessage::short(&text, &self.destination, &self.source));
        }
        Some(messages)
    }
}

/// The texts of an account, by their names: several of one that went to many.
#[derive(Debug, Default)]
pub(super) struct Known {
    texts: BTreeMap<String, Vec<Taken>>,
    order: VecDeque<String>,
}

impl Known {
    pub(super) fn keep(&mut self, name: &str, texts: Vec<Taken>) {
        if self.texts.insert(name.to_owned(), texts).is_none() {
            self.order.push_back(name.to_owned());
        }
        if self.order.len() > KNOWN_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.texts.remove(&oldest);
        }
    }

    /// Those of a name, if they are of this sender or none is said.
    pub(super) fn named(&self, name: &str, source: &[u8]) -> Vec<Taken> {
        let texts = self.texts.get(name).into_iter().flatten();
        texts.filter(|text| text.is_of(source)).cloned().collect()
    }

    /// All from one to the other, with their names.
    pub(super) fn between(&self, source: &[u8], destination: &[u8]) -> Vec<(String, Taken)> {
        let texts =
            self.texts.iter().flat_map(|(name, texts)| texts.iter().map(move |t| (name, t)));
        let between = texts.filter(|(_, text)| text.is_between(source, destination));
        between.map(|(name, text)| (name.clone(), text.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Address;
    use std::time::Duration;

    fn taken(registered_delivery: u8) -> Taken {
        let source = Address { ton: 0, npi: 1, digits: b"5550000001" };
        let message = Message { source, registered_delivery, ..Message::default() };
        let fate = Fate {
            answer: None,
            after: Duration::ZERO,
            state: MessageState::Delivered,
            comes_back: true,
        };
        let destination = OwnAddress { ton: 0, npi: 1, digits: b"5550000002".to_vec() };
        Taken::new(&message, destination, "hello", &fate)
    }

    fn said(messages: &[OwnMessage]) -> Vec<String> {
        let said = |one: &OwnMessage| String::from_utf8_lossy(one.message().text).into_owned();
        messages.iter().map(said).collect()
    }

    #[test]
    fn a_text_is_what_it_was_replaced_by_until_it_comes_to_its_end_once() {
        let text = taken(1);
        assert_eq!(text.fate(), (MessageState::Enroute, None));
        assert!(text.replace("bye".to_owned(), 1));
        let said = said(&text.ends("7"));
        assert!(said[0].starts_with("id:7 ") && said[0].ends_with("stat:DELIVRD err:000 text:bye"));
        assert_eq!(said[1..], ["Re: bye"]);
        assert_eq!(text.fate().0, MessageState::Delivered);
        assert!(text.ends("7").is_empty());
        assert!(!text.replace("late".to_owned(), 1));
        assert_eq!(text.cancel("7"), None);
        assert_eq!(text.fate().0, MessageState::Delivered);
    }

    #[test]
    fn one_that_is_taken_back_is_deleted_and_not_delivered() {
        let text = taken(1);
        let said = said(&text.cancel("7").unwrap());
        assert!(said.len() == 1 && said[0].contains("stat:DELETED"));
        assert_eq!(text.fate().0, MessageState::Deleted);
        assert!(text.ends("7").is_empty());
        assert_eq!(taken(0).cancel("7"), Some(Vec::new()));
    }

    #[test]
    fn texts_are_found_by_their_name_and_sender_and_the_oldest_is_forgotten() {
        let mut known = Known::default();
        for name in 0..=KNOWN_MAX {
            known.keep(&name.to_string(), vec![taken(0), taken(0)]);
        }
        assert!(known.named("0", b"").is_empty());
        assert_eq!(known.named("1", b"").len(), 2);
        assert_eq!(known.named("1", b"5550000001").len(), 2);
        assert!(known.named("1", b"5550000002").is_empty());
        assert_eq!(known.between(b"5550000001", b"5550000002").len(), 2 * KNOWN_MAX);
        assert!(known.between(b"5550000002", b"5550000001").is_empty());
    }
}
