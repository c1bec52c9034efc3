//! A new lead by hand: a dialog over the list, and a page of its own when something is not right yet.

use crate::app::App;
use crate::console::fields::Fields;
use crate::console::frame::Room;
use crate::console::lead::{self, Form};
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Field, Tone};
use crate::console::visit::{Visit, done, not_done};
use crate::problem::Problem;
use crate::rights::Staff;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use engine::Reply;
use engine::intake::FieldError;
use engine::lead::create::Created;
use maud::{Markup, html};
use store::source::Source;

const PATH: &str = "/leads/new";
/// Before the names of this form's fields: the list's filter stands on the same page.
const PREFIX: &str = "new.";

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(show).post(create))
}

/// The dialog on the list's page.
pub(super) fn dialog(sources: &[Source]) -> Markup {
    html! {
        dialog #new-lead.wide-dialog aria-labelledby="new-lead-title" {
            h2 #new-lead-title { "New lead" }
            (form(sources, &Fields::default(), &[]))
        }
    }
}

fn form(sources: &[Source], fields: &Fields, errors: &[FieldError]) -> Markup {
    let value = |name: &str| fields.text(&format!("{PREFIX}{name}")).to_owned();
    let form = Form { prefix: PREFIX, value: &value, errors };
    let chosen = value("source");
    let mut choices: Vec<(&str, &str)> = Vec::new();
    if sources.iter().filter(|s| s.active).count() != 1 {
        choices.push(("", "Choose a source"));
    }
    choices.extend(sources.iter().filter(|s| s.active).map(|s| (s.name.as_str(), s.name.as_str())));
    let error = form.error("source");
    let source = Field::text("new.source", "Source", &chosen).required().error(error.as_deref());
    if sources.is_empty() {
        let action = ui::button_link(Tone::Primary, None, "Add a source", "/settings/sources");
        return ui::empty(
            Icon::Tag,
            "No source yet",
            "Every lead comes from a source. Add the first one.",
            &action,
        );
    }
    html! {
        form.stacked method="post" action=(PATH) data-guard {
            (form.general())
            div.fields { (ui::select(source.hint("Its auto-assign gives the lead out at once"), &choices)) }
            (form.groups())
            div.dialog-end {
                button.button.dialog-only type="button" data-action="close" { "Cancel" }
                (ui::submit(Tone::Primary, "Add lead"))
            }
        }
    }
}

async fn show(State(app): State<App>, visit: Visit<Staff>) -> Result<Response, Oops> {
    page(&app, &visit, StatusCode::OK, &Fields::default(), &[]).await
}

async fn page(
    app: &App,
    visit: &Visit<Staff>,
    status: StatusCode,
    fields: &Fields,
    errors: &[FieldError],
) -> Result<Response, Oops> {
    let sources = store::source::source_list(app.reader(), visit.org(), 0, 1_000).await?;
    let body = html! {
        (ui::breadcrumb(&[("Leads", "/leads")], "New lead"))
        (ui::heading("New lead", &ui::NONE, &ui::NONE))
        section.card { (form(&sources, fields, errors)) }
    };
    Ok(visit.page_with(status, Room::Leads, "New lead", &body))
}

async fn create(State(app): State<App>, visit: Visit<Staff>, fields: Fields) -> Result<Response, Oops> {
    let made = match lead::payload(&fields, PREFIX, |_, _| true).into_draft(&visit.who.caller.region) {
        Ok((source, draft)) => {
            let reply =
                app.engine().create_lead(&visit.by(), source, draft, None, crate::lead::created).await;
            reply.map_err(Problem::from)
        }
        Err(errors) => Err(Problem::invalid(errors)),
    };
    match made {
        Ok(Reply::Fresh(created)) => Ok(told(&created)),
        Ok(Reply::Stored { .. }) => Err(Problem::internal("a lead without a key has a stored answer").into()),
        Err(problem) if problem.status.is_server_error() => Err(problem.into()),
        Err(problem) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let plain =
                FieldError { field: String::new(), code: problem.code, message: problem.detail.clone() };
            let errors = if problem.errors.is_empty() { vec![plain] } else { problem.errors };
            page(&app, &visit, status, &fields, &errors).await
        }
    }
}

fn told(created: &Created) -> Response {
    let lead = &created.lead;
    let (path, uid) = (lead::path(lead.row.lead_no), model::lead::uid(lead.row.lead_no));
    if created.duplicate {
        return not_done(&path, format!("This person is known already as {uid}; nothing new was stored."));
    }
    match &lead.agent {
        Some(agent) => done(&path, format!("{uid} was added and given to {}.", agent.name)),
        None => done(&path, format!("{uid} was added. It waits for an agent.")),
    }
}
