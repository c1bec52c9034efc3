//! Settings: the organisation, its sources, users, tokens, endpoints, jobs. A manager sees what it may change.

mod audit;
mod jobs;
mod organization;
mod sources;
mod tokens;
mod users;
mod webhooks;

use crate::app::App;
use crate::console::frame::Room;
use crate::console::ui;
use crate::console::visit::{Visit, go};
use crate::rights::{Classed, Staff};
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use model::Role;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/settings", get(start))
        .merge(organization::routes())
        .merge(sources::routes())
        .merge(users::routes())
        .merge(tokens::routes())
        .merge(webhooks::routes())
        .merge(jobs::routes())
        .merge(audit::routes())
}

async fn start(visit: Visit<Staff>) -> Response {
    go(if visit.me.role == Role::Admin { "/settings/organization" } else { "/settings/sources" })
}

/// Name, path, whether only an admin may use it.
const TABS: &[(&str, &str, bool)] = &[
    ("Organisation", "/settings/organization", true),
    ("Sources", "/settings/sources", false),
    ("Users", "/settings/users", true),
    ("Tokens", "/settings/tokens", true),
    ("Webhooks", "/settings/webhooks", true),
    ("Jobs", "/settings/jobs", false),
    ("Audit log", "/settings/audit", true),
];

/// A page of the settings under its tab.
pub(super) fn page<C: Classed>(visit: &Visit<C>, path: &str, status: StatusCode, body: &Markup) -> Response {
    let admin = visit.me.role == Role::Admin;
    let tabs: Vec<(&str, &str, bool)> = TABS
        .iter()
        .filter(|(_, _, only_admin)| admin || !only_admin)
        .map(|(name, to, _)| (*name, *to, *to == path))
        .collect();
    let title = tabs.iter().find(|(_, _, here)| *here).map_or("Settings", |(name, ..)| *name);
    let body = html! {
        (ui::heading("Settings", &ui::NONE, &ui::NONE))
        (ui::tabs("Settings", &tabs))
        (body)
    };
    visit.page_with(status, Room::Settings, &format!("{title} · Settings"), &body)
}

/// 422 when the form in the page is wrong.
pub(super) fn status(filled: &crate::console::fields::Filled) -> StatusCode {
    if filled.is_wrong() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }
}

/// What is wrong with a form as a whole.
pub(super) fn general(filled: &crate::console::fields::Filled) -> Markup {
    html! { @if let Some(text) = filled.general() { (ui::note("bad", &html! { (ui::sentence(text)) })) } }
}
