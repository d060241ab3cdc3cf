//! How many connections the process has files for.

use crate::limits::{CONNECTIONS_MAX, FILES_LEFT};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Lets the process have as many files as the system lets it, and says how many connections
/// leave enough of them to the server beside: without a file for its log a server ends.
pub(crate) fn connections_max() -> usize {
    let files = match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok((soft, hard)) => match setrlimit(Resource::RLIMIT_NOFILE, hard, hard) {
            Ok(()) => hard,
            Err(_) => soft,
        },
        Err(_) => return 0,
    };
    of(usize::try_from(files).unwrap_or(usize::MAX))
}

/// A browser's link takes two files.
fn of(files: usize) -> usize {
    (files.saturating_sub(FILES_LEFT) / 2).min(CONNECTIONS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_beside_always_has_files_left() {
        for files in [0, 100, 1_024, 20_000, usize::MAX] {
            assert!(of(files) == 0 || 2 * of(files) + FILES_LEFT <= files, "{files}");
        }
        assert_eq!((of(1_024), of(100_000)), (384, CONNECTIONS_MAX));
        assert!(connections_max() > 0);
    }
}
