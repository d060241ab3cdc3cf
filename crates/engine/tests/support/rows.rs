//! One server that is told rows, and what it hands on of them.

use crate::disk::Disk;
use postrider_engine::edge::{Identity, ToTrunk, TrunkPrinter};
use postrider_engine::limits::Limits;
use postrider_engine::{
    Claims, Config, Engine, Input, NativeConfig, Outbox, Output, ReplyTo, Time, TrunkId, open, turn,
};
use postrider_proto::classic::{Request, Seq, ServerIndex};
use postrider_proto::native::{
    Block, Blocks, Entry, Epoch, Fact, FirstKey, HaveBuf, Item, Label, Lifetime, NumberRow, Owner,
    OwnerKey, Row, SentRow, Sequence, ServerKey, ServerRow, Signature, Version,
};
use postrider_proto::{Number, Text};

/// The engine does not look at signatures.
const SIGNATURE: &Signature = &[0; 64];

/// Over which rows come, and over which they go.
const FROM: TrunkId = TrunkId(1);
const TO: TrunkId = TrunkId(2);

/// What an origin says of a number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    pub(crate) origin: usize,
    pub(crate) sequence: u64,
    pub(crate) after: u64,
    pub(crate) number: u64,
    pub(crate) version: u32,
    pub(crate) released: bool,
    /// The first key, and a later one with the version from which it holds.
    pub(crate) owner: Option<(u8, Option<(u8, u32)>)>,
}

pub(crate) struct Server {
    pub(crate) engine: Engine,
    disk: Disk,
    me: usize,
    blocks: Blocks,
}

struct Name(usize, Blocks);

impl Identity for Name {
    fn key(&self) -> ServerKey {
        key(self.0)
    }

    fn row(&self) -> ServerRow<'_> {
        ServerRow { label: Label::UNNAMED, blocks: self.1, line: None }
    }

    fn sign(&self, _: &[u8]) -> Signature {
        *SIGNATURE
    }
}

pub(crate) fn key(origin: usize) -> ServerKey {
    ServerKey([origin as u8 + 1; 32])
}

pub(crate) fn number(value: u64) -> Number {
    Number::from_value(value).unwrap()
}

fn blocks(written: &[&str]) -> Blocks {
    let all: Vec<Block> = written.iter().map(|one| one.parse().unwrap()).collect();
    Blocks::new(&all).unwrap()
}

fn owner(first: u8, later: Option<(u8, u32)>) -> Owner<'static> {
    let first = OwnerKey([first; 32]);
    match later {
        None => Owner { key: first, signature: SIGNATURE, first: None },
        Some((key, since)) => {
            let since = Version::from_value(since).unwrap();
            let first = FirstKey { key: first, since, signature: SIGNATURE };
            Owner { key: OwnerKey([key; 32]), signature: SIGNATURE, first: Some(first) }
        }
    }
}

impl Server {
    pub(crate) fn new(me: usize, written: &[&str]) -> Server {
        let mut disk = Disk::default();
        let blocks = blocks(written);
        let mut server = Server { engine: begin(me, blocks, &[], &mut disk), disk, me, blocks };
        server.join();
        server
    }

    pub(crate) fn restart(&mut self) {
        self.engine = begin(self.me, self.blocks, &[], &mut self.disk);
        self.join();
    }

    /// A restart of a server whose operator knows another one.
    pub(crate) fn restart_honouring(&mut self, origin: usize) {
        self.engine = begin(self.me, self.blocks, &[key(origin)], &mut self.disk);
        self.join();
    }

    pub(crate) fn restart_with(&mut self, written: &[&str]) {
        self.blocks = blocks(written);
        self.restart();
    }

    fn join(&mut self) {
        self.turn(&[Input::TrunkUp { trunk: FROM, peer: key(70), cost: 1 }]);
        let have = HaveBuf::new(100);
        self.turn(&[Input::Have { trunk: FROM, item: 1, have: have.have(false) }]);
    }

    fn turn(&mut self, inputs: &[Input<'_>]) -> Outbox {
        let mut outbox = Outbox::default();
        turn(&mut self.engine, &mut self.disk, Time::from_micros(1), inputs.iter().copied())
            .unwrap();
        self.engine.swap_outbox(&mut outbox);
        outbox
    }

    pub(crate) fn hear(&mut self, said: &Said) {
        let Said { version, released, .. } = *said;
        let number = number(said.number);
        let version = Version::from_value(version).unwrap();
        let owner = said.owner.map(|(first, later)| owner(first, later));
        let fact = Fact::Number(NumberRow { number, version, released, line: false, owner });
        self.hear_fact(said.origin, (said.sequence, said.after), fact);
    }

    fn hear_fact(&mut self, origin: usize, (sequence, after): (u64, u64), fact: Fact<'_>) {
        let sequence = Sequence::from_value(sequence).unwrap();
        let entry = Entry { origin: key(origin), sequence, fact };
        let row = SentRow::new(after, Row { entry, signature: SIGNATURE }).unwrap();
        self.turn(&[Input::Row { trunk: FROM, item: 1, row }]);
    }

    pub(crate) fn says_blocks(&mut self, origin: usize, sequence: u64, written: &[&str]) {
        let fact =
            Fact::Server(ServerRow { label: Label::UNNAMED, blocks: blocks(written), line: None });
        self.hear_fact(origin, (sequence, sequence - 1), fact);
    }

    pub(crate) fn honour(&mut self, origin: usize) {
        self.engine.honour([key(origin)]);
        self.turn(&[]);
    }

    pub(crate) fn says_to_have(&mut self, origin: ServerKey, up_to: u64) {
        let mut have = HaveBuf::new(100);
        assert!(have.push(origin.id(), Sequence::from_value(up_to).unwrap()));
        self.turn(&[Input::Have { trunk: FROM, item: 1, have: have.have(false) }]);
    }

    /// Whether the classic client is answered.
    pub(crate) fn handshake(&mut self, client: Number) -> bool {
        let reply = ReplyTo(0);
        let outbox = self.turn(&[Input::Request { reply, request: Request::Handshake { client } }]);
        outbox.outputs.iter().any(|output| matches!(output, Output::Done { .. }))
    }

    /// Whether a classic client's text is accepted.
    pub(crate) fn send(&mut self, client: Number, to: Number) -> bool {
        let (mark, text) = (Seq::ZERO, Text::new("hello").unwrap());
        let request = Request::Send { mark, client, to, text };
        let outbox = self.turn(&[Input::Request { reply: ReplyTo(0), request }]);
        outbox.outputs.iter().any(|output| matches!(output, Output::Accepted { .. }))
    }

    /// How many rows it has handed to trunks.
    pub(crate) fn rows_given(&self) -> u64 {
        self.engine.counters().rows_given
    }

    /// Hands another server all that counts and that one has not.
    pub(crate) fn hands_to(&mut self, other: &mut Server) {
        for _ in 0..1_000 {
            let rows = self.rows_beyond(other);
            if rows.is_empty() {
                return;
            }
            for bytes in &rows {
                let Item::Row(row) = Item::parse(bytes).unwrap() else { continue };
                other.turn(&[Input::Row { trunk: FROM, item: 1, row }]);
            }
        }
        panic!("what it has been handed is handed again");
    }

    fn rows_beyond(&mut self, other: &mut Server) -> Vec<Vec<u8>> {
        let up = |peer| [Input::TrunkUp { trunk: TO, peer, cost: 1 }];
        let outbox = other.turn(&up(key(self.me)));
        let mut seen = outbox.seen.clone();
        seen.sort_unstable();
        let mut have = HaveBuf::new(1_000);
        for (id, up_to) in seen {
            assert!(have.push(id, Sequence::from_value(up_to).unwrap()));
        }
        other.turn(&[Input::TrunkDown { trunk: TO }]);
        self.turn(&up(key(other.me)));
        let heard = Input::Have { trunk: TO, item: 1, have: have.have(false) };
        let outbox = self.turn(&[heard]);
        let mut rows = Vec::new();
        let read = |place, into: &mut Vec<u8>| self.disk.read_record(place, into);
        let take = |what: ToTrunk<'_>| {
            if let ToTrunk::Hand { trunk: TO, bytes, .. } = what
                && Item::is_row(bytes)
            {
                rows.push(bytes.to_vec());
            }
        };
        let name = Name(self.me, self.blocks);
        TrunkPrinter::default().print(&outbox, &name, read, take).unwrap();
        self.turn(&[Input::TrunkDown { trunk: TO }]);
        rows
    }
}

fn begin(me: usize, blocks: Blocks, honoured: &[ServerKey], disk: &mut Disk) -> Engine {
    let (epoch, lifetime) = (Epoch::MIN, Lifetime::MAX);
    let config = Config {
        me: ServerIndex::from_value(1).unwrap(),
        servers: 1,
        acknowledged: true,
        limits: Limits::default(),
        native: Some(NativeConfig {
            key: key(me),
            epoch,
            lifetime,
            blocks,
            claims: Claims::Open,
            line: None,
        }),
    };
    let mut engine = open(config, disk, Time::from_micros(1)).unwrap();
    engine.honour(honoured.iter().copied());
    turn(&mut engine, disk, Time::from_micros(1), []).unwrap();
    engine.swap_outbox(&mut Outbox::default());
    engine
}
