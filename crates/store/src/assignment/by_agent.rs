//! The steps of an agent: those recorded together are one row, so that giving out thousands of leads writes one row an
//! agent instead of an index entry a step.

use super::AssignmentRow;
use crate::lead::ints;
use crate::open::Query;
use crate::tx::{Engine, Tx, lite_insert, pg_insert};
use crate::{Result, vals};
use model::OrgId;
use serde::Serialize;
use std::collections::BTreeMap;

/// Steps looked at together.
pub(super) const LOOK: usize = 1_000;
/// Rows read together.
const ROWS: usize = 64;

/// Steps of an agent that were recorded together, rising.
#[derive(Serialize)]
struct Run {
    org_id: i64,
    agent_no: i64,
    first_no: i64,
    steps: Vec<i64>,
}

/// Records whose steps these are.
pub(super) async fn insert(tx: &Tx<'_>, rows: &[AssignmentRow]) -> Result<()> {
    let mut runs: BTreeMap<(i64, i64), Vec<i64>> = BTreeMap::new();
    for row in rows {
        runs.entry((row.org_id, row.agent_no)).or_default().push(row.assignment_no);
    }
    let runs = runs.into_iter().map(|((org_id, agent_no), mut steps)| {
        steps.sort_unstable();
        Run { org_id, agent_no, first_no: steps[0], steps }
    });
    let runs: Vec<Run> = runs.collect();
    match tx.engine() {
        Engine::Lite(db) => {
            let head = "INSERT OR FAIL INTO agent_steps (org_id, agent_no, first_no, steps)";
            lite_insert(db, [head, "(?, ?, ?, ?)", ""], &runs, |b, run| {
                b.bind(run.org_id)?;
                b.bind(run.agent_no)?;
                b.bind(run.first_no)?;
                b.bind(ints(&run.steps))
            })?;
        }
        Engine::Pg(_) if runs.is_empty() => {}
        Engine::Pg(db) => {
            pg_insert(db, "agent_steps", "org_id, agent_no, first_no, steps", &runs, "").await?;
        }
    }
    Ok(())
}

/// The numbers of an agent's steps before `before`, the newest first; none if there are none. At most `limit`.
pub(super) async fn list(
    db: &impl Query,
    org: OrgId,
    agent_no: i64,
    before: i64,
    limit: usize,
) -> Result<Vec<i64>> {
    let sql = "SELECT steps FROM agent_steps WHERE org_id = $1 AND agent_no = $2 AND first_no < $3 \
        ORDER BY first_no DESC LIMIT $4";
    let mut found = Vec::new();
    for row in db.rows(sql, vals![org.0, agent_no, before, ROWS.min(limit) as i64]).await? {
        let steps: Vec<i64> = row.json(0)?;
        found.extend(steps.into_iter().rev().filter(|no| *no < before));
        if found.len() >= limit {
            break;
        }
    }
    found.truncate(limit);
    Ok(found)
}

/// An agent's total as it stood before step `assignment_no` of the organisation: what `fewest` compared.
pub async fn total_before(db: &impl Query, org: OrgId, agent_no: i64, assignment_no: i64) -> Result<i64> {
    let Some(&last) = list(db, org, agent_no, assignment_no, 1).await?.first() else { return Ok(0) };
    let sql = "SELECT total_after FROM assignment WHERE org_id = $1 AND assignment_no = $2";
    db.first(sql, vals![org.0, last]).await?.map_or(Ok(0), |row| row.get(0))
}
