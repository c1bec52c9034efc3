//! Assignments: steps of a pool, recorded once with everything a replay needs.

mod by_agent;
mod verdicts;

pub use by_agent::total_before;

use crate::lead::ints;
use crate::open::Query;
use crate::tx::{Binder, Engine, Tx, lite_insert, pg_bytes, pg_insert};
use crate::{Error, Result, Row, vals};
use model::assignment::StepKind;
use model::{LeadId, Method, OrgId, Status, Trigger};
use serde::Serialize;
use std::sync::Arc;

/// One step, as stored. `verdicts`: one byte per slot of the pool at that time.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct AssignmentRow {
    pub org_id: i64,
    pub assignment_no: i64,
    pub kind: StepKind,
    pub lead_no: i64,
    pub source_no: i64,
    pub pool_seq: i64,
    pub agent_no: i64,
    pub slot: Option<i64>,
    pub method: Method,
    pub trigger: Trigger,
    pub config_version: i64,
    pub rule_version: i64,
    #[serde(serialize_with = "verdict_bytes")]
    pub verdicts: Vec<u8>,
    pub share_paid: bool,
    pub total_before: i64,
    pub total_after: i64,
    pub batch_id: Option<uuid::Uuid>,
    pub reason: Option<String>,
    pub actor: Arc<str>,
    pub created_at: i64,
    /// The lead's changes after the step, and where it stood before and after: the line of its history. `None` for
    /// steps whose line is in the other table.
    pub n: Option<i64>,
    pub from_status: Option<Status>,
    pub to_status: Option<Status>,
}

fn verdict_bytes<S: serde::Serializer>(bytes: &[u8], s: S) -> std::result::Result<S::Ok, S::Error> {
    pg_bytes(&verdicts::pack(bytes), s)
}

const COLUMNS: &str = "org_id, assignment_no, kind, lead_no, source_no, pool_seq, agent_no, slot, method, trigger, \
    config_version, rule_version, verdicts, share_paid, total_before, total_after, batch_id, reason, actor, created_at, n, from_status, to_status";

impl AssignmentRow {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            org_id: row.get(0)?,
            assignment_no: row.get(1)?,
            kind: row.word(2)?,
            lead_no: row.get(3)?,
            source_no: row.get(4)?,
            pool_seq: row.get(5)?,
            agent_no: row.get(6)?,
            slot: row.get(7)?,
            method: row.word(8)?,
            trigger: row.word(9)?,
            config_version: row.get(10)?,
            rule_version: row.get(11)?,
            verdicts: verdicts::unpack(row.get(12)?),
            share_paid: row.get(13)?,
            total_before: row.get(14)?,
            total_after: row.get(15)?,
            batch_id: row.get(16)?,
            reason: row.get(17)?,
            actor: row.get::<String>(18)?.into(),
            created_at: row.get(19)?,
            n: row.get(20)?,
            from_status: status(row, 21)?,
            to_status: status(row, 22)?,
        })
    }
}

fn status(row: &Row, index: usize) -> Result<Option<Status>> {
    let word: Option<String> = row.get(index)?;
    word.map(|word| word.parse().map_err(|e: model::UnknownWord| Error::Corrupt(e.to_string()))).transpose()
}

/// Records steps.
pub async fn assignment_insert(tx: &Tx<'_>, rows: &[AssignmentRow]) -> Result<()> {
    match tx.engine() {
        Engine::Lite(db) => {
            let head = format!("INSERT OR FAIL INTO assignment ({COLUMNS})");
            let values = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
            lite_insert(db, [&head, values, ""], rows, bind_assignment)?;
        }
        Engine::Pg(_) if rows.is_empty() => {}
        Engine::Pg(db) => {
            pg_insert(db, "assignment", COLUMNS, rows, "").await?;
        }
    }
    by_agent::insert(tx, rows).await
}

fn bind_assignment(binder: &mut Binder<'_, '_>, row: &AssignmentRow) -> Result<()> {
    binder.bind(row.org_id)?;
    binder.bind(row.assignment_no)?;
    binder.bind(row.kind.as_str())?;
    binder.bind(row.lead_no)?;
    binder.bind(row.source_no)?;
    binder.bind(row.pool_seq)?;
    binder.bind(row.agent_no)?;
    binder.bind(row.slot)?;
    binder.bind(row.method.as_str())?;
    binder.bind(row.trigger.as_str())?;
    binder.bind(row.config_version)?;
    binder.bind(row.rule_version)?;
    binder.bind(verdicts::pack(&row.verdicts))?;
    binder.bind(row.share_paid)?;
    binder.bind(row.total_before)?;
    binder.bind(row.total_after)?;
    binder.bind(row.batch_id.as_ref().map(|id| id.as_bytes()))?;
    binder.bind(&row.reason)?;
    binder.bind(&*row.actor)?;
    binder.bind(row.created_at)?;
    binder.bind(row.n)?;
    binder.bind(row.from_status.map(Status::as_str))?;
    binder.bind(row.to_status.map(Status::as_str))
}

/// The last step that concerned a lead.
pub async fn assignment_latest(db: &impl Query, org: OrgId, lead_no: i64) -> Result<Option<AssignmentRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM assignment WHERE org_id = $1 AND lead_no = $2 ORDER BY assignment_no DESC LIMIT 1"
    );
    db.first(&sql, vals![org.0, lead_no]).await?.as_ref().map(AssignmentRow::read).transpose()
}

/// Every step that concerned a lead, oldest first.
pub async fn assignment_list_lead(db: &impl Query, org: OrgId, lead_no: i64) -> Result<Vec<AssignmentRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM assignment WHERE org_id = $1 AND lead_no = $2 ORDER BY assignment_no LIMIT 1000"
    );
    db.rows(&sql, vals![org.0, lead_no]).await?.iter().map(AssignmentRow::read).collect()
}

/// The steps of a pool with `after < seq <= upto`, in order: what a replay walks.
pub async fn assignment_list_steps(
    db: &impl Query,
    org: OrgId,
    source_no: i64,
    after: i64,
    upto: i64,
) -> Result<Vec<AssignmentRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM assignment WHERE org_id = $1 AND source_no = $2 AND pool_seq > $3 AND pool_seq <= $4 \
         ORDER BY pool_seq"
    );
    db.rows(&sql, vals![org.0, source_no, after, upto]).await?.iter().map(AssignmentRow::read).collect()
}

/// What a list of assignments is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct AssignmentFilter {
    /// One source.
    pub source_no: Option<i64>,
    /// One agent.
    pub agent_no: Option<i64>,
    /// One batch.
    pub batch_id: Option<uuid::Uuid>,
    /// How the agent was chosen.
    pub method: Option<Method>,
    /// What made it happen.
    pub trigger: Option<Trigger>,
    /// Not before.
    pub from: Option<i64>,
    /// Before.
    pub to: Option<i64>,
    /// Only steps with this number or a higher one: bounds how far a rare thing is looked for.
    pub floor: Option<i64>,
}

/// A line of the history.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are those of API.md's GET /assignments")]
pub struct AssignmentLine {
    pub assignment_no: i64,
    pub kind: StepKind,
    pub lead_id: LeadId,
    pub lead_no: i64,
    pub source: String,
    pub agent_id: model::AgentId,
    pub agent_no: i64,
    pub agent_name: String,
    pub total_before: i64,
    pub total_after: i64,
    pub method: Method,
    pub trigger: Trigger,
    pub batch_id: Option<uuid::Uuid>,
    pub reason: Option<String>,
    pub created_at: i64,
}

/// The history, newest first, behind the step `before` (its number).
pub async fn assignment_list(
    db: &impl Query,
    org: OrgId,
    filter: &AssignmentFilter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<AssignmentLine>> {
    let Some(agent_no) = filter.agent_no else { return lines(db, org, filter, before, None, limit).await };
    let (mut before, floor) = (before.unwrap_or(i64::MAX), filter.floor.unwrap_or(0));
    let mut found = Vec::new();
    while (found.len() as i64) < limit {
        let numbers = by_agent::list(db, org, agent_no, before, by_agent::LOOK).await?;
        let Some(&last) = numbers.last().filter(|_| numbers[0] >= floor) else { break };
        let left = limit - found.len() as i64;
        found.extend(lines(db, org, filter, Some(before), Some(&numbers), left).await?);
        before = last;
    }
    Ok(found)
}

/// The lines that a filter means, all of them or of these steps.
async fn lines(
    db: &impl Query,
    org: OrgId,
    filter: &AssignmentFilter,
    before: Option<i64>,
    steps: Option<&[i64]>,
    limit: i64,
) -> Result<Vec<AssignmentLine>> {
    let mut sql = String::from(
        "SELECT a.assignment_no, a.kind, l.id, a.lead_no, s.name, g.id, a.agent_no, g.name, a.total_before, \
         a.total_after, a.method, a.trigger, a.batch_id, a.reason, a.created_at FROM assignment a \
         JOIN lead l ON l.org_id = a.org_id AND l.lead_no = a.lead_no \
         JOIN source s ON s.org_id = a.org_id AND s.source_no = a.source_no \
         JOIN agent g ON g.org_id = a.org_id AND g.agent_no = a.agent_no \
         WHERE a.org_id = $1 AND a.assignment_no < $2",
    );
    let mut values = vals![org.0, before.unwrap_or(i64::MAX)];
    let mut narrow = |condition: &str, value: Option<sea_orm::Value>| {
        if let Some(value) = value {
            values.push(value);
            sql.push_str(&format!(" AND {condition} ${}", values.len()));
        }
    };
    // The plus keeps databases from walking the source's own index and sorting all of it.
    narrow("+a.source_no =", filter.source_no.map(Into::into));
    narrow("a.agent_no =", filter.agent_no.map(Into::into));
    narrow("a.batch_id =", filter.batch_id.map(Into::into));
    narrow("a.method =", filter.method.map(|m| m.as_str().into()));
    narrow("a.trigger =", filter.trigger.map(|t| t.as_str().into()));
    narrow("a.assignment_no >=", filter.floor.map(Into::into));
    narrow("a.created_at >=", filter.from.map(Into::into));
    narrow("a.created_at <", filter.to.map(Into::into));
    if let Some(steps) = steps {
        values.push(ints(steps).into());
        let list = db.dialect().ints(&format!("${}", values.len()));
        sql.push_str(&format!(" AND a.assignment_no IN {list}"));
    }
    values.push(limit.into());
    sql.push_str(&format!(" ORDER BY a.assignment_no DESC LIMIT ${}", values.len()));
    db.rows(&sql, values).await?.iter().map(line).collect()
}

fn line(row: &Row) -> Result<AssignmentLine> {
    Ok(AssignmentLine {
        assignment_no: row.get(0)?,
        kind: row.word(1)?,
        lead_id: LeadId(row.get(2)?),
        lead_no: row.get(3)?,
        source: row.get(4)?,
        agent_id: model::AgentId(row.get(5)?),
        agent_no: row.get(6)?,
        agent_name: row.get(7)?,
        total_before: row.get(8)?,
        total_after: row.get(9)?,
        method: row.word(10)?,
        trigger: row.word(11)?,
        batch_id: row.get(12)?,
        reason: row.get(13)?,
        created_at: row.get(14)?,
    })
}

/// Leads assigned together.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct BatchRow {
    pub id: uuid::Uuid,
    pub source_no: i64,
    pub trigger: Trigger,
    pub method: Method,
    pub leads: i64,
    /// `[{"agent_no", "assigned"}]`.
    pub breakdown: serde_json::Value,
    pub actor: String,
    pub created_at: i64,
}

/// Stores a batch, or replaces its counts when a later chunk of the same batch is recorded.
pub async fn batch_put(tx: &Tx<'_>, org: OrgId, batch: &BatchRow) -> Result<()> {
    tx.execute(
        "INSERT INTO assignment_batch (org_id, id, source_no, trigger, method, leads, breakdown, actor, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (org_id, id) DO UPDATE \
         SET leads = excluded.leads, breakdown = excluded.breakdown",
        vals![
            org.0,
            batch.id,
            batch.source_no,
            batch.trigger.as_str(),
            batch.method.as_str(),
            batch.leads,
            batch.breakdown.clone(),
            batch.actor.clone(),
            batch.created_at
        ],
    )
    .await?;
    Ok(())
}

/// The newest batches of a source.
pub async fn batch_list(db: &impl Query, org: OrgId, source_no: i64, limit: i64) -> Result<Vec<BatchRow>> {
    let sql = "SELECT id, source_no, trigger, method, leads, breakdown, actor, created_at FROM assignment_batch \
        WHERE org_id = $1 AND source_no = $2 ORDER BY created_at DESC LIMIT $3";
    db.rows(sql, vals![org.0, source_no, limit]).await?.iter().map(batch).collect()
}

fn batch(row: &Row) -> Result<BatchRow> {
    Ok(BatchRow {
        id: row.get(0)?,
        source_no: row.get(1)?,
        trigger: row.word(2)?,
        method: row.word(3)?,
        leads: row.get(4)?,
        breakdown: row.get(5)?,
        actor: row.get(6)?,
        created_at: row.get(7)?,
    })
}

/// One batch.
pub async fn batch_fetch(db: &impl Query, org: OrgId, id: uuid::Uuid) -> Result<BatchRow> {
    let sql = "SELECT id, source_no, trigger, method, leads, breakdown, actor, created_at FROM assignment_batch \
        WHERE org_id = $1 AND id = $2";
    db.first(sql, vals![org.0, id]).await?.as_ref().map_or(Err(Error::NotFound), batch)
}

/// The number of the first step taken at `at` or later, one more than the last if there is none. Numbers rise with
/// time; where several servers number, their clocks may differ by a moment.
pub async fn assignment_no_at(db: &impl Query, org: OrgId, at: i64) -> Result<i64> {
    let step = "SELECT assignment_no, created_at FROM assignment WHERE org_id = $1 AND assignment_no >= $2 \
        ORDER BY assignment_no LIMIT 1";
    let last = "SELECT assignment_no FROM assignment WHERE org_id = $1 ORDER BY assignment_no DESC LIMIT 1";
    let Some(last) = db.first(last, vals![org.0]).await? else { return Ok(1) };
    let (mut low, mut high) = (1, last.get::<i64>(0)? + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        match db.first(step, vals![org.0, middle]).await? {
            Some(row) if row.get::<i64>(1)? < at => low = row.get::<i64>(0)? + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// A step of a pool, one by its number there.
pub async fn assignment_step(db: &impl Query, org: OrgId, source_no: i64, seq: i64) -> Result<AssignmentRow> {
    assignment_list_steps(db, org, source_no, seq - 1, seq).await?.pop().ok_or(Error::NotFound)
}

/// Totals as steps of the organisation left them: step number, agent, total after it; `from <= number <= to`.
pub async fn totals_between(db: &impl Query, org: OrgId, from: i64, to: i64) -> Result<Vec<(i64, i64, i64)>> {
    let sql = "SELECT assignment_no, agent_no, total_after FROM assignment \
        WHERE org_id = $1 AND assignment_no BETWEEN $2 AND $3 ORDER BY assignment_no";
    db.rows(sql, vals![org.0, from, to])
        .await?
        .iter()
        .map(|r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))
        .collect()
}

/// A step with what its lead asked for: what a what-if replays.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedStep {
    /// Its number in the pool.
    pub seq: i64,
    /// What kind.
    pub kind: StepKind,
    /// Who got the lead, or gave it back.
    pub agent_no: i64,
    /// One byte per slot.
    pub verdicts: Vec<u8>,
    /// Skills the lead asks for.
    pub skills: Vec<String>,
}

/// The steps of a pool since an instant, behind step `after`.
pub async fn recorded_steps(
    db: &impl Query,
    org: OrgId,
    source_no: i64,
    since: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<RecordedStep>> {
    let sql = "SELECT a.pool_seq, a.kind, a.agent_no, a.verdicts, l.skills FROM assignment a \
        JOIN lead l ON l.org_id = a.org_id AND l.lead_no = a.lead_no \
        WHERE a.org_id = $1 AND a.source_no = $2 AND a.created_at >= $3 AND a.pool_seq > $4 \
        ORDER BY a.pool_seq LIMIT $5";
    let read = |row: &Row| {
        Ok(RecordedStep {
            seq: row.get(0)?,
            kind: row.word(1)?,
            agent_no: row.get(2)?,
            verdicts: verdicts::unpack(row.get(3)?),
            skills: crate::lead::optional_json(row, 4)?.unwrap_or_default(),
        })
    };
    db.rows(sql, vals![org.0, source_no, since, after, limit]).await?.iter().map(read).collect()
}
