//! The keys of others' numbers, and which of them follows which.

use super::trust::Known;
use super::{Profile, ProfileError, values};
use crate::Stamp;
use postrider_proto::Number;
use postrider_proto::native::OwnerKey;
use rusqlite::{OptionalExtension, params};

/// The keys of a number, as they are kept.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pinned {
    pub(super) key: Option<OwnerKey>,
    pub(super) first_key: Option<OwnerKey>,
    pub(super) since: u32,
    pub(super) new_key: Option<OwnerKey>,
    pub(super) new_first_key: Option<OwnerKey>,
    pub(super) new_since: u32,
    pub(super) former_key: Option<OwnerKey>,
    pub(super) changed: Option<Stamp>,
}

impl Pinned {
    /// With what the directory says first, or what somebody has decided for.
    pub(super) fn take(
        self,
        key: Option<OwnerKey>,
        first_key: Option<OwnerKey>,
        since: u32,
    ) -> Pinned {
        Pinned { key, first_key, since, ..self }.without_new()
    }

    pub(super) fn without_new(self) -> Pinned {
        Pinned { new_key: None, new_first_key: None, new_since: 0, ..self }
    }

    pub(super) fn with_new(self, known: &Known) -> Pinned {
        let (new_key, new_first_key, new_since) = (known.key, known.first_key, known.since);
        Pinned { new_key, new_first_key, new_since, ..self }
    }

    /// Whether the first key that is known has signed for what the directory says, later than
    /// for what is known: so its owner has said so, and nobody has to be asked.
    pub(super) fn is_followed_by(&self, known: &Known) -> bool {
        let first = self.first_key.or(self.key);
        known.first_key.is_some() && known.first_key == first && known.since > self.since
    }

    /// The keys that the number had before, as far as they are known.
    pub(super) fn former(&self) -> impl Iterator<Item = OwnerKey> {
        [self.former_key, self.first_key].into_iter().flatten()
    }
}

impl Profile {
    pub(super) fn pinned(&self, number: Number) -> Result<Pinned, ProfileError> {
        let one = "SELECT key, first_key, since, new_key, new_first_key, new_since, former_key, \
                   changed_at FROM contacts WHERE number = ?1";
        let mut one = self.history.connection.prepare_cached(one)?;
        let pinned = one.query_row([number.to_string()], |row| {
            Ok(Pinned {
                key: values::key(row, 0)?,
                first_key: values::key(row, 1)?,
                since: row.get(2)?,
                new_key: values::key(row, 3)?,
                new_first_key: values::key(row, 4)?,
                new_since: row.get(5)?,
                former_key: values::key(row, 6)?,
                changed: row.get::<_, Option<i64>>(7)?.map(Stamp),
            })
        });
        Ok(pinned.optional()?.unwrap_or_default())
    }

    pub(super) fn pin(&self, number: Number, pinned: &Pinned) -> Result<(), ProfileError> {
        let set = "INSERT INTO contacts (number, key, first_key, since, new_key, new_first_key, \
                   new_since, former_key, changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
                   ON CONFLICT (number) DO UPDATE SET key = ?2, first_key = ?3, since = ?4, \
                   new_key = ?5, new_first_key = ?6, new_since = ?7, former_key = ?8, \
                   changed_at = ?9";
        let bytes = |key: Option<OwnerKey>| key.map(|key| key.0);
        let row = params![
            number.to_string(),
            bytes(pinned.key),
            bytes(pinned.first_key),
            pinned.since,
            bytes(pinned.new_key),
            bytes(pinned.new_first_key),
            pinned.new_since,
            bytes(pinned.former_key),
            pinned.changed.map(|at| at.0),
        ];
        self.change(set, row).map(drop)
    }
}
