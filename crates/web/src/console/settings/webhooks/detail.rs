//! One endpoint: changed, tested, given a new secret, removed; what was sent to it and how that went.

use super::{PATH, fields as form_fields, general, page, read, shown_once, state, status};
use crate::app::App;
use crate::console::fields::{Asked, Fields, Filled};
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Column, Pages, Tone};
use crate::console::visit::{Visit, done, not_done};
use crate::page as pages;
use crate::params::{Seg, Segs};
use crate::problem::or_missing;
use crate::rights::Admin;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use engine::Failure;
use engine::webhook::{DeleteEndpoint, RetryDelivery, RotateSecret, TestEndpoint, UpdateEndpoint, sign};
use maud::{Markup, html};
use model::{DeliveryState, Micros, WebhookDeliveryId, WebhookEndpointId};
use store::webhook::{Delivery, Endpoint, delivery_list, endpoint_fetch};

const PAGE: i64 = 50;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/settings/webhooks/{id}", get(show).post(save))
        .route("/settings/webhooks/{id}/switch", post(switch))
        .route("/settings/webhooks/{id}/test", post(test))
        .route("/settings/webhooks/{id}/rotate", post(rotate))
        .route("/settings/webhooks/{id}/remove", post(remove))
        .route("/settings/webhooks/{id}/deliveries/{delivery}/retry", post(retry))
}

fn of(id: WebhookEndpointId) -> String {
    format!("{PATH}/{id}")
}

async fn show(
    State(app): State<App>,
    visit: Visit<Admin>,
    Seg(id): Seg<WebhookEndpointId>,
    Asked(query): Asked,
) -> Result<Response, Oops> {
    whole(&app, &visit, id, None, None, query.given("cursor")).await
}

async fn whole(
    app: &App,
    visit: &Visit<Admin>,
    id: WebhookEndpointId,
    filled: Option<Filled>,
    secret: Option<&str>,
    cursor: Option<&str>,
) -> Result<Response, Oops> {
    let e = or_missing(endpoint_fetch(app.reader(), visit.org(), id).await, "webhook endpoint")?;
    let filled = filled.unwrap_or_else(|| Filled::fresh(&[("url", &e.url), ("description", &e.description)]));
    let before = pages::id(cursor)?.map(WebhookDeliveryId);
    let mut deliveries = delivery_list(app.reader(), visit.org(), id, before, PAGE + 1).await?;
    let more = deliveries.len() as i64 > PAGE;
    deliveries.truncate(PAGE as usize);
    let next = deliveries.last().filter(|_| more).map(|d| format!("{}?cursor={}", of(id), d.id.0.simple()));
    let foot = Pages { told: String::new(), first: cursor.map(|_| of(id)), next };
    let title = if e.description.is_empty() { "Endpoint" } else { e.description.as_str() };
    let body = html! {
        (ui::breadcrumb(&[("Webhooks", PATH)], title))
        @if let Some(secret) = secret { (shown_once(secret)) }
        (ui::card(title, &actions(&e), &html! {
            p { (state(&e)) " " span.muted.ellipsis { (e.url) } }
            @if let Some(reason) = &e.disabled_reason { (ui::note("warn", &html! { (ui::sentence(reason)) })) }
            form.stacked method="post" action=(of(id)) {
                (general(&filled))
                (form_fields(&filled, Some(&e)))
                div.actions { (ui::submit(Tone::Primary, "Save endpoint")) }
            }
        }))
        section #deliveries.card data-live="settings_changed lead_created lead_assigned lead_status_changed import_progress" {
            header.card-head { h2 { "Deliveries" } }
            @if deliveries.is_empty() {
                (ui::empty(Icon::Link, "Nothing was sent yet", "The next event goes here; send a test to see whether the endpoint can be reached.", &ui::NONE))
            } @else { (log(visit, &e, &deliveries)) }
        }
        @if foot.first.is_some() || foot.next.is_some() { (ui::pages(&foot)) }
    };
    Ok(page(visit, PATH, status(&filled), &body))
}

fn actions(e: &Endpoint) -> Markup {
    let path = of(e.id);
    html! {
        @if e.active { form method="post" action={ (path) "/test" } { (ui::submit(Tone::Plain, "Send a test")) } }
        form method="post" action={ (path) "/switch" } {
            (ui::hidden("active", if e.active { "off" } else { "on" }))
            (ui::submit(Tone::Plain, if e.active { "Switch off" } else { "Switch on" }))
        }
        (ui::confirm("rotate", &opens("rotate", "button", "New secret"), "Make a new secret?",
            &html! { "For 24 hours everything is signed with both, then with the new one only." },
            &format!("{path}/rotate"), ("Make a new secret", Tone::Primary)))
        (ui::confirm("remove", &opens("remove", "button danger", "Remove endpoint"), "Remove the endpoint?",
            &html! { "Nothing more is sent to it, and its deliveries are removed, those too that are still to come." },
            &format!("{path}/remove"), ("Remove endpoint", Tone::Danger)))
    }
}

fn opens(dialog: &str, class: &str, text: &str) -> Markup {
    html! { button class=(class) type="button" data-action="open" data-dialog=(dialog) { (text) } }
}

fn log(visit: &Visit<Admin>, e: &Endpoint, deliveries: &[Delivery]) -> Markup {
    let columns = [
        Column::text("Event"),
        Column::text("State"),
        Column::number("Attempts"),
        Column::text("Last answer"),
        Column::text("When"),
        Column::text(""),
    ];
    let rows = html! { @for delivery in deliveries { (row(visit, e, delivery)) } };
    ui::table("Deliveries", &columns, &rows)
}

fn row(visit: &Visit<Admin>, e: &Endpoint, d: &Delivery) -> Markup {
    html! {
        tr data-key=(d.id) {
            td { strong { (d.kind) } span.muted.small.ellipsis { (d.event) } }
            td.nowrap { @match d.state {
                DeliveryState::Delivered => (ui::pill("good", Icon::Check, "Delivered")),
                DeliveryState::Failed => (ui::pill("bad", Icon::Warning, "Given up")),
                DeliveryState::Pending if !e.active => (ui::pill("open", Icon::Pause, "Held")),
                DeliveryState::Pending if d.attempts == 0 => (ui::pill("info", Icon::Clock, "Waits")),
                DeliveryState::Pending => (ui::pill("warn", Icon::Again, "Comes again")),
            } }
            td.numeric { (d.attempts) }
            td {
                @if let Some(status) = d.last_status { span { (status) " in " (ui::grouped(d.last_ms.unwrap_or(0))) " ms" } }
                @if let Some(error) = &d.last_error { span.small { (error) } }
                @if let Some(response) = d.last_response.as_deref().filter(|r| !r.is_empty()) {
                    details { summary.small { "Answer" } pre.small { (response) } }
                }
            }
            td.nowrap {
                (visit.clock().ago(Micros(d.last_at.unwrap_or(d.created_at))))
                @if e.active && d.state == DeliveryState::Pending && d.attempts > 0 {
                    span.muted.small.block { "again " (visit.clock().ago(Micros(d.next_at))) }
                }
            }
            td { div.actions.end {
                form method="post" action={ (of(e.id)) "/deliveries/" (d.id) "/retry" } { (ui::submit(Tone::Quiet, "Send again")) }
            } }
        }
    }
}

async fn save(
    State(app): State<App>,
    visit: Visit<Admin>,
    Seg(id): Seg<WebhookEndpointId>,
    fields: Fields,
) -> Result<Response, Oops> {
    let saved = match read(&app, &fields).await {
        Ok((url, description, kinds)) => {
            let change = UpdateEndpoint {
                endpoint: id,
                url: Some(url),
                description: Some(description),
                kinds: Some(kinds),
                active: None,
            };
            app.engine().run(&visit.by(), change).await.map_err(Into::into)
        }
        Err(problem) => Err(problem),
    };
    match saved {
        Ok(_) => Ok(done(&of(id), "The endpoint was saved.")),
        Err(problem) => whole(&app, &visit, id, Some(Filled::wrong(fields, problem)?), None, None).await,
    }
}

/// Done, or why not, on the endpoint's page.
fn told<T>(id: WebhookEndpointId, outcome: Result<T, Failure>, text: &str) -> Result<Response, Oops> {
    match outcome {
        Ok(_) => Ok(done(&of(id), text)),
        Err(Failure::Refused(refusal)) => Ok(not_done(&of(id), ui::sentence(&refusal.to_string()))),
        Err(failure) => Err(failure.into()),
    }
}

async fn switch(
    State(app): State<App>,
    visit: Visit<Admin>,
    Seg(id): Seg<WebhookEndpointId>,
    fields: Fields,
) -> Result<Response, Oops> {
    let active = fields.on("active");
    let change =
        UpdateEndpoint { endpoint: id, url: None, description: None, kinds: None, active: Some(active) };
    let text = if active {
        "The endpoint is on: it hears of events from now on, and what was under way goes on."
    } else {
        "The endpoint is off: nothing is sent to it."
    };
    told(id, app.engine().run(&visit.by(), change).await, text)
}

async fn test(
    State(app): State<App>,
    visit: Visit<Admin>,
    Seg(id): Seg<WebhookEndpointId>,
) -> Result<Response, Oops> {
    told(
        id,
        app.engine().run(&visit.by(), TestEndpoint(id)).await,
        "A test is on its way; see below how it went.",
    )
}

async fn rotate(
    State(app): State<App>,
    visit: Visit<Admin>,
    Seg(id): Seg<WebhookEndpointId>,
) -> Result<Response, Oops> {
    let secret = sign::new_secret();
    app.engine().run(&visit.by(), RotateSecret { endpoint: id, secret: secret.clone() }).await?;
    // No redirect: the secret must not be stored anywhere.
    whole(&app, &visit, id, None, Some(&secret), None).await
}

async fn remove(
    State(app): State<App>,
    visit: Visit<Admin>,
    Seg(id): Seg<WebhookEndpointId>,
) -> Result<Response, Oops> {
    app.engine().run(&visit.by(), DeleteEndpoint(id)).await?;
    Ok(done(PATH, "The endpoint was removed with its deliveries."))
}

async fn retry(
    State(app): State<App>,
    visit: Visit<Admin>,
    Segs(id, delivery): Segs<WebhookEndpointId, WebhookDeliveryId>,
) -> Result<Response, Oops> {
    let retried = app.engine().run(&visit.by(), RetryDelivery { endpoint: id, delivery }).await;
    told(id, retried, "The event is on its way once more.")
}
