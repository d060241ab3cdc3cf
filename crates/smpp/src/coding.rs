//! How characters are coded.

use postrider_proto::gsm::{print_unpacked, read_unpacked};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What stands for a character that cannot be read.
const UNREADABLE: char = char::REPLACEMENT_CHARACTER;
/// The message class and the like; the alphabet is in one bit then.
const CLASSES: u8 = 0xf0;
const CLASS_IS_BINARY: u8 = 0x04;

/// How a client codes a text unless it says how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Charset {
    /// The default alphabet of the SMS, a septet in a byte.
    #[default]
    Gsm,
    /// ISO 8859-1.
    Latin1,
}

impl Charset {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Charset::Gsm => "gsm",
            Charset::Latin1 => "latin1",
        }
    }

    fn coding(self) -> Coding {
        match self {
            Charset::Gsm => Coding::Gsm,
            Charset::Latin1 => Coding::Latin1,
        }
    }
}

/// What the bytes of a text are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// The default alphabet of the SMS, a septet in a byte.
    Gsm,
    /// ASCII.
    Ascii,
    /// ISO 8859-1.
    Latin1,
    /// UTF-16, the higher byte first.
    Ucs2,
    /// No characters at all.
    Binary,
}

/// A text that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// What it says.
    pub text: String,
    /// Characters that could not be read, and are U+FFFD now.
    pub replaced: usize,
}

impl Coding {
    /// Of a `data_coding`; none of one that is not known here.
    pub fn of(data_coding: u8, default: Charset) -> Option<Coding> {
        match data_coding {
            0 => Some(default.coding()),
            1 => Some(Coding::Ascii),
            2 | 4 => Some(Coding::Binary),
            3 => Some(Coding::Latin1),
            8 => Some(Coding::Ucs2),
            code if code & CLASSES != CLASSES => None,
            code if code & CLASS_IS_BINARY == 0 => Some(default.coding()),
            _ => Some(Coding::Binary),
        }
    }

    /// As a `data_coding` says it to a client of this default; none where it cannot be said.
    pub fn code(self, default: Charset) -> Option<u8> {
        match self {
            coding if coding == default.coding() => Some(0),
            Coding::Gsm => None,
            Coding::Ascii => Some(1),
            Coding::Latin1 => Some(3),
            Coding::Binary => Some(4),
            Coding::Ucs2 => Some(8),
        }
    }

    /// Reads a text; nothing is refused. Bytes of no characters are shown as digits.
    pub fn read(self, bytes: &[u8]) -> Read {
        match self {
            Coding::Gsm => collect(read_unpacked(bytes)),
            Coding::Ascii => {
                collect(bytes.iter().map(|byte| byte.is_ascii().then_some(char::from(*byte))))
            }
            Coding::Latin1 => collect(bytes.iter().map(|byte| Some(char::from(*byte)))),
            Coding::Ucs2 => read_ucs2(bytes),
            Coding::Binary => {
                let text = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                Read { text, replaced: 0 }
            }
        }
    }

    /// Reads a part of a text, which may begin or end within a character: its halves are kept, for
    /// [`whole`] to put together.
    pub fn read_part(self, bytes: &[u8]) -> Read {
        match self {
            Coding::Ucs2 => {
                let is =
                    |halves: &Range<u16>, unit: [u8; 2]| halves.contains(&u16::from_be_bytes(unit));
                let (first, rest) = match bytes.split_first_chunk() {
                    Some((unit, rest)) if is(&LOW, *unit) => (marked(*unit), rest),
                    _ => (None, bytes),
                };
                let (last, rest) = match rest.split_last_chunk() {
                    Some((rest, unit)) if rest.len() % 2 == 0 && is(&HIGH, *unit) => {
                        (marked(*unit), rest)
                    }
                    _ => (None, rest),
                };
                let read = self.read(rest);
                let text = first.into_iter().chain(read.text.chars()).chain(last).collect();
                Read { text, ..read }
            }
            Coding::Gsm => match bytes.split_last() {
                Some((&ESCAPE, before)) if !before.ends_with(&[ESCAPE]) => {
                    let mut read = self.read(before);
                    read.text.push(ESCAPED);
                    read
                }
                _ => self.read(bytes),
            },
            _ => self.read(bytes),
        }
    }

    /// Appends a character; nothing, and no, where this coding does not have it.
    #[must_use]
    pub fn print(self, character: char, out: &mut Vec<u8>) -> bool {
        match self {
            Coding::Gsm => return print_unpacked(character, out),
            Coding::Ascii if character.is_ascii() => out.push(character as u8),
            Coding::Latin1 => match u8::try_from(u32::from(character)) {
                Ok(byte) => out.push(byte),
                Err(_) => return false,
            },
            Coding::Ucs2 => {
                let mut units = [0; 2];
                let units = character.encode_utf16(&mut units);
                out.extend(units.iter().flat_map(|unit| unit.to_be_bytes()));
            }
            Coding::Ascii | Coding::Binary => return false,
        }
        true
    }

    /// Whether this coding has every character of a text.
    pub fn has(self, text: &str) -> bool {
        let mut out = Vec::with_capacity(4);
        text.chars().all(|character| {
            out.clear();
            self.print(character, &mut out)
        })
    }
}

/// The code that makes the next one mean another character.
const ESCAPE: u8 = 0x1b;
/// What stands for an [`ESCAPE`] at the end of a part, and for halves of a character at its ends:
/// characters at the end of those that mean nothing to anybody.
const ESCAPED: char = '\u{10f7ff}';
const HALVES: u32 = 0x10_f800;
const SURROGATES: u16 = 0xd800;
const HIGH: Range<u16> = 0xd800..0xdc00;
const LOW: Range<u16> = 0xdc00..0xe000;

/// What stands for a half.
fn marked(unit: [u8; 2]) -> Option<char> {
    let unit = u16::from_be_bytes(unit).checked_sub(SURROGATES)?;
    char::from_u32(HALVES + u32::from(unit))
}

/// A text of parts, each as [`Coding::read_part`] has it, in their order; none where one is
/// missing. What is missing is an ellipsis, halves that find no other are U+FFFD.
pub fn whole<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> String {
    let mut text = String::new();
    let mut is_missing = false;
    for part in parts {
        let Some(part) = part else {
            is_missing = true;
            continue;
        };
        let mut characters = part.chars();
        match is_missing {
            true => text.push('…'),
            false => {
                let joined = text.chars().next_back().zip(characters.clone().next());
                if let Some(one) = joined.and_then(|(last, first)| joint(last, first)) {
                    text.pop();
                    text.push(one);
                    characters.next();
                }
            }
        }
        is_missing = false;
        text.extend(characters);
    }
    if is_missing {
        text.push('…');
    }
    let is_half = |character: char| character >= ESCAPED;
    text.chars().map(|one| if is_half(one) { UNREADABLE } else { one }).collect()
}

/// The character of two halves.
fn joint(last: char, first: char) -> Option<char> {
    if last == ESCAPED {
        let mut code = vec![ESCAPE];
        return (print_unpacked(first, &mut code) && code.len() == 2)
            .then(|| read_unpacked(&code).next().flatten())
            .flatten();
    }
    let unit = |half: char| {
        let unit = u32::from(half).checked_sub(HALVES)?;
        u16::try_from(unit).ok().map(|unit| SURROGATES + unit)
    };
    char::decode_utf16([unit(last)?, unit(first)?]).next()?.ok()
}

fn collect(characters: impl Iterator<Item = Option<char>>) -> Read {
    let mut replaced = 0;
    let text = characters.map(|character| {
        character.unwrap_or_else(|| {
            replaced += 1;
            UNREADABLE
        })
    });
    let text = text.collect();
    Read { text, replaced }
}

fn read_ucs2(bytes: &[u8]) -> Read {
    let units = bytes.chunks_exact(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]]));
    // A mark of the bytes' order that says what is so anyway.
    let skip = usize::from(bytes.starts_with(&[0xfe, 0xff]));
    let half = (bytes.len() % 2 == 1).then_some(None);
    collect(char::decode_utf16(units.skip(skip)).map(Result::ok).chain(half))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_client_says_it_is_coded_in_is_what_it_is_read_in() {
        let read = |code, bytes: &[u8]| {
            Coding::of(code, Charset::Gsm).map(|coding| coding.read(bytes).text)
        };
        assert_eq!(read(0, b"\x00\x1b\x65").unwrap(), "@€");
        assert_eq!(read(3, b"M\xfcller").unwrap(), "Müller");
        assert_eq!(read(8, b"\xd8\x3d\xde\x00\x00!").unwrap(), "😀!");
        assert_eq!(read(0xf1, b"a").unwrap(), "a");
        assert_eq!(read(4, b"\x01\xff").unwrap(), "01ff");
        assert_eq!(read(0x0d, b"a"), None);
        let latin = Coding::of(0, Charset::Latin1).unwrap();
        assert_eq!(latin.read(b"\xe4").text, "ä");
    }

    #[test]
    fn what_cannot_be_read_is_replaced_and_counted() {
        let lone = Coding::Ucs2.read(b"\xd8\x3d\x00a\x00");
        assert_eq!((lone.text.as_str(), lone.replaced), ("\u{fffd}a\u{fffd}", 2));
        assert_eq!(Coding::Gsm.read(b"a\x80").replaced, 1);
        assert_eq!(Coding::Ascii.read(b"a\x80").replaced, 1);
    }

    #[test]
    fn halves_without_the_other_are_replaced() {
        let part = |bytes: &[u8]| Coding::Ucs2.read_part(bytes).text;
        let (high, low) = (part(b"\0a\xd8\x3d"), part(b"\xde\x00\0b"));
        assert_eq!(whole([Some(high.as_str()), Some(&low)]), "a😀b");
        assert_eq!(whole([Some(high.as_str()), None]), "a\u{fffd}…");
        assert_eq!(whole([Some(high.as_str()), None, Some(&low)]), "a\u{fffd}…\u{fffd}b");
        assert_eq!(whole([None, Some(low.as_str())]), "…\u{fffd}b");
    }

    proptest! {
        #[test]
        fn a_text_that_is_cut_anywhere_is_put_together(
            text in "[a-z€{ 😀шё𝄞]{1,40}", each in 2_usize..9,
        ) {
            let coding = if Coding::Gsm.has(&text) { Coding::Gsm } else { Coding::Ucs2 };
            let mut bytes = Vec::new();
            for character in text.chars() {
                prop_assert!(coding.print(character, &mut bytes));
            }
            let each = if coding == Coding::Ucs2 { each * 2 } else { each };
            let parts: Vec<String> =
                bytes.chunks(each).map(|part| coding.read_part(part).text).collect();
            prop_assert_eq!(whole(parts.iter().map(|part| Some(part.as_str()))), text);
        }

        #[test]
        fn what_is_printed_is_read_as_it_was(text in any::<String>(), kind in 0_usize..4) {
            let coding = [Coding::Gsm, Coding::Ascii, Coding::Latin1, Coding::Ucs2][kind];
            prop_assume!(coding.has(&text) && !text.starts_with('\u{feff}'));
            let mut bytes = Vec::new();
            for character in text.chars() {
                prop_assert!(coding.print(character, &mut bytes));
            }
            prop_assert_eq!(coding.read(&bytes), Read { text, replaced: 0 });
        }
    }
}
