//! One-time links: secrets that work once and not for long.

use crate::open::Query;
use crate::tx::Tx;
use crate::{Result, Row, vals};
use model::{OrgId, Purpose, UserId};
use uuid::Uuid;

/// A link without its secret.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct OneTimeLink {
    pub org: OrgId,
    pub id: Uuid,
    pub user_id: UserId,
    pub purpose: Purpose,
    pub mailed: bool,
    pub created_at: i64,
    pub expires_at: i64,
}

const COLUMNS: &str = "org_id, id, user_id, purpose, mailed, created_at, expires_at";

impl OneTimeLink {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            org: OrgId(row.get(0)?),
            id: row.get(1)?,
            user_id: UserId(row.get(2)?),
            purpose: row.word(3)?,
            mailed: row.get(4)?,
            created_at: row.get(5)?,
            expires_at: row.get(6)?,
        })
    }
}

/// Stores a link by the hash of its secret.
pub async fn link_insert(tx: &Tx<'_>, link: &OneTimeLink, secret_hash: &[u8]) -> Result<()> {
    let sql =
        format!("INSERT INTO one_time_link ({COLUMNS}, secret_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
    let values = vals![
        link.org.0,
        link.id,
        link.user_id.0,
        link.purpose.as_str(),
        link.mailed,
        link.created_at,
        link.expires_at,
        secret_hash.to_vec()
    ];
    tx.execute(&sql, values).await?;
    Ok(())
}

/// The link with this secret, if it still works: unused, in time, of an active user.
pub async fn link_fetch(
    db: &impl Query,
    purpose: Purpose,
    secret_hash: &[u8],
    now: i64,
) -> Result<Option<OneTimeLink>> {
    let sql = format!(
        "SELECT {} FROM one_time_link l JOIN \"user\" u ON u.org_id = l.org_id AND u.id = l.user_id \
         WHERE l.secret_hash = $1 AND l.purpose = $2 AND l.used_at IS NULL AND l.expires_at > $3 AND u.active",
        COLUMNS.split(", ").map(|column| format!("l.{column}")).collect::<Vec<_>>().join(", ")
    );
    let row = db.first(&sql, vals![secret_hash.to_vec(), purpose.as_str(), now]).await?;
    row.as_ref().map(OneTimeLink::read).transpose()
}

/// Uses a link up; false if somebody was first.
pub async fn link_use(tx: &Tx<'_>, org: OrgId, id: Uuid, now: i64) -> Result<bool> {
    let sql = "UPDATE one_time_link SET used_at = $3 WHERE org_id = $1 AND id = $2 AND used_at IS NULL";
    Ok(tx.execute(sql, vals![org.0, id, now]).await? == 1)
}

/// Removes links that were over before `before`, at most `limit`.
pub async fn link_prune(tx: &Tx<'_>, before: i64, limit: i64) -> Result<u64> {
    let sql = "DELETE FROM one_time_link WHERE (org_id, id) IN \
        (SELECT org_id, id FROM one_time_link WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
    tx.execute(sql, vals![before, limit]).await
}
