//! Webhook endpoints: who wants to hear of which events, and with which secrets they are signed.

mod delivery;

pub use delivery::{
    Delivery, Due, Head, NewDelivery, delivery_fetch_locked, delivery_insert, delivery_list,
    delivery_list_due, delivery_next, delivery_prune, delivery_update, event_heads, event_stored,
};

use crate::open::Query;
use crate::tx::Tx;
use crate::{Error, Result, Row, vals};
use model::{OrgId, WebhookEndpointId};

/// An endpoint as it is stored.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct Endpoint {
    pub org: OrgId,
    pub id: WebhookEndpointId,
    pub url: String,
    pub description: String,
    pub kinds: Option<Vec<String>>,
    pub secret: String,
    pub old_secret: Option<String>,
    pub old_secret_until: Option<i64>,
    pub active: bool,
    pub disabled_reason: Option<String>,
    pub cursor: i64,
    pub actor: String,
    pub created_at: i64,
    pub changed_at: i64,
}

const COLUMNS: &str = "org_id, id, url, description, kinds, secret, old_secret, old_secret_until, active, \
    disabled_reason, cursor, actor, created_at, changed_at";

impl Endpoint {
    fn read(row: &Row) -> Result<Self> {
        let kinds: Option<serde_json::Value> = row.get(4)?;
        let kinds = kinds.map(serde_json::from_value).transpose();
        Ok(Self {
            org: OrgId(row.get(0)?),
            id: WebhookEndpointId(row.get(1)?),
            url: row.get(2)?,
            description: row.get(3)?,
            kinds: kinds.map_err(|e| Error::Corrupt(format!("kinds of an endpoint: {e}")))?,
            secret: row.get(5)?,
            old_secret: row.get(6)?,
            old_secret_until: row.get(7)?,
            active: row.get(8)?,
            disabled_reason: row.get(9)?,
            cursor: row.get(10)?,
            actor: row.get(11)?,
            created_at: row.get(12)?,
            changed_at: row.get(13)?,
        })
    }

    /// Whether it wants events of this type.
    pub fn wants(&self, kind: &str) -> bool {
        self.kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|k| k == kind))
    }

    fn kinds_json(&self) -> Option<serde_json::Value> {
        self.kinds.as_ref().map(|kinds| serde_json::json!(kinds))
    }
}

/// Stores an endpoint.
pub async fn endpoint_insert(tx: &Tx<'_>, e: &Endpoint) -> Result<()> {
    let sql = format!(
        "INSERT INTO webhook_endpoint ({COLUMNS}) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
    );
    let values = vals![
        e.org.0,
        e.id.0,
        e.url.clone(),
        e.description.clone(),
        e.kinds_json(),
        e.secret.clone(),
        e.old_secret.clone(),
        e.old_secret_until,
        e.active,
        e.disabled_reason.clone(),
        e.cursor,
        e.actor.clone(),
        e.created_at,
        e.changed_at
    ];
    tx.execute(&sql, values).await?;
    Ok(())
}

/// Writes everything of an endpoint but who made it when.
pub async fn endpoint_update(tx: &Tx<'_>, e: &Endpoint) -> Result<()> {
    let sql = "UPDATE webhook_endpoint SET url = $3, description = $4, kinds = $5, secret = $6, old_secret = $7, \
        old_secret_until = $8, active = $9, disabled_reason = $10, cursor = $11, changed_at = $12 \
        WHERE org_id = $1 AND id = $2";
    let values = vals![
        e.org.0,
        e.id.0,
        e.url.clone(),
        e.description.clone(),
        e.kinds_json(),
        e.secret.clone(),
        e.old_secret.clone(),
        e.old_secret_until,
        e.active,
        e.disabled_reason.clone(),
        e.cursor,
        e.changed_at
    ];
    match tx.execute(sql, values).await? {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// Moves an endpoint's place in the events.
pub async fn endpoint_advance(tx: &Tx<'_>, org: OrgId, id: WebhookEndpointId, cursor: i64) -> Result<()> {
    let sql = "UPDATE webhook_endpoint SET cursor = $3 WHERE org_id = $1 AND id = $2 AND cursor < $3";
    tx.execute(sql, vals![org.0, id.0, cursor]).await?;
    Ok(())
}

/// Removes an endpoint with its deliveries.
pub async fn endpoint_delete(tx: &Tx<'_>, org: OrgId, id: WebhookEndpointId) -> Result<()> {
    let deliveries = "DELETE FROM webhook_delivery WHERE org_id = $1 AND endpoint_id = $2";
    tx.execute(deliveries, vals![org.0, id.0]).await?;
    let sql = "DELETE FROM webhook_endpoint WHERE org_id = $1 AND id = $2";
    match tx.execute(sql, vals![org.0, id.0]).await? {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// One endpoint.
pub async fn endpoint_fetch(db: &impl Query, org: OrgId, id: WebhookEndpointId) -> Result<Endpoint> {
    let sql = format!("SELECT {COLUMNS} FROM webhook_endpoint WHERE org_id = $1 AND id = $2");
    db.first(&sql, vals![org.0, id.0]).await?.as_ref().map_or(Err(Error::NotFound), Endpoint::read)
}

/// One endpoint, locked until the commit.
pub async fn endpoint_fetch_locked(tx: &Tx<'_>, org: OrgId, id: WebhookEndpointId) -> Result<Endpoint> {
    let lock = tx.dialect().for_update();
    let sql = format!("SELECT {COLUMNS} FROM webhook_endpoint WHERE org_id = $1 AND id = $2{lock}");
    tx.first(&sql, vals![org.0, id.0]).await?.as_ref().map_or(Err(Error::NotFound), Endpoint::read)
}

/// The endpoints of an organisation, oldest first.
pub async fn endpoint_list(
    db: &impl Query,
    org: OrgId,
    after: Option<WebhookEndpointId>,
    limit: i64,
) -> Result<Vec<Endpoint>> {
    let sql =
        format!("SELECT {COLUMNS} FROM webhook_endpoint WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3");
    let after = after.map_or(uuid::Uuid::nil(), |id| id.0);
    db.rows(&sql, vals![org.0, after, limit]).await?.iter().map(Endpoint::read).collect()
}

/// The endpoints of an organisation that are switched on, locked in the order of their ids.
pub async fn endpoint_list_locked(tx: &Tx<'_>, org: OrgId) -> Result<Vec<Endpoint>> {
    let lock = tx.dialect().for_update();
    let sql =
        format!("SELECT {COLUMNS} FROM webhook_endpoint WHERE org_id = $1 AND active ORDER BY id{lock}");
    tx.rows(&sql, vals![org.0]).await?.iter().map(Endpoint::read).collect()
}

/// Every endpoint that is switched on, of all organisations, with the organisation's newest cursor.
pub async fn endpoint_list_active(db: &impl Query) -> Result<Vec<(Endpoint, i64)>> {
    let sql = "SELECT e.org_id, e.id, e.url, e.description, e.kinds, e.secret, e.old_secret, e.old_secret_until, \
        e.active, e.disabled_reason, e.cursor, e.actor, e.created_at, e.changed_at, c.cursor \
        FROM webhook_endpoint e JOIN org_counter c ON c.org_id = e.org_id WHERE e.active ORDER BY e.org_id, e.id";
    let read = |row: &Row| Ok((Endpoint::read(row)?, row.get(14)?));
    db.rows(sql, vec![]).await?.iter().map(read).collect()
}
