//! Optional fields: a tag, a length, a value.

use super::Status;

/// Tags that are used here.
pub mod tag {
    /// Seconds that a text may be on its way.
    pub const QOS_TIME_TO_LIVE: u16 = 0x0017;
    /// The text that a receipt is about.
    pub const RECEIPTED_MESSAGE_ID: u16 = 0x001e;
    /// Which text a part is of.
    pub const SAR_MSG_REF_NUM: u16 = 0x020c;
    /// How many parts it has.
    pub const SAR_TOTAL_SEGMENTS: u16 = 0x020e;
    /// Which of them this is, from 1.
    pub const SAR_SEGMENT_SEQNUM: u16 = 0x020f;
    /// The version that a message centre speaks.
    pub const SC_INTERFACE_VERSION: u16 = 0x0210;
    /// An error of the network: its kind, and two bytes.
    pub const NETWORK_ERROR_CODE: u16 = 0x0423;
    /// The text, where it does not stand among the other fields.
    pub const MESSAGE_PAYLOAD: u16 = 0x0424;
    /// What became of a text.
    pub const MESSAGE_STATE: u16 = 0x0427;
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// Which.
    pub tag: u16,
    /// What it says.
    pub value: &'a [u8],
}

/// Those of a PDU, known or not, in their order. Borrowed and checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tlvs<'a>(&'a [u8]);

/// NULs that a careless client puts between a short message and what follows, at the most.
const STRAY_MAX: usize = 4;

impl<'a> Tlvs<'a> {
    /// Reads those at the end of a PDU. NULs that stray before them, or are all that there is,
    /// are skipped.
    pub fn parse(bytes: &'a [u8]) -> Result<Tlvs<'a>, Status> {
        if bytes.iter().all(|byte| *byte == 0) {
            return Ok(Tlvs::default());
        }
        for skipped in 0..=STRAY_MAX {
            let Some((strays, rest)) = bytes.split_at_checked(skipped) else { break };
            if strays.iter().any(|byte| *byte != 0) {
                break;
            }
            if is_whole(rest) {
                return Ok(Tlvs(rest));
            }
        }
        Err(Status::OPTIONAL_FIELDS)
    }

    /// All of them.
    pub fn all(self) -> impl Iterator<Item = Tlv<'a>> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (tlv, more) = split(rest)?;
            rest = more;
            Some(tlv)
        })
    }

    /// What the first of this tag says.
    pub fn get(self, tag: u16) -> Option<&'a [u8]> {
        self.all().find(|tlv| tlv.tag == tag).map(|tlv| tlv.value)
    }

    /// The number that the first of this tag says, in one to four bytes.
    pub fn number(self, tag: u16) -> Option<u32> {
        let value = self.get(tag).filter(|value| (1..=4).contains(&value.len()))?;
        Some(value.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    /// As they are written.
    pub fn bytes(self) -> &'a [u8] {
        self.0
    }
}

fn split(bytes: &[u8]) -> Option<(Tlv<'_>, &[u8])> {
    let (head, rest) = bytes.split_at_checked(4)?;
    let tag = u16::from_be_bytes([head[0], head[1]]);
    let (value, rest) = rest.split_at_checked(u16::from_be_bytes([head[2], head[3]]).into())?;
    Some((Tlv { tag, value }, rest))
}

fn is_whole(mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        match split(bytes) {
            Some((tlv, rest)) if tlv.tag != 0 => bytes = rest,
            _ => return false,
        }
    }
    true
}

/// Appends one. A value of more than 65,535 bytes is cut.
pub(super) fn print(tag: u16, value: &[u8], out: &mut Vec<u8>) {
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&tag.to_be_bytes());
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&value[..usize::from(length)]);
}

/// Puts some together, for a PDU that is to be printed.
pub(super) fn printed(all: &[(u16, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (tag, value) in all {
        print(*tag, value, &mut out);
    }
    out
}
