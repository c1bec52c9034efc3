//! A source's auto-assign: shown, saved (the backlog goes out at once), deleted, run now.

use crate::agent::weight;
use crate::answer::{self, Answer};
use crate::app::App;
use crate::body::{Bare, Json};
use crate::keyed;
use crate::lead_view::AgentNameJson;
use crate::params::Seg;
use crate::problem::{Problem, or_missing};
use crate::rights::{Staff, Who};
use crate::schema::{self, Problems};
use axum::extract::State;
use axum::http::StatusCode;
use engine::assign::backlog::{Run, RunReport};
use engine::assign::config::{AgentRef, DeleteConfig, SaveConfig};
use engine::{By, Refusal};
use model::{AgentId, BacklogOrder, BatchId, OrgId, PolicyKind, Presence, Trigger, Weight};
use serde::{Deserialize, Serialize};
use store::source::Source;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(fetch, save, remove)).routes(routes!(run))
}

/// A source's configuration as it stands.
#[derive(Serialize, ToSchema)]
#[schema(as = AutoAssign)]
struct ConfigJson {
    source: String,
    configured: bool,
    enabled: bool,
    #[schema(value_type = schema::PolicyWord)]
    policy: PolicyKind,
    #[schema(value_type = schema::OrderWord)]
    order: BacklogOrder,
    version: i64,
    members: Vec<MemberJson>,
    /// Leads without an agent that are not final.
    waiting: i64,
    /// Members who can take a lead now, in the order of their next turn.
    next: Vec<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = AutoAssignMember)]
struct MemberJson {
    #[schema(value_type = String)]
    agent_id: AgentId,
    name: String,
    number: i64,
    weight: f64,
    /// What the pool owes it, in leads, as a decimal.
    #[schema(example = "0.25")]
    credit: String,
    #[schema(value_type = schema::PresenceWord)]
    presence: Presence,
    active: bool,
}

/// What a saved configuration did.
#[derive(Serialize, ToSchema)]
#[schema(as = AutoAssignSaved)]
struct SavedJson {
    #[serde(flatten)]
    config: ConfigJson,
    assigned_count: i64,
    breakdown: Vec<PartJson>,
    #[schema(value_type = String)]
    batch_id: BatchId,
}

/// What a run did.
#[derive(Serialize, ToSchema)]
#[schema(as = RunReport)]
struct RunJson {
    assigned_count: i64,
    breakdown: Vec<PartJson>,
    /// Most minus fewest leads ever given among the members.
    spread: i64,
    #[schema(value_type = String)]
    batch_id: BatchId,
    /// Leads that still wait.
    waiting: i64,
}

/// One agent's part of a run.
#[derive(Serialize, ToSchema)]
#[schema(as = RunPart)]
struct PartJson {
    #[schema(value_type = AgentNameJson<'static>)]
    agent: OwnedAgentName,
    assigned: i64,
    /// Leads ever given, any source, less hand-backs.
    total: i64,
}

struct OwnedAgentName(store::lead::AgentName);

impl Serialize for OwnedAgentName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        AgentNameJson::from(&self.0).serialize(serializer)
    }
}

fn parts(report: &RunReport) -> Vec<PartJson> {
    let part = |p: &engine::assign::backlog::Part| PartJson {
        agent: OwnedAgentName(p.agent.clone()),
        assigned: p.assigned,
        total: p.total,
    };
    report.parts.iter().map(part).collect()
}

async fn find(app: &App, org: OrgId, source: &str) -> Result<Source, Problem> {
    or_missing(store::source::source_find(app.reader(), org, source).await, "source")
}

async fn config(app: &App, org: OrgId, source: Source) -> Result<ConfigJson, Problem> {
    let db = app.reader();
    let pool = store::pool::pool_fetch(db, org, source.source_no).await?;
    let current: Vec<_> = pool.state.members.iter().filter(|m| m.current).collect();
    let numbers: Vec<i64> = current.iter().map(|m| m.agent_no).collect();
    let agents = store::agent::agent_list_no(db, org, &numbers).await?;
    let now = app.engine().now();
    let next = engine::assign::explain::next_order(db, org, source.source_no, now).await?;
    let tallies = store::stats::tally_list(db, org).await?;
    let member = |m: &&model::PoolMember| {
        let agent = agents.iter().find(|a| a.agent_no == m.agent_no)?;
        Some(MemberJson {
            agent_id: agent.id,
            name: agent.name.clone(),
            number: agent.agent_no,
            weight: m.weight.decimal(),
            credit: credit(m.credit),
            presence: agent.presence,
            active: agent.active,
        })
    };
    let name = |no: &i64| agents.iter().find(|a| a.agent_no == *no).map(|a| a.name.clone());
    Ok(ConfigJson {
        members: current.iter().filter_map(member).collect(),
        next: next.iter().filter_map(name).collect(),
        waiting: tallies.iter().filter(|t| t.source_no == source.source_no).map(|t| t.waiting).sum(),
        source: source.name,
        configured: pool.configured,
        enabled: pool.state.enabled,
        policy: pool.state.policy,
        order: pool.state.order,
        version: pool.state.config_version,
    })
}

/// Leads owed, as a decimal without needless zeros.
fn credit(credit: model::Credit) -> String {
    let text = format!("{:.6}", credit.leads() + 0.0);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A source's configuration.
#[utoipa::path(get, path = "/api/v1/sources/{source}/auto-assign", tag = "auto-assign",
    operation_id = "auto_assign_fetch", params(("source" = String, Path, description = "Name or id")),
    responses((status = 200, description = "The configuration", body = ConfigJson), Problems))]
async fn fetch(State(app): State<App>, who: Who<Staff>, Seg(source): Seg<String>) -> Answer {
    let source = find(&app, who.org(), &source).await?;
    answer::ok(&config(&app, who.org(), source).await?)
}

/// A configuration; what is not given stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConfigBody {
    enabled: Option<bool>,
    #[schema(value_type = Option<schema::PolicyWord>)]
    policy: Option<PolicyKind>,
    #[schema(value_type = Option<schema::OrderWord>)]
    order: Option<BacklogOrder>,
    /// All of them.
    members: Option<Vec<MemberBody>>,
    /// The version that was read: 409 `changed_meanwhile` if somebody has saved another one since.
    version: Option<i64>,
}

/// A member, by id or by number.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MemberBody {
    #[schema(value_type = Option<String>)]
    agent_id: Option<AgentId>,
    number: Option<i64>,
    /// The agent's own without.
    weight: Option<f64>,
}

impl MemberBody {
    fn resolved(self) -> Result<(AgentRef, Option<Weight>), Problem> {
        let agent = match (self.agent_id, self.number) {
            (Some(id), None) => AgentRef::Id(id),
            (None, Some(number)) => AgentRef::No(number),
            _ => return Err(Problem::field("members", "name each agent by agent_id or by number")),
        };
        Ok((agent, self.weight.map(weight).transpose()?))
    }
}

/// Saves a configuration and gives out what waits.
#[utoipa::path(put, path = "/api/v1/sources/{source}/auto-assign", tag = "auto-assign",
    operation_id = "auto_assign_save", params(("source" = String, Path, description = "Name or id")),
    request_body = ConfigBody,
    responses((status = 200, description = "The configuration, and what was given out", body = SavedJson), Problems))]
async fn save(
    State(app): State<App>,
    who: Who<Staff>,
    Seg(source): Seg<String>,
    body: Json<ConfigBody>,
) -> Answer {
    let ConfigBody { enabled, policy, order, members, version: seen } = body.value;
    if members.as_ref().is_some_and(|members| members.len() > 10_000) {
        return Err(Problem::field("members", "at most 10000 members"));
    }
    let members = members.map(|m| m.into_iter().map(MemberBody::resolved).collect()).transpose()?;
    let command = SaveConfig { source, enabled, policy, order, members, seen };
    let (source, report) = save_and_run(&app, &who.by(), command).await?;
    answer::ok(&SavedJson {
        config: config(&app, who.org(), source).await?,
        assigned_count: report.assigned,
        breakdown: parts(&report),
        batch_id: report.batch_id,
    })
}

/// Saves a configuration, then gives out what waits.
pub(crate) async fn save_and_run(
    app: &App,
    by: &By,
    command: SaveConfig,
) -> Result<(Source, RunReport), Problem> {
    let saved = app.engine().run(by, command).await?;
    let run = Run::new(saved.source.source_no, Trigger::Save);
    let report = app.engine().run_backlog(by, run, |_| {}).await?;
    Ok((saved.source, report))
}

/// Deletes a configuration: leads wait; credits and history stay.
#[utoipa::path(delete, path = "/api/v1/sources/{source}/auto-assign", tag = "auto-assign",
    operation_id = "auto_assign_remove", params(("source" = String, Path, description = "Name or id")),
    responses((status = 204, description = "Deleted"), Problems))]
async fn remove(State(app): State<App>, who: Who<Staff>, Seg(source): Seg<String>) -> Answer {
    app.engine().run(&who.by(), DeleteConfig { source }).await?;
    Ok(answer::no_content())
}

/// Gives out what waits in a source.
pub(crate) async fn run_now(app: &App, by: &By, source: &str) -> Result<(Source, RunReport), Problem> {
    let source = find(app, by.org, source).await?;
    if !store::pool::pool_fetch(app.reader(), by.org, source.source_no).await?.configured {
        return Err(Refusal::NotConfigured.into());
    }
    let run = Run::new(source.source_no, Trigger::Run);
    let report = app.engine().run_backlog(by, run, |_| {}).await?;
    Ok((source, report))
}

/// Gives out what waits, now.
#[utoipa::path(post, path = "/api/v1/sources/{source}/auto-assign/run", tag = "auto-assign",
    operation_id = "auto_assign_run", params(("source" = String, Path, description = "Name or id")),
    responses((status = 200, description = "What was given out", body = RunJson), Problems))]
async fn run(State(app): State<App>, who: Who<Staff>, Seg(source): Seg<String>, bare: Bare) -> Answer {
    let by = who.by();
    keyed::work(&app, &by, bare.key, async {
        let (_, report) = run_now(&app, &by, &source).await?;
        let report = RunJson {
            assigned_count: report.assigned,
            breakdown: parts(&report),
            spread: report.spread(),
            batch_id: report.batch_id,
            waiting: report.waiting,
        };
        Ok((StatusCode::OK, answer::to_text(&report)?))
    })
    .await
}
