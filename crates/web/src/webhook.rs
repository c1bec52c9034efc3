//! Webhook endpoints: added (the secret is told once), changed, removed, tested; what was delivered to them.

use crate::agent::{PageQuery, plain};
use crate::answer::{self, Answer};
use crate::app::App;
use crate::body::{Bare, Json};
use crate::keyed;
use crate::page;
use crate::params::{Query, Seg, Segs};
use crate::problem::or_missing;
use crate::rights::{Admin, Who};
use crate::schema::{self, Problems};
use axum::extract::State;
use axum::http::StatusCode;
use engine::webhook::{
    CreateEndpoint, DeleteEndpoint, RetryDelivery, RotateSecret, TestEndpoint, UpdateEndpoint, sign,
};
use engine::{Refusal, Reply};
use model::{DeliveryState, EventId, Micros, WebhookDeliveryId, WebhookEndpointId};
use serde::{Deserialize, Deserializer, Serialize};
use store::webhook::{Delivery, Endpoint};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(fetch, patch, remove))
        .routes(routes!(rotate))
        .routes(routes!(test))
        .routes(routes!(deliveries))
        .routes(routes!(retry))
}

/// Where events are sent, signed as Standard Webhooks says.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = WebhookEndpoint)]
struct EndpointJson {
    #[schema(value_type = String)]
    id: WebhookEndpointId,
    url: String,
    description: String,
    /// `null`: every type.
    event_types: Option<Vec<String>>,
    active: bool,
    /// Why it was switched off, if Fairlead did it.
    disabled_reason: Option<String>,
    /// Until then everything is signed with the old secret too.
    #[schema(value_type = Option<String>, format = DateTime)]
    old_secret_until: Option<Micros>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Micros,
    #[schema(value_type = String, format = DateTime)]
    changed_at: Micros,
    /// Only in the first answer to its creation or rotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl From<&Endpoint> for EndpointJson {
    fn from(e: &Endpoint) -> Self {
        Self {
            id: e.id,
            url: e.url.clone(),
            description: e.description.clone(),
            event_types: e.kinds.clone(),
            active: e.active,
            disabled_reason: e.disabled_reason.clone(),
            old_secret_until: e.old_secret_until.map(Micros),
            created_at: Micros(e.created_at),
            changed_at: Micros(e.changed_at),
            secret: None,
        }
    }
}

/// One event on its way to one endpoint.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
struct DeliveryJson {
    #[schema(value_type = String)]
    id: WebhookDeliveryId,
    /// The header `webhook-id`, the same at every attempt.
    #[schema(value_type = String)]
    event_id: EventId,
    r#type: String,
    #[schema(value_type = schema::DeliveryStateWord)]
    state: DeliveryState,
    attempts: i64,
    /// When it is tried (again).
    #[schema(value_type = Option<String>, format = DateTime)]
    next_attempt_at: Option<Micros>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_attempt_at: Option<Micros>,
    /// What the last attempt was answered.
    status: Option<i64>,
    /// Why there was no answer.
    error: Option<String>,
    /// The answer's first 1,024 bytes.
    response: Option<String>,
    duration_ms: Option<i64>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Micros,
}

impl From<&Delivery> for DeliveryJson {
    fn from(d: &Delivery) -> Self {
        Self {
            id: d.id,
            event_id: d.event,
            r#type: d.kind.clone(),
            state: d.state,
            attempts: d.attempts,
            next_attempt_at: (d.state == DeliveryState::Pending).then_some(Micros(d.next_at)),
            last_attempt_at: d.last_at.map(Micros),
            status: d.last_status,
            error: d.last_error.clone(),
            response: d.last_response.clone(),
            duration_ms: d.last_ms,
            created_at: Micros(d.created_at),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewEndpoint {
    /// https, and not inside a network.
    #[schema(example = "https://example.com/hooks/fairlead")]
    url: String,
    #[serde(default)]
    description: String,
    /// Without: every type.
    event_types: Option<Vec<String>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EndpointChanges {
    url: Option<String>,
    description: Option<String>,
    /// `null`: every type.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>)]
    event_types: Option<Option<Vec<String>>>,
    active: Option<bool>,
}

/// Tells `null` from a field that is not there.
fn given<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Option<Vec<String>>>, D::Error> {
    Option::deserialize(d).map(Some)
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
struct WebhookEndpointList {
    items: Vec<EndpointJson>,
    next_cursor: Option<String>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
struct WebhookDeliveryList {
    items: Vec<DeliveryJson>,
    next_cursor: Option<String>,
}

/// Endpoints, oldest first.
#[utoipa::path(get, path = "/api/v1/webhook-endpoints", tag = "webhooks", operation_id = "webhook_endpoint_list",
    params(PageQuery), responses((status = 200, description = "A page", body = WebhookEndpointList), Problems))]
async fn list(State(app): State<App>, who: Who<Admin>, Query(query): Query<PageQuery>) -> Answer {
    let limit = page::limit(query.limit)?;
    let after = page::id(query.cursor.as_deref())?.map(WebhookEndpointId);
    let rows = store::webhook::endpoint_list(app.reader(), who.org(), after, limit + 1).await?;
    answer::ok(&page::page(rows, limit, |e| e.id.0.simple().to_string(), |e| EndpointJson::from(&e)))
}

fn created(outcome: &Result<Endpoint, Refusal>) -> (u16, String) {
    answer::rendered(StatusCode::CREATED, outcome, EndpointJson::from)
}

fn changed(outcome: &Result<Endpoint, Refusal>) -> (u16, String) {
    answer::rendered(StatusCode::OK, outcome, EndpointJson::from)
}

/// Writes the answer that tells a secret: what is stored under a key holds none, the first answer does.
fn told_once(
    reply: Reply<Endpoint>,
    secret: String,
    render: engine::Render<Endpoint>,
    status: StatusCode,
) -> Answer {
    let fresh = match &reply {
        Reply::Fresh(endpoint) => Some(EndpointJson::from(endpoint)),
        Reply::Stored { status: stored, body, replayed: false } if *stored == status.as_u16() => {
            serde_json::from_str(body).ok()
        }
        Reply::Stored { .. } => None,
    };
    match fresh {
        Some(endpoint) => answer::json(status, &EndpointJson { secret: Some(secret), ..endpoint }),
        None => keyed::respond(reply, render),
    }
}

/// Adds an endpoint; it hears of events from now on. Its secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/api/v1/webhook-endpoints", tag = "webhooks", operation_id = "webhook_endpoint_create",
    request_body = NewEndpoint, responses((status = 201, description = "Added", body = EndpointJson), Problems))]
async fn create(State(app): State<App>, who: Who<Admin>, body: Json<NewEndpoint>) -> Answer {
    let NewEndpoint { url, description, event_types } = body.value;
    let description =
        if description.is_empty() { description } else { plain("description", description, 200)? };
    let url = app.engine().webhook_url(&url).await?;
    let secret = sign::new_secret();
    let command = CreateEndpoint { url, description, kinds: event_types, secret: secret.clone() };
    let reply = app.engine().run_keyed(&who.by(), command, body.key, created).await?;
    told_once(reply, secret, created, StatusCode::CREATED)
}

/// One endpoint.
#[utoipa::path(get, path = "/api/v1/webhook-endpoints/{id}", tag = "webhooks", operation_id = "webhook_endpoint_fetch",
    params(("id" = String, Path)), responses((status = 200, description = "The endpoint", body = EndpointJson), Problems))]
async fn fetch(State(app): State<App>, who: Who<Admin>, Seg(id): Seg<WebhookEndpointId>) -> Answer {
    let endpoint = store::webhook::endpoint_fetch(app.reader(), who.org(), id).await;
    answer::ok(&EndpointJson::from(&or_missing(endpoint, "webhook endpoint")?))
}

/// Changes an endpoint. Switched on again, it hears of events from then on; what was under way goes on.
#[utoipa::path(patch, path = "/api/v1/webhook-endpoints/{id}", tag = "webhooks", operation_id = "webhook_endpoint_patch",
    params(("id" = String, Path)), request_body = EndpointChanges,
    responses((status = 200, description = "The endpoint", body = EndpointJson), Problems))]
async fn patch(
    State(app): State<App>,
    who: Who<Admin>,
    Seg(id): Seg<WebhookEndpointId>,
    body: Json<EndpointChanges>,
) -> Answer {
    let EndpointChanges { url, description, event_types, active } = body.value;
    let url = match url {
        Some(url) => Some(app.engine().webhook_url(&url).await?),
        None => None,
    };
    let description = match description {
        Some(text) if !text.is_empty() => Some(plain("description", text, 200)?),
        other => other,
    };
    let command = UpdateEndpoint { endpoint: id, url, description, kinds: event_types, active };
    keyed::run(&app, &who.by(), command, None, changed).await
}

/// Removes an endpoint with its deliveries.
#[utoipa::path(delete, path = "/api/v1/webhook-endpoints/{id}", tag = "webhooks",
    operation_id = "webhook_endpoint_remove", params(("id" = String, Path)),
    responses((status = 204, description = "Removed"), Problems))]
async fn remove(State(app): State<App>, who: Who<Admin>, Seg(id): Seg<WebhookEndpointId>) -> Answer {
    app.engine().run(&who.by(), DeleteEndpoint(id)).await?;
    Ok(answer::no_content())
}

/// Gives an endpoint a new secret, told in this answer only. For 24 hours everything is signed with both.
#[utoipa::path(post, path = "/api/v1/webhook-endpoints/{id}/rotate", tag = "webhooks",
    operation_id = "webhook_endpoint_rotate", params(("id" = String, Path)),
    responses((status = 200, description = "The endpoint", body = EndpointJson), Problems))]
async fn rotate(
    State(app): State<App>,
    who: Who<Admin>,
    Seg(id): Seg<WebhookEndpointId>,
    bare: Bare,
) -> Answer {
    let secret = sign::new_secret();
    let command = RotateSecret { endpoint: id, secret: secret.clone() };
    let reply = app.engine().run_keyed(&who.by(), command, bare.key, changed).await?;
    told_once(reply, secret, changed, StatusCode::OK)
}

fn queued(outcome: &Result<Delivery, Refusal>) -> (u16, String) {
    answer::rendered(StatusCode::ACCEPTED, outcome, DeliveryJson::from)
}

/// Sends the endpoint an event of type `webhook_test`.
#[utoipa::path(post, path = "/api/v1/webhook-endpoints/{id}/test", tag = "webhooks",
    operation_id = "webhook_endpoint_test", params(("id" = String, Path)),
    responses((status = 202, description = "Queued", body = DeliveryJson), Problems))]
async fn test(
    State(app): State<App>,
    who: Who<Admin>,
    Seg(id): Seg<WebhookEndpointId>,
    bare: Bare,
) -> Answer {
    keyed::run(&app, &who.by(), TestEndpoint(id), bare.key, queued).await
}

/// What was and will be sent to an endpoint, newest first; finished deliveries are listed for 30 days.
#[utoipa::path(get, path = "/api/v1/webhook-endpoints/{id}/deliveries", tag = "webhooks",
    operation_id = "webhook_delivery_list", params(("id" = String, Path), PageQuery),
    responses((status = 200, description = "A page", body = WebhookDeliveryList), Problems))]
async fn deliveries(
    State(app): State<App>,
    who: Who<Admin>,
    Seg(id): Seg<WebhookEndpointId>,
    Query(query): Query<PageQuery>,
) -> Answer {
    or_missing(store::webhook::endpoint_fetch(app.reader(), who.org(), id).await, "webhook endpoint")?;
    let limit = page::limit(query.limit)?;
    let before = page::id(query.cursor.as_deref())?.map(WebhookDeliveryId);
    let rows = store::webhook::delivery_list(app.reader(), who.org(), id, before, limit + 1).await?;
    answer::ok(&page::page(rows, limit, |d| d.id.0.simple().to_string(), |d| DeliveryJson::from(&d)))
}

/// Sends an event once more, now, under the same id.
#[utoipa::path(post, path = "/api/v1/webhook-endpoints/{id}/deliveries/{delivery}/retry", tag = "webhooks",
    operation_id = "webhook_delivery_retry", params(("id" = String, Path), ("delivery" = String, Path)),
    responses((status = 202, description = "Queued", body = DeliveryJson), Problems))]
async fn retry(
    State(app): State<App>,
    who: Who<Admin>,
    Segs(endpoint, delivery): Segs<WebhookEndpointId, WebhookDeliveryId>,
    bare: Bare,
) -> Answer {
    keyed::run(&app, &who.by(), RetryDelivery { endpoint, delivery }, bare.key, queued).await
}
