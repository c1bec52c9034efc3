//! Is the process alive, can it work, what are its figures. Open to everybody: nothing here belongs to a tenant.

use crate::answer::{self, Answer};
use crate::app::App;
use crate::problem::Problem;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(alive)).routes(routes!(ready)).routes(routes!(figures))
}

#[derive(Serialize, ToSchema)]
struct Health {
    /// `ok`.
    status: &'static str,
    version: &'static str,
}

const OK: Health = Health { status: "ok", version: env!("CARGO_PKG_VERSION") };

/// The process is alive.
#[utoipa::path(get, path = "/healthz", tag = "health", operation_id = "health_alive", security(()),
    responses((status = 200, description = "Alive", body = Health)))]
async fn alive() -> Answer {
    answer::ok(&OK)
}

/// The database can be reached and has every migration.
#[utoipa::path(get, path = "/readyz", tag = "health", operation_id = "health_ready", security(()),
    responses((status = 200, description = "Ready", body = Health),
        (status = 503, description = "Not ready", body = crate::schema::ProblemBody,
            content_type = "application/problem+json")))]
async fn ready(State(app): State<App>) -> Answer {
    let at = store::migrate::version(app.reader()).await?;
    if at < store::migrate::newest() {
        let detail = format!("the database is at migration {at}, not at {}", store::migrate::newest());
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_migrated", detail));
    }
    answer::ok(&OK)
}

/// Figures of this process, for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "health", operation_id = "health_metrics", security(()),
    responses((status = 200, description = "Figures", content_type = "text/plain", body = String)))]
async fn figures(State(app): State<App>) -> Response {
    let mut response = app.metrics().render().into_response();
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
