//! What a list reads: numbers looked up once, shared by all its pages and its total.

use super::clause::Clause;
use super::set::LeadSet;
use super::{LeadFilter, Search};
use crate::lead::ints;
use crate::open::Query;
use crate::segment::{last_lead, look_up, stale_list};
use crate::term;
use crate::{Error, Result, vals};
use model::{OrgId, Status};
use serde::Deserialize;

/// What is rarer than this becomes a set of numbers.
const RARE: i64 = 20_000;

/// How a list of leads is read.
#[derive(Debug)]
pub struct LeadPlan {
    pub(super) org: OrgId,
    pub(super) filter: LeadFilter,
    /// Numbers that can be meant.
    pub(super) first: i64,
    pub(super) last: i64,
    /// The leads that can be meant; `None`: any between first and last.
    pub(super) set: Option<LeadSet>,
    /// Of those: the ones whose row must be looked at for what the index tells of others. `None`: all.
    pub(super) unsure: Option<LeadSet>,
    /// Some filter changes often: rows are looked at, they may have moved since.
    pub(super) changing: bool,
    /// The set does not tell all of those filters.
    pub(super) vague: bool,
    /// The index that walks what the set does not tell.
    pub(super) walk: Walk,
}

/// What tells the leads of a filter that changes often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Walk {
    All,
    Agent,
    Worked,
    Pending,
}

/// The index of untouched leads, and what it stands on.
pub(super) const FRESH: (&str, &str) = ("lead_fresh", " AND status = 'pending'");

impl Walk {
    /// Indexes, each with the condition it stands on; together they hold what is meant.
    pub(super) const fn indexes(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::All => &[],
            Self::Agent => &[FRESH, ("lead_held", " AND agent_no IS NOT NULL AND status <> 'pending'")],
            Self::Worked => &[("lead_worked", " AND status <> 'new' AND status <> 'pending'")],
            Self::Pending => &[FRESH],
        }
    }

    /// The same as what a statement reads; `None`: the table itself.
    pub(super) fn scans(self) -> Vec<(Option<&'static str>, &'static str)> {
        match self.indexes() {
            [] => vec![(None, "")],
            indexes => indexes.iter().map(|(index, of)| (Some(*index), *of)).collect(),
        }
    }
}

/// A filter that changes often: how many leads it finds at most, and the indexes it stands on.
struct Changing {
    leads: i64,
    indexes: &'static [(&'static str, &'static str)],
    condition: Clause,
    walk: Walk,
    /// The index holds others, too.
    rough: bool,
}

impl Changing {
    fn new(leads: i64, condition: Clause, walk: Walk) -> Self {
        Self { leads, indexes: walk.indexes(), condition, walk, rough: false }
    }
}

/// The columns a row is checked by.
#[derive(Debug, Deserialize)]
pub(super) struct Checked(
    pub(super) i64,
    pub(super) i64,
    pub(super) Option<String>,
    pub(super) Option<i64>,
    pub(super) Option<String>,
);

pub(super) const CHECKED: [&str; 5] = ["lead_no", "changed_at", "name", "phone", "email"];

impl LeadPlan {
    /// Looks up what a filter means. Leads that come in later are not of it.
    pub async fn open(db: &impl Query, org: OrgId, filter: &LeadFilter) -> Result<Self> {
        let mut plan = Self {
            org,
            filter: filter.clone(),
            first: 1,
            last: last_lead(db, org).await?,
            set: None,
            unsure: Some(LeadSet::default()),
            changing: false,
            vague: false,
            walk: Walk::All,
        };
        if let Some(Search::Uid(lead_no)) = filter.q {
            (plan.first, plan.last) = (lead_no.max(plan.first), lead_no.min(plan.last));
        }
        if let Some(at) = filter.created_from {
            plan.first = plan.first.max(first_created(db, org, at, plan.last).await?);
        }
        if let Some(at) = filter.created_to {
            plan.last = plan.last.min(first_created(db, org, at, plan.last).await? - 1);
        }
        if plan.first > plan.last {
            return Ok(plan.nothing());
        }
        plan.index(db).await?;
        plan.rare(db).await?;
        if let Some(set) = &mut plan.set {
            set.keep_range(plan.first, plan.last);
        }
        Ok(plan)
    }

    fn nothing(mut self) -> Self {
        (self.first, self.last) = (1, 0);
        self.set = Some(LeadSet::default());
        self
    }

    /// The leads the index knows, and those it cannot know yet.
    async fn index(&mut self, db: &impl Query) -> Result<()> {
        let asked = term::asked(&self.filter);
        if asked.is_empty() {
            return Ok(());
        }
        // Before the segments: a mark that goes meanwhile is settled in the segment that is read then.
        let marked = stale_list(db, self.org, self.last, i64::MAX).await?;
        let looked = look_up(db, self.org, &asked).await?;
        let mut unsure = LeadSet::default();
        if looked.indexed_to < self.last {
            unsure.insert_range(looked.indexed_to + 1, self.last);
        }
        marked.iter().for_each(|(lead_no, _)| unsure.insert(*lead_no));
        let mut set = looked.set;
        set.add(&unsure);
        self.set = Some(set);
        self.unsure = (!asked.rough).then_some(unsure);
        Ok(())
    }

    /// What changes often becomes a set where it is rare; the rarest of the others is walked.
    async fn rare(&mut self, db: &impl Query) -> Result<()> {
        let mut walked = i64::MAX;
        let changes = self.changes(db).await?;
        let single = changes.len() == 1;
        for changing in changes {
            if changing.leads == 0 {
                self.set = Some(LeadSet::default());
                return Ok(());
            }
            // A single one is walked as it is.
            let alone = single && self.set.is_none() && changing.walk != Walk::All;
            if changing.leads <= RARE && !alone {
                let mut set = LeadSet::default();
                for (index, of) in changing.indexes {
                    for lead_no in numbers(db, index, of, &changing.condition).await? {
                        set.insert(lead_no);
                    }
                }
                match &mut self.set {
                    Some(known) => known.keep(&set),
                    none => *none = Some(set),
                }
            }
            self.changing = true;
            self.vague |= changing.leads > RARE || alone || changing.rough;
            if changing.leads < walked {
                (walked, self.walk) = (changing.leads, changing.walk);
            }
        }
        Ok(())
    }

    /// The filters that change often, the rarest first.
    async fn changes(&self, db: &impl Query) -> Result<Vec<Changing>> {
        let (org, filter) = (self.org, &self.filter);
        let mut found = Vec::new();
        if let Some(agent_no) = filter.agent_no {
            let sql = "SELECT total FROM agent WHERE org_id = $1 AND agent_no = $2";
            let leads = db.first(sql, vals![org.0, agent_no]).await?.map_or(Ok(0), |row| row.get(0))?;
            let mut condition = Clause::new(org);
            condition.and("agent_no = ", agent_no);
            found.push(Changing::new(leads, condition, Walk::Agent));
        }
        let tallied = async |status: Option<Status>, column: &str| -> Result<i64> {
            let mut clause = Clause::new(org);
            clause.maybe("source_no = ", filter.source_no);
            clause.maybe("status = ", status.map(Status::as_str));
            let sql =
                format!("SELECT CAST(coalesce(sum({column}), 0) AS BIGINT) FROM lead_tally {}", clause.sql);
            db.first(&sql, clause.values).await?.map_or(Ok(0), |row| row.get(0))
        };
        let waiting = |leads, rough| {
            const WAITING: &[(&str, &str)] = &[("lead_waiting", " AND agent_no IS NULL AND is_open")];
            let mut condition = Clause::new(org);
            condition.maybe("source_no = ", filter.source_no);
            Changing { leads, indexes: WAITING, condition, walk: Walk::All, rough }
        };
        match filter.status {
            None => {}
            // A new lead is nobody's and open.
            Some(Status::New) => {
                let (new, all) = (tallied(filter.status, "leads").await?, tallied(None, "waiting").await?);
                let leads = if new == 0 { 0 } else { all };
                found.push(waiting(leads, new != all));
            }
            Some(Status::Pending) => {
                let leads = tallied(filter.status, "leads").await?;
                found.push(Changing::new(leads, Clause::new(org), Walk::Pending));
            }
            Some(status) => {
                let leads = tallied(filter.status, "leads").await?;
                let mut condition = Clause::new(org);
                condition.and("status = ", status.as_str());
                found.push(Changing::new(leads, condition, Walk::Worked));
            }
        }
        if filter.unassigned {
            found.push(waiting(tallied(None, "waiting").await?, false));
        }
        found.sort_by_key(|changing| changing.leads);
        Ok(found)
    }

    /// Whether a number must be looked at on its row.
    pub(super) fn is_unsure(&self, lead_no: i64) -> bool {
        self.changing || self.unsure.as_ref().is_none_or(|unsure| unsure.contains(lead_no))
    }

    /// Of these numbers, those whose rows are meant, with when each was changed; in no order.
    pub(super) async fn check(&self, db: &impl Query, lead_nos: &[i64]) -> Result<Vec<(i64, i64)>> {
        if lead_nos.is_empty() {
            return Ok(Vec::new());
        }
        let mut clause = Clause::new(self.org);
        clause.all(&self.filter);
        let list = clause.value(ints(lead_nos));
        let sql = format!(
            "SELECT {} FROM lead {} AND lead_no IN {}",
            db.dialect().json_rows(&CHECKED),
            clause.sql,
            db.dialect().ints(&list)
        );
        Ok(self.found(json_rows(db, &sql, clause.values).await?))
    }

    /// The rows that are what was searched for.
    pub(super) fn found(&self, rows: Vec<Checked>) -> Vec<(i64, i64)> {
        let meant = |row: &Checked| match &self.filter.q {
            Some(q) => term::found(q, row.2.as_deref(), row.3, row.4.as_deref()),
            None => true,
        };
        rows.into_iter().filter(meant).map(|row| (row.0, row.1)).collect()
    }
}

/// Rows that the database hands over as one JSON text: much cheaper than one by one.
pub(super) async fn json_rows<T: serde::de::DeserializeOwned>(
    db: &impl Query,
    sql: &str,
    values: Vec<sea_orm::Value>,
) -> Result<Vec<T>> {
    let Some(row) = db.first(sql, values).await? else { return Ok(Vec::new()) };
    let text: String = row.get(0)?;
    serde_json::from_str(&text).map_err(|e| Error::Corrupt(e.to_string()))
}

/// The numbers in an index.
async fn numbers(db: &impl Query, index: &str, of: &str, condition: &Clause) -> Result<Vec<i64>> {
    let sql = format!(
        "SELECT {} FROM lead{} {}{of}",
        db.dialect().json_list("lead_no"),
        db.dialect().indexed_by(index),
        condition.sql
    );
    json_rows(db, &sql, condition.values.clone()).await
}

/// The number of the first lead that came in at `at` or later; `last + 1`: none did. Numbers and instants rise together.
pub(super) async fn first_created(db: &impl Query, org: OrgId, at: i64, last: i64) -> Result<i64> {
    let sql =
        "SELECT lead_no, created_at FROM lead WHERE org_id = $1 AND lead_no >= $2 ORDER BY lead_no LIMIT 1";
    let (mut low, mut high) = (1, last + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        match db.first(sql, vals![org.0, middle]).await? {
            Some(row) if row.get::<i64>(1)? < at => low = row.get::<i64>(0)? + 1,
            // Nothing between the middle and the lead that was found.
            _ => high = middle,
        }
    }
    Ok(low)
}
