//! The text format of Prometheus, version 0.0.4: families of samples.

use std::collections::BTreeSet;
use std::fmt::{Display, Write as _};

/// What every name begins with.
const PREFIX: &str = "postrider_";

/// Text that is being written.
#[derive(Default)]
pub(super) struct Exposition(String);

/// What a family's figures do.
#[derive(Clone, Copy)]
pub(super) enum Does {
    /// They go up and down.
    Vary,
    /// They only grow until the server starts again.
    Grow,
}

impl Exposition {
    pub(super) fn into_text(self) -> String {
        self.0
    }

    /// A family with one figure.
    pub(super) fn one(&mut self, does: Does, name: &str, help: &str, value: impl Display) {
        self.all(does, name, help, [(Vec::new(), value)]);
    }

    /// A family with a figure for each set of labels; nothing where there is none. Of two with
    /// the same labels the first counts: a second would spoil the whole text.
    pub(super) fn all<'a, V: Display>(
        &mut self,
        does: Does,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (Vec<(&'a str, String)>, V)>,
    ) {
        let kind = match does {
            Does::Vary => "gauge",
            Does::Grow => "counter",
        };
        let mut said = BTreeSet::new();
        for (labels, value) in samples {
            if said.is_empty() {
                let _ = writeln!(self.0, "# HELP {PREFIX}{name} {help}");
                let _ = writeln!(self.0, "# TYPE {PREFIX}{name} {kind}");
            }
            let labels = braced(&labels);
            if said.insert(labels.clone()) {
                let _ = writeln!(self.0, "{PREFIX}{name}{labels} {value}");
            }
        }
    }
}

fn braced(labels: &[(&str, String)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let one = |(name, value): &(&str, String)| format!("{name}=\"{}\"", escaped(value));
    format!("{{{}}}", labels.iter().map(one).collect::<Vec<_>>().join(","))
}

/// Names come from other servers: none may end its quotes or its line.
fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '\\' => escaped.push_str("\\\\"),
            '"' => escaped.push_str("\\\""),
            control if control.is_control() => escaped.push(char::REPLACEMENT_CHARACTER),
            other => escaped.push(other),
        }
    }
    escaped
}
