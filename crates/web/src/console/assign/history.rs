//! `/assign/history`: who got which lead, when, how and why, newest first.

use super::words;
use crate::app::App;
use crate::console::fields::{Asked, Fields};
use crate::console::frame::Room;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Clock, Column, Field, Pages, Tone};
use crate::console::visit::Visit;
use crate::page;
use crate::problem::or_missing;
use crate::rights::Staff;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use model::assignment::StepKind;
use model::{AgentId, BatchId, Method, Micros, OrgId, Trigger};
use store::agent::Agent;
use store::assignment::{AssignmentFilter, AssignmentLine, assignment_list, assignment_no_at};
use store::source::Source;

/// Lines a page.
const LINES: usize = 50;
/// How many steps one look goes through for what is rare, and how many looks a page takes.
const LOOK: i64 = 20_000;
const LOOKS: usize = 4;
/// Agents in the filter's list.
const AGENTS: i64 = 500;
/// Servers that number steps may have clocks that differ a little.
const SLACK: i64 = 60 * Micros::SECOND;

/// What was asked for, understood.
struct Wanted {
    filter: AssignmentFilter,
    /// Numbers the steps may have: from, and below.
    low: i64,
    high: i64,
    batch: Option<BatchId>,
    from: Option<Micros>,
    to: Option<Micros>,
}

/// A page of lines, and where the next one begins.
struct Found {
    lines: Vec<AssignmentLine>,
    /// Look on below this number.
    next: Option<i64>,
    /// The page is not full: there may be more further back.
    unfinished: bool,
}

pub(super) async fn page(
    State(app): State<App>,
    visit: Visit<Staff>,
    Asked(asked): Asked,
) -> Result<Response, Oops> {
    let (db, org) = (app.reader(), visit.org());
    let sources = store::source::source_list(db, org, 0, 1_000).await?;
    let agents = agents(&app, org, &asked).await?;
    let wanted = wanted(&app, org, &asked, visit.clock(), &sources, &agents).await?;
    let before = page::numbers::<1>(asked.given("before"))?.map(|[no]| no);
    let found = look(&app, org, &wanted, before).await?;
    let export = format!("/api/v1/assignments.csv?{}", export_query(&asked, &wanted));
    let actions =
        ui::button_link(Tone::Plain, Some(Icon::Download), "Export CSV", export.trim_end_matches('?'));
    let body = html! {
        (super::view::tabs(true))
        (ui::heading("History", &html! { "Every lead that was given out or handed back, newest first." }, &actions))
        (filters(&asked, &sources, &agents, wanted.batch))
        section #history.card data-live=[before.is_none().then_some("lead_assigned lead_status_changed")] {
            @if found.lines.is_empty() && !found.unfinished { (nothing(&asked)) } @else { (table(&found.lines, visit.clock())) }
        }
        (ui::pages(&foot(&asked, &found, before.is_some())))
    };
    Ok(visit.page(Room::Assign, "Assignment history", &body))
}

async fn agents(app: &App, org: OrgId, asked: &Fields) -> Result<Vec<Agent>, Oops> {
    let mut agents = store::agent::agent_list(app.reader(), org, 0, AGENTS).await?;
    let id = asked.text("agent").parse::<AgentId>().ok();
    if let Some(id) = id.filter(|id| agents.iter().all(|a| a.id != *id)) {
        agents.push(or_missing(store::agent::agent_fetch(app.reader(), org, id).await, "agent")?);
    }
    agents.sort_by_key(|a| a.name.to_lowercase());
    Ok(agents)
}

async fn wanted(
    app: &App,
    org: OrgId,
    asked: &Fields,
    clock: &Clock,
    sources: &[Source],
    agents: &[Agent],
) -> Result<Wanted, Oops> {
    let day = |name: &str| asked.given(name).and_then(|text| clock.parse_day(text));
    let from = day("from");
    // The last day is meant whole.
    let to =
        day("to").map(|start| clock.parse_day(&clock.day(start.plus_seconds(36 * 3600))).unwrap_or(start));
    let batch = asked.given("batch").map(str::parse::<BatchId>).transpose();
    let batch = batch.map_err(|_| Oops::missing("batch"))?;
    let source = asked.given("source").map(|id| {
        sources.iter().find(|s| s.id.to_string() == id || s.name == id).map_or(-1, |s| s.source_no)
    });
    let agent = asked
        .given("agent")
        .map(|id| agents.iter().find(|a| a.id.to_string() == id).map_or(-1, |a| a.agent_no));
    let filter = AssignmentFilter {
        source_no: source,
        agent_no: agent,
        batch_id: batch.map(|id| id.0),
        method: asked.parsed::<Method>("method")?,
        trigger: asked.parsed::<Trigger>("trigger")?,
        from: from.map(|at| at.0),
        to: to.map(|at| at.0),
        floor: None,
    };
    let (mut low, mut high) = (1, i64::MAX);
    if let Some(from) = from {
        low = assignment_no_at(app.reader(), org, from.0 - SLACK).await?;
    }
    if let Some(to) = to {
        high = assignment_no_at(app.reader(), org, to.0 + SLACK).await?;
    }
    if let Some(batch) = batch {
        let row = or_missing(store::assignment::batch_fetch(app.reader(), org, batch.0).await, "batch")?;
        low = low.max(assignment_no_at(app.reader(), org, row.created_at - SLACK).await?);
        // Of an old batch the newest steps are of no interest; one that takes longer than an hour is looked for longer.
        let until = assignment_no_at(app.reader(), org, row.created_at + 3600 * Micros::SECOND).await?;
        high = high.min(until.max(low));
    }
    Ok(Wanted { filter, low, high, batch, from, to })
}

/// Goes back through the steps in bounded looks until the page is full.
async fn look(app: &App, org: OrgId, wanted: &Wanted, before: Option<i64>) -> Result<Found, Oops> {
    let (db, want) = (app.reader(), LINES as i64 + 1);
    let end = assignment_no_at(db, org, i64::MAX).await?;
    let mut before = before.unwrap_or(i64::MAX).min(wanted.high).min(end);
    let mut lines = Vec::new();
    // An agent's steps have an index of their own.
    let looks = if wanted.filter.agent_no.is_some() { i64::MAX } else { LOOK };
    for _ in 0..LOOKS {
        let floor = wanted.low.max(before.saturating_sub(looks));
        let filter = AssignmentFilter { floor: Some(floor), ..wanted.filter.clone() };
        lines.extend(assignment_list(db, org, &filter, Some(before), want - lines.len() as i64).await?);
        if lines.len() as i64 == want {
            lines.truncate(LINES);
            let next = lines.last().map(|line: &AssignmentLine| line.assignment_no);
            return Ok(Found { lines, next, unfinished: false });
        }
        before = floor;
        if before <= wanted.low {
            return Ok(Found { lines, next: None, unfinished: false });
        }
    }
    Ok(Found { lines, next: Some(before), unfinished: true })
}

fn export_query(asked: &Fields, wanted: &Wanted) -> String {
    let time = |at: Option<Micros>| at.map(|at| at.to_string()).unwrap_or_default();
    let batch = wanted.batch.map(|id| id.to_string()).unwrap_or_default();
    asked.query_with(&[
        ("from", ""),
        ("to", ""),
        ("batch", ""),
        ("before", ""),
        ("batch_id", &batch),
        ("created_from", &time(wanted.from)),
        ("created_to", &time(wanted.to)),
    ])
}

fn filters(asked: &Fields, sources: &[Source], agents: &[Agent], batch: Option<BatchId>) -> Markup {
    let ids: Vec<String> = sources.iter().map(|s| s.id.to_string()).collect();
    let mut of: Vec<ui::Choice<'_>> = vec![("", "All sources")];
    of.extend(ids.iter().zip(sources).map(|(id, s)| (id.as_str(), s.name.as_str())));
    let ids: Vec<String> = agents.iter().map(|a| a.id.to_string()).collect();
    let mut to: Vec<ui::Choice<'_>> = vec![("", "All agents")];
    to.extend(ids.iter().zip(agents).map(|(id, a)| (id.as_str(), a.name.as_str())));
    let mut how: Vec<ui::Choice<'_>> = vec![("", "Any method")];
    how.extend(Method::ALL.iter().map(|m| (m.as_str(), words::method(*m))));
    let mut why: Vec<ui::Choice<'_>> = vec![("", "Any trigger")];
    why.extend(Trigger::ALL.iter().map(|t| (t.as_str(), words::trigger(*t))));
    html! {
        form.filters method="get" action="/assign/history" data-filter="history" role="search" aria-label="Filter the history" {
            (ui::select(Field::text("source", "Source", asked.text("source")), &of))
            (ui::select(Field::text("agent", "Agent", asked.text("agent")), &to))
            (ui::select(Field::text("method", "Method", asked.text("method")), &how))
            (ui::select(Field::text("trigger", "Trigger", asked.text("trigger")), &why))
            (ui::field(Field::text("from", "From day", asked.text("from")).kind("date")))
            (ui::field(Field::text("to", "To day", asked.text("to")).kind("date")))
            @if let Some(batch) = batch {
                (ui::hidden("batch", &batch.to_string()))
                span.chip { "One batch only" a.remove href={ "/assign/history?" (asked.query_with(&[("batch", ""), ("before", "")])) } aria-label="Show all batches" { (Icon::Cross.svg()) } }
            }
            div.actions {
                button.button.no-js type="submit" { "Show" }
                @if narrowed(asked) { (ui::button_link(Tone::Quiet, None, "Clear", "/assign/history")) }
            }
        }
    }
}

fn narrowed(asked: &Fields) -> bool {
    ["source", "agent", "method", "trigger", "from", "to", "batch"]
        .iter()
        .any(|name| asked.given(name).is_some())
}

fn nothing(asked: &Fields) -> Markup {
    if narrowed(asked) {
        let all = ui::button_link(Tone::Plain, None, "Show everything", "/assign/history");
        return ui::empty(Icon::Search, "Nothing fits", "No assignment fits all of these at once.", &all);
    }
    let text = "As soon as leads come in and a source has agents, every assignment is written down here with the numbers before and after.";
    ui::empty(
        Icon::Assign,
        "No assignments yet",
        text,
        &ui::button_link(Tone::Primary, None, "Choose who gets leads", "/assign"),
    )
}

fn table(lines: &[AssignmentLine], clock: &Clock) -> Markup {
    let columns = [
        Column::text("Time"),
        Column::text("Lead"),
        Column::text("Source"),
        Column::text("Agent"),
        Column::number("Before"),
        Column::number("After"),
        Column::text("Method"),
        Column::text("Trigger"),
        Column::text("Batch"),
    ];
    ui::table("Assignments", &columns, &html! { @for line in lines { (row(line, clock)) } })
}

fn row(line: &AssignmentLine, clock: &Clock) -> Markup {
    let back = line.kind == StepKind::HandBack;
    html! {
        tr data-key=(line.assignment_no) {
            td.nowrap { (clock.ago(Micros(line.created_at))) }
            td.nowrap { a.row-link href={ "/leads/" (line.lead_id) } { (model::lead::uid(line.lead_no)) } }
            td { span.ellipsis title=(line.source) { (line.source) } }
            td { a.row-link.ellipsis href={ "/agents/" (line.agent_id) } title=(line.agent_name) { (line.agent_name) }
                @if back { span.small.warn { "handed back" @if let Some(reason) = &line.reason { ": " (reason) } } } }
            td.numeric { (ui::grouped(line.total_before)) }
            td.numeric { (ui::grouped(line.total_after)) }
            td.nowrap { (words::method(line.method)) }
            td.nowrap { @if back { "Handed back" } @else { (words::trigger(line.trigger)) } }
            td { @if let Some(batch) = line.batch_id { a href={ "/assign/history?batch=" (BatchId(batch)) } { "Batch" span.visually-hidden { " of " (model::lead::uid(line.lead_no)) } } } @else { span.muted { "–" } } }
        }
    }
}

fn foot(asked: &Fields, found: &Found, later: bool) -> Pages {
    let path = |before: &str| {
        let query = asked.query_with(&[("before", before)]);
        if query.is_empty() { "/assign/history".to_owned() } else { format!("/assign/history?{query}") }
    };
    let shown = ui::plural(found.lines.len() as i64, "assignment");
    Pages {
        told: match (found.unfinished, found.next.is_some()) {
            (true, _) => format!("{shown} among the newest; older ones may fit too"),
            (false, true) => format!("{shown} on this page"),
            (false, false) => format!("{shown}, to the end"),
        },
        first: later.then(|| path("")),
        next: found.next.map(|no| path(&page::cursor(&[no]))),
    }
}
