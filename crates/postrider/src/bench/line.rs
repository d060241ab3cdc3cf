//! A line of five servers: texts from the first to the last.

use super::figures::Figures;
use super::latency;
use super::load::{Gets, Load, RECIPIENTS, Run, Sends};
use super::process::{Process, free_line};
use std::time::{Duration, Instant};

const SERVERS: usize = 5;

pub(super) fn measure(figures: &mut Figures, time: Duration) -> anyhow::Result<()> {
    figures.heading("A line of five: from send at the first to get at the last");
    latency::measure(figures, "line", SERVERS)?;
    figures.heading("A line of five: texts delivered at the last server");
    let folder = tempfile::tempdir()?;
    let line = free_line(SERVERS)?;
    let start = |index| Process::start(&line, index, &folder.path().join(index.to_string()));
    let servers = (1..=SERVERS).map(start).collect::<anyhow::Result<Vec<_>>>()?;
    let (first, last) = (servers[0].address, servers[SERVERS - 1].address);
    let mut reader = Load::open(last, Gets::default())?;
    reader.run_count(64, RECIPIENTS)?;
    let sending = std::thread::spawn(move || {
        Load::open(first, Sends::default())?.run(256, time).map(Run::answers)
    });
    let started = Instant::now();
    reader.run(64, time)?;
    let per_s = reader.requests.messages as f64 / started.elapsed().as_secs_f64();
    figures.add("line_delivered_per_s", per_s, "sent, forwarded, handed out, acknowledged");
    let accepted = sending.join().map_err(|_| anyhow::anyhow!("the sender panicked"))??;
    figures.add("line_accepted_per_s", accepted as f64 / time.as_secs_f64(), "at the first");
    Ok(())
}
