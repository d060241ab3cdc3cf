//! What a trunk hands over is looked at before the engine gets it.

use crate::keys::Identity;
use ed25519_dalek::{Signature, VerifyingKey};
use postrider_link::PublicKey;
use postrider_proto::native::{Ask, Entry, Item, Malformed, ServerKey, WrongSignature};

/// Why an item was refused. The engine never saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// Its bytes break a rule of the protocol.
    #[error("malformed: {0}")]
    Malformed(Malformed),
    /// A signature is not right.
    #[error(transparent)]
    Unsigned(#[from] WrongSignature),
}

/// Checks signatures, with a buffer that is used again.
#[derive(Debug, Default)]
pub(crate) struct Verifier {
    signed: Vec<u8>,
}

impl Verifier {
    /// Whether an item may reach the engine. A row costs one signature check, one of a
    /// number with a key two, and with a later key three. A message holds nothing to verify:
    /// the turns say if it is malformed.
    pub(crate) fn check(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        if Item::is_message(bytes) {
            return Ok(());
        }
        match Item::parse(bytes).map_err(Refused::Malformed)? {
            Item::Row(sent) => Ok(sent.row().check_signatures(&mut self.signed, is_signed)?),
            Item::Have(_) | Item::Ask(Ask::Message(_)) | Item::Trace(_) | Item::Dispute(_) => {
                Ok(())
            }
            _ => Err(Refused::Malformed(Malformed::ItemKind)),
        }
    }

    /// Whether an item of a client's device may reach the engine. An attach costs one
    /// signature check, a claim one or two; what a client says in messages, their readers
    /// check.
    pub(crate) fn check_client(
        &mut self,
        bytes: &[u8],
        server: ServerKey,
        device: &PublicKey,
    ) -> Result<(), Refused> {
        if Item::is_message(bytes) {
            return Ok(());
        }
        match Item::parse(bytes).map_err(Refused::Malformed)? {
            Item::Attach(attach) => {
                self.signed.clear();
                attach.signed_part(server, device.as_bytes(), &mut self.signed);
                let is_right = is_signed(&attach.key.0, &self.signed, attach.signature);
                if is_right { Ok(()) } else { Err(WrongSignature::Owner.into()) }
            }
            Item::Claim(claim) => Ok(claim.row.check_owner(server, &mut self.signed, is_signed)?),
            Item::Ask(_) => Ok(()),
            _ => Err(Refused::Malformed(Malformed::ItemKind)),
        }
    }

    /// Signs an own row in place; leaves anything else as it is.
    pub(crate) fn sign_own(&mut self, identity: &Identity, item: &mut [u8]) {
        if !Item::is_row(item) {
            return;
        }
        let Ok(Item::Row(sent)) = Item::parse(item) else { return };
        let entry: Entry<'_> = sent.row().entry;
        if entry.origin != identity.key() {
            return;
        }
        self.signed.clear();
        entry.signed_part(&mut self.signed);
        let signature = identity.sign(&self.signed);
        // A row ends with its signature.
        if let Some(last) = item.last_chunk_mut() {
            *last = signature;
        }
    }
}

fn is_signed(key: &[u8; 32], bytes: &[u8], signature: &[u8; 64]) -> bool {
    let key = VerifyingKey::from_bytes(key);
    key.is_ok_and(|key| key.verify_strict(bytes, &Signature::from_bytes(signature)).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use postrider_proto::Number;
    use postrider_proto::native::{
        Fact, FirstKey, LinkRow, NumberRow, Owner, OwnerKey, Row, SentRow, Sequence, Successor,
        Version,
    };

    fn row_of(identity: &Identity) -> Vec<u8> {
        let fact = Fact::Link(LinkRow { peer: ServerKey([3; 32]), cost: 1 });
        let entry = Entry { origin: identity.key(), sequence: Sequence::FIRST, fact };
        let row = Row { entry, signature: &[0; 64] };
        let mut item = Vec::new();
        Item::Row(SentRow::new(0, row).unwrap()).print(&mut item);
        item
    }

    #[test]
    fn an_own_row_that_was_signed_passes_and_any_changed_bit_does_not() {
        let identity = Identity::generate().unwrap();
        let mut verifier = Verifier::default();
        let mut item = row_of(&identity);
        assert_eq!(verifier.check(&item), Err(WrongSignature::Origin.into()));
        verifier.sign_own(&identity, &mut item);
        assert_eq!(verifier.check(&item), Ok(()));
        for bit in 0..8 * item.len() {
            item[bit / 8] ^= 1 << (bit % 8);
            // The number of the row before it is the sender's to say.
            let is_step = bit / 8 == 1;
            let is_message = Item::is_message(&item);
            assert!(is_step || is_message || verifier.check(&item).is_err(), "bit {bit}");
            item[bit / 8] ^= 1 << (bit % 8);
        }
    }

    /// A row of a number that `owner` says it has, and `first` that the owner may say so.
    fn bound(home: &Identity, owner: &Identity, first: &Identity) -> Vec<u8> {
        let (number, version) = (Number::MAX, Version::FIRST);
        let (mut signed, key) = (Vec::new(), |of: &Identity| OwnerKey(of.key().0));
        Successor { number, since: version, key: key(owner) }.signed_part(&mut signed);
        let signature = &first.sign(&signed);
        let is_later = key(owner) != key(first);
        let first = is_later.then_some(FirstKey { key: key(first), since: version, signature });
        let unsigned = Owner { key: key(owner), signature: &[0; 64], first };
        let row =
            NumberRow { number, version, released: false, line: false, owner: Some(unsigned) };
        signed.clear();
        row.claim(home.key()).unwrap().signed_part(&mut signed);
        let signature = owner.sign(&signed);
        let owner = Some(Owner { signature: &signature, ..unsigned });
        let fact = Fact::Number(NumberRow { owner, ..row });
        let entry = Entry { origin: home.key(), sequence: Sequence::FIRST, fact };
        let mut item = Vec::new();
        let row = Row { entry, signature: &[0; 64] };
        Item::Row(SentRow::new(0, row).unwrap()).print(&mut item);
        Verifier::default().sign_own(home, &mut item);
        item
    }

    #[test]
    fn a_home_cannot_say_whose_a_number_is() {
        let [home, owner, first] = [(); 3].map(|()| Identity::generate().unwrap());
        let mut verifier = Verifier::default();
        assert_eq!(verifier.check(&bound(&home, &owner, &owner)), Ok(()));
        assert_eq!(verifier.check(&bound(&home, &owner, &first)), Ok(()));
        let item = bound(&home, &owner, &first);
        // The owner's key and signature, the first key, since when, and its signature.
        for (at, why) in [
            (53, WrongSignature::Owner),
            (90, WrongSignature::Owner),
            (155, WrongSignature::FirstKey),
            (190, WrongSignature::FirstKey),
            (248, WrongSignature::FirstKey),
        ] {
            let mut changed = item.clone();
            changed[at] ^= 1;
            verifier.sign_own(&home, &mut changed);
            assert_eq!(verifier.check(&changed), Err(why.into()), "byte {at}");
        }
    }

    #[test]
    fn another_servers_row_is_not_signed() {
        let (identity, other) = (Identity::generate().unwrap(), Identity::generate().unwrap());
        let mut item = row_of(&other);
        Verifier::default().sign_own(&identity, &mut item);
        assert_eq!(item, row_of(&other));
    }
}
