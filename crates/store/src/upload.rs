//! Uploads: files that were looked at and have not become an import yet.

use crate::open::Query;
use crate::tx::Tx;
use crate::{Error, Result, Row, vals};
use model::{OrgId, UploadId};

/// An upload as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct Upload {
    pub id: UploadId,
    pub file_name: String,
    /// Where the bytes are: a file's path, or the key of its chunk rows.
    pub spool: String,
    pub bytes: i64,
    pub actor: String,
    pub created_at: i64,
}

const COLUMNS: &str = "id, file_name, spool, bytes, actor, created_at";

fn read(row: &Row) -> Result<Upload> {
    Ok(Upload {
        id: UploadId(row.get(0)?),
        file_name: row.get(1)?,
        spool: row.get(2)?,
        bytes: row.get(3)?,
        actor: row.get(4)?,
        created_at: row.get(5)?,
    })
}

/// Stores an upload whose bytes are on disk.
pub async fn upload_insert(tx: &Tx<'_>, org: OrgId, u: &Upload) -> Result<()> {
    tx.execute(
        &format!("INSERT INTO upload (org_id, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)"),
        vals![org.0, u.id.0, u.file_name.clone(), u.spool.clone(), u.bytes, u.actor.clone(), u.created_at],
    )
    .await?;
    Ok(())
}

/// One upload.
pub async fn upload_fetch(db: &impl Query, org: OrgId, id: UploadId) -> Result<Upload> {
    let sql = format!("SELECT {COLUMNS} FROM upload WHERE org_id = $1 AND id = $2");
    db.first(&sql, vals![org.0, id.0]).await?.as_ref().map_or(Err(Error::NotFound), read)
}

/// Forgets an upload: it became an import, or nobody wants it. [`Error::NotFound`] if somebody was faster.
pub async fn upload_delete(tx: &Tx<'_>, org: OrgId, id: UploadId) -> Result<()> {
    match tx.execute("DELETE FROM upload WHERE org_id = $1 AND id = $2", vals![org.0, id.0]).await? {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// Forgets uploads made before an instant; their bytes are removed by their own age.
pub async fn upload_prune(tx: &Tx<'_>, org: OrgId, before: i64) -> Result<u64> {
    tx.execute("DELETE FROM upload WHERE org_id = $1 AND created_at < $2", vals![org.0, before]).await
}
