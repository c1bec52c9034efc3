//! Answers kept for 24 hours under the caller's `Idempotency-Key`, written with the effect they answer for.

use crate::open::Query;
use crate::tx::{Engine, Tx, lite_insert, pg_bytes, pg_insert};
use crate::{Error, Result, vals};
use model::OrgId;
use serde::Serialize;
use std::collections::HashMap;

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

/// Keeps one answer.
pub async fn answer_insert(
    tx: &Tx<'_>,
    org: OrgId,
    key: &str,
    answer: &StoredAnswer,
    now: i64,
) -> Result<()> {
    answers_insert(tx, org, &[(key, answer.clone())], now).await
}

/// The answers given under any of these keys since `since`.
pub async fn answers_fetch(
    tx: &Tx<'_>,
    org: OrgId,
    keys: &[&str],
    since: i64,
) -> Result<HashMap<String, StoredAnswer>> {
    let sql = format!(
        "SELECT key, request_hash, status, answer FROM idempotency_key \
         WHERE org_id = $1 AND created_at >= $3 AND key IN {}",
        tx.dialect().texts("$2")
    );
    let list = serde_json::to_string(keys).map_err(|e| Error::Corrupt(e.to_string()))?;
    let read = |row: &crate::Row| {
        let answer = StoredAnswer { request_hash: row.get(1)?, status: row.get(2)?, answer: row.get(3)? };
        Ok((row.get(0)?, answer))
    };
    tx.rows(&sql, vals![org.0, list, since]).await?.iter().map(read).collect()
}

#[derive(Serialize)]
struct AnswerRow<'a> {
    org_id: i64,
    key: &'a str,
    #[serde(serialize_with = "hash_bytes")]
    request_hash: &'a [u8],
    status: i64,
    answer: &'a str,
    created_at: i64,
}

fn hash_bytes<S: serde::Serializer>(bytes: &&[u8], s: S) -> std::result::Result<S::Ok, S::Error> {
    pg_bytes(bytes, s)
}

/// Keeps answers. A conflict means another node was first: the batch is run again and finds that answer.
pub async fn answers_insert(
    tx: &Tx<'_>,
    org: OrgId,
    answers: &[(&str, StoredAnswer)],
    now: i64,
) -> Result<()> {
    let keys: Vec<&str> = answers.iter().map(|(key, _)| *key).collect();
    let list = serde_json::to_string(&keys).map_err(|e| Error::Corrupt(e.to_string()))?;
    let expired = format!(
        "DELETE FROM idempotency_key WHERE org_id = $1 AND created_at < $3 AND key IN {}",
        tx.dialect().texts("$2")
    );
    tx.execute(&expired, vals![org.0, list, now - KEPT_SECONDS * model::Micros::SECOND]).await?;
    let rows: Vec<AnswerRow<'_>> = answers
        .iter()
        .map(|(key, a)| AnswerRow {
            org_id: org.0,
            key,
            request_hash: &a.request_hash,
            status: a.status,
            answer: &a.answer,
            created_at: now,
        })
        .collect();
    match tx.engine() {
        Engine::Lite(db) => {
            let head = format!("INSERT OR FAIL INTO idempotency_key ({COLUMNS})");
            lite_insert(db, [&head, "(?, ?, ?, ?, ?, ?)", ""], &rows, |b, r| {
                b.bind(r.org_id)?;
                b.bind(r.key)?;
                b.bind(r.request_hash)?;
                b.bind(r.status)?;
                b.bind(r.answer)?;
                b.bind(r.created_at)
            })?;
        }
        Engine::Pg(db) => {
            pg_insert(db, "idempotency_key", COLUMNS, &rows, "").await?;
        }
    }
    Ok(())
}

const COLUMNS: &str = "org_id, key, request_hash, status, answer, created_at";

/// Forgets answers older than `before`, at most `limit`; returns how many went.
pub async fn answer_prune(tx: &Tx<'_>, before: i64, limit: i64) -> Result<u64> {
    let sql = "DELETE FROM idempotency_key WHERE (org_id, key) IN \
        (SELECT org_id, key FROM idempotency_key WHERE created_at < $1 ORDER BY created_at LIMIT $2)";
    tx.execute(sql, vals![before, limit]).await
}
