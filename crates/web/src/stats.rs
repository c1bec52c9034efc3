//! Statistics: who has got how many leads out of which source, and how evenly.

use crate::answer::{self, Answer};
use crate::app::App;
use crate::lead_view::AgentNameJson;
use crate::params::Query;
use crate::problem::or_missing;
use crate::rights::{Staff, Who};
use crate::schema::{self, Problems};
use axum::extract::State;
use engine::assign::distribution::{self, Facts, Share, distribution as spread_of};
use engine::assign::simulate::Spread;
use model::{Micros, PolicyKind};
use serde::{Deserialize, Serialize};
use store::lead::AgentName;
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
    let facts = Facts::load(db, org, only, app.engine().now()).await?;
    let mut told = Vec::with_capacity(sources.len());
    for source in sources {
        told.push(SourceDistribution::new(spread_of(db, org, source, &facts).await?, &facts));
    }
    answer::ok(&Distribution { sources: told, overall: facts.overall().into() })
}

impl From<Spread> for Overall {
    fn from(spread: Spread) -> Self {
        Self {
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
}

impl SourceDistribution {
    fn new(d: distribution::Distribution, facts: &Facts) -> Self {
        Self {
            configured: d.configured,
            enabled: d.enabled,
            policy: d.policy,
            total: d.total,
            waiting: d.waiting,
            assigned: d.assigned,
            average: d.spread.average,
            min: d.spread.min,
            max: d.spread.max,
            spread: d.spread.spread,
            variance: d.spread.variance,
            verdict: d.spread.verdict.word(),
            lagging: d.lagging,
            last_assigned_at: d.last_at,
            next: d.next.iter().filter_map(|no| facts.agent(*no).map(|a| a.name.clone())).collect(),
            source: d.source.name,
            agents: d.shares.into_iter().map(AgentShare::from).collect(),
        }
    }
}

impl From<Share> for AgentShare {
    fn from(share: Share) -> Self {
        let Share { agent, total, share, member, last_at } = share;
        Self {
            agent: Named(AgentName { agent_no: agent.agent_no, id: agent.id, name: agent.name }),
            total,
            share,
            target_share: member.map(|m| m.target),
            weight: member.map(|m| m.weight.decimal()),
            last_assigned_at: last_at,
        }
    }
}
