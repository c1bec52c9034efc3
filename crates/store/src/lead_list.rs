//! Lists of leads: filters, sorts, search, keyset pages.

use crate::lead::{LeadRow, lead_select};
use crate::open::Query;
use crate::{Dialect, Result, Row, vals};
use model::{OrgId, Status};
use sea_orm::Value;

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
    /// Beginnings of words of the name, lower case.
    Name(Vec<String>),
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

/// The last lead of the page before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeadPlace {
    /// When it was changed (used by [`LeadSort::Changed`]).
    pub changed_at: i64,
    /// Its number.
    pub lead_no: i64,
}

/// One page of leads.
pub async fn lead_list(
    db: &impl Query,
    org: OrgId,
    filter: &LeadFilter,
    sort: LeadSort,
    after: Option<LeadPlace>,
    limit: i64,
) -> Result<Vec<LeadRow>> {
    let mut clause = Clause::new(org);
    clause.filter(db.dialect(), filter);
    if let Some(place) = after {
        match sort {
            LeadSort::Newest => clause.and("lead_no < ", place.lead_no),
            LeadSort::Oldest => clause.and("lead_no > ", place.lead_no),
            LeadSort::Changed => {
                clause.values.extend(vals![place.changed_at, place.lead_no]);
                let n = clause.values.len();
                clause.sql.push_str(&format!(" AND (changed_at, lead_no) < (${}, ${n})", n - 1));
            }
        }
    }
    clause.values.push(limit.into());
    clause.sql.push_str(match sort {
        LeadSort::Newest => " ORDER BY lead_no DESC",
        LeadSort::Oldest => " ORDER BY lead_no",
        LeadSort::Changed => " ORDER BY changed_at DESC, lead_no DESC",
    });
    clause.sql.push_str(&format!(" LIMIT ${}", clause.values.len()));
    lead_select(db, &clause.sql, clause.values).await
}

/// How many leads a filter finds, from the tallies; `None` where they do not tell.
pub async fn lead_count(db: &impl Query, org: OrgId, filter: &LeadFilter) -> Result<Option<i64>> {
    let LeadFilter { agent_no, category, created_from, created_to, import_no, q, .. } = filter;
    let by_row = agent_no.is_some() || category.is_some() || created_from.is_some() || created_to.is_some();
    if by_row || import_no.is_some() || q.is_some() {
        return Ok(None);
    }
    let column = if filter.unassigned { "waiting" } else { "leads" };
    let mut clause = Clause::new(org);
    clause.maybe("source_no = ", filter.source_no);
    clause.maybe("status = ", filter.status.map(Status::as_str));
    let sql = format!("SELECT CAST(coalesce(sum({column}), 0) AS BIGINT) FROM lead_tally {}", clause.sql);
    db.first(&sql, clause.values).await?.map(|row| row.get(0)).transpose()
}

/// At most `limit` leads that a filter finds, counted one by one.
pub async fn lead_count_upto(db: &impl Query, org: OrgId, filter: &LeadFilter, limit: i64) -> Result<i64> {
    let mut clause = Clause::new(org);
    clause.filter(db.dialect(), filter);
    clause.values.push(limit.into());
    let sql = format!(
        "SELECT count(*) FROM (SELECT 1 FROM lead {} LIMIT ${}) found",
        clause.sql,
        clause.values.len()
    );
    db.first(&sql, clause.values).await?.map_or(Ok(0), |row: Row| row.get(0))
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

struct Clause {
    sql: String,
    values: Vec<Value>,
}

impl Clause {
    fn new(org: OrgId) -> Self {
        Self { sql: "WHERE org_id = $1".to_owned(), values: vals![org.0] }
    }

    fn and(&mut self, condition: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.sql.push_str(&format!(" AND {condition}${}", self.values.len()));
    }

    fn maybe<T: Into<Value>>(&mut self, condition: &str, value: Option<T>) {
        if let Some(value) = value {
            self.and(condition, value);
        }
    }

    fn filter(&mut self, dialect: Dialect, filter: &LeadFilter) {
        self.maybe("source_no = ", filter.source_no);
        self.maybe("status = ", filter.status.map(Status::as_str));
        self.maybe("agent_no = ", filter.agent_no);
        self.maybe("category = ", filter.category.clone());
        self.maybe("created_at >= ", filter.created_from);
        self.maybe("created_at < ", filter.created_to);
        self.maybe("import_no = ", filter.import_no);
        if filter.unassigned {
            self.sql.push_str(" AND agent_no IS NULL AND is_open");
        }
        // LIKE is case-insensitive for ASCII on SQLite only; both sides are lowered.
        let like = |prefix: &str, text: &str| {
            let mut pattern = prefix.to_owned();
            for c in text.chars() {
                if matches!(c, '%' | '_' | '\\') {
                    pattern.push('\\');
                }
                pattern.push(c);
            }
            pattern.push('%');
            pattern
        };
        let escape = match dialect {
            Dialect::Sqlite => " ESCAPE '\\'",
            Dialect::Postgres => "",
        };
        match &filter.q {
            None => {}
            Some(Search::Uid(lead_no)) => self.and("lead_no = ", *lead_no),
            Some(Search::Phone(digits)) => self.and("phone = ", *digits),
            Some(Search::PhoneEnd(digits, length)) => {
                let modulus = 10_i64.pow((*length).min(15));
                self.and(&format!("phone % {modulus} = "), *digits);
            }
            Some(Search::Email(prefix)) => {
                self.and("lower(email) LIKE ", like("", prefix));
                self.sql.push_str(escape);
            }
            Some(Search::Name(words)) => {
                for word in words {
                    // SQLite folds ASCII only: other letters are looked for as they are written, small and large.
                    let mut forms = vec![word.clone()];
                    if dialect == Dialect::Sqlite && !word.is_ascii() {
                        forms.extend([word.to_uppercase(), capitalised(word)]);
                    }
                    let mut any = Vec::with_capacity(forms.len());
                    for form in forms {
                        self.values.push(like("% ", &form).into());
                        let name = if form.is_ascii() || dialect == Dialect::Postgres {
                            "lower(name)"
                        } else {
                            "name"
                        };
                        any.push(format!("(' ' || {name}) LIKE ${}{escape}", self.values.len()));
                    }
                    self.sql.push_str(&format!(" AND ({})", any.join(" OR ")));
                }
            }
        }
    }
}
