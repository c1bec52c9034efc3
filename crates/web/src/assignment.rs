//! The history of assignments.

use crate::answer::{self, Answer};
use crate::app::App;
use crate::csv;
use crate::lead_list::agent_no;
use crate::page;
use crate::params::Query;
use crate::problem::{Problem, or_missing};
use crate::rights::{Staff, Who};
use crate::schema::{self, Problems};
use axum::extract::State;
use model::assignment::StepKind;
use model::{AgentId, BatchId, LeadId, Method, Micros, Trigger};
use serde::{Deserialize, Serialize};
use store::assignment::{AssignmentFilter, AssignmentLine, assignment_list};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(export))
}

/// A lead given to an agent, or given back.
#[derive(Serialize, ToSchema)]
#[schema(as = Assignment)]
struct AssignmentJson {
    #[schema(value_type = schema::StepWord)]
    kind: StepKind,
    #[schema(value_type = String)]
    lead_id: LeadId,
    lead_uid: String,
    source: String,
    #[schema(value_type = String)]
    agent_id: AgentId,
    agent_name: String,
    /// Leads ever given to the agent, any source, manual too, less hand-backs.
    total_before: i64,
    total_after: i64,
    #[schema(value_type = schema::MethodWord)]
    method: Method,
    #[schema(value_type = schema::TriggerWord)]
    trigger: Trigger,
    #[schema(value_type = Option<String>)]
    batch_id: Option<BatchId>,
    reason: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Micros,
}

impl From<AssignmentLine> for AssignmentJson {
    fn from(a: AssignmentLine) -> Self {
        Self {
            kind: a.kind,
            lead_id: a.lead_id,
            lead_uid: model::lead::uid(a.lead_no),
            source: a.source,
            agent_id: a.agent_id,
            agent_name: a.agent_name,
            total_before: a.total_before,
            total_after: a.total_after,
            method: a.method,
            trigger: a.trigger,
            batch_id: a.batch_id.map(BatchId),
            reason: a.reason,
            created_at: Micros(a.created_at),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AssignmentQuery {
    /// By name or id.
    source: Option<String>,
    /// By id or number.
    agent: Option<String>,
    #[param(value_type = Option<String>)]
    batch_id: Option<BatchId>,
    #[param(value_type = Option<schema::MethodWord>)]
    method: Option<Method>,
    #[param(value_type = Option<schema::TriggerWord>)]
    trigger: Option<Trigger>,
    #[param(value_type = Option<String>, format = DateTime)]
    created_from: Option<Micros>,
    #[param(value_type = Option<String>, format = DateTime)]
    created_to: Option<Micros>,
    limit: Option<i64>,
    cursor: Option<String>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
struct AssignmentList {
    items: Vec<AssignmentJson>,
    next_cursor: Option<String>,
}

async fn filter(app: &App, who: &Who<Staff>, query: &AssignmentQuery) -> Result<AssignmentFilter, Problem> {
    let mut filter = AssignmentFilter {
        batch_id: query.batch_id.map(|id| id.0),
        method: query.method,
        trigger: query.trigger,
        from: query.created_from.map(|at| at.0),
        to: query.created_to.map(|at| at.0),
        ..AssignmentFilter::default()
    };
    if let Some(source) = &query.source {
        let source = or_missing(store::source::source_find(app.reader(), who.org(), source).await, "source")?;
        filter.source_no = Some(source.source_no);
    }
    if let Some(agent) = &query.agent {
        filter.agent_no = Some(agent_no(app, who.org(), agent).await?.unwrap_or(-1));
    }
    Ok(filter)
}

/// Assignments, newest first.
#[utoipa::path(get, path = "/api/v1/assignments", tag = "assignments", operation_id = "assignment_list",
    params(AssignmentQuery),
    responses((status = 200, description = "A page", body = AssignmentList), Problems))]
async fn list(State(app): State<App>, who: Who<Staff>, Query(query): Query<AssignmentQuery>) -> Answer {
    let limit = page::limit(query.limit)?;
    let before = page::numbers::<1>(query.cursor.as_deref())?.map(|[no]| no);
    let filter = filter(&app, &who, &query).await?;
    let rows = assignment_list(app.reader(), who.org(), &filter, before, limit + 1).await?;
    answer::ok(&page::page(rows, limit, |a| page::cursor(&[a.assignment_no]), AssignmentJson::from))
}

const COLUMNS: [&str; 12] = [
    "lead_id",
    "lead_uid",
    "source",
    "agent_id",
    "agent_name",
    "total_before",
    "total_after",
    "method",
    "trigger",
    "batch_id",
    "created_at",
    "kind",
];

/// The same history as a file.
#[utoipa::path(get, path = "/api/v1/assignments.csv", tag = "assignments", operation_id = "assignment_export",
    params(AssignmentQuery),
    responses((status = 200, description = "All of it", content_type = "text/csv", body = String), Problems))]
async fn export(State(app): State<App>, who: Who<Staff>, Query(query): Query<AssignmentQuery>) -> Answer {
    let filter = std::sync::Arc::new(filter(&app, &who, &query).await?);
    let first = page::numbers::<1>(query.cursor.as_deref())?.map(|[no]| no);
    let org = who.org();
    csv::stream("assignments", &COLUMNS, first, move |before| {
        let (app, filter) = (app.clone(), filter.clone());
        async move {
            let rows = assignment_list(app.reader(), org, &filter, before, csv::PAGE).await?;
            let next = rows.last().filter(|_| rows.len() as i64 == csv::PAGE).map(|a| Some(a.assignment_no));
            let mut lines = String::new();
            for a in rows.into_iter().map(AssignmentJson::from) {
                let cells = [
                    a.lead_id.to_string(),
                    a.lead_uid,
                    a.source,
                    a.agent_id.to_string(),
                    a.agent_name,
                    a.total_before.to_string(),
                    a.total_after.to_string(),
                    a.method.to_string(),
                    a.trigger.to_string(),
                    a.batch_id.map(|b| b.to_string()).unwrap_or_default(),
                    a.created_at.to_string(),
                    a.kind.to_string(),
                ];
                csv::line(&mut lines, cells.iter().map(String::as_str));
            }
            Ok((lines, next))
        }
    })
    .await
}
