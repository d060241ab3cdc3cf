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
