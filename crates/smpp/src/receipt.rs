//! What is told of a text that was sent.

use crate::codec::{OwnTlvs, tag};
use crate::validity;

/// In an `esm_class`: a receipt.
pub const IS_RECEIPT: u8 = 0x04;
/// In an `esm_class`: what is told on the way.
pub const IS_NOTICE: u8 = 0x20;
/// Characters of a text that its receipt repeats.
pub const TEXT_CHARACTERS: usize = 20;

const WANTED: u8 = 0x03;
const WANTED_ALWAYS: u8 = 0x01;
const WANTED_OF_FAILURE: u8 = 0x02;
const WANTED_OF_SUCCESS: u8 = 0x03;
const WANTED_ON_THE_WAY: u8 = 0x10;
/// The kind of network whose errors are told.
const NETWORK: u8 = 3;

/// What became of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum MessageState {
    /// It is on its way.
    Enroute = 1,
    /// Its recipient has it.
    Delivered = 2,
    /// It became too old.
    Expired = 3,
    /// It was taken back.
    Deleted = 4,
    /// It could not go on.
    Undeliverable = 5,
    /// It was handed on, and nothing more will be known.
    Accepted = 6,
    /// Nobody knows.
    Unknown = 7,
    /// It was refused.
    Rejected = 8,
}

impl MessageState {
    /// As a receipt writes it.
    pub fn name(self) -> &'static str {
        match self {
            MessageState::Enroute => "ENROUTE",
            MessageState::Delivered => "DELIVRD",
            MessageState::Expired => "EXPIRED",
            MessageState::Deleted => "DELETED",
            MessageState::Undeliverable => "UNDELIV",
            MessageState::Accepted => "ACCEPTD",
            MessageState::Unknown => "UNKNOWN",
            MessageState::Rejected => "REJECTD",
        }
    }

    /// Whether nothing else will become of it.
    pub fn is_final(self) -> bool {
        self != MessageState::Enroute
    }

    fn is_success(self) -> bool {
        matches!(self, MessageState::Delivered | MessageState::Accepted)
    }
}

/// Whether a client wants to be told of this.
pub fn is_wanted(registered_delivery: u8, state: MessageState) -> bool {
    match (state.is_final(), registered_delivery & WANTED) {
        (false, _) => registered_delivery & WANTED_ON_THE_WAY != 0,
        (true, WANTED_ALWAYS) => true,
        (true, WANTED_OF_FAILURE) => !state.is_success(),
        (true, WANTED_OF_SUCCESS) => state.is_success(),
        (true, _) => false,
    }
}

/// A receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The text's name, as it was told when it was taken.
    pub message_id: String,
    /// What became of it.
    pub state: MessageState,
    /// Why, of one that did not arrive; else 0.
    pub error: u8,
    /// When it was sent, in milliseconds since 1970.
    pub submitted: i64,
    /// When this became of it.
    pub done: i64,
    /// How the text begins.
    pub begins: String,
}

impl Receipt {
    /// The customary text, with its customary fields in their order, in the alphabet of the SMS.
    pub fn text(&self) -> String {
        let delivered = u8::from(self.state == MessageState::Delivered);
        format!(
            "id:{} sub:001 dlvrd:{delivered:03} submit date:{} done date:{} stat:{} err:{:03} text:{}",
            self.message_id,
            validity::print_minutes(self.submitted),
            validity::print_minutes(self.done),
            self.state.name(),
            self.error,
            plain(&self.begins),
        )
    }

    /// The `esm_class` of its `deliver_sm`.
    pub fn esm_class(&self) -> u8 {
        if self.state.is_final() { IS_RECEIPT } else { IS_NOTICE }
    }

    /// The same in optional fields.
    pub fn tlvs(&self) -> OwnTlvs {
        let id = [self.message_id.as_bytes(), &[0]].concat();
        OwnTlvs::of(&[
            (tag::NETWORK_ERROR_CODE, &[NETWORK, 0, self.error]),
            (tag::RECEIPTED_MESSAGE_ID, &id),
            (tag::MESSAGE_STATE, &[self.state as u8]),
        ])
    }
}

/// Whatever a client's parser may stumble over is a question mark.
fn plain(text: &str) -> String {
    let is_plain = |character: &char| character.is_ascii_graphic() || *character == ' ';
    let all = text.chars().take(TEXT_CHARACTERS);
    all.map(|character| if is_plain(&character) { character } else { '?' }).collect()
}

/// How a text begins, for its receipt.
pub(crate) fn beginning(text: &str) -> &str {
    text.char_indices().nth(TEXT_CHARACTERS).map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_has_all_fields_in_their_order() {
        let receipt = Receipt {
            message_id: "75550000001".to_owned(),
            state: MessageState::Delivered,
            error: 0,
            submitted: 1_795_705_200_000,
            done: 1_795_705_260_000,
            begins: "Grüße\nan alle, die noch kommen".to_owned(),
        };
        let expected = "id:75550000001 sub:001 dlvrd:001 submit date:2611261500 \
                        done date:2611261501 stat:DELIVRD err:000 text:Gr??e?an alle, die n";
        assert_eq!(receipt.text(), expected);
        assert_eq!(receipt.esm_class(), 0x04);
        let tlvs = receipt.tlvs();
        assert_eq!(tlvs.tlvs().get(tag::RECEIPTED_MESSAGE_ID), Some(&b"75550000001\0"[..]));
        assert_eq!(tlvs.tlvs().get(tag::MESSAGE_STATE), Some(&[2][..]));
        assert_eq!(tlvs.tlvs().get(tag::NETWORK_ERROR_CODE), Some(&[3, 0, 0][..]));
        let refused = Receipt { state: MessageState::Undeliverable, error: 9, ..receipt };
        assert!(refused.text().contains("dlvrd:000"));
        assert!(refused.text().contains("stat:UNDELIV err:009"));
    }

    #[test]
    fn what_is_told_is_what_was_asked_for() {
        use MessageState::{Delivered, Enroute, Expired};
        let told = |registered| [Enroute, Delivered, Expired].map(|s| is_wanted(registered, s));
        assert_eq!(told(0), [false, false, false]);
        assert_eq!(told(1), [false, true, true]);
        assert_eq!(told(2), [false, false, true]);
        assert_eq!(told(3), [false, true, false]);
        assert_eq!(told(0x11), [true, true, true]);
    }
}
