//! What a client tells the program.

use crate::{Entry, ServerName};
use postrider_link::{DownReason, Mode, PublicKey};
use postrider_proto::Number;
use postrider_proto::native::{OwnerKey, Refusal};

/// Something that has happened. What is in it is on disk already, but for what a server would say
/// again: that it answers for a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A server is being called.
    Connecting {
        /// As it was written in the settings.
        address: String,
    },
    /// The number is attached: texts leave and come.
    Attached {
        /// Where.
        server: ServerName,
        /// Whether the link is sealed or clear.
        mode: Mode,
    },
    /// The link is down; it is called again without being told.
    Detached {
        /// Why.
        why: DownReason,
    },
    /// A server does not let the number in. After [`Refusal::NOT_INVITED`],
    /// [`crate::Client::claim`] with another code may help.
    Refused {
        /// Which server.
        server: ServerName,
        /// Why.
        why: Refusal,
    },
    /// The number has been given up, and nobody can attach under it.
    Released,
    /// A server that was given without a key has shown this one, which is kept from now on.
    FirstUse {
        /// As it was written in the settings.
        address: String,
        /// Its key, to be compared with what its operator says.
        key: PublicKey,
    },
    /// At a server's address is somebody with another key, who is not spoken with: the server
    /// was set up anew, or it is not that server.
    ServerKeyChanged {
        /// As it was written in the settings.
        address: String,
        /// The key that was expected.
        expected: Option<PublicKey>,
        /// The key that was shown.
        found: Option<PublicKey>,
    },
    /// A text has come, of somebody who is not blocked.
    Received(Entry),
    /// Something else is known of a text: what became of it, who wrote it, another part of it.
    Changed(Entry),
    /// A number has another key than the one that was known: its owner has changed it, if it is
    /// vouched for, and nothing is to be done. Otherwise it is only said to have another one, and
    /// somebody has to decide ([`crate::Profile::accept_key`]); texts to it wait until then.
    KeyChanged {
        /// The number.
        number: Number,
        /// The key that is known.
        known: OwnerKey,
        /// The key that it is said to have.
        new: OwnerKey,
        /// Whether the number's first key, as it is known, has signed for the new one.
        is_vouched_for: bool,
    },
    /// Another key had the number as well, at this server, as when two networks have met that had
    /// both given it out. It has lost: the number stays this one's. Texts that were meant for it
    /// may have gone there until then. Told once; [`crate::History::disputed`] has it.
    Disputed {
        /// The home that the number had under the other key.
        server: ServerName,
    },
    /// It was learnt what a server calls itself; until then it was told of by its key.
    Named(ServerName),
    /// Something did not work, in words; the client goes on.
    Trouble(String),
    /// The client has ended and says nothing more: because it was told to, or for this reason.
    Ended(Option<String>),
    /// Events were lost, since they were not taken soon enough: whoever shows the history is
    /// to read it again.
    Missed,
}
