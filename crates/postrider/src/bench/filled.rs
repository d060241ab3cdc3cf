//! Servers with much to hold: memory, start, and whether a message costs the same.

use super::figures::Figures;
use super::load::{FIRST_RECIPIENT, Sends, number, text};
use super::process::{Process, free_line};
use super::single::cpu_us_per_send;
use postrider_engine::{Log, Origin, Place, Write};
use postrider_proto::classic::{Seq, ServerIndex};
use postrider_store::Store;
use std::path::Path;
use std::time::Duration;

/// Records of a commit when a folder is filled.
const BATCH: u64 = 8_192;

pub(super) fn measure(
    figures: &mut Figures,
    time: Duration,
    waiting_max: u64,
    clients_max: u64,
) -> anyhow::Result<()> {
    let messages = (time.as_secs_f64() * 20_000.0) as u64;
    figures.heading("An empty server");
    let empty = resident(|_| Ok(()))?;
    figures.add("empty_resident_bytes", empty.bytes, "memory of an empty server");
    figures.heading("With messages that wait");
    for waiting in [1_000, 10_000, 100_000, waiting_max] {
        let held = filled(messages, |store| fill(store, waiting, keep))?;
        figures.add(&format!("cpu_us_per_send_with_{waiting}_waiting"), held.cpu_us, "");
        if waiting == waiting_max {
            let each = (held.bytes - empty.bytes) / waiting as f64;
            figures.add("waiting_bytes", each, "memory of a waiting message");
            figures.add("start_s", held.start_s, &format!("with {waiting} messages waiting"));
        }
    }
    figures.heading("With clients known");
    for clients in [1_000, 100_000, clients_max] {
        let held = filled(messages, |store| fill(store, clients, home))?;
        figures.add(&format!("cpu_us_per_send_with_{clients}_clients"), held.cpu_us, "");
        if clients == clients_max {
            let each = (held.bytes - empty.bytes) / clients as f64;
            figures.add("client_bytes", each, "memory of a known client");
            figures.add("start_with_clients_s", held.start_s, &format!("with {clients} clients"));
        }
    }
    Ok(())
}

pub(super) struct Held {
    pub(super) bytes: f64,
    pub(super) start_s: f64,
    cpu_us: f64,
}

fn resident(fill: impl FnOnce(&mut Store) -> anyhow::Result<()>) -> anyhow::Result<Held> {
    filled(0, fill)
}

fn filled(
    messages: u64,
    fill: impl FnOnce(&mut Store) -> anyhow::Result<()>,
) -> anyhow::Result<Held> {
    let folder = tempfile::tempdir()?;
    fill(&mut Store::open_folder(folder.path(), 1)?)?;
    start(folder.path(), messages)
}

/// Starts a server on this folder, and sends it so many messages.
pub(super) fn start(folder: &Path, messages: u64) -> anyhow::Result<Held> {
    let server = Process::start(&free_line(1)?, 1, folder)?;
    let bytes = server.usage()?.resident_bytes as f64;
    let start_s = server.started_in.as_secs_f64();
    let cpu_us = match messages {
        0 => 0.0,
        _ => cpu_us_per_send(&server, Sends::default(), messages)?,
    };
    Ok(Held { bytes, start_s, cpu_us })
}

/// Writes so many records, of which `each` appends one.
pub(super) fn fill(
    store: &mut Store,
    count: u64,
    mut each: impl FnMut(u64, &mut Vec<u8>),
) -> anyhow::Result<()> {
    let mut records = Vec::new();
    for place in 0..count {
        each(place, &mut records);
        if place % BATCH == BATCH - 1 || place + 1 == count {
            store.commit(&records, Place(0))?;
            records.clear();
        }
    }
    Ok(())
}

/// Ten messages for each recipient, from senders all over.
fn keep(place: u64, out: &mut Vec<u8>) {
    let origin = Origin::Client { mark: Seq::ZERO };
    let (from, to) = (number(scattered(place)), number(FIRST_RECIPIENT + place / 10));
    let seq = Seq::from_value((place % 100) as u8).unwrap_or_default();
    Write::Keep { origin, seq, from, to, text: text() }.encode(out);
}

/// Clients all over the numbers, as they come.
fn home(place: u64, out: &mut Vec<u8>) {
    if let Some(server) = ServerIndex::from_value(1) {
        Write::Home { client: number(scattered(place)), server }.encode(out);
    }
}

/// A different number for each place, in no order: multiplying by an odd constant
/// permutes the 2^33 numbers below 8,589,934,592.
pub(super) fn scattered(place: u64) -> u64 {
    place.wrapping_mul(0x9E37_79B9_7F4A_7C15) % (1 << 33)
}
