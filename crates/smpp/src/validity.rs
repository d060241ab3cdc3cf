//! Times, as SMPP writes them: `YYMMDDhhmmsstnnp`.
//!
//! An absolute one has a tenth of a second, and quarters of an hour from UTC with their sign; a
//! relative one ends with `000R`.

use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::Offset;
use std::time::Duration;

const LENGTH: usize = 16;
const DAY_S: u64 = 86_400;
const QUARTER_S: i32 = 900;

/// What a time says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Nothing: as usual.
    Unsaid,
    /// So long from now.
    After(Duration),
    /// At this moment, which may be over: milliseconds since 1970.
    At(i64),
}

/// Reads one; none where it cannot be one.
pub fn read(written: &[u8]) -> Option<When> {
    if written.is_empty() {
        return Some(When::Unsaid);
    }
    if written.len() != LENGTH || !written[..LENGTH - 1].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |from: usize, to: usize| {
        written[from..to].iter().fold(0_u32, |all, digit| all * 10 + u32::from(digit - b'0'))
    };
    let [years, months, days] = [number(0, 2), number(2, 4), number(4, 6)];
    let [hours, minutes, seconds] = [number(6, 8), number(8, 10), number(10, 12)];
    match written[LENGTH - 1] {
        b'R' => {
            let days = u64::from(years) * 365 + u64::from(months) * 30 + u64::from(days);
            let within = u64::from(hours) * 3_600 + u64::from(minutes) * 60 + u64::from(seconds);
            Some(When::After(Duration::from_secs(days * DAY_S + within)))
        }
        sign @ (b'+' | b'-') => {
            let small = |number: u32| i8::try_from(number).ok();
            let year = i16::try_from(2_000 + years).ok()?;
            if small(months).is_none_or(|month| !(1..=12).contains(&month)) {
                return None;
            }
            let month = date(year, small(months)?, 1);
            let day = small(days).filter(|day| (1..=month.days_in_month()).contains(day))?;
            if hours > 23 || minutes > 59 || seconds > 59 {
                return None;
            }
            let tenth = i32::try_from(number(12, 13)).ok()? * 100_000_000;
            let day = date(year, small(months)?, day);
            let at = day.at(small(hours)?, small(minutes)?, small(seconds)?, tenth);
            let quarters = i32::try_from(number(13, 15)).ok().filter(|quarters| *quarters <= 48)?;
            let east = if sign == b'+' { quarters } else { -quarters };
            let offset = Offset::from_seconds(east * QUARTER_S).ok()?;
            Some(When::At(offset.to_timestamp(at).ok()?.as_millisecond()))
        }
        _ => None,
    }
}

/// An absolute time, in UTC.
pub fn print(at_ms: i64) -> String {
    format(at_ms, "%y%m%d%H%M%S000+")
}

/// As the text of a receipt has it, in UTC.
pub(crate) fn print_minutes(at_ms: i64) -> String {
    format(at_ms, "%y%m%d%H%M")
}

fn format(at_ms: i64, how: &str) -> String {
    Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH).strftime(how).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn relative_and_absolute_times_are_read() {
        assert_eq!(read(b""), Some(When::Unsaid));
        let hour_and_half = When::After(Duration::from_secs(5_400));
        assert_eq!(read(b"000000013000000R"), Some(hour_and_half));
        let Some(When::At(east)) = read(b"261126160000004+") else { panic!("it is one") };
        assert_eq!(print(east), "261126150000000+");
        let Some(When::At(west)) = read(b"261126140000004-") else { panic!("it is one") };
        assert_eq!(east, west);
        assert_eq!(print_minutes(east), "2611261500");
    }

    #[test]
    fn what_is_no_time_is_none() {
        let wrong: [&[u8]; 8] = [
            b"0",
            b"000000013000000",
            b"261326160000000+",
            b"260230160000000+",
            b"261126240000000+",
            b"261126160000049+",
            b"26112616000000aR",
            b"261126160000000Z",
        ];
        for wrong in wrong {
            assert_eq!(read(wrong), None, "{}", String::from_utf8_lossy(wrong));
        }
    }

    proptest! {
        #[test]
        fn a_time_that_is_printed_is_read(at_s in 946_684_800_i64..4_102_444_800) {
            prop_assert_eq!(read(print(at_s * 1_000).as_bytes()), Some(When::At(at_s * 1_000)));
        }

        #[test]
        fn no_bytes_stop_it(written in "[0-9+R-]{16}") {
            let _ = read(written.as_bytes());
        }
    }
}
