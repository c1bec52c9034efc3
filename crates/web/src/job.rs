//! Background jobs: when they run and how the last run went.

use crate::answer::{self, Answer};
use crate::app::App;
use crate::page::Page;
use crate::rights::{Staff, Who};
use crate::schema::Problems;
use axum::extract::State;
use engine::jobs::JOBS;
use model::Micros;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

#[derive(Serialize, ToSchema)]
#[schema(as = Job)]
struct JobJson {
    name: &'static str,
    what: &'static str,
    #[schema(example = "every 30 s")]
    schedule: String,
    running: bool,
    runs: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_started_at: Option<Micros>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_finished_at: Option<Micros>,
    last_result: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    next_run_at: Option<Micros>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
struct JobList {
    items: Vec<JobJson>,
    next_cursor: Option<String>,
}

/// Every background job.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "jobs", operation_id = "job_list",
    responses((status = 200, description = "All of them", body = JobList), Problems))]
async fn list(State(app): State<App>, _who: Who<Staff>) -> Answer {
    let rows = store::job::job_list(app.reader()).await?;
    let now = app.engine().now().0;
    let job = |job: &engine::jobs::Job| {
        let row = rows.iter().find(|row| row.name == job.name);
        let finished = row.and_then(|r| r.last_finished_at);
        let next = finished.map(|at| Micros(at).plus_seconds(job.every));
        JobJson {
            name: job.name,
            what: job.what,
            schedule: format!("every {} s", job.every),
            running: row.is_some_and(|r| r.lease_until > now),
            runs: row.map_or(0, |r| r.runs),
            last_started_at: row.and_then(|r| r.last_started_at).map(Micros),
            last_finished_at: finished.map(Micros),
            last_result: row.and_then(|r| r.last_result.clone()),
            next_run_at: next,
        }
    };
    answer::ok(&Page { items: JOBS.iter().map(job).collect(), next_cursor: None })
}
