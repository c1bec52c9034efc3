//! Users and their API tokens. Secrets are stored hashed only.

use crate::open::Query;
use crate::tx::Tx;
use crate::{Error, Result, Row, vals};
use model::{OrgId, Role, TokenId, UserId};

/// A person who signs in, or a program that calls.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub active: bool,
    pub password_hash: Option<String>,
    pub created_at: i64,
}

const COLUMNS: &str = "id, email, name, role, active, password_hash, created_at";

impl User {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            id: UserId(row.get(0)?),
            email: row.get(1)?,
            name: row.get(2)?,
            role: row.word(3)?,
            active: row.get(4)?,
            password_hash: row.get(5)?,
            created_at: row.get(6)?,
        })
    }
}

/// Stores a user. [`Error::Conflict`] if the e-mail is taken in the organisation.
pub async fn user_insert(tx: &Tx<'_>, org: OrgId, user: &User) -> Result<()> {
    let sql = format!(
        "INSERT INTO \"user\" (org_id, email_key, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         ON CONFLICT (org_id, email_key) DO NOTHING"
    );
    let values = vals![
        org.0,
        user.email.to_lowercase(),
        user.id.0,
        user.email.clone(),
        user.name.clone(),
        user.role.as_str(),
        user.active,
        user.password_hash.clone(),
        user.created_at
    ];
    match tx.execute(&sql, values).await? {
        0 => Err(Error::Conflict("a user with this e-mail exists".to_owned())),
        _ => Ok(()),
    }
}

/// Writes a user's name, role, password and whether it may sign in.
pub async fn user_update(tx: &Tx<'_>, org: OrgId, user: &User) -> Result<()> {
    let sql = "UPDATE \"user\" SET name = $3, role = $4, active = $5, password_hash = $6 WHERE org_id = $1 AND id = $2";
    let values = vals![
        org.0,
        user.id.0,
        user.name.clone(),
        user.role.as_str(),
        user.active,
        user.password_hash.clone()
    ];
    match tx.execute(sql, values).await? {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// One user.
pub async fn user_fetch(db: &impl Query, org: OrgId, id: UserId) -> Result<User> {
    let sql = format!("SELECT {COLUMNS} FROM \"user\" WHERE org_id = $1 AND id = $2");
    db.first(&sql, vals![org.0, id.0]).await?.as_ref().map_or(Err(Error::NotFound), User::read)
}

/// One user by e-mail, in any case.
pub async fn user_fetch_email(db: &impl Query, org: OrgId, email: &str) -> Result<User> {
    let sql = format!("SELECT {COLUMNS} FROM \"user\" WHERE org_id = $1 AND email_key = $2");
    db.first(&sql, vals![org.0, email.to_lowercase()])
        .await?
        .as_ref()
        .map_or(Err(Error::NotFound), User::read)
}

/// Users behind the id `after`, by id.
pub async fn user_list(db: &impl Query, org: OrgId, after: Option<UserId>, limit: i64) -> Result<Vec<User>> {
    let sql = format!("SELECT {COLUMNS} FROM \"user\" WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3");
    let after = after.map_or(uuid::Uuid::nil(), |id| id.0);
    db.rows(&sql, vals![org.0, after, limit]).await?.iter().map(User::read).collect()
}

/// How many active admins an organisation has: the last one may not go.
pub async fn admin_count(db: &impl Query, org: OrgId) -> Result<i64> {
    let sql = "SELECT count(*) FROM \"user\" WHERE org_id = $1 AND role = 'admin' AND active";
    db.first(sql, vals![org.0]).await?.map_or(Ok(0), |row| row.get(0))
}

/// An API token without its secret.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct Token {
    pub id: TokenId,
    pub user_id: UserId,
    pub name: String,
    pub created_at: i64,
    pub last_used_at: Option<i64>,
    pub revoked_at: Option<i64>,
}

/// Stores a token by the hash of its secret.
pub async fn token_insert(tx: &Tx<'_>, org: OrgId, token: &Token, secret_hash: &[u8]) -> Result<()> {
    tx.execute(
        "INSERT INTO api_token (org_id, id, user_id, name, secret_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        vals![org.0, token.id.0, token.user_id.0, token.name.clone(), secret_hash.to_vec(), token.created_at],
    )
    .await?;
    Ok(())
}

/// Makes a token useless.
pub async fn token_revoke(tx: &Tx<'_>, org: OrgId, id: TokenId, now: i64) -> Result<()> {
    let sql = "UPDATE api_token SET revoked_at = coalesce(revoked_at, $3) WHERE org_id = $1 AND id = $2";
    match tx.execute(sql, vals![org.0, id.0, now]).await? {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// Remembers that a token was used.
pub async fn token_touch(tx: &Tx<'_>, org: OrgId, id: TokenId, now: i64) -> Result<()> {
    tx.execute(
        "UPDATE api_token SET last_used_at = $3 WHERE org_id = $1 AND id = $2",
        vals![org.0, id.0, now],
    )
    .await?;
    Ok(())
}

/// Tokens behind the id `after`, by id.
pub async fn token_list(
    db: &impl Query,
    org: OrgId,
    after: Option<TokenId>,
    limit: i64,
) -> Result<Vec<Token>> {
    let sql = "SELECT id, user_id, name, created_at, last_used_at, revoked_at FROM api_token \
        WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    let read = |row: &Row| {
        Ok(Token {
            id: TokenId(row.get(0)?),
            user_id: UserId(row.get(1)?),
            name: row.get(2)?,
            created_at: row.get(3)?,
            last_used_at: row.get(4)?,
            revoked_at: row.get(5)?,
        })
    };
    let after = after.map_or(uuid::Uuid::nil(), |id| id.0);
    db.rows(sql, vals![org.0, after, limit]).await?.iter().map(read).collect()
}

/// Who calls, found by the hash of a secret; only live tokens of active users.
#[derive(Debug, Clone, PartialEq)]
pub struct Caller {
    /// The tenant.
    pub org: OrgId,
    /// The token.
    pub token: TokenId,
    /// The user.
    pub user: UserId,
    /// What it may do.
    pub role: Role,
    /// The agent the user is, if it is one.
    pub agent_no: Option<i64>,
    /// The organisation's region, for phone numbers.
    pub region: String,
    /// The organisation's zone.
    pub timezone: String,
    /// When the token was last used, as far as is stored.
    pub last_used_at: Option<i64>,
}

/// Finds the caller behind a secret.
pub async fn caller_fetch(db: &impl Query, secret_hash: &[u8]) -> Result<Option<Caller>> {
    let sql = "SELECT t.org_id, t.id, t.user_id, u.role, a.agent_no, o.region, o.timezone, t.last_used_at \
        FROM api_token t JOIN \"user\" u ON u.org_id = t.org_id AND u.id = t.user_id \
        JOIN organization o ON o.org_id = t.org_id \
        LEFT JOIN agent a ON a.org_id = t.org_id AND a.user_id = t.user_id \
        WHERE t.secret_hash = $1 AND t.revoked_at IS NULL AND u.active";
    let Some(row) = db.first(sql, vals![secret_hash.to_vec()]).await? else { return Ok(None) };
    Ok(Some(Caller {
        org: OrgId(row.get(0)?),
        token: TokenId(row.get(1)?),
        user: UserId(row.get(2)?),
        role: row.word(3)?,
        agent_no: row.get(4)?,
        region: row.get(5)?,
        timezone: row.get(6)?,
        last_used_at: row.get(7)?,
    }))
}
