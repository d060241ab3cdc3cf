//! The links of a server, and what of them the engine gets to hear.

use super::{Effect, Neighbour, Pending};
use crate::trunks::bugs::Bug;
use crate::trunks::keys::{Name, Shown, Verifier};
use postrider_engine::TrunkId;
use postrider_link::{
    Config, Endpoint, Event, ItemId, LinkConfig, PeerConfig, PeerId, PublicKey, Role, Time,
};
use postrider_proto::native::{Item, Precedence, ServerKey};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What the engine did not take, for want of room, it is offered again after this.
const OFFER_AGAIN: Duration = Duration::from_secs(1);

/// An item that the engine has not taken yet.
struct Offered {
    trunk: TrunkId,
    id: ItemId,
    bytes: Vec<u8>,
    is_forged: bool,
    again_at: Option<Time>,
}

/// All links of a server's run.
pub(super) struct Links {
    pub(super) endpoint: Endpoint,
    pub(super) peers: BTreeMap<usize, PeerId>,
    /// The trunk of each session that is up: each session is a trunk of its own, so that
    /// tags and items of one are never taken for those of another.
    up: BTreeMap<PeerId, TrunkId>,
    /// Those of them that are devices of clients, and their keys.
    devices: BTreeMap<PeerId, PublicKey>,
    by_trunk: BTreeMap<TrunkId, PeerId>,
    next_trunk: u32,
    offered: BTreeMap<u64, Offered>,
    next_item: u64,
    pub(super) refused: u64,
    pub(super) sessions: u64,
}

impl Links {
    pub(super) fn new(
        now: Time,
        name: &Name,
        seed: &[u8; 32],
        neighbours: &[Neighbour],
        has_clients: bool,
    ) -> Links {
        let clients = has_clients.then(LinkConfig::default);
        let config = Config { clients, ..Config::default() };
        let endpoint = Endpoint::new(now, config, name.identity(), seed);
        let mut links = Links {
            endpoint,
            peers: BTreeMap::new(),
            up: BTreeMap::new(),
            devices: BTreeMap::new(),
            by_trunk: BTreeMap::new(),
            next_trunk: 0,
            offered: BTreeMap::new(),
            next_item: 0,
            refused: 0,
            sessions: 0,
        };
        for neighbour in neighbours {
            let key = Some(Name::new(neighbour.index).public());
            let address = neighbour.dials.then_some(neighbour.address);
            let config = PeerConfig { key, address, link: neighbour.link };
            if let Ok(peer) = links.endpoint.add_peer(now, config) {
                links.peers.insert(neighbour.index, peer);
            }
        }
        links
    }

    /// Neighbours that are elsewhere than where they were dialled, and do not speak.
    pub(super) fn dial_anew(&mut self, now: Time, neighbours: &mut [Neighbour]) {
        for neighbour in neighbours {
            let is_lost = neighbour.dials && neighbour.dialled != neighbour.address;
            if is_lost
                && !self.is_up(neighbour.index)
                && let Some(peer) = self.peers.get(&neighbour.index)
            {
                self.endpoint.dial(now, *peer, neighbour.address);
                neighbour.dialled = neighbour.address;
            }
        }
    }

    pub(super) fn is_up(&self, index: usize) -> bool {
        self.peers.get(&index).is_some_and(|peer| self.up.contains_key(peer))
    }

    /// Whether the other end of a trunk is a client's device.
    pub(super) fn is_device(&self, trunk: TrunkId) -> bool {
        self.by_trunk.get(&trunk).is_some_and(|peer| self.devices.contains_key(peer))
    }

    /// Whether an item that was offered is a device's.
    pub(super) fn is_devices_item(&self, item: u64) -> bool {
        self.offered.get(&item).is_some_and(|offered| self.is_device(offered.trunk))
    }

    /// Items that the engine has not taken.
    pub(super) fn offered(&self) -> usize {
        self.offered.len()
    }

    /// When something is to be offered again.
    pub(super) fn next_offer(&self) -> Option<postrider_engine::Time> {
        let next = self.offered.values().filter_map(|offered| offered.again_at).min()?;
        Some(postrider_engine::Time::from_micros(next.as_micros()))
    }

    /// What the links tell.
    pub(super) fn hear(
        &mut self,
        now: Time,
        pending: &mut Vec<Pending>,
        verifier: &mut Verifier,
        me: ServerKey,
        bug: Option<Bug>,
    ) {
        let mut refused = Vec::new();
        while let Some(event) = self.endpoint.poll_event() {
            match event {
                Event::Up { peer, key, role, .. } => {
                    self.sessions += 1;
                    if let Some(trunk) = self.up.remove(&peer) {
                        self.by_trunk.remove(&trunk);
                        pending.push(Pending::Down { trunk });
                    }
                    let trunk = TrunkId(self.next_trunk);
                    self.next_trunk = self.next_trunk.wrapping_add(1);
                    self.up.insert(peer, trunk);
                    self.by_trunk.insert(trunk, peer);
                    match role {
                        Role::Client => drop(self.devices.insert(peer, key)),
                        Role::Server => {
                            pending.push(Pending::Up { trunk, peer: server_key(key) });
                        }
                    }
                }
                Event::Down { peer, .. } => {
                    self.devices.remove(&peer);
                    if let Some(trunk) = self.up.remove(&peer) {
                        self.by_trunk.remove(&trunk);
                        self.offered.retain(|_, offered| offered.trunk != trunk);
                        pending.push(Pending::Down { trunk });
                    }
                }
                Event::Item { peer, item: id, bytes } => {
                    let Some(trunk) = self.up.get(&peer).copied() else { continue };
                    let shown = match (Item::parse(bytes), self.devices.get(&peer)) {
                        (Err(_), _) => Shown::Nothing,
                        (Ok(item), Some(key)) => Verifier::shows(&item, me, key),
                        (Ok(_), None) if bug == Some(Bug::BelievesForgers) => Shown::Right,
                        (Ok(item), None) if verifier.admits(&item) => Shown::Right,
                        (Ok(_), None) => Shown::Nothing,
                    };
                    if shown == Shown::Nothing {
                        refused.push(id);
                        continue;
                    }
                    let is_forged = shown == Shown::Forged;
                    self.next_item += 1;
                    let (item, bytes) = (self.next_item, bytes.to_vec());
                    let again_at = None;
                    let offered = Offered { trunk, id, bytes: bytes.clone(), is_forged, again_at };
                    self.offered.insert(item, offered);
                    pending.push(Pending::Item { trunk, item, bytes, is_forged });
                }
                Event::Custody { peer, tag } => {
                    if let Some(trunk) = self.up.get(&peer).copied() {
                        pending.push(Pending::Custody { trunk, tag });
                    }
                }
                _ => {}
            }
        }
        // What is no item of this protocol is done with: nobody will ever keep it.
        self.refused += refused.len() as u64;
        refused.into_iter().for_each(|id| self.endpoint.custody(now, id));
    }

    /// What was refused for want of room and may be tried again.
    pub(super) fn offer_again(&mut self, now: Time, pending: &mut Vec<Pending>) {
        for (item, offered) in &mut self.offered {
            if offered.again_at.is_some_and(|at| at <= now) {
                offered.again_at = None;
                let (trunk, item, bytes) = (offered.trunk, *item, offered.bytes.clone());
                let is_forged = offered.is_forged;
                pending.push(Pending::Item { trunk, item, bytes, is_forged });
            }
        }
    }

    /// After a turn: what it was offered and has not taken comes again.
    pub(super) fn after_turn(&mut self, now: Time, offered: &BTreeSet<u64>, took: &BTreeSet<u64>) {
        for item in offered.difference(took) {
            if let Some(offered) = self.offered.get_mut(item) {
                offered.again_at = Some(now + OFFER_AGAIN);
            }
        }
    }

    /// The engine has taken an item: by which name the link knows it, and its bytes.
    pub(super) fn take(&mut self, item: u64) -> Option<(ItemId, Vec<u8>)> {
        self.offered.remove(&item).map(|offered| (offered.id, offered.bytes))
    }

    /// An effect that is a link's matter.
    pub(super) fn carry_out(
        &mut self,
        now: Time,
        effect: Effect,
        neighbours: &[Neighbour],
        bug: Option<Bug>,
    ) {
        match effect {
            Effect::Took { id, .. } => self.endpoint.custody(now, id),
            Effect::Hand { trunk, tag, precedence, bytes } => {
                if let Some(peer) = self.by_trunk.get(&trunk) {
                    // What the link does not take waits until its session ends; a queue of
                    // 16,384 items holds all that the engine ever hands out.
                    // A client is handed messages in their order.
                    let is_one_class = bug != Some(Bug::HandsByPrecedence);
                    let precedence = match self.devices.contains_key(peer) && is_one_class {
                        true => Precedence::Routine,
                        false => precedence,
                    };
                    let sent = self.endpoint.send(now, *peer, class(precedence), tag, &bytes);
                    debug_assert!(sent.is_ok(), "{sent:?}");
                }
            }
            Effect::Cut { trunk } => self.cut(now, trunk, neighbours),
            Effect::Answer { .. } => {}
        }
    }

    /// Ends a session, and dials again.
    fn cut(&mut self, now: Time, trunk: TrunkId, neighbours: &[Neighbour]) {
        let Some(peer) = self.by_trunk.remove(&trunk) else { return };
        self.up.remove(&peer);
        self.devices.remove(&peer);
        self.offered.retain(|_, offered| offered.trunk != trunk);
        self.endpoint.close(now, peer);
        let mut dialled = neighbours.iter().filter(|neighbour| neighbour.dials);
        if let Some(neighbour) = dialled.find(|n| self.peers.get(&n.index) == Some(&peer)) {
            self.endpoint.dial(now, peer, neighbour.address);
        }
    }
}

fn class(precedence: Precedence) -> postrider_link::Precedence {
    match precedence {
        Precedence::Routine => postrider_link::Precedence::Routine,
        Precedence::Priority => postrider_link::Precedence::Priority,
        Precedence::Immediate => postrider_link::Precedence::Immediate,
        Precedence::Flash => postrider_link::Precedence::Flash,
    }
}

fn server_key(key: PublicKey) -> ServerKey {
    ServerKey(*key.as_bytes())
}
