//! Any bytes as a PDU.

use postrider_smpp::codec::{Frame, Pdu, Status, frame, parse, print};
use postrider_smpp::coding::{Charset, Coding};
use postrider_smpp::parts::carried;
use postrider_smpp::validity;

const MOST: usize = 70_000;

/// What is read prints bytes that say the same, and whatever a text is coded in, it is read.
pub fn run(bytes: &[u8]) {
    let Frame::Whole { header, body, length } = frame(bytes, MOST) else { return };
    assert!(length <= bytes.len());
    let Ok(pdu) = parse(&header, body) else { return };
    let mut printed = Vec::new();
    print(&pdu, Status::OK, header.sequence, &mut printed);
    let Frame::Whole { header, body, .. } = frame(&printed, MOST) else {
        panic!("what is printed is a PDU")
    };
    assert_eq!(parse(&header, body), Ok(pdu));
    let (Pdu::Submit(message) | Pdu::Deliver(message)) = pdu else { return };
    let _ = (validity::read(message.schedule), validity::read(message.validity));
    let Ok(carried) = carried(message.esm_class, message.text, message.tlvs) else { return };
    if let Some(coding) = Coding::of(message.data_coding, Charset::Gsm) {
        let read = coding.read(carried.bytes);
        assert!(read.text.chars().count() <= 2 * carried.bytes.len());
    }
}
