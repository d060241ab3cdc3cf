//! Commands of the client's that were not answered yet. A sequence number may be that of several:
//! each is answered, in the order in which they came, since nothing else tells their answers apart.

use std::collections::{BTreeMap, VecDeque};

/// Which of the commands that are open.
pub type Ticket = u32;

/// All that are.
#[derive(Debug, Default)]
pub(super) struct Open {
    last: Ticket,
    /// The sequence numbers of those that are not answered.
    waits: BTreeMap<Ticket, u32>,
    /// By sequence number; the first of each is not answered.
    lines: BTreeMap<u32, VecDeque<Place>>,
    /// Places in all lines.
    places: usize,
}

#[derive(Debug)]
struct Place {
    ticket: Ticket,
    /// What it is answered by once it is the first.
    answer: Option<Vec<u8>>,
}

impl Open {
    /// Those that were not answered, and answers that wait for them.
    pub(super) fn len(&self) -> usize {
        self.places
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places == 0
    }

    pub(super) fn has(&self, sequence: u32) -> bool {
        self.lines.contains_key(&sequence)
    }

    pub(super) fn sequence(&self, ticket: Ticket) -> Option<u32> {
        self.waits.get(&ticket).copied()
    }

    /// One more, that is to be answered.
    pub(super) fn enter(&mut self, sequence: u32) -> Ticket {
        let ticket = self.queue(sequence, None);
        self.waits.insert(ticket, sequence);
        ticket
    }

    /// An answer that waits for those to commands of the same number.
    pub(super) fn follow(&mut self, sequence: u32, answer: Vec<u8>) {
        self.queue(sequence, Some(answer));
    }

    fn queue(&mut self, sequence: u32, answer: Option<Vec<u8>>) -> Ticket {
        self.last = self.last.wrapping_add(1);
        let place = Place { ticket: self.last, answer };
        self.lines.entry(sequence).or_default().push_back(place);
        self.places += 1;
        self.last
    }

    /// Answers one, and appends what is to be said now; an empty answer says nothing. False if it
    /// is not open.
    pub(super) fn answer(&mut self, ticket: Ticket, answer: Vec<u8>, out: &mut Vec<u8>) -> bool {
        let Some(sequence) = self.waits.remove(&ticket) else { return false };
        let Some(line) = self.lines.get_mut(&sequence) else { return false };
        if let Some(place) = line.iter_mut().find(|place| place.ticket == ticket) {
            place.answer = Some(answer);
        }
        while let Some(Place { answer: Some(answer), .. }) = line.front() {
            out.extend_from_slice(answer);
            line.pop_front();
            self.places -= 1;
        }
        if line.is_empty() {
            self.lines.remove(&sequence);
        }
        true
    }
}
