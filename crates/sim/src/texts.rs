//! Who wrote what: every text carries an id, so that the checkers can follow it.

use fastrand::Rng;
use postrider_proto::Number;

/// All texts that people have written. Their ids count from 1.
#[derive(Debug, Default)]
pub(crate) struct Texts(Vec<Written>);

/// A text that somebody wrote.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    pub(crate) to: Number,
    /// Whether the sender's program marks its texts.
    pub(crate) marked: bool,
}

impl Texts {
    /// Writes a text that begins with its id.
    pub(crate) fn write(&mut self, to: Number, marked: bool, dice: &mut Rng) -> (u32, String) {
        self.0.push(Written { to, marked });
        let id = self.0.len() as u32;
        (id, format!("#{id} {}", filling(dice)))
    }

    pub(crate) fn get(&self, id: u32) -> Option<Written> {
        self.0.get((id as usize).checked_sub(1)?).copied()
    }
}

/// Mostly short, sometimes as long as it may be, sometimes strange.
pub(crate) fn filling(dice: &mut Rng) -> String {
    match dice.u8(..10) {
        0 => "x".repeat(150),
        1 => "ü".repeat(dice.usize(..100)),
        2 => "a/b//c?d/".to_owned(),
        3 => "\n\0 ".to_owned() + "?",
        _ => "x".repeat(dice.usize(..30)),
    }
}

/// The id that a text carries, 0 if none.
pub(crate) fn id_of(text: &str) -> u32 {
    let digits = text.strip_prefix('#').and_then(|rest| rest.split(' ').next());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// A person's number.
pub(crate) fn number_of(person: u32) -> Number {
    Number::from_value(5_550_000_000 + u64::from(person)).unwrap_or(Number::MAX)
}
