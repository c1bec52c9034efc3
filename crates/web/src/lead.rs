//! One lead: created, read, corrected, worked.

use crate::answer::{self, Answer};
use crate::app::App;
use crate::body::Json;
use crate::keyed;
use crate::lead_view::LeadJson;
use crate::params::Seg;
use crate::problem::{Problem, or_missing};
use crate::rights::{Classed, Leads, Staff, Who};
use crate::schema::{self, Problems};
use axum::extract::State;
use axum::http::StatusCode;
use engine::Refusal;
use engine::intake::{FieldError, LeadPayload};
use engine::lead::create::Created;
use engine::lead::work::{AssignLead, Dispose, HandBack, PatchLead};
use model::{AgentId, LeadDraft, LeadId, Micros, Status};
use serde::Deserialize;
use store::lead::{LeadRow, LeadView};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(fetch, patch))
        .routes(routes!(explain))
        .routes(routes!(assign))
        .routes(routes!(hand_back))
        .routes(routes!(dispose))
}

/// Stores a lead and gives it out.
#[utoipa::path(post, path = "/api/v1/leads", tag = "leads", operation_id = "lead_create",
    request_body = schema::NewLead,
    responses((status = 201, description = "Stored", body = LeadJson<'static>),
        (status = 200, description = "Known already", body = LeadJson<'static>), Problems))]
async fn create(State(app): State<App>, who: Who<Staff>, body: Json<LeadPayload>) -> Answer {
    let (source, draft) = body.value.into_draft(&who.caller.region).map_err(Problem::invalid)?;
    let reply = app.engine().create_lead(&who.by(), source, draft, body.key, created).await?;
    keyed::respond(reply, created)
}

pub(crate) fn created(outcome: &Result<Created, Refusal>) -> (u16, String) {
    let known = outcome.as_ref().is_ok_and(|created| created.duplicate);
    let status = if known { StatusCode::OK } else { StatusCode::CREATED };
    answer::rendered(status, outcome, LeadJson::created)
}

fn worked(outcome: &Result<LeadView, Refusal>) -> (u16, String) {
    answer::rendered(StatusCode::OK, outcome, LeadJson::new)
}

/// The lead, if the caller may see it.
pub(crate) async fn visible<C: Classed>(
    app: &App,
    who: &Who<C>,
    id_or_uid: &str,
) -> Result<LeadRow, Problem> {
    let row = match (id_or_uid.parse::<LeadId>(), model::lead::parse_uid(id_or_uid)) {
        (Ok(id), _) => store::lead::lead_fetch(app.reader(), who.org(), id).await,
        (_, Some(lead_no)) => store::lead::lead_fetch_no(app.reader(), who.org(), lead_no).await,
        _ => return Err(Problem::not_found("lead")),
    };
    let row = or_missing(row, "lead")?;
    if who.scope.covers(row.agent_no) { Ok(row) } else { Err(Problem::not_found("lead")) }
}

/// A lead by its id or uid.
#[utoipa::path(get, path = "/api/v1/leads/{id}", tag = "leads", operation_id = "lead_fetch",
    params(("id" = String, Path)),
    responses((status = 200, description = "The lead", body = LeadJson<'static>), Problems))]
async fn fetch(State(app): State<App>, who: Who<Leads>, Seg(id): Seg<String>) -> Answer {
    let row = visible(&app, &who, &id).await?;
    let views = store::lead::lead_views(app.reader(), who.org(), vec![row]).await?;
    answer::ok(&LeadJson::new(views.first().ok_or_else(|| Problem::not_found("lead"))?))
}

/// Corrects what is known of a lead; what is not given stays.
#[utoipa::path(patch, path = "/api/v1/leads/{id}", tag = "leads", operation_id = "lead_patch",
    params(("id" = String, Path)), request_body = schema::LeadChanges,
    responses((status = 200, description = "The lead", body = LeadJson<'static>), Problems))]
async fn patch(
    State(app): State<App>,
    who: Who<Leads>,
    Seg(lead): Seg<LeadId>,
    body: Json<LeadPayload>,
) -> Answer {
    let draft = changes(body.value, &who.caller.region)?;
    keyed::run(&app, &who.by(), PatchLead { lead, draft, seen: None }, None, worked).await
}

/// The checks of a creation, which asks for a source and a way to reach the person; a correction need not.
pub(crate) fn changes(mut body: LeadPayload, region: &str) -> Result<LeadDraft, Problem> {
    if !body.source.is_empty() {
        let message = "cannot be changed".to_owned();
        return Err(Problem::invalid(vec![FieldError {
            field: "source".to_owned(),
            code: "invalid",
            message,
        }]));
    }
    body.source.push('-');
    let given = |text: &Option<String>| text.as_ref().is_some_and(|t| !t.trim().is_empty());
    let unreachable = !given(&body.contact.phone) && !given(&body.contact.email);
    if unreachable {
        body.contact.email = Some("stand-in@example.com".to_owned());
    }
    let (_, mut draft) = body.into_draft(region).map_err(Problem::invalid)?;
    if unreachable {
        draft.email = None;
    }
    Ok(draft)
}

/// Why this agent, why not that one, or why the lead waits.
#[utoipa::path(get, path = "/api/v1/leads/{id}/explain", tag = "leads", operation_id = "lead_explain",
    params(("id" = String, Path)),
    responses((status = 200, description = "Sentences, and the numbers that decided", body = schema::Explained),
        Problems))]
async fn explain(State(app): State<App>, who: Who<Leads>, Seg(id): Seg<String>) -> Answer {
    let id = visible(&app, &who, &id).await?.lead_id();
    let now = app.engine().now();
    answer::ok(&engine::assign::explain::explain(app.reader(), who.org(), id, now).await?)
}

/// To whom a lead is given by hand.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Assign {
    #[schema(value_type = String)]
    agent_id: AgentId,
    reason: Option<String>,
}

/// Gives a lead to an agent, whoever holds it now.
#[utoipa::path(post, path = "/api/v1/leads/{id}/assign", tag = "leads", operation_id = "lead_assign",
    params(("id" = String, Path)), request_body = Assign,
    responses((status = 200, description = "The lead", body = LeadJson<'static>), Problems))]
async fn assign(
    State(app): State<App>,
    who: Who<Staff>,
    Seg(lead): Seg<LeadId>,
    body: Json<Assign>,
) -> Answer {
    let reason = short("reason", body.value.reason)?;
    let command = AssignLead { lead, agent: body.value.agent_id, reason, seen: None };
    keyed::run(&app, &who.by(), command, body.key, worked).await
}

/// Why a lead is given back.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct Reason {
    reason: Option<String>,
}

/// Gives a lead back; another gets it, first in line.
#[utoipa::path(post, path = "/api/v1/leads/{id}/hand-back", tag = "leads", operation_id = "lead_hand_back",
    params(("id" = String, Path)), request_body = Reason,
    responses((status = 200, description = "The lead", body = LeadJson<'static>), Problems))]
async fn hand_back(
    State(app): State<App>,
    who: Who<Leads>,
    Seg(lead): Seg<LeadId>,
    body: Json<Reason>,
) -> Answer {
    let reason = short("reason", body.value.reason)?;
    keyed::run(&app, &who.by(), HandBack { lead, reason, seen: None }, body.key, worked).await
}

/// How work on a lead went.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Disposition {
    #[schema(value_type = schema::LeadStatus)]
    status: Status,
    note: Option<String>,
    /// With status `callback`, and only there.
    #[schema(value_type = Option<String>, format = DateTime)]
    callback_at: Option<Micros>,
}

/// Records how work on a lead went.
#[utoipa::path(post, path = "/api/v1/leads/{id}/disposition", tag = "leads", operation_id = "lead_dispose",
    params(("id" = String, Path)), request_body = Disposition,
    responses((status = 200, description = "The lead", body = LeadJson<'static>), Problems))]
async fn dispose(
    State(app): State<App>,
    who: Who<Leads>,
    Seg(lead): Seg<LeadId>,
    body: Json<Disposition>,
) -> Answer {
    let Disposition { status, note, callback_at } = body.value;
    let command = Dispose { lead, status, note: short("note", note)?, callback_at, seen: None };
    keyed::run(&app, &who.by(), command, body.key, worked).await
}

/// A remark of at most 2,000 characters, without characters a database refuses.
pub(crate) fn short(field: &str, text: Option<String>) -> Result<Option<String>, Problem> {
    match text {
        Some(text) if text.chars().count() > 2_000 => Err(Problem::field(field, "at most 2000 characters")),
        Some(text) if text.contains('\0') => Err(Problem::field(field, "holds a NUL character")),
        other => Ok(other.filter(|text| !text.trim().is_empty())),
    }
}
