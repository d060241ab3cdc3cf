//! A peer that holds the right keys, and says what it likes.

use super::pair::{Pair, Script};
use postrider_link::{LinkConfig, Precedence, SendError};
use std::time::Duration;

pub fn run(bytes: &[u8]) {
    let mut script = Script(bytes);
    let mtu = if script.byte() & 1 == 1 { 256 } else { 1_200 };
    let mut pair = Pair::new(LinkConfig { mtu, ..LinkConfig::default() }, false);
    pair.peace(1);
    assert!(pair.are_up());
    for _ in 0..64 {
        if script.0.is_empty() {
            break;
        }
        step(&mut pair, &mut script);
    }
    // Whatever was said: it goes on, or ends and is dialled again.
    pair.peace(240);
    assert!(pair.are_up(), "no link after four minutes of peace");
}

fn step(pair: &mut Pair, script: &mut Script<'_>) {
    let what = script.byte();
    let end = usize::from(what >> 7);
    match what & 0x3 {
        0 => {
            let length = usize::from(script.byte()) * 4;
            let body = script.take(length);
            pair.ends[end].take_body(pair.now, pair.peers[end], body);
            pair.collect();
        }
        1 => {
            let length = 1 + usize::from(script.byte()) * 4;
            let item = vec![what; length.min(1_024)];
            let class = [Precedence::Routine, Precedence::Flash][usize::from(what >> 6 & 1)];
            let tag = u64::from(what);
            let sent = pair.ends[end].send(pair.now, pair.peers[end], class, tag, &item);
            assert!(!matches!(sent, Err(SendError::Length(_))));
            pair.collect();
        }
        2 => pair.deliver(),
        _ => pair.wait(Duration::from_millis(u64::from(script.byte()) * 10)),
    }
}
