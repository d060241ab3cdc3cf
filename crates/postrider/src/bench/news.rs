//! How the directory spreads, in simulated time: servers in random graphs, whose links take
//! 20 to 30 ms and lose nothing.

use super::figures::Figures;
use anyhow::anyhow;
use postrider_sim::trunks::{News, Spread};
use std::time::Duration;

const SEED: u64 = 1;
/// Servers of the graphs, and numbers that two of them know.
const ALL: (&[usize], &[u32]) = (&[10, 50, 100], &[1_000, 10_000, 100_000]);
const SOME: (&[usize], &[u32]) = (&[10, 50], &[1_000, 10_000]);
/// Numbers that move while the network is in two.
const CHANGES: [u32; 2] = [100, 1_000];
const QUIET: Duration = Duration::from_secs(1_200);

pub(super) fn measure(figures: &mut Figures, all: bool) -> anyhow::Result<()> {
    let (servers, numbers) = if all { ALL } else { SOME };
    spread(figures, servers)?;
    catch_up(figures, numbers)
}

fn spread(figures: &mut Figures, servers: &[usize]) -> anyhow::Result<()> {
    figures.heading(
        "A number moves; then a tenth as many as there are servers, while the network is in two \
         (times in round trips over the diameter; rows and datagrams for each link)",
    );
    let heads = ["servers", "links", "diameter", "moved: time", "rows", "datagrams"];
    let heads = [&heads[..], &["bytes", "healed: time", "ms", "rows", "quiet, 15 s"]].concat();
    figures.columns(&heads);
    for servers in servers {
        let mut spread =
            Spread::new(SEED, *servers, *servers as u32).map_err(|what| anyhow!(what))?;
        row(figures, *servers, &mut spread).map_err(|what| anyhow!(what))?;
    }
    Ok(())
}

fn row(figures: &mut Figures, servers: usize, spread: &mut Spread) -> Result<(), String> {
    let moved = spread.change_home(0)?;
    let (quiet, _) = spread.be_quiet(QUIET)?;
    let healed = spread.part_and_heal((servers as u32 / 10).max(1))?;
    let name = |what: &str| format!("news_{servers}_servers_{what}");
    let each = |count: u64| count as f64 / spread.links() as f64;
    let cells = [servers, spread.links(), spread.diameter()].map(|cell| cell.to_string());
    figures.row(
        &cells,
        &[
            (name("moved_diameters"), moved.diameters),
            (name("moved_rows_per_link"), each(moved.rows)),
            (name("moved_datagrams_per_link"), each(moved.datagrams)),
            (name("moved_bytes_per_link"), each(moved.bytes)),
            (name("healed_diameters"), healed.diameters),
            (name("healed_ms"), healed.time.as_secs_f64() * 1e3),
            (name("healed_rows_per_link"), each(healed.rows)),
            (name("quiet_datagrams"), quiet),
        ],
    );
    Ok(())
}

/// Two servers, cut apart and joined again.
fn catch_up(figures: &mut Figures, numbers: &[u32]) -> anyhow::Result<()> {
    figures.heading("Two servers after a cut, in which numbers moved between them");
    figures.columns(&["numbers", "moved", "time, s", "rows", "row bytes", "bytes a move"]);
    for numbers in numbers {
        for changes in CHANGES {
            let healed = Spread::new(SEED, 2, *numbers)
                .and_then(|mut spread| spread.part_and_heal(changes))
                .map_err(|what| anyhow!(what))?;
            let News { time, rows, row_bytes, .. } = healed;
            let name = |what: &str| format!("catch_up_{numbers}_numbers_{changes}_moved_{what}");
            figures.row(
                &[numbers.to_string(), changes.to_string()],
                &[
                    (name("s"), time.as_secs_f64()),
                    (name("rows"), rows as f64),
                    (name("row_bytes"), row_bytes as f64),
                    (name("bytes_each"), row_bytes as f64 / f64::from(changes)),
                ],
            );
        }
    }
    Ok(())
}
