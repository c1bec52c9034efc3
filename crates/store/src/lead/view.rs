//! Leads with the names their numbers stand for.

use super::{LeadRow, ints};
use crate::open::Query;
use crate::{Result, vals};
use model::{LeadId, OrgId};

/// An agent as leads name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentName {
    /// Its number.
    pub agent_no: i64,
    /// Its public id.
    pub id: model::AgentId,
    /// Its name.
    pub name: String,
}

/// A lead with the names its numbers stand for.
#[derive(Debug, Clone)]
pub struct LeadView {
    /// The lead.
    pub row: LeadRow,
    /// Its source's name.
    pub source: String,
    /// Who works it.
    pub agent: Option<AgentName>,
    /// The first lead it repeats.
    pub duplicate_of: Option<LeadId>,
}

/// Puts names to the numbers of leads.
pub async fn lead_views(db: &impl Query, org: OrgId, rows: Vec<LeadRow>) -> Result<Vec<LeadView>> {
    use std::collections::HashMap;
    let d = db.dialect();
    let all = |number: fn(&LeadRow) -> Option<i64>| {
        let mut numbers: Vec<i64> = rows.iter().filter_map(number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        ints(&numbers)
    };
    let sql =
        format!("SELECT source_no, name FROM source WHERE org_id = $1 AND source_no IN {}", d.ints("$2"));
    let mut sources: HashMap<i64, String> = HashMap::new();
    for row in db.rows(&sql, vals![org.0, all(|r| Some(r.source_no))]).await? {
        sources.insert(row.get(0)?, row.get(1)?);
    }
    let mut agents: HashMap<i64, AgentName> = HashMap::new();
    if rows.iter().any(|r| r.agent_no.is_some()) {
        let sql = format!(
            "SELECT agent_no, id, name FROM agent WHERE org_id = $1 AND agent_no IN {}",
            d.ints("$2")
        );
        for row in db.rows(&sql, vals![org.0, all(|r| r.agent_no)]).await? {
            let agent =
                AgentName { agent_no: row.get(0)?, id: model::AgentId(row.get(1)?), name: row.get(2)? };
            agents.insert(agent.agent_no, agent);
        }
    }
    let mut firsts: HashMap<i64, LeadId> = HashMap::new();
    if rows.iter().any(|r| r.duplicate_of.is_some()) {
        let sql = format!("SELECT lead_no, id FROM lead WHERE org_id = $1 AND lead_no IN {}", d.ints("$2"));
        for row in db.rows(&sql, vals![org.0, all(|r| r.duplicate_of)]).await? {
            firsts.insert(row.get(0)?, LeadId(row.get(1)?));
        }
    }
    let view = |row: LeadRow| LeadView {
        source: sources.get(&row.source_no).cloned().unwrap_or_default(),
        agent: row.agent_no.and_then(|no| agents.get(&no).cloned()),
        duplicate_of: row.duplicate_of.and_then(|no| firsts.get(&no).copied()),
        row,
    };
    Ok(rows.into_iter().map(view).collect())
}
