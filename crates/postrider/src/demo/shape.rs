//! How the demo's servers are joined.

use clap::ValueEnum;
use std::collections::BTreeSet;

/// What joins the servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Shape {
    /// Each with the next
    Line,
    /// Each with the next, and the last with the first
    Ring,
    /// The first with each other
    Star,
    /// Each with each other
    Mesh,
    /// Drawn from --seed, so that there is a way from each to each other
    Random,
    /// A line that speaks the classic protocol between servers, too
    Classic,
}

/// Links, each as two servers from 1, the lesser one first.
pub(super) type Links = BTreeSet<(usize, usize)>;

impl Shape {
    /// The links between so many servers.
    pub(super) fn links(self, servers: usize, seed: u64) -> Links {
        let line = (1..servers).map(|one| (one, one + 1));
        match self {
            Shape::Line | Shape::Classic => line.collect(),
            Shape::Ring => line.chain((servers > 2).then_some((1, servers))).collect(),
            Shape::Star => (2..=servers).map(|other| (1, other)).collect(),
            Shape::Mesh => {
                (1..=servers).flat_map(|a| (a + 1..=servers).map(move |b| (a, b))).collect()
            }
            Shape::Random => random(servers, seed),
        }
    }
}

/// A tree that reaches all, and half as many links again.
fn random(servers: usize, seed: u64) -> Links {
    let mut dice = fastrand::Rng::with_seed(seed);
    let mut links: Links = (2..=servers).map(|new| (dice.usize(1..new), new)).collect();
    for _ in 0..servers / 2 {
        let (a, b) = (dice.usize(1..=servers), dice.usize(1..=servers));
        if a != b {
            links.insert((a.min(b), a.max(b)));
        }
    }
    links
}

/// The server that is the most steps away from the first; of several, the last.
pub(super) fn farthest(links: &Links, servers: usize) -> usize {
    let mut order = vec![1];
    let mut at = 0;
    while let Some(from) = order.get(at).copied() {
        let ends = links.iter().flat_map(|(a, b)| [(*a, *b), (*b, *a)]);
        let next: Vec<usize> = ends.filter(|(a, _)| *a == from).map(|(_, b)| b).collect();
        order.extend(next.iter().filter(|next| !order.contains(next)).collect::<Vec<_>>());
        at += 1;
    }
    order.last().copied().unwrap_or(servers)
}

/// Whether there is a way from one server to another that does not pass a third.
pub(super) fn has_way(links: &Links, from: usize, to: usize, without: usize) -> bool {
    let mut reached = BTreeSet::from([from]);
    loop {
        let next: Vec<usize> = links
            .iter()
            .flat_map(|(a, b)| [(*a, *b), (*b, *a)])
            .filter(|(a, b)| reached.contains(a) && !reached.contains(b) && *b != without)
            .map(|(_, b)| b)
            .collect();
        if next.is_empty() {
            return reached.contains(&to);
        }
        reached.extend(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Shape; 5] = [Shape::Line, Shape::Ring, Shape::Star, Shape::Mesh, Shape::Random];

    #[test]
    fn every_shape_joins_all_servers_once() {
        for (shape, servers) in ALL.into_iter().flat_map(|shape| (1..20).map(move |n| (shape, n))) {
            let links = shape.links(servers, 7);
            assert!(links.iter().all(|(a, b)| a < b && *b <= servers), "{shape:?}: {links:?}");
            let reached = (1..=servers).all(|to| has_way(&links, 1, to, 0));
            assert!(reached, "{shape:?} of {servers}: {links:?}");
        }
        assert_eq!(Shape::Ring.links(4, 0), Links::from([(1, 2), (2, 3), (3, 4), (1, 4)]));
    }

    #[test]
    fn the_farthest_server_is_the_other_end() {
        let far = |shape: Shape, servers| farthest(&shape.links(servers, 0), servers);
        assert_eq!((far(Shape::Line, 5), far(Shape::Ring, 7), far(Shape::Mesh, 3)), (5, 5, 3));
        assert_eq!(farthest(&Links::new(), 1), 1);
    }

    #[test]
    fn a_ring_has_a_way_round_whoever_is_away_and_a_line_has_none() {
        for away in 2..7 {
            assert!(has_way(&Shape::Ring.links(7, 0), 1, 7, away));
            assert!(!has_way(&Shape::Line.links(7, 0), 1, 7, away));
        }
    }
}
