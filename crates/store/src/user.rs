//! Users and their API tokens, and who is behind a request. Secrets are stored hashed only.

use crate::open::Query;
use crate::tx::Tx;
use crate::{Error, Result, Row, vals};
use model::{OrgId, Role, SessionId, TokenId, UserId};

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

/// Everybody with this e-mail who may come in, in every organisation that has one; the oldest organisation first.
pub async fn user_list_email(db: &impl Query, email: &str) -> Result<Vec<Member>> {
    let sql = "SELECT u.org_id, u.id, u.password_hash, u.access_from, o.slug, o.name FROM \"user\" u \
        JOIN organization o ON o.org_id = u.org_id WHERE u.email_key = $1 AND u.active ORDER BY u.org_id";
    let read = |row: &Row| {
        Ok(Member {
            org: OrgId(row.get(0)?),
            user: UserId(row.get(1)?),
            password_hash: row.get(2)?,
            access_from: row.get(3)?,
            slug: row.get(4)?,
            organization: row.get(5)?,
        })
    };
    db.rows(sql, vals![email.to_lowercase()]).await?.iter().map(read).collect()
}

/// An active user of one of the organisations a person may belong to.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The organisation.
    pub org: OrgId,
    /// The user there.
    pub user: UserId,
    /// If it may sign in with a password.
    pub password_hash: Option<String>,
    /// What was proven of the user before counts no more.
    pub access_from: i64,
    /// The organisation's short name.
    pub slug: String,
    /// The organisation's name.
    pub organization: String,
}

/// Ends all that a user has open: its sessions, its unused links, what other sessions have proven of it.
pub async fn user_access_end(tx: &Tx<'_>, org: OrgId, user: UserId, now: i64) -> Result<()> {
    for sql in [
        "UPDATE \"user\" SET access_from = $3 WHERE org_id = $1 AND id = $2",
        "DELETE FROM session WHERE org_id = $1 AND user_id = $2 AND signed_in_at <= $3",
        "UPDATE one_time_link SET used_at = $3 WHERE org_id = $1 AND user_id = $2 AND used_at IS NULL",
    ] {
        tx.execute(sql, vals![org.0, user.0, now]).await?;
    }
    Ok(())
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

/// What somebody showed to be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Credential {
    /// A bearer token.
    Token(TokenId),
    /// A session's cookie.
    Session(SessionId),
}

/// Who calls, found by the hash of a secret; only live tokens and sessions of active users.
#[derive(Debug, Clone, PartialEq)]
pub struct Caller {
    /// The tenant.
    pub org: OrgId,
    /// The token or session.
    pub credential: Credential,
    /// The user.
    pub user: UserId,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The agent the user is, if it is one.
    pub agent_no: Option<i64>,
    /// The organisation's name.
    pub organization: String,
    /// The organisation's region, for phone numbers.
    pub region: String,
    /// The organisation's zone.
    pub timezone: String,
    /// When the credential was last used, as far as is stored.
    pub last_used_at: Option<i64>,
}

/// What a caller consists of, where `t` is the credential's row.
const CALLER: &str = "SELECT t.org_id, t.id, t.user_id, u.name, u.role, a.agent_no, o.name, o.region, o.timezone, \
    t.last_used_at";
const CALLER_JOINED: &str = "JOIN \"user\" u ON u.org_id = t.org_id AND u.id = t.user_id \
    JOIN organization o ON o.org_id = t.org_id \
    LEFT JOIN agent a ON a.org_id = t.org_id AND a.user_id = t.user_id";

impl Caller {
    fn read(row: &Row, credential: impl Fn(uuid::Uuid) -> Credential) -> Result<Self> {
        Ok(Self {
            org: OrgId(row.get(0)?),
            credential: credential(row.get(1)?),
            user: UserId(row.get(2)?),
            name: row.get(3)?,
            role: row.word(4)?,
            agent_no: row.get(5)?,
            organization: row.get(6)?,
            region: row.get(7)?,
            timezone: row.get(8)?,
            last_used_at: row.get(9)?,
        })
    }
}

/// Finds the caller behind a bearer token.
pub async fn caller_fetch(db: &impl Query, secret_hash: &[u8]) -> Result<Option<Caller>> {
    let sql = format!(
        "{CALLER} FROM api_token t {CALLER_JOINED} WHERE t.secret_hash = $1 AND t.revoked_at IS NULL AND u.active"
    );
    let row = db.first(&sql, vals![secret_hash.to_vec()]).await?;
    row.map(|row| Caller::read(&row, |id| Credential::Token(TokenId(id)))).transpose()
}

/// Finds the caller behind a session that was used since `used_since` and is not over at `now`.
pub async fn caller_fetch_session(
    db: &impl Query,
    secret_hash: &[u8],
    now: i64,
    used_since: i64,
) -> Result<Option<Caller>> {
    let sql = format!(
        "{CALLER} FROM session t {CALLER_JOINED} WHERE t.secret_hash = $1 AND t.expires_at > $2 \
         AND t.last_used_at > $3 AND u.active"
    );
    let row = db.first(&sql, vals![secret_hash.to_vec(), now, used_since]).await?;
    row.map(|row| Caller::read(&row, |id| Credential::Session(SessionId(id)))).transpose()
}
