//! All limits, each with its unit and its reason.

use std::time::Duration;

/// Accounts of one server.
pub const ACCOUNTS_MAX: usize = 64;

/// Numbers of all accounts: each has a thread and a history.
pub const NUMBERS_MAX: usize = 64;

/// Bytes of a PDU: a `message_payload` of any length, and the fields before it.
pub const PDU_BYTES_MAX: usize = 66_560;

/// The same of a client that is not bound yet.
pub const PDU_BYTES_UNBOUND_MAX: usize = 1_024;

/// Bytes that are read from a connection at once.
pub const READ_BYTES: usize = 8_192;

/// Connections at once.
pub const CONNECTIONS_MAX: usize = 2_048;

/// Connections at once that are not bound: each may cost a password's check.
pub const UNBOUND_MAX: usize = 64;

/// Binds of an account, unless it is told otherwise.
pub const BINDS: u32 = 16;

/// Commands of a bind that are not answered yet, unless it is told otherwise.
pub const WINDOW: u32 = 256;

/// Texts and receipts that a bind was handed and has not answered.
pub const HANDED_MAX: usize = 16;

/// Texts that wait for a server, of one number; more are refused until some have left.
pub const WAITING_MAX: usize = 10_000;

/// Parts of texts, and texts for later, that are kept for one number.
pub const HELD_MAX: usize = 10_000;

/// Commands that wait for a number's next commit.
pub const QUEUED_MAX: usize = 4_096;

/// Commands of one commit.
pub const AT_ONCE_MAX: usize = 512;

/// What is told or handed over, and was looked up, of one number.
pub const LOOKED_UP_MAX: usize = 64;

/// Texts of which something else is known, and that were not looked at; of more all are.
pub const CHANGED_MAX: usize = 4_096;

/// How long the missing parts of a text are waited for; what is there goes then.
pub const PARTS_WITHIN: Duration = Duration::from_secs(600);

/// How far ahead a text may be told to be sent.
pub const AHEAD_MAX: Duration = Duration::from_secs(90 * 86_400);

/// How long a text may be on its way if nothing is said.
pub const VALIDITY: Duration = Duration::from_secs(7 * 86_400);

/// How long parts of a text that came are waited for before they are handed over as they are.
pub const WHOLE_WITHIN: Duration = Duration::from_secs(60);

/// Between the tries of a text or receipt that a client did not take, at first and at most.
pub const AGAIN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// Addresses and names of which wrong passwords are remembered.
pub const GUESSERS_MAX: usize = 1_024;

/// Wrong passwords of an address and a name that cost nothing; from then on it waits, each time twice as
/// long, at most [`GUESS_WAIT_MAX`].
pub const GUESSES: u32 = 3;

/// See [`GUESSES`].
pub const GUESS_WAIT_MAX: Duration = Duration::from_secs(300);

/// How long the clients have to end their sessions when the server ends.
pub const GOODBYES_WITHIN: Duration = Duration::from_secs(2);
