//! The overview: today in numbers, the flow of leads, what waits and why, what just happened.

mod charts;
mod feed;
mod first_run;
mod waiting;

use crate::app::App;
use crate::console::frame::Room;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Column, Tone, chart};
use crate::console::visit::{Visit, go};
use crate::rights::Own;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use engine::overview::{FlowSum, Overview, SourceToday};
use maud::{Markup, html};
use model::{Role, Status};
use store::source::Source;

/// What changes the numbers.
const MOVES: &str = "lead_created lead_assigned lead_status_changed import_progress settings_changed";
/// Sources shown in the table of today; the rest is summed up.
const SOURCES: usize = 30;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/", get(start))
}

/// Everybody's start page: staff sees the overview, others go to what is theirs.
async fn start(State(app): State<App>, visit: Visit<Own>) -> Result<Response, Oops> {
    match visit.me.role {
        Role::Agent => Ok(go("/my-leads")),
        Role::Provider => Ok(go("/notifications")),
        Role::Admin | Role::Manager => overview(&app, &visit).await,
    }
}

async fn overview(app: &App, visit: &Visit<Own>) -> Result<Response, Oops> {
    let (db, org, now) = (app.reader(), visit.org(), app.engine().now());
    let sources = store::source::source_list(db, org, 0, 10_000).await?;
    let tallies = store::stats::tally_list(db, org).await?;
    let leads: i64 = tallies.iter().map(|t| t.leads).sum();
    let numbers = engine::overview::overview(db, org, now).await?;
    let hours = engine::overview::flow(db, org, now, 24, 4).await?;
    let steps = first_run::steps(app, visit, &sources, leads).await?;
    let week = charts::Week::load(app, visit, numbers.day_start).await?;
    let import = ui::button_link(Tone::Plain, Some(Icon::Import), "Import a file", "/import");
    let below = html! { (visit.clock().at(now)) " in " (visit.clock().zone_name()) };
    let body = html! {
        (ui::heading("Overview", &below, &import))
        div #begin.stack-y data-live=(MOVES) { @if !steps.is_done() { (steps.card()) } }
        div #numbers.stack-y data-live=(MOVES) { (stats(&numbers, &hours)) (waiting::card(visit, &numbers)) }
        div.columns.wide-first {
            div.stack-y {
                div #flow data-live=(MOVES) { (ui::card("Leads an hour, last 24 hours", &ui::NONE, &charts::day(visit, &hours))) }
                div #today data-live=(MOVES) { (ui::card("Today by source", &ui::NONE, &today(&numbers))) }
                div #week data-live=(MOVES) { (ui::card("Leads a day by source, last 7 days", &ui::NONE, &week.chart(visit, &sources))) }
            }
            div #feed data-live={ (MOVES) " notification_message" } { (ui::card("Just now", &ui::NONE, &feed::list(app, visit).await?)) }
        }
    };
    Ok(visit.page(Room::Overview, "Overview", &body))
}

fn stats(numbers: &Overview, hours: &[FlowSum]) -> Markup {
    let sum = |of: fn(&SourceToday) -> i64| numbers.today.iter().map(of).sum::<i64>();
    let (created, unassigned) = (sum(|s| s.created), sum(|s| s.unassigned));
    let waiting = sum(|s| s.waiting);
    let sales: i64 = numbers
        .today
        .iter()
        .flat_map(|s| &s.by_status)
        .filter(|(s, _)| *s == Status::Sale)
        .map(|(_, n)| n)
        .sum();
    let line = |of: fn(&FlowSum) -> i64| hours.iter().map(of).collect::<Vec<i64>>();
    let queues = numbers.waiting.len() as i64;
    html! {
        div.stats {
            (ui::stat("Leads today", &ui::number(created), &chart::sparkline("Leads an hour, last 24 hours", &line(|s| s.created))))
            (ui::stat("Assigned today", &ui::number(sum(|s| s.assigned)), &chart::sparkline("Assigned an hour, last 24 hours", &line(|s| s.assigned))))
            (ui::stat("Waiting now", &ui::number(waiting), &html! { @if waiting == 0 { "nobody waits" } @else { "in " (ui::plural(queues, "source")) ", reasons below" } }))
            (ui::stat("Of today's leads assigned", &html! { (ui::percent((created - unassigned) as f64, created as f64)) }, &html! { (ui::grouped(unassigned)) " not yet" }))
            (ui::stat("Closed today", &ui::number(sum(|s| s.closed)), &html! { (ui::plural(sales, "sale")) " out of today's leads" }))
        }
    }
}

/// Where a lead stands, in four words.
const STANDS: [&str; 4] = ["To do", "Being worked", "Sale", "Final"];

const fn stand(status: Status) -> usize {
    match status {
        Status::New | Status::Pending => 0,
        Status::Sale => 2,
        Status::NotInterested | Status::Dnc | Status::Invalid | Status::Exhausted => 3,
        _ => 1,
    }
}

fn today(numbers: &Overview) -> Markup {
    let mut sources: Vec<&SourceToday> = numbers.today.iter().collect();
    if sources.is_empty() {
        return ui::empty(
            Icon::Leads,
            "Nothing came in today",
            "Leads of today appear here by source, with where they stand.",
            &ui::NONE,
        );
    }
    sources.sort_by_key(|s| (std::cmp::Reverse(s.created), s.source.source_no));
    let columns = [
        Column::text("Source"),
        Column::number("Leads"),
        Column::text("Where they stand"),
        Column::number("Assigned"),
        Column::number("Closed"),
        Column::number("Waiting"),
    ];
    let rows = html! {
        @for s in sources.iter().take(SOURCES) {
            tr data-key=(s.source.id) {
                td { a.row-link.ellipsis href={ "/leads?source=" (s.source.id) } { (s.source.name) } }
                td.numeric { (ui::number(s.created)) }
                td.stands { (bar(s)) }
                td.numeric { (ui::number(s.assigned)) }
                td.numeric { (ui::number(s.closed)) }
                td.numeric { (ui::number(s.waiting)) }
            }
        }
        @if sources.len() > SOURCES {
            @let rest = &sources[SOURCES..];
            tr { td.muted { (ui::plural(rest.len() as i64, "more source")) } td.numeric { (ui::grouped(rest.iter().map(|s| s.created).sum())) } td {} td.numeric { (ui::grouped(rest.iter().map(|s| s.assigned).sum())) } td.numeric { (ui::grouped(rest.iter().map(|s| s.closed).sum())) } td.numeric { (ui::grouped(rest.iter().map(|s| s.waiting).sum())) } }
        }
    };
    html! {
        p.legend { @for (n, name) in STANDS.iter().enumerate() { span { (chart::swatch(n)) (name) } } }
        (ui::table("Today by source", &columns, &rows))
    }
}

fn bar(source: &SourceToday) -> Markup {
    let mut parts = STANDS.map(|name| (name, 0));
    for (status, leads) in &source.by_status {
        parts[stand(*status)].1 += leads;
    }
    let told: Vec<String> = source
        .by_status
        .iter()
        .map(|(status, leads)| format!("{} {}", ui::grouped(*leads), ui::status_word(*status)))
        .collect();
    html! {
        @if source.created > 0 { span.block title=(told.join(", ")) { (chart::stack(&source.source.name, &parts)) } } @else { span.muted.small { "none came in" } }
    }
}

/// Where a source's auto-assign is set up.
fn assign_path(source: &Source) -> String {
    format!("/assign/{}", source.id)
}
