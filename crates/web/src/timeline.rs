//! What happened to a lead.

use crate::answer::{self, Answer};
use crate::app::App;
use crate::lead::visible;
use crate::params::Seg;
use crate::rights::{Leads, Who};
use crate::schema::{self, Problems};
use axum::extract::State;
use model::assignment::StepKind;
use model::{AgentId, Method, Micros, OrgId, Status, Trigger};
use serde::Serialize;
use store::agent::Agent;
use store::assignment::AssignmentRow;
use store::lead::{LeadRow, StatusChange};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(timeline))
}

#[derive(Serialize, ToSchema)]
struct Timeline {
    items: Vec<TimelineEntry>,
    /// Always null: a timeline is one page.
    next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TimelineEntry {
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Micros,
    pub(crate) why: String,
    /// `user_…`, `api`, `import` or `system`.
    pub(crate) actor: String,
    #[serde(flatten)]
    pub(crate) what: What,
}

#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum What {
    Status {
        #[schema(value_type = Option<schema::LeadStatus>)]
        from: Option<Status>,
        #[schema(value_type = schema::LeadStatus)]
        to: Status,
        note: Option<String>,
    },
    Assignment {
        #[schema(value_type = schema::StepWord)]
        step: StepKind,
        #[schema(value_type = Option<String>)]
        agent_id: Option<AgentId>,
        agent_name: Option<String>,
        #[schema(value_type = schema::MethodWord)]
        method: Method,
        #[schema(value_type = schema::TriggerWord)]
        trigger: Trigger,
    },
}

/// What happened to a lead, oldest first.
#[utoipa::path(get, path = "/api/v1/leads/{id}/timeline", tag = "leads", operation_id = "lead_timeline",
    params(("id" = String, Path)),
    responses((status = 200, description = "Status changes and assignments", body = Timeline), Problems))]
async fn timeline(State(app): State<App>, who: Who<Leads>, Seg(id): Seg<String>) -> Answer {
    let row = visible(&app, &who, &id).await?;
    answer::ok(&Timeline { items: entries(&app, who.org(), &row).await?, next_cursor: None })
}

/// Status changes and assignments of a lead, oldest first.
pub(crate) async fn entries(app: &App, org: OrgId, row: &LeadRow) -> store::Result<Vec<TimelineEntry>> {
    let db = app.reader();
    let changes = store::lead::history_list(db, org, row.lead_no).await?;
    let steps = store::assignment::assignment_list_lead(db, org, row.lead_no).await?;
    let numbers: Vec<i64> = steps.iter().map(|s| s.agent_no).collect();
    let agents = store::agent::agent_list_no(db, org, &numbers).await?;
    let mut items: Vec<TimelineEntry> = imported(row, &changes).into_iter().collect();
    items.extend(changes.into_iter().map(changed));
    items.extend(steps.into_iter().map(|step| given(step, &agents)));
    items.sort_by_key(|entry| entry.at);
    Ok(items)
}

/// The birth of a lead that an import brought is told by its import's row.
fn imported(row: &LeadRow, changes: &[StatusChange]) -> Option<TimelineEntry> {
    let line = row.import_row.filter(|_| changes.iter().all(|c| c.from.is_some()))?;
    Some(TimelineEntry {
        at: Micros(row.created_at),
        why: format!("imported from line {line}"),
        actor: "import".to_owned(),
        what: What::Status { from: None, to: Status::New, note: None },
    })
}

fn changed(change: StatusChange) -> TimelineEntry {
    TimelineEntry {
        at: Micros(change.at),
        why: change.why,
        actor: change.actor,
        what: What::Status { from: change.from, to: change.to, note: change.note },
    }
}

fn given(step: AssignmentRow, agents: &[Agent]) -> TimelineEntry {
    let agent = agents.iter().find(|a| a.agent_no == step.agent_no);
    TimelineEntry {
        at: Micros(step.created_at),
        why: step.reason.unwrap_or_else(|| step.kind.as_str().to_owned()),
        actor: step.actor.to_string(),
        what: What::Assignment {
            step: step.kind,
            agent_id: agent.map(|a| a.id),
            agent_name: agent.map(|a| a.name.clone()),
            method: step.method,
            trigger: step.trigger,
        },
    }
}
