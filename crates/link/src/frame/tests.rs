use super::*;
use proptest::prelude::*;
use std::ops::Range;

fn ranges(lengths: &[(u8, u8)], start: u64) -> Vec<Range<u64>> {
    let mut at = start;
    let of = |(gap, length): &(u8, u8)| {
        let range = at + u64::from(*gap) + 1..at + u64::from(*gap) + 2 + u64::from(*length);
        at = range.end;
        range
    };
    lengths.iter().map(of).collect()
}

#[test]
fn a_ping_and_an_item_without_a_length_fill_a_packet() {
    let item = ItemFrame { number: 0x1f_0203, part: None, bytes: b"Hi" };
    let mut body = Vec::new();
    print_ping(&mut body);
    item.print(true, &mut body);
    assert_eq!(body, [1, 0x9f, 2, 3, b'H', b'i']);
    let frames: Vec<_> = Frames::parse(&body).unwrap().collect();
    assert_eq!(frames, [Frame::Ping, Frame::Item(item)]);
}

#[test]
fn one_bad_frame_spoils_the_packet() {
    for bad in [&[1, 0][..], &[1, 4], &[3], &[0xc0, 0, 1, 3, 1, 2], &[0x80, 0, 1], &[2, 0]] {
        assert!(Frames::parse(bad).is_none(), "{bad:x?}");
    }
    let beyond = Part { offset: 1_000, total: 1_001 };
    let mut body = Vec::new();
    ItemFrame { number: 1, part: Some(beyond), bytes: b"ab" }.print(true, &mut body);
    assert!(Frames::parse(&body).is_none(), "a part beyond the item's end");
}

#[test]
fn a_report_of_one_packet_and_one_item_takes_21_bytes() {
    let parts = ReportParts {
        clock: 1,
        newest: 7,
        times: std::iter::once((0, 900)),
        arrived: std::iter::once(7..8),
        base: 1,
        kept: std::iter::empty(),
    };
    let mut body = Vec::new();
    parts.print(200, &mut body);
    assert_eq!(body.len(), 21);
}

proptest! {
    #[test]
    fn no_bytes_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Some(frames) = Frames::parse(&body) {
            for frame in frames {
                if let Frame::Report(report) = frame {
                    arrived_ranges(u64::from(report.newest), report.arrived).count();
                    kept_ranges(u64::from(report.base), report.kept).count();
                }
            }
        }
    }

    #[test]
    fn items_that_are_printed_parse_back(
        items in prop::collection::vec(
            (0_u32..1 << 21, prop::collection::vec(any::<u8>(), 1..200), prop::option::of(0_u16..800)),
            1..8,
        )
    ) {
        let items: Vec<ItemFrame<'_>> = items
            .iter()
            .map(|(number, bytes, offset)| ItemFrame {
                number: *number,
                part: offset.map(|offset| Part { offset, total: 1_020 }),
                bytes,
            })
            .collect();
        let mut body = Vec::new();
        for (index, item) in items.iter().enumerate() {
            item.print(index + 1 == items.len(), &mut body);
        }
        let frames: Vec<_> = Frames::parse(&body).unwrap().collect();
        let expected: Vec<_> = items.into_iter().map(Frame::Item).collect();
        prop_assert_eq!(frames, expected);
    }

    #[test]
    fn a_report_that_is_printed_parses_back_or_is_cut_off(
        clock: u32,
        base in 0_u64..1 << 40,
        lengths in prop::collection::vec((any::<u8>(), any::<u8>()), 1..100),
        times in prop::collection::vec((0_u32..5_000, 0_u32..1_000_000), 0..20),
        bytes_max in 60_usize..1_200,
    ) {
        let mut arrived = ranges(&lengths, base);
        arrived.reverse();
        let newest = arrived[0].end - 1;
        let kept = ranges(&lengths, base);
        let mut body = Vec::new();
        ReportParts {
            clock, newest, times: times.iter().copied(),
            arrived: arrived.iter().cloned(), base, kept: kept.iter().cloned(),
        }.print(bytes_max, &mut body);
        prop_assert!(body.len() <= bytes_max);
        let frames: Vec<_> = Frames::parse(&body).unwrap().collect();
        let [Frame::Report(report)] = frames[..] else { panic!("{frames:?}") };
        prop_assert_eq!((report.clock, report.newest, report.base), (clock, newest as u32, base as u32));
        prop_assert!(times.starts_with(&report.times.collect::<Vec<_>>()));
        let found: Vec<_> = arrived_ranges(newest, report.arrived).collect();
        prop_assert!(!found.is_empty() && arrived.starts_with(&found));
        prop_assert!(kept.starts_with(&kept_ranges(base, report.kept).collect::<Vec<_>>()));
    }
}
