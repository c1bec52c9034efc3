//! Sources: listed, added, changed, removed.

use crate::agent::PageQuery;
use crate::answer::{self, Answer};
use crate::app::App;
use crate::body::Json;
use crate::keyed;
use crate::page;
use crate::params::{Query, Seg};
use crate::problem::or_missing;
use crate::rights::{Staff, Who};
use crate::schema::Problems;
use axum::extract::State;
use axum::http::StatusCode;
use engine::Refusal;
use engine::source::{CreateSource, DeleteSource, UpdateSource};
use model::{Micros, SourceId};
use serde::{Deserialize, Serialize};
use store::source::Source;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(fetch, patch, remove))
}

/// A bucket that leads come from.
#[derive(Serialize, ToSchema)]
#[schema(as = Source)]
pub(crate) struct SourceJson {
    #[schema(value_type = String)]
    id: SourceId,
    name: String,
    /// Takes leads.
    active: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Micros,
}

impl From<&Source> for SourceJson {
    fn from(s: &Source) -> Self {
        Self { id: s.id, name: s.name.clone(), active: s.active, created_at: Micros(s.created_at) }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSource {
    name: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SourceChanges {
    name: Option<String>,
    active: Option<bool>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
struct SourceList {
    items: Vec<SourceJson>,
    next_cursor: Option<String>,
}

/// Sources in the order they were created.
#[utoipa::path(get, path = "/api/v1/sources", tag = "sources", operation_id = "source_list", params(PageQuery),
    responses((status = 200, description = "A page", body = SourceList), Problems))]
async fn list(State(app): State<App>, who: Who<Staff>, Query(query): Query<PageQuery>) -> Answer {
    let limit = page::limit(query.limit)?;
    let [after] = page::numbers(query.cursor.as_deref())?.unwrap_or([0]);
    let rows = store::source::source_list(app.reader(), who.org(), after, limit + 1).await?;
    answer::ok(&page::page(rows, limit, |s| page::cursor(&[s.source_no]), |s| SourceJson::from(&s)))
}

fn created(outcome: &Result<Source, Refusal>) -> (u16, String) {
    answer::rendered(StatusCode::CREATED, outcome, SourceJson::from)
}

fn changed(outcome: &Result<Source, Refusal>) -> (u16, String) {
    answer::rendered(StatusCode::OK, outcome, SourceJson::from)
}

/// Adds a source.
#[utoipa::path(post, path = "/api/v1/sources", tag = "sources", operation_id = "source_create",
    request_body = NewSource, responses((status = 201, description = "Added", body = SourceJson), Problems))]
async fn create(State(app): State<App>, who: Who<Staff>, body: Json<NewSource>) -> Answer {
    keyed::run(&app, &who.by(), CreateSource { name: body.value.name }, body.key, created).await
}

/// One source, by its name or id.
#[utoipa::path(get, path = "/api/v1/sources/{source}", tag = "sources", operation_id = "source_fetch",
    params(("source" = String, Path, description = "Name or id")),
    responses((status = 200, description = "The source", body = SourceJson), Problems))]
async fn fetch(State(app): State<App>, who: Who<Staff>, Seg(source): Seg<String>) -> Answer {
    let source = or_missing(store::source::source_find(app.reader(), who.org(), &source).await, "source")?;
    answer::ok(&SourceJson::from(&source))
}

/// Renames a source, or has it take leads or not.
#[utoipa::path(patch, path = "/api/v1/sources/{source}", tag = "sources", operation_id = "source_patch",
    params(("source" = String, Path, description = "Name or id")), request_body = SourceChanges,
    responses((status = 200, description = "The source", body = SourceJson), Problems))]
async fn patch(
    State(app): State<App>,
    who: Who<Staff>,
    Seg(source): Seg<String>,
    body: Json<SourceChanges>,
) -> Answer {
    let SourceChanges { name, active } = body.value;
    keyed::run(&app, &who.by(), UpdateSource { source, name, active }, None, changed).await
}

/// Removes a source that has no leads or history.
#[utoipa::path(delete, path = "/api/v1/sources/{source}", tag = "sources", operation_id = "source_remove",
    params(("source" = String, Path, description = "Name or id")),
    responses((status = 204, description = "Removed"), Problems))]
async fn remove(State(app): State<App>, who: Who<Staff>, Seg(source): Seg<String>) -> Answer {
    app.engine().run(&who.by(), DeleteSource { source }).await?;
    Ok(answer::no_content())
}
