//! The small words of a message's header.

use crate::Number;
use std::fmt;
use std::num::NonZeroU32;

/// What a sending device drew once, at random, 24 bits: its messages are counted
/// apart from those of another device of the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(u32);

impl Epoch {
    /// The smallest epoch.
    pub const MIN: Epoch = Epoch(0);
    /// The largest epoch.
    pub const MAX: Epoch = Epoch(0xff_ffff);

    /// The epoch with this value, unless it has more than 24 bits.
    pub fn from_value(value: u32) -> Option<Epoch> {
        (value <= Epoch::MAX.0).then_some(Epoch(value))
    }

    /// 0 to 16,777,215.
    pub fn value(self) -> u32 {
        self.0
    }

    pub(super) fn to_bytes(self) -> [u8; 3] {
        let [_, a, b, c] = self.0.to_be_bytes();
        [a, b, c]
    }

    pub(super) fn from_bytes([a, b, c]: [u8; 3]) -> Epoch {
        Epoch(u32::from_be_bytes([0, a, b, c]))
    }
}

/// Which of a sender's messages to one recipient, within an epoch, from 1 up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Count(NonZeroU32);

impl Count {
    /// The first message's.
    pub const FIRST: Count = Count(NonZeroU32::MIN);

    /// The count with this value, unless it is 0.
    pub fn from_value(value: u32) -> Option<Count> {
        NonZeroU32::new(value).map(Count)
    }

    /// 1 to 4,294,967,295.
    pub fn value(self) -> u32 {
        self.0.get()
    }

    /// The next message's; none after the last, where a new epoch has to begin.
    pub fn next(self) -> Option<Count> {
        self.0.checked_add(1).map(Count)
    }
}

/// What tells a message from every other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId {
    /// Its sender.
    pub from: Number,
    /// Its recipient.
    pub to: Number,
    /// The epoch of the sender's device.
    pub epoch: Epoch,
    /// Which message to this recipient.
    pub count: Count,
}

/// As people write it: `5550000001-5550000003-0a1b2c-7`, the epoch in six hexadecimal
/// digits.
impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MessageId { from, to, epoch, count } = self;
        write!(f, "{from}-{to}-{:06x}-{}", epoch.value(), count.value())
    }
}

impl MessageId {
    /// Reads what [`fmt::Display`] writes; none if it is something else.
    pub fn from_text(text: &str) -> Option<MessageId> {
        let mut fields = text.split('-');
        let id = MessageId {
            from: fields.next()?.parse().ok()?,
            to: fields.next()?.parse().ok()?,
            epoch: Epoch::from_value(u32::from_str_radix(fields.next()?, 16).ok()?)?,
            count: Count::from_value(fields.next()?.parse().ok()?)?,
        };
        fields.next().is_none().then_some(id)
    }
}

/// How many more servers may hand a message on, 0 to 255.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hops(pub u8);

impl Hops {
    /// What is left for the next server; none if it may not be handed on.
    pub fn handed_on(self) -> Option<Hops> {
        self.0.checked_sub(1).map(Hops)
    }
}

impl fmt::Debug for Hops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} hops left", self.0)
    }
}

/// What goes first where not everything can go at once; the greater before the lesser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precedence {
    /// What is not urgent.
    #[default]
    Routine,
    /// What is.
    Priority,
    /// What bears on people's safety.
    Immediate,
    /// What may interrupt everything else.
    Flash,
}

impl Precedence {
    /// All of them, by their codes.
    pub const ALL: [Precedence; 4] =
        [Precedence::Routine, Precedence::Priority, Precedence::Immediate, Precedence::Flash];

    /// 0 to 3.
    pub fn code(self) -> u8 {
        self as u8
    }

    pub(super) fn from_low_bits(bits: u8) -> Precedence {
        Precedence::ALL[usize::from(bits & 3)]
    }
}

/// Which part of a longer text, such as 2 of 3.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    number: u8,
    of: u8,
}

impl Part {
    /// The most parts of a text.
    pub const PARTS_MAX: u8 = 16;

    /// A part of at least 2 and at most [`Part::PARTS_MAX`], counted from 1.
    pub fn new(number: u8, of: u8) -> Option<Part> {
        let is_one = (2..=Part::PARTS_MAX).contains(&of) && (1..=of).contains(&number);
        is_one.then_some(Part { number, of })
    }

    /// From 1 up.
    pub fn number(self) -> u8 {
        self.number
    }

    /// How many parts there are.
    pub fn of(self) -> u8 {
        self.of
    }

    pub(super) fn to_byte(self) -> u8 {
        (self.number - 1) << 4 | (self.of - 1)
    }

    pub(super) fn from_byte(byte: u8) -> Option<Part> {
        Part::new((byte >> 4) + 1, (byte & 15) + 1)
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "part {} of {}", self.number, self.of)
    }
}
