//! What people do with a lead: report a result, give it to somebody, hand it back.

use super::detail;
use crate::app::App;
use crate::console::fields::Fields;
use crate::console::lead;
use crate::console::oops::Oops;
use crate::console::visit::{Visit, done, not_done};
use crate::lead::{short, visible};
use crate::params::Seg;
use crate::rights::{Leads, Staff};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use engine::Failure;
use engine::lead::work::{AssignLead, Dispose, HandBack};
use model::{AgentId, Role};
use store::lead::LeadView;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/leads/{id}/disposition", post(dispose))
        .route("/leads/{id}/assign", post(assign))
        .route("/leads/{id}/hand-back", post(hand_back))
}

async fn dispose(
    State(app): State<App>,
    visit: Visit<Leads>,
    Seg(id): Seg<String>,
    fields: Fields,
) -> Result<Response, Oops> {
    let row = visible(&app, &visit.who, &id).await?;
    let path = lead::path(row.lead_no);
    let told = match lead::told(&fields, visit.clock()) {
        Ok(told) => told,
        Err(problem) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return detail::page(&app, &visit, status, row, Some((&fields, &problem))).await;
        }
    };
    let command = Dispose {
        lead: row.lead_id(),
        status: told.status,
        note: told.note,
        callback_at: told.callback_at,
        seen: fields.parsed("seen")?,
    };
    match app.engine().run(&visit.by(), command).await {
        Ok(lead) => Ok(done(&path, lead::reported(&lead, visit.clock()))),
        Err(Failure::Refused(refusal)) => {
            // What was typed stays; the page shows the lead as it is now.
            let problem = lead::refused(&app, visit.org(), row.lead_id(), refusal).await;
            let row = visible(&app, &visit.who, &id).await?;
            detail::page(&app, &visit, problem.status, row, Some((&fields, &problem))).await
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn assign(
    State(app): State<App>,
    visit: Visit<Staff>,
    Seg(id): Seg<String>,
    fields: Fields,
) -> Result<Response, Oops> {
    let row = visible(&app, &visit.who, &id).await?;
    let (path, before) = (lead::path(row.lead_no), row.agent_no);
    let Some(agent) = fields.parsed::<AgentId>("agent_id")? else {
        return Ok(not_done(&path, "Choose who shall have the lead."));
    };
    let reason = short("reason", fields.given("reason").map(str::to_owned))?;
    let command = AssignLead { lead: row.lead_id(), agent, reason, seen: fields.parsed("seen")? };
    match app.engine().run(&visit.by(), command).await {
        Ok(lead) => {
            let name = lead.agent.as_ref().map(|a| a.name.as_str()).unwrap_or_default();
            let uid = model::lead::uid(row.lead_no);
            let back = match before {
                Some(_) => "Give it to somebody else if that was wrong.",
                None => "Hand it back if that was wrong.",
            };
            Ok(done(&path, format!("{uid} was given to {name}. {back}")))
        }
        Err(Failure::Refused(refusal)) => Ok(not_done(&path, lead::refused_words(&refusal))),
        Err(failure) => Err(failure.into()),
    }
}

async fn hand_back(
    State(app): State<App>,
    visit: Visit<Leads>,
    Seg(id): Seg<String>,
    fields: Fields,
) -> Result<Response, Oops> {
    let row = visible(&app, &visit.who, &id).await?;
    let path = lead::path(row.lead_no);
    let reason = short("reason", fields.given("reason").map(str::to_owned))?;
    let command = HandBack { lead: row.lead_id(), reason, seen: fields.parsed("seen")? };
    match app.engine().run(&visit.by(), command).await {
        // An agent does not see the lead any more.
        Ok(lead) if visit.me.role == Role::Agent => Ok(done("/my-leads", handed_back(&lead))),
        Ok(lead) => Ok(done(&path, handed_back(&lead))),
        Err(Failure::Refused(refusal)) => Ok(not_done(&path, lead::refused_words(&refusal))),
        Err(failure) => Err(failure.into()),
    }
}

fn handed_back(lead: &LeadView) -> String {
    format!("{} was handed back. It goes to the next in line.", model::lead::uid(lead.row.lead_no))
}
