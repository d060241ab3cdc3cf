//! Lines of five in which each server is native or a stranger's classic one, in every
//! pattern; natives that stand next to each other are joined by a trunk.
//!
//! ```text
//!   native ══ native ── classic ── native ── classic        ══ a trunk, and the line
//!      └─────────┴── somebody at each ─┴─────────┘          ── the line alone
//! ```

// Helpers of tests fail as tests do, and say why they were skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use postrider_proto::Number;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Builder;
use support::{Gateways, Mesh, Person, Python, Running, eventually, look, number, rows};

const SERVERS: usize = 5;

/// Lines that are run at once: more would only wait for each other.
const AT_ONCE: usize = 4;

#[test]
fn natives_and_strangers_in_every_pattern_of_five_text_each_other() {
    let patterns = (0..1_u32 << SERVERS).map(|bits| std::array::from_fn(|at| bits >> at & 1 == 1));
    in_parallel(&patterns.collect::<Vec<_>>(), |python, pattern| {
        Mixed::start(python, pattern).tells_all_stories();
    });
}

/// Until the trunks are up, natives are classic servers to each other.
#[test]
fn texts_cross_a_line_while_its_trunks_come_up() {
    let patterns = [[true; SERVERS], [false, true, false, true, true]];
    in_parallel(&patterns, |python, pattern| {
        let gateways = Gateways::new(&pattern);
        let servers = serve_line(python, &gateways, &pattern);
        everybody_texts_everybody(&mut people_at(&gateways));
        servers.into_iter().for_each(|server| drop(server.drain().well()));
    });
}

#[test]
fn a_line_sees_natives_that_stand_in_no_line() {
    let Some(python) = Python::find() else { return };
    for pattern in [[false, true, false], [true, true, false]] {
        Behind::start(&python, pattern).tells_its_story();
    }
}

/// Runs a story for each pattern, some at a time. What fails is told by the thread's name,
/// such as "line nncnc".
fn in_parallel<const N: usize>(patterns: &[[bool; N]], story: impl Fn(&Python, [bool; N]) + Sync) {
    let Some(python) = Python::find() else { return };
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(pattern) = patterns.get(next.fetch_add(1, Ordering::Relaxed)) {
                    std::thread::scope(|one| {
                        let thread = Builder::new().name(format!("line {}", drawn(pattern)));
                        thread.spawn_scoped(one, || story(&python, *pattern)).unwrap();
                    });
                }
            });
        }
    });
}

fn drawn(pattern: &[bool]) -> String {
    pattern.iter().map(|native| if *native { 'n' } else { 'c' }).collect()
}

/// A line of natives and strangers, and somebody at each of them.
struct Mixed {
    pattern: [bool; SERVERS],
    gateways: Gateways,
    servers: Vec<Running>,
    people: Vec<Person>,
}

impl Mixed {
    fn start(python: &Python, pattern: [bool; SERVERS]) -> Mixed {
        let gateways = Gateways::new(&pattern);
        let servers = serve_line(python, &gateways, &pattern);
        gateways.are_joined();
        Mixed { pattern, people: people_at(&gateways), gateways, servers }
    }

    fn tells_all_stories(mut self) {
        everybody_texts_everybody(&mut self.people);
        self.what_became_of_a_native_clients_texts_is_known();
        self.somebody_moves_to_the_other_kind_and_back();
        for server in self.servers {
            server.drain().well();
        }
    }

    /// Between natives with a trunk a text is delivered; a classic server has it otherwise.
    fn what_became_of_a_native_clients_texts_is_known(&mut self) {
        for place in self.places(true) {
            for other in (1..=SERVERS).filter(|other| *other != place) {
                let to = self.people[other - 1].number;
                self.people[place - 1].sends(to, "and this?");
                assert_eq!(self.people[other - 1].receives(1), ["and this?"]);
                let joined = (place.min(other)..=place.max(other)).all(|at| self.pattern[at - 1]);
                let expected = if joined { "delivered" } else { "passed on" };
                self.sees_the_end(place, other, expected);
            }
        }
    }

    fn sees_the_end(&self, place: usize, other: usize, expected: &str) {
        let pair = format!("{}-{}", self.people[place - 1].number, self.people[other - 1].number);
        eventually(&format!("{pair} {expected} in {}", drawn(&self.pattern)), || {
            let trace = look(&self.gateways.data(place), "trace", &[&pair]);
            let last = rows(&trace, "messages").last()?;
            (last["state"] == expected).then_some(())
        });
    }

    /// The places of natives, or of strangers.
    fn places(&self, native: bool) -> Vec<usize> {
        (1..=SERVERS).filter(|place| self.pattern[place - 1] == native).collect()
    }

    fn somebody_moves_to_the_other_kind_and_back(&mut self) {
        let (natives, classics) = (self.places(true), self.places(false));
        let (Some(native), Some(classic)) = (natives.first(), classics.last()) else { return };
        let mut mover = Person::at(self.gateways.address(*classic), number(300));
        let mut last = "at first".to_owned();
        for to in [*native, *classic, *native] {
            self.everybody_texts(&mover, &last);
            self.falls_quiet();
            last = format!("while at server {to}");
            mover.moves(self.gateways.address(to));
            self.all_arrive(&mover, 1);
            self.everybody_texts(&mover, &last);
            self.all_arrive(&mover, 1);
        }
        assert_eq!(mover.gets(), None);
    }

    fn everybody_texts(&mut self, mover: &Person, text: &str) {
        for person in &mut self.people {
            person.sends(mover.number, text);
        }
    }

    fn all_arrive(&self, mover: &Person, each: usize) {
        let arrived = receives_from_all(mover, each * SERVERS);
        assert!(arrived.values().all(|texts| texts.len() == each), "{arrived:?}");
    }

    /// Waits until every list has been read: see the same in `strangers.rs`.
    fn falls_quiet(&mut self) {
        for _ in 0..=SERVERS {
            self.people.iter_mut().for_each(Person::settles);
        }
    }
}

fn people_at(gateways: &Gateways) -> Vec<Person> {
    let attach = |place| Person::at(gateways.address(place), number(500 + place as u64));
    (1..=SERVERS).map(attach).collect()
}

/// Texts that each one sends to each other.
const TEXTS: usize = 3;

/// Each text arrives once, and those of each sender in order.
fn everybody_texts_everybody(people: &mut [Person]) {
    let numbers: Vec<Number> = people.iter().map(|person| person.number).collect();
    for at in 0..TEXTS {
        for person in &mut *people {
            let others = numbers.iter().filter(|number| **number != person.number);
            let others: Vec<Number> = others.copied().collect();
            for other in others {
                person.sends(other, &format!("text {at}"));
            }
        }
    }
    let expected: Vec<String> = (0..TEXTS).map(|at| format!("text {at}")).collect();
    for person in &*people {
        let arrived = receives_from_all(person, TEXTS * (people.len() - 1));
        assert_eq!(arrived.len(), people.len() - 1, "{arrived:?}");
        assert!(arrived.values().all(|texts| *texts == expected), "{arrived:?}");
    }
    for person in people {
        assert_eq!(person.gets(), None);
    }
}

/// Waits for so many texts, and returns them by their senders.
fn receives_from_all(person: &Person, count: usize) -> BTreeMap<Number, Vec<String>> {
    let mut arrived: BTreeMap<Number, Vec<String>> = BTreeMap::new();
    for at in 0..count {
        let what = format!("text {at} of {count} for {} at {}", person.number, person.server);
        let message = eventually(&format!("{what}, after {arrived:?}"), || person.takes());
        arrived.entry(message.from).or_default().push(message.text);
    }
    arrived
}

fn serve_line(python: &Python, gateways: &Gateways, pattern: &[bool]) -> Vec<Running> {
    let serve = |(at, native): (usize, &bool)| match native {
        true => gateways.serve(at + 1),
        false => python.serve(gateways.network(), at + 1),
    };
    pattern.iter().enumerate().map(serve).collect()
}

/// A line, and two natives behind its last native that stand in no line.
struct Behind {
    gateways: Gateways,
    mesh: Mesh,
    servers: Vec<Running>,
}

impl Behind {
    fn start(python: &Python, pattern: [bool; 3]) -> Behind {
        let mut mesh = Mesh::line(2);
        let mut gateways = Gateways::new(&pattern);
        let last = pattern.iter().rposition(|native| *native).unwrap() + 1;
        mesh.tell(1, gateways.peer(last));
        gateways.tell(last, mesh.peer(1));
        let mut servers = serve_line(python, &gateways, &pattern);
        servers.extend(mesh.serve_all());
        Behind { gateways, mesh, servers }
    }

    fn tells_its_story(self) {
        let line: Vec<SocketAddr> = (1..=3).map(|place| self.gateways.address(place)).collect();
        let behind = [self.mesh.address(1), self.mesh.address(2)];
        let all = line.iter().chain(&behind).enumerate();
        let attach =
            |(at, server): (usize, &SocketAddr)| Person::at(*server, number(700 + at as u64));
        let mut people: Vec<Person> = all.map(attach).collect();
        everybody_texts_everybody(&mut people);
        self.somebody_moves_out_of_the_line_and_back(&mut people);
        for server in self.servers {
            server.drain().well();
        }
    }

    /// From the last server of the line, a stranger's, to the native that is farthest away.
    fn somebody_moves_out_of_the_line_and_back(&self, people: &mut [Person]) {
        let (inside, outside) = (self.gateways.address(3), self.mesh.address(2));
        let mut mover = Person::at(inside, number(300));
        for to in [outside, inside, outside] {
            for person in &mut *people {
                person.sends(mover.number, "before");
            }
            for _ in 0..=people.len() {
                people.iter_mut().for_each(Person::settles);
            }
            mover.moves(to);
            for text in ["before", "after"] {
                let arrived = receives_from_all(&mover, people.len());
                assert!(arrived.values().all(|texts| *texts == [text]), "{arrived:?}");
                if text == "before" {
                    for person in &mut *people {
                        person.sends(mover.number, "after");
                    }
                }
            }
        }
        assert_eq!(mover.gets(), None);
    }
}
