//! A secret as 24 words, which people can write down: BIP-39, English.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The list of BIP-39, in its order.
const LIST: &str = include_str!("english.txt");
const WORDS: usize = 24;
const BITS_PER_WORD: usize = 11;

/// Why words are no secret. Nothing was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// There are more or fewer.
    #[error("there are 24 words, and these are {0}")]
    Count(usize),
    /// A word is not one of the list.
    #[error("word {0} is none of the list")]
    Unknown(usize),
    /// They are words of the list, and do not belong together.
    #[error("a word is wrong, or two have changed places")]
    Check,
}

/// The secret's 24 words, with spaces between.
pub(crate) fn from_secret(secret: &[u8; 32]) -> Zeroizing<String> {
    let list: Vec<&str> = LIST.lines().collect();
    let checked = with_check(secret);
    // Long enough not to leave a copy behind while it grows.
    let mut words = Zeroizing::new(String::with_capacity(WORDS * 9));
    for word in 0..WORDS {
        let bits = word * BITS_PER_WORD..(word + 1) * BITS_PER_WORD;
        let index = bits.fold(0, |index, bit| index << 1 | usize::from(bit_of(&*checked, bit)));
        if word > 0 {
            words.push(' ');
        }
        words.push_str(list.get(index).copied().unwrap_or_default());
    }
    words
}

/// The secret that 24 words say; in any case, with any white space between.
pub(crate) fn to_secret(words: &str) -> Result<Zeroizing<[u8; 32]>, WordsError> {
    let found = words.split_whitespace().count();
    if found != WORDS {
        return Err(WordsError::Count(found));
    }
    let mut checked = Zeroizing::new([0; 33]);
    for (at, word) in words.split_whitespace().enumerate() {
        let is_it = |listed: &str| listed.eq_ignore_ascii_case(word);
        let index = LIST.lines().position(is_it).ok_or(WordsError::Unknown(at + 1))?;
        for bit in (0..BITS_PER_WORD).filter(|bit| index >> (BITS_PER_WORD - 1 - bit) & 1 == 1) {
            let bit = at * BITS_PER_WORD + bit;
            checked[bit / 8] |= 0x80 >> (bit % 8);
        }
    }
    let mut secret = Zeroizing::new([0; 32]);
    secret.copy_from_slice(&checked[..32]);
    if with_check(&secret) == checked { Ok(secret) } else { Err(WordsError::Check) }
}

/// The secret, and the first byte of its hash.
fn with_check(secret: &[u8; 32]) -> Zeroizing<[u8; 33]> {
    let mut checked = Zeroizing::new([0; 33]);
    checked[..32].copy_from_slice(secret);
    checked[32] = Sha256::digest(secret)[0];
    checked
}

fn bit_of(bytes: &[u8], bit: usize) -> bool {
    bytes[bit / 8] & 0x80 >> (bit % 8) != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Of the vectors of BIP-39.
    #[test]
    fn they_are_those_of_bip_39() {
        let zeros = format!("{}art", "abandon ".repeat(23));
        assert_eq!(*from_secret(&[0; 32]), zeros);
        let ones = format!("{}vote", "zoo ".repeat(23));
        assert_eq!(*from_secret(&[0xff; 32]), ones);
        let text = "hamster diagram private dutch cause delay private meat slide toddler razor \
                    book happy fancy gospel tennis maple dilemma loan word shrug inflict delay \
                    length";
        let secret = "68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c";
        let found: String =
            to_secret(text).unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, secret);
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(to_secret("abandon ability"), Err(WordsError::Count(2)));
        let wrong = format!("{}xyzzy", "abandon ".repeat(23));
        assert_eq!(to_secret(&wrong), Err(WordsError::Unknown(24)));
        assert_eq!(to_secret(&"abandon ".repeat(24)), Err(WordsError::Check));
    }

    proptest! {
        #[test]
        fn what_is_written_down_is_read_back(secret: [u8; 32]) {
            let words = from_secret(&secret);
            prop_assert_eq!(*to_secret(&words.to_uppercase().replace(' ', "\n")).unwrap(), secret);
        }
    }
}
