//! What may be said when, and how no is said.

use crate::codec::{BindResp, Mode, Pdu, QueryResp, Status, command};

/// Whether a client may say this as it is bound; none: not at all.
pub(super) fn is_allowed(pdu: &Pdu<'_>, mode: Option<Mode>) -> Result<(), Status> {
    match (pdu, mode) {
        (Pdu::Unknown(_), _) => Err(Status::COMMAND),
        (Pdu::Bind(_), None) | (Pdu::EnquireLink | Pdu::Unbind, _) => Ok(()),
        (Pdu::Bind(_), Some(_)) => Err(Status::ALREADY_BOUND),
        (
            Pdu::Submit(_)
            | Pdu::Multi(_)
            | Pdu::Data(_)
            | Pdu::Query(_)
            | Pdu::Cancel(_)
            | Pdu::Replace(_),
            Some(mode),
        ) if mode.sends() => Ok(()),
        _ => Err(Status::BIND_STATE),
    }
}

/// What a command is answered by; what nobody knows, by a nack.
pub(super) fn answer_of(asked: u32) -> Pdu<'static> {
    let bind = |mode| Pdu::BindResp(BindResp { mode, system_id: &[], tlvs: Default::default() });
    match asked {
        command::BIND_RECEIVER => bind(Mode::Receiver),
        command::BIND_TRANSMITTER => bind(Mode::Transmitter),
        command::BIND_TRANSCEIVER => bind(Mode::Transceiver),
        command::SUBMIT_SM => Pdu::SubmitResp(&[]),
        command::SUBMIT_MULTI => Pdu::MultiResp(&[]),
        command::DATA_SM => Pdu::DataResp(&[]),
        command::QUERY_SM => {
            Pdu::QueryResp(QueryResp { message_id: &[], final_date: &[], state: 0, error: 0 })
        }
        command::CANCEL_SM => Pdu::CancelResp,
        command::REPLACE_SM => Pdu::ReplaceResp,
        command::UNBIND => Pdu::UnbindResp,
        command::ENQUIRE_LINK => Pdu::EnquireLinkResp,
        _ => Pdu::GenericNack,
    }
}
