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
        loop {
            if left == Some(0) {
                drop(device);
                let profile = Profile::simulated(&folder, &[4; 32]).unwrap();
                device = Device::new(now, profile, Some("two".to_owned()));
            }
            left = left.and_then(|left| left.checked_sub(1));
            let more = device.step(now).unwrap();
            while let Some(told) = device.poll_told() {
                if let Told::Resolve(servers) = told {
                    let found = |server| Resolved { server, found: Ok(SocketAddr::from(SERVER)) };
                    device.connect(now, servers.into_iter().map(found).collect());
                }
            }
            if !more {
                break;
            }
        }
        exchange(&mut device, &mut server, now, &mut sent);
        millis += 10;
    }
    let history = device.profile().history();
    assert_eq!(history.outbox().unwrap(), 0);
    let page = history.page(number(1), None, 10).unwrap();
    (sent, page.into_iter().map(|entry| entry.way).collect())
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
    for steps in 0..60 {
        let (_, ways) = live(Some(steps));
        let delivered =
            |way: &&Way| matches!(way, Way::Sent(State::Delivered { proven: true, .. }));
        let received = |way: &&Way| matches!(way, Way::Received { .. });
        let found = (ways.iter().filter(delivered).count(), ways.iter().filter(received).count());
        assert_eq!((found, ways.len()), ((1, 1), 2), "after {steps} steps: {ways:?}");
    }
}
