//! Reading bodies.

use super::{
    Address, Bind, BindResp, Cancel, Data, Header, Message, Mode, Multi, Pdu, Query, QueryResp,
    Replace, Status, Tlvs, command,
};

/// Bytes of an address, at the most: what `data_sm` allows.
const ADDRESS_MAX: usize = 64;
/// Bytes of a message's name, at the most.
const MESSAGE_ID_MAX: usize = 64;
/// Bytes of a system_id, at the most.
const SYSTEM_ID_MAX: usize = 15;
/// Bytes of a password. The specification has 8; clients send more.
const PASSWORD_MAX: usize = 64;
/// Bytes of a system_type, at the most.
const SYSTEM_TYPE_MAX: usize = 12;
/// Bytes of a service_type. The specification has 5; it is not looked at.
const SERVICE_TYPE_MAX: usize = 12;
/// Bytes of a time.
const TIME_MAX: usize = 16;
/// Recipients of a `submit_multi`, at the most.
const DESTINATIONS_MAX: u8 = 254;

/// The recipients of a `submit_multi`, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DestinationsOf<'a> {
    bytes: &'a [u8],
    count: u8,
}

/// Reads the body of a PDU.
pub fn parse<'a>(header: &Header, body: &'a [u8]) -> Result<Pdu<'a>, Status> {
    use command::RESP;
    let mut reader = Reader(body);
    const BIND_RECEIVER_RESP: u32 = command::BIND_RECEIVER | RESP;
    const BIND_TRANSMITTER_RESP: u32 = command::BIND_TRANSMITTER | RESP;
    const BIND_TRANSCEIVER_RESP: u32 = command::BIND_TRANSCEIVER | RESP;
    const UNBIND_RESP: u32 = command::UNBIND | RESP;
    const ENQUIRE_LINK_RESP: u32 = command::ENQUIRE_LINK | RESP;
    const SUBMIT_RESP: u32 = command::SUBMIT_SM | RESP;
    const MULTI_RESP: u32 = command::SUBMIT_MULTI | RESP;
    const DATA_RESP: u32 = command::DATA_SM | RESP;
    const DELIVER_RESP: u32 = command::DELIVER_SM | RESP;
    const QUERY_RESP: u32 = command::QUERY_SM | RESP;
    const CANCEL_RESP: u32 = command::CANCEL_SM | RESP;
    const REPLACE_RESP: u32 = command::REPLACE_SM | RESP;
    Ok(match header.command {
        command::BIND_RECEIVER => Pdu::Bind(reader.bind(Mode::Receiver)?),
        command::BIND_TRANSMITTER => Pdu::Bind(reader.bind(Mode::Transmitter)?),
        command::BIND_TRANSCEIVER => Pdu::Bind(reader.bind(Mode::Transceiver)?),
        BIND_RECEIVER_RESP => Pdu::BindResp(reader.bind_resp(Mode::Receiver)?),
        BIND_TRANSMITTER_RESP => Pdu::BindResp(reader.bind_resp(Mode::Transmitter)?),
        BIND_TRANSCEIVER_RESP => Pdu::BindResp(reader.bind_resp(Mode::Transceiver)?),
        command::UNBIND => Pdu::Unbind,
        UNBIND_RESP => Pdu::UnbindResp,
        command::ENQUIRE_LINK => Pdu::EnquireLink,
        ENQUIRE_LINK_RESP => Pdu::EnquireLinkResp,
        command::GENERIC_NACK => Pdu::GenericNack,
        command::SUBMIT_SM => Pdu::Submit(reader.message(true)?),
        SUBMIT_RESP => Pdu::SubmitResp(reader.name_or_nothing()?),
        command::SUBMIT_MULTI => Pdu::Multi(reader.multi()?),
        MULTI_RESP => Pdu::MultiResp(reader.name_or_nothing()?),
        command::DATA_SM => Pdu::Data(reader.data()?),
        DATA_RESP => Pdu::DataResp(reader.name_or_nothing()?),
        command::DELIVER_SM => Pdu::Deliver(reader.message(true)?),
        DELIVER_RESP => Pdu::DeliverResp,
        command::QUERY_SM => Pdu::Query(reader.query()?),
        QUERY_RESP => Pdu::QueryResp(reader.query_resp()?),
        command::CANCEL_SM => Pdu::Cancel(reader.cancel()?),
        CANCEL_RESP => Pdu::CancelResp,
        command::REPLACE_SM => Pdu::Replace(reader.replace()?),
        REPLACE_RESP => Pdu::ReplaceResp,
        other => Pdu::Unknown(other),
    })
}

/// What of a body was not read yet.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8, Status> {
        let (byte, rest) = self.0.split_first().ok_or(Status::COMMAND_LENGTH)?;
        self.0 = rest;
        Ok(*byte)
    }

    fn take(&mut self, length: usize, short: Status) -> Result<&'a [u8], Status> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(short)?;
        self.0 = rest;
        Ok(taken)
    }

    /// What stands before a NUL, of at most so many bytes.
    fn string(&mut self, most: usize, long: Status) -> Result<&'a [u8], Status> {
        let end = self.0.iter().take(most + 1).position(|byte| *byte == 0);
        let short = if self.0.len() > most { long } else { Status::COMMAND_LENGTH };
        let end = end.ok_or(short)?;
        let string = self.take(end, short)?;
        self.byte()?;
        Ok(string)
    }

    fn address(&mut self, long: Status) -> Result<Address<'a>, Status> {
        let (ton, npi) = (self.byte()?, self.byte()?);
        Ok(Address { ton, npi, digits: self.string(ADDRESS_MAX, long)? })
    }

    fn tlvs(&mut self) -> Result<Tlvs<'a>, Status> {
        Tlvs::parse(std::mem::take(&mut self.0))
    }

    fn bind(&mut self, mode: Mode) -> Result<Bind<'a>, Status> {
        Ok(Bind {
            mode,
            system_id: self.string(SYSTEM_ID_MAX, Status::SYSTEM_ID)?,
            password: self.string(PASSWORD_MAX, Status::PASSWORD)?,
            system_type: self.string(SYSTEM_TYPE_MAX, Status::COMMAND_LENGTH)?,
            interface_version: self.byte()?,
            range: self.address(Status::COMMAND_LENGTH)?,
        })
    }

    fn bind_resp(&mut self, mode: Mode) -> Result<BindResp<'a>, Status> {
        let system_id = self.name_or_nothing()?;
        Ok(BindResp { mode, system_id, tlvs: self.tlvs()? })
    }

    /// An answer that says no has no body.
    fn name_or_nothing(&mut self) -> Result<&'a [u8], Status> {
        match self.0 {
            [] => Ok(&[]),
            _ => self.string(MESSAGE_ID_MAX, Status::COMMAND_LENGTH),
        }
    }

    fn message(&mut self, has_destination: bool) -> Result<Message<'a>, Status> {
        let service_type = self.string(SERVICE_TYPE_MAX, Status::COMMAND_LENGTH)?;
        let source = self.address(Status::SOURCE)?;
        let destination = match has_destination {
            true => self.address(Status::DESTINATION)?,
            false => Address::default(),
        };
        self.rest_of_message(Message { service_type, source, destination, ..Message::default() })
    }

    fn rest_of_message(&mut self, begun: Message<'a>) -> Result<Message<'a>, Status> {
        Ok(Message {
            esm_class: self.byte()?,
            protocol_id: self.byte()?,
            priority: self.byte()?,
            schedule: self.string(TIME_MAX, Status::SCHEDULE)?,
            validity: self.string(TIME_MAX, Status::EXPIRY)?,
            registered_delivery: self.byte()?,
            replace_if_present: self.byte()?,
            data_coding: self.byte()?,
            default_message: self.byte()?,
            text: self.text()?,
            tlvs: self.tlvs()?,
            ..begun
        })
    }

    fn text(&mut self) -> Result<&'a [u8], Status> {
        let length = self.byte()?;
        self.take(length.into(), Status::MESSAGE_LENGTH)
    }

    fn multi(&mut self) -> Result<Multi<'a>, Status> {
        let service_type = self.string(SERVICE_TYPE_MAX, Status::COMMAND_LENGTH)?;
        let source = self.address(Status::SOURCE)?;
        let count = self.byte()?;
        if !(1..=DESTINATIONS_MAX).contains(&count) {
            return Err(Status::DESTINATIONS);
        }
        let before = self.0;
        for _ in 0..count {
            let _ = self.destination()?;
        }
        let bytes = &before[..before.len() - self.0.len()];
        let message = Message { service_type, source, ..Message::default() };
        let message = self.rest_of_message(message)?;
        Ok(Multi { destinations: DestinationsOf { bytes, count }, message })
    }

    /// None of a list, which this message centre does not keep.
    fn destination(&mut self) -> Result<Result<Address<'a>, &'a [u8]>, Status> {
        match self.byte()? {
            1 => self.address(Status::DESTINATION).map(Ok),
            2 => self.string(ADDRESS_MAX, Status::LIST_NAME).map(Err),
            _ => Err(Status::DESTINATION_FLAG),
        }
    }

    fn data(&mut self) -> Result<Data<'a>, Status> {
        Ok(Data {
            service_type: self.string(SERVICE_TYPE_MAX, Status::COMMAND_LENGTH)?,
            source: self.address(Status::SOURCE)?,
            destination: self.address(Status::DESTINATION)?,
            esm_class: self.byte()?,
            registered_delivery: self.byte()?,
            data_coding: self.byte()?,
            tlvs: self.tlvs()?,
        })
    }

    fn query(&mut self) -> Result<Query<'a>, Status> {
        let message_id = self.string(MESSAGE_ID_MAX, Status::MESSAGE_ID)?;
        Ok(Query { message_id, source: self.address(Status::SOURCE)? })
    }

    fn query_resp(&mut self) -> Result<QueryResp<'a>, Status> {
        if self.0.is_empty() {
            return Ok(QueryResp { message_id: &[], final_date: &[], state: 0, error: 0 });
        }
        Ok(QueryResp {
            message_id: self.string(MESSAGE_ID_MAX, Status::MESSAGE_ID)?,
            final_date: self.string(TIME_MAX, Status::COMMAND_LENGTH)?,
            state: self.byte()?,
            error: self.byte()?,
        })
    }

    fn cancel(&mut self) -> Result<Cancel<'a>, Status> {
        Ok(Cancel {
            service_type: self.string(SERVICE_TYPE_MAX, Status::COMMAND_LENGTH)?,
            message_id: self.string(MESSAGE_ID_MAX, Status::MESSAGE_ID)?,
            source: self.address(Status::SOURCE)?,
            destination: self.address(Status::DESTINATION)?,
        })
    }

    fn replace(&mut self) -> Result<Replace<'a>, Status> {
        Ok(Replace {
            message_id: self.string(MESSAGE_ID_MAX, Status::MESSAGE_ID)?,
            source: self.address(Status::SOURCE)?,
            schedule: self.string(TIME_MAX, Status::SCHEDULE)?,
            validity: self.string(TIME_MAX, Status::EXPIRY)?,
            registered_delivery: self.byte()?,
            default_message: self.byte()?,
            text: self.text()?,
            tlvs: self.tlvs()?,
        })
    }
}

impl<'a> DestinationsOf<'a> {
    /// How many there are, from 1 to 254.
    pub fn count(self) -> usize {
        self.count.into()
    }

    /// Each of them; the error is the name of a list.
    pub fn all(self) -> impl Iterator<Item = Result<Address<'a>, &'a [u8]>> {
        let mut reader = Reader(self.bytes);
        std::iter::from_fn(move || reader.destination().ok())
    }

    /// As they are written.
    pub(super) fn bytes(self) -> (u8, &'a [u8]) {
        (self.count, self.bytes)
    }
}
