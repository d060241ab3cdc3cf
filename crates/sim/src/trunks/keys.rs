//! Who signs, and who looks at signatures: the edge that the engine relies on.

use ed25519_dalek::{Signature as Dalek, Signer, SigningKey, VerifyingKey};
use postrider_engine::edge::Identity;
use postrider_link::PublicKey;
use postrider_proto::native::{
    Ask, Blocks, Fact, Item, Label, Message, Row, ServerKey, ServerRow, Signature,
};
use std::collections::BTreeMap;

/// A server's secret and its name.
pub(crate) struct Name {
    secret: [u8; 32],
    signing: SigningKey,
    label: String,
}

impl Name {
    /// The server with this index; the rogue is one of them.
    pub(crate) fn new(index: usize) -> Name {
        let mut secret = [0x51; 32];
        secret[..8].copy_from_slice(&(index as u64 + 1).to_le_bytes());
        let label = format!("server {index}");
        Name { secret, signing: SigningKey::from_bytes(&secret), label }
    }

    pub(crate) fn identity(&self) -> postrider_link::Identity {
        postrider_link::Identity::from_secret(&self.secret)
    }

    pub(crate) fn public(&self) -> PublicKey {
        self.identity().public()
    }
}

impl Identity for Name {
    fn key(&self) -> ServerKey {
        ServerKey(self.signing.verifying_key().to_bytes())
    }

    fn row(&self) -> ServerRow<'_> {
        let label = Label::new(&self.label).or_else(|_| Label::new("?"));
        match label {
            Ok(label) => ServerRow { label, blocks: Blocks::NONE, line: None },
            Err(_) => unreachable!("a question mark is a label"),
        }
    }

    fn sign(&self, bytes: &[u8]) -> Signature {
        self.signing.sign(bytes).to_bytes()
    }
}

/// Verifies what comes over trunks. What was verified before, byte by byte, in this world,
/// is not verified again: fifty servers see the same rows.
#[derive(Debug, Default)]
pub(crate) struct Verifier {
    known: BTreeMap<Vec<u8>, bool>,
    signed: Vec<u8>,
    /// Owners' signatures are not looked at.
    believes_homes: bool,
    /// There are clients, who sign, and want to know where their texts are.
    has_clients: bool,
}

/// What is to be made of a device's item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// It may reach the engine.
    Right,
    /// Its proof is wrong, for the engine to refuse.
    Forged,
    /// It is none of a device's.
    Nothing,
}

impl Verifier {
    pub(crate) fn new(believes_homes: bool, has_clients: bool) -> Verifier {
        Verifier { believes_homes, has_clients, ..Verifier::default() }
    }

    /// Whether a device's item shows what it should, at this server, over a link with this key.
    /// What a client says in messages, their readers check.
    pub(crate) fn shows(item: &Item<'_>, server: ServerKey, device: &PublicKey) -> Shown {
        let mut signed = Vec::new();
        let is_right = match item {
            Item::Attach(attach) => {
                attach.signed_part(server, device.as_bytes(), &mut signed);
                verify(&attach.key.0, &signed, attach.signature)
            }
            Item::Claim(claim) => claim.row.check_owner(server, &mut signed, verify).is_ok(),
            Item::Message(_) | Item::Ask(_) => true,
            _ => return Shown::Nothing,
        };
        if is_right { Shown::Right } else { Shown::Forged }
    }

    /// Whether an item's signatures are right.
    pub(crate) fn admits(&mut self, item: &Item<'_>) -> bool {
        match item {
            Item::Row(sent) => self.admits_row(sent.row()),
            // Where nobody has a key, nobody can have signed.
            Item::Message(Message { signature, .. }) => self.has_clients || signature.is_none(),
            Item::Ask(Ask::Message(_)) | Item::Trace(_) => self.has_clients,
            Item::Have(_) => true,
            // A client's affair, which is no server's.
            _ => false,
        }
    }

    fn admits_row(&mut self, row: &Row<'_>) -> bool {
        self.signed.clear();
        row.entry.signed_part(&mut self.signed);
        self.signed.extend_from_slice(row.signature);
        if let Some(known) = self.known.get(&self.signed) {
            return *known;
        }
        let signed = &self.signed[..self.signed.len() - row.signature.len()];
        let is_right = verify(&row.entry.origin.0, signed, row.signature)
            && (self.believes_homes || is_the_owners(row));
        self.known.insert(self.signed.clone(), is_right);
        is_right
    }
}

/// Whether a number's owner has signed, and its first key for a later one.
fn is_the_owners(row: &Row<'_>) -> bool {
    let Fact::Number(number) = &row.entry.fact else { return true };
    number.check_owner(row.entry.origin, &mut Vec::new(), verify).is_ok()
}

fn verify(key: &[u8; 32], signed: &[u8], signature: &Signature) -> bool {
    let key = VerifyingKey::from_bytes(key);
    key.is_ok_and(|key| key.verify_strict(signed, &Dalek::from_bytes(signature)).is_ok())
}
