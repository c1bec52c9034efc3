//! The router, and the document that is made of the same routes.

use crate::app::App;
use crate::edge::EdgeLayer;
use crate::problem::Problem;
use crate::schema::{FieldErrorBody, ProblemBody};
use crate::{
    account, agent, assignment, audit, auto_assign, console, health, import, job, lead, lead_list, live,
    notification, organization, seed_alias, session, source, stats, stats_overview, timeline, token, user,
    webhook,
};
use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{
    RefOr, Required,
    security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Every route, under the edge.
pub fn router(app: App) -> Router {
    let (routes, mut document) = routes().split_for_parts();
    name_the_key(&mut document);
    let document = Bytes::from(serde_json::to_vec(&document).unwrap_or_default());
    let docs = SwaggerUi::new("/docs").config(Config::new(["/openapi.json"]));
    routes
        .merge(docs)
        .merge(console::routes())
        .route("/openapi.json", get(move || std::future::ready(published(document.clone()))))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(EdgeLayer(app.clone()))
        .with_state(app)
}

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(health::routes())
        .merge(lead::routes())
        .merge(lead_list::routes())
        .merge(timeline::routes())
        .merge(import::routes())
        .merge(agent::routes())
        .merge(source::routes())
        .merge(auto_assign::routes())
        .merge(assignment::routes())
        .merge(stats::routes())
        .merge(stats_overview::routes())
        .merge(user::routes())
        .merge(token::routes())
        .merge(organization::routes())
        .merge(webhook::routes())
        .merge(notification::routes())
        .merge(job::routes())
        .merge(live::routes())
        .merge(session::routes())
        .merge(account::routes())
        .merge(audit::routes())
        .merge(seed_alias::routes())
}

/// Every POST takes an `Idempotency-Key`, but those about sessions and passwords: what they answer is not kept.
fn name_the_key(document: &mut utoipa::openapi::OpenApi) {
    let key = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "The same key has one effect and one answer for 24 hours; at most 200 ASCII characters",
        ))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build();
    let posts = document.paths.paths.values_mut().filter_map(|path| path.post.as_mut());
    for post in posts.filter(|post| !post.tags.iter().flatten().any(|tag| tag == "account")) {
        post.parameters.get_or_insert_default().push(RefOr::T(key.clone()));
    }
}

fn published(document: Bytes) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], document).into_response()
}

async fn unknown(headers: HeaderMap) -> Response {
    let problem = Problem::new(StatusCode::NOT_FOUND, "not_found", "no such page; /docs lists what there is");
    // A person sees a page, a program a problem.
    let accept = headers.get(header::ACCEPT).and_then(|a| a.to_str().ok()).unwrap_or_default();
    if accept.contains("text/html") {
        console::Oops::from(problem).into_response()
    } else {
        problem.into_response()
    }
}

async fn wrong_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this page does not know that method")
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Fairlead", description = "Leads in, fairly out.", license(name = "MIT OR Apache-2.0")),
    components(schemas(ProblemBody, FieldErrorBody)),
    modifiers(&Bearer)
)]
struct Document;

/// Everything but health and signing in asks for a bearer token or a session.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let cookie = ApiKey::Cookie(ApiKeyValue::with_description("fairlead", "`__Host-fairlead` on TLS"));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
        document.security = Some(
            ["bearer", "session"].map(|name| SecurityRequirement::new(name, Vec::<String>::new())).into(),
        );
    }
}
