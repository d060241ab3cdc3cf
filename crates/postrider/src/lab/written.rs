//! Options as they are written.

use anyhow::{Context, bail};
use postrider_engine::limits::Limits;
use postrider_sim::{Bug, Disk};
use std::time::Duration;

pub(super) fn share(written: &str) -> anyhow::Result<f64> {
    let share: f64 = written.parse()?;
    if !(0.0..=1.0).contains(&share) {
        bail!("a share is 0 to 1");
    }
    Ok(share)
}

/// A number with a unit, as `Duration` prints it: 20s, 1.5ms, 300µs.
pub(super) fn duration(written: &str) -> anyhow::Result<Duration> {
    let digits = written.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(written.len());
    let (value, unit) = written.split_at(digits);
    let seconds = match unit {
        "s" => 1.0,
        "ms" => 1e-3,
        "µs" | "us" => 1e-6,
        "ns" => 1e-9,
        "min" => 60.0,
        _ => bail!("write a time with its unit: 20s, 1.5ms, 300us or 2min"),
    };
    Ok(Duration::try_from_secs_f64(value.parse::<f64>()? * seconds)?)
}

pub(super) fn range(written: &str) -> anyhow::Result<(Duration, Duration)> {
    let (min, max) = written.split_once("..").context("write two times, such as 1ms..40ms")?;
    Ok((duration(min)?, duration(max)?))
}

pub(super) fn limits(written: &str) -> anyhow::Result<Limits> {
    let numbers: Vec<u64> = written.split(',').map(str::parse).collect::<Result<_, _>>()?;
    let [clients, waiting, mailbox, log_slack_bytes] = numbers[..] else {
        bail!("write four numbers: clients, waiting, mailbox, bytes of slack in the log");
    };
    let (clients, waiting, mailbox) = (clients as usize, waiting as usize, mailbox as usize);
    Ok(Limits { clients, waiting, mailbox, log_slack_bytes, ..Limits::default() })
}

pub(super) fn disk(written: &str) -> anyhow::Result<Disk> {
    match written {
        "Store" | "store" => Ok(Disk::Store),
        "Memory" | "memory" => Ok(Disk::Memory),
        _ => bail!("Store or Memory"),
    }
}

pub(super) fn bug(written: &str) -> anyhow::Result<Bug> {
    let mut all = Bug::ALL.iter().map(|(bug, _)| *bug);
    all.find(|bug| format!("{bug:?}") == written).with_context(|| {
        let names: Vec<String> = Bug::ALL.iter().map(|(bug, _)| format!("{bug:?}")).collect();
        format!("the planted bugs are {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_units() {
        assert_eq!(duration("1.5ms").unwrap(), Duration::from_micros(1500));
        assert_eq!(duration("20s").unwrap(), Duration::from_secs(20));
        assert!(duration("20").is_err());
        assert!(share("1.1").is_err());
    }
}
