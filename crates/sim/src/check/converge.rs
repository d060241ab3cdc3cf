//! *The directory converges*: when faults have stopped, every attached client has said
//! `handshake`, and somebody at each server too, three times and by themselves (lists are never repeated by
//! themselves), all servers agree on every attached client's home. Nothing is said about clients that have gone: a
//! `terminate` is told once, and may be lost.

use crate::report::{Promise, Verdict};
use postrider_engine::Engine;
use postrider_proto::Number;
use postrider_proto::classic::ServerIndex;

/// A client, and the server that it is at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attached {
    pub(crate) client: Number,
    pub(crate) server: ServerIndex,
}

pub(crate) fn check(engines: &[&Engine], attached: &[Attached]) -> Verdict {
    for Attached { client, server } in attached {
        for (place, engine) in engines.iter().enumerate() {
            let home = engine.home(*client);
            if home != Some(*server) {
                let place = place + 1;
                let what =
                    format!("{client} is at {server:?}, and server {place} knows it at {home:?}");
                return Promise::Converge.broken(what);
            }
        }
    }
    Ok(())
}
