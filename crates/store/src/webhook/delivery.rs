//! Deliveries: one event on its way to one endpoint. The event itself stays in the outbox.

use crate::open::Query;
use crate::tx::{Engine, Tx, pg_insert};
use crate::{Error, Result, Row, vals};
use model::{DeliveryState, EventId, OrgId, WebhookDeliveryId, WebhookEndpointId};
use serde::Serialize;

/// A delivery as it is stored.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct Delivery {
    pub endpoint: WebhookEndpointId,
    pub id: WebhookDeliveryId,
    pub event: EventId,
    pub cursor: Option<i64>,
    pub kind: String,
    pub state: DeliveryState,
    pub attempts: i64,
    pub next_at: i64,
    pub last_at: Option<i64>,
    pub last_status: Option<i64>,
    pub last_error: Option<String>,
    pub last_response: Option<String>,
    pub last_ms: Option<i64>,
    pub created_at: i64,
}

const COLUMNS: &str = "d.endpoint_id, d.id, d.event_id, d.cursor, d.kind, d.state, d.attempts, d.next_at, d.last_at, \
    d.last_status, d.last_error, d.last_response, d.last_ms, d.created_at";

impl Delivery {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            endpoint: WebhookEndpointId(row.get(0)?),
            id: WebhookDeliveryId(row.get(1)?),
            event: EventId(row.get(2)?),
            cursor: row.get(3)?,
            kind: row.get(4)?,
            state: row.word(5)?,
            attempts: row.get(6)?,
            next_at: row.get(7)?,
            last_at: row.get(8)?,
            last_status: row.get(9)?,
            last_error: row.get(10)?,
            last_response: row.get(11)?,
            last_ms: row.get(12)?,
            created_at: row.get(13)?,
        })
    }
}

/// A delivery that has not been tried.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct NewDelivery {
    pub org_id: i64,
    pub endpoint_id: uuid::Uuid,
    pub id: uuid::Uuid,
    pub event_id: uuid::Uuid,
    pub cursor: Option<i64>,
    pub kind: String,
    pub state: &'static str,
    pub attempts: i64,
    pub next_at: i64,
    pub created_at: i64,
}

/// Queues deliveries.
pub async fn delivery_insert(tx: &Tx<'_>, rows: &[NewDelivery]) -> Result<()> {
    const NEW: &str = "org_id, endpoint_id, id, event_id, cursor, kind, state, attempts, next_at, created_at";
    match tx.engine() {
        Engine::Lite(db) => {
            let mut statement = db.prepare_cached(&format!(
                "INSERT INTO webhook_delivery ({NEW}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
            ))?;
            for row in rows {
                statement.execute(rusqlite::params![
                    row.org_id,
                    row.endpoint_id.as_bytes(),
                    row.id.as_bytes(),
                    row.event_id.as_bytes(),
                    row.cursor,
                    row.kind,
                    row.state,
                    row.attempts,
                    row.next_at,
                    row.created_at,
                ])?;
            }
        }
        Engine::Pg(_) if rows.is_empty() => {}
        Engine::Pg(db) => {
            pg_insert(db, "webhook_delivery", NEW, rows, "").await?;
        }
    }
    Ok(())
}

/// What is needed of an event to queue it.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns are described in the outbox")]
pub struct Head {
    pub cursor: i64,
    pub id: EventId,
    pub kind: String,
    /// It concerns one user only, and is nobody else's business.
    pub personal: bool,
}

/// The events behind `after`, in order, without their data.
pub async fn event_heads(db: &impl Query, org: OrgId, after: i64, limit: i64) -> Result<Vec<Head>> {
    let sql = "SELECT cursor, id, kind, user_id FROM outbox_event WHERE org_id = $1 AND cursor > $2 \
        ORDER BY cursor LIMIT $3";
    let read = |row: &Row| {
        let personal = row.get::<Option<uuid::Uuid>>(3)?.is_some();
        Ok(Head { cursor: row.get(0)?, id: EventId(row.get(1)?), kind: row.get(2)?, personal })
    };
    db.rows(sql, vals![org.0, after, limit]).await?.iter().map(read).collect()
}

/// Whether an event is still in the outbox.
pub async fn event_stored(db: &impl Query, org: OrgId, cursor: i64) -> Result<bool> {
    let sql = "SELECT 1 FROM outbox_event WHERE org_id = $1 AND cursor = $2";
    Ok(!db.rows(sql, vals![org.0, cursor]).await?.is_empty())
}

/// A delivery whose time has come, with its event's time and data; `None`: it is a test, or the event is gone.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "two parts of one thing")]
pub struct Due {
    pub delivery: Delivery,
    pub event: Option<(i64, serde_json::Value)>,
}

/// The deliveries to an endpoint that are due, first come, first served.
pub async fn delivery_list_due(
    db: &impl Query,
    org: OrgId,
    endpoint: WebhookEndpointId,
    now: i64,
    limit: i64,
) -> Result<Vec<Due>> {
    let index = db.dialect().indexed_by("webhook_delivery_due");
    let sql = format!(
        "SELECT {COLUMNS}, o.occurred_at, o.data FROM webhook_delivery AS d{index} \
         LEFT JOIN outbox_event o ON o.org_id = d.org_id AND o.cursor = d.cursor \
         WHERE d.org_id = $1 AND d.endpoint_id = $2 AND d.state = 'pending' AND d.next_at <= $3 \
         ORDER BY d.next_at, d.id LIMIT $4"
    );
    let read = |row: &Row| {
        let at: Option<i64> = row.get(14)?;
        let data: Option<serde_json::Value> = row.get(15)?;
        Ok(Due { delivery: Delivery::read(row)?, event: at.zip(data) })
    };
    db.rows(&sql, vals![org.0, endpoint.0, now, limit]).await?.iter().map(read).collect()
}

/// When the next delivery to an endpoint is due, behind `after`.
pub async fn delivery_next(
    db: &impl Query,
    org: OrgId,
    endpoint: WebhookEndpointId,
    after: i64,
) -> Result<Option<i64>> {
    let sql = format!(
        "SELECT min(next_at) FROM webhook_delivery{} WHERE org_id = $1 AND endpoint_id = $2 AND state = 'pending' \
         AND next_at > $3",
        db.dialect().indexed_by("webhook_delivery_due")
    );
    db.first(&sql, vals![org.0, endpoint.0, after]).await?.map_or(Ok(None), |row| row.get(0))
}

/// One delivery, locked until the commit.
pub async fn delivery_fetch_locked(
    tx: &Tx<'_>,
    org: OrgId,
    endpoint: WebhookEndpointId,
    id: WebhookDeliveryId,
) -> Result<Delivery> {
    let sql = format!(
        "SELECT {COLUMNS} FROM webhook_delivery d WHERE d.org_id = $1 AND d.endpoint_id = $2 AND d.id = $3{}",
        tx.dialect().for_update()
    );
    tx.first(&sql, vals![org.0, endpoint.0, id.0])
        .await?
        .as_ref()
        .map_or(Err(Error::NotFound), Delivery::read)
}

/// Writes where a delivery stands and how its last attempt went.
pub async fn delivery_update(tx: &Tx<'_>, org: OrgId, d: &Delivery) -> Result<()> {
    let sql = "UPDATE webhook_delivery SET state = $4, attempts = $5, next_at = $6, last_at = $7, last_status = $8, \
        last_error = $9, last_response = $10, last_ms = $11 WHERE org_id = $1 AND endpoint_id = $2 AND id = $3";
    let values = vals![
        org.0,
        d.endpoint.0,
        d.id.0,
        d.state.as_str(),
        d.attempts,
        d.next_at,
        d.last_at,
        d.last_status,
        d.last_error.clone(),
        d.last_response.clone(),
        d.last_ms
    ];
    tx.execute(sql, values).await?;
    Ok(())
}

/// The deliveries to an endpoint, newest first; `before`: older than this one.
pub async fn delivery_list(
    db: &impl Query,
    org: OrgId,
    endpoint: WebhookEndpointId,
    before: Option<WebhookDeliveryId>,
    limit: i64,
) -> Result<Vec<Delivery>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM webhook_delivery d WHERE d.org_id = $1 AND d.endpoint_id = $2 AND d.id < $3 \
         ORDER BY d.id DESC LIMIT $4"
    );
    let before = before.map_or(uuid::Uuid::max(), |id| id.0);
    db.rows(&sql, vals![org.0, endpoint.0, before, limit]).await?.iter().map(Delivery::read).collect()
}

/// Removes at most `limit` finished deliveries to an endpoint that were made before `before`; how many went.
pub async fn delivery_prune(
    tx: &Tx<'_>,
    org: OrgId,
    endpoint: WebhookEndpointId,
    before: i64,
    limit: i64,
) -> Result<u64> {
    let sql = "DELETE FROM webhook_delivery WHERE org_id = $1 AND endpoint_id = $2 AND state <> 'pending' AND id IN \
        (SELECT id FROM webhook_delivery WHERE org_id = $1 AND endpoint_id = $2 AND created_at < $3 \
         AND state <> 'pending' ORDER BY id LIMIT $4)";
    // The oldest come first: once the first is young, none is old.
    let first =
        "SELECT created_at FROM webhook_delivery WHERE org_id = $1 AND endpoint_id = $2 ORDER BY id LIMIT 1";
    match tx.first(first, vals![org.0, endpoint.0]).await? {
        Some(row) if row.get::<i64>(0)? < before => {
            tx.execute(sql, vals![org.0, endpoint.0, before, limit]).await
        }
        _ => Ok(0),
    }
}
