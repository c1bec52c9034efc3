//! Imports: a file is dropped, looked at, started, watched. Its bytes are sent once and kept while it is looked at.

mod look;
mod progress;

use crate::app::App;
use crate::console::fields::Asked;
use crate::console::frame::Room;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Column, Pages, Tone};
use crate::console::visit::{Visit, go};
use crate::page as pages;
use crate::problem::Problem;
use crate::rights::Staff;
use crate::upload;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use engine::By;
use engine::import::{KeepUpload, Spooled};
use maud::{Markup, html};
use model::Micros;
use model::import::ImportState;
use std::collections::HashMap;
use store::import::Import;
use store::upload::Upload;

const PATH: &str = "/import";
/// Past imports on a page.
const PAGE: i64 = 25;
/// What a file may be called; the bytes decide.
const KINDS: &str = ".csv,.tsv,.txt,.xlsx,.xls,.ods,text/csv";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(start).post(receive))
        .route("/import/upload/{id}", get(look::show).post(look::begin))
        .route("/import/upload/{id}/drop", post(look::discard))
        .route("/import/{id}", get(progress::show))
}

async fn start(State(app): State<App>, visit: Visit<Staff>, Asked(query): Asked) -> Result<Response, Oops> {
    whole(&app, &visit, None, query.given("cursor")).await
}

/// The page: a place for a file, and past imports.
async fn whole(
    app: &App,
    visit: &Visit<Staff>,
    refused: Option<&Problem>,
    cursor: Option<&str>,
) -> Result<Response, Oops> {
    let before = pages::numbers::<1>(cursor)?.map(|[no]| no);
    let mut imports = store::import::import_list(app.reader(), visit.org(), before, PAGE + 1).await?;
    let more = imports.len() as i64 > PAGE;
    imports.truncate(PAGE as usize);
    let next =
        imports.last().filter(|_| more).map(|i| format!("{PATH}?cursor={}", pages::cursor(&[i.import_no])));
    let foot = Pages { told: String::new(), first: cursor.map(|_| PATH.to_owned()), next };
    let sources = source_names(app, visit).await?;
    let body = html! {
        (ui::heading("Import leads", &html! { "From a list to leads in three steps: drop the file, check its columns, start." }, &ui::NONE))
        @if cursor.is_none() { (drop_zone(app, refused)) }
        section #imports.card data-live="import_progress" {
            header.card-head { h2 { "Imports" } }
            @if imports.is_empty() {
                (ui::empty(Icon::Import, "Nothing was imported yet", "Each file you import stays listed here with its counts, the rows that were rejected and who got the leads.", &ui::NONE))
            } @else { (list(visit, &imports, &sources)) }
        }
        @if foot.first.is_some() || foot.next.is_some() { (ui::pages(&foot)) }
    };
    let status = refused.map_or(StatusCode::OK, |problem| problem.status);
    Ok(visit.page_with(status, Room::Import, "Import", &body))
}

fn drop_zone(app: &App, refused: Option<&Problem>) -> Markup {
    let most = app.options().max_upload;
    html! {
        section.stack-y {
            @if let Some(problem) = refused {
                (ui::note("bad", &html! { strong { "The file cannot be imported. " } (ui::sentence(&problem.detail)) " Nothing was stored." }))
            }
            form.stack-y method="post" action=(PATH) enctype="multipart/form-data" data-upload data-most=(most) {
                (ui::file_drop("file", "Drop a list of leads here, or choose a file", "CSV, TSV, XLSX, XLS or ODS; any order of columns, with or without a header", KINDS))
                div.upload data-upload-state hidden {
                    div.row.between { strong data-upload-name {} button.button type="button" data-upload-cancel { "Cancel" } }
                    progress aria-label="Upload" max="1" value="0" {}
                    p.muted role="status" data-upload-words {}
                }
                noscript { div.actions { (ui::submit(Tone::Primary, "Look at the file")) } }
            }
            p.hint { "The next page shows what was recognised. Nothing becomes a lead before you start the import." }
        }
    }
}

/// Names and ids of all sources, by number.
async fn source_names(app: &App, visit: &Visit<Staff>) -> Result<HashMap<i64, store::source::Source>, Oops> {
    let sources = store::source::source_list(app.reader(), visit.org(), 0, 10_000).await?;
    Ok(sources.into_iter().map(|s| (s.source_no, s)).collect())
}

fn list(visit: &Visit<Staff>, imports: &[Import], sources: &HashMap<i64, store::source::Source>) -> Markup {
    let columns = [
        Column::text("File"),
        Column::text("Source"),
        Column::text("State"),
        Column::number("Rows"),
        Column::number("New leads"),
        Column::number("Known already"),
        Column::number("Rejected"),
        Column::number("Assigned"),
        Column::text("Started"),
    ];
    let rows = html! {
        @for import in imports {
            @let counts = import.counts;
            tr data-key=(import.id) {
                td { a.row-link.ellipsis href={ "/import/" (import.id) } title=(import.file_name) { (import.file_name) } }
                td { span.ellipsis { (sources.get(&import.source_no).map_or("–", |s| s.name.as_str())) } }
                td { (state(import)) }
                @for count in [counts.rows, counts.accepted, counts.duplicates, counts.rejected, counts.assigned] {
                    td.numeric { (ui::number(count as i64)) }
                }
                td.nowrap { (visit.clock().ago(Micros(import.created_at))) }
            }
        }
    };
    ui::table("Imports", &columns, &rows)
}

/// Where an import stands; while it runs, how far it is.
fn state(import: &Import) -> Markup {
    match import.state {
        ImportState::Queued => ui::pill("open", Icon::Clock, "Queued"),
        ImportState::Running => {
            let share = import.bytes_read.saturating_mul(100) / import.bytes_total.max(1);
            ui::pill("info", Icon::Again, &format!("Running {share} %"))
        }
        ImportState::Done if import.counts.rejected > 0 => {
            ui::pill("warn", Icon::Check, "Done, some rejected")
        }
        ImportState::Done => ui::pill("good", Icon::Check, "Done"),
        ImportState::Failed => ui::pill("bad", Icon::Warning, "Stopped"),
    }
}

/// Takes a file, looks at it, keeps it for the next page. What cannot be imported is removed at once.
async fn receive(State(app): State<App>, visit: Visit<Staff>, request: Request) -> Result<Response, Oops> {
    let (parts, body) = request.into_parts();
    let by = visit.by();
    match keep(&app, &by, &parts.headers, body).await {
        Ok(kept) => Ok(go(&format!("{PATH}/upload/{}", kept.id))),
        Err(problem) if problem.status.is_client_error() => whole(&app, &visit, Some(&problem), None).await,
        Err(problem) => Err(problem.into()),
    }
}

async fn keep(
    app: &App,
    by: &By,
    headers: &axum::http::HeaderMap,
    body: axum::body::Body,
) -> Result<Upload, Problem> {
    let upload = upload::take(app, by, headers, body, "").await?;
    let looked = app.engine().look_at_upload(by, &upload.spooled, &upload.name, &[], true).await;
    if let Err(failure) = looked {
        remove(app, by, upload.spooled).await;
        return Err(failure.into());
    }
    let keep = KeepUpload { spooled: upload.spooled.clone(), file_name: upload.name };
    match app.engine().run(by, keep).await {
        Ok(kept) => Ok(kept),
        Err(failure) => {
            remove(app, by, upload.spooled).await;
            Err(failure.into())
        }
    }
}

/// Removes the bytes of an upload; what stays goes with its age.
async fn remove(app: &App, by: &By, spooled: Spooled) {
    if let Err(error) = app.engine().discard_upload(by, spooled).await {
        tracing::warn!(%error, "an upload could not be removed");
    }
}
