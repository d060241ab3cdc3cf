//! What a client and its server say to each other beside messages: whose number it is, and
//! what the directory says.

use super::bytes::{byte, take, take_slice, u32};
use super::number_row::{number, number_bytes};
use super::{Count, Epoch};
use super::{Malformed, MessageId, NumberRow, OwnerKey, ServerId, ServerKey, Signature, Version};
use crate::Number;

/// What a device signs to attach begins with this.
const LABEL: &[u8] = b"postrider attach v1\0";

const NUMBER: u8 = 0;
const SERVER: u8 = 1;
const MESSAGE: u8 = 2;

const ATTACHED: u8 = 0;
const WANTS_CLAIM: u8 = 1;
const RELEASED: u8 = 2;
const REFUSED_FROM: u8 = 0x80;

/// A client wants to be attached under a number. Its link has proved which key its device
/// has; this proves that the number's owner wants that device to be attached here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attach<'a> {
    /// The number.
    pub number: Number,
    /// The key that it is, or is to be, bound to.
    pub key: OwnerKey,
    /// By that key, over [`Attach::signed_part`].
    pub signature: &'a Signature,
}

/// A number is to be at home at the server that is told, to move there, or to be given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimItem<'a> {
    /// The row that the server is to publish, of the number that the client is attached, or
    /// wants to be attached, under. Always has an owner, and is never of a line.
    pub row: NumberRow<'a>,
    /// What lets it in where not everybody is let in: up to [`ClaimItem::CODE_BYTES_MAX`]
    /// bytes of UTF-8, none for none.
    pub code: &'a str,
}

/// What a server says to an attach or a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The number.
    pub number: Number,
    /// The version of the row that counts; 0 where there is none.
    pub version: u32,
    /// What it says.
    pub verdict: Verdict,
}

/// What became of an attach or a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The client is attached, and its number is at home here.
    Attached,
    /// The number is free, or at home elsewhere under the same key: a claim brings it here.
    WantsClaim,
    /// The number has been given up.
    Released,
    /// No.
    Refused(Refusal),
}

/// Why a client is not attached. A number that this version does not know is kept as it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal(u8);

/// What a client wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The row about a number that counts. Answered with the row, as an item of its own, or
    /// with [`Unknown`].
    Number(Number),
    /// What a server says of itself. Answered likewise.
    Server(ServerId),
    /// Where a message of the client's own number is. Answered with [`Trace`].
    Message(MessageId),
}

/// The server knows nothing of what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown(pub Ask);

/// Where a message is, as far as the server that was asked knows, or one to which it has gone
/// from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The message.
    pub id: MessageId,
    /// The server that says so.
    pub at: ServerId,
    /// What is known of it.
    pub whereabouts: Traced,
    /// Since when that is so, in seconds before the answer.
    pub since_s: u32,
}

/// What a server knows of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traced {
    /// It waits in the mailbox of its recipient, at this server.
    InMailbox,
    /// It waits at this server for the link to that one, which is down.
    WaitsFor(ServerId),
    /// This server hands it to that one.
    HandedTo(ServerId),
    /// It waits at this server, since there is no way to its recipient's home.
    NoWay(ServerId),
    /// It waits at this server for its recipient to turn up.
    Unclaimed,
    /// That server has taken it over.
    HandedOn(ServerId),
    /// Nothing: it never was here, or it was long ago, or its receipt has come.
    Unknown,
}

impl Attach<'_> {
    /// Appends what the owner signs, so that a device with this link key is attached at this
    /// server.
    pub fn signed_part(&self, server: ServerKey, device: &[u8; 32], out: &mut Vec<u8>) {
        out.extend_from_slice(LABEL);
        out.extend_from_slice(&server.0);
        out.extend_from_slice(device);
        out.extend_from_slice(&number_bytes(self.number));
        out.extend_from_slice(&self.key.0);
    }

    pub(super) fn parse<'a>(fields: &mut &'a [u8]) -> Result<Attach<'a>, Malformed> {
        let attach = Attach {
            number: number(fields)?,
            key: OwnerKey(*take(fields)?),
            signature: take(fields)?,
        };
        end(fields, attach)
    }

    pub(super) fn print(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&number_bytes(self.number));
        out.extend_from_slice(&self.key.0);
        out.extend_from_slice(self.signature);
    }
}

impl ClaimItem<'_> {
    /// The most bytes of a code.
    pub const CODE_BYTES_MAX: usize = 32;

    pub(super) fn parse<'a>(fields: &mut &'a [u8]) -> Result<ClaimItem<'a>, Malformed> {
        let length = usize::from(byte(fields)?);
        if length > ClaimItem::CODE_BYTES_MAX {
            return Err(Malformed::Code);
        }
        let code = take_slice(fields, length)?;
        let code = std::str::from_utf8(code).map_err(|_| Malformed::NotUtf8)?;
        let row = NumberRow::parse(fields)?;
        if row.owner.is_none() {
            return Err(Malformed::Flags);
        }
        end(fields, ClaimItem { row, code })
    }

    pub(super) fn print(&self, out: &mut Vec<u8>) {
        let code = self.code.as_bytes();
        let code = &code[..code.len().min(ClaimItem::CODE_BYTES_MAX)];
        out.push(code.len() as u8);
        out.extend_from_slice(code);
        self.row.print(out);
    }
}

impl Answer {
    pub(super) fn parse(fields: &mut &[u8]) -> Result<Answer, Malformed> {
        let (number, version) = (number(fields)?, u32(fields)?);
        let verdict = match byte(fields)? {
            ATTACHED => Verdict::Attached,
            WANTS_CLAIM => Verdict::WantsClaim,
            RELEASED => Verdict::Released,
            code @ REFUSED_FROM.. => Verdict::Refused(Refusal(code - REFUSED_FROM)),
            _ => return Err(Malformed::Outcome),
        };
        end(fields, Answer { number, version, verdict })
    }

    pub(super) fn print(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&number_bytes(self.number));
        out.extend_from_slice(&self.version.to_be_bytes());
        out.push(match self.verdict {
            Verdict::Attached => ATTACHED,
            Verdict::WantsClaim => WANTS_CLAIM,
            Verdict::Released => RELEASED,
            Verdict::Refused(Refusal(why)) => REFUSED_FROM | why,
        });
    }

    /// The version of the row that counts, if there is one.
    pub fn version(&self) -> Option<Version> {
        Version::from_value(self.version)
    }
}

impl Refusal {
    /// The number is bound to another key.
    pub const TAKEN: Refusal = Refusal(0);
    /// The number is a classic client's, and in use.
    pub const IN_USE: Refusal = Refusal(1);
    /// The number is of a block that another server gives out.
    pub const RESERVED: Refusal = Refusal(2);
    /// New numbers need an invitation here, and the code is none that is left.
    pub const NOT_INVITED: Refusal = Refusal(3);
    /// The server gives out no new numbers.
    pub const CLOSED: Refusal = Refusal(4);
    /// The server has as many clients as it may have.
    pub const FULL: Refusal = Refusal(5);
    /// The claim is not newer than what counts, or of another number or key.
    pub const STALE: Refusal = Refusal(6);
    /// A signature is not right.
    pub const SIGNATURE: Refusal = Refusal(7);
    /// The number's first key has signed for a later one than the client's since.
    pub const REPLACED: Refusal = Refusal(8);

    /// That of a code, known or not; none of one beyond 127.
    pub fn from_code(code: u8) -> Option<Refusal> {
        (code < REFUSED_FROM).then_some(Refusal(code))
    }

    /// 0 to 127.
    pub fn code(self) -> u8 {
        self.0
    }
}

impl std::fmt::Debug for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "refusal {}", self.0)
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match *self {
            Refusal::TAKEN => "the number belongs to somebody else",
            Refusal::IN_USE => "the number is in use by a classic client",
            Refusal::RESERVED => "another server gives out this number",
            Refusal::NOT_INVITED => "new numbers need an invitation here, and this code is none",
            Refusal::CLOSED => "this server gives out no new numbers",
            Refusal::FULL => "the server has as many clients as it may have",
            Refusal::STALE => "something newer is known of the number",
            Refusal::SIGNATURE => "the key does not fit",
            Refusal::REPLACED => "the number's key was changed by its owner",
            Refusal(code) => return write!(f, "refused for a reason of number {code}"),
        })
    }
}

impl Ask {
    fn parse(fields: &mut &[u8]) -> Result<Ask, Malformed> {
        let ask = match byte(fields)? {
            NUMBER => Ask::Number(number(fields)?),
            SERVER => Ask::Server(ServerId(*take(fields)?)),
            MESSAGE => Ask::Message(id(fields)?),
            _ => return Err(Malformed::ItemKind),
        };
        Ok(ask)
    }

    pub(super) fn parse_all(fields: &mut &[u8]) -> Result<Ask, Malformed> {
        let ask = Ask::parse(fields)?;
        end(fields, ask)
    }

    pub(super) fn print(&self, out: &mut Vec<u8>) {
        match self {
            Ask::Number(number) => {
                out.push(NUMBER);
                out.extend_from_slice(&number_bytes(*number));
            }
            Ask::Server(server) => {
                out.push(SERVER);
                out.extend_from_slice(&server.0);
            }
            Ask::Message(id) => {
                out.push(MESSAGE);
                print_id(*id, out);
            }
        }
    }
}

const IN_MAILBOX: u8 = 0;
const WAITS_FOR: u8 = 1;
const HANDED_TO: u8 = 2;
const NO_WAY: u8 = 3;
const UNCLAIMED: u8 = 4;
const HANDED_ON: u8 = 5;
const UNKNOWN: u8 = 6;

impl Trace {
    pub(super) fn parse(fields: &mut &[u8]) -> Result<Trace, Malformed> {
        let (id, at, since_s) = (id(fields)?, ServerId(*take(fields)?), u32(fields)?);
        let kind = byte(fields)?;
        let mut server = || take(fields).map(|id| ServerId(*id));
        let whereabouts = match kind {
            IN_MAILBOX => Traced::InMailbox,
            WAITS_FOR => Traced::WaitsFor(server()?),
            HANDED_TO => Traced::HandedTo(server()?),
            NO_WAY => Traced::NoWay(server()?),
            UNCLAIMED => Traced::Unclaimed,
            HANDED_ON => Traced::HandedOn(server()?),
            UNKNOWN => Traced::Unknown,
            _ => return Err(Malformed::Outcome),
        };
        end(fields, Trace { id, at, whereabouts, since_s })
    }

    pub(super) fn print(&self, out: &mut Vec<u8>) {
        print_id(self.id, out);
        out.extend_from_slice(&self.at.0);
        out.extend_from_slice(&self.since_s.to_be_bytes());
        let (kind, server) = match self.whereabouts {
            Traced::InMailbox => (IN_MAILBOX, None),
            Traced::WaitsFor(server) => (WAITS_FOR, Some(server)),
            Traced::HandedTo(server) => (HANDED_TO, Some(server)),
            Traced::NoWay(server) => (NO_WAY, Some(server)),
            Traced::Unclaimed => (UNCLAIMED, None),
            Traced::HandedOn(server) => (HANDED_ON, Some(server)),
            Traced::Unknown => (UNKNOWN, None),
        };
        out.push(kind);
        out.extend_from_slice(server.as_ref().map_or(&[][..], |server| &server.0));
    }
}

fn id(fields: &mut &[u8]) -> Result<MessageId, Malformed> {
    let (from, to) = (number(fields)?, number(fields)?);
    let epoch = Epoch::from_bytes(*take(fields)?);
    let count = Count::from_value(u32(fields)?).ok_or(Malformed::Zero)?;
    Ok(MessageId { from, to, epoch, count })
}

fn print_id(id: MessageId, out: &mut Vec<u8>) {
    out.extend_from_slice(&number_bytes(id.from));
    out.extend_from_slice(&number_bytes(id.to));
    out.extend_from_slice(&id.epoch.to_bytes());
    out.extend_from_slice(&id.count.value().to_be_bytes());
}

fn end<T>(fields: &[u8], parsed: T) -> Result<T, Malformed> {
    if fields.is_empty() { Ok(parsed) } else { Err(Malformed::Trailing) }
}
