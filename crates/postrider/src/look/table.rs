//! Columns for people.

/// Rows of a table, with the columns as wide as what is in them.
pub(crate) fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    let all = || std::iter::once(&heads).chain(rows);
    let width = |column: usize| {
        all().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let mut shown = String::new();
    for row in all() {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        shown += cells.collect::<Vec<_>>().join("  ").trim_end();
        shown.push('\n');
    }
    shown
}

/// `3 s`, `5 min`, `2 h`, `9 d`: two digits are enough to see what matters.
pub(crate) fn time(seconds: f64) -> String {
    let units = [(86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s")];
    match units.into_iter().find(|(unit, _)| seconds >= *unit) {
        Some((unit, name)) if seconds < 10.0 * unit => {
            let tenths = (seconds / unit * 10.0).floor() / 10.0;
            format!("{tenths} {name}")
        }
        Some((unit, name)) => format!("{:.0} {name}", (seconds / unit).floor()),
        None if seconds == 0.0 => "0 s".to_owned(),
        None => format!("{:.1} ms", seconds * 1_000.0),
    }
}

/// `1.2 kB`, `34 MB`.
pub(super) fn bytes(bytes: f64) -> String {
    let units = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{:.1} {name}", bytes / unit),
        None => format!("{bytes:.0} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [vec!["a".to_owned(), "é".to_owned()], vec!["bbbb".to_owned(), "c".to_owned()]];
        assert_eq!(table(&["X", "YY"], &rows), "X     YY\na     é\nbbbb  c\n");
    }

    #[test]
    fn times_and_sizes_are_short() {
        assert_eq!(time(0.0), "0 s");
        assert_eq!(time(0.0123), "12.3 ms");
        assert_eq!(time(9.96), "9.9 s");
        assert_eq!(time(59.9), "59 s");
        assert_eq!(time(90.0), "1.5 min");
        assert_eq!(time(200_000.0), "2.3 d");
        assert_eq!(bytes(999.0), "999 B");
        assert_eq!(bytes(1_234_567.0), "1.2 MB");
    }
}
