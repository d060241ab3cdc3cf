//! Any text as what a group says: `chat` and `send --group` read tallies from texts.

use postrider_client::group::{Tally, begun, refuses};

/// A tally that is read prints one that says the same.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = (begun(text), refuses(text));
    let Some(tally) = Tally::parse(text) else { return };
    assert!(tally.answered() <= tally.answers.len() * 500);
    assert_eq!(Tally::parse(&tally.to_string()), Some(tally));
}
