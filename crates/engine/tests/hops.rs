//! What becomes of messages that have used up their hops.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail loudly")]

#[path = "support/disk.rs"]
mod disk;
#[path = "support/network.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod network;

use network::Network;
use postrider_engine::limits::Limits;
use postrider_proto::Number;
use postrider_proto::native::{
    Age, Body, Content, Count, Epoch, Hops, Item, Lifetime, Message, MessageId, Outcome,
    Precedence, Reason, Receipt, ServerKey,
};

const ANN: Number = Number::MIN;
const BEN: Number = Number::MAX;

fn worn_out(id: MessageId, body: Body<'_>) -> Item<'_> {
    Item::Message(Message {
        id,
        lifetime: Lifetime::MAX,
        age: Age::ZERO,
        hops: Hops(0),
        precedence: Precedence::Routine,
        body,
        signature: None,
    })
}

#[test]
fn a_text_ends_with_its_hops_and_is_told_so_and_a_receipt_goes_on_without() {
    let mut network = Network::new(1, 3, &[(0, 1), (1, 2)], Limits::default());
    network.connect((0, 1));
    network.connect((1, 2));
    network.handshake(0, ANN);
    network.handshake(2, BEN);
    network.settle();
    let epoch = Epoch::from_value(77).unwrap();
    let id = MessageId { from: ANN, to: BEN, epoch, count: Count::FIRST };
    let mut buffer = [0; Content::GSM_BYTES_MAX];
    let content = Content::write("worn out", &mut buffer).unwrap();
    network.say(0, 1, &worn_out(id, Body::Text { part: None, content }));
    network.settle();
    assert_eq!(network.get(2, BEN), None);
    let told = |network: &Network| {
        network.outcomes().into_iter().map(|(id, receipt)| (id.epoch, receipt.outcome)).collect()
    };
    let refused: Vec<_> = told(&network);
    assert_eq!(refused, [(epoch, Outcome::Refused(Reason::HOP_LIMIT))]);

    let about = MessageId { epoch: Epoch::from_value(78).unwrap(), ..id };
    let (outcome, server) = (Outcome::Delivered, ServerKey([2; 32]).id());
    let (epoch, count) = (about.epoch, about.count);
    let receipt = Receipt { epoch, count, outcome, server, age: Age::ZERO };
    let back = MessageId { from: id.to, to: id.from, ..id };
    network.say(2, 1, &worn_out(back, Body::Receipt(receipt)));
    network.settle();
    let learned: Vec<_> = told(&network);
    assert!(learned.contains(&(about.epoch, Outcome::Delivered)), "{learned:?}");
}
