//! The overview's numbers: today, the last day and week, what waits and why.

use crate::answer::{self, Answer};
use crate::app::App;
use crate::rights::{Staff, Who};
use crate::schema::{self, Problems};
use axum::extract::State;
use engine::overview::{FlowSum, LeadsWhy, Overview, SourceToday, SourceWaiting};
use model::{Micros, Status};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(overview))
}

#[derive(Serialize, ToSchema)]
struct OverviewJson {
    #[schema(value_type = String, format = DateTime)]
    now: Micros,
    /// When the organisation's day began.
    #[schema(value_type = String, format = DateTime)]
    day_start: Micros,
    /// Sources with something to tell of today, and sources with waiting leads.
    today: Vec<TodayJson>,
    /// 24 steps of an hour, oldest first; the last one ends with the running quarter of an hour.
    last_day: Vec<StepJson>,
    /// 28 steps of six hours, oldest first.
    last_week: Vec<StepJson>,
    /// What waits and why, the longest queue first.
    waiting: Vec<WaitingJson>,
}

#[derive(Serialize, ToSchema)]
struct TodayJson {
    source: String,
    /// Leads that came in today.
    created: i64,
    /// Where they stand now.
    by_status: Vec<StatusCount>,
    /// How much of them has an agent or is final, 0 to 1; null if none came in.
    assignment_rate: Option<f64>,
    /// Leads given to agents today, whenever they came in.
    assigned: i64,
    handed_back: i64,
    /// Leads that became final today.
    closed: i64,
    /// All leads of the source without an agent that are not final.
    waiting: i64,
}

#[derive(Serialize, ToSchema)]
struct StatusCount {
    #[schema(value_type = schema::LeadStatus)]
    status: Status,
    leads: i64,
}

#[derive(Serialize, ToSchema)]
struct StepJson {
    #[schema(value_type = String, format = DateTime)]
    from: Micros,
    created: i64,
    assigned: i64,
    handed_back: i64,
    closed: i64,
}

#[derive(Serialize, ToSchema)]
struct WaitingJson {
    source: String,
    waiting: i64,
    /// How many of them `reasons` speaks of, first in line first.
    asked: i64,
    reasons: Vec<ReasonJson>,
}

#[derive(Serialize, ToSchema)]
struct ReasonJson {
    /// `not_configured`, `off`, `no_members`, `about_to_be_assigned`, or what holds back most members.
    reason: &'static str,
    words: &'static str,
    leads: i64,
    /// How many members each reason holds back.
    members: Vec<MembersJson>,
    /// When time alone next changes somebody's readiness.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_change: Option<Micros>,
}

#[derive(Serialize, ToSchema)]
struct MembersJson {
    reason: &'static str,
    members: usize,
}

/// Today by source and status, the flow of leads, and what waits and why.
#[utoipa::path(get, path = "/api/v1/stats/overview", tag = "statistics", operation_id = "stats_overview",
    responses((status = 200, description = "As of now", body = OverviewJson), Problems))]
async fn overview(State(app): State<App>, who: Who<Staff>) -> Answer {
    let (db, org, now) = (app.reader(), who.org(), app.engine().now());
    let Overview { day_start, today, waiting, .. } = engine::overview::overview(db, org, now).await?;
    let steps = |sums: Vec<FlowSum>| sums.into_iter().map(StepJson::from).collect();
    let last_day = engine::overview::flow(db, org, now, 24, 4).await?;
    let last_week = engine::overview::flow(db, org, now, 28, 24).await?;
    answer::ok(&OverviewJson {
        now,
        day_start,
        today: today.into_iter().map(TodayJson::from).collect(),
        last_day: steps(last_day),
        last_week: steps(last_week),
        waiting: waiting.into_iter().map(WaitingJson::from).collect(),
    })
}

impl From<SourceToday> for TodayJson {
    fn from(today: SourceToday) -> Self {
        let assignment_rate = today.assignment_rate();
        let count = |(status, leads)| StatusCount { status, leads };
        Self {
            source: today.source.name,
            created: today.created,
            by_status: today.by_status.into_iter().map(count).collect(),
            assignment_rate,
            assigned: today.assigned,
            handed_back: today.handed_back,
            closed: today.closed,
            waiting: today.waiting,
        }
    }
}

impl From<FlowSum> for StepJson {
    fn from(sum: FlowSum) -> Self {
        let FlowSum { from, created, assigned, handed_back, closed } = sum;
        Self { from, created, assigned, handed_back, closed }
    }
}

impl From<SourceWaiting> for WaitingJson {
    fn from(queue: SourceWaiting) -> Self {
        let SourceWaiting { source, waiting, asked, reasons } = queue;
        let reasons = reasons.into_iter().map(ReasonJson::from).collect();
        Self { source: source.name, waiting, asked, reasons }
    }
}

impl From<LeadsWhy> for ReasonJson {
    fn from(why: LeadsWhy) -> Self {
        let LeadsWhy { why, leads, members, next_change } = why;
        let count =
            |c: &engine::overview::MembersWhy| MembersJson { reason: c.reason.word(), members: c.count };
        let members = members.iter().map(count).collect();
        Self { reason: why.word(), words: why.words(), leads, members, next_change }
    }
}
