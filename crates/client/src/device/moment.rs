//! When something happens, by all the clocks that a device has.

use crate::Stamp;
use postrider_link::Time;
use std::time::Duration;

/// What the clocks show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The link's clock, which runs since the program began and is never set.
    pub time: Time,
    /// The wall clock, which may be.
    pub stamp: Stamp,
    /// How long the machine has run since its start, asleep or not, whatever the wall clock
    /// shows; none where it does not say.
    pub ran: Option<Duration>,
}
