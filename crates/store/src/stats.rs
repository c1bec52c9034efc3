//! Numbers about sources: how many leads have which status, how many wait.

use crate::open::Query;
use crate::{Result, Row, vals};
use model::{OrgId, Status};

/// How many leads of a source have a status, and how many of those wait for an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceTally {
    /// The source.
    pub source_no: i64,
    /// The status.
    pub status: Status,
    /// Leads.
    pub leads: i64,
    /// Of those: without an agent and not final.
    pub waiting: i64,
}

/// The tallies of an organisation.
pub async fn tally_list(db: &impl Query, org: OrgId) -> Result<Vec<SourceTally>> {
    let sql = "SELECT source_no, status, leads, waiting FROM lead_tally WHERE org_id = $1 ORDER BY source_no, status";
    let read = |row: &Row| {
        Ok(SourceTally {
            source_no: row.get(0)?,
            status: row.word(1)?,
            leads: row.get(2)?,
            waiting: row.get(3)?,
        })
    };
    db.rows(sql, vals![org.0]).await?.iter().map(read).collect()
}
