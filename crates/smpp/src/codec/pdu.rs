//! What PDUs say.

use super::tlv::printed;
use super::{Status, Tlvs, command};

/// An address, as it is written: the type of its number, the plan, and the digits or the name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address<'a> {
    /// The type of number: 1 is international, 5 is a name.
    pub ton: u8,
    /// The numbering plan.
    pub npi: u8,
    /// Its characters, without the NUL at the end.
    pub digits: &'a [u8],
}

/// What a bind is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// The client receives.
    Receiver,
    /// The client sends.
    Transmitter,
    /// Both.
    Transceiver,
}

impl Mode {
    /// Whether such a client sends texts.
    pub fn sends(self) -> bool {
        self != Mode::Receiver
    }

    /// Whether such a client is handed texts and receipts.
    pub fn receives(self) -> bool {
        self != Mode::Transmitter
    }

    /// As people read it.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Receiver => "receiver",
            Mode::Transmitter => "transmitter",
            Mode::Transceiver => "transceiver",
        }
    }

    pub(super) fn command(self) -> u32 {
        match self {
            Mode::Receiver => command::BIND_RECEIVER,
            Mode::Transmitter => command::BIND_TRANSMITTER,
            Mode::Transceiver => command::BIND_TRANSCEIVER,
        }
    }
}

/// Who wants to be bound. Fields without a comment are the specification's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bind<'a> {
    /// What for.
    pub mode: Mode,
    /// The account.
    pub system_id: &'a [u8],
    /// Its password.
    pub password: &'a [u8],
    /// What kind of client it is.
    pub system_type: &'a [u8],
    /// The version that it speaks: 0x34 is 3.4.
    pub interface_version: u8,
    /// The addresses that it serves, which are not looked at.
    pub range: Address<'a>,
}

/// The answer to a bind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BindResp<'a> {
    /// What for.
    pub mode: Mode,
    /// Who answers.
    pub system_id: &'a [u8],
    /// Its version and the like.
    pub tlvs: Tlvs<'a>,
}

/// A text or a receipt: `submit_sm` and `deliver_sm` have the same fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Message<'a> {
    /// The kind of service.
    pub service_type: &'a [u8],
    /// Who sends it.
    pub source: Address<'a>,
    /// To whom; of a `submit_multi` nobody.
    pub destination: Address<'a>,
    /// What kind of message it is.
    pub esm_class: u8,
    /// Of the network's.
    pub protocol_id: u8,
    /// How urgent it is, from 0 to 3.
    pub priority: u8,
    /// When it is to be sent; empty: at once.
    pub schedule: &'a [u8],
    /// Until when it is good; empty: as usual.
    pub validity: &'a [u8],
    /// What is to be told of it.
    pub registered_delivery: u8,
    /// Whether it takes the place of an earlier one.
    pub replace_if_present: u8,
    /// How its characters are coded.
    pub data_coding: u8,
    /// A text of the message centre's.
    pub default_message: u8,
    /// Its characters, at most 254 bytes; where there are more they are in an optional field.
    pub text: &'a [u8],
    /// The optional fields.
    pub tlvs: Tlvs<'a>,
}

/// A text to many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Multi<'a> {
    /// To whom.
    pub destinations: super::DestinationsOf<'a>,
    /// All the rest.
    pub message: Message<'a>,
}

/// A recipient that was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsuccessful<'a> {
    /// Which.
    pub destination: Address<'a>,
    /// Why.
    pub status: Status,
}

/// A text, with all of it in optional fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Data<'a> {
    /// The kind of service.
    pub service_type: &'a [u8],
    /// Who sends it.
    pub source: Address<'a>,
    /// To whom.
    pub destination: Address<'a>,
    /// What kind of message it is.
    pub esm_class: u8,
    /// What is to be told of it.
    pub registered_delivery: u8,
    /// How its characters are coded.
    pub data_coding: u8,
    /// The optional fields.
    pub tlvs: Tlvs<'a>,
}

/// What became of a text?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query<'a> {
    /// Which.
    pub message_id: &'a [u8],
    /// Who has sent it.
    pub source: Address<'a>,
}

/// That became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryResp<'a> {
    /// Which.
    pub message_id: &'a [u8],
    /// When it came to its end; empty where it did not.
    pub final_date: &'a [u8],
    /// What became of it.
    pub state: u8,
    /// Why, as the network says.
    pub error: u8,
}

/// Takes texts back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancel<'a> {
    /// The kind of service.
    pub service_type: &'a [u8],
    /// Which; empty: all from the source to the destination.
    pub message_id: &'a [u8],
    /// Who has sent them.
    pub source: Address<'a>,
    /// To whom.
    pub destination: Address<'a>,
}

/// Puts another text in the place of one that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replace<'a> {
    /// Which.
    pub message_id: &'a [u8],
    /// Who has sent it.
    pub source: Address<'a>,
    /// When it is to be sent.
    pub schedule: &'a [u8],
    /// Until when it is good.
    pub validity: &'a [u8],
    /// What is to be told of it.
    pub registered_delivery: u8,
    /// A text of the message centre's.
    pub default_message: u8,
    /// Its characters.
    pub text: &'a [u8],
    /// The optional fields.
    pub tlvs: Tlvs<'a>,
}

/// A PDU without its header's status and sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pdu<'a> {
    /// Who wants to be bound.
    Bind(Bind<'a>),
    /// The answer.
    BindResp(BindResp<'a>),
    /// The session is to end.
    Unbind,
    /// It is ended.
    UnbindResp,
    /// Is the other side there?
    EnquireLink,
    /// It is.
    EnquireLinkResp,
    /// Something was not understood.
    GenericNack,
    /// A text of a client.
    Submit(Message<'a>),
    /// It is taken, under this name.
    SubmitResp(&'a [u8]),
    /// A text of a client, to many.
    Multi(Multi<'a>),
    /// It is taken, under this name. The recipients that are not are not read here.
    MultiResp(&'a [u8]),
    /// A text of a client.
    Data(Data<'a>),
    /// It is taken, under this name.
    DataResp(&'a [u8]),
    /// A text or a receipt for a client.
    Deliver(Message<'a>),
    /// It has it.
    DeliverResp,
    /// What became of a text?
    Query(Query<'a>),
    /// That did.
    QueryResp(QueryResp<'a>),
    /// Texts are to be taken back.
    Cancel(Cancel<'a>),
    /// They are.
    CancelResp,
    /// A text is to be replaced.
    Replace(Replace<'a>),
    /// It is.
    ReplaceResp,
    /// None of these.
    Unknown(u32),
}

impl Pdu<'_> {
    /// As a header says it.
    pub fn command(&self) -> u32 {
        use command::RESP;
        match self {
            Pdu::Bind(bind) => bind.mode.command(),
            Pdu::BindResp(bind) => bind.mode.command() | RESP,
            Pdu::Unbind => command::UNBIND,
            Pdu::UnbindResp => command::UNBIND | RESP,
            Pdu::EnquireLink => command::ENQUIRE_LINK,
            Pdu::EnquireLinkResp => command::ENQUIRE_LINK | RESP,
            Pdu::GenericNack => command::GENERIC_NACK,
            Pdu::Submit(_) => command::SUBMIT_SM,
            Pdu::SubmitResp(_) => command::SUBMIT_SM | RESP,
            Pdu::Multi(_) => command::SUBMIT_MULTI,
            Pdu::MultiResp(_) => command::SUBMIT_MULTI | RESP,
            Pdu::Data(_) => command::DATA_SM,
            Pdu::DataResp(_) => command::DATA_SM | RESP,
            Pdu::Deliver(_) => command::DELIVER_SM,
            Pdu::DeliverResp => command::DELIVER_SM | RESP,
            Pdu::Query(_) => command::QUERY_SM,
            Pdu::QueryResp(_) => command::QUERY_SM | RESP,
            Pdu::Cancel(_) => command::CANCEL_SM,
            Pdu::CancelResp => command::CANCEL_SM | RESP,
            Pdu::Replace(_) => command::REPLACE_SM,
            Pdu::ReplaceResp => command::REPLACE_SM | RESP,
            Pdu::Unknown(command) => *command,
        }
    }
}

/// Optional fields that belong to whoever prints them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnTlvs(Vec<u8>);

impl OwnTlvs {
    /// Of these tags and values.
    pub fn of(all: &[(u16, &[u8])]) -> OwnTlvs {
        OwnTlvs(printed(all))
    }

    /// To be put into a PDU.
    pub fn tlvs(&self) -> Tlvs<'_> {
        Tlvs::parse(&self.0).unwrap_or_default()
    }
}
