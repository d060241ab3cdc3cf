//! Parts of texts, as any client may send them: whatever their order, doubled or lost, no part
//! that was kept is in no text.

use postrider_smpp::parts::{Arrival, Kept, Part, arrive, joined};
use std::collections::BTreeMap;

/// Three bytes are a part: its text, its number, and how many there are.
pub fn run(bytes: &[u8]) {
    let mut sets: BTreeMap<(u32, u8), Vec<Kept>> = BTreeMap::new();
    let (mut kept, mut sent) = (0_usize, 0_usize);
    for part in bytes.as_chunks::<3>().0 {
        let [what, number, of] = *part;
        let (reference, of) = (u32::from(what >> 6), of % 8 + 2);
        let part = Part { reference, number: number % of + 1, of };
        let text = char::from(b'a' + what % 4).to_string();
        let set = sets.entry((reference, of)).or_default();
        match arrive(set, part, &text) {
            Arrival::Doubled(id) => {
                let same = set.iter().find(|kept| kept.id == id).expect("it is kept");
                assert_eq!((same.number, &same.text), (part.number, &text));
                continue;
            }
            Arrival::Another => {
                sent += said(&std::mem::take(set), of);
                set.push(Kept { id: kept as i64, number: part.number, text });
            }
            Arrival::Waits => {
                set.push(Kept { id: kept as i64, number: part.number, text });
                assert!(set.len() < usize::from(of));
            }
            Arrival::Whole => {
                set.push(Kept { id: kept as i64, number: part.number, text });
                assert_eq!(set.len(), usize::from(of));
                assert!(!joined(set, of).contains('…'));
                sent += said(&std::mem::take(set), of);
            }
        }
        kept += 1;
    }
    sent += sets.iter().map(|((_, of), set)| said(set, *of)).sum::<usize>();
    assert_eq!(sent, kept, "each part that was kept is said once");
}

/// The parts of a text, which says each of them.
fn said(set: &[Kept], of: u8) -> usize {
    let text = joined(set, of);
    assert_eq!(text.chars().filter(|character| *character != '…').count(), set.len());
    set.len()
}
