//! Sessions: who is signed in with a browser. Found by the hash of the cookie's secret.

use crate::open::Query;
use crate::tx::Tx;
use crate::{Error, Result, Row, vals};
use model::{OrgId, SessionId, SignInMethod, UserId};

/// A session without its secret.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct Session {
    pub org: OrgId,
    pub id: SessionId,
    pub user_id: UserId,
    pub method: SignInMethod,
    pub proven: Vec<(OrgId, UserId)>,
    pub client: String,
    pub address: String,
    pub signed_in_at: i64,
    pub last_used_at: i64,
    pub expires_at: i64,
}

const COLUMNS: &str =
    "org_id, id, user_id, method, proven, client, address, signed_in_at, last_used_at, expires_at";

impl Session {
    fn read(row: &Row) -> Result<Self> {
        let proven: Vec<(i64, uuid::Uuid)> = row.json(4)?;
        Ok(Self {
            org: OrgId(row.get(0)?),
            id: SessionId(row.get(1)?),
            user_id: UserId(row.get(2)?),
            method: row.word(3)?,
            proven: proven.into_iter().map(|(org, user)| (OrgId(org), UserId(user))).collect(),
            client: row.get(5)?,
            address: row.get(6)?,
            signed_in_at: row.get(7)?,
            last_used_at: row.get(8)?,
            expires_at: row.get(9)?,
        })
    }
}

/// Stores a session by the hash of its secret.
pub async fn session_insert(tx: &Tx<'_>, s: &Session, secret_hash: &[u8]) -> Result<()> {
    let proven: Vec<(i64, uuid::Uuid)> = s.proven.iter().map(|(org, user)| (org.0, user.0)).collect();
    let proven = serde_json::to_value(proven).map_err(|e| Error::Corrupt(e.to_string()))?;
    tx.execute(
        &format!(
            "INSERT INTO session ({COLUMNS}, secret_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        ),
        vals![
            s.org.0,
            s.id.0,
            s.user_id.0,
            s.method.as_str(),
            proven,
            s.client.clone(),
            s.address.clone(),
            s.signed_in_at,
            s.last_used_at,
            s.expires_at,
            secret_hash.to_vec()
        ],
    )
    .await?;
    Ok(())
}

/// One session of a user.
pub async fn session_fetch(db: &impl Query, org: OrgId, user: UserId, id: SessionId) -> Result<Session> {
    let sql = format!("SELECT {COLUMNS} FROM session WHERE org_id = $1 AND user_id = $2 AND id = $3");
    db.first(&sql, vals![org.0, user.0, id.0]).await?.as_ref().map_or(Err(Error::NotFound), Session::read)
}

/// A user's sessions that are not over, the latest sign-in first.
pub async fn session_list(
    db: &impl Query,
    org: OrgId,
    user: UserId,
    now: i64,
    used_since: i64,
) -> Result<Vec<Session>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM session WHERE org_id = $1 AND user_id = $2 AND expires_at > $3 AND last_used_at > $4 \
         ORDER BY signed_in_at DESC, id DESC LIMIT 100"
    );
    db.rows(&sql, vals![org.0, user.0, now, used_since]).await?.iter().map(Session::read).collect()
}

/// Ends one session of a user. [`Error::NotFound`] if there is none.
pub async fn session_delete(tx: &Tx<'_>, org: OrgId, user: UserId, id: SessionId) -> Result<()> {
    let sql = "DELETE FROM session WHERE org_id = $1 AND user_id = $2 AND id = $3";
    match tx.execute(sql, vals![org.0, user.0, id.0]).await? {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// Ends the session with this secret, whoever's it is: a new sign-in takes its place. Its organisation, if there was one.
pub async fn session_delete_secret(tx: &Tx<'_>, secret_hash: &[u8]) -> Result<Option<OrgId>> {
    let sql = "DELETE FROM session WHERE secret_hash = $1 RETURNING org_id";
    tx.first(sql, vals![secret_hash.to_vec()]).await?.map(|row| row.get(0).map(OrgId)).transpose()
}

/// Ends all sessions of a user but one.
pub async fn session_delete_others(tx: &Tx<'_>, org: OrgId, user: UserId, but: SessionId) -> Result<u64> {
    let sql = "DELETE FROM session WHERE org_id = $1 AND user_id = $2 AND id <> $3";
    tx.execute(sql, vals![org.0, user.0, but.0]).await
}

/// Remembers that a session was used.
pub async fn session_touch(tx: &Tx<'_>, org: OrgId, id: SessionId, now: i64) -> Result<()> {
    let sql = "UPDATE session SET last_used_at = $3 WHERE org_id = $1 AND id = $2 AND last_used_at < $3";
    tx.execute(sql, vals![org.0, id.0, now]).await?;
    Ok(())
}

/// Removes sessions that were over before `before` or not used since `used_since`, at most `limit`.
pub async fn session_prune(tx: &Tx<'_>, before: i64, used_since: i64, limit: i64) -> Result<u64> {
    let sql = "DELETE FROM session WHERE (org_id, id) IN \
        (SELECT org_id, id FROM session WHERE expires_at < $1 OR last_used_at < $2 LIMIT $3)";
    tx.execute(sql, vals![before, used_since, limit]).await
}
