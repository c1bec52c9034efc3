//! Background jobs: what works by itself, when it ran last and how that went.

use super::page;
use crate::app::App;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Column};
use crate::console::visit::Visit;
use crate::job::{JobState, job_states};
use crate::rights::Staff;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};

const PATH: &str = "/settings/jobs";

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(show))
}

async fn show(State(app): State<App>, visit: Visit<Staff>) -> Result<Response, Oops> {
    let jobs = job_states(&app).await?;
    let columns = [
        Column::text("Job"),
        Column::text("Runs"),
        Column::text("Last run"),
        Column::text("How it went"),
        Column::text("Next"),
    ];
    let rows = html! { @for job in &jobs { (row(&visit, job)) } };
    let body = html! {
        section.card {
            p.muted { "They run by themselves, on one node at a time. Nothing waits for them where an event can trigger." }
            (ui::table("Background jobs", &columns, &rows))
        }
    };
    Ok(page(&visit, PATH, StatusCode::OK, &body))
}

fn row(visit: &Visit<Staff>, job: &JobState) -> Markup {
    let failed = job.last_result.as_ref().is_some_and(|r| r.starts_with("failed"));
    html! {
        tr {
            td { strong { (job.name) } span.muted.small.block { (ui::sentence(job.what)) } }
            td.nowrap { "every " (job.every) " s · " (ui::grouped(job.runs)) " runs" }
            td.nowrap { @match job.last_started_at { Some(at) => (visit.clock().ago(at)), None => span.muted { "not yet" } } }
            td {
                @if job.running { (ui::pill("info", Icon::Bolt, "Running")) }
                @else if failed { (ui::pill("bad", Icon::Warning, "Failed")) " " }
                @else if job.last_result.is_some() { (ui::pill("good", Icon::Check, "Done")) " " }
                span.small { (job.last_result.as_deref().unwrap_or("–")) }
            }
            td.nowrap { @match job.next_run_at { Some(at) => (visit.clock().ago(at)), None => "soon" } }
        }
    }
}
