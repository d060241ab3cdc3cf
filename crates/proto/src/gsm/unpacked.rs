//! A septet in each byte, which is how SMPP has it.

use super::alphabet::{Code, ESCAPE};

/// Appends a character's septets, a byte each; nothing, and no, where the alphabet does not
/// have it.
#[must_use]
pub fn print_unpacked(character: char, out: &mut Vec<u8>) -> bool {
    match Code::of(character) {
        Some(Code::Default(code)) => out.push(code),
        Some(Code::Extension(code)) => out.extend([ESCAPE, code]),
        None => return false,
    }
    true
}

/// The characters of septets that have a byte each; none where bytes mean no character. An
/// extension that is not known is read as the default alphabet has it, as phones do.
pub fn read_unpacked(bytes: &[u8]) -> impl Iterator<Item = Option<char>> {
    let mut bytes = bytes.iter().copied();
    std::iter::from_fn(move || {
        let code = bytes.next()?;
        if code != ESCAPE {
            return Some(Code::Default(code).character());
        }
        let code = bytes.next();
        Some(code.and_then(|code| {
            Code::Extension(code).character().or_else(|| Code::Default(code).character())
        }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn printed(text: &str) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        text.chars().all(|character| print_unpacked(character, &mut out)).then_some(out)
    }

    #[test]
    fn a_byte_is_a_septet_and_extensions_have_two() {
        assert_eq!(printed("@a€").unwrap(), [0x00, 0x61, 0x1b, 0x65]);
        assert_eq!(printed("ş"), None);
        let read: Vec<_> = read_unpacked(&[0x00, 0x1b, 0x65, 0x1b, 0x61, 0x80, 0x1b]).collect();
        assert_eq!(read, [Some('@'), Some('€'), Some('a'), None, None]);
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read(text in "[@£a-zÄÖñà{}€\\[\\]~^|\\\\ 0-9]{0,40}") {
            let bytes = printed(&text).unwrap();
            let read: Option<String> = read_unpacked(&bytes).collect();
            prop_assert_eq!(read.unwrap(), text);
        }
    }
}
