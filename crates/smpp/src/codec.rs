//! The PDUs of SMPP 3.4, as far as a message centre and its clients say them.
//!
//! ```text
//!   length | command | status | sequence |  body: fields in their order  |  tag length value …
//!      4        4         4         4
//! ```
//!
//! Reading borrows and is lenient where real clients are careless: text in addresses may have
//! any bytes, NULs that stray behind a short message are skipped, and fields that nobody knows
//! are kept as they are. What cannot be read is said by the [`Status`] that the sender expects.

mod frame;
mod pdu;
mod read;
mod status;
mod tlv;
mod write;

pub use frame::{Frame, HEADER_BYTES, Header, frame};
pub use pdu::{
    Address, Bind, BindResp, Cancel, Data, Message, Mode, Multi, OwnTlvs, Pdu, Query, QueryResp,
    Replace, Unsuccessful,
};
pub use read::{DestinationsOf, parse};
pub use status::Status;
pub use tlv::{Tlv, Tlvs, tag};
pub use write::{print, print_multi};

/// What a PDU is, as its header says it.
pub mod command {
    /// Says that something was not understood.
    pub const GENERIC_NACK: u32 = 0x8000_0000;
    /// Binds to receive.
    pub const BIND_RECEIVER: u32 = 0x01;
    /// Binds to send.
    pub const BIND_TRANSMITTER: u32 = 0x02;
    /// Asks what became of a text.
    pub const QUERY_SM: u32 = 0x03;
    /// Sends a text.
    pub const SUBMIT_SM: u32 = 0x04;
    /// A text or a receipt for a client.
    pub const DELIVER_SM: u32 = 0x05;
    /// Ends a session.
    pub const UNBIND: u32 = 0x06;
    /// Puts another text in the place of one that waits.
    pub const REPLACE_SM: u32 = 0x07;
    /// Takes a text back.
    pub const CANCEL_SM: u32 = 0x08;
    /// Binds to do both.
    pub const BIND_TRANSCEIVER: u32 = 0x09;
    /// Asks whether the other side is there.
    pub const ENQUIRE_LINK: u32 = 0x15;
    /// Sends a text to many.
    pub const SUBMIT_MULTI: u32 = 0x21;
    /// Sends a text, with all of it in optional fields.
    pub const DATA_SM: u32 = 0x103;
    /// What answers have besides.
    pub const RESP: u32 = 0x8000_0000;
}
