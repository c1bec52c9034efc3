//! What an agent does: report a result, hand back, come and go.

use super::queue::Tab;
use crate::app::App;
use crate::console::fields::{Asked, Fields};
use crate::console::lead;
use crate::console::oops::Oops;
use crate::console::visit::{Visit, done, not_done};
use crate::lead::{short, visible};
use crate::params::Seg;
use crate::problem::Problem;
use crate::rights::{Leads, Presence as PresenceClass};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use engine::Failure;
use engine::agent::SetPresence;
use engine::lead::work::{Dispose, HandBack};
use model::Presence;
use store::lead::LeadRow;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/my-leads/{id}/disposition", post(dispose))
        .route("/my-leads/{id}/hand-back", post(hand_back))
        .route("/my-leads/presence", post(presence))
}

/// The lead, or what to say when it is somebody else's by now.
async fn mine(
    app: &App,
    visit: &Visit<Leads>,
    id: &str,
    tab: Tab,
) -> Result<Result<LeadRow, Response>, Oops> {
    match visible(app, &visit.who, id).await {
        Ok(row) => Ok(Ok(row)),
        Err(problem) if problem.status == StatusCode::NOT_FOUND && model::lead::parse_uid(id).is_some() => {
            let text = format!("{id} is not yours any more; nothing was stored. Go on with the next one.");
            Ok(Err(not_done(&format!("/my-leads?tab={}", tab.name()), text)))
        }
        Err(problem) => Err(problem.into()),
    }
}

async fn dispose(
    State(app): State<App>,
    visit: Visit<Leads>,
    Seg(id): Seg<String>,
    Asked(asked): Asked,
    fields: Fields,
) -> Result<Response, Oops> {
    let tab = Tab::of(asked.text("tab"));
    let row = match mine(&app, &visit, &id, tab).await? {
        Ok(row) => row,
        Err(response) => return Ok(response),
    };
    let uid = model::lead::uid(row.lead_no);
    let here = Fields::parse(format!("tab={}&lead={uid}", tab.name()).as_bytes());
    let told = match lead::told(&fields, visit.clock()) {
        Ok(told) => told,
        Err(problem) => return again(&app, &visit, &here, &fields, &problem).await,
    };
    let command = Dispose {
        lead: row.lead_id(),
        status: told.status,
        note: told.note,
        callback_at: told.callback_at,
        seen: fields.parsed("seen")?,
    };
    match app.engine().run(&visit.by(), command).await {
        Ok(lead) => {
            let to = format!("/my-leads?tab={}&lead={uid}", tab.name());
            Ok(done(&to, lead::reported(&lead, visit.clock())))
        }
        Err(Failure::Refused(refusal)) => {
            let problem = lead::refused(&app, visit.org(), row.lead_id(), refusal).await;
            again(&app, &visit, &here, &fields, &problem).await
        }
        Err(failure) => Err(failure.into()),
    }
}

/// The page again, with what was typed and why it was not taken.
async fn again(
    app: &App,
    visit: &Visit<Leads>,
    here: &Fields,
    fields: &Fields,
    problem: &Problem,
) -> Result<Response, Oops> {
    super::page(app, visit, problem.status, here, Some((fields, problem))).await
}

async fn hand_back(
    State(app): State<App>,
    visit: Visit<Leads>,
    Seg(id): Seg<String>,
    Asked(asked): Asked,
    fields: Fields,
) -> Result<Response, Oops> {
    let tab = Tab::of(asked.text("tab"));
    let row = match mine(&app, &visit, &id, tab).await? {
        Ok(row) => row,
        Err(response) => return Ok(response),
    };
    let (uid, queue) = (model::lead::uid(row.lead_no), format!("/my-leads?tab={}", tab.name()));
    let reason = short("reason", fields.given("reason").map(str::to_owned))?;
    let command = HandBack { lead: row.lead_id(), reason, seen: fields.parsed("seen")? };
    match app.engine().run(&visit.by(), command).await {
        Ok(_) => Ok(done(&queue, format!("{uid} was handed back. It goes to the next in line."))),
        Err(Failure::Refused(refusal)) => {
            Ok(not_done(&format!("{queue}&lead={uid}"), lead::refused_words(&refusal)))
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn presence(
    State(app): State<App>,
    visit: Visit<PresenceClass>,
    fields: Fields,
) -> Result<Response, Oops> {
    let state = fields.parsed::<Presence>("state")?;
    let state = state.ok_or_else(|| Problem::field("state", "online or away"))?;
    let Some(own) = visit.who.caller.agent_no else {
        return Ok(not_done("/my-leads", "Your user is not linked to an agent."));
    };
    let agent = store::agent::agent_list_no(app.reader(), visit.org(), &[own]).await?.pop();
    let agent = agent.ok_or_else(|| Oops::missing("agent"))?;
    app.engine().run(&visit.by(), SetPresence { agent: agent.id, presence: state }).await?;
    let text = match state {
        Presence::Online => "You are online: the next lead may be yours.",
        Presence::Away => "You are away: no new leads are given to you.",
    };
    // Back to the lead at hand; only ever within this page.
    let back = fields.given("back").filter(|back| back.starts_with("/my-leads?")).unwrap_or("/my-leads");
    Ok(done(back, text))
}
