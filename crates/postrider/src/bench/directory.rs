//! The directory: what a known number takes, and what a change of home costs.

use super::figures::Figures;
use super::load::number;
use anyhow::Context;
use postrider_engine::limits::Limits;
use postrider_engine::{
    Config, Engine, Input, Log, NativeConfig, Place, Row as LogRow, Time, TrunkId, open, turn,
};
use postrider_proto::classic::ServerIndex;
use postrider_proto::native::{
    Entry, Epoch, Fact, Item, Lifetime, NumberRow, Row, SentRow, Sequence, ServerKey, Version,
};
use std::time::Instant;

/// Rows of one turn.
const ROWS_PER_TURN: u64 = 4_096;

const TRUNK: TrunkId = TrunkId(1);
const ME: ServerKey = ServerKey([1; 32]);
const OTHER: ServerKey = ServerKey([2; 32]);
const SIGNATURE: [u8; 64] = [0; 64];

pub(super) fn measure(figures: &mut Figures, most: u64) -> anyhow::Result<()> {
    figures.heading("The directory");
    let mut item = Vec::new();
    Item::Row(row(1)).print(&mut item);
    figures.add("row_bytes", item.len() as f64, "a change of home, as an item of a link");
    let mut numbers = 10_000;
    while numbers <= most {
        measure_numbers(figures, numbers)?;
        numbers *= 10;
    }
    Ok(())
}

/// A server hears of so many numbers at another one.
fn measure_numbers(figures: &mut Figures, numbers: u64) -> anyhow::Result<()> {
    let before = resident_bytes()?;
    let (mut engine, mut log) = (begin()?, Counting::default());
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
    let took = began.elapsed().as_secs_f64();
    anyhow::ensure!(engine.sizes().numbers as u64 == numbers, "not all rows were taken");
    let bytes = resident_bytes()?.saturating_sub(before) as f64 / numbers as f64;
    figures.add(&format!("number_bytes_of_{numbers}"), bytes, "memory of a known number");
    let per_s = numbers as f64 / took;
    figures.add(&format!("rows_per_s_of_{numbers}"), per_s, "heard, without signatures and disk");
    Ok(())
}

fn row(sequence: u64) -> SentRow<'static> {
    let about = NumberRow {
        number: number(1_000_000_000 + sequence),
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

fn begin() -> anyhow::Result<Engine> {
    let native = NativeConfig { key: ME, epoch: Epoch::MIN, lifetime: Lifetime::MAX, line: None };
    let config = Config {
        me: ServerIndex::from_value(1).context("a server")?,
        servers: 1,
        acknowledged: true,
        limits: Limits::default(),
        native: Some(native),
    };
    Ok(open(config, &mut Counting::default(), Time::ZERO)?)
}

fn take(engine: &mut Engine, log: &mut Counting, inputs: &[Input<'_>]) -> anyhow::Result<()> {
    turn(engine, log, Time::from_micros(1), inputs.iter().copied())?;
    engine.swap_outbox(&mut postrider_engine::Outbox::default());
    Ok(())
}

/// Keeps how much was written, and nothing of it.
#[derive(Default)]
struct Counting(u64);

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

fn resident_bytes() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    Ok(super::process::field_of(&status, "VmRSS:") * 1024)
}
