//! What links carry, in simulated time: alone, and two on one path.

use super::figures::Figures;
use anyhow::Context;
use postrider_sim::links::{Carried, Path, Shared, Sharing, carry, jain, share};
use std::time::Duration;

const SEED: u64 = 1;
/// Bits a second, milliseconds of a round trip, percent lost.
type Grid<'a> = (&'a [u64], &'a [u64], &'a [u64]);
const ALL: Grid<'_> = (
    &[10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000],
    &[1, 10, 100, 600, 2_000],
    &[0, 1, 10, 30],
);
const SOME: Grid<'_> = (&[10_000, 1_000_000, 10_000_000], &[10, 600], &[0, 10]);
/// The bytes of a datagram at most.
const MTUS: [u16; 2] = [1_200, 256];
/// From this rate on, in bits a second, less time holds packets enough.
const FAST: u64 = 100_000_000;

pub(super) fn measure(figures: &mut Figures, all: bool) -> anyhow::Result<()> {
    let (rates, trips, losses) = if all { ALL } else { SOME };
    for mtu in MTUS {
        alone(figures, mtu, (rates, trips, losses))?;
    }
    let (rates, trips) = if all { (&ALL.0[..5], &ALL.1[1..4]) } else { (&SOME.0[1..], SOME.1) };
    shared(figures, rates, trips)?;
    half_lost(figures, rates, trips)
}

fn path(bits: u64, trip_ms: u64, lost: u64, mtu: u16) -> Path {
    let round_trip = Duration::from_millis(trip_ms);
    Path { rate: bits as f64 / 8.0, round_trip, loss: lost as f64 / 100.0, mtu }
}

/// Long enough for a link to find its rate, and then to see what it is.
fn times(path: &Path) -> (Duration, Duration) {
    let secs = if path.rate * 8.0 < FAST as f64 { 12 } else { 2 };
    let packets = Duration::from_secs_f64(200.0 * f64::from(path.mtu) / path.rate);
    let time = Duration::from_secs(secs).max(packets).max(32 * path.trip());
    (Duration::from_secs(2) + 40 * path.trip(), time)
}

fn alone(figures: &mut Figures, mtu: u16, (rates, trips, losses): Grid<'_>) -> anyhow::Result<()> {
    let most = path(rates[0], 0, 0, mtu).share_max();
    figures.heading(&format!(
        "One link, datagrams of {mtu} bytes: bytes of items, of all bytes that the path \
         carries with IP headers; at most {most:.3} can be items"
    ));
    let heads = ["bit/s", "ms", "% lost", "share", "of arriving", "queue, ms", "queue/trip"];
    figures.columns(&heads);
    for (bits, trip, lost) in cells((rates, trips, losses)) {
        let path = path(bits, trip, lost, mtu);
        let (before, time) = times(&path);
        let carried = carry(SEED, &path, before, time).context("the link does not come up")?;
        let Carried { share, queue } = carried;
        let name = |what: &str| format!("link_{mtu}_{bits}_bps_{trip}_ms_{lost}_lost_{what}");
        let queue_ms = queue.as_secs_f64() * 1e3;
        figures.row(
            &[bits.to_string(), trip.to_string(), lost.to_string()],
            &[
                (name("share"), share),
                (name("of_arriving"), share / (1.0 - path.loss)),
                (name("queue_ms"), queue_ms),
                (name("queue_trips"), queue.as_secs_f64() / path.trip().as_secs_f64()),
            ],
        );
    }
    Ok(())
}

fn cells((rates, trips, losses): Grid<'_>) -> Vec<(u64, u64, u64)> {
    let pairs = rates.iter().flat_map(|bits| trips.iter().map(move |trip| (*bits, *trip)));
    pairs.flat_map(|(bits, trip)| losses.iter().map(move |lost| (bits, trip, *lost))).collect()
}

fn shared(figures: &mut Figures, rates: &[u64], trips: &[u64]) -> anyhow::Result<()> {
    figures.heading("Two links on one path, 200 round trips and 10 s after both are there");
    figures.columns(&["bit/s", "ms", "other's ms", "later, s", "Jain", "both", "queue/trip"]);
    for (bits, trip, _) in cells((rates, trips, &[0])) {
        for (other, later) in [(trip, 0), (trip, 30), (4 * trip, 30)] {
            let path = path(bits, trip, 0, 1_200);
            let settle = 200 * path.trip() + Duration::from_secs(10);
            let sharing = Sharing {
                path,
                other_round_trip: Duration::from_millis(other),
                later: Duration::from_secs(later),
                times: (settle, Duration::from_secs(60).max(100 * path.trip())),
            };
            let found = share(SEED, &sharing).context("a link does not come up")?;
            let Shared { shares, queues: [queue, _] } = found;
            let name = |what: &str| format!("shared_{bits}_bps_{trip}_{other}_ms_{later}_s_{what}");
            let trips = queue.as_secs_f64() / path.trip().as_secs_f64();
            figures.row(
                &[bits.to_string(), trip.to_string(), other.to_string(), later.to_string()],
                &[
                    (name("jain"), jain(shares)),
                    (name("share"), shares[0] + shares[1]),
                    (name("queue_trips"), trips),
                ],
            );
        }
    }
    Ok(())
}

fn half_lost(figures: &mut Figures, rates: &[u64], trips: &[u64]) -> anyhow::Result<()> {
    figures.heading("One link, half of all packets lost each way");
    figures.columns(&["bit/s", "ms", "share", "of arriving"]);
    for (bits, trip, lost) in cells((rates, trips, &[50])) {
        let path = path(bits, trip, lost, 1_200);
        let (_, time) = times(&path);
        // It takes long to find its rate where so little is heard.
        let before = Duration::from_secs(30) + 300 * path.trip();
        let carried = carry(SEED, &path, before, time).context("the link does not come up")?;
        let name = |what: &str| format!("link_{bits}_bps_{trip}_ms_half_lost_{what}");
        figures.row(
            &[bits.to_string(), trip.to_string()],
            &[(name("share"), carried.share), (name("of_arriving"), carried.share / 0.5)],
        );
    }
    Ok(())
}
