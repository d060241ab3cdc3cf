//! Invitations for new numbers.

use super::answers::{Answerer, Ended, failure};
use super::line_of;
use super::words::InviteAnswer;
use crate::audit::Act;
use postrider_engine::Code;

/// Letters and digits that are not taken for each other.
const LETTERS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// Letters of a code: 59 bits, so that nobody tries them all.
const LENGTH: usize = 12;

/// How many at once, at most.
const COUNT_MAX: usize = 100;

impl Answerer {
    pub(super) fn invite(&self, count: usize, who: Option<u32>) -> Result<Vec<u8>, Ended> {
        if !(1..=COUNT_MAX).contains(&count) {
            return Ok(failure("1 to 100 invitations at a time"));
        }
        let Ok(codes) = (0..count).map(|_| draw()).collect::<Result<Vec<String>, _>>() else {
            return Ok(failure("the system gives no random numbers"));
        };
        match self.asker.invite(codes.iter().map(|code| kept(code)).collect()) {
            true => {
                self.asker.record(who, &Act::invited(&codes));
                Ok(line_of(&InviteAnswer { codes }))
            }
            false => Err(Ended),
        }
    }
}

fn draw() -> Result<String, getrandom::Error> {
    let mut drawn = [0; LENGTH];
    getrandom::fill(&mut drawn)?;
    Ok(drawn.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect())
}

/// As the engine keeps it.
fn kept(code: &str) -> Code {
    let mut kept = Code::default();
    kept.iter_mut().zip(code.bytes()).for_each(|(kept, byte)| *kept = byte);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_can_be_read_out_and_no_two_are_alike() {
        let codes: std::collections::BTreeSet<String> = (0..100).map(|_| draw().unwrap()).collect();
        assert_eq!(codes.len(), 100);
        assert!(codes.iter().all(|code| code.len() == LENGTH));
        assert!(!codes.iter().any(|code| code.contains(['0', 'o', '1', 'l', 'i'])));
    }
}
