//! Figures, shown as they come and kept for `--json`.

use crate::log::say;
use serde_json::{Map, Value};

/// The figures of a run.
pub(super) struct Figures {
    show: bool,
    values: Map<String, Value>,
}

impl Figures {
    pub(super) fn new(show: bool) -> Figures {
        Figures { show, values: Map::new() }
    }

    /// A heading, for people.
    pub(super) fn heading(&self, heading: &str) {
        if self.show {
            say(format_args!("\n{heading}"));
        }
    }

    /// A figure, its name saying its unit, and what it means.
    pub(super) fn add(&mut self, name: &str, value: f64, meaning: &str) {
        let rounded = round(value);
        if self.show {
            say(format_args!("  {:>12}  {name:<36} {meaning}", grouped(rounded)));
        }
        self.values.insert(name.to_owned(), Value::from(rounded));
    }

    /// The heads of a table's columns, for people.
    pub(super) fn columns(&self, heads: &[&str]) {
        if self.show {
            say(in_columns(heads));
        }
    }

    /// A row of a table: its first cells, and then figures, each with its name.
    pub(super) fn row(&mut self, cells: &[String], figures: &[(String, f64)]) {
        let rounded = figures.iter().map(|(name, value)| (name, round(*value)));
        let rounded: Vec<(&String, f64)> = rounded.collect();
        if self.show {
            let shown = rounded.iter().map(|(_, value)| grouped(*value));
            say(in_columns(&cells.iter().cloned().chain(shown).collect::<Vec<_>>()));
        }
        for (name, value) in rounded {
            self.values.insert(name.clone(), Value::from(value));
        }
    }

    pub(super) fn into_json(self) -> Value {
        Value::Object(self.values)
    }
}

fn in_columns(cells: &[impl AsRef<str>]) -> String {
    let cells = cells.iter().map(|cell| format!("{:>12}", cell.as_ref()));
    cells.collect::<Vec<_>>().join(" ")
}

/// Four digits say all that such a measurement knows.
fn round(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    let scale = 10_f64.powf(3.0 - value.abs().log10().floor());
    (value * scale).round() / scale
}

fn grouped(value: f64) -> String {
    if value.abs() < 1000.0 {
        return value.to_string();
    }
    let digits = format!("{value:.0}");
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_four_digits_in_groups_of_three() {
        assert_eq!(grouped(round(1_234_567.0)), "1,235,000");
        assert_eq!(grouped(round(0.123_456)), "0.1235");
        assert_eq!(grouped(round(0.0)), "0");
    }
}
