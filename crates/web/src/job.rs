//! Background jobs: when they run and how the last run went.

use crate::answer::{self, Answer};
use crate::app::App;
use crate::page::Page;
use crate::problem::Problem;
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

/// A job and how it stands.
pub(crate) struct JobState {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// Seconds between two runs.
    pub(crate) every: i64,
    pub(crate) running: bool,
    pub(crate) runs: i64,
    pub(crate) last_started_at: Option<Micros>,
    pub(crate) last_finished_at: Option<Micros>,
    pub(crate) last_result: Option<String>,
    pub(crate) next_run_at: Option<Micros>,
}

/// Every job, whether it has run or not.
pub(crate) async fn job_states(app: &App) -> Result<Vec<JobState>, Problem> {
    let rows = store::job::job_list(app.reader()).await?;
    let now = app.engine().now().0;
    let state = |job: &engine::jobs::Job| {
        let row = rows.iter().find(|row| row.name == job.name);
        let finished = row.and_then(|r| r.last_finished_at).map(Micros);
        JobState {
            name: job.name,
            what: job.what,
            every: job.every,
            running: row.is_some_and(|r| r.lease_until > now),
            runs: row.map_or(0, |r| r.runs),
            last_started_at: row.and_then(|r| r.last_started_at).map(Micros),
            last_finished_at: finished,
            last_result: row.and_then(|r| r.last_result.clone()),
            next_run_at: finished.map(|at| at.plus_seconds(job.every)),
        }
    };
    Ok(JOBS.iter().map(state).collect())
}

/// Every background job.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "jobs", operation_id = "job_list",
    responses((status = 200, description = "All of them", body = JobList), Problems))]
async fn list(State(app): State<App>, _who: Who<Staff>) -> Answer {
    let json = |job: JobState| JobJson {
        name: job.name,
        what: job.what,
        schedule: format!("every {} s", job.every),
        running: job.running,
        runs: job.runs,
        last_started_at: job.last_started_at,
        last_finished_at: job.last_finished_at,
        last_result: job.last_result,
        next_run_at: job.next_run_at,
    };
    answer::ok(&Page { items: job_states(&app).await?.into_iter().map(json).collect(), next_cursor: None })
}
