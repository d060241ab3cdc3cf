//! What is changed together, and when it is on disk.

use super::schema::{self, Flushes};
use super::{Profile, ProfileError};

impl Profile {
    /// For a program that keeps something of its own beside the history: does all of the job or,
    /// if it fails, nothing; what is done is on disk when this returns or, of a client that runs,
    /// when [`crate::Client::with_profile`] does. What the job does with the profile belongs to it.
    pub fn together<R>(
        &mut self,
        job: impl FnOnce(&mut Profile) -> Result<R, ProfileError>,
    ) -> Result<R, ProfileError> {
        self.atomically(job)
    }

    /// Does all of it or, if it fails, nothing; what is done is on disk when this returns, or,
    /// within another one or a turn, when that ends.
    pub(crate) fn atomically<R>(
        &mut self,
        job: impl FnOnce(&mut Profile) -> Result<R, ProfileError>,
    ) -> Result<R, ProfileError> {
        self.check_turn()?;
        let [begin, commit, undo] = match self.history.connection.is_autocommit() {
            true => ["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"],
            false => ["SAVEPOINT part", "RELEASE part", "ROLLBACK TO part; RELEASE part"],
        };
        self.run(begin)?;
        let done = job(self).and_then(|done| {
            self.run(commit)?;
            Ok(done)
        });
        // After some failures nothing is left to be undone.
        if done.is_err() && !self.history.connection.is_autocommit() {
            self.history.connection.execute_batch(undo)?;
        }
        done
    }

    /// Begins a turn: all that is changed until [`Profile::commit`] is changed together. A turn
    /// that is not flushed may be lost with the machine's power, until the next one that is.
    pub(crate) fn begin(&mut self, is_flushed: bool) -> Result<(), ProfileError> {
        if !is_flushed && self.flushes == Flushes::Always {
            self.set_flushes(Flushes::Later)?;
        }
        self.run("BEGIN IMMEDIATE")?;
        self.is_in_turn = true;
        Ok(())
    }

    /// Ends a turn: what was changed since [`Profile::begin`] is on disk when this returns, if the
    /// turn is flushed. If it fails, nothing is, and [`Profile::undo`] is wanted.
    pub(crate) fn commit(&mut self) -> Result<(), ProfileError> {
        self.check_turn()?;
        self.run("COMMIT")?;
        self.end_turn()
    }

    /// Ends a turn, of which nothing is kept.
    pub(crate) fn undo(&mut self) -> Result<(), ProfileError> {
        if self.is_in_turn && !self.history.connection.is_autocommit() {
            self.run("ROLLBACK")?;
        }
        self.started = None;
        self.end_turn()
    }

    fn end_turn(&mut self) -> Result<(), ProfileError> {
        self.is_in_turn = false;
        if self.flushes == Flushes::Later {
            self.set_flushes(Flushes::Always)?;
        }
        Ok(())
    }

    /// After some failures the database undoes all of a turn: then nothing more belongs to it.
    pub(super) fn check_turn(&self) -> Result<(), ProfileError> {
        let is_undone = self.is_in_turn && self.history.connection.is_autocommit();
        if is_undone { Err(ProfileError::Undone) } else { Ok(()) }
    }

    /// Whether what is changed now is on disk once it is committed.
    #[cfg(test)]
    pub(crate) fn is_flushed(&self) -> bool {
        let set = self.history.connection.pragma_query_value(None, "synchronous", |row| row.get(0));
        set == Ok(2)
    }

    fn set_flushes(&mut self, flushes: Flushes) -> Result<(), ProfileError> {
        schema::set_flushes(&self.history.connection, flushes)?;
        self.flushes = flushes;
        Ok(())
    }

    fn run(&self, statement: &str) -> Result<(), ProfileError> {
        self.history.connection.prepare_cached(statement)?.execute([])?;
        Ok(())
    }
}
