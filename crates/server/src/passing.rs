//! What the threads hand each other, a batch at a time.

use crate::batch::{Batch, Sender};
use crate::trunks::Trunks;
use postrider_engine::{Code, Engine, TrunkId};
use postrider_proto::native::{Malformed, Precedence, ServerId, ServerKey};
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::{Duration, Instant};

/// Something to be looked up in a thread's memory, by that thread.
pub(crate) type Question<T> = Box<dyn FnOnce(&T) + Send>;

/// What comes to the turns' thread.
pub(crate) enum ForTurns {
    /// Classic datagrams.
    Datagrams(Batch<Sender>),
    /// What happened on the trunks.
    Trunks(Batch<FromTrunk>),
    /// What somebody wants to know.
    Ask(Question<Engine>),
    /// The operator gives out invitations; to be answered once they are on disk.
    Invite(Vec<Code>, SyncSender<()>),
}

/// What comes to the trunks' thread.
pub(crate) enum ForTrunks {
    /// Native datagrams.
    Datagrams(Batch<SocketAddr>),
    /// What a turn has for the trunks.
    Turn(Batch<ToTrunk>),
    /// What somebody wants to know.
    Ask(Question<Trunks>),
    /// What has been seen on the local network.
    Sighted(Sighting),
    /// Something is due sooner than it was.
    Look,
    /// Nothing more will be received.
    Stop,
}

/// What the local network says. Anybody there may say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sighting {
    /// A server is there.
    Here(Found),
    /// The one with this short key is there no more.
    Gone(ServerId),
}

/// A server as it is announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// The key that it is said to have.
    pub(crate) key: ServerKey,
    /// What people call it, if that can be shown.
    pub(crate) name: Option<String>,
    /// Where it may be dialled from here: one at the least, in order.
    pub(crate) addresses: Vec<SocketAddr>,
}

/// Something that happened on a trunk. An item's bytes are beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FromTrunk {
    /// It came up.
    Up { trunk: TrunkId, peer: ServerKey, cost: u16 },
    /// It went down.
    Down { trunk: TrunkId },
    /// The other side handed this over, and its signature is right.
    Item { trunk: TrunkId, item: u64 },
    /// A client's device handed this over, and its proof is wrong.
    Forged { trunk: TrunkId, item: u64 },
    /// The other side has on disk what it was handed under this tag.
    Custody { trunk: TrunkId, tag: u64 },
}

/// Something for a trunk. What is to be handed over is beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ToTrunk {
    /// An item of the other side's is on disk here.
    Took { trunk: TrunkId, item: u64 },
    /// An item of the other side's breaks a rule of the protocol.
    Malformed { trunk: TrunkId, item: u64, why: Malformed },
    /// Hand this over. An own row has no signature yet.
    Hand { trunk: TrunkId, tag: u64, precedence: Precedence },
    /// End it, and let it come up anew.
    Cut { trunk: TrunkId },
}

/// Looks for what is about to come, for a moment: that costs less than to fall asleep and
/// be woken. Whoever else has something to do goes first.
pub(crate) fn look_for<T>(inbox: &Receiver<T>, time: Duration) -> Option<T> {
    let until = Instant::now() + time;
    loop {
        if let Ok(first) = inbox.try_recv() {
            return Some(first);
        }
        if Instant::now() >= until {
            return None;
        }
        std::thread::yield_now();
    }
}
