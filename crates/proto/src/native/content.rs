//! What a text says, in one of three forms.

use super::Malformed;
use crate::{Text, gsm};
use std::fmt;

/// What a text says: up to 160 characters, in one of the forms. Borrowed and checked.
///
/// Unlike a [`Text`], which the classic wire has to carry, it may have more than 226
/// bytes, and end in anything.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Content<'a>(Form<'a>);

/// How a text is written down.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form<'a> {
    /// In the alphabet of the SMS, up to 320 septets.
    Gsm(gsm::Packed<'a>),
    /// In UTF-8, up to 640 bytes.
    Utf8(&'a str),
    /// For the recipient's eyes only; what the bytes mean is theirs and the sender's.
    Sealed(&'a [u8]),
}

impl<'a> Content<'a> {
    /// The most characters (code points) of a text that is not sealed.
    pub const CHARACTERS_MAX: usize = Text::CHARACTERS_MAX;
    /// The most bytes that [`Content::write`] needs: 160 characters of two septets.
    pub const GSM_BYTES_MAX: usize = gsm::packed_bytes(2 * Content::CHARACTERS_MAX);
    /// The most bytes of a content that is not sealed.
    pub const UTF8_BYTES_MAX: usize = 4 * Content::CHARACTERS_MAX;
    /// The least bytes of a sealed text: a key of 32, a tag of 16, and what says the
    /// form of what is sealed.
    pub const SEALED_BYTES_MIN: usize = 32 + 16 + 1;
    /// The most bytes of a sealed text.
    pub const SEALED_BYTES_MAX: usize = Content::SEALED_BYTES_MIN + Content::UTF8_BYTES_MAX;

    /// Writes the text in the form that takes fewer bytes, septets where both take as
    /// many. The buffer is only used for septets.
    pub fn write(
        text: &'a str,
        buffer: &'a mut [u8; Content::GSM_BYTES_MAX],
    ) -> Result<Content<'a>, Malformed> {
        match gsm::pack(text, buffer).filter(|packed| packed.septets() <= text.len() * 8 / 7) {
            Some(packed) => Content::gsm(packed),
            None => Content::utf8(text),
        }
    }

    /// A text in septets, if it has at most 160 characters.
    pub fn gsm(packed: gsm::Packed<'a>) -> Result<Content<'a>, Malformed> {
        check_length(packed.characters())?;
        Ok(Content(Form::Gsm(packed)))
    }

    /// A text in UTF-8, if it has at most 160 characters.
    pub fn utf8(text: &'a str) -> Result<Content<'a>, Malformed> {
        // Only where there are more bytes may there be more characters.
        if text.len() > Content::CHARACTERS_MAX {
            check_length(text.chars().take(Content::CHARACTERS_MAX + 1).count())?;
        }
        Ok(Content(Form::Utf8(text)))
    }

    /// A sealed text, if it has the length of one.
    pub fn sealed(bytes: &'a [u8]) -> Result<Content<'a>, Malformed> {
        let lengths = Content::SEALED_BYTES_MIN..=Content::SEALED_BYTES_MAX;
        lengths
            .contains(&bytes.len())
            .then_some(Content(Form::Sealed(bytes)))
            .ok_or(Malformed::Sealed)
    }

    /// How it is written down.
    pub fn form(self) -> Form<'a> {
        self.0
    }

    /// Appends the text; says no where it is sealed.
    #[must_use]
    pub fn read(self, out: &mut String) -> bool {
        match self.0 {
            Form::Gsm(packed) => out.extend(packed.chars()),
            Form::Utf8(text) => out.push_str(text),
            Form::Sealed(_) => return false,
        }
        true
    }

    /// Appends what is sealed in a sealed text: a byte that says the form, and the body. Nothing,
    /// and no, where it is sealed already.
    #[must_use]
    pub fn print_plain(self, out: &mut Vec<u8>) -> bool {
        let is_plain = !matches!(self.0, Form::Sealed(_));
        if is_plain {
            out.push(self.code());
            out.extend_from_slice(self.bytes());
        }
        is_plain
    }

    /// Reads what was sealed in a sealed text. Costs no allocation.
    pub fn parse_plain(bytes: &'a [u8]) -> Result<Content<'a>, Malformed> {
        match bytes.split_first() {
            None => Err(Malformed::Ended),
            Some((&SEALED, _)) => Err(Malformed::Form),
            Some((&code, body)) => Content::parse(code, body),
        }
    }

    /// The code of the form, four bits.
    pub(super) fn code(self) -> u8 {
        match self.0 {
            Form::Gsm(packed) if packed.spares_a_septet() => GSM_SPARED,
            Form::Gsm(_) => GSM,
            Form::Utf8(_) => UTF8,
            Form::Sealed(_) => SEALED,
        }
    }

    pub(super) fn bytes(self) -> &'a [u8] {
        match self.0 {
            Form::Gsm(packed) => packed.bytes(),
            Form::Utf8(text) => text.as_bytes(),
            Form::Sealed(bytes) => bytes,
        }
    }

    pub(super) fn parse(code: u8, bytes: &'a [u8]) -> Result<Content<'a>, Malformed> {
        match code {
            GSM | GSM_SPARED => {
                let septets = septets(code, bytes.len())?;
                Content::gsm(gsm::Packed::parse(bytes, septets).ok_or(Malformed::Septets)?)
            }
            UTF8 => Content::utf8(std::str::from_utf8(bytes).map_err(|_| Malformed::NotUtf8)?),
            SEALED => Content::sealed(bytes),
            _ => Err(Malformed::Form),
        }
    }
}

const GSM: u8 = 0;
/// Septets, and seven bits after the last that are none of them.
const GSM_SPARED: u8 = 1;
const UTF8: u8 = 2;
const SEALED: u8 = 3;

/// The bytes alone say how many septets there are, except whether seven bits at the
/// end are one more: that says the code.
fn septets(code: u8, bytes: usize) -> Result<usize, Malformed> {
    let most = bytes * 8 / 7;
    match (code, bytes > 0 && most.is_multiple_of(8)) {
        (GSM, _) => Ok(most),
        (_, true) => Ok(most - 1),
        (_, false) => Err(Malformed::Septets),
    }
}

fn check_length(characters: usize) -> Result<(), Malformed> {
    if characters > Content::CHARACTERS_MAX { Err(Malformed::TooLong) } else { Ok(()) }
}

impl fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Shows the length only: a text's content never enters a log.
impl fmt::Debug for Form<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Form::Gsm(packed) => packed.fmt(f),
            Form::Utf8(text) => write!(f, "Utf8({} bytes)", text.len()),
            Form::Sealed(bytes) => write!(f, "Sealed({} bytes)", bytes.len()),
        }
    }
}
