//! What programs have at a server that texts for them: a native client each, in the server's
//! process, and files in its data folder that only its owner reads.
//!
//! The server knows no other kind of client: such a one is attached to it over loopback, and its
//! texts are signed, sealed, kept and told of like those of people.

mod private_list;
mod resident;

pub use private_list::{ListError, PrivateList};
pub use resident::{Resident, StartError};
