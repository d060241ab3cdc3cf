//! Links between servers, and the shortest ways over them.

use super::Station;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// All ends of links, as their servers tell.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// The cost from one station to another, as the first says.
    ends: BTreeMap<(Station, Station), u16>,
}

/// The way to each station: over which neighbour, and what it costs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Routes(Vec<Option<Route>>);

/// The next station on the way, and the cost of the whole of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// What the way costs.
    pub cost: u64,
    /// The first step.
    pub next: Station,
}

impl Graph {
    /// What the first says of its link to the second; 0 if there is none.
    pub(crate) fn set(&mut self, from: Station, to: Station, cost: u16) {
        if cost == 0 {
            self.ends.remove(&(from, to));
        } else {
            self.ends.insert((from, to), cost);
        }
    }

    /// What the first says of its link to the second; 0 if it says nothing.
    pub(crate) fn cost(&self, from: Station, to: Station) -> u16 {
        self.ends.get(&(from, to)).copied().unwrap_or(0)
    }

    /// The stations that one says it has links to.
    pub(crate) fn peers(&self, from: Station) -> Vec<Station> {
        let all = self.ends.range((from, Station(0))..=(from, Station(u16::MAX)));
        all.map(|((_, to), _)| *to).collect()
    }

    /// The links of a station that both ends list.
    fn links(&self, from: Station) -> impl Iterator<Item = (Station, u64)> + '_ {
        let all = self.ends.range((from, Station(0))..=(from, Station(u16::MAX)));
        let both = all.filter(move |((_, to), _)| self.ends.contains_key(&(*to, from)));
        both.map(|((_, to), cost)| (*to, u64::from(*cost)))
    }

    /// The shortest ways from this server to all others; of equal ones, the one over the
    /// neighbour with the lesser number. Costs (links + stations) · log stations.
    pub(crate) fn routes(&self, stations: usize) -> Routes {
        let mut routes: Vec<Option<Route>> = vec![None; stations];
        let mut reached = BinaryHeap::new();
        for (next, cost) in self.links(Station::ME) {
            reached.push(Reverse((Route { cost, next }, next)));
        }
        while let Some(Reverse((route, at))) = reached.pop() {
            let Some(found) = routes.get_mut(at.index()) else { continue };
            if at == Station::ME || found.is_some() {
                continue;
            }
            *found = Some(route);
            for (to, cost) in self.links(at) {
                reached.push(Reverse((Route { cost: route.cost + cost, ..route }, to)));
            }
        }
        Routes(routes)
    }
}

impl Graph {
    /// What the shortest way from one station to each costs; none where there is no way.
    /// Costs as much as [`Graph::routes`].
    pub(crate) fn distances(&self, from: Station, stations: usize) -> Vec<Option<u64>> {
        let mut distances: Vec<Option<u64>> = vec![None; stations];
        let mut reached = BinaryHeap::from([Reverse((0, from))]);
        while let Some(Reverse((cost, at))) = reached.pop() {
            match distances.get_mut(at.index()) {
                Some(found @ None) => *found = Some(cost),
                _ => continue,
            }
            reached.extend(self.links(at).map(|(to, step)| Reverse((cost + step, to))));
        }
        distances
    }

    /// The stations on the shortest way from this server to another, that one last, and
    /// what each step costs. Found like [`Graph::routes`].
    pub(crate) fn way(&self, to: Station, stations: usize) -> Vec<(Station, u64)> {
        let mut before: Vec<Option<(Station, u64)>> = vec![None; stations];
        let mut reached = BinaryHeap::from([Reverse((0, Station::ME, Station::ME, 0))]);
        while let Some(Reverse((cost, at, from, step))) = reached.pop() {
            match before.get_mut(at.index()) {
                Some(found @ None) => *found = Some((from, step)),
                _ => continue,
            }
            for (next, step) in self.links(at) {
                reached.push(Reverse((cost + step, next, at, step)));
            }
        }
        let mut way = Vec::new();
        let mut at = to;
        while at != Station::ME {
            let Some((from, step)) = before.get(at.index()).copied().flatten() else {
                return Vec::new();
            };
            way.push((at, step));
            at = from;
        }
        way.reverse();
        way
    }
}

impl Routes {
    pub(crate) fn to(&self, station: Station) -> Option<Route> {
        self.0.get(station.index()).copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn graph(links: &[(u16, u16, u16)]) -> Graph {
        let mut graph = Graph::default();
        for (a, b, cost) in links {
            graph.set(Station(*a), Station(*b), *cost);
            graph.set(Station(*b), Station(*a), *cost);
        }
        graph
    }

    #[test]
    fn a_link_counts_once_both_ends_list_it() {
        let mut graph = graph(&[(0, 1, 1)]);
        graph.set(Station(1), Station(2), 1);
        assert_eq!(graph.routes(3).to(Station(2)), None);
        graph.set(Station(2), Station(1), 9);
        let route = Route { cost: 2, next: Station(1) };
        assert_eq!(graph.routes(3).to(Station(2)), Some(route));
    }

    #[test]
    fn the_way_round_is_taken_when_the_short_one_is_cut() {
        let mut graph = graph(&[(0, 1, 1), (1, 2, 1), (2, 3, 1), (3, 0, 1)]);
        assert_eq!(graph.routes(4).to(Station(1)), Some(Route { cost: 1, next: Station(1) }));
        graph.set(Station(0), Station(1), 0);
        assert_eq!(graph.routes(4).to(Station(1)), Some(Route { cost: 3, next: Station(3) }));
    }

    #[test]
    fn distances_are_the_costs_of_the_ways() {
        let graph = graph(&[(0, 1, 1), (1, 2, 5), (0, 2, 9)]);
        assert_eq!(graph.distances(Station(1), 4), [Some(1), Some(0), Some(5), None]);
        assert_eq!(graph.distances(Station(2), 3), [Some(6), Some(5), Some(0)]);
    }

    proptest! {
        /// Held against Bellman and Ford's way, which is slower and simpler.
        #[test]
        fn no_way_is_shorter(
            links in prop::collection::vec((0..8_u16, 0..8_u16, 1..9_u16), 0..20),
        ) {
            let links: Vec<_> = links.into_iter().filter(|(a, b, _)| a != b).collect();
            let graph = graph(&links);
            let mut least = [u64::MAX; 8];
            least[0] = 0;
            for _ in 0..8 {
                for ((a, b), cost) in &graph.ends {
                    let over = least[a.index()].saturating_add(u64::from(*cost));
                    least[b.index()] = least[b.index()].min(over);
                }
            }
            let routes = graph.routes(8);
            for station in 1..8_u16 {
                let cost = routes.to(Station(station)).map(|route| route.cost);
                let expected = Some(least[usize::from(station)]).filter(|cost| *cost < u64::MAX);
                prop_assert_eq!(cost, expected);
            }
        }
    }
}
