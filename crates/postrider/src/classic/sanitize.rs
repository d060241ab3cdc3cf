//! What others wrote, made safe to show.
//!
//! ```text
//!   "two\nlines"       ──► two⏎lines
//!   "\x1b[2J"          ──► ␛[2J
//!   "\u{202e}txt.exe"  ──► �txt.exe
//! ```
//!
//! A text comes from anybody who reaches a server's port. Shown as it is, it could
//! clear the screen, rename the window, answer on the keyboard's behalf or print
//! itself backwards.

use std::char::REPLACEMENT_CHARACTER;

const NEWLINE_SIGN: char = '⏎';

/// The sign for NUL; those for the other ASCII controls stand behind it in order.
const NUL_SIGN: u32 = 0x2400;

const DELETE_SIGN: char = '␡';

/// The text with everything replaced that would act on the terminal instead of
/// standing in it. Each replaced character leaves a visible sign.
pub(crate) fn visible(text: &str) -> String {
    text.replace("\r\n", "\n").chars().map(visible_char).collect()
}

fn visible_char(written: char) -> char {
    match written {
        '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => NEWLINE_SIGN,
        '\0'..='\u{1f}' => sign_of_control(written),
        '\u{7f}' => DELETE_SIGN,
        '\u{80}'..='\u{9f}' => REPLACEMENT_CHARACTER,
        _ if steers_direction(written) || annotates(written) => REPLACEMENT_CHARACTER,
        _ => written,
    }
}

fn sign_of_control(control: char) -> char {
    char::from_u32(NUL_SIGN + u32::from(control)).unwrap_or(REPLACEMENT_CHARACTER)
}

/// Embeddings, overrides and isolates, and the deprecated switches. The plain marks
/// U+200E, U+200F and U+061C stay: ordinary Hebrew and Arabic need them, and they
/// turn nothing round.
fn steers_direction(written: char) -> bool {
    matches!(written, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}')
}

/// Interlinear annotation, which hides what it encloses.
fn annotates(written: char) -> bool {
    matches!(written, '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_in_any_script_stays_as_it_is() {
        for text in ["Hello/five", "größer €5", "日本語", "שלום\u{200f}!", "👩\u{200d}👧", ""]
        {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn a_line_break_of_any_kind_cannot_forge_a_line() {
        assert_eq!(visible("a\nb"), "a⏎b");
        assert_eq!(visible("a\r\nb"), "a⏎b");
        assert_eq!(visible("a\rb\u{85}c\u{2028}d\u{2029}e"), "a⏎b⏎c⏎d⏎e");
    }

    #[test]
    fn an_escape_sequence_is_read_and_not_obeyed() {
        assert_eq!(visible("\x1b[2J\x1b]0;root\x07"), "␛[2J␛]0;root␇");
        assert_eq!(visible("\u{9b}2J"), "\u{fffd}2J", "the one-character form of ESC [");
    }

    #[test]
    fn no_control_character_of_any_plane_is_left() {
        for control in (0..=0x10_ffff).filter_map(char::from_u32).filter(|c| c.is_control()) {
            let shown = visible(&control.to_string());
            assert!(!shown.is_empty() && !shown.chars().any(char::is_control), "{control:?}");
        }
        assert_eq!(visible("\0\t\x08\x7f"), "␀␉␈␡");
    }

    #[test]
    fn a_text_cannot_print_itself_backwards() {
        let steering = "\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
        assert_eq!(visible(steering), "\u{fffd}".repeat(9));
        assert_eq!(visible("a\u{fff9}b\u{fffb}"), "a\u{fffd}b\u{fffd}");
    }
}
