//! Whether a server does what it is there for.

use super::answers::{Answerer, Ended};
use super::words::StatusAnswer;
use crate::Asker;

/// Whether a server accepts texts, and what its operator should know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Why it accepts none, for people; empty where it does.
    pub unready: Vec<String>,
    /// What is not as it should be though it accepts them, for people.
    pub notes: Vec<String>,
}

impl Health {
    /// By what the server says of itself. That none of its peers answers is no reason to take
    /// it for unready: it keeps what it is given until they do.
    pub fn of(status: &StatusAnswer) -> Health {
        let mut health = Health::default();
        if let Some(disk) = status.disk.as_ref().filter(|disk| disk.full) {
            let megabytes = |bytes: u64| bytes >> 20;
            health.unready.push(format!(
                "the disk is too full: {} MB are left and {} MB are kept in reserve; \
                 what was accepted is kept; make room",
                megabytes(disk.free_bytes),
                megabytes(disk.reserve_bytes)
            ));
        }
        let trunks = status.trunks.as_ref();
        if let Some(trunks) = trunks.filter(|all| all.configured > 0 && all.configured_up == 0) {
            health.notes.push(format!(
                "none of the {} configured peers is connected; texts for elsewhere wait",
                trunks.configured
            ));
        }
        health
    }

    /// Of one that is ending, or has ended.
    fn ending() -> Health {
        Health { unready: vec!["the server is ending".to_owned()], notes: Vec::new() }
    }

    /// Whether it accepts texts.
    pub fn is_ready(&self) -> bool {
        self.unready.is_empty()
    }
}

/// Of a running server.
pub(crate) fn health_of(asker: &Asker) -> Health {
    let status = Answerer { asker: asker.clone() }.status();
    status.map(|status| Health::of(&status)).unwrap_or_else(|Ended| Health::ending())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::words::{DiskAnswer, TrunksAnswer};

    fn status(free_bytes: u64, configured: usize, configured_up: usize) -> StatusAnswer {
        let trunks = TrunksAnswer { configured, configured_up, ..TrunksAnswer::default() };
        let disk = DiskAnswer { free_bytes, reserve_bytes: 32 << 20, full: free_bytes < 32 << 20 };
        StatusAnswer { disk: Some(disk), trunks: Some(trunks), ..StatusAnswer::default() }
    }

    #[test]
    fn a_full_disk_makes_it_unready_and_links_that_are_down_do_not() {
        assert_eq!(Health::of(&status(1 << 30, 2, 1)), Health::default());
        let full = Health::of(&status(31 << 20, 0, 0));
        assert!(!full.is_ready() && full.unready[0].contains("31 MB are left"), "{full:?}");
        let alone = Health::of(&status(1 << 30, 2, 0));
        assert!(alone.is_ready() && alone.notes[0].contains("none of the 2"), "{alone:?}");
    }
}
