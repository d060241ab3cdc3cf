//! How long a text takes from its sender's `send` to its reader's `get`, and what it could
//! not do without: a flush at each server, and the hops between.

use super::figures::Figures;
use super::limits::{Appended, Echo};
use super::load::{Gets, Load, number, text};
use super::process::{Process, free_line};
use crate::classic::session::{Session, attach};
use anyhow::ensure;
use postrider_proto::Text;
use postrider_proto::classic::{Answer, Request};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

const TEXTS: usize = 1_000;

/// Before each text, so that what the one before left behind is done: receipts, acks.
const QUIET: Duration = Duration::from_millis(10);

/// Between two questions of the reader, who would keep a core busy otherwise. The kernel
/// makes about twice as much of it.
const PAUSE: Duration = Duration::from_micros(50);

/// How long an answer or a text may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a text of a hundred characters takes in the log.
const RECORD_BYTES: usize = 137;

/// Who sends, and who reads.
const SENDER: u64 = 5_550_000_001;
const READER: u64 = 5_550_000_005;

/// Through a line of so many servers, one text at a time.
pub(super) fn measure(figures: &mut Figures, name: &str, servers: usize) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let line = free_line(servers)?;
    let start = |index| Process::start(&line, index, &folder.path().join(index.to_string()));
    let processes = (1..=servers).map(start).collect::<anyhow::Result<Vec<_>>>()?;
    let ends = (processes[0].address, processes[servers - 1].address);
    measure_between(figures, name, servers, ends)
}

/// The same between the first and the last of so many servers that run. The figure holds
/// half of the time from one question of the reader to the next.
pub(super) fn measure_between(
    figures: &mut Figures,
    name: &str,
    servers: usize,
    (first, last): (SocketAddr, SocketAddr),
) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut appended = Appended::create(folder.path(), RECORD_BYTES)?;
    let echo = Echo::start()?;
    let mut echoed = Load::open(echo.address, Gets::default())?;
    let mut sender = attach(first, number(SENDER))?;
    let mut reader = Reader::attach(last)?;
    let (mut texts, mut flushes, mut trips) = (Vec::new(), Vec::new(), Vec::new());
    for place in 0..TEXTS {
        std::thread::park_timeout(QUIET);
        flushes.push(micros_of(|| Ok(appended.flush()?))?);
        trips.push(micros_of(|| echoed.run_count(1, 1).map(|_| ()))?);
        texts.push(micros_of(|| one_text(&mut sender, &mut reader, place))?);
    }
    for figure in [&mut texts, &mut flushes, &mut trips] {
        figure.sort_by(f64::total_cmp);
    }
    for (percentile, share) in [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)] {
        figures.add(&format!("{name}_{percentile}_us"), at(&texts, share), "");
    }
    let servers = servers as f64;
    let least = servers * at(&flushes, 0.5) + (servers + 1.0) * at(&trips, 0.5) / 2.0;
    let meaning = format!("p50 of {servers} flushes and {} hops", servers + 1.0);
    figures.add(&format!("{name}_least_us"), least, &meaning);
    figures.add(&format!("{name}_ratio"), at(&texts, 0.5) / least, "of p50 to that");
    Ok(())
}

fn at(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() as f64 * share) as usize).min(sorted.len() - 1)]
}

fn micros_of(what: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let started = Instant::now();
    what()?;
    Ok(started.elapsed().as_secs_f64() * 1e6)
}

/// Each text differs: equal ones under the same number are held ten seconds apart.
fn one_text(sender: &mut Session, reader: &mut Reader, place: usize) -> anyhow::Result<()> {
    let written = format!("{} ({place})", text().as_str());
    sender.send(number(READER), Text::new(&written)?)?;
    reader.read_one()
}

/// Asks for one text at a time, with pauses.
struct Reader {
    socket: UdpSocket,
    datagram: Vec<u8>,
}

impl Reader {
    fn attach(server: SocketAddr) -> anyhow::Result<Reader> {
        attach(server, number(READER))?;
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.connect(server)?;
        socket.set_read_timeout(Some(Duration::from_millis(100)))?;
        Ok(Reader { socket, datagram: Vec::new() })
    }

    fn read_one(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        let mut answer = [0; 2_048];
        loop {
            ensure!(began.elapsed() < PATIENCE, "a text did not arrive in time");
            self.ask(&Request::Get { client: number(READER) })?;
            let bytes = match self.socket.recv(&mut answer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                received => received?,
            };
            if let Ok(Answer::Message { seq, from, client, .. }) = Answer::parse(&answer[..bytes]) {
                return self.ask(&Request::Ack { seq, client, from });
            }
            std::thread::park_timeout(PAUSE);
        }
    }

    fn ask(&mut self, request: &Request<'_>) -> anyhow::Result<()> {
        self.datagram.clear();
        request.print(&mut self.datagram);
        self.socket.send(&self.datagram)?;
        Ok(())
    }
}
