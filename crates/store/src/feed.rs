//! What the live feed asks of the database: where organisations stand, and whether somebody else has written.

use crate::open::Query;
use crate::{Result, Target, vals};
use model::OrgId;

/// How far an organisation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// Its newest event.
    pub cursor: i64,
    /// How often rights have changed in it.
    pub access: i64,
}

/// Where these organisations stand. Cursor and rights of one are of the same instant.
pub async fn standing_list(db: &impl Query, orgs: &[OrgId]) -> Result<Vec<(OrgId, Standing)>> {
    let sql =
        format!("SELECT org_id, cursor, access FROM org_counter WHERE org_id IN {}", db.dialect().ints("$1"));
    let orgs: Vec<i64> = orgs.iter().map(|org| org.0).collect();
    let rows = db.rows(&sql, vals![serde_json::json!(orgs)]).await?;
    let read =
        |row: &crate::Row| Ok((OrgId(row.get(0)?), Standing { cursor: row.get(1)?, access: row.get(2)? }));
    rows.iter().map(read).collect()
}

/// Sees that another connection, also one of another process, has written to an embedded database, without reading it.
pub struct ChangeWatch {
    connection: rusqlite::Connection,
    seen: i64,
}

impl ChangeWatch {
    /// `None` where the database has no such sign (PostgreSQL): ask it.
    pub fn open(target: &Target) -> Result<Option<Self>> {
        let Some(path) = target.file() else { return Ok(None) };
        let connection = rusqlite::Connection::open_with_flags(
            path,
            rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.execute_batch("PRAGMA query_only=ON; PRAGMA cache_size=-64")?;
        let mut watch = Self { connection, seen: 0 };
        watch.changed()?;
        Ok(Some(watch))
    }

    /// Whether anything was committed since the last call.
    pub fn changed(&mut self) -> Result<bool> {
        let version =
            self.connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        Ok(std::mem::replace(&mut self.seen, version) != version)
    }
}
