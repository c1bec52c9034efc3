//! Webhook endpoints: where events are sent. A secret is shown once, right after it was made.

mod detail;

use super::{general, page, status};
use crate::agent::plain;
use crate::app::App;
use crate::console::fields::{Fields, Filled};
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Column, Tone};
use crate::console::visit::Visit;
use crate::problem::Problem;
use crate::rights::Admin;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use engine::webhook::{CreateEndpoint, sign};
use maud::{Markup, html};
use model::webhook::WEBHOOK_EVENTS;
use store::webhook::{Endpoint, endpoint_list};

const PATH: &str = "/settings/webhooks";
/// The engine allows no more.
const MOST: i64 = 50;

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(show).post(add)).merge(detail::routes())
}

async fn show(State(app): State<App>, visit: Visit<Admin>) -> Result<Response, Oops> {
    whole(&app, &visit, &Filled::fresh(&[]), None).await
}

async fn whole(
    app: &App,
    visit: &Visit<Admin>,
    filled: &Filled,
    secret: Option<&str>,
) -> Result<Response, Oops> {
    let endpoints = endpoint_list(app.reader(), visit.org(), None, MOST).await?;
    let columns =
        [Column::text("Endpoint"), Column::text("Events"), Column::text("State"), Column::text("Since")];
    let rows = html! { @for endpoint in &endpoints { (row(visit, endpoint)) } };
    let body = html! {
        @if let Some(secret) = secret { (shown_once(secret)) }
        (ui::card("Add an endpoint", &ui::NONE, &html! {
            form.stacked method="post" action=(PATH) {
                (general(filled))
                (fields(filled, None))
                div.actions { (ui::submit(Tone::Primary, "Add endpoint")) }
            }
        }))
        section #endpoints.card data-live="settings_changed" {
            @if endpoints.is_empty() {
                (ui::empty(Icon::Link, "No endpoints yet", "An endpoint is a URL of yours that hears of every event as it happens, signed.", &ui::NONE))
            } @else { (ui::table("Webhook endpoints", &columns, &rows)) }
        }
    };
    Ok(page(visit, PATH, status(filled), &body))
}

fn row(visit: &Visit<Admin>, e: &Endpoint) -> Markup {
    html! {
        tr data-key=(e.id) {
            td {
                a.ellipsis href={ (PATH) "/" (e.id) } { strong { @if e.description.is_empty() { (e.url) } @else { (e.description) } } }
                @if !e.description.is_empty() { span.muted.small.ellipsis { (e.url) } }
            }
            td { (told_kinds(e)) }
            td { (state(e)) }
            td.nowrap { (visit.clock().at(model::Micros(e.created_at))) }
        }
    }
}

fn told_kinds(e: &Endpoint) -> String {
    e.kinds.as_ref().map_or("every event".to_owned(), |kinds| kinds.join(", "))
}

fn state(e: &Endpoint) -> Markup {
    html! {
        @if e.active { (ui::pill("good", Icon::Check, "On")) }
        @else if e.disabled_reason.is_some() { (ui::pill("bad", Icon::Warning, "Switched off by Fairlead")) }
        @else { (ui::pill("open", Icon::Pause, "Off")) }
    }
}

fn shown_once(secret: &str) -> Markup {
    ui::note(
        "good",
        &html! {
            div.stack-y {
                p { strong { "This is the signing secret. " } "Copy it now: it cannot be shown again." }
                (ui::copy_field("Secret", secret))
            }
        },
    )
}

/// URL, purpose and types of events; `endpoint`: as they are now.
fn fields(filled: &Filled, endpoint: Option<&Endpoint>) -> Markup {
    let wanted = |kind: &str| endpoint.is_some_and(|e| e.kinds.is_some() && e.wants(kind));
    html! {
        div.fields {
            (ui::field(filled.field("url", "URL").kind("url").required().hint("https, and not inside a network.")))
            (ui::field(filled.field("description", "What it is for").hint("CRM sync, data warehouse.")))
        }
        fieldset.choices {
            legend { "Events (none chosen: every event)" }
            div.segments {
                @for kind in WEBHOOK_EVENTS {
                    label { input type="checkbox" name="event_types" value=(kind) checked[wanted(kind)]; span { (kind) } }
                }
            }
        }
        @if let Some(error) = filled.error("event_types") { p.field-error { (Icon::Warning.svg()) (error) } }
    }
}

/// What the fields say: URL as it is stored, purpose, types.
async fn read(app: &App, fields: &Fields) -> Result<(String, String, Option<Vec<String>>), Problem> {
    let description = match fields.given("description") {
        Some(text) => plain("description", text.to_owned(), 200)?,
        None => String::new(),
    };
    let url = app.engine().webhook_url(fields.text("url")).await?;
    let kinds: Vec<String> = fields.all("event_types").map(str::to_owned).collect();
    Ok((url, description, Some(kinds).filter(|kinds| !kinds.is_empty())))
}

async fn add(State(app): State<App>, visit: Visit<Admin>, fields: Fields) -> Result<Response, Oops> {
    match new_endpoint(&app, &visit, &fields).await {
        // No redirect: the secret must not be stored anywhere, not even in a cookie.
        Ok(secret) => whole(&app, &visit, &Filled::fresh(&[]), Some(&secret)).await,
        Err(problem) => whole(&app, &visit, &Filled::wrong(fields, problem)?, None).await,
    }
}

async fn new_endpoint(app: &App, visit: &Visit<Admin>, fields: &Fields) -> Result<String, Problem> {
    let (url, description, kinds) = read(app, fields).await?;
    let secret = sign::new_secret();
    let command = CreateEndpoint { url, description, kinds, secret: secret.clone() };
    app.engine().run(&visit.by(), command).await?;
    Ok(secret)
}
