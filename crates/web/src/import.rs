//! Imports: a file comes in, is looked at, registered, worked off in the background.

use crate::agent::PageQuery;
use crate::answer::{self, Answer};
use crate::app::App;
use crate::body;
use crate::csv;
use crate::keyed;
use crate::page;
use crate::params::{Query, Seg};
use crate::problem::Problem;
use crate::rights::{Staff, Who};
use crate::schema::{self, Problems};
use crate::upload::{self, Upload};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use engine::import::{ImportOptions, NewImport, RegisterImport, import_view};
use engine::{By, Refusal, Reply};
use model::import::{ImportCounts, ImportState};
use model::{DuplicatePolicy, ImportId, Micros};
use serde::Serialize;
use sha2::Digest;
use store::import::Import;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(preview))
        .routes(routes!(fetch))
        .routes(routes!(errors))
}

/// An import and how far it has come.
#[derive(Serialize, ToSchema)]
#[schema(as = Import)]
struct ImportJson {
    #[schema(value_type = String)]
    id: ImportId,
    source: String,
    file_name: String,
    #[schema(value_type = schema::ImportStateWord)]
    state: ImportState,
    #[serde(flatten)]
    #[schema(value_type = Counts)]
    counts: ImportCounts,
    bytes_read: i64,
    bytes_total: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Micros,
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Micros>,
}

/// How many rows had which fate.
#[derive(ToSchema)]
#[schema(as = ImportCounts)]
#[expect(dead_code, reason = "described only")]
struct Counts {
    rows: u64,
    accepted: u64,
    duplicates: u64,
    rejected: u64,
    /// Of the accepted ones: given to an agent.
    assigned: u64,
}

#[derive(Serialize, ToSchema)]
struct ImportAccepted {
    #[schema(value_type = String)]
    id: ImportId,
    #[schema(value_type = schema::ImportStateWord)]
    state: ImportState,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
struct ImportList {
    items: Vec<ImportJson>,
    next_cursor: Option<String>,
}

async fn views(app: &App, imports: Vec<Import>) -> Result<Vec<ImportJson>, Problem> {
    let mut views = Vec::with_capacity(imports.len());
    let mut names: std::collections::HashMap<i64, String> = std::collections::HashMap::new();
    for i in imports {
        let source = match names.get(&i.source_no) {
            Some(name) => name.clone(),
            None => {
                let name = store::source::source_fetch_no(app.reader(), i.org, i.source_no).await?.name;
                names.insert(i.source_no, name.clone());
                name
            }
        };
        views.push(ImportJson {
            id: i.id,
            source,
            file_name: i.file_name,
            state: i.state,
            counts: i.counts,
            bytes_read: i.bytes_read,
            bytes_total: i.bytes_total,
            message: i.message,
            created_at: Micros(i.created_at),
            finished_at: i.finished_at.map(Micros),
        });
    }
    Ok(views)
}

/// Imports, newest first.
#[utoipa::path(get, path = "/api/v1/imports", tag = "imports", operation_id = "import_list", params(PageQuery),
    responses((status = 200, description = "A page", body = ImportList), Problems))]
async fn list(State(app): State<App>, who: Who<Staff>, Query(query): Query<PageQuery>) -> Answer {
    let limit = page::limit(query.limit)?;
    let before = page::numbers::<1>(query.cursor.as_deref())?.map(|[no]| no);
    let rows = store::import::import_list(app.reader(), who.org(), before, limit + 1).await?;
    let page = page::page(rows, limit, |i| page::cursor(&[i.import_no]), |i| i);
    let next_cursor = page.next_cursor;
    answer::ok(&page::Page { items: views(&app, page.items).await?, next_cursor })
}

/// One import.
#[utoipa::path(get, path = "/api/v1/imports/{id}", tag = "imports", operation_id = "import_fetch",
    params(("id" = String, Path)), responses((status = 200, description = "The import", body = ImportJson), Problems))]
async fn fetch(State(app): State<App>, who: Who<Staff>, Seg(id): Seg<ImportId>) -> Answer {
    let import = import_view(app.engine(), &who.by(), id).await?;
    answer::ok(&views(&app, vec![import]).await?.pop().ok_or_else(|| Problem::not_found("import"))?)
}

/// What the query of an upload says.
#[derive(Default)]
struct Asked {
    source: Option<String>,
    create_source: bool,
    file_name: String,
    options: ImportOptions,
}

impl Asked {
    /// By hand: `map` may come many times.
    fn parse(query: &str) -> Result<Self, Problem> {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if value.contains('\0') {
                return Err(Problem::field(&name, "holds a NUL character"));
            }
            match name.as_ref() {
                "source" => asked.source = Some(value.into_owned()),
                "map" => asked.options.mapping.push(value.into_owned()),
                "file_name" => asked.file_name = value.into_owned(),
                "no_assign" => asked.options.no_assign = flag("no_assign", &value)?,
                "create_source" => asked.create_source = flag("create_source", &value)?,
                "duplicates" => asked.options.duplicates = Some(duplicates(&value)?),
                other => {
                    let other = other.chars().take(100).collect::<String>();
                    return Err(Problem::invalid(vec![engine::intake::FieldError {
                        field: other,
                        code: "unknown_field",
                        message: "is not known".to_owned(),
                    }]));
                }
            }
        }
        Ok(asked)
    }
}

fn flag(name: &str, value: &str) -> Result<bool, Problem> {
    match value {
        "" | "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        _ => Err(Problem::field(name, "must be true or false")),
    }
}

fn duplicates(value: &str) -> Result<DuplicatePolicy, Problem> {
    value.parse().map_err(|_| Problem::field("duplicates", "one of skip, update, keep"))
}

/// Takes a file (multipart part `file`, or the raw body) and imports it in the background.
#[utoipa::path(post, path = "/api/v1/imports", tag = "imports", operation_id = "import_create",
    params(("source" = String, Query, description = "Name or id"),
        ("create_source" = Option<bool>, Query, description = "Create the source if it does not exist"),
        ("map" = Option<Vec<String>>, Query, description = "COLUMN=FIELD, over the proposed mapping; may be repeated"),
        ("no_assign" = Option<bool>, Query, description = "Leads wait"),
        ("duplicates" = Option<schema::DuplicatePolicyWord>, Query, description = "Instead of the organisation's"),
        ("file_name" = Option<String>, Query, description = "Of a raw body")),
    request_body(content = String, content_type = "text/csv", description = "The file, or multipart/form-data"),
    responses((status = 202, description = "On disk and queued", body = ImportAccepted), Problems))]
async fn create(State(app): State<App>, who: Who<Staff>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let by = who.by();
    let asked = Asked::parse(parts.uri.query().unwrap_or_default())?;
    let source = named(&app, &by, &asked).await?;
    let upload = upload::take(&app, &by, &parts.headers, body, &asked.file_name).await?;
    let key = match body::key(&parts, |hash| hash.update(upload.spooled.hash)) {
        Ok(key) => key,
        Err(problem) => return Err(discarded(&app, &by, upload, problem).await),
    };
    let look = app.engine().look_at_upload(&by, &upload.spooled, &upload.name, &asked.options.mapping, false);
    if let Err(failure) = look.await {
        return Err(discarded(&app, &by, upload, failure.into()).await);
    }
    let new = NewImport {
        upload: None,
        source,
        create_source: asked.create_source,
        file_name: upload.name.clone(),
        spool: upload.spooled.key.clone(),
        bytes: upload.spooled.bytes,
        options: asked.options,
    };
    let command = RegisterImport::new(app.engine(), new);
    match app.engine().run_keyed(&by, command, key, accepted).await {
        Ok(reply) => begin(&app, &by, upload, reply).await,
        Err(failure) => Err(discarded(&app, &by, upload, failure.into()).await),
    }
}

/// The source is asked for before gigabytes are taken.
async fn named(app: &App, by: &By, asked: &Asked) -> Result<String, Problem> {
    let source = asked.source.clone().filter(|s| !s.trim().is_empty());
    let source = source.ok_or_else(|| Problem::field("source", "name the source the leads come from"))?;
    match store::source::source_find(app.reader(), by.org, &source).await {
        Ok(known) if !known.active => Err(Refusal::SourceInactive.into()),
        Err(store::Error::NotFound) if !asked.create_source => Err(Refusal::UnknownSource(source).into()),
        Ok(_) | Err(store::Error::NotFound) => Ok(source),
        Err(error) => Err(error.into()),
    }
}

fn accepted(outcome: &Result<Import, Refusal>) -> (u16, String) {
    answer::rendered(StatusCode::ACCEPTED, outcome, |i| ImportAccepted { id: i.id, state: i.state })
}

/// Works a registered import off; a repetition's upload is not needed.
async fn begin(app: &App, by: &By, upload: Upload, reply: Reply<Import>) -> Answer {
    match &reply {
        Reply::Fresh(import) => app.work_import(import.clone()),
        Reply::Stored { status: 202, body, replayed: false } => {
            let id = serde_json::from_str::<serde_json::Value>(body).ok();
            let id = id.as_ref().and_then(|v| v.get("id")?.as_str()?.parse::<ImportId>().ok());
            if let Some(id) = id {
                app.work_import(import_view(app.engine(), by, id).await?);
            }
        }
        Reply::Stored { .. } => discard(app, by, upload).await,
    }
    keyed::respond(reply, accepted)
}

async fn discard(app: &App, by: &By, upload: Upload) {
    if let Err(error) = app.engine().discard_upload(by, upload.spooled).await {
        tracing::warn!(%error, "an upload could not be removed");
    }
}

async fn discarded(app: &App, by: &By, upload: Upload, problem: Problem) -> Problem {
    discard(app, by, upload).await;
    problem
}

/// Shows what a file looks like; nothing is kept.
#[utoipa::path(post, path = "/api/v1/imports/preview", tag = "imports", operation_id = "import_preview",
    params(("map" = Option<Vec<String>>, Query, description = "COLUMN=FIELD; may be repeated"),
        ("file_name" = Option<String>, Query, description = "Of a raw body")),
    request_body(content = String, content_type = "text/csv", description = "The file, or multipart/form-data"),
    responses((status = 200, description = "Format, columns, mapping, first rows", body = schema::PreviewBody),
        Problems))]
async fn preview(State(app): State<App>, who: Who<Staff>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let by = who.by();
    let asked = Asked::parse(parts.uri.query().unwrap_or_default())?;
    let upload = upload::take(&app, &by, &parts.headers, body, &asked.file_name).await?;
    let mapping = &asked.options.mapping;
    let looked = app.engine().look_at_upload(&by, &upload.spooled, &upload.name, mapping, true).await;
    discard(&app, &by, upload).await;
    answer::ok(&looked?)
}

/// The rows that were rejected or known already, as a file.
#[utoipa::path(get, path = "/api/v1/imports/{id}/errors.csv", tag = "imports", operation_id = "import_errors",
    params(("id" = String, Path)),
    responses((status = 200, description = "Line, column, reason, original row, kind", content_type = "text/csv",
        body = String), Problems))]
async fn errors(State(app): State<App>, who: Who<Staff>, Seg(id): Seg<ImportId>) -> Answer {
    let import = import_view(app.engine(), &who.by(), id).await?;
    let (org, import_no) = (who.org(), import.import_no);
    csv::stream("errors", &["line", "column", "reason", "original", "kind"], 0, move |after| {
        let app = app.clone();
        async move {
            let rows = store::import::row_error_list(app.reader(), org, import_no, after, csv::PAGE).await?;
            let next = rows.last().filter(|_| rows.len() as i64 == csv::PAGE).map(|(n, ..)| *n);
            let mut lines = String::new();
            for (_, kind, error) in &rows {
                let line = error.line.to_string();
                csv::line(
                    &mut lines,
                    [&line, &error.column, &error.reason, &error.original, kind].map(String::as_str),
                );
            }
            Ok((lines, next))
        }
    })
    .await
}
