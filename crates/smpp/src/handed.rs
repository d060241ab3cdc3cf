//! What is handed to clients: texts that came, and receipts.

use crate::accounts::Account;
use crate::codec::{Message, OwnTlvs, tag};
use crate::coding::{Charset, Coding};
use crate::desk::OwnAddress;
use crate::numbers;
use crate::parts::{self, HAS_HEADER, Piece};
use crate::receipt::Receipt;
use postrider_client::{Entry, Trust, Way};
use postrider_proto::Number;

/// A `deliver_sm`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnMessage {
    source: OwnAddress,
    destination: OwnAddress,
    esm_class: u8,
    priority: u8,
    data_coding: u8,
    text: Vec<u8>,
    tlvs: OwnTlvs,
}

impl OwnMessage {
    /// Of a receipt; its alphabet is that of every client.
    pub(crate) fn receipt(receipt: &Receipt, from: &OwnAddress, to: &OwnAddress) -> OwnMessage {
        OwnMessage {
            source: from.clone(),
            destination: to.clone(),
            esm_class: receipt.esm_class(),
            priority: 0,
            data_coding: 0,
            text: printed(&receipt.text(), Coding::Gsm),
            tlvs: receipt.tlvs(),
        }
    }

    /// A text of one PDU.
    pub(crate) fn short(text: &str, from: &OwnAddress, to: &OwnAddress) -> OwnMessage {
        let (coding, data_coding) = coding_of(text, Charset::Gsm);
        OwnMessage {
            source: from.clone(),
            destination: to.clone(),
            esm_class: 0,
            priority: 0,
            data_coding,
            text: printed(text, coding),
            tlvs: OwnTlvs::default(),
        }
    }

    /// To be printed.
    pub(crate) fn message(&self) -> Message<'_> {
        Message {
            source: self.source.as_address(),
            destination: self.destination.as_address(),
            esm_class: self.esm_class,
            priority: self.priority,
            data_coding: self.data_coding,
            text: &self.text,
            tlvs: self.tlvs.tlvs(),
            ..Message::default()
        }
    }
}

/// A text that came for a number of the account's: one PDU for each of its parts. They are the
/// same however often it is handed over.
pub(crate) fn texts(entry: &Entry, number: Number, account: &Account) -> Vec<OwnMessage> {
    let text = what_is_shown(entry);
    let (coding, data_coding) = coding_of(&text, account.charset);
    let digits = |number: Number| {
        let digits = number.digits();
        OwnAddress::of(&numbers::told(&digits))
    };
    let reference = entry.id.0.to_le_bytes()[0];
    let pieces = parts::split(&text, coding, account.long, reference);
    let message = |piece: Piece| OwnMessage {
        source: digits(entry.with),
        destination: digits(number),
        esm_class: if piece.has_header { HAS_HEADER } else { 0 },
        priority: entry.precedence.code(),
        data_coding,
        tlvs: fields(&piece),
        text: if piece.is_payload { Vec::new() } else { piece.bytes },
    };
    pieces.into_iter().map(message).collect()
}

/// SMPP has no place to say whether a sender is proven, so the text does.
fn what_is_shown(entry: &Entry) -> String {
    let Way::Received { trust, .. } = &entry.way else { return entry.text.clone() };
    match trust {
        Trust::Verified | Trust::Unsigned => entry.text.clone(),
        Trust::Closed => "(a text that cannot be opened)".to_owned(),
        Trust::Pending | Trust::Former | Trust::KeyChanged | Trust::Unproven => {
            format!("(sender not proven) {}", entry.text)
        }
    }
}

fn coding_of(text: &str, charset: Charset) -> (Coding, u8) {
    let known = [Coding::Gsm, Coding::Latin1];
    let fits = known.into_iter().find_map(|coding| {
        // Only as what the client takes for the usual: of others some read the wrong one.
        let code = coding.code(charset).filter(|code| *code == 0)?;
        coding.has(text).then_some((coding, code))
    });
    fits.unwrap_or((Coding::Ucs2, 8))
}

fn fields(piece: &Piece) -> OwnTlvs {
    match (piece.sar, piece.is_payload) {
        (Some(part), _) => OwnTlvs::of(&[
            (tag::SAR_MSG_REF_NUM, &(part.reference as u16).to_be_bytes()),
            (tag::SAR_TOTAL_SEGMENTS, &[part.of]),
            (tag::SAR_SEGMENT_SEQNUM, &[part.number]),
        ]),
        (None, true) => OwnTlvs::of(&[(tag::MESSAGE_PAYLOAD, &piece.bytes)]),
        (None, false) => OwnTlvs::default(),
    }
}

fn printed(text: &str, coding: Coding) -> Vec<u8> {
    let mut out = Vec::new();
    for character in text.chars() {
        let _ = coding.print(character, &mut out);
    }
    out
}
