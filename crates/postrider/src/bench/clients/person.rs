//! Whose device it is: keys, what was handed over, and what is answered to it.

use anyhow::Context;
use postrider_client::Keys;
use postrider_link::PublicKey;
use postrider_proto::Number;
use postrider_proto::native::{
    Age, Body, Content, Count, Epoch, Hops, Item, Lifetime, Message, MessageId, Outcome, Receipt,
    ServerKey, Verdict, Version,
};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Instant;

/// A server as clients know it.
#[derive(Clone, Copy)]
pub(in crate::bench) struct Home {
    pub(in crate::bench) address: SocketAddr,
    pub(in crate::bench) key: ServerKey,
}

/// A number that keeps nothing.
pub(in crate::bench) struct Person {
    pub(super) keys: Keys,
    home: Home,
    pub(in crate::bench) is_attached: bool,
    /// Items of its own that the server has on disk.
    pub(in crate::bench) kept: u64,
    /// Texts that it was handed, and when the last of them came.
    pub(in crate::bench) handed: u64,
    pub(in crate::bench) handed_at: Instant,
    /// Receipts that it was handed.
    pub(in crate::bench) told: u64,
    /// The count of the last message to each recipient.
    counts: BTreeMap<Number, u32>,
}

/// By whatever way it has a link with its server.
pub(in crate::bench) trait Attends {
    fn person(&self) -> &Person;

    /// Takes what has come, does what is due, sends what may leave.
    fn drive(&mut self) -> anyhow::Result<()>;

    /// Hands an item to the link.
    fn send(&mut self, item: &[u8]) -> anyhow::Result<()>;

    /// Drives it until this is so.
    fn until(&mut self, is_so: impl Fn(&Person) -> bool) -> anyhow::Result<()> {
        let began = Instant::now();
        while !is_so(self.person()) {
            self.drive()?;
            anyhow::ensure!(began.elapsed().as_secs() < 20, "a server does not answer");
        }
        Ok(())
    }
}

impl Person {
    pub(super) fn new(number: Number, home: Home) -> anyhow::Result<Person> {
        Ok(Person {
            keys: Keys::generate(number)?,
            home,
            is_attached: false,
            kept: 0,
            handed: 0,
            handed_at: Instant::now(),
            told: 0,
            counts: BTreeMap::new(),
        })
    }

    /// What it says first on a link of this device.
    pub(super) fn attach(&self, device: &PublicKey) -> Vec<u8> {
        self.keys.attach_through(self.home.key, device)
    }

    /// Takes an item, and says what is answered to it.
    pub(super) fn take(&mut self, item: &[u8]) -> anyhow::Result<Option<Vec<u8>>> {
        match Item::parse(item)? {
            Item::Message(Message { id, body: Body::Text { .. }, .. }) => {
                self.handed += 1;
                self.handed_at = Instant::now();
                self.receipt(id).map(Some)
            }
            Item::Message(Message { body: Body::Receipt(_), .. }) => {
                self.told += 1;
                Ok(None)
            }
            Item::Answer(answer) => match answer.verdict {
                Verdict::Attached => {
                    self.is_attached = true;
                    Ok(None)
                }
                Verdict::WantsClaim => {
                    let version = Version::from_value(answer.version + 1);
                    let version = version.context("a version of 0")?;
                    Ok(Some(self.keys.claim(self.home.key, version, false, "")))
                }
                verdict => anyhow::bail!("the server says {verdict:?}"),
            },
            _ => Ok(None),
        }
    }

    /// The next text to somebody, signed.
    pub(in crate::bench) fn text(&mut self, to: Number, written: &str) -> anyhow::Result<Vec<u8>> {
        let mut buffer = [0; Content::GSM_BYTES_MAX];
        let content = Content::write(written, &mut buffer)?;
        self.sign(to, Body::Text { part: None, content })
    }

    /// That it has this text.
    fn receipt(&mut self, about: MessageId) -> anyhow::Result<Vec<u8>> {
        let (outcome, server) = (Outcome::Delivered, self.home.key.id());
        let MessageId { epoch, count, .. } = about;
        let receipt = Receipt { epoch, count, outcome, server, age: Age::ZERO };
        self.sign(about.from, Body::Receipt(receipt))
    }

    fn sign(&mut self, to: Number, body: Body<'_>) -> anyhow::Result<Vec<u8>> {
        let last = self.counts.entry(to).or_default();
        *last += 1;
        let count = Count::from_value(*last).context("a count of 0")?;
        let id = MessageId { from: self.keys.number(), to, epoch: Epoch::MIN, count };
        Ok(self.keys.sign_message(&Message {
            id,
            lifetime: Lifetime::MAX,
            age: Age::ZERO,
            hops: Hops(64),
            precedence: Default::default(),
            body,
            signature: None,
        }))
    }
}
