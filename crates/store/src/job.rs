//! Background jobs: a lease with a term issued by the database, and the story of the last run.

use crate::open::Query;
use crate::tx::Tx;
use crate::{Result, Row, vals};

/// A job as `GET /jobs` shows it.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct JobRow {
    pub name: String,
    pub holder: Option<String>,
    pub term: i64,
    pub lease_until: i64,
    pub last_started_at: Option<i64>,
    pub last_finished_at: Option<i64>,
    pub last_result: Option<String>,
    pub runs: i64,
}

/// Takes or renews the lease of a job; the term, or `None` while somebody else holds it.
pub async fn lease_take(tx: &Tx<'_>, name: &str, holder: &str, now: i64, until: i64) -> Result<Option<i64>> {
    tx.execute(
        "INSERT INTO job_run (name, holder, term, lease_until, runs) VALUES ($1, NULL, 0, 0, 0) ON CONFLICT DO NOTHING",
        vals![name],
    )
    .await?;
    let sql = "UPDATE job_run SET holder = $2, lease_until = $4, last_started_at = $3, \
        term = CASE WHEN holder = $2 THEN term ELSE term + 1 END \
        WHERE name = $1 AND (lease_until < $3 OR holder = $2) RETURNING term";
    tx.first(sql, vals![name, holder, now, until]).await?.map(|row| row.get(0)).transpose()
}

/// Tells how a run went and gives the lease back.
pub async fn job_finish(tx: &Tx<'_>, name: &str, holder: &str, result: &str, now: i64) -> Result<()> {
    tx.execute(
        "UPDATE job_run SET last_finished_at = $4, last_result = $3, runs = runs + 1, lease_until = 0 \
         WHERE name = $1 AND holder = $2",
        vals![name, holder, result, now],
    )
    .await?;
    Ok(())
}

/// Every job that ever ran.
pub async fn job_list(db: &impl Query) -> Result<Vec<JobRow>> {
    let sql = "SELECT name, holder, term, lease_until, last_started_at, last_finished_at, last_result, runs \
        FROM job_run ORDER BY name";
    let read = |row: &Row| {
        Ok(JobRow {
            name: row.get(0)?,
            holder: row.get(1)?,
            term: row.get(2)?,
            lease_until: row.get(3)?,
            last_started_at: row.get(4)?,
            last_finished_at: row.get(5)?,
            last_result: row.get(6)?,
            runs: row.get(7)?,
        })
    };
    db.rows(sql, vec![]).await?.iter().map(read).collect()
}
