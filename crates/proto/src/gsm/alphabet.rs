//! Which character has which code.

/// The code that makes the next one mean a character of the extension table.
pub(super) const ESCAPE: u8 = 0x1b;

/// The default alphabet, by code. [`ESCAPE`] stands for itself, and for no character.
const DEFAULT: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å', //
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', '\x1b', 'Æ', 'æ', 'ß', 'É', //
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/', //
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?', //
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', //
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§', //
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', //
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à', //
];

/// The extension table: the code after an escape, and its character.
const EXTENSION: [(u8, char); 10] = [
    (0x0a, '\x0c'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2f, '\\'),
    (0x3c, '['),
    (0x3d, '~'),
    (0x3e, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

/// The codes of the ASCII characters, since most characters are such.
const ASCII: [Option<Code>; 128] = {
    let mut codes = [None; 128];
    let mut at = 0;
    while at < codes.len() {
        codes[at] = Code::search(at as u8 as char);
        at += 1;
    }
    codes
};

/// How a character is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// By this septet.
    Default(u8),
    /// By an escape and this septet.
    Extension(u8),
}

impl Code {
    pub(super) fn of(character: char) -> Option<Code> {
        match ASCII.get(character as usize) {
            Some(code) => *code,
            None => Code::search(character),
        }
    }

    const fn search(character: char) -> Option<Code> {
        let mut at = 0;
        while at < DEFAULT.len() {
            if DEFAULT[at] == character && at != ESCAPE as usize {
                return Some(Code::Default(at as u8));
            }
            at += 1;
        }
        let mut at = 0;
        while at < EXTENSION.len() {
            if EXTENSION[at].1 == character {
                return Some(Code::Extension(EXTENSION[at].0));
            }
            at += 1;
        }
        None
    }

    /// The character, unless the tables have none with this code.
    pub(super) fn character(self) -> Option<char> {
        match self {
            Code::Default(ESCAPE) => None,
            Code::Default(code) => DEFAULT.get(usize::from(code)).copied(),
            Code::Extension(code) => {
                EXTENSION.iter().find(|entry| entry.0 == code).map(|entry| entry.1)
            }
        }
    }

    pub(super) fn septets(self) -> usize {
        match self {
            Code::Default(_) => 1,
            Code::Extension(_) => 2,
        }
    }
}
