//! What a person wrote.

use std::fmt;

/// What a person wrote: at most 160 characters (Unicode code points) and 226
/// bytes of UTF-8, not ending in a newline or a NUL, which the wire would drop.
///
/// Borrowed and checked. An empty one is legal on the classic wire; programs
/// that people type into refuse it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Text<'a>(&'a str);

/// Why something cannot travel as one text. Nothing was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// More than 160 characters.
    #[error("a text has at most 160 characters, this has {found}")]
    Characters {
        /// How many it has.
        found: usize,
    },
    /// At most 160 characters, but more than 226 bytes.
    #[error(
        "a text has at most 226 bytes, this has {found} \
         (a letter beyond plain ASCII takes two to four)"
    )]
    Bytes {
        /// How many it has.
        found: usize,
    },
    /// Its last character would be dropped on the way.
    #[error("a text cannot end in a newline or a NUL")]
    End,
}

impl<'a> Text<'a> {
    /// The most characters (code points) of a text.
    pub const CHARACTERS_MAX: usize = 160;
    /// The most bytes of a text: what a classic `send` with a number of two
    /// digits leaves of 256.
    pub const BYTES_MAX: usize = 226;

    /// The text without a character.
    pub const EMPTY: Text<'static> = Text("");

    /// Checks what was written. Costs one pass over it.
    pub fn new(written: &'a str) -> Result<Text<'a>, TextError> {
        let found = written.chars().count();
        if found > Text::CHARACTERS_MAX {
            return Err(TextError::Characters { found });
        }
        if written.len() > Text::BYTES_MAX {
            return Err(TextError::Bytes { found: written.len() });
        }
        if written.ends_with(['\n', '\0']) {
            return Err(TextError::End);
        }
        Ok(Text(written))
    }

    /// What was written.
    pub fn as_str(self) -> &'a str {
        self.0
    }
}

/// Shows the length only: a text's content never enters a log.
impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_counts_characters_then_bytes() {
        assert!(Text::new(&"a".repeat(160)).is_ok());
        assert_eq!(Text::new(&"a".repeat(161)), Err(TextError::Characters { found: 161 }));
        assert!(Text::new(&"ä".repeat(113)).is_ok());
        assert_eq!(Text::new(&"ä".repeat(114)), Err(TextError::Bytes { found: 228 }));
        assert_eq!(Text::new("hello\n"), Err(TextError::End));
        assert!(Text::new("two\nlines").is_ok());
    }

    #[test]
    fn its_debug_form_hides_the_content() {
        assert_eq!(format!("{:?}", Text::new("secret").unwrap()), "Text(6 bytes)");
    }
}
