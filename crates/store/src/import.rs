//! Imports: what was uploaded, how far it has been read, which rows were refused; the spool on PostgreSQL.

use crate::open::Query;
use crate::tx::{Engine, Tx, pg_insert};
use crate::{Error, Result, Row, vals};
use model::import::{ImportCounts, ImportState, RowError};
use model::{ImportId, OrgId};
use serde::Serialize;

/// An import as it is stored.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct Import {
    pub org: OrgId,
    pub import_no: i64,
    pub id: ImportId,
    pub source_no: i64,
    pub state: ImportState,
    pub file_name: String,
    /// Where the bytes are: a file's path, or the key of its chunk rows.
    pub spool: String,
    /// What the caller asked for, as `engine` wrote it.
    pub options: serde_json::Value,
    /// Detected format and mapping, frozen at the first chunk.
    pub plan: Option<serde_json::Value>,
    /// Where the next chunk begins.
    pub resume: Option<serde_json::Value>,
    pub bytes_total: i64,
    pub bytes_read: i64,
    pub counts: ImportCounts,
    pub message: Option<String>,
    pub batch_id: uuid::Uuid,
    pub worker: Option<String>,
    pub worker_until: i64,
    pub actor: String,
    pub created_at: i64,
    pub finished_at: Option<i64>,
}

const COLUMNS: &str = "org_id, import_no, id, source_no, state, file_name, spool, options, plan, resume, bytes_total, \
    bytes_read, row_count, accepted, duplicates, rejected, assigned, message, batch_id, worker, worker_until, actor, \
    created_at, finished_at";

impl Import {
    fn read(row: &Row) -> Result<Self> {
        let count = |index: usize| -> Result<u64> { Ok(row.get::<i64>(index)? as u64) };
        Ok(Self {
            org: OrgId(row.get(0)?),
            import_no: row.get(1)?,
            id: ImportId(row.get(2)?),
            source_no: row.get(3)?,
            state: row.word(4)?,
            file_name: row.get(5)?,
            spool: row.get(6)?,
            options: row.get(7)?,
            plan: row.get(8)?,
            resume: row.get(9)?,
            bytes_total: row.get(10)?,
            bytes_read: row.get(11)?,
            counts: ImportCounts {
                rows: count(12)?,
                accepted: count(13)?,
                duplicates: count(14)?,
                rejected: count(15)?,
                assigned: count(16)?,
            },
            message: row.get(17)?,
            batch_id: row.get(18)?,
            worker: row.get(19)?,
            worker_until: row.get(20)?,
            actor: row.get(21)?,
            created_at: row.get(22)?,
            finished_at: row.get(23)?,
        })
    }
}

/// Stores an import whose bytes are on disk.
pub async fn import_insert(tx: &Tx<'_>, i: &Import) -> Result<()> {
    tx.execute(
        "INSERT INTO import (org_id, import_no, id, source_no, state, file_name, spool, options, bytes_total, \
         bytes_read, row_count, accepted, duplicates, rejected, assigned, batch_id, worker, worker_until, actor, \
         created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0, 0, 0, 0, $10, $11, $12, $13, $14)",
        vals![
            i.org.0,
            i.import_no,
            i.id.0,
            i.source_no,
            i.state.as_str(),
            i.file_name.clone(),
            i.spool.clone(),
            i.options.clone(),
            i.bytes_total,
            i.batch_id,
            i.worker.clone(),
            i.worker_until,
            i.actor.clone(),
            i.created_at
        ],
    )
    .await?;
    Ok(())
}

/// Writes how far an import has come. [`Error::Conflict`] unless `worker` holds it and it stands at `rows_before`:
/// whoever lost an import to another worker records nothing.
pub async fn import_progress(tx: &Tx<'_>, i: &Import, worker: &str, rows_before: u64) -> Result<()> {
    let moved = tx
        .execute(
            "UPDATE import SET state = $3, plan = $4, resume = $5, bytes_read = $6, row_count = $7, accepted = $8, \
             duplicates = $9, rejected = $10, assigned = $11, message = $12, worker_until = $13, finished_at = $14 \
             WHERE org_id = $1 AND import_no = $2 AND worker = $15 AND row_count = $16 \
             AND state IN ('queued', 'running')",
            vals![
                i.org.0,
                i.import_no,
                i.state.as_str(),
                i.plan.clone(),
                i.resume.clone(),
                i.bytes_read,
                i.counts.rows as i64,
                i.counts.accepted as i64,
                i.counts.duplicates as i64,
                i.counts.rejected as i64,
                i.counts.assigned as i64,
                i.message.clone(),
                i.worker_until,
                i.finished_at,
                worker,
                rows_before as i64
            ],
        )
        .await?;
    match moved {
        1 => Ok(()),
        _ => Err(Error::Conflict("the import is worked on elsewhere, or has ended".to_owned())),
    }
}

/// Takes an unfinished import whose worker is gone. `None` if there is none.
pub async fn import_claim(tx: &Tx<'_>, worker: &str, now: i64, until: i64) -> Result<Option<Import>> {
    let lock = match tx.dialect() {
        crate::Dialect::Postgres => " FOR UPDATE SKIP LOCKED",
        crate::Dialect::Sqlite => "",
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM import WHERE state IN ('queued', 'running') AND worker_until < $1 \
         ORDER BY created_at LIMIT 1{lock}"
    );
    let Some(row) = tx.first(&sql, vals![now]).await? else { return Ok(None) };
    let mut import = Import::read(&row)?;
    tx.execute(
        "UPDATE import SET worker = $3, worker_until = $4 WHERE org_id = $1 AND import_no = $2",
        vals![import.org.0, import.import_no, worker, until],
    )
    .await?;
    import.worker = Some(worker.to_owned());
    import.worker_until = until;
    Ok(Some(import))
}

/// One import.
pub async fn import_fetch(db: &impl Query, org: OrgId, id: ImportId) -> Result<Import> {
    let sql = format!("SELECT {COLUMNS} FROM import WHERE org_id = $1 AND id = $2");
    db.first(&sql, vals![org.0, id.0]).await?.as_ref().map_or(Err(Error::NotFound), Import::read)
}

/// One import by its number.
pub async fn import_fetch_no(db: &impl Query, org: OrgId, import_no: i64) -> Result<Import> {
    let sql = format!("SELECT {COLUMNS} FROM import WHERE org_id = $1 AND import_no = $2");
    db.first(&sql, vals![org.0, import_no]).await?.as_ref().map_or(Err(Error::NotFound), Import::read)
}

/// Imports before the number `before`, newest first.
pub async fn import_list(
    db: &impl Query,
    org: OrgId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Import>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM import WHERE org_id = $1 AND import_no < $2 ORDER BY import_no DESC LIMIT $3"
    );
    db.rows(&sql, vals![org.0, before.unwrap_or(i64::MAX), limit]).await?.iter().map(Import::read).collect()
}

/// A row that was not stored as a lead of its own, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct RowErrorRow {
    pub org_id: i64,
    pub import_no: i64,
    pub n: i64,
    pub kind: &'static str,
    pub line: i64,
    pub column_name: String,
    pub reason: String,
    pub original: String,
}

const ERROR_COLUMNS: &str = "org_id, import_no, n, kind, line, column_name, reason, original";

/// Stores rejected and duplicate rows.
pub async fn row_error_insert(tx: &Tx<'_>, rows: &[RowErrorRow]) -> Result<()> {
    match tx.engine() {
        Engine::Lite(db) => {
            let mut statement = db.prepare_cached(&format!(
                "INSERT INTO import_row_error ({ERROR_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
            ))?;
            for r in rows {
                statement.execute(rusqlite::params![
                    r.org_id,
                    r.import_no,
                    r.n,
                    r.kind,
                    r.line,
                    r.column_name,
                    r.reason,
                    r.original
                ])?;
            }
        }
        Engine::Pg(_) if rows.is_empty() => {}
        Engine::Pg(db) => {
            pg_insert(db, "import_row_error", ERROR_COLUMNS, rows, "").await?;
        }
    }
    Ok(())
}

/// Rejected and duplicate rows behind the number `after`: kind, number, and the row.
pub async fn row_error_list(
    db: &impl Query,
    org: OrgId,
    import_no: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, String, RowError)>> {
    let sql = "SELECT n, kind, line, column_name, reason, original FROM import_row_error \
        WHERE org_id = $1 AND import_no = $2 AND n > $3 ORDER BY n LIMIT $4";
    let read = |row: &Row| {
        let error = RowError {
            line: row.get::<i64>(2)? as u64,
            column: row.get(3)?,
            reason: row.get(4)?,
            original: row.get(5)?,
        };
        Ok((row.get(0)?, row.get(1)?, error))
    };
    db.rows(sql, vals![org.0, import_no, after, limit]).await?.iter().map(read).collect()
}

/// Why rows of an import were rejected: column, reason and how many, the most common first.
pub async fn row_error_reasons(
    db: &impl Query,
    org: OrgId,
    import_no: i64,
    limit: i64,
) -> Result<Vec<(String, String, i64)>> {
    let sql = "SELECT column_name, reason, count(*) FROM import_row_error \
        WHERE org_id = $1 AND import_no = $2 AND kind = 'rejected' \
        GROUP BY column_name, reason ORDER BY count(*) DESC, column_name, reason LIMIT $3";
    let read = |row: &Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    db.rows(sql, vals![org.0, import_no, limit]).await?.iter().map(read).collect()
}

/// How many stored rows a first look at the rejected ones goes through.
pub const REJECTED_LOOK: i64 = 2_000;

/// Rejected rows among the first [`REJECTED_LOOK`] rows that were rejected or known already, in the order of the
/// file: a bounded look, however many there are.
pub async fn rejected_look(db: &impl Query, org: OrgId, import_no: i64) -> Result<Vec<RowError>> {
    let sql = "SELECT line, column_name, reason, substr(original, 1, 300) FROM ( \
        SELECT n, kind, line, column_name, reason, original FROM import_row_error \
        WHERE org_id = $1 AND import_no = $2 ORDER BY n LIMIT $3) looked WHERE kind = 'rejected' ORDER BY n";
    let read = |row: &Row| {
        Ok(RowError {
            line: row.get::<i64>(0)? as u64,
            column: row.get(1)?,
            reason: row.get(2)?,
            original: row.get(3)?,
        })
    };
    db.rows(sql, vals![org.0, import_no, REJECTED_LOOK]).await?.iter().map(read).collect()
}

/// Stores one piece of an upload where nodes share only the database.
pub async fn chunk_insert(tx: &Tx<'_>, org: OrgId, spool: &str, n: i64, data: Vec<u8>) -> Result<()> {
    tx.execute(
        "INSERT INTO import_chunk (org_id, spool, n, data) VALUES ($1, $2, $3, $4)",
        vals![org.0, spool, n, data],
    )
    .await?;
    Ok(())
}

/// One piece of an upload; `None` behind the last.
pub async fn chunk_fetch(db: &impl Query, org: OrgId, spool: &str, n: i64) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT data FROM import_chunk WHERE org_id = $1 AND spool = $2 AND n = $3";
    db.first(sql, vals![org.0, spool, n]).await?.map(|row| row.get(0)).transpose()
}

/// Deletes an upload.
pub async fn chunk_delete(tx: &Tx<'_>, org: OrgId, spool: &str) -> Result<()> {
    tx.execute("DELETE FROM import_chunk WHERE org_id = $1 AND spool = $2", vals![org.0, spool]).await?;
    Ok(())
}

/// Where the uploads of unfinished imports are.
pub async fn spools_needed(db: &impl Query) -> Result<Vec<String>> {
    let sql = "SELECT spool FROM import WHERE state IN ('queued', 'running')";
    db.rows(sql, vec![]).await?.iter().map(|row| row.get(0)).collect()
}

/// Deletes pieces of uploads whose key sorts before `before` and that no import in `needed` names.
pub async fn chunk_prune(tx: &Tx<'_>, before: &str, needed: &[String]) -> Result<u64> {
    let list = serde_json::to_string(needed).map_err(|e| Error::Corrupt(e.to_string()))?;
    let sql =
        format!("DELETE FROM import_chunk WHERE spool < $1 AND spool NOT IN {}", tx.dialect().texts("$2"));
    tx.execute(&sql, vals![before, list]).await
}
