//! Real servers, killed and ended under the load of real clients.

// Helpers of tests fail as tests do, and print the seed that brings a failure back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use postrider_proto::Number;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};
use support::{
    Accepted, Message, Network, PATIENCE, Person, PlainSocket, Running, eventually, look, number,
    postrider,
};

/// Names a seed to bring a failure back.
const SEED: &str = "PROCESSES_SEED";

const SERVERS: usize = 5;
const RIDERS_PER_SERVER: usize = 3;
const TEXTS_PER_RIDER: u32 = 60;

/// The most texts that a rider reads after each that it sends.
const READS_PER_TEXT: usize = 3;

#[test]
fn killed_at_random_under_load_every_accepted_text_arrives_once_and_in_order() {
    let seed = seed();
    println!("{SEED}={seed}");
    let network = Network::new(SERVERS);
    let sites: Vec<Site<'_>> = (1..=SERVERS).map(|index| Site::start(&network, index)).collect();
    let mut riders = riders(&sites, seed);
    everybody_greets_everybody(&mut riders);
    let progress = Progress::of(riders.len());
    std::thread::scope(|scope| {
        for rider in &mut riders {
            let progress = &progress;
            scope.spawn(move || rider.rides(progress));
        }
        scope.spawn(|| torment(&sites, &progress, seed));
    });
    let sent: BTreeMap<Number, BTreeMap<Number, u32>> =
        riders.iter().map(|rider| (rider.person.number, rider.sent.clone())).collect();
    for rider in &mut riders {
        rider.reads_the_rest(&sent);
    }
    let (copies, kills) = (riders.iter().map(|rider| rider.copies).sum::<u32>(), kills(&sites));
    println!("{kills} kills; {copies} texts handed out again because a crash undid their ack");
    assert!(kills > 0);
    end_in_order(&network, sites);
}

#[test]
fn a_server_that_was_down_gets_what_was_forwarded_for_it() {
    let network = Network::new(3);
    let mut servers = network.serve_all();
    let mut ann = Person::at(network.address(1), number(1));
    let mut ben = Person::at(network.address(3), number(3));
    ann.sends(ben.number, "before");
    assert_eq!(ben.receives(1), ["before"]);
    ben.settles();
    servers.pop().unwrap().kill();
    let texts: Vec<String> = (1..=30).map(|count| format!("meanwhile {count}")).collect();
    for text in &texts[..20] {
        ann.sends(ben.number, text);
    }
    // The one that holds them does not stay up either.
    servers.remove(0).kill();
    let _first = network.serve(1);
    for text in &texts[20..] {
        ann.sends(ben.number, text);
    }
    let _last = network.serve(3);
    assert_eq!(ben.receives(texts.len()), texts);
    assert_eq!(ben.gets(), None);
}

#[test]
fn killed_servers_know_again_where_everybody_is() {
    let network = Network::new(3);
    let mut servers = network.serve_all();
    let mut ann = Person::at(network.address(1), number(1));
    let mut ben = Person::at(network.address(3), number(3));
    ann.sends(ben.number, "hello");
    ben.receives(1);
    ben.sends(ann.number, "hello");
    ann.receives(1);
    ann.settles();
    ben.settles();
    servers.drain(..).for_each(Running::kill);
    let _servers = network.serve_all();
    // Nobody greets anew: what is known is what was known.
    ann.sends(ben.number, "still there?");
    assert_eq!(ben.receives(1), ["still there?"]);
    ben.sends(ann.number, "still here");
    assert_eq!(ann.receives(1), ["still here"]);
}

#[test]
fn a_text_whose_ack_has_just_come_survives_sigkill_and_the_numbers_go_on() {
    let network = Network::new(1);
    let mut server = network.serve(1);
    let mut ann = Person::at(network.address(1), number(1));
    let ben = number(2);
    let texts: Vec<String> = (0..15).map(|count| format!("text {count}")).collect();
    for (count, text) in texts.iter().enumerate() {
        let accepted = ann.sends(ben, text);
        server.kill();
        assert_eq!(usize::from(accepted.seq), count);
        server = network.serve(1);
    }
    let ben = Person::at(network.address(1), ben);
    assert_eq!(ben.receives(texts.len()), texts);
    assert_eq!(ben.gets(), None);
}

#[test]
fn a_repeat_is_recognised_after_sigkill() {
    let network = Network::new(1);
    let server = network.serve(1);
    let mut ann = Person::at(network.address(1), number(1));
    let ben = Person::at(network.address(1), number(2));
    ann.sends(ben.number, "another one");
    let Accepted { seq, .. } = ann.sends(ben.number, "once");
    server.kill();
    let _server = network.serve(1);
    assert_eq!(ann.sends_again(ben.number, "once").seq, seq);
    assert_eq!(ann.sends(ben.number, "once").seq, seq + 1, "another mark is another text");
    assert_eq!(ben.receives(3), ["another one", "once", "once"]);
    assert_eq!(ben.gets(), None);
}

#[test]
fn sigterm_answers_what_was_received_and_keeps_what_was_answered() {
    const TEXTS: usize = 200;
    let network = Network::new(1);
    let (server, address) = (network.serve(1), network.address(1));
    let socket = PlainSocket::new();
    for count in 0..TEXTS {
        socket.tell(address, format!("send/0/0000000001/0000000002/text {count}"));
    }
    let ended = server.drain();
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    // Whatever it had to say is here by now.
    let acks: Vec<String> = std::iter::from_fn(|| socket.hear_within(Duration::ZERO))
        .map(|(_, answer)| answer)
        .collect();
    let expected = |count| format!("ack/{}/0000000001/0000000002/", count % 100);
    assert_eq!(acks, (0..acks.len()).map(expected).collect::<Vec<_>>());
    assert!(ended.err.contains(&format!("accepted={} ", acks.len())), "{}", ended.err);
    let _server = network.serve(1);
    let ben = Person::at(address, number(2));
    let texts: Vec<String> = (0..acks.len()).map(|count| format!("text {count}")).collect();
    assert_eq!(ben.receives(acks.len()), texts);
    assert_eq!(ben.gets(), None);
}

#[test]
fn after_sigterm_the_numbers_go_on_and_what_was_read_stays_read() {
    let network = Network::new(1);
    let server = network.serve(1);
    let mut ann = Person::at(network.address(1), number(1));
    let ben = Person::at(network.address(1), number(2));
    for count in 0..130 {
        assert_eq!(ann.sends(ben.number, &count.to_string()).seq, count % 100);
    }
    let read: Vec<String> = (0..100).map(|count| count.to_string()).collect();
    assert_eq!(ben.receives(100), read);
    server.drain().well();
    let _server = network.serve(1);
    assert_eq!(ann.sends(ben.number, "130").seq, 30);
    let rest: Vec<String> = (100..=130).map(|count| count.to_string()).collect();
    assert_eq!(ben.receives(31), rest);
    assert_eq!(ben.gets(), None);
}

fn seed() -> u64 {
    let given = std::env::var(SEED).ok();
    given.map_or_else(|| fastrand::u64(..), |seed| seed.parse().expect("a seed is a number"))
}

/// A server that is killed now and then.
struct Site<'n> {
    network: &'n Network,
    index: usize,
    /// Even while it runs for certain, and another number each time.
    life: AtomicU64,
    running: Mutex<Option<Running>>,
}

impl<'n> Site<'n> {
    fn start(network: &'n Network, index: usize) -> Site<'n> {
        let running = Mutex::new(Some(network.serve(index)));
        Site { network, index, life: AtomicU64::new(0), running }
    }

    fn kill(&self) {
        self.life.fetch_add(1, SeqCst);
        self.running.lock().unwrap().take().expect("it runs").kill();
    }

    fn restart(&self) {
        *self.running.lock().unwrap() = Some(self.network.serve(self.index));
        self.life.fetch_add(1, SeqCst);
    }
}

fn kills(sites: &[Site<'_>]) -> u64 {
    sites.iter().map(|site| site.life.load(SeqCst) / 2).sum()
}

/// How far the riders are.
struct Progress {
    state: Mutex<(usize, usize)>,
    changed: Condvar,
}

impl Progress {
    fn of(riders: usize) -> Progress {
        Progress { state: Mutex::new((0, riders)), changed: Condvar::new() }
    }

    fn accepted(&self) {
        self.state.lock().unwrap().0 += 1;
        self.changed.notify_all();
    }

    /// Waits until so many more texts have been accepted; false where all riders are
    /// done before.
    fn wait_for_more(&self, texts: usize) -> bool {
        let state = self.state.lock().unwrap();
        let enough = state.0 + texts;
        let goes_on = |state: &mut (usize, usize)| state.0 < enough && state.1 > 0;
        let state = self.changed.wait_timeout_while(state, 2 * PATIENCE, goes_on).unwrap().0;
        state.1 > 0
    }
}

/// A rider that is done, or has failed.
struct Leaving<'p>(&'p Progress);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        if let Ok(mut state) = self.0.state.lock() {
            state.1 -= 1;
        }
        self.0.changed.notify_all();
    }
}

/// Kills one or two servers at a time, and starts them again, until the riders are done.
fn torment(sites: &[Site<'_>], progress: &Progress, seed: u64) {
    let mut dice = fastrand::Rng::with_seed(seed);
    while progress.wait_for_more(dice.usize(5..40)) {
        // Anywhere between two answers, not always right after one.
        std::thread::sleep(Duration::from_micros(dice.u64(0..3_000)));
        let together = dice.usize(1..=2);
        let victims = dice.choose_multiple(sites, together);
        victims.iter().for_each(|site| site.kill());
        victims.iter().for_each(|site| site.restart());
    }
}

/// A person under load, with all that they sent and received.
struct Rider<'s> {
    person: Person,
    life: &'s AtomicU64,
    others: Vec<Number>,
    dice: fastrand::Rng,
    /// The last count sent to each.
    sent: BTreeMap<Number, u32>,
    /// The counts received from each, as they came.
    arrived: BTreeMap<Number, Vec<u32>>,
    /// What was acknowledged in which life of the server, and may be handed out again
    /// after a crash.
    unsettled: Vec<(u64, Message)>,
    copies: u32,
}

fn riders<'s>(sites: &'s [Site<'_>], seed: u64) -> Vec<Rider<'s>> {
    let all: Vec<(usize, Number)> = (0..SERVERS * RIDERS_PER_SERVER)
        .map(|rider| (rider % SERVERS, number(5_550_000_000 + rider as u64)))
        .collect();
    let rider = |(place, me): &(usize, Number)| Rider {
        person: Person::at(sites[*place].network.address(place + 1), *me),
        life: &sites[*place].life,
        others: all.iter().map(|(_, other)| *other).filter(|other| other != me).collect(),
        dice: fastrand::Rng::with_seed(seed ^ me.value()),
        sent: BTreeMap::new(),
        arrived: BTreeMap::new(),
        unsettled: Vec::new(),
        copies: 0,
    };
    all.iter().map(rider).collect()
}

/// Once everybody has heard from everybody, every server knows where all are.
fn everybody_greets_everybody(riders: &mut [Rider<'_>]) {
    for rider in &mut *riders {
        for to in rider.others.clone() {
            rider.sends(to);
        }
    }
    for rider in riders {
        let greetings = rider.others.len();
        eventually("everybody's greeting", || {
            while rider.reads() {}
            (rider.arrived.len() == greetings).then_some(())
        });
    }
}

impl Rider<'_> {
    fn rides(&mut self, progress: &Progress) {
        let _leaving = Leaving(progress);
        for _ in 0..TEXTS_PER_RIDER {
            let to = *self.dice.choice(&self.others).unwrap();
            self.sends(to);
            progress.accepted();
            for _ in 0..READS_PER_TEXT {
                if !self.reads() {
                    break;
                }
            }
        }
    }

    fn sends(&mut self, to: Number) {
        let life = self.life.load(SeqCst);
        let count = self.sent.entry(to).or_default();
        *count += 1;
        let Accepted { asked, .. } = self.person.sends(to, &count.to_string());
        // An accepted text's flush takes along every ack that came before it.
        if asked == 1 && life.is_multiple_of(2) && self.life.load(SeqCst) == life {
            self.unsettled.retain(|(acknowledged_in, _)| *acknowledged_in != life);
        }
    }

    /// Reads and acknowledges one text, if there is one.
    fn reads(&mut self) -> bool {
        let life = self.life.load(SeqCst);
        let Some(message) = self.person.takes() else { return false };
        let life_after = self.life.load(SeqCst);
        match self.unsettled.iter_mut().find(|(_, known)| *known == message) {
            Some((acknowledged_in, _)) => {
                let crashed = *acknowledged_in != life_after || !life_after.is_multiple_of(2);
                assert!(crashed, "{message:?} came again without a crash");
                *acknowledged_in = life;
                self.copies += 1;
            }
            None => {
                let count = message.text.parse().expect("texts are counts");
                self.arrived.entry(message.from).or_default().push(count);
                self.unsettled.push((life, message));
            }
        }
        true
    }

    /// Reads until all that was accepted for it is there, and checks what has arrived.
    fn reads_the_rest(&mut self, sent: &BTreeMap<Number, BTreeMap<Number, u32>>) {
        let me = self.person.number;
        let expected: BTreeMap<Number, Vec<u32>> = sent
            .iter()
            .filter_map(|(from, sent)| Some((*from, (1..=*sent.get(&me)?).collect())))
            .collect();
        let total: usize = expected.values().map(Vec::len).sum();
        let deadline = Instant::now() + PATIENCE;
        while self.arrived.values().map(Vec::len).sum::<usize>() < total
            && Instant::now() < deadline
        {
            self.reads();
        }
        while self.reads() {}
        assert_eq!(self.arrived, expected, "the counts that {me} received, by sender");
    }
}

/// What has arrived may wait for an ack between servers that was lost with a kill: it is sent
/// again then. What a mailbox holds would wait for ever.
fn nothing_waits(network: &Network, sites: &[Site<'_>]) {
    for site in sites {
        eventually("a server at which nothing waits", || {
            let status = look(&network.data(site.index), "status", &[]);
            (status["holds"]["messages"] == 0).then_some(())
        });
    }
}

fn end_in_order(network: &Network, sites: Vec<Site<'_>>) {
    nothing_waits(network, &sites);
    for site in sites {
        site.running.lock().unwrap().take().expect("it runs").drain().well();
        let checked = Running::to_end(postrider("check").arg(network.data(site.index))).well();
        assert!(checked.contains(" 0 messages waiting"), "{checked}");
    }
}
