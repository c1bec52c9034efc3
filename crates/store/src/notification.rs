//! Notifications of people: kept until they are old, read or not; how many are unread is a counter.

use crate::open::Query;
use crate::tx::{Engine, Tx, pg_insert};
use crate::{Result, Row, vals};
use model::{LeadId, NotificationId, NotificationKind, OrgId, UserId};
use serde::Serialize;

/// A notification as it is stored.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct Notification {
    pub id: NotificationId,
    pub kind: NotificationKind,
    pub title: String,
    pub message: String,
    pub lead_id: Option<LeadId>,
    pub leads: i64,
    pub created_at: i64,
    pub read_at: Option<i64>,
}

const READ: &str = "id, kind, title, message, lead_id, leads, created_at, read_at";

impl Notification {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            id: NotificationId(row.get(0)?),
            kind: row.word(1)?,
            title: row.get(2)?,
            message: row.get(3)?,
            lead_id: row.get::<Option<uuid::Uuid>>(4)?.map(LeadId),
            leads: row.get(5)?,
            created_at: row.get(6)?,
            read_at: row.get(7)?,
        })
    }
}

/// A notification to be stored, unread.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct NewNotification {
    pub org_id: i64,
    pub user_id: uuid::Uuid,
    pub id: uuid::Uuid,
    pub kind: &'static str,
    pub title: String,
    pub message: String,
    pub lead_id: Option<uuid::Uuid>,
    pub leads: i64,
    pub created_at: i64,
}

const NEW: &str = "org_id, user_id, id, kind, title, message, lead_id, leads, created_at";
/// A notification that is there already tells more now, and is unread again.
const MORE: &str = "ON CONFLICT (org_id, user_id, id) DO UPDATE SET title = excluded.title, \
    message = excluded.message, leads = excluded.leads, created_at = excluded.created_at, read_at = NULL";

/// Stores notifications; one that is there already is written over.
pub async fn notification_put(tx: &Tx<'_>, rows: &[NewNotification]) -> Result<()> {
    match tx.engine() {
        Engine::Lite(db) => {
            let mut statement = db.prepare_cached(&format!(
                "INSERT INTO notification ({NEW}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) {MORE}"
            ))?;
            for row in rows {
                statement.execute(rusqlite::params![
                    row.org_id,
                    row.user_id.as_bytes(),
                    row.id.as_bytes(),
                    row.kind,
                    row.title,
                    row.message,
                    row.lead_id.map(|id| id.into_bytes()),
                    row.leads,
                    row.created_at,
                ])?;
            }
        }
        Engine::Pg(_) if rows.is_empty() => {}
        Engine::Pg(db) => {
            pg_insert(db, "notification", NEW, rows, MORE).await?;
        }
    }
    Ok(())
}

/// A change of somebody's count.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct Unread {
    pub org_id: i64,
    pub user_id: uuid::Uuid,
    pub unread: i64,
}

/// Adds to the counts of people who are told something, in the order given; how many each has not read now.
pub async fn unread_add(tx: &Tx<'_>, rows: &[Unread]) -> Result<Vec<(UserId, i64)>> {
    const COLUMNS: &str = "org_id, user_id, unread";
    const ADD: &str = "ON CONFLICT (org_id, user_id) DO UPDATE SET unread = notification_count.unread + excluded.unread \
        RETURNING user_id, unread";
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    match tx.engine() {
        Engine::Lite(db) => {
            let sql = format!("INSERT INTO notification_count ({COLUMNS}) VALUES (?1, ?2, ?3) {ADD}");
            let mut statement = db.prepare_cached(&sql)?;
            let add = |row: &Unread| {
                let values = rusqlite::params![row.org_id, row.user_id.as_bytes(), row.unread];
                let unread = statement.query_row(values, |found| found.get(1))?;
                Ok((UserId(row.user_id), unread))
            };
            rows.iter().map(add).collect()
        }
        Engine::Pg(db) => {
            let found = pg_insert(db, "notification_count", COLUMNS, rows, ADD).await?;
            let read =
                |row: sea_orm::QueryResult| Ok((UserId(row.try_get_by_index(0)?), row.try_get_by_index(1)?));
            found.into_iter().map(read).collect()
        }
    }
}

/// One notification of a user.
pub async fn notification_fetch(
    db: &impl Query,
    org: OrgId,
    user: UserId,
    id: NotificationId,
) -> Result<Option<Notification>> {
    let sql = format!("SELECT {READ} FROM notification WHERE org_id = $1 AND user_id = $2 AND id = $3");
    db.first(&sql, vals![org.0, user.0, id.0]).await?.as_ref().map(Notification::read).transpose()
}

/// A user's notifications, newest first; `before`: older than this one.
pub async fn notification_list(
    db: &impl Query,
    org: OrgId,
    user: UserId,
    before: Option<NotificationId>,
    limit: i64,
) -> Result<Vec<Notification>> {
    let sql = format!(
        "SELECT {READ} FROM notification WHERE org_id = $1 AND user_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4"
    );
    let before = before.map_or(uuid::Uuid::max(), |id| id.0);
    db.rows(&sql, vals![org.0, user.0, before, limit]).await?.iter().map(Notification::read).collect()
}

/// How many a user has not read.
pub async fn unread_fetch(db: &impl Query, org: OrgId, user: UserId) -> Result<i64> {
    let sql = "SELECT unread FROM notification_count WHERE org_id = $1 AND user_id = $2";
    db.first(sql, vals![org.0, user.0]).await?.map_or(Ok(0), |row| row.get(0))
}

/// Marks one as read; whether it was unread.
pub async fn notification_mark(
    tx: &Tx<'_>,
    org: OrgId,
    user: UserId,
    id: NotificationId,
    now: i64,
) -> Result<bool> {
    let sql = "UPDATE notification SET read_at = $4 \
        WHERE org_id = $1 AND user_id = $2 AND id = $3 AND read_at IS NULL";
    let marked = tx.execute(sql, vals![org.0, user.0, id.0, now]).await? > 0;
    if marked {
        unread_take(tx, org, user, 1).await?;
    }
    Ok(marked)
}

/// Marks all as read. The count says how many to look for, so that years of read ones are not walked.
pub async fn notification_mark_all(tx: &Tx<'_>, org: OrgId, user: UserId, now: i64) -> Result<u64> {
    let unread = unread_fetch(tx, org, user).await?;
    if unread == 0 {
        return Ok(0);
    }
    let sql = "UPDATE notification SET read_at = $3 WHERE org_id = $1 AND user_id = $2 AND id IN \
        (SELECT id FROM notification WHERE org_id = $1 AND user_id = $2 AND read_at IS NULL \
         ORDER BY id DESC LIMIT $4)";
    let marked = tx.execute(sql, vals![org.0, user.0, now, unread]).await?;
    unread_take(tx, org, user, marked as i64).await?;
    Ok(marked)
}

async fn unread_take(tx: &Tx<'_>, org: OrgId, user: UserId, fewer: i64) -> Result<()> {
    let sql = "UPDATE notification_count SET unread = unread - $3 WHERE org_id = $1 AND user_id = $2";
    tx.execute(sql, vals![org.0, user.0, fewer]).await?;
    Ok(())
}

/// Removes at most `limit` notifications of a user from before `before`; how many went.
pub async fn notification_prune(
    tx: &Tx<'_>,
    org: OrgId,
    user: UserId,
    before: i64,
    limit: i64,
) -> Result<u64> {
    // The oldest come first, but a batch's may have been counted on since: they wait for their own age.
    let sql = "DELETE FROM notification WHERE org_id = $1 AND user_id = $2 AND created_at < $3 AND id IN \
        (SELECT id FROM notification WHERE org_id = $1 AND user_id = $2 ORDER BY id LIMIT $4) RETURNING read_at";
    let gone = tx.rows(sql, vals![org.0, user.0, before, limit]).await?;
    let mut unread = 0;
    for row in &gone {
        unread += i64::from(row.get::<Option<i64>>(0)?.is_none());
    }
    if unread > 0 {
        unread_take(tx, org, user, unread).await?;
    }
    Ok(gone.len() as u64)
}

/// The people of an organisation who were ever told something.
pub async fn notified_list(db: &impl Query, org: OrgId) -> Result<Vec<UserId>> {
    let sql = "SELECT user_id FROM notification_count WHERE org_id = $1 ORDER BY user_id";
    db.rows(sql, vals![org.0]).await?.iter().map(|row| Ok(UserId(row.get(0)?))).collect()
}

/// The people who run an organisation: its active admins and managers.
pub async fn staff_list(db: &impl Query, org: OrgId) -> Result<Vec<UserId>> {
    let sql = "SELECT id FROM \"user\" WHERE org_id = $1 AND active AND (role = 'admin' OR role = 'manager') ORDER BY id";
    db.rows(sql, vals![org.0]).await?.iter().map(|row| Ok(UserId(row.get(0)?))).collect()
}

/// Where a person wants to hear of a kind of thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct Preference {
    pub kind: NotificationKind,
    pub in_app: bool,
    pub email: bool,
}

impl Preference {
    /// What holds for somebody who never said anything.
    pub const fn usual(kind: NotificationKind) -> Self {
        Self { kind, in_app: true, email: false }
    }
}

/// What a person changed.
pub async fn preference_list(db: &impl Query, org: OrgId, user: UserId) -> Result<Vec<Preference>> {
    let sql = "SELECT kind, in_app, email FROM notification_preference WHERE org_id = $1 AND user_id = $2";
    let read = |row: &Row| Ok(Preference { kind: row.word(0)?, in_app: row.get(1)?, email: row.get(2)? });
    db.rows(sql, vals![org.0, user.0]).await?.iter().map(read).collect()
}

/// Who does not want to be told of what, in the whole organisation: few have said anything.
pub async fn silenced_list(db: &impl Query, org: OrgId) -> Result<Vec<(UserId, NotificationKind)>> {
    let sql = "SELECT user_id, kind FROM notification_preference WHERE org_id = $1 AND NOT in_app";
    db.rows(sql, vals![org.0]).await?.iter().map(|row| Ok((UserId(row.get(0)?), row.word(1)?))).collect()
}

/// Keeps what a person wants.
pub async fn preference_put(tx: &Tx<'_>, org: OrgId, user: UserId, p: Preference) -> Result<()> {
    let sql = "INSERT INTO notification_preference (org_id, user_id, kind, in_app, email) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (org_id, user_id, kind) DO UPDATE SET in_app = excluded.in_app, email = excluded.email";
    tx.execute(sql, vals![org.0, user.0, p.kind.as_str(), p.in_app, p.email]).await?;
    Ok(())
}

/// When the staff was last told that leads of each source wait.
pub async fn waiting_notice_list(db: &impl Query) -> Result<Vec<(OrgId, i64, i64)>> {
    let sql = "SELECT org_id, source_no, told_at FROM waiting_notice";
    let read = |row: &Row| Ok((OrgId(row.get(0)?), row.get(1)?, row.get(2)?));
    db.rows(sql, vec![]).await?.iter().map(read).collect()
}

/// Notes that the staff is told now, unless it was since `since`; whether it is to be told.
pub async fn waiting_notice_take(
    tx: &Tx<'_>,
    org: OrgId,
    source_no: i64,
    now: i64,
    since: i64,
) -> Result<bool> {
    let sql = "INSERT INTO waiting_notice (org_id, source_no, told_at) VALUES ($1, $2, $3) \
        ON CONFLICT (org_id, source_no) DO UPDATE SET told_at = excluded.told_at WHERE waiting_notice.told_at < $4";
    Ok(tx.execute(sql, vals![org.0, source_no, now, since]).await? > 0)
}
