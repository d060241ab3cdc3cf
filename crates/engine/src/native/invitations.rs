//! Codes by which new numbers are let in, each once.

use std::collections::BTreeMap;

/// A code, as it is kept: up to 32 bytes of text, filled up with zeros.
pub type Code = [u8; 32];

/// The codes of this server, and whether each is used.
#[derive(Debug, Default)]
pub(crate) struct Invitations(BTreeMap<Code, (bool, crate::Place)>);

impl Invitations {
    /// As it is kept; none of one that is empty or too long.
    pub(crate) fn code(written: &str) -> Option<Code> {
        let mut code = [0; 32];
        let bytes = written.as_bytes();
        (!bytes.is_empty()).then_some(())?;
        code.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(code)
    }

    /// Whether a code is there and not used.
    pub(crate) fn has(&self, written: &str) -> bool {
        let code = Invitations::code(written).and_then(|code| self.0.get(&code));
        code.is_some_and(|(is_used, _)| !is_used)
    }

    pub(crate) fn set(&mut self, code: Code, is_used: bool, place: crate::Place) {
        self.0.insert(code, (is_used, place));
    }

    /// Whether a code is used, if the record at this place says so.
    pub(crate) fn written_at(&self, code: &Code, place: crate::Place) -> Option<bool> {
        let (is_used, at) = self.0.get(code)?;
        (*at == place).then_some(*is_used)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
