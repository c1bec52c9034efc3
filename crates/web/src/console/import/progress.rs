//! One import: how far it is, what became of its rows, who got its leads.

use super::PATH;
use crate::app::App;
use crate::console::frame::Room;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Column, Tone};
use crate::console::visit::Visit;
use crate::params::Seg;
use crate::rights::Staff;
use axum::extract::State;
use axum::response::Response;
use engine::import::{ImportOptions, import_view};
use maud::{Markup, html};
use model::import::{ImportState, RowError};
use model::{DuplicatePolicy, ImportId, Micros};
use serde::Deserialize;
use std::collections::HashMap;
use store::import::{Import, REJECTED_LOOK};
use store::source::Source;

/// Rejected rows that are shown.
const SHOWN: usize = 50;
/// Reasons that are counted.
const REASONS: usize = 6;

/// An agent's part of the import's leads.
#[derive(Deserialize)]
struct Part {
    agent_no: i64,
    assigned: i64,
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit<Staff>,
    Seg(id): Seg<ImportId>,
) -> Result<Response, Oops> {
    let import = import_view(app.engine(), &visit.by(), id).await?;
    let source = store::source::source_fetch_no(app.reader(), visit.org(), import.source_no).await?;
    let rejected = match import.counts.rejected {
        0 => Vec::new(),
        _ => store::import::rejected_look(app.reader(), visit.org(), import.import_no).await?,
    };
    let options: ImportOptions = serde_json::from_value(import.options.clone()).unwrap_or_default();
    let parts = shares(&app, &visit, &import).await?;
    let below = html! { "Into " a href={ "/assign/" (source.id) } { (source.name) } " · " (ui::bytes(import.bytes_total)) " · started " (visit.clock().ago(Micros(import.created_at))) };
    let leads =
        ui::button_link(Tone::Primary, None, "See the imported leads", &format!("/leads?import={id}"));
    let body = html! {
        (ui::breadcrumb(&[("Import", PATH)], &import.file_name))
        (ui::heading(&import.file_name, &below, &if import.counts.accepted > 0 { leads } else { ui::NONE }))
        div #import.stack-y data-live="import_progress" {
            (standing(&app, &import))
            (counts(&import))
            (fate(&import, &source, &options))
        }
        div #parts.stack-y data-live="import_progress lead_assigned" {
            @if !parts.is_empty() { (by_agent(&import, &parts)) }
            @if import.counts.rejected + import.counts.duplicates > 0 { (rows_left_out(&import, &rejected)) }
        }
    };
    Ok(visit.page(Room::Import, &import.file_name, &body))
}

/// State, bar, pace.
fn standing(app: &App, import: &Import) -> Markup {
    let until = import.finished_at.unwrap_or(app.engine().now().0);
    let seconds = (until - import.created_at).max(1) as f64 / Micros::SECOND as f64;
    let pace = import.counts.rows as f64 / seconds;
    let left = (import.bytes_total - import.bytes_read) as f64 / (import.bytes_read.max(1) as f64 / seconds);
    let running = matches!(import.state, ImportState::Queued | ImportState::Running);
    html! {
        section.card {
            div.row.between {
                (super::state(import))
                span.muted {
                    @if running {
                        @if import.counts.rows > 0 { (ui::grouped(pace as i64)) " rows a second · about " (ui::seconds(left)) " left" } @else { "Reading the file" }
                    } @else if import.counts.rows > 0 { "Took " (ui::seconds(seconds)) " · " (ui::grouped(pace as i64)) " rows a second" }
                }
            }
            @if running { (ui::progress("Import", import.bytes_read, import.bytes_total)) }
            @if running { noscript { p { a href="" { "Look again" } } } }
            @if let Some(message) = &import.message {
                (ui::note("bad", &html! { strong { "The import stopped. " } (ui::sentence(message)) " What was accepted before stays; the rest of the file was not read." }))
            }
        }
    }
}

fn counts(import: &Import) -> Markup {
    let counts = import.counts;
    let of = |part: u64| html! { (ui::percent(part as f64, counts.rows as f64)) };
    html! {
        div.stats {
            (ui::stat("Rows", &ui::number(counts.rows as i64), &html! { @if import.finished_at.is_none() { "read so far" } @else { "in the file" } }))
            (ui::stat("New leads", &ui::number(counts.accepted as i64), &of(counts.accepted)))
            (ui::stat("Known already", &ui::number(counts.duplicates as i64), &of(counts.duplicates)))
            (ui::stat("Rejected", &ui::number(counts.rejected as i64), &of(counts.rejected)))
            (ui::stat("Assigned", &ui::number(counts.assigned as i64), &html! { (ui::percent(counts.assigned as f64, counts.accepted as f64)) " of the new leads" }))
        }
    }
}

/// What happened to leads that nobody got, and to those that were known.
fn fate(import: &Import, source: &Source, options: &ImportOptions) -> Markup {
    let counts = import.counts;
    let waiting = counts.accepted.saturating_sub(counts.assigned) as i64;
    html! {
        @if import.state == ImportState::Done && waiting > 0 {
            (ui::note(if options.no_assign { "info" } else { "warn" }, &html! {
                (ui::plural(waiting, "new lead")) @if waiting == 1 { " was" } @else { " were" } " not assigned by the import: "
                @if options.no_assign { "you chose to let them wait. " } @else { "nobody could take them then. " }
                a href={ "/assign/" (source.id) } { "Look at the auto-assign of " (source.name) }
            }))
        }
        @if import.state == ImportState::Done && counts.rows > 0 && counts.accepted == 0 && counts.rejected == 0 {
            (ui::note("info", &html! { "Every row is known already." }))
        }
        @if counts.duplicates > 0 && options.duplicates == Some(DuplicatePolicy::Update) {
            (ui::note("info", &html! { "Leads known already were filled up with what they lacked." }))
        }
    }
}

async fn shares(
    app: &App,
    visit: &Visit<Staff>,
    import: &Import,
) -> Result<Vec<(String, String, i64)>, Oops> {
    let batch = match store::assignment::batch_fetch(app.reader(), visit.org(), import.batch_id).await {
        Err(store::Error::NotFound) => return Ok(Vec::new()),
        other => other?,
    };
    let mut parts: Vec<Part> = serde_json::from_value(batch.breakdown).unwrap_or_default();
    parts.sort_by_key(|part| (std::cmp::Reverse(part.assigned), part.agent_no));
    let numbers: Vec<i64> = parts.iter().map(|part| part.agent_no).collect();
    let agents = store::agent::agent_list_no(app.reader(), visit.org(), &numbers).await?;
    let agents: HashMap<i64, _> = agents.into_iter().map(|agent| (agent.agent_no, agent)).collect();
    let named = parts.into_iter().filter_map(|part| {
        let agent = agents.get(&part.agent_no)?;
        Some((agent.name.clone(), agent.id.to_string(), part.assigned))
    });
    Ok(named.collect())
}

fn by_agent(import: &Import, parts: &[(String, String, i64)]) -> Markup {
    let whole: i64 = parts.iter().map(|(.., n)| n).sum();
    let most = parts.iter().map(|(.., n)| *n).max().unwrap_or(1).max(1);
    let heads =
        [Column::text("Agent"), Column::number("Leads"), Column::number("Share"), Column::text("Compared")];
    let rows = html! {
        @for (name, id, assigned) in parts {
            tr data-key=(id) {
                td { a.row-link.ellipsis href={ "/agents/" (id) } { (name) } }
                td.numeric { (ui::number(*assigned)) }
                td.numeric { (ui::percent(*assigned as f64, whole as f64)) }
                td { (ui::bar(&format!("{name}: {assigned} leads"), *assigned as f64 / most as f64)) }
            }
        }
    };
    let batch = model::BatchId(import.batch_id);
    let history = html! { a href={ "/assign/history?batch=" (batch) } { "History" } };
    ui::card(
        &format!("Assigned to {}", ui::plural(parts.len() as i64, "agent")),
        &history,
        &ui::table("Leads by agent", &heads, &rows),
    )
}

fn rows_left_out(import: &Import, rejected: &[RowError]) -> Markup {
    let download = ui::button_link(
        Tone::Plain,
        Some(Icon::Download),
        "Download errors.csv",
        &format!("/api/v1/imports/{}/errors.csv", import.id),
    );
    if rejected.is_empty() {
        let text = match import.counts.rejected {
            0 => "No row was rejected. The file lists the rows that were known already.",
            _ => "The file lists every row that was rejected or known already, with the reason.",
        };
        return ui::card("Rows left out", &download, &html! { p.muted { (text) } });
    }
    let heads = [
        Column::number("Line"),
        Column::text("Column"),
        Column::text("Reason"),
        Column::text("As it stood in the file"),
    ];
    let rows = html! {
        @for error in rejected.iter().take(SHOWN) {
            tr data-key={ "l" (error.line) } {
                td.numeric { (ui::grouped(error.line as i64)) }
                td { span.ellipsis { @if error.column.is_empty() { "–" } @else { (error.column) } } }
                td { (ui::sentence(&error.reason)) }
                td { code.ellipsis title=(error.original) { (error.original) } }
            }
        }
    };
    let body = html! {
        (reasons(import, rejected))
        (ui::table("Rejected rows", &heads, &rows))
    };
    let shown = rejected.len().min(SHOWN) as i64;
    let title = match import.counts.rejected as i64 {
        all if all > shown => format!("The first {shown} of {} rejected rows", ui::grouped(all)),
        all => ui::plural(all, "rejected row"),
    };
    ui::card(&title, &download, &body)
}

/// The most common reasons among the rows looked at.
fn reasons(import: &Import, rejected: &[RowError]) -> Markup {
    let mut counted: HashMap<&str, i64> = HashMap::new();
    for error in rejected {
        *counted.entry(error.reason.as_str()).or_default() += 1;
    }
    let mut counted: Vec<(&str, i64)> = counted.into_iter().collect();
    counted.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
    let partial = import.counts.rejected as usize > rejected.len();
    html! {
        @if rejected.len() > 1 {
            ul.chips aria-label="Reasons" {
                @for (reason, count) in counted.iter().take(REASONS) { li { (ui::chip(&html! { strong { (ui::grouped(*count)) } (reason) }, None)) } }
            }
            @if partial { p.hint { "Counted in the first " (ui::grouped(REJECTED_LOOK)) " rows that were left out." } }
        }
    }
}
