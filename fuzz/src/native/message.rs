//! Any bytes as a message, and any words as a text.

use postrider_proto::native::{Age, Content, Hops, Message};

const LABEL: &[u8] = b"postrider message v1\0";

/// What parses prints the same bytes, and its sender has signed all of them but those
/// that change on the way; what makes a text is read as it was written.
pub fn run(bytes: &[u8]) {
    if let Ok(message) = Message::parse(bytes) {
        let mut again = Vec::new();
        message.print(&mut again);
        assert_eq!(again, bytes);
        check_signed_part(&message, bytes);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        write_and_read(text);
    }
}

fn check_signed_part(message: &Message<'_>, bytes: &[u8]) {
    let end = bytes.len() - message.signature.map_or(0, |signature| signature.len());
    let mut signed = Vec::new();
    message.signed_part(&mut signed);
    assert_eq!(signed, [LABEL, &[bytes[0] | 2], &bytes[4..end]].concat());
    let mut handed_on = Vec::new();
    Message { age: Age::MAX, hops: Hops(0), ..*message }.signed_part(&mut handed_on);
    assert_eq!(handed_on, signed);
}

fn write_and_read(text: &str) {
    let mut buffer = [0; Content::GSM_BYTES_MAX];
    let is_short = text.chars().count() <= Content::CHARACTERS_MAX;
    let written = Content::write(text, &mut buffer);
    assert_eq!(written.is_ok(), is_short);
    let mut read = String::new();
    assert!(written.is_err() || written.is_ok_and(|content| content.read(&mut read)));
    assert!(!is_short || read == text);
}
