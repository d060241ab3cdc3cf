//! How long things take, each with its reason.

use std::time::Duration;

/// A server that is not up after this is given up for the next one: two inits were lost, or it
/// is not there.
pub const UP_WITHIN: Duration = Duration::from_secs(8);

/// A server that does not answer an attach or a claim within this is given up for the next one.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// While attached elsewhere than at the first server, that one is called after this; each time
/// that it is not there, after twice as long.
pub const TRY_FIRST_AFTER: Duration = Duration::from_secs(300);

/// The longest that [`TRY_FIRST_AFTER`] becomes.
pub const TRY_FIRST_MAX: Duration = Duration::from_secs(4 * 3_600);

/// After all servers have refused, they are asked again after this.
pub const ASK_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Where the history cannot be written, as on a full disk, the servers are called again after this.
pub const TRY_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// A number that nobody has is asked for again by a text that is written after this.
pub const NOBODY_FOR: Duration = Duration::from_secs(1);

/// A text to a group of which parts, or its sender's key, have not come after this is handled as
/// it is, so that it does not hold up its sender's later ones for ever. Servers wait ten minutes
/// for a part.
pub const GROUP_HOLDS_FOR: Duration = Duration::from_secs(3_600);

/// A member's texts are handed on once in so long, in the long run: faster than anybody types.
pub const BETWEEN_GROUP_TEXTS: Duration = Duration::from_secs(2);
