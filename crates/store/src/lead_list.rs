//! Lists of leads: filters, sorts, search, keyset pages, totals.
//!
//! What never changes by itself (name, e-mail, phone, source, category, import) is looked up in the segments of the
//! lead index and becomes a set of numbers; what changes often (status, agent, waiting) stands on partial indexes and
//! becomes a set where it is rare. What is left is checked on rows, in the order of the list, up to a budget: a page
//! that would cost more ends early and says where to go on.

mod clause;
mod count;
mod page;
mod plan;
pub(crate) mod set;

pub use count::{Total, lead_count};
pub use page::LeadPage;
pub use plan::LeadPlan;

use crate::Result;
use crate::lead::LeadRow;
use crate::open::Query;
use model::{OrgId, Status};

/// What a list of leads is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct LeadFilter {
    /// One source.
    pub source_no: Option<i64>,
    /// One status.
    pub status: Option<Status>,
    /// One agent's.
    pub agent_no: Option<i64>,
    /// One category, as written.
    pub category: Option<String>,
    /// Created not before.
    pub created_from: Option<i64>,
    /// Created before.
    pub created_to: Option<i64>,
    /// Without an agent and not final.
    pub unassigned: bool,
    /// One import's.
    pub import_no: Option<i64>,
    /// Search.
    pub q: Option<Search>,
}

/// What was typed into the search box, as it was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Search {
    /// `L-000123`.
    Uid(i64),
    /// A whole phone number's digits.
    Phone(i64),
    /// The last digits of a phone, at least four: the digits and how many.
    PhoneEnd(i64, u32),
    /// The beginning of an e-mail, lower case.
    Email(String),
    /// Beginnings of words of the name.
    Name(String),
    /// The beginning of an e-mail, or of words of the name.
    Word(String),
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeadSort {
    /// Newest first.
    Newest,
    /// Oldest first.
    Oldest,
    /// Changed last first.
    Changed,
}

/// A lead's place in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeadPlace {
    /// When it was changed (used by [`LeadSort::Changed`]).
    pub changed_at: i64,
    /// Its number.
    pub lead_no: i64,
}

impl LeadPlace {
    /// Of a lead.
    pub fn of(row: &LeadRow) -> Self {
        Self { changed_at: row.changed_at, lead_no: row.lead_no }
    }
}

/// One page of leads, full unless the list ends, whatever it costs.
pub async fn lead_list(
    db: &impl Query,
    org: OrgId,
    filter: &LeadFilter,
    sort: LeadSort,
    after: Option<LeadPlace>,
    limit: i64,
) -> Result<Vec<LeadRow>> {
    let plan = LeadPlan::open(db, org, filter).await?;
    let (mut rows, mut after) = (Vec::new(), after);
    loop {
        let page = plan.page(db, sort, after, limit - rows.len() as i64).await?;
        rows.extend(page.rows);
        after = page.next;
        if after.is_none() || rows.len() as i64 >= limit {
            return Ok(rows);
        }
    }
}
