//! The audit log: who changed what, written with the change.

use crate::open::Query;
use crate::tx::Tx;
use crate::{Result, Row, vals};
use model::OrgId;
use uuid::Uuid;

/// One change.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct AuditRow {
    pub org: OrgId,
    pub id: Uuid,
    pub actor: String,
    pub area: String,
    pub subject: String,
    pub what: String,
    pub created_at: i64,
}

/// Writes changes.
pub async fn audit_insert(tx: &Tx<'_>, rows: &[AuditRow]) -> Result<()> {
    let sql = "INSERT INTO audit_log (org_id, id, actor, area, subject, what, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    for r in rows {
        let (actor, area) = (r.actor.clone(), r.area.clone());
        let values = vals![r.org.0, r.id, actor, area, r.subject.clone(), r.what.clone(), r.created_at];
        tx.execute(sql, values).await?;
    }
    Ok(())
}

/// Changes before the id `before`, the newest first.
pub async fn audit_list(
    db: &impl Query,
    org: OrgId,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<AuditRow>> {
    let sql = "SELECT org_id, id, actor, area, subject, what, created_at FROM audit_log \
        WHERE org_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    let read = |row: &Row| {
        Ok(AuditRow {
            org: OrgId(row.get(0)?),
            id: row.get(1)?,
            actor: row.get(2)?,
            area: row.get(3)?,
            subject: row.get(4)?,
            what: row.get(5)?,
            created_at: row.get(6)?,
        })
    };
    db.rows(sql, vals![org.0, before.unwrap_or(Uuid::max()), limit]).await?.iter().map(read).collect()
}
