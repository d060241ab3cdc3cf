//! Any bytes as a part of the log: what is read is what would have been written.

use postrider_engine::{Place, Write, records};

/// The first eight bytes say where the part begins.
pub fn run(bytes: &[u8]) {
    let (start, bytes) = match bytes.split_first_chunk() {
        // The log never gets so long that places overflow.
        Some((start, rest)) => (u64::from_le_bytes(*start) >> 1, rest),
        None => (0, bytes),
    };
    let (whole, damaged) = read(start, bytes);
    let again = written(start, &whole);
    assert_eq!(again, bytes[..again.len()], "what was read is what would have been written");
    match damaged {
        Some(place) => assert_eq!(place.0, start + again.len() as u64, "damage has its place"),
        None => assert_eq!(again.len(), bytes.len(), "every byte was read"),
    }
}

fn read(start: u64, bytes: &[u8]) -> (Vec<(Place, Write<'_>)>, Option<Place>) {
    let mut whole = Vec::new();
    for record in records(Place(start), bytes) {
        match record {
            Ok(record) => whole.push(record),
            Err(damaged) => return (whole, Some(damaged.place)),
        }
    }
    (whole, None)
}

fn written(start: u64, records: &[(Place, Write<'_>)]) -> Vec<u8> {
    let mut again = Vec::new();
    for (place, write) in records {
        assert_eq!(place.0, start + again.len() as u64, "each has its place");
        write.encode(&mut again);
    }
    again
}
