//! Which servers are joined.

use fastrand::Rng;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// The shape of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One after the other.
    Line,
    /// A line whose ends are joined.
    Ring,
    /// All around one.
    Star,
    /// Each with each.
    Mesh,
    /// A random tree, and some links more.
    Random,
}

/// A link, the lesser server first.
pub(crate) type Pair = (usize, usize);

impl Shape {
    /// All of them.
    pub const ALL: [Shape; 5] = [Shape::Line, Shape::Ring, Shape::Star, Shape::Mesh, Shape::Random];

    /// The links between so many servers.
    pub(crate) fn links(self, servers: usize, dice: &mut Rng) -> BTreeSet<Pair> {
        let line = (1..servers).map(|server| (server - 1, server));
        match self {
            Shape::Line => line.collect(),
            Shape::Ring => line.chain((servers > 2).then_some((0, servers - 1))).collect(),
            Shape::Star => (1..servers).map(|server| (0, server)).collect(),
            Shape::Mesh => (1..servers).flat_map(|b| (0..b).map(move |a| (a, b))).collect(),
            Shape::Random => random(servers, dice),
        }
    }
}

fn random(servers: usize, dice: &mut Rng) -> BTreeSet<Pair> {
    let mut links: BTreeSet<Pair> =
        (1..servers).map(|server| (dice.usize(..server), server)).collect();
    for _ in 0..dice.usize(..=servers / 2) {
        let (a, b) = (dice.usize(..servers), dice.usize(..servers));
        if a != b {
            links.insert((a.min(b), a.max(b)));
        }
    }
    links
}

/// How many links away each server is from one of them.
pub(crate) fn distances(servers: usize, links: &BTreeSet<Pair>, from: usize) -> Vec<usize> {
    let mut distances = vec![usize::MAX; servers];
    let (mut reached, mut steps) = (vec![from], 0);
    while !reached.is_empty() {
        for server in &reached {
            distances[*server] = steps;
        }
        let next: BTreeSet<usize> = links
            .iter()
            .flat_map(|(a, b)| [(*a, *b), (*b, *a)])
            .filter(|(one, other)| reached.contains(one) && distances[*other] == usize::MAX)
            .map(|(_, other)| other)
            .collect();
        (reached, steps) = (next.into_iter().collect(), steps + 1);
    }
    distances
}

/// The most links between any two servers.
pub(crate) fn diameter(servers: usize, links: &BTreeSet<Pair>) -> usize {
    (0..servers).flat_map(|from| distances(servers, links, from)).max().unwrap_or(0)
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Shape::Line => "line",
            Shape::Ring => "ring",
            Shape::Star => "star",
            Shape::Mesh => "mesh",
            Shape::Random => "random",
        })
    }
}

/// It is no shape's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the shapes are line, ring, star, mesh and random")]
pub struct NoShape;

impl FromStr for Shape {
    type Err = NoShape;

    fn from_str(name: &str) -> Result<Shape, NoShape> {
        Shape::ALL.into_iter().find(|shape| shape.to_string() == name).ok_or(NoShape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_joins_all_servers() {
        let mut dice = Rng::with_seed(1);
        for shape in Shape::ALL {
            for servers in 2..20 {
                let links = shape.links(servers, &mut dice);
                assert!(diameter(servers, &links) < servers, "{shape} of {servers}");
                assert_eq!(shape.to_string().parse(), Ok(shape));
            }
        }
        assert_eq!(diameter(7, &Shape::Line.links(7, &mut dice)), 6);
        assert_eq!(diameter(7, &Shape::Ring.links(7, &mut dice)), 3);
    }
}
