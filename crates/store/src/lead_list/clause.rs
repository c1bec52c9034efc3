//! Conditions of a filter on rows.

use crate::lead_list::LeadFilter;
use crate::vals;
use model::{OrgId, Status};
use sea_orm::Value;

/// A WHERE clause that grows, with its parameters.
pub(crate) struct Clause {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value>,
}

impl Clause {
    pub(crate) fn new(org: OrgId) -> Self {
        Self { sql: "WHERE org_id = $1".to_owned(), values: vals![org.0] }
    }

    /// The name of a new parameter.
    pub(crate) fn value(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    pub(crate) fn and(&mut self, condition: &str, value: impl Into<Value>) {
        let name = self.value(value);
        self.sql.push_str(&format!(" AND {condition}{name}"));
    }

    pub(crate) fn maybe<T: Into<Value>>(&mut self, condition: &str, value: Option<T>) {
        if let Some(value) = value {
            self.and(condition, value);
        }
    }

    /// What changes often.
    pub(crate) fn changing(&mut self, filter: &LeadFilter) {
        self.maybe("status = ", filter.status.map(Status::as_str));
        self.maybe("agent_no = ", filter.agent_no);
        if filter.unassigned {
            self.sql.push_str(" AND agent_no IS NULL AND is_open");
        }
    }

    /// Everything but the search and the range of time.
    pub(crate) fn all(&mut self, filter: &LeadFilter) {
        self.maybe("source_no = ", filter.source_no);
        self.maybe("category = ", filter.category.clone());
        self.maybe("import_no = ", filter.import_no);
        self.changing(filter);
    }
}
