//! What an agent has to do, and has done: untouched leads, calls that are due, results by quarter of an hour.

use super::{LeadRow, lead_select};
use crate::flow::quarter;
use crate::open::Query;
use crate::tx::Tx;
use crate::{Result, vals};
use model::{Micros, OrgId};

/// Counts beyond this are told as "more than".
pub const COUNTED: i64 = 999;

/// Of an agent's untouched leads, so many that came in last are put in the order of their giving.
const FRESH: i64 = 500;

/// An agent's leads that nobody has touched since they were given, the last given first.
pub async fn fresh_list(db: &impl Query, org: OrgId, agent_no: i64, limit: i64) -> Result<Vec<LeadRow>> {
    let tail = format!(
        "WHERE org_id = $1 AND lead_no IN (SELECT lead_no FROM lead{} WHERE org_id = $1 AND agent_no = $2 \
         AND status = 'pending' ORDER BY lead_no DESC LIMIT {FRESH}) \
         ORDER BY assigned_at DESC, lead_no DESC LIMIT $3",
        db.dialect().indexed_by("lead_fresh")
    );
    lead_select(db, &tail, vals![org.0, agent_no, limit]).await
}

/// An agent's leads that are to be called back, the most overdue first.
pub async fn callback_list(db: &impl Query, org: OrgId, agent_no: i64, limit: i64) -> Result<Vec<LeadRow>> {
    let tail = format!(
        "{} WHERE org_id = $1 AND agent_no = $2 AND callback_at IS NOT NULL \
         ORDER BY callback_at, lead_no LIMIT $3",
        db.dialect().indexed_by("lead_callback")
    );
    lead_select(db, &tail, vals![org.0, agent_no, limit]).await
}

/// How much an agent has to do; each count stops behind [`COUNTED`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ToDo {
    /// Untouched leads.
    pub fresh: i64,
    /// Calls promised.
    pub callbacks: i64,
    /// Those of them whose time has come.
    pub due: i64,
}

/// Counts what an agent has to do.
pub async fn to_do(db: &impl Query, org: OrgId, agent_no: i64, now: Micros) -> Result<ToDo> {
    let count = |index: &str, condition: &str| {
        format!(
            "(SELECT count(*) FROM (SELECT 1 FROM lead{} WHERE org_id = $1 AND agent_no = $2 AND {condition} \
             LIMIT {}) counted)",
            db.dialect().indexed_by(index),
            COUNTED + 1
        )
    };
    let sql = format!(
        "SELECT {}, {}, {}",
        count("lead_fresh", "status = 'pending'"),
        count("lead_callback", "callback_at IS NOT NULL"),
        count("lead_callback", "callback_at IS NOT NULL AND callback_at <= $3")
    );
    let Some(row) = db.first(&sql, vals![org.0, agent_no, now.0]).await? else { return Ok(ToDo::default()) };
    Ok(ToDo { fresh: row.get(0)?, callbacks: row.get(1)?, due: row.get(2)? })
}

/// What an agent reported since an instant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Results.
    pub results: i64,
    /// Sales among them.
    pub sales: i64,
}

/// Counts a result of an agent's.
pub async fn work_add(tx: &Tx<'_>, org: OrgId, agent_no: i64, now: Micros, done: Done) -> Result<()> {
    tx.execute(
        "INSERT INTO agent_work (org_id, agent_no, quarter, results, sales) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (org_id, agent_no, quarter) DO UPDATE \
         SET results = agent_work.results + excluded.results, sales = agent_work.sales + excluded.sales",
        vals![org.0, agent_no, quarter(now.0), done.results, done.sales],
    )
    .await?;
    Ok(())
}

/// What an agent has reported since an instant, which should begin a quarter of an hour.
pub async fn work_sum(db: &impl Query, org: OrgId, agent_no: i64, since: Micros) -> Result<Done> {
    let sql = "SELECT CAST(coalesce(sum(results), 0) AS BIGINT), CAST(coalesce(sum(sales), 0) AS BIGINT) \
        FROM agent_work WHERE org_id = $1 AND agent_no = $2 AND quarter >= $3";
    let Some(row) = db.first(sql, vals![org.0, agent_no, quarter(since.0)]).await? else {
        return Ok(Done::default());
    };
    Ok(Done { results: row.get(0)?, sales: row.get(1)? })
}
