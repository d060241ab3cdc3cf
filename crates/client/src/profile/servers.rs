//! The servers of a profile, and what servers call themselves.

use super::{Changes, Profile, ProfileError};
use crate::Server;
use crate::limits::SERVERS_MAX;
use postrider_link::{Mode, PublicKey};
use postrider_proto::native::{Fact, Refusal, Row, ServerId};
use rusqlite::params;

const CLEAR: &str = "clear";
const SEALED: &str = "sealed";

impl Profile {
    /// The servers, the preferred one first.
    pub fn servers(&self) -> Result<Vec<Server>, ProfileError> {
        let all = "SELECT address, key, mode, mtu FROM servers ORDER BY position";
        let mut all = self.history.connection.prepare_cached(all)?;
        let servers = all.query_map([], |row| {
            let key = row.get::<_, Option<[u8; 32]>>(1)?;
            let is_clear = row.get::<_, String>(2)? == CLEAR;
            Ok(Server {
                address: row.get(0)?,
                key: key.and_then(|key| PublicKey::from_bytes(key).ok()),
                mode: if is_clear { Mode::Clear } else { Mode::Sealed },
                mtu: row.get(3)?,
            })
        })?;
        Ok(servers.collect::<Result<_, _>>()?)
    }

    /// Sets the servers, the preferred one first; 16 at most. One that is given without a key
    /// keeps the key that is known of the same address.
    pub fn set_servers(&mut self, servers: &[Server]) -> Result<(), ProfileError> {
        if servers.len() > SERVERS_MAX {
            return Err(ProfileError::Servers);
        }
        self.atomically(|profile| {
            let before = profile.servers()?;
            profile.change("DELETE FROM servers", [])?;
            for (position, server) in servers.iter().enumerate() {
                let known = before.iter().find(|known| known.address == server.address);
                let key = server.key.or(known.and_then(|known| known.key));
                let key = key.as_ref().map(PublicKey::as_bytes);
                let mode = if server.mode == Mode::Clear { CLEAR } else { SEALED };
                let insert = "INSERT INTO servers VALUES (?1, ?2, ?3, ?4, ?5)";
                profile.change(insert, params![position, server.address, key, mode, server.mtu])?;
            }
            Ok(())
        })
    }

    /// Keeps the key that was shown first at a server's address.
    pub(crate) fn pin_server(&mut self, address: &str, key: PublicKey) -> Result<(), ProfileError> {
        let pin = "UPDATE servers SET key = ?2 WHERE address = ?1 AND key IS NULL";
        self.change(pin, params![address, key.as_bytes()]).map(drop)
    }

    /// The server that the number was last attached to.
    pub(crate) fn home(&self) -> Result<ServerId, ProfileError> {
        let home = self.value::<[u8; 8]>("home")?;
        Ok(ServerId(home.unwrap_or_default()))
    }

    /// The number is attached there.
    pub(crate) fn set_home(&mut self, server: ServerId) -> Result<(), ProfileError> {
        if self.home()? == server { Ok(()) } else { self.set_value("home", server.0) }
    }

    /// A server does not let the number in, and why; none once one does.
    pub(crate) fn set_refused(
        &mut self,
        refused: Option<(ServerId, Refusal)>,
    ) -> Result<(), ProfileError> {
        let known = self.history.refused()?.map(|(server, why)| (server.id, why));
        if known == refused {
            return Ok(());
        }
        match refused {
            // The reason, and the server's id.
            Some((server, why)) => {
                self.set_value("refused", [&[why.code()][..], &server.0].concat())
            }
            None => self.change("DELETE FROM profile WHERE name = 'refused'", []).map(drop),
        }
    }

    /// What a server calls itself, from its row, whose signature was checked.
    pub(crate) fn learn_name(&mut self, row: &Row<'_>) -> Result<(), ProfileError> {
        let Fact::Server(server) = row.entry.fact else { return Ok(()) };
        let learn = "INSERT INTO server_names (id, label) VALUES (?1, ?2) \
                     ON CONFLICT (id) DO UPDATE SET label = ?2 WHERE label <> ?2";
        let id = row.entry.origin.id().to_string();
        self.change(learn, params![id, server.label.as_str()]).map(drop)
    }

    /// Notes that a server has no name yet.
    pub(super) fn want_name(
        &self,
        server: Option<ServerId>,
        changes: &mut Changes,
    ) -> Result<(), ProfileError> {
        if let Some(server) = server
            && self.history.server_name(server)?.label.is_none()
        {
            changes.unnamed.insert(server);
        }
        Ok(())
    }
}
