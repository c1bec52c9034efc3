//! How many leads a list has: from counters and sets; by looking at rows only up to a budget.

use super::LeadFilter;
use super::clause::Clause;
use super::plan::{LeadPlan, Walk};
use crate::Result;
use crate::open::Query;
use model::{OrgId, Status};

/// How many rows are looked at for a total.
const BUDGET: usize = 8_000;

/// A total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// So many.
    Exactly(i64),
    /// So many were found before counting became too dear.
    AtLeast(i64),
}

/// How many leads a filter finds, from counters; `None` where they do not tell.
pub async fn lead_count(db: &impl Query, org: OrgId, filter: &LeadFilter) -> Result<Option<i64>> {
    let LeadFilter { category, created_from, created_to, import_no, q, .. } = filter;
    if category.is_some()
        || created_from.is_some()
        || created_to.is_some()
        || import_no.is_some()
        || q.is_some()
    {
        return Ok(None);
    }
    let mut clause = Clause::new(org);
    let sql = match filter.agent_no {
        Some(_) if filter.status.is_some() || filter.unassigned => return Ok(None),
        Some(agent_no) => {
            // Leads given to somebody less those handed back are the leads they have.
            clause.and("agent_no = ", agent_no);
            match filter.source_no {
                Some(source_no) => {
                    clause.and("source_no = ", source_no);
                    "SELECT CAST(coalesce(sum(given), 0) AS BIGINT) FROM source_agent"
                }
                None => "SELECT CAST(coalesce(sum(total), 0) AS BIGINT) FROM agent",
            }
        }
        None => {
            clause.maybe("source_no = ", filter.source_no);
            clause.maybe("status = ", filter.status.map(Status::as_str));
            match filter.unassigned {
                true => "SELECT CAST(coalesce(sum(waiting), 0) AS BIGINT) FROM lead_tally",
                false => "SELECT CAST(coalesce(sum(leads), 0) AS BIGINT) FROM lead_tally",
            }
        }
    };
    db.first(&format!("{sql} {}", clause.sql), clause.values).await?.map(|row| row.get(0)).transpose()
}

impl LeadPlan {
    /// How many leads the list has.
    pub async fn total(&self, db: &impl Query) -> Result<Total> {
        if let Some(count) = lead_count(db, self.org, &self.filter).await? {
            return Ok(Total::Exactly(count));
        }
        let Some(set) = &self.set else { return self.counted(db).await };
        if self.vague || self.unsure.is_none() {
            let numbers = set.down(self.last, BUDGET + 1);
            let found = self.checked_rows(db, &numbers[..numbers.len().min(BUDGET)]).await?;
            return Ok(if numbers.len() > BUDGET { Total::AtLeast(found) } else { Total::Exactly(found) });
        }
        let unsure: Vec<i64> =
            self.unsure.iter().flat_map(|unsure| unsure.down(self.last, BUDGET + 1)).collect();
        let unsure: Vec<i64> = unsure.into_iter().filter(|no| set.contains(*no)).collect();
        let part = &unsure[..unsure.len().min(BUDGET)];
        let found = set.count() - unsure.len() as i64 + self.checked_rows(db, part).await?;
        Ok(if unsure.len() > BUDGET { Total::AtLeast(found) } else { Total::Exactly(found) })
    }

    /// Without a set: as far as the rows of one walk tell.
    async fn counted(&self, db: &impl Query) -> Result<Total> {
        let mut inner = Clause::new(self.org);
        inner.and("lead_no >= ", self.first);
        inner.and("lead_no <= ", self.last);
        if self.walk == Walk::Agent {
            inner.maybe("agent_no = ", self.filter.agent_no);
        }
        if self.walk == Walk::Worked {
            inner.maybe("status = ", self.filter.status.map(Status::as_str));
        }
        let mut meant = "1 = 1".to_owned();
        if let Some(status) = self.filter.status {
            meant.push_str(&format!(" AND status = {}", inner.value(status.as_str())));
        }
        if let Some(agent_no) = self.filter.agent_no {
            meant.push_str(&format!(" AND agent_no = {}", inner.value(agent_no)));
        }
        if self.filter.unassigned {
            meant.push_str(" AND agent_no IS NULL AND is_open");
        }
        let scan = |(index, of): (Option<&str>, &str)| {
            let index = index.map_or_else(String::new, |index| db.dialect().indexed_by(index));
            format!("SELECT status, agent_no, is_open FROM lead{index} {}{of}", inner.sql)
        };
        let scans: Vec<String> = self.walk.scans().into_iter().map(scan).collect();
        let sql = format!(
            "SELECT count(*), CAST(coalesce(sum(CASE WHEN {meant} THEN 1 ELSE 0 END), 0) AS BIGINT) FROM \
             ({} LIMIT {}) walked",
            scans.join(" UNION ALL "),
            2 * BUDGET
        );
        let Some(row) = db.first(&sql, inner.values).await? else { return Ok(Total::Exactly(0)) };
        let (looked, found): (i64, i64) = (row.get(0)?, row.get(1)?);
        Ok(if looked < 2 * BUDGET as i64 { Total::Exactly(found) } else { Total::AtLeast(found) })
    }
}
