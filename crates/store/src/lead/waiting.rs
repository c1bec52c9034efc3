//! Leads that wait for an agent, and how many there are.

use super::optional_json;
use crate::open::Query;
use crate::tx::{Engine, Tx};
use crate::{Error, Result, Row, vals};
use model::{LeadId, LeadNeeds, OrgId, Status};
use serde::Serialize;

/// A waiting lead, as the backlog gives it out.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// Its number.
    pub lead_no: i64,
    /// Its public id.
    pub id: LeadId,
    /// Where it stands.
    pub status: Status,
    /// How often it has moved.
    pub changes: i64,
    /// Worth in thousandths.
    pub value: i64,
    /// When it must be called back.
    pub callback_at: Option<i64>,
    /// What it asks of an agent.
    pub needs: LeadNeeds,
    /// When it came in.
    pub created_at: i64,
}

/// How far a walk through a backlog has come: the last lead looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BacklogPlace {
    /// Its worth.
    pub value: i64,
    /// Its number.
    pub lead_no: i64,
}

/// The next waiting leads of a source, in the pool's order, behind `after`.
pub async fn lead_list_waiting(
    tx: &Tx<'_>,
    org: OrgId,
    source_no: i64,
    order: model::BacklogOrder,
    after: Option<BacklogPlace>,
    limit: i64,
) -> Result<Vec<Waiting>> {
    use model::BacklogOrder as Order;
    let (behind, sort) = match order {
        Order::Oldest => ("lead_no > $3", "lead_no"),
        Order::Newest => ("lead_no < $3", "lead_no DESC"),
        Order::Value => (
            "(coalesce(value, 0) < $4 OR (coalesce(value, 0) = $4 AND lead_no > $3))",
            "coalesce(value, 0) DESC, lead_no",
        ),
    };
    let start = match order {
        Order::Newest => BacklogPlace { value: 0, lead_no: i64::MAX },
        _ => BacklogPlace { value: i64::MAX, lead_no: 0 },
    };
    let place = after.unwrap_or(start);
    // $4 is named in every form, so that each has the same parameters.
    let sql = format!(
        "SELECT lead_no, id, status, changes, coalesce(value, 0), callback_at, skills, share_paid, skip_agent, \
         created_at FROM lead{} \
         WHERE org_id = $1 AND source_no = $2 AND agent_no IS NULL AND is_open AND {behind} \
           AND CAST($4 AS BIGINT) IS NOT NULL ORDER BY {sort} LIMIT $5{}",
        tx.dialect().indexed_by("lead_waiting"),
        tx.dialect().for_update()
    );
    if let Engine::Lite(db) = tx.engine() {
        return waiting_lite(
            db,
            &sql.replace('$', "?"),
            (org.0, source_no, place.lead_no, place.value, limit),
        );
    }
    let rows = tx.rows(&sql, vals![org.0, source_no, place.lead_no, place.value, limit]).await?;
    rows.iter().map(waiting).collect()
}

/// The same columns, read in place: a backlog is long.
fn waiting_lite(
    db: &rusqlite::Connection,
    sql: &str,
    parameters: (i64, i64, i64, i64, i64),
) -> Result<Vec<Waiting>> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let corrupt = |e: String| Error::Corrupt(e);
        let id = row.get_ref(1)?.as_blob().map_err(|e| corrupt(e.to_string()))?;
        let status = row.get_ref(2)?.as_str().map_err(|e| corrupt(e.to_string()))?;
        let skills = row.get_ref(6)?.as_str_or_null().map_err(|e| corrupt(e.to_string()))?;
        found.push(Waiting {
            lead_no: row.get(0)?,
            id: LeadId(uuid::Uuid::from_slice(id).map_err(|e| corrupt(e.to_string()))?),
            status: status.parse().map_err(|e: model::UnknownWord| corrupt(e.to_string()))?,
            changes: row.get(3)?,
            value: row.get(4)?,
            callback_at: row.get(5)?,
            needs: LeadNeeds {
                skills: match skills {
                    Some(json) => serde_json::from_str(json).map_err(|e| corrupt(e.to_string()))?,
                    None => Vec::new(),
                },
                share_paid: row.get(7)?,
                skip_agent: row.get(8)?,
            },
            created_at: row.get(9)?,
        });
    }
    Ok(found)
}

fn waiting(row: &Row) -> Result<Waiting> {
    Ok(Waiting {
        lead_no: row.get(0)?,
        id: LeadId(row.get(1)?),
        status: row.word(2)?,
        changes: row.get(3)?,
        value: row.get(4)?,
        callback_at: row.get(5)?,
        needs: LeadNeeds {
            skills: optional_json(row, 6)?.unwrap_or_default(),
            share_paid: row.get(7)?,
            skip_agent: row.get(8)?,
        },
        created_at: row.get(9)?,
    })
}

/// Sources with an enabled pool that have waiting leads.
pub async fn sources_waiting(db: &impl Query) -> Result<Vec<(OrgId, i64)>> {
    let sql = "SELECT DISTINCT t.org_id, t.source_no FROM lead_tally t JOIN pool p \
        ON p.org_id = t.org_id AND p.source_no = t.source_no WHERE t.waiting > 0 AND p.enabled AND p.configured \
        ORDER BY t.org_id, t.source_no";
    db.rows(sql, vec![]).await?.iter().map(|r| Ok((OrgId(r.get(0)?), r.get(1)?))).collect()
}

/// A change of how many leads of a source have a status, and how many of them wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct Tally {
    pub org_id: i64,
    pub source_no: i64,
    pub status: Status,
    pub leads: i64,
    pub waiting: i64,
}

/// Adds tallies to the stored ones.
pub async fn tally_add(tx: &Tx<'_>, tallies: &[Tally]) -> Result<()> {
    for t in tallies {
        // Inserted at zero first: SQLite checks the inserted row, a negative change would not pass.
        tx.execute(
            "INSERT INTO lead_tally (org_id, source_no, status, leads, waiting) VALUES ($1, $2, $3, 0, 0) \
             ON CONFLICT DO NOTHING",
            vals![t.org_id, t.source_no, t.status.as_str()],
        )
        .await?;
        tx.execute(
            "UPDATE lead_tally SET leads = leads + $4, waiting = waiting + $5 \
             WHERE org_id = $1 AND source_no = $2 AND status = $3",
            vals![t.org_id, t.source_no, t.status.as_str(), t.leads, t.waiting],
        )
        .await?;
    }
    Ok(())
}
