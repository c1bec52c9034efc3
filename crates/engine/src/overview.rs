//! What the overview shows: today by source and status, the flow of leads, what waits and why. It only reads.

use crate::Failure;
use crate::assign::explain::member_facts;
use model::{LeadNeeds, Micros, OrgId, Status};
pub use routing::ReasonCount as MembersWhy;
use routing::WaitingExplanation;
use std::collections::BTreeMap;
use store::Query;
use store::flow::{COHORT_SECONDS, FlowStep, QUARTER, cohort_list, flow_list, quarter, waiting_needs};
use store::source::Source;

/// How many waiting leads of a source are asked why they wait.
const ASKED: i64 = 100;
/// How many sources are asked, those with most waiting leads first.
const SOURCES: usize = 50;

/// The numbers of a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    /// The moment.
    pub now: Micros,
    /// When the organisation's day began.
    pub day_start: Micros,
    /// Sources in which something came in today, something happened today, or something waits; by number.
    pub today: Vec<SourceToday>,
    /// What waits and why, the longest queue first.
    pub waiting: Vec<SourceWaiting>,
}

/// A source today.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceToday {
    /// Which.
    pub source: Source,
    /// Leads that came in today.
    pub created: i64,
    /// Of those: where they stand now, in the order of the statuses' names; none is zero.
    pub by_status: Vec<(Status, i64)>,
    /// Of those: without an agent and not final.
    pub unassigned: i64,
    /// Leads given to agents today, whenever they came in.
    pub assigned: i64,
    /// Leads handed back today.
    pub handed_back: i64,
    /// Leads that became final today.
    pub closed: i64,
    /// All leads of the source that wait.
    pub waiting: i64,
}

impl SourceToday {
    /// How much of what came in today has left the queue, 0 to 1; `None`: nothing came in.
    pub fn assignment_rate(&self) -> Option<f64> {
        (self.created > 0).then(|| 1.0 - self.unassigned as f64 / self.created as f64)
    }
}

/// A queue.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceWaiting {
    /// Which.
    pub source: Source,
    /// Leads that wait.
    pub waiting: i64,
    /// How many of them were asked, first in line first.
    pub asked: i64,
    /// Why those wait, the most common first.
    pub reasons: Vec<LeadsWhy>,
}

/// Leads that wait for the same reason.
#[derive(Debug, Clone, PartialEq)]
pub struct LeadsWhy {
    /// The reason.
    pub why: Why,
    /// How many of the asked.
    pub leads: i64,
    /// How many members there are for each reason, the most common first.
    pub members: Vec<MembersWhy>,
    /// When time alone next changes somebody's readiness.
    pub next_change: Option<Micros>,
}

/// Why a lead waits, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Automatic assignment was never configured for the source.
    NotConfigured,
    /// Automatic assignment is off.
    Off,
    /// The pool has no members.
    NoMembers,
    /// Somebody can take it: it is about to be given out.
    AboutToBeAssigned,
    /// No member can take it; what holds back most of them.
    Nobody(routing::Verdict),
}

impl Why {
    /// Stable reason code of the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotConfigured => "not_configured",
            Self::Off => "off",
            Self::NoMembers => "no_members",
            Self::AboutToBeAssigned => "about_to_be_assigned",
            Self::Nobody(verdict) => verdict.word(),
        }
    }

    /// As the end of a sentence: "3 leads wait: …".
    pub fn words(self) -> &'static str {
        match self {
            Self::NotConfigured => "automatic assignment is not configured",
            Self::Off => "automatic assignment is off",
            Self::NoMembers => "the pool has no members",
            Self::AboutToBeAssigned => "about to be assigned",
            Self::Nobody(verdict) => verdict.words(),
        }
    }
}

/// Everything about now and today.
pub async fn overview(db: &impl Query, org: OrgId, now: Micros) -> Result<Overview, Failure> {
    let zone = store::organization::organization_fetch(db, org).await?.timezone;
    let day_start = day_start(now, &zone);
    let mut today: BTreeMap<i64, SourceToday> = BTreeMap::new();
    let sources = store::source::source_list(db, org, 0, 100_000).await?;
    for source in sources {
        today.insert(source.source_no, SourceToday::of(source));
    }
    for sum in cohort_list(db, org, day_start.0).await? {
        if let Some(source) = today.get_mut(&sum.source_no) {
            source.created += sum.leads;
            source.unassigned += sum.waiting;
            source.by_status.push((sum.status, sum.leads));
        }
    }
    for step in flow_list(db, org, day_start.0, now.0 + QUARTER, COHORT_SECONDS * Micros::SECOND).await? {
        if let Some(source) = today.get_mut(&step.source_no) {
            source.assigned = step.assigned;
            source.handed_back = step.handed_back;
            source.closed = step.closed;
        }
    }
    for tally in store::stats::tally_list(db, org).await? {
        if let Some(source) = today.get_mut(&tally.source_no) {
            source.waiting += tally.waiting;
        }
    }
    let mut queues: Vec<&SourceToday> = today.values().filter(|s| s.waiting > 0).collect();
    queues.sort_by_key(|s| (std::cmp::Reverse(s.waiting), s.source.source_no));
    let mut waiting = Vec::new();
    for queue in queues.into_iter().take(SOURCES) {
        waiting.push(queue_of(db, org, queue.source.clone(), queue.waiting, now).await?);
    }
    let quiet =
        |s: &SourceToday| (s.created, s.assigned, s.handed_back, s.closed, s.waiting) == (0, 0, 0, 0, 0);
    let today = today.into_values().filter(|s| !quiet(s)).collect();
    Ok(Overview { now, day_start, today, waiting })
}

impl SourceToday {
    fn of(source: Source) -> Self {
        Self {
            source,
            created: 0,
            by_status: Vec::new(),
            unassigned: 0,
            assigned: 0,
            handed_back: 0,
            closed: 0,
            waiting: 0,
        }
    }
}

/// When the local day began that `now` lies in.
pub fn day_start(now: Micros, zone: &str) -> Micros {
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let start = now.timestamp().to_zoned(zone).start_of_day();
    // No zone is known whose days begin between two quarters; one that is old enough would be counted roughly.
    start.map_or(Micros(quarter(now.0)), |start| Micros(quarter(Micros::from_timestamp(start.timestamp()).0)))
}

/// What came and went in the last `steps` steps of so many quarters; steps end with the quarter that `now` lies in,
/// every step is there, oldest first.
pub async fn flow(
    db: &impl Query,
    org: OrgId,
    now: Micros,
    steps: i64,
    quarters: i64,
) -> Result<Vec<FlowSum>, Failure> {
    let step = quarters * QUARTER;
    let to = quarter(now.0) + QUARTER;
    let from = to - steps * step;
    let mut sums: Vec<FlowSum> =
        (0..steps).map(|n| FlowSum { from: Micros(from + n * step), ..FlowSum::default() }).collect();
    for FlowStep { from: at, created, assigned, handed_back, closed, .. } in
        flow_list(db, org, from, to, step).await?
    {
        if let Some(sum) = sums.get_mut(((at - from) / step) as usize) {
            sum.created += created;
            sum.assigned += assigned;
            sum.handed_back += handed_back;
            sum.closed += closed;
        }
    }
    Ok(sums)
}

/// What came and went in a step, over all sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FlowSum {
    /// When the step begins.
    pub from: Micros,
    /// Leads that came in.
    pub created: i64,
    /// Leads given to agents.
    pub assigned: i64,
    /// Leads handed back.
    pub handed_back: i64,
    /// Leads that became final.
    pub closed: i64,
}

/// Why the first leads in a source's queue wait, as of now.
pub async fn queue_of(
    db: &impl Query,
    org: OrgId,
    source: Source,
    waiting: i64,
    now: Micros,
) -> Result<SourceWaiting, Failure> {
    let pool = store::pool::pool_fetch(db, org, source.source_no).await?;
    if !pool.configured || !pool.state.enabled {
        let why = if pool.configured { Why::Off } else { Why::NotConfigured };
        let reasons = vec![LeadsWhy { why, leads: waiting, members: Vec::new(), next_change: None }];
        return Ok(SourceWaiting { source, waiting, asked: waiting, reasons });
    }
    let agents = member_facts(db, org, &pool.state).await?;
    let mut alike: Vec<(LeadNeeds, i64)> = Vec::new();
    for needs in waiting_needs(db, org, source.source_no, ASKED).await? {
        match alike.iter_mut().find(|(known, _)| *known == needs) {
            Some((_, leads)) => *leads += 1,
            None => alike.push((needs, 1)),
        }
    }
    let asked = alike.iter().map(|(_, leads)| leads).sum();
    let mut reasons: Vec<LeadsWhy> = Vec::new();
    for (needs, leads) in alike {
        let told = routing::explain_waiting(now, &pool.state, &agents, &needs);
        let why = why(&told);
        match reasons.iter_mut().find(|known| known.why == why) {
            Some(known) => known.leads += leads,
            None => {
                let WaitingExplanation { reasons: members, next_change, .. } = told;
                reasons.push(LeadsWhy { why, leads, members, next_change });
            }
        }
    }
    reasons.sort_by_key(|reason| (std::cmp::Reverse(reason.leads), reason.why));
    Ok(SourceWaiting { source, waiting, asked, reasons })
}

fn why(told: &WaitingExplanation) -> Why {
    if told.members.iter().any(|member| member.reason.is_eligible()) {
        return Why::AboutToBeAssigned;
    }
    told.reasons.first().map_or(Why::NoMembers, |first| Why::Nobody(first.reason))
}
