//! Statistics: who has got how many leads out of which source, and how evenly.

use crate::answer::{self, Answer};
use crate::app::App;
use crate::lead_view::AgentNameJson;
use crate::params::Query;
use crate::problem::{Problem, or_missing};
use crate::rights::{Staff, Who};
use crate::schema::{self, Problems};
use axum::extract::State;
use engine::assign::simulate as summary;
use model::{Micros, OrgId, PolicyKind, PoolState};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use store::agent::Agent;
use store::lead::AgentName;
use store::pool::SourceAgent;
use store::source::Source;
use store::stats::SourceTally;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(distribution))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DistributionQuery {
    /// By name or id; all without.
    source: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct Distribution {
    sources: Vec<SourceDistribution>,
    overall: Overall,
}

/// All sources together: leads ever given to active agents.
#[derive(Serialize, ToSchema)]
struct Overall {
    agents: usize,
    total: i64,
    average: f64,
    min: i64,
    max: i64,
    spread: i64,
    variance: f64,
    /// `excellent` (≤ 1), `good` (≤ 3) or `uneven`.
    verdict: &'static str,
}

#[derive(Serialize, ToSchema)]
struct SourceDistribution {
    source: String,
    configured: bool,
    enabled: bool,
    #[schema(value_type = schema::PolicyWord)]
    policy: PolicyKind,
    /// Leads of the source.
    total: i64,
    /// Leads without an agent that are not final.
    waiting: i64,
    /// Leads given out of the source, less hand-backs.
    assigned: i64,
    agents: Vec<AgentShare>,
    average: f64,
    min: i64,
    max: i64,
    spread: i64,
    variance: f64,
    /// `excellent` (≤ 1), `good` (≤ 3) or `uneven`.
    verdict: &'static str,
    /// Who is more than one lead below the average, the furthest first.
    lagging: Vec<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_assigned_at: Option<Micros>,
    /// Members who can take a lead now, in the order of their next turn.
    next: Vec<String>,
}

#[derive(Serialize, ToSchema)]
struct AgentShare {
    #[schema(value_type = AgentNameJson<'static>)]
    agent: Named,
    /// Out of this source, less hand-backs.
    total: i64,
    /// Of what was given out, 0 to 1.
    share: f64,
    /// By weight, 0 to 1; null for those who are no members (any more).
    target_share: Option<f64>,
    weight: Option<f64>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_assigned_at: Option<Micros>,
}

struct Named(AgentName);

impl Serialize for Named {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        AgentNameJson::from(&self.0).serialize(serializer)
    }
}

/// What all sources need.
struct Facts {
    agents: HashMap<i64, Agent>,
    given: Vec<SourceAgent>,
    tallies: Vec<SourceTally>,
    now: Micros,
}

/// Who has got how many leads, and how evenly.
#[utoipa::path(get, path = "/api/v1/stats/distribution", tag = "statistics", operation_id = "stats_distribution",
    params(DistributionQuery),
    responses((status = 200, description = "Per source and over all", body = Distribution), Problems))]
async fn distribution(
    State(app): State<App>,
    who: Who<Staff>,
    Query(query): Query<DistributionQuery>,
) -> Answer {
    let (db, org) = (app.reader(), who.org());
    let sources = match &query.source {
        Some(name) => vec![or_missing(store::source::source_find(db, org, name).await, "source")?],
        None => store::source::source_list(db, org, 0, 10_000).await?,
    };
    let only = query.source.as_ref().and_then(|_| sources.first().map(|s| s.source_no));
    let agents = store::agent::agent_list(db, org, 0, 100_000).await?;
    let facts = Facts {
        agents: agents.into_iter().map(|a| (a.agent_no, a)).collect(),
        given: store::pool::source_agent_list(db, org, only).await?,
        tallies: store::stats::tally_list(db, org).await?,
        now: app.engine().now(),
    };
    let mut told = Vec::with_capacity(sources.len());
    for source in sources {
        told.push(of_source(&app, org, source, &facts).await?);
    }
    answer::ok(&Distribution { sources: told, overall: overall(&facts) })
}

fn overall(facts: &Facts) -> Overall {
    let totals: Vec<i64> = facts.agents.values().filter(|a| a.active).map(|a| a.total).collect();
    let spread = summary::spread(&totals);
    Overall {
        agents: spread.agents,
        total: spread.sum,
        average: spread.average,
        min: spread.min,
        max: spread.max,
        spread: spread.spread,
        variance: spread.variance,
        verdict: spread.verdict.word(),
    }
}

async fn of_source(
    app: &App,
    org: OrgId,
    source: Source,
    facts: &Facts,
) -> Result<SourceDistribution, Problem> {
    let pool = store::pool::pool_fetch(app.reader(), org, source.source_no).await?;
    let given: Vec<&SourceAgent> = facts.given.iter().filter(|g| g.source_no == source.source_no).collect();
    let agents = shares(&pool.state, &given, facts);
    // The spread is the members'; whoever has left does not count any more.
    let members: Vec<&AgentShare> = agents.iter().filter(|a| a.weight.is_some()).collect();
    let counts: Vec<i64> = members.iter().map(|a| a.total).collect();
    let spread = summary::spread(&counts);
    let lagging =
        summary::lagging(&counts).into_iter().map(|place| members[place].agent.0.name.clone()).collect();
    let tallies = || facts.tallies.iter().filter(|t| t.source_no == source.source_no);
    let next = match pool.configured {
        true => engine::assign::explain::next_order(app.reader(), org, source.source_no, facts.now).await?,
        false => Vec::new(),
    };
    Ok(SourceDistribution {
        configured: pool.configured,
        enabled: pool.state.enabled,
        policy: pool.state.policy,
        total: tallies().map(|t| t.leads).sum(),
        waiting: tallies().map(|t| t.waiting).sum(),
        assigned: given.iter().map(|g| g.given).sum(),
        average: spread.average,
        min: spread.min,
        max: spread.max,
        spread: spread.spread,
        variance: spread.variance,
        verdict: spread.verdict.word(),
        lagging,
        last_assigned_at: given.iter().filter(|g| g.last_at > 0).map(|g| Micros(g.last_at)).max(),
        next: next.iter().filter_map(|no| facts.agents.get(no).map(|a| a.name.clone())).collect(),
        source: source.name,
        agents,
    })
}

/// Everybody who is a member or has got something, by number.
fn shares(pool: &PoolState, given: &[&SourceAgent], facts: &Facts) -> Vec<AgentShare> {
    let sum: i64 = given.iter().map(|g| g.given).sum();
    let current = || pool.members.iter().filter(|m| m.current);
    let weights: i64 = current().map(|m| m.weight.thousandths()).sum();
    let mut numbers: Vec<i64> =
        current().map(|m| m.agent_no).chain(given.iter().map(|g| g.agent_no)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let share = |agent_no: i64| {
        let agent = facts.agents.get(&agent_no)?;
        let got = given.iter().find(|g| g.agent_no == agent_no);
        let total = got.map_or(0, |g| g.given);
        let weight = current().find(|m| m.agent_no == agent_no).map(|m| m.weight);
        Some(AgentShare {
            agent: Named(AgentName { agent_no, id: agent.id, name: agent.name.clone() }),
            total,
            share: if sum > 0 { total as f64 / sum as f64 } else { 0.0 },
            target_share: weight.map(|w| w.thousandths() as f64 / weights as f64),
            weight: weight.map(model::Weight::decimal),
            last_assigned_at: got.map(|g| Micros(g.last_at)),
        })
    };
    numbers.into_iter().filter_map(share).collect()
}
