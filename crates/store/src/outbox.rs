//! The outbox: committed facts in commit order, numbered without gaps per organisation.

use crate::open::Query;
use crate::tx::{Engine, Tx, pg_insert};
use crate::{Error, Result, vals};
use model::event::{Event, EventData};
use model::{EventId, OrgId, UserId};
use serde::Serialize;
use serde_json::value::RawValue;

/// An event as it is stored. `data` is the JSON object of the wire format.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct EventRow {
    pub org_id: i64,
    pub cursor: i64,
    pub id: uuid::Uuid,
    pub kind: &'static str,
    pub data: Box<RawValue>,
    pub occurred_at: i64,
    pub user_id: Option<uuid::Uuid>,
    pub agent_no: Option<i64>,
}

const COLUMNS: &str = "org_id, cursor, id, kind, data, occurred_at, user_id, agent_no";

/// Writes events; their cursors come from the organisation's counter, locked in this transaction.
pub async fn event_insert(tx: &Tx<'_>, rows: &[EventRow]) -> Result<()> {
    match tx.engine() {
        Engine::Lite(db) => {
            let mut statement = db.prepare_cached(&format!(
                "INSERT INTO outbox_event ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
            ))?;
            for row in rows {
                statement.execute(rusqlite::params![
                    row.org_id,
                    row.cursor,
                    row.id.as_bytes(),
                    row.kind,
                    row.data.get(),
                    row.occurred_at,
                    row.user_id.as_ref().map(uuid::Uuid::as_bytes),
                    row.agent_no,
                ])?;
            }
        }
        Engine::Pg(_) if rows.is_empty() => {}
        Engine::Pg(db) => {
            pg_insert(db, "outbox_event", COLUMNS, rows, "").await?;
        }
    }
    Ok(())
}

/// An event as it is read back.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct StoredEvent {
    pub cursor: i64,
    pub id: EventId,
    pub kind: String,
    /// The JSON object, as text.
    pub data: String,
    pub occurred_at: i64,
    /// For this user only.
    pub user: Option<UserId>,
    /// The agent it concerns.
    pub agent_no: Option<i64>,
}

/// Events behind `after`, in order.
pub async fn event_list(db: &impl Query, org: OrgId, after: i64, limit: i64) -> Result<Vec<StoredEvent>> {
    let sql = "SELECT cursor, id, kind, CAST(data AS TEXT), occurred_at, user_id, agent_no FROM outbox_event \
        WHERE org_id = $1 AND cursor > $2 ORDER BY cursor LIMIT $3";
    let rows = db.rows(sql, vals![org.0, after, limit]).await?;
    let read = |row: &crate::Row| {
        Ok(StoredEvent {
            cursor: row.get(0)?,
            id: EventId(row.get(1)?),
            kind: row.get(2)?,
            data: row.get(3)?,
            occurred_at: row.get(4)?,
            user: row.get::<Option<uuid::Uuid>>(5)?.map(UserId),
            agent_no: row.get(6)?,
        })
    };
    rows.iter().map(read).collect()
}

/// The cursor of an organisation's newest event.
pub async fn cursor_fetch(db: &impl Query, org: OrgId) -> Result<i64> {
    let row = db.first("SELECT cursor FROM org_counter WHERE org_id = $1", vals![org.0]).await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// Deletes at most `limit` events older than `before`; returns how many went.
pub async fn event_prune(tx: &Tx<'_>, org: OrgId, before: i64, limit: i64) -> Result<u64> {
    let sql = "DELETE FROM outbox_event WHERE org_id = $1 AND cursor IN \
        (SELECT cursor FROM outbox_event WHERE org_id = $1 AND occurred_at < $2 ORDER BY cursor LIMIT $3)";
    // Old events come first: once the first is young, none is old.
    let first = "SELECT occurred_at FROM outbox_event WHERE org_id = $1 ORDER BY cursor LIMIT 1";
    match tx.first(first, vals![org.0]).await? {
        Some(row) if row.get::<i64>(0)? < before => tx.execute(sql, vals![org.0, before, limit]).await,
        _ => Ok(0),
    }
}

/// An event's data, written once as JSON text.
pub fn event_data(event: &Event, test: bool) -> Result<Box<RawValue>> {
    serde_json::value::to_raw_value(&EventData { event, test }).map_err(|e| Error::Corrupt(e.to_string()))
}
