//! A change of the number's key, as far as it is a server's affair.

use super::driver::Driver;
use crate::{ProfileError, Stamp};
use postrider_proto::native::Version;

impl Driver {
    /// The server waits for the first key's word, which is to be on disk before it is said.
    pub(super) fn sign_word(&mut self, since: Version) -> Result<(), ProfileError> {
        let (keys, now) = (self.profile.sign_word(since)?, self.now());
        self.session.signed(now, keys);
        Ok(())
    }

    /// The server has the number under this key.
    pub(super) fn end_change(&mut self) -> Result<(), ProfileError> {
        if let Some(keys) = self.profile.end_change(Stamp::now())? {
            self.session.set_keys(keys);
        }
        Ok(())
    }
}
