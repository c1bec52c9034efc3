//! Counters of the overview: how many leads came and went by quarter of an hour, and where young leads stand.

use crate::lead::optional_json;
use crate::open::Query;
use crate::tx::{Engine, Tx, lite_insert, pg_insert};
use crate::{Result, Row, vals};
use model::{LeadNeeds, Micros, OrgId, Status};
use serde::Serialize;

/// A quarter of an hour, in microseconds. Every time zone's days begin with one.
pub const QUARTER: i64 = 900 * Micros::SECOND;
/// How old leads may be, in seconds, for their cohort to be kept up to date.
pub const COHORT_SECONDS: i64 = 2 * 24 * 3600;
/// How long quarters are kept, in seconds.
pub const FLOW_SECONDS: i64 = 400 * 24 * 3600;

/// The start of the quarter hour of an instant.
pub fn quarter(at: i64) -> i64 {
    at - at.rem_euclid(QUARTER)
}

/// What happened in a source in a quarter of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct Flow {
    pub org_id: i64,
    pub quarter: i64,
    pub source_no: i64,
    pub created: i64,
    pub assigned: i64,
    pub handed_back: i64,
    pub closed: i64,
}

/// A change of where the leads stand that were created in a quarter of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct Cohort {
    pub org_id: i64,
    pub quarter: i64,
    pub source_no: i64,
    pub status: Status,
    pub leads: i64,
    pub waiting: i64,
}

/// Adds to the stored flows; one row for each key.
pub async fn flow_add(tx: &Tx<'_>, flows: &[Flow]) -> Result<()> {
    const COLUMNS: &str = "org_id, quarter, source_no, created, assigned, handed_back, closed";
    const ADD: &str = "ON CONFLICT (org_id, quarter, source_no) DO UPDATE SET \
        created = lead_flow.created + excluded.created, assigned = lead_flow.assigned + excluded.assigned, \
        handed_back = lead_flow.handed_back + excluded.handed_back, closed = lead_flow.closed + excluded.closed";
    match tx.engine() {
        _ if flows.is_empty() => {}
        Engine::Lite(db) => {
            let head = format!("INSERT INTO lead_flow ({COLUMNS})");
            lite_insert(db, [&head, "(?, ?, ?, ?, ?, ?, ?)", ADD], flows, |b, f| {
                b.bind(f.org_id)?;
                b.bind(f.quarter)?;
                b.bind(f.source_no)?;
                b.bind(f.created)?;
                b.bind(f.assigned)?;
                b.bind(f.handed_back)?;
                b.bind(f.closed)
            })?;
        }
        Engine::Pg(db) => {
            pg_insert(db, "lead_flow", COLUMNS, flows, ADD).await?;
        }
    }
    Ok(())
}

/// Adds to the stored cohorts; one row for each key.
pub async fn cohort_add(tx: &Tx<'_>, cohorts: &[Cohort]) -> Result<()> {
    const COLUMNS: &str = "org_id, quarter, source_no, status, leads, waiting";
    const ADD: &str = "ON CONFLICT (org_id, quarter, source_no, status) DO UPDATE SET \
        leads = lead_cohort.leads + excluded.leads, waiting = lead_cohort.waiting + excluded.waiting";
    match tx.engine() {
        _ if cohorts.is_empty() => {}
        Engine::Lite(db) => {
            let head = format!("INSERT INTO lead_cohort ({COLUMNS})");
            lite_insert(db, [&head, "(?, ?, ?, ?, ?, ?)", ADD], cohorts, |b, c| {
                b.bind(c.org_id)?;
                b.bind(c.quarter)?;
                b.bind(c.source_no)?;
                b.bind(c.status.as_str())?;
                b.bind(c.leads)?;
                b.bind(c.waiting)
            })?;
        }
        Engine::Pg(db) => {
            pg_insert(db, "lead_cohort", COLUMNS, cohorts, ADD).await?;
        }
    }
    Ok(())
}

/// What happened in a source in one of the steps asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlowStep {
    /// When the step begins.
    pub from: i64,
    /// The source.
    pub source_no: i64,
    /// Leads that came in.
    pub created: i64,
    /// Leads given to agents, by policy or by hand.
    pub assigned: i64,
    /// Leads handed back.
    pub handed_back: i64,
    /// Leads that became final.
    pub closed: i64,
}

/// Flows from `from` on (the start of a quarter) until before `to`, in steps of so many microseconds (a multiple of
/// [`QUARTER`]); steps and sources in which nothing happened are left out.
pub async fn flow_list(db: &impl Query, org: OrgId, from: i64, to: i64, step: i64) -> Result<Vec<FlowStep>> {
    let sum = |column: &str| format!("CAST(sum({column}) AS BIGINT)");
    let sql = format!(
        "SELECT $2 + (quarter - $2) / $4 * $4 AS step, source_no, {}, {}, {}, {} FROM lead_flow \
         WHERE org_id = $1 AND quarter >= $2 AND quarter < $3 GROUP BY 1, 2 ORDER BY 1, 2",
        sum("created"),
        sum("assigned"),
        sum("handed_back"),
        sum("closed")
    );
    let read = |row: &Row| {
        Ok(FlowStep {
            from: row.get(0)?,
            source_no: row.get(1)?,
            created: row.get(2)?,
            assigned: row.get(3)?,
            handed_back: row.get(4)?,
            closed: row.get(5)?,
        })
    };
    db.rows(&sql, vals![org.0, from, to, step]).await?.iter().map(read).collect()
}

/// Where the leads of a source stand that were created since some instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CohortSum {
    /// The source.
    pub source_no: i64,
    /// The status.
    pub status: Status,
    /// Leads.
    pub leads: i64,
    /// Of those: without an agent and not final.
    pub waiting: i64,
}

/// Where the leads stand now that were created since `from`: the start of a quarter, less than two days ago.
pub async fn cohort_list(db: &impl Query, org: OrgId, from: i64) -> Result<Vec<CohortSum>> {
    let sql = "SELECT source_no, status, CAST(sum(leads) AS BIGINT), CAST(sum(waiting) AS BIGINT) FROM lead_cohort \
        WHERE org_id = $1 AND quarter >= $2 GROUP BY source_no, status HAVING sum(leads) <> 0 \
        ORDER BY source_no, status";
    let read = |row: &Row| {
        Ok(CohortSum {
            source_no: row.get(0)?,
            status: row.word(1)?,
            leads: row.get(2)?,
            waiting: row.get(3)?,
        })
    };
    db.rows(sql, vals![org.0, from]).await?.iter().map(read).collect()
}

/// What the first waiting leads of a source ask of an agent, first in line first.
pub async fn waiting_needs(
    db: &impl Query,
    org: OrgId,
    source_no: i64,
    limit: i64,
) -> Result<Vec<LeadNeeds>> {
    let sql = format!(
        "SELECT skills, share_paid, skip_agent FROM lead{} WHERE org_id = $1 AND source_no = $2 \
         AND agent_no IS NULL AND is_open ORDER BY lead_no LIMIT $3",
        db.dialect().indexed_by("lead_waiting")
    );
    let read = |row: &Row| {
        Ok(LeadNeeds {
            skills: optional_json(row, 0)?.unwrap_or_default(),
            share_paid: row.get(1)?,
            skip_agent: row.get(2)?,
        })
    };
    db.rows(&sql, vals![org.0, source_no, limit]).await?.iter().map(read).collect()
}

/// Removes at most `limit` flows older than [`FLOW_SECONDS`] and cohorts older than [`COHORT_SECONDS`].
pub async fn flow_prune(tx: &Tx<'_>, org: OrgId, now: Micros, limit: i64) -> Result<u64> {
    let mut gone = 0;
    for (table, kept) in [("lead_flow", FLOW_SECONDS), ("lead_cohort", COHORT_SECONDS)] {
        // Whole quarters: the last one below the limit ends the deletion.
        let sql = format!(
            "DELETE FROM {table} WHERE org_id = $1 AND quarter < $2 AND quarter <= \
             (SELECT max(quarter) FROM (SELECT quarter FROM {table} WHERE org_id = $1 ORDER BY quarter LIMIT $3) oldest)"
        );
        gone += tx.execute(&sql, vals![org.0, quarter(now.plus_seconds(-kept).0), limit]).await?;
    }
    let work = "DELETE FROM agent_work WHERE org_id = $1 AND quarter < $2 \
        AND agent_no IN (SELECT agent_no FROM agent WHERE org_id = $1)";
    gone += tx.execute(work, vals![org.0, quarter(now.plus_seconds(-FLOW_SECONDS).0)]).await?;
    Ok(gone)
}

/// Findings: flows that are not what leads, steps and histories say, and cohorts that are not where their leads stand.
pub async fn flow_broken(db: &impl Query, org: OrgId, now: Micros) -> Result<(i64, Vec<String>)> {
    let of = db
        .first("SELECT count(*) FROM lead_flow WHERE org_id = $1", vals![org.0])
        .await?
        .map_or(Ok(0), |row| row.get(0))?;
    let mut broken = Vec::new();
    for row in db.rows(FLOW_BROKEN, vals![org.0]).await? {
        broken.push(row.get(0)?);
    }
    let young = quarter(now.plus_seconds(-COHORT_SECONDS).0) + QUARTER;
    for row in db.rows(COHORT_BROKEN, vals![org.0, young]).await? {
        broken.push(row.get(0)?);
    }
    Ok((of, broken))
}

const FLOW_BROKEN: &str = "SELECT 'source ' || source_no || ', quarter ' || quarter FROM ( \
    SELECT quarter, source_no, created, assigned, handed_back, closed FROM lead_flow WHERE org_id = $1 \
    UNION ALL SELECT created_at / 900000000 * 900000000, source_no, -1, 0, 0, 0 FROM lead WHERE org_id = $1 \
    UNION ALL SELECT created_at / 900000000 * 900000000, source_no, 0, \
      CASE WHEN kind = 'hand_back' THEN 0 ELSE -1 END, CASE WHEN kind = 'hand_back' THEN -1 ELSE 0 END, 0 \
      FROM assignment WHERE org_id = $1 \
    UNION ALL SELECT h.at / 900000000 * 900000000, l.source_no, 0, 0, 0, -1 FROM lead_status_change h \
      JOIN lead l ON l.org_id = h.org_id AND l.lead_no = h.lead_no WHERE h.org_id = $1 \
      AND h.to_status IN ('sale', 'not_interested', 'dnc', 'invalid', 'exhausted') AND (h.from_status IS NULL OR \
        h.from_status NOT IN ('sale', 'not_interested', 'dnc', 'invalid', 'exhausted')) \
    ) all_of_them WHERE quarter >= (SELECT coalesce(min(quarter), 0) FROM lead_flow WHERE org_id = $1) \
    GROUP BY quarter, source_no HAVING sum(created) <> 0 OR sum(assigned) <> 0 OR sum(handed_back) <> 0 \
    OR sum(closed) <> 0 ORDER BY quarter, source_no LIMIT 20";

const COHORT_BROKEN: &str = "SELECT 'source ' || source_no || ', ' || status || ' of quarter ' || quarter FROM ( \
    SELECT quarter, source_no, status, leads, waiting FROM lead_cohort WHERE org_id = $1 AND quarter >= $2 \
    UNION ALL SELECT created_at / 900000000 * 900000000, source_no, status, -1, \
      CASE WHEN agent_no IS NULL AND is_open THEN -1 ELSE 0 END FROM lead WHERE org_id = $1 AND created_at >= $2 \
    ) all_of_them GROUP BY quarter, source_no, status HAVING sum(leads) <> 0 OR sum(waiting) <> 0 \
    ORDER BY quarter, source_no LIMIT 20";
