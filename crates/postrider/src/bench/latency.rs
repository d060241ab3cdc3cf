//! How long a text takes from its sender's `send` to its reader's `get`.

use super::figures::Figures;
use super::load::{number, text};
use super::process::{Process, free_line};
use crate::classic::session::{Session, attach};
use postrider_proto::Text;
use std::net::SocketAddr;
use std::time::Instant;

const TEXTS: usize = 2_000;

/// Through a line of so many servers, one text at a time. The reader asks all the
/// time, so the figure holds half a round trip of its asking.
pub(super) fn measure(figures: &mut Figures, name: &str, servers: usize) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let line = free_line(servers)?;
    let start = |index| Process::start(&line, index, &folder.path().join(index.to_string()));
    let processes = (1..=servers).map(start).collect::<anyhow::Result<Vec<_>>>()?;
    measure_between(figures, name, processes[0].address, processes[servers - 1].address)
}

/// The same between two servers that run.
pub(super) fn measure_between(
    figures: &mut Figures,
    name: &str,
    first: SocketAddr,
    last: SocketAddr,
) -> anyhow::Result<()> {
    let mut sender = attach(first, number(5_550_000_001))?;
    let mut reader = attach(last, number(5_550_000_005))?;
    let mut micros = Vec::with_capacity(TEXTS);
    for place in 0..TEXTS {
        micros.push(one_text(&mut sender, &mut reader, place)?);
    }
    micros.sort_by(f64::total_cmp);
    for (percentile, share) in [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)] {
        let value = micros[((TEXTS as f64 * share) as usize).min(TEXTS - 1)];
        figures.add(&format!("{name}_{percentile}_us"), value, "");
    }
    Ok(())
}

/// Each text differs: equal ones under the same number are held ten seconds apart.
fn one_text(sender: &mut Session, reader: &mut Session, place: usize) -> anyhow::Result<f64> {
    let written = format!("{} ({place})", text().as_str());
    let started = Instant::now();
    sender.send(number(5_550_000_005), Text::new(&written)?)?;
    let mut arrived = None;
    while arrived.is_none() {
        reader.receive(|_| {
            arrived = Some(started.elapsed());
            Ok(())
        })?;
    }
    Ok(arrived.unwrap_or_default().as_secs_f64() * 1e6)
}
