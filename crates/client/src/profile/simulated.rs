//! Profiles in simulated worlds: nothing is left to chance, and nothing is flushed.

use super::schema::Flushes;
use super::{Profile, ProfileError};
use crate::Keys;
use std::path::Path;

impl Profile {
    /// Makes one of these keys in a folder that has none, as [`Profile::simulated`] opens it.
    pub fn create_simulated(
        folder: &Path,
        keys: &Keys,
        seed: &[u8; 32],
    ) -> Result<Profile, ProfileError> {
        Profile::make_folder(folder, keys)?;
        Profile::simulated(folder, seed)
    }

    /// Opens one for a simulator, which drops it where a machine would lose power: what is drawn
    /// comes from the seed, which is used once, and a commit outlives the program and not the
    /// machine. Of no use to people.
    pub fn simulated(folder: &Path, seed: &[u8; 32]) -> Result<Profile, ProfileError> {
        Profile::open_with(folder, seed, Flushes::Never)
    }
}
