//! What became of a message.

use super::bytes::{byte, take, u16, u32};
use super::{Age, Count, Epoch, Malformed, MessageId, ServerId};
use std::fmt;

/// What became of a message: the body of the message that tells its sender.
///
/// It goes from the number that the message was for to the number that it came from,
/// so that the two stand in the receipt's own header. A receipt is never answered
/// with a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The message's epoch.
    pub epoch: Epoch,
    /// The message's count.
    pub count: Count,
    /// What became of it.
    pub outcome: Outcome,
    /// The server where that happened.
    pub server: ServerId,
    /// How old the message was then.
    pub age: Age,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// A device of its recipient has it.
    Delivered,
    /// Its recipient has seen it.
    Read,
    /// It got older than its lifetime.
    Expired,
    /// A server of a classic line has it, which tells no more.
    PassedOn,
    /// It could not go on.
    Refused(Reason),
}

/// Why a message could not go on: a code of seven bits. Those without a name here
/// are kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reason(u8);

impl Reason {
    /// Its recipient's mailbox holds as many messages as it may.
    pub const MAILBOX_FULL: Reason = Reason(0);
    /// Its sender has sent as much as it may for now.
    pub const SENDER_QUOTA: Reason = Reason(1);
    /// No server knew its recipient's number as long as it lived.
    pub const NUMBER_UNKNOWN: Reason = Reason(2);
    /// Its recipient's number was given up.
    pub const NUMBER_RELEASED: Reason = Reason(3);
    /// Its sender may not write to its recipient, or not by this server.
    pub const NOT_PERMITTED: Reason = Reason(4);
    /// It is sealed, and its way leads over a link that forbids that.
    pub const SEALED_ON_CLEAR_LINK: Reason = Reason(5);
    /// It was handed on as often as it may.
    pub const HOP_LIMIT: Reason = Reason(6);
    /// It is older than what its recipient's home remembers of its sender.
    pub const TOO_OLD: Reason = Reason(7);
    /// It has not the signature of the key that its sender's number is bound to.
    pub const BAD_SIGNATURE: Reason = Reason(8);
    /// The server holds as many messages as it may.
    pub const SERVER_FULL: Reason = Reason(9);

    /// The reason with this code, unless it has more than seven bits.
    pub fn from_code(code: u8) -> Option<Reason> {
        (code < REFUSED).then_some(Reason(code))
    }

    /// 0 to 127.
    pub fn code(self) -> u8 {
        self.0
    }

    /// What to call it, if it has a name here.
    pub fn name(self) -> Option<&'static str> {
        NAMES.get(usize::from(self.0)).copied()
    }
}

/// By the codes.
const NAMES: [&str; 10] = [
    "mailbox full",
    "sender's quota",
    "number unknown",
    "number released",
    "not permitted",
    "sealed, on a clear link",
    "hop limit",
    "too old",
    "bad signature",
    "server full",
];

/// As people are told.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "reason {}", self.0),
        }
    }
}

const DELIVERED: u8 = 1;
const READ: u8 = 2;
const EXPIRED: u8 = 3;
const PASSED_ON: u8 = 4;
/// Set in the code of a refusal; the other seven bits are the reason's.
const REFUSED: u8 = 0x80;

impl Outcome {
    /// The byte of the wire.
    pub fn code(self) -> u8 {
        match self {
            Outcome::Delivered => DELIVERED,
            Outcome::Read => READ,
            Outcome::Expired => EXPIRED,
            Outcome::PassedOn => PASSED_ON,
            Outcome::Refused(reason) => REFUSED | reason.0,
        }
    }

    /// The outcome with this code.
    pub fn from_code(code: u8) -> Result<Outcome, Malformed> {
        match code {
            DELIVERED => Ok(Outcome::Delivered),
            READ => Ok(Outcome::Read),
            EXPIRED => Ok(Outcome::Expired),
            PASSED_ON => Ok(Outcome::PassedOn),
            REFUSED.. => Ok(Outcome::Refused(Reason(code & !REFUSED))),
            _ => Err(Malformed::Outcome),
        }
    }
}

impl Receipt {
    /// How many bytes it has.
    pub const BYTES: usize = 18;

    /// The message that it is about, if this is the identity of the receipt.
    pub fn about(&self, receipt: MessageId) -> MessageId {
        MessageId { from: receipt.to, to: receipt.from, epoch: self.epoch, count: self.count }
    }

    pub(super) fn parse(mut bytes: &[u8]) -> Result<Receipt, Malformed> {
        let fields = &mut bytes;
        let receipt = Receipt {
            epoch: Epoch::from_bytes(*take(fields)?),
            count: Count::from_value(u32(fields)?).ok_or(Malformed::Zero)?,
            outcome: Outcome::from_code(byte(fields)?)?,
            server: ServerId(*take(fields)?),
            age: Age::from_code(u16(fields)?),
        };
        if fields.is_empty() { Ok(receipt) } else { Err(Malformed::Trailing) }
    }

    pub(super) fn print(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.epoch.to_bytes());
        out.extend_from_slice(&self.count.value().to_be_bytes());
        out.push(self.outcome.code());
        out.extend_from_slice(&self.server.0);
        out.extend_from_slice(&self.age.code().to_be_bytes());
    }
}
