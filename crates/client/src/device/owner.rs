//! A change of the number's key, as far as it is a server's affair.

use super::Device;
use crate::{Event, ProfileError};
use postrider_link::ItemId;
use postrider_proto::native::{Dispute, Version};

impl Device {
    /// The server waits for the first key's word, which is to be on disk before it is said.
    pub(super) fn sign_word(&mut self, since: Version) -> Result<(), ProfileError> {
        let keys = self.profile.sign_word(since)?;
        self.session.signed(self.now.time, keys);
        Ok(())
    }

    /// Another key had the number, too: kept, then taken into custody, then told.
    pub(super) fn note_dispute(
        &mut self,
        item: ItemId,
        dispute: &Dispute,
    ) -> Result<(), ProfileError> {
        let is_news = self.profile.set_dispute(dispute)?;
        self.session.custody(self.now.time, item);
        if is_news {
            let server = self.profile.history().server_name(dispute.home)?;
            self.ask_server(dispute.home);
            self.tell(Event::Disputed { server });
        }
        Ok(())
    }

    /// The server has the number under this key: what is not needed any more leaves the device.
    pub(super) fn end_change(&mut self) -> Result<(), ProfileError> {
        self.profile.end_change(self.now.stamp)?;
        self.profile.forget_first(self.now.stamp)?;
        self.session.set_keys(self.profile.keys().clone());
        Ok(())
    }
}
