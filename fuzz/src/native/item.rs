//! Any bytes as an item of a link.

use postrider_proto::native::{Have, HaveBuf, ITEM_BYTES_MAX, Item, SentRow};

/// What parses prints the same bytes, and can be said again.
pub fn run(bytes: &[u8]) {
    let Ok(item) = Item::parse(bytes) else { return };
    let mut again = Vec::new();
    item.print(&mut again);
    assert_eq!(again, bytes);
    match item {
        Item::Row(sent) => assert_eq!(SentRow::new(sent.after(), *sent.row()), Some(sent)),
        Item::Have(have) => collect_again(have),
        _ => {}
    }
}

fn collect_again(have: Have<'_>) {
    let mut part = HaveBuf::new(ITEM_BYTES_MAX);
    for (origin, up_to) in have.entries() {
        assert!(part.push(origin, up_to));
    }
    assert_eq!(part.have(have.has_more()), have);
}
