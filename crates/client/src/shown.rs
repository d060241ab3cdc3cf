//! What may be put on a screen.

use std::borrow::Cow;

/// The text as it may be shown: each character that could steer a terminal, turn the direction
/// of writing, or hide, is replaced by `�`; a line feed and a tab stay. Costs no allocation where
/// there is none of these.
pub fn shown(text: &str) -> Cow<'_, str> {
    if text.chars().all(prints) {
        return Cow::Borrowed(text);
    }
    let show = |character| if prints(character) { character } else { char::REPLACEMENT_CHARACTER };
    Cow::Owned(text.chars().map(show).collect())
}

fn prints(character: char) -> bool {
    match character {
        '\n' | '\t' => true,
        // Joins emoji, and letters of Persian and Indic scripts.
        '\u{200c}' | '\u{200d}' => true,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' => false,
        '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => false,
        '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' => false,
        other => !other.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_steers_a_terminal_or_hides_is_not_shown() {
        assert_eq!(shown("a\u{1b}[2Jb"), "a\u{fffd}[2Jb");
        assert_eq!(shown("\u{9b}31m\r\u{7}\0"), "\u{fffd}31m\u{fffd}\u{fffd}\u{fffd}");
        assert_eq!(shown("pay\u{202e}txt"), "pay\u{fffd}txt");
        assert_eq!(shown("a\u{2066}b\u{200b}c\u{feff}"), "a\u{fffd}b\u{fffd}c\u{fffd}");
    }

    #[test]
    fn what_people_write_stays_and_costs_nothing() {
        for text in ["Grüße,\n\tSüd 👩‍👩‍👧 می‌خواهم", "", "שלום"] {
            assert!(matches!(shown(text), Cow::Borrowed(same) if same == text));
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_shown_as_it_is(text: String) {
            let once = shown(&text).into_owned();
            prop_assert!(matches!(shown(&once), Cow::Borrowed(_)));
            prop_assert_eq!(once.chars().count(), text.chars().count());
        }
    }
}
