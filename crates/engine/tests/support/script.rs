//! The text of a story: commands at the left margin, what each brings about
//! indented below it.

/// One command, with what is written above and expected below it.
pub(crate) struct Step {
    /// Comments and empty lines.
    above: Vec<String>,
    /// Counted from 1.
    pub(crate) line_number: usize,
    pub(crate) command: String,
    pub(crate) expected: Vec<String>,
}

pub(crate) struct Script {
    pub(crate) steps: Vec<Step>,
    below: Vec<String>,
}

impl Script {
    pub(crate) fn parse(text: &str) -> Script {
        let (mut steps, mut above) = (Vec::<Step>::new(), Vec::new());
        for (at, line) in text.lines().enumerate() {
            let line = line.trim_end();
            match (line.strip_prefix("  "), steps.last_mut()) {
                (Some(expected), Some(step)) if above.is_empty() => {
                    step.expected.push(expected.to_owned());
                }
                (Some(_), _) => panic!("line {}: expected of which command?", at + 1),
                (None, _) if line.is_empty() || line.starts_with('#') => {
                    above.push(line.to_owned());
                }
                (None, _) => steps.push(Step {
                    above: std::mem::take(&mut above),
                    line_number: at + 1,
                    command: line.to_owned(),
                    expected: Vec::new(),
                }),
            }
        }
        Script { steps, below: above }
    }

    /// The same story with these expectations, one for each step.
    pub(crate) fn print(&self, traces: &[Vec<String>]) -> String {
        let mut lines = Vec::new();
        for (step, trace) in self.steps.iter().zip(traces) {
            lines.extend(step.above.iter().cloned());
            lines.push(step.command.clone());
            lines.extend(trace.iter().map(|line| format!("  {line}")));
        }
        lines.extend(self.below.iter().cloned());
        lines.join("\n") + "\n"
    }
}

/// The lines of both, in order: what only the expectation has with `-`, what only
/// the trace has with `+`.
pub(crate) fn diff(expected: &[String], trace: &[String]) -> String {
    let common = common_lengths(expected, trace);
    let (mut e, mut t, mut out) = (0, 0, String::new());
    while e < expected.len() || t < trace.len() {
        let equal = e < expected.len() && t < trace.len() && expected[e] == trace[t];
        let (sign, line) = if equal {
            (e, t) = (e + 1, t + 1);
            (' ', &trace[t - 1])
        } else if t == trace.len() || (e < expected.len() && common[e + 1][t] >= common[e][t + 1]) {
            e += 1;
            ('-', &expected[e - 1])
        } else {
            t += 1;
            ('+', &trace[t - 1])
        };
        out.push_str(&format!("  {sign} {line}\n"));
    }
    out
}

/// How many lines the rests of both, from each place on, have in common.
fn common_lengths(expected: &[String], trace: &[String]) -> Vec<Vec<usize>> {
    let mut common = vec![vec![0; trace.len() + 1]; expected.len() + 1];
    for e in (0..expected.len()).rev() {
        for t in (0..trace.len()).rev() {
            common[e][t] = if expected[e] == trace[t] {
                common[e + 1][t + 1] + 1
            } else {
                common[e + 1][t].max(common[e][t + 1])
            };
        }
    }
    common
}

/// A datagram as a story writes it: `\n`, `\0`, `\xff`, and `{x*160}` for a
/// character many times over.
pub(crate) fn bytes_of(written: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), written);
    while let Some(first) = rest.chars().next() {
        let (taken, size) = match first {
            '\\' => escaped(rest),
            '{' => run(rest),
            _ => (first.to_string().into_bytes(), first.len_utf8()),
        };
        bytes.extend(taken);
        rest = &rest[size..];
    }
    bytes
}

fn escaped(rest: &str) -> (Vec<u8>, usize) {
    match &rest[1..2] {
        "n" => (vec![b'\n'], 2),
        "0" => (vec![0], 2),
        "x" => (vec![u8::from_str_radix(&rest[2..4], 16).expect("two hex digits")], 4),
        other => panic!("\\{other} means nothing"),
    }
}

fn run(rest: &str) -> (Vec<u8>, usize) {
    let end = rest.find('}').expect("{ has its }");
    let (what, times) = rest[1..end].split_once('*').expect("{x*160}");
    (what.repeat(times.parse().expect("how many times")).into_bytes(), end + 1)
}

/// A datagram as a story shows it, the other way round.
pub(crate) fn written(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).expect("a server sends UTF-8");
    let characters: Vec<char> = text.chars().collect();
    let same = characters.chunk_by(|a, b| a == b).map(|run| match (run[0], run.len()) {
        ('\n', times) => "\\n".repeat(times),
        ('\0', times) => "\\0".repeat(times),
        (character, 20..) => format!("{{{character}*{}}}", run.len()),
        _ => run.iter().collect(),
    });
    same.collect()
}
