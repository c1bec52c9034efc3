//! Tickets: secrets that open one socket within seconds, for clients that can send neither header nor cookie.

use crate::open::Query;
use crate::tx::Tx;
use crate::{Result, vals};
use model::OrgId;

/// Stores a ticket by the hash of its secret; those that have run out go.
pub async fn ticket_insert(
    tx: &Tx<'_>,
    org: OrgId,
    secret_hash: &[u8],
    credential: &[u8],
    now: i64,
    expires_at: i64,
) -> Result<()> {
    tx.execute("DELETE FROM ws_ticket WHERE org_id = $1 AND expires_at <= $2", vals![org.0, now]).await?;
    tx.execute(
        "INSERT INTO ws_ticket (org_id, secret_hash, credential, expires_at) VALUES ($1, $2, $3, $4)",
        vals![org.0, secret_hash.to_vec(), credential.to_vec(), expires_at],
    )
    .await?;
    Ok(())
}

/// Uses a ticket up: the hash of the credential it was asked for with, if it is there and has not run out.
pub async fn ticket_take(tx: &Tx<'_>, secret_hash: &[u8], now: i64) -> Result<Option<Vec<u8>>> {
    let sql = "DELETE FROM ws_ticket WHERE secret_hash = $1 RETURNING credential, expires_at";
    let Some(row) = tx.first(sql, vals![secret_hash.to_vec()]).await? else { return Ok(None) };
    let expires_at: i64 = row.get(1)?;
    (expires_at > now).then(|| row.get(0)).transpose()
}
