//! All limits, each with its unit and its reason.

use std::time::Duration;

/// Applications at one server: each has a thread.
pub const APPLICATIONS_MAX: usize = 64;

/// Keys at one server.
pub const KEYS_MAX: usize = 1_024;

/// Bytes of a request's body: 2,560 characters, each escaped, and what is around them.
pub const BODY_BYTES_MAX: usize = 32 * 1_024;

/// A body has come within this.
pub const BODY_WITHIN: Duration = Duration::from_secs(20);

/// Characters of an idempotency key.
pub const IDEMPOTENCY_KEY_MAX: usize = 200;

/// Texts of one answer.
pub const PAGE_MAX: usize = 500;

/// How long a question is waited for that another server may have to answer.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Those who follow what happens, at once: each costs a task and a queue.
pub const FOLLOWERS_MAX: usize = 256;

/// Between two looks at the network for those who follow it.
pub const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Between two samples of the history, and how many are kept: six hours.
pub const SAMPLE_EVERY: Duration = Duration::from_secs(10);
/// See [`SAMPLE_EVERY`].
pub const SAMPLES_MAX: usize = 2_160;

/// A hook's address, in bytes.
pub const HOOK_ADDRESS_MAX: usize = 2_048;

/// A hook has answered within this.
pub const HOOK_WITHIN: Duration = Duration::from_secs(10);

/// Between the tries of a hook that does not answer, at first and at most.
pub const HOOK_AGAIN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));
