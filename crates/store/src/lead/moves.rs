//! Leads that move: their rows, and the history that tells it.

use crate::open::Query;
use crate::tx::{Engine, Tx, lite_insert, pg_insert};
use crate::{Error, Result, Row, vals};
use model::{OrgId, Status};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use serde::Serialize;
use std::sync::Arc;

/// A change of status, agent or both, as the lead's history tells it. `n` = the lead's changes after it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct LeadMove {
    pub org_id: i64,
    pub lead_no: i64,
    pub n: i64,
    pub from_status: Option<Status>,
    pub to_status: Status,
    pub is_open: bool,
    /// Who held the lead before: the move is refused if that is not so any more.
    pub agent_before: Option<i64>,
    pub agent_no: Option<i64>,
    pub share_paid: bool,
    pub skip_agent: Option<i64>,
    pub callback_at: Option<i64>,
    pub why: &'static str,
    pub actor: Arc<str>,
    pub note: Option<String>,
    pub at: i64,
    /// The agent changed to somebody.
    pub given: bool,
}

/// Writes moves to their leads; their history is told by [`history_insert`], or by the steps that made them.
/// [`Error::Conflict`] if a lead is not where the move found it.
pub async fn lead_move(tx: &Tx<'_>, moves: &[LeadMove]) -> Result<()> {
    let moved = match tx.engine() {
        Engine::Lite(db) => move_lite(db, moves)?,
        Engine::Pg(db) => move_pg(db, moves).await?,
    };
    if moved != moves.len() {
        return Err(Error::Conflict(format!(
            "{} of {} leads had moved meanwhile",
            moves.len() - moved,
            moves.len()
        )));
    }
    Ok(())
}

fn move_lite(db: &rusqlite::Connection, moves: &[LeadMove]) -> Result<usize> {
    let mut statement = db.prepare_cached(
        "UPDATE lead SET status = ?3, is_open = ?4, agent_no = ?5, share_paid = ?6, skip_agent = ?7, \
         callback_at = ?8, changes = ?9, changed_at = ?10, \
         assigned_at = CASE WHEN ?11 THEN ?10 ELSE assigned_at END \
         WHERE org_id = ?1 AND lead_no = ?2 AND agent_no IS ?12 AND changes = ?9 - 1",
    )?;
    let mut moved = 0;
    for m in moves {
        moved += statement.execute(rusqlite::params![
            m.org_id,
            m.lead_no,
            m.to_status.as_str(),
            m.is_open,
            m.agent_no,
            m.share_paid,
            m.skip_agent,
            m.callback_at,
            m.n,
            m.at,
            m.given,
            m.agent_before,
        ])?;
    }
    Ok(moved)
}

async fn move_pg(db: &sea_orm::DatabaseTransaction, moves: &[LeadMove]) -> Result<usize> {
    // One statement changes a row once: a lead that moves twice (handed back, then given) moves in two.
    let (mut moved, mut left) = (0, moves.iter().collect::<Vec<_>>());
    while !left.is_empty() {
        let mut seen = std::collections::HashSet::with_capacity(left.len());
        let (now, later) = left.into_iter().partition::<Vec<_>, _>(|m| seen.insert((m.org_id, m.lead_no)));
        moved += move_pg_once(db, &now).await?;
        left = later;
    }
    Ok(moved)
}

async fn move_pg_once(db: &sea_orm::DatabaseTransaction, moves: &[&LeadMove]) -> Result<usize> {
    let json = serde_json::to_string(moves).map_err(|e| Error::Corrupt(e.to_string()))?;
    let sql = "UPDATE lead SET status = v.to_status, is_open = v.is_open, agent_no = v.agent_no, \
         share_paid = v.share_paid, skip_agent = v.skip_agent, callback_at = v.callback_at, changes = v.n, \
         changed_at = v.at, assigned_at = CASE WHEN v.given THEN v.at ELSE assigned_at END \
         FROM json_to_recordset(CAST($1 AS JSON)) AS v(org_id BIGINT, lead_no BIGINT, n BIGINT, to_status TEXT, \
           is_open BOOLEAN, agent_before BIGINT, agent_no BIGINT, share_paid BOOLEAN, skip_agent BIGINT, \
           callback_at BIGINT, at BIGINT, given BOOLEAN) \
         WHERE lead.org_id = v.org_id AND lead.lead_no = v.lead_no \
           AND lead.agent_no IS NOT DISTINCT FROM v.agent_before AND lead.changes = v.n - 1";
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [Value::from(json)]);
    Ok(db.execute_raw(statement).await?.rows_affected() as usize)
}

const HISTORY: &str = "org_id, lead_no, n, from_status, to_status, why, actor, note, at";

/// Writes the history of moves that no step tells.
pub async fn history_insert(tx: &Tx<'_>, moves: &[LeadMove]) -> Result<()> {
    match tx.engine() {
        Engine::Lite(db) => {
            let head = format!("INSERT OR FAIL INTO lead_status_change ({HISTORY})");
            lite_insert(db, [&head, "(?, ?, ?, ?, ?, ?, ?, ?, ?)", ""], moves, |b, m| {
                b.bind(m.org_id)?;
                b.bind(m.lead_no)?;
                b.bind(m.n)?;
                b.bind(m.from_status.map(Status::as_str))?;
                b.bind(m.to_status.as_str())?;
                b.bind(m.why)?;
                b.bind(&*m.actor)?;
                b.bind(&m.note)?;
                b.bind(m.at)
            })?;
        }
        Engine::Pg(_) if moves.is_empty() => {}
        Engine::Pg(db) => {
            pg_insert(db, "lead_status_change", HISTORY, moves, "").await?;
        }
    }
    Ok(())
}

/// A line of a lead's status history.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct StatusChange {
    pub n: i64,
    pub from: Option<Status>,
    pub to: Status,
    pub why: String,
    pub actor: String,
    pub note: Option<String>,
    pub at: i64,
}

/// A lead's status history, oldest first.
pub async fn history_list(db: &impl Query, org: OrgId, lead_no: i64) -> Result<Vec<StatusChange>> {
    let sql = "SELECT n, from_status, to_status, why, actor, note, at FROM lead_history \
        WHERE org_id = $1 AND lead_no = $2 ORDER BY n LIMIT 1000";
    let read = |row: &Row| {
        let from: Option<String> = row.get(1)?;
        Ok(StatusChange {
            n: row.get(0)?,
            from: from
                .map(|f| f.parse().map_err(|e: model::UnknownWord| Error::Corrupt(e.to_string())))
                .transpose()?,
            to: row.word(2)?,
            why: row.get(3)?,
            actor: row.get(4)?,
            note: row.get(5)?,
            at: row.get(6)?,
        })
    };
    db.rows(sql, vals![org.0, lead_no]).await?.iter().map(read).collect()
}
