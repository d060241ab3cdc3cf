//! Strangers' classic servers and clients, written from the protocol's page alone, and
//! ours, together in one line.
//!
//! ```text
//!   server 1 ── server 2 ── server 3 ── server 4 ── server 5 ── listening post
//!      └────── each of them a stranger's or ours ──────┘         the test itself
//! ```

// Helpers of tests fail as tests do, and say why they were skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use postrider_proto::Number;
use std::net::SocketAddr;
use std::thread::Builder;
use support::{Network, Person, PlainSocket, Python, Running, eventually, number};

const SERVERS: usize = 5;

/// The listening post's place in the line.
const POST: usize = SERVERS + 1;

/// What our client asks with whenever it has done what it was told.
const MENU: &str = "1 send   2 receive   3 quit: ";

#[test]
fn the_strangers_own_tests_pass() {
    let Some(python) = Python::find() else { return };
    let ended = python.tests();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}

#[test]
fn a_stranger_at_any_single_place_serves_with_ours() {
    in_parallel((1..=SERVERS).map(|stranger| line_of(|place| place == stranger)));
}

#[test]
fn one_of_ours_at_any_single_place_serves_with_strangers() {
    in_parallel((1..=SERVERS).map(|ours| line_of(|place| place != ours)));
}

#[test]
fn strangers_and_ours_alternate() {
    in_parallel((0..2).map(|first| line_of(|place| place % 2 == first)));
}

/// Which places, from 1, are a stranger's.
fn line_of(is_stranger: impl Fn(usize) -> bool) -> [bool; SERVERS] {
    std::array::from_fn(|place| is_stranger(place + 1))
}

fn in_parallel(patterns: impl Iterator<Item = [bool; SERVERS]>) {
    let Some(python) = Python::find() else { return };
    std::thread::scope(|scope| {
        for pattern in patterns {
            let python = &python;
            // What fails is told by the thread's name, such as "line soooo".
            let thread = Builder::new().name(format!("line {}", drawn(&pattern)));
            let stories = move || MixedLine::start(python, pattern).tells_all_stories();
            thread.spawn_scoped(scope, stories).unwrap();
        }
    });
}

fn drawn(pattern: &[bool]) -> String {
    pattern.iter().map(|stranger| if *stranger { 's' } else { 'o' }).collect()
}

/// A line of servers of both kinds, somebody at each of them, and the listening post.
struct MixedLine<'p> {
    python: &'p Python,
    pattern: [bool; SERVERS],
    network: Network,
    post: Post,
    servers: Vec<Running>,
    people: Vec<Person>,
}

impl<'p> MixedLine<'p> {
    fn start(python: &'p Python, pattern: [bool; SERVERS]) -> MixedLine<'p> {
        let network = Network::new(POST);
        let post = Post { socket: PlainSocket::at(network.address(POST)) };
        let serve = |(place, stranger): (usize, &bool)| match stranger {
            true => python.serve(&network, place + 1),
            false => network.serve(place + 1),
        };
        let servers = pattern.iter().enumerate().map(serve).collect();
        let attach = |place| Person::at(network.address(place), number(500 + place as u64));
        let people = (1..=SERVERS).map(attach).collect();
        MixedLine { python, pattern, network, post, servers, people }
    }

    fn tells_all_stories(mut self) {
        self.every_server_says_that_a_client_has_left();
        self.every_server_hears_that_a_client_has_left();
        self.texts_cross_the_line_both_ways();
        self.a_client_moves_and_gets_what_waited();
        self.a_text_waits_for_a_client_that_nobody_knows();
        for server in self.servers {
            server.drain().well();
        }
    }

    fn address(&self, place: usize) -> SocketAddr {
        self.network.address(place)
    }

    /// The first place of a stranger's server, or of ours.
    fn first(&self, stranger: bool) -> usize {
        self.pattern.iter().position(|found| *found == stranger).expect("both kinds") + 1
    }

    /// Waits until every list has been read. A server answers in the order in which it
    /// is told things, so once all have been asked, all lists that were under way have
    /// been read, and what they gave rise to is one server further; the line is as long
    /// as it is.
    fn falls_quiet(&mut self) {
        for _ in 0..=SERVERS {
            self.people.iter_mut().for_each(Person::settles);
        }
    }

    fn every_server_says_that_a_client_has_left(&self) {
        for place in 1..=SERVERS {
            let person = Person::at(self.address(place), number(100 + place as u64));
            let word = format!("terminate/0/{}//1", person.number);
            person.leaves();
            self.post.hears(self.address(place), &word);
        }
    }

    /// The post is the server of two clients until it says that one has left. From then
    /// on, texts to that one stay where they are, and those to the other still come.
    fn every_server_hears_that_a_client_has_left(&mut self) {
        let (leaver, stayer) = (number(201), number(202));
        let post = self.address(POST);
        self.post.tells(self.address(SERVERS), &format!("{leaver}/{post}?{stayer}/{post}"));
        for person in &mut self.people {
            let is_sent = self.post.is_sent_for(person, [leaver, stayer], "while both are there");
            assert!(is_sent, "a text for a client of the post is sent there");
        }
        // A list that is still under way would bring the leaver back.
        self.falls_quiet();
        for place in 1..=SERVERS {
            self.post.tells(self.address(place), &format!("terminate/0/{leaver}//1"));
        }
        for person in &mut self.people {
            let is_sent = self.post.is_sent_for(person, [leaver, stayer], "after one has left");
            assert!(!is_sent, "{} sends a text for one who has left", person.server);
        }
    }

    /// From end to end, from each kind of client to the other, and back.
    fn texts_cross_the_line_both_ways(&self) {
        let (first, last) = (self.address(1), self.address(SERVERS));
        let [theirs_first, ours_first, theirs_last, ours_last] =
            ["5550000011", "5550000012", "5550000051", "5550000052"];
        let mut ours_at_first = OurClient::attach(&self.network, 1, ours_first);
        let mut ours_at_last = OurClient::attach(&self.network, SERVERS, ours_last);

        self.python.sends(first, theirs_first, ours_last, "ahoy / from a stranger ✓");
        ours_at_last.receives(theirs_first, "ahoy / from a stranger ✓");
        ours_at_last.sends(theirs_first, "back // to you, à bientôt");
        self.python.receives(first, theirs_first, ours_last, "back // to you, à bientôt");

        ours_at_first.sends(theirs_last, "ahoy from one of ours");
        self.python.receives(last, theirs_last, ours_first, "ahoy from one of ours");
        self.python.sends(last, theirs_last, ours_first, "back to one of ours");
        ours_at_first.receives(theirs_last, "back to one of ours");
        ours_at_first.quits();
        ours_at_last.quits();
    }

    /// From a stranger's server to ours and back again. A client that moves while lists
    /// still say where it was may be overlooked by a server in between, whoever wrote
    /// it; so it takes its time.
    fn a_client_moves_and_gets_what_waited(&mut self) {
        let (theirs, ours) = (self.first(true), self.first(false));
        let mut mover = Person::at(self.address(theirs), number(300));
        for (from, to) in [(theirs, ours), (ours, theirs)] {
            self.falls_quiet();
            let text = format!("waits at server {from}");
            self.people[from - 1].sends(mover.number, &text);
            mover.moves(self.address(to));
            assert_eq!(mover.receives(1), [text]);
        }
        assert_eq!(mover.gets(), None);
    }

    fn a_text_waits_for_a_client_that_nobody_knows(&mut self) {
        let [at_last, at_first] = ["5550000061", "5550000062"];
        self.people[0].sends(at_last.parse().unwrap(), "whoever you are");
        self.people[SERVERS - 1].sends(at_first.parse().unwrap(), "whenever you come");

        let sender = |place: usize| self.people[place - 1].number.to_string();
        self.python.receives(self.address(SERVERS), at_last, &sender(1), "whoever you are");
        let mut ours = OurClient::attach(&self.network, 1, at_first);
        ours.receives(&sender(SERVERS), "whenever you come");
        ours.quits();
    }
}

/// The test itself, at the end of the line: a server that hears what others say.
struct Post {
    socket: PlainSocket,
}

impl Post {
    fn tells(&self, server: SocketAddr, datagram: &str) {
        self.socket.tell(server, datagram);
    }

    /// Waits for this word from this server.
    fn hears(&self, server: SocketAddr, word: &str) {
        self.socket.hear(|from, datagram| ((from, datagram) == (server, word)).then_some(()));
    }

    /// A person texts both, first the one in question. A server that knows both sends
    /// the two texts here in this order; one that knows only the other, only that one's.
    fn is_sent_for(&self, person: &mut Person, [one, other]: [Number; 2], word: &str) -> bool {
        person.sends(one, word);
        person.sends(other, word);
        let mut is_sent = false;
        self.socket.hear(|from, datagram| {
            let fields: Vec<&str> = datagram.splitn(5, '/').collect();
            let ["send", seq, source, to, text] = fields[..] else { return None };
            self.tells(from, &format!("ack/{seq}/{source}/{to}/"));
            let is_theirs = from == person.server && source == person.number.to_string();
            is_sent |= is_theirs && to == one.to_string();
            (is_theirs && to == other.to_string() && text == word).then_some(())
        });
        is_sent
    }
}

/// Our client at a pipe.
struct OurClient {
    program: Running,
    /// How much of what it has said is read, in bytes.
    read: usize,
}

impl OurClient {
    fn attach(network: &Network, place: usize, id: &str) -> OurClient {
        let mut client = OurClient { program: network.classic(place, id), read: 0 };
        let greeting = client.answer();
        assert!(greeting.contains(&format!("as {id}")), "{greeting}");
        client
    }

    fn sends(&mut self, to: &str, text: &str) {
        self.program.type_in(&format!("1\n{to}\n{text}\n"));
        let answer = self.answer();
        assert!(answer.contains("The server has it on disk"), "{answer}");
    }

    /// Asks until a message comes, which has to be this one.
    fn receives(&mut self, from: &str, text: &str) {
        let answer = eventually("a message for our client", || {
            self.program.type_in("2\n");
            let answer = self.answer();
            (!answer.contains("There are no messages.")).then_some(answer)
        });
        assert_eq!(answer.trim_start().lines().next(), Some(&*format!("From {from}: {text}")));
    }

    fn quits(mut self) {
        self.program.type_in("3\n");
        let said = self.program.end().well();
        assert!(said.contains("You have left the server."), "{said}");
    }

    /// What it says until it asks for the next choice.
    fn answer(&mut self) -> String {
        let read = self.read;
        let answer = self.program.said(|said| {
            let unread = said.get(read..)?;
            unread.find(MENU).map(|end| unread[..end].to_owned())
        });
        self.read += answer.len() + MENU.len();
        answer
    }
}
