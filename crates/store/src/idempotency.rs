//! Answers kept for 24 hours under the caller's `Idempotency-Key`, written with the effect they answer for.

use crate::open::Query;
use crate::tx::Tx;
use crate::{Result, vals};
use model::OrgId;

/// A stored answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// SHA-256 of the request.
    pub request_hash: Vec<u8>,
    /// HTTP status.
    pub status: i64,
    /// Body.
    pub answer: String,
}

/// How long an answer is kept.
pub const KEPT_SECONDS: i64 = 24 * 3600;

/// The answer given under a key since `since`.
pub async fn answer_fetch(
    db: &impl Query,
    org: OrgId,
    key: &str,
    since: i64,
) -> Result<Option<StoredAnswer>> {
    let sql = "SELECT request_hash, status, answer FROM idempotency_key \
        WHERE org_id = $1 AND key = $2 AND created_at >= $3";
    match db.first(sql, vals![org.0, key, since]).await? {
        Some(row) => {
            Ok(Some(StoredAnswer { request_hash: row.get(0)?, status: row.get(1)?, answer: row.get(2)? }))
        }
        None => Ok(None),
    }
}

/// Keeps an answer. A conflict means another node was first: the batch is run again and finds that answer.
pub async fn answer_insert(tx: &Tx<'_>, org: OrgId, key: &str, a: &StoredAnswer, now: i64) -> Result<()> {
    let expired = "DELETE FROM idempotency_key WHERE org_id = $1 AND key = $2 AND created_at < $3";
    tx.execute(expired, vals![org.0, key, now - KEPT_SECONDS * model::Micros::SECOND]).await?;
    tx.execute(
        "INSERT INTO idempotency_key (org_id, key, request_hash, status, answer, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        vals![org.0, key, a.request_hash.clone(), a.status, a.answer.clone(), now],
    )
    .await?;
    Ok(())
}

/// Forgets answers older than `before`, at most `limit`; returns how many went.
pub async fn answer_prune(tx: &Tx<'_>, before: i64, limit: i64) -> Result<u64> {
    let sql = "DELETE FROM idempotency_key WHERE (org_id, key) IN \
        (SELECT org_id, key FROM idempotency_key WHERE created_at < $1 ORDER BY created_at LIMIT $2)";
    tx.execute(sql, vals![before, limit]).await
}
