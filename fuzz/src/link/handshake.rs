//! Somebody on the wire between two servers that dial each other.

use super::pair::{Pair, Script, address};
use postrider_link::LinkConfig;
use std::time::Duration;

pub fn run(bytes: &[u8]) {
    let mut script = Script(bytes);
    let mut pair = Pair::new(LinkConfig::default(), script.byte() & 1 == 1);
    for _ in 0..64 {
        if script.0.is_empty() {
            break;
        }
        step(&mut pair, &mut script);
    }
    pair.wire.clear();
    // The longest wait of all: that a dead session is noticed, or a dial comes again.
    pair.peace(240);
    assert!(pair.are_up(), "no link after four minutes of peace");
}

fn step(pair: &mut Pair, script: &mut Script<'_>) {
    let what = script.byte();
    let end = usize::from(what >> 7);
    match what & 0x7 {
        0 => own_datagram(pair, script, end),
        1 => changed(pair, script),
        2 => pair.deliver(),
        3 => drop(pair.wire.pop_front()),
        4 => doubled(pair),
        5 => pair.wait(Duration::from_millis(u64::from(script.byte()) * 10)),
        6 => pair.wire.rotate_left(pair.wire.len() / 2),
        _ => from_elsewhere(pair, script),
    }
}

/// Bytes of his own: whatever answers them is no longer than they are.
fn own_datagram(pair: &mut Pair, script: &mut Script<'_>, end: usize) {
    let length = usize::from(script.byte());
    let mut datagram = script.take(length).to_vec();
    if length > 200 {
        // An init that is sound, as far as one can tell.
        datagram.resize(160, 0);
        datagram[..3].copy_from_slice(&[0x80, 1, 0]);
        datagram[55..].fill(0);
    }
    let from = std::net::SocketAddr::from(([10, 0, 0, 77], 77));
    pair.ends[end].handle(pair.now, from, &mut datagram.clone());
    let mut answer = Vec::new();
    let mut answered = 0;
    while let Some(to) = pair.ends[end].poll_transmit(pair.now, &mut answer) {
        if to == from {
            answered += answer.len();
        } else if to == address(1 - end) {
            pair.wire.push_back((end, answer.clone()));
        }
    }
    assert!(answered <= datagram.len(), "{answered} for {}", datagram.len());
    pair.collect();
}

fn changed(pair: &mut Pair, script: &mut Script<'_>) {
    let Some((from, mut datagram)) = pair.wire.pop_front() else { return };
    let at = usize::from(script.byte()) % datagram.len();
    datagram[at] ^= script.byte().max(1);
    pair.handle(1 - from, address(from), &datagram);
}

fn doubled(pair: &mut Pair) {
    if let Some((from, datagram)) = pair.wire.front().cloned() {
        pair.handle(1 - from, address(from), &datagram);
    }
}

fn from_elsewhere(pair: &mut Pair, script: &mut Script<'_>) {
    if let Some((from, datagram)) = pair.wire.front().cloned() {
        let other = std::net::SocketAddr::from(([10, 0, 1, script.byte()], 1));
        pair.handle(1 - from, other, &datagram);
    }
}
