use super::*;
use crate::testing::Server as TestServer;
use crate::{Draft, Keys, Stamp, State, Way};
use postrider_proto::Number;
use std::net::SocketAddr;
use std::time::Duration;

const SERVER: ([u8; 4], u16) = ([10, 0, 0, 1], 10_410);

fn number(value: u64) -> Number {
    Number::from_value(value).unwrap()
}

fn moment(millis: u64) -> Moment {
    let ran = Duration::from_millis(millis);
    let stamp = Stamp(1_000_000 + millis as i64);
    Moment { time: Time::ZERO + ran, stamp, ran: Some(ran) }
}

/// A device that writes to itself; what it sends, and its history's states, over ten seconds.
/// It may lose power after so many steps, and comes back with what it had on disk.
fn live(steps: Option<usize>) -> (Vec<Vec<u8>>, Vec<Way>) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("ann");
    let keys = Keys::from_secrets(number(1), &[1; 32], &[2; 32]);
    let mut profile = Profile::create_simulated(&folder, &keys, &[3; 32]).unwrap();
    profile.set_servers(&[Server::at("the server")]).unwrap();
    profile.compose(&Draft::new(number(1), "Hi"), Stamp(0)).unwrap();
    let mut device = Device::new(moment(0), profile, Some("one".to_owned()));
    let (mut server, mut sent, mut left) = (TestServer::new(9), Vec::new(), steps);
    let mut millis = 0;
    while millis < 10_000 {
        let now = moment(millis);
        device.begin(now, false).unwrap();
        loop {
            if left == Some(0) {
                drop(device);
                let profile = Profile::simulated(&folder, &[4; 32]).unwrap();
                device = Device::new(now, profile, Some("two".to_owned()));
                device.begin(now, false).unwrap();
            }
            left = left.and_then(|left| left.checked_sub(1));
            if !device.step(now).unwrap() {
                break;
            }
        }
        device.commit().unwrap();
        find_servers(&mut device, now);
        exchange(&mut device, &mut server, now, &mut sent);
        millis += 10;
    }
    let history = device.profile().history();
    assert_eq!(history.outbox().unwrap(), 0);
    let page = history.page(number(1), None, 10).unwrap();
    (sent, page.into_iter().map(|entry| entry.way).collect())
}

fn find_servers(device: &mut Device, now: Moment) {
    while let Some(told) = device.poll_told() {
        if let Told::Resolve(servers) = told {
            let found = |server| Resolved { server, found: Ok(SocketAddr::from(SERVER)) };
            device.connect(now, servers.into_iter().map(found).collect());
        }
    }
}

fn exchange(device: &mut Device, server: &mut TestServer, now: Moment, sent: &mut Vec<Vec<u8>>) {
    let (client, mut out) = (SocketAddr::from(([10, 0, 0, 2], 1)), Vec::new());
    while device.poll_transmit(now.time, &mut out).is_some() {
        sent.push(out.clone());
        server.handle(now.time, client, &mut out);
    }
    server.handle_due(now.time);
    while server.endpoint.poll_transmit(now.time, &mut out).is_some() {
        device.hear(now, SocketAddr::from(SERVER), &mut out);
    }
}

#[test]
fn the_same_profile_and_moments_give_the_same_datagrams() {
    let (first, second) = (live(None), live(None));
    assert!(first.0.len() > 5);
    assert!(first == second);
}

#[test]
fn power_that_fails_after_any_step_costs_nothing() {
    for steps in 0..120 {
        let (_, ways) = live(Some(steps));
        let delivered =
            |way: &&Way| matches!(way, Way::Sent(State::Delivered { proven: true, .. }));
        let received = |way: &&Way| matches!(way, Way::Received { .. });
        let found = (ways.iter().filter(delivered).count(), ways.iter().filter(received).count());
        assert_eq!((found, ways.len()), ((1, 1), 2), "after {steps} steps: {ways:?}");
    }
}

/// A device that is attached, with a server that hands its word on at once.
struct Attached {
    _folder: tempfile::TempDir,
    device: Device,
    server: TestServer,
    millis: u64,
}

impl Attached {
    fn new() -> Attached {
        let folder = tempfile::tempdir().unwrap();
        let mut profile = Profile::create(&folder.path().join("ann"), number(1)).unwrap();
        profile.set_servers(&[Server::at("the server")]).unwrap();
        let device = Device::new(moment(0), profile, None);
        let mut ann = Attached { _folder: folder, device, server: TestServer::new(9), millis: 0 };
        while !ann.device.session.is_attached() {
            ann.turn(false);
        }
        // What it asks for once it is attached.
        ann.turns(10);
        ann
    }

    /// A turn, and what comes of it; says whether it was flushed.
    fn turn(&mut self, is_wanted: bool) -> bool {
        let now = moment(self.millis);
        self.device.begin(now, is_wanted).unwrap();
        let is_flushed = self.device.profile().is_flushed();
        while self.device.step(now).unwrap() {}
        self.device.commit().unwrap();
        find_servers(&mut self.device, now);
        exchange(&mut self.device, &mut self.server, now, &mut Vec::new());
        self.millis += 10;
        is_flushed
    }

    fn turns(&mut self, count: usize) {
        for _ in 0..count {
            self.turn(false);
        }
    }

    fn compose(&mut self, to: u64) {
        let now = moment(self.millis);
        let draft = Draft::new(number(to), "Hi");
        self.device.profile_to_change(now).compose(&draft, now.stamp).unwrap();
    }

    fn asked_for(&self, to: u64) -> usize {
        self.server.asked.iter().filter(|asked| **asked == number(to)).count()
    }
}

#[test]
fn only_what_would_be_learnt_again_is_not_flushed() {
    let mut ann = Attached::new();
    assert!(!ann.turn(false), "nothing is to be kept");
    ann.compose(2);
    assert!(ann.turn(false), "the text is to be signed once its number is known");
    assert!(ann.turn(false), "it is signed, with a count that may not be used again");
    assert_eq!(ann.server.taken.len(), 1);
    assert!(!ann.turn(false), "the server answers for it, and would say so again");
    assert_eq!(ann.device.profile().history().outbox().unwrap(), 0);
    assert!(ann.turn(true), "the program changes something");
}

#[test]
fn a_number_that_nobody_has_is_asked_for_once_a_second() {
    let mut ann = Attached::new();
    for _ in 0..50 {
        ann.compose(2);
        ann.turn(true);
    }
    assert_eq!(ann.asked_for(2), 1, "in half a second");
    ann.turns(100);
    ann.compose(2);
    ann.turns(10);
    assert_eq!(ann.asked_for(2), 2);
    assert_eq!(ann.server.taken.len(), 51);
}

#[test]
fn while_the_history_cannot_be_written_nothing_is_taken_and_afterwards_it_goes_on() {
    let mut ann = Attached::new();
    let pages = "PRAGMA max_page_count = 1";
    ann.device.profile().tables().query_row(pages, [], |_| Ok(())).unwrap();
    let mut kept = 0;
    let why = loop {
        let now = moment(ann.millis);
        ann.device.begin(now, true).unwrap();
        let draft = Draft::new(number(2), "x".repeat(2_000));
        let composed = ann.device.profile_to_change(now).compose(&draft, now.stamp).map(drop);
        let mut done = composed.and_then(|()| ann.device.step(now));
        while let Ok(true) = done {
            done = ann.device.step(now);
        }
        match done.map(drop).and_then(|()| ann.device.commit()) {
            Ok(()) => kept += 1,
            Err(why) => break why,
        }
        ann.millis += 10;
    };
    assert!(why.may_pass() && kept < 100, "{why} after {kept}");
    let now = moment(ann.millis);
    ann.device.look_up(now, number(2), Token(7));
    ann.device.told.push_back(Told::Unanswered(Token(8)));
    ann.device.close(now);
    ann.device.undo(now).unwrap();
    assert!(!ann.device.session.is_attached());
    let unanswered = |told: &Told| match told {
        Told::Unanswered(token) => Some(token.0),
        _ => None,
    };
    assert_eq!(ann.device.told.iter().filter_map(unanswered).collect::<Vec<_>>(), [8, 7]);
    let pages = "PRAGMA max_page_count = 1000000";
    ann.device.profile().tables().query_row(pages, [], |_| Ok(())).unwrap();
    ann.turns(1_000);
    assert!(ann.device.session.is_attached());
    assert_eq!(ann.device.profile().history().outbox().unwrap(), 0);
    let page = ann.device.profile().history().page(number(2), None, 200).unwrap();
    assert_eq!(page.len(), kept);
    let is_taken = |way: &Way| matches!(way, Way::Sent(State::Accepted { .. }));
    assert!(page.iter().all(|entry| is_taken(&entry.way)));
}
