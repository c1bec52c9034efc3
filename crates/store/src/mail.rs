//! Mail that waits to be sent, and what became of it.

use crate::open::Query;
use crate::tx::Tx;
use crate::{Dialect, Result, Row, vals};
use model::{OrgId, Purpose, UserId};
use uuid::Uuid;

/// A mail on its way.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct Mail {
    pub org: OrgId,
    pub id: Uuid,
    pub user_id: UserId,
    pub subject: String,
    pub body: String,
    pub link: Option<Purpose>,
    pub attempts: i64,
    pub created_at: i64,
}

/// Puts a mail into the queue, due at once.
pub async fn mail_insert(tx: &Tx<'_>, mail: &Mail) -> Result<()> {
    let sql = "INSERT INTO mail (org_id, id, user_id, subject, body, link, state, attempts, due_at, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, 'waiting', 0, $7, $7)";
    let link = mail.link.map(|link| link.as_str().to_owned());
    let (subject, body) = (mail.subject.clone(), mail.body.clone());
    tx.execute(sql, vals![mail.org.0, mail.id, mail.user_id.0, subject, body, link, mail.created_at]).await?;
    Ok(())
}

/// When the next mail is due, if any waits.
pub async fn mail_next_due(db: &impl Query) -> Result<Option<i64>> {
    let row = db.first("SELECT min(due_at) FROM mail WHERE state = 'waiting'", vec![]).await?;
    row.map_or(Ok(None), |row| row.get(0))
}

/// Takes a mail that is due and puts its next try off by `retry_at(attempts so far)`: whoever dies while sending
/// leaves it to the next.
pub async fn mail_take(tx: &Tx<'_>, now: i64, retry_at: impl Fn(i64) -> i64) -> Result<Option<Mail>> {
    let skip = match tx.dialect() {
        Dialect::Sqlite => "",
        Dialect::Postgres => " FOR UPDATE SKIP LOCKED",
    };
    let sql = format!(
        "SELECT org_id, id, user_id, subject, body, link, attempts, created_at FROM mail \
         WHERE state = 'waiting' AND due_at <= $1 ORDER BY due_at LIMIT 1{skip}"
    );
    let Some(row) = tx.first(&sql, vals![now]).await? else { return Ok(None) };
    let mut mail = read(&row)?;
    let sql = "UPDATE mail SET attempts = attempts + 1, due_at = $3 WHERE org_id = $1 AND id = $2";
    tx.execute(sql, vals![mail.org.0, mail.id, retry_at(mail.attempts)]).await?;
    mail.attempts += 1;
    Ok(Some(mail))
}

fn read(row: &Row) -> Result<Mail> {
    let link: Option<String> = row.get(5)?;
    Ok(Mail {
        org: OrgId(row.get(0)?),
        id: row.get(1)?,
        user_id: UserId(row.get(2)?),
        subject: row.get(3)?,
        body: row.get(4)?,
        link: link.is_some().then(|| row.word(5)).transpose()?,
        attempts: row.get(6)?,
        created_at: row.get(7)?,
    })
}

/// Ends a mail: it went out, or is given up for this reason.
pub async fn mail_end(tx: &Tx<'_>, org: OrgId, id: Uuid, failed: Option<&str>, now: i64) -> Result<()> {
    let state = if failed.is_some() { "failed" } else { "sent" };
    let sql = "UPDATE mail SET state = $3, ended_at = $4, error = $5 WHERE org_id = $1 AND id = $2";
    tx.execute(sql, vals![org.0, id, state, now, failed.map(str::to_owned)]).await?;
    Ok(())
}

/// Remembers why a try failed; the mail goes on waiting.
pub async fn mail_tried(tx: &Tx<'_>, org: OrgId, id: Uuid, error: &str) -> Result<()> {
    tx.execute("UPDATE mail SET error = $3 WHERE org_id = $1 AND id = $2", vals![org.0, id, error]).await?;
    Ok(())
}

/// Forgets mail made before `before`, at most `limit`.
pub async fn mail_prune(tx: &Tx<'_>, before: i64, limit: i64) -> Result<u64> {
    let sql = "DELETE FROM mail WHERE (org_id, id) IN \
        (SELECT org_id, id FROM mail WHERE created_at < $1 ORDER BY created_at LIMIT $2)";
    tx.execute(sql, vals![before, limit]).await
}
