//! The directory: what a known number takes, and what a change of home costs.

use super::figures::Figures;
use super::filled::{fill, scattered, start};
use super::load::number;
use anyhow::Context;
use postrider_engine::limits::Limits;
use postrider_engine::{
    Claims, Config, Engine, Input, Log, NativeConfig, Place, Row as LogRow, Time, TrunkId,
    Whereabouts, Write, open, turn,
};
use postrider_proto::classic::ServerIndex;
use postrider_proto::native::{
    Blocks, Entry, Epoch, Fact, Item, Lifetime, NumberRow, Row, SentRow, Sequence, ServerKey,
    Version,
};
use postrider_store::Store;
use std::time::Instant;

/// Rows of one turn.
const ROWS_PER_TURN: u64 = 4_096;

/// Numbers that are looked up.
const LOOKED_UP: u64 = 1_000_000;

pub(super) const TRUNK: TrunkId = TrunkId(1);
pub(super) const ME: ServerKey = ServerKey([1; 32]);
pub(super) const OTHER: ServerKey = ServerKey([2; 32]);
const SIGNATURE: [u8; 64] = [0; 64];

pub(super) fn measure(figures: &mut Figures, most: u64) -> anyhow::Result<()> {
    figures.heading("The directory");
    let mut item = Vec::new();
    Item::Row(row(1)).print(&mut item);
    figures.add("row_bytes", item.len() as f64, "a change of home, as an item of a link");
    let empty = start(tempfile::tempdir()?.path(), 0)?;
    let mut numbers = 10_000;
    while numbers <= most {
        measure_memory(figures, numbers, empty.bytes)?;
        measure_time(figures, numbers)?;
        numbers *= 10;
    }
    Ok(())
}

/// A server starts that knows so many numbers at another one.
fn measure_memory(figures: &mut Figures, numbers: u64, empty: f64) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut store = Store::open_folder(folder.path(), 1)?;
    let other = begin_log(&mut store)?;
    let mut log_bytes = 0;
    fill(&mut store, numbers, |place, out| {
        let before = out.len();
        let (origin, sent) = (other, row(place + 1));
        Write::Row { origin, peer: None, sent }.encode(out);
        log_bytes += out.len() - before;
    })?;
    drop(store);
    let held = start(folder.path(), 0)?;
    let each = (held.bytes - empty) / numbers as f64;
    figures.add(&format!("number_bytes_of_{numbers}"), each, "memory of a known number");
    figures.add(&format!("start_s_of_{numbers}"), held.start_s, "start of a server, by its log");
    figures.add(&format!("log_bytes_of_{numbers}"), log_bytes as f64, "bytes of rows in that log");
    Ok(())
}

/// Begins the log of a server that has heard of one other.
fn begin_log(store: &mut Store) -> anyhow::Result<postrider_engine::Station> {
    let mut engine = begin(store)?;
    let trunk_up = Input::TrunkUp { trunk: TRUNK, peer: OTHER, cost: 1 };
    take(&mut engine, store, &[trunk_up])?;
    engine.station_of(OTHER).context("the other server has no number")
}

/// A server hears of so many numbers, and is asked about some.
fn measure_time(figures: &mut Figures, numbers: u64) -> anyhow::Result<()> {
    let mut log = Counting::default();
    let mut engine = begin(&mut log)?;
    let trunk_up = Input::TrunkUp { trunk: TRUNK, peer: OTHER, cost: 1 };
    take(&mut engine, &mut log, &[trunk_up])?;
    let began = Instant::now();
    let mut next = 1;
    while next <= numbers {
        let until = numbers.min(next + ROWS_PER_TURN - 1);
        let rows: Vec<Input<'_>> = (next..=until)
            .map(|sequence| Input::Row { trunk: TRUNK, item: sequence, row: row(sequence) })
            .collect();
        take(&mut engine, &mut log, &rows)?;
        next = until + 1;
    }
    let per_s = numbers as f64 / began.elapsed().as_secs_f64();
    anyhow::ensure!(engine.sizes().numbers as u64 == numbers, "not all rows were taken");
    figures.add(&format!("rows_per_s_of_{numbers}"), per_s, "heard, without signatures and disk");
    let ns = look_up(&engine, numbers)?;
    figures.add(&format!("lookup_ns_of_{numbers}"), ns, "where a number is");
    Ok(())
}

/// Nanoseconds to find out where a number is.
fn look_up(engine: &Engine, numbers: u64) -> anyhow::Result<f64> {
    let began = Instant::now();
    let is_known = |place: u64| {
        let number = number(scattered(place.wrapping_mul(7_919) % numbers + 1));
        matches!(engine.whereabouts(number), Whereabouts::Station(_))
    };
    let known = (0..LOOKED_UP).filter(|place| is_known(*place)).count() as u64;
    anyhow::ensure!(known == LOOKED_UP, "{known} of {LOOKED_UP} were found");
    Ok(began.elapsed().as_secs_f64() * 1e9 / LOOKED_UP as f64)
}

/// The numbers come in no order.
fn row(sequence: u64) -> SentRow<'static> {
    let about = NumberRow {
        number: number(scattered(sequence)),
        version: Version::FIRST,
        released: false,
        line: false,
        owner: None,
    };
    let sequence = Sequence::from_value(sequence).unwrap_or(Sequence::FIRST);
    let entry = Entry { origin: OTHER, sequence, fact: Fact::Number(about) };
    let row = Row { entry, signature: &SIGNATURE };
    SentRow::new(sequence.value() - 1, row)
        .unwrap_or_else(|| unreachable!("it follows the one before"))
}

pub(super) fn begin<L: Log>(log: &mut L) -> anyhow::Result<Engine>
where
    L::Error: std::error::Error + Send + Sync + 'static,
{
    let (epoch, lifetime, blocks) = (Epoch::MIN, Lifetime::MAX, Blocks::NONE);
    let native =
        NativeConfig { key: ME, epoch, lifetime, blocks, claims: Claims::Open, line: None };
    let config = Config {
        me: ServerIndex::from_value(1).context("a server")?,
        servers: 1,
        acknowledged: true,
        limits: Limits::default(),
        native: Some(native),
    };
    Ok(open(config, log, Time::ZERO)?)
}

pub(super) fn take<L: Log>(
    engine: &mut Engine,
    log: &mut L,
    inputs: &[Input<'_>],
) -> anyhow::Result<()>
where
    L::Error: std::error::Error + Send + Sync + 'static,
{
    turn(engine, log, Time::from_micros(1), inputs.iter().copied())?;
    engine.swap_outbox(&mut postrider_engine::Outbox::default());
    Ok(())
}

/// Keeps how much was written, and nothing of it.
#[derive(Default)]
pub(super) struct Counting(u64);

impl Log for Counting {
    type Error = std::convert::Infallible;

    fn start(&self) -> Place {
        Place(0)
    }

    fn end(&self) -> Place {
        Place(self.0)
    }

    fn commit(&mut self, records: &[u8], _: Place) -> Result<(), Self::Error> {
        self.0 += records.len() as u64;
        Ok(())
    }

    fn read_row(&mut self, _: Place, _: &mut Vec<u8>) -> Result<Option<LogRow>, Self::Error> {
        Ok(None)
    }

    fn has_room(&mut self) -> bool {
        true
    }
}
