//! Any bytes as a row of the directory.

use postrider_proto::native::{Blocks, Fact, Label, NumberRow, Row, ServerKey, ServerRow};

const LABEL: &[u8] = b"postrider row v1\0";

/// What parses prints the same bytes, and its origin has signed all of them but the
/// signature; what it says can be said again.
pub fn run(bytes: &[u8]) {
    let Ok(row) = Row::parse(bytes) else { return };
    let mut again = Vec::new();
    row.print(&mut again);
    assert_eq!(again, bytes);
    assert!(bytes.len() <= Row::BYTES_MAX);
    let mut signed = Vec::new();
    row.entry.signed_part(&mut signed);
    assert_eq!(signed, [LABEL, &bytes[..bytes.len() - 64]].concat());
    match row.entry.fact {
        Fact::Number(number) => check_number(&number, row.entry.origin),
        Fact::Server(server) => check_server(&server),
        Fact::Link(_) => {}
    }
}

fn check_number(row: &NumberRow<'_>, origin: ServerKey) {
    let claim = row.claim(origin);
    assert_eq!(claim.is_some(), row.owner.is_some());
    if let Some(claim) = claim {
        let mut signed = Vec::new();
        claim.signed_part(&mut signed);
        assert_eq!(signed.len(), 93);
    }
}

fn check_server(row: &ServerRow<'_>) {
    assert_eq!(Label::new(row.label.as_str()), Ok(row.label));
    let blocks: Vec<_> = row.blocks.iter().collect();
    assert_eq!(Blocks::new(&blocks), Ok(row.blocks));
    for block in blocks {
        assert_eq!(block.to_string().parse(), Ok(block));
        assert!(block.contains(block.first()) && block.contains(block.last()));
    }
}
