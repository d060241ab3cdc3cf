//! Why a session ends, or does not begin.

/// Why one end closes a session. It is said once, in a packet that may be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CloseReason {
    /// It ends in an orderly way.
    Goodbye,
    /// Its end has not had an answer for too long.
    Unanswered,
    /// Another session of the same key has taken its place.
    Replaced,
    /// The same, heard and answered: there are two that hold the key.
    StillHere,
    /// The key is not one that is let in.
    NotAllowed,
    /// The link is to be sealed and came clear, or the reverse.
    OtherMode,
    /// The other end has sent what no end may.
    BrokenRules,
    /// The end has as many links as it may.
    Full,
    /// A reason of a later version.
    Other(u8),
}

impl CloseReason {
    /// The byte that says it.
    pub fn code(self) -> u8 {
        match self {
            CloseReason::Goodbye => 0,
            CloseReason::Unanswered => 1,
            CloseReason::Replaced => 2,
            CloseReason::StillHere => 3,
            CloseReason::NotAllowed => 4,
            CloseReason::OtherMode => 5,
            CloseReason::BrokenRules => 6,
            CloseReason::Full => 7,
            CloseReason::Other(code) => code,
        }
    }

    /// Whether it says that a link is not wanted, rather than that one has ended.
    pub(crate) fn is_refusal(self) -> bool {
        match self {
            CloseReason::NotAllowed
            | CloseReason::OtherMode
            | CloseReason::Full
            | CloseReason::Other(_) => true,
            CloseReason::Goodbye
            | CloseReason::Unanswered
            | CloseReason::Replaced
            | CloseReason::StillHere
            | CloseReason::BrokenRules => false,
        }
    }

    /// The reason that a byte says.
    pub fn from_code(code: u8) -> CloseReason {
        match code {
            0 => CloseReason::Goodbye,
            1 => CloseReason::Unanswered,
            2 => CloseReason::Replaced,
            3 => CloseReason::StillHere,
            4 => CloseReason::NotAllowed,
            5 => CloseReason::OtherMode,
            6 => CloseReason::BrokenRules,
            7 => CloseReason::Full,
            code => CloseReason::Other(code),
        }
    }
}

/// Why a link is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DownReason {
    /// The other end has closed it.
    Closed(CloseReason),
    /// This end has closed it.
    WeClosed,
    /// What was sent was not reported for too long.
    Unanswered,
    /// Nothing was heard for too long.
    Silent,
    /// A new handshake of the same peer has taken its place: it was restarted, or has
    /// come from elsewhere.
    Replaced,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_a_reason_and_back() {
        for code in 0..=u8::MAX {
            assert_eq!(CloseReason::from_code(code).code(), code);
        }
    }
}
