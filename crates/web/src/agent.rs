//! Agents: listed, added, changed, present, removed.

use crate::answer::{self, Answer};
use crate::app::App;
use crate::body::Json;
use crate::keyed;
use crate::page;
use crate::params::{Query, Seg};
use crate::problem::{Problem, or_missing};
use crate::rights::{Presence as PresenceClass, Staff, Who};
use crate::schema::{self, Problems};
use axum::extract::State;
use axum::http::StatusCode;
use engine::Refusal;
use engine::agent::{AgentSettings, CreateAgent, DeleteAgent, SetPresence, UpdateAgent};
use model::{AgentId, Availability, Micros, Presence, UserId, Weight};
use serde::{Deserialize, Deserializer, Serialize};
use store::agent::Agent;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(fetch, patch, remove))
        .routes(routes!(presence))
}

/// An agent.
#[derive(Serialize, ToSchema)]
#[schema(as = Agent)]
pub(crate) struct AgentJson {
    #[schema(value_type = String)]
    id: AgentId,
    /// 1, 2, … per organisation.
    number: i64,
    name: String,
    email: Option<String>,
    #[schema(value_type = Option<String>)]
    user_id: Option<UserId>,
    active: bool,
    #[schema(value_type = schema::PresenceWord)]
    presence: Presence,
    weight: f64,
    skills: Vec<String>,
    daily_cap: Option<i64>,
    open_cap: Option<i64>,
    #[schema(value_type = schema::AvailabilityBody)]
    availability: Availability,
    /// Leads ever given, any source, manual too, less hand-backs.
    total: i64,
    /// Leads it holds that are not final.
    open_count: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_assigned_at: Option<Micros>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Micros,
}

impl From<&Agent> for AgentJson {
    fn from(a: &Agent) -> Self {
        Self {
            id: a.id,
            number: a.agent_no,
            name: a.name.clone(),
            email: a.email.clone(),
            user_id: a.user_id,
            active: a.active,
            presence: a.presence,
            weight: a.weight.decimal(),
            skills: a.skills.clone(),
            daily_cap: a.daily_cap,
            open_cap: a.open_cap,
            availability: a.availability.clone(),
            total: a.total,
            open_count: a.open_count,
            last_assigned_at: a.last_assigned_at.map(Micros),
            created_at: Micros(a.created_at),
        }
    }
}

/// The settings of an agent. What is not given stays (or gets its default); null clears.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct AgentBody {
    name: Option<String>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// The user that signs in as this agent.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    user_id: Option<Option<UserId>>,
    active: Option<bool>,
    /// 0.001 to 1000; 1 without.
    weight: Option<f64>,
    skills: Option<Vec<String>>,
    /// Leads a local day.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    daily_cap: Option<Option<i64>>,
    /// Open leads at one time.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    open_cap: Option<Option<i64>>,
    #[schema(value_type = Option<schema::AvailabilityBody>)]
    availability: Option<Availability>,
}

/// Tells null from not there.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(d: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(d).map(Some)
}

impl AgentBody {
    fn settings(self) -> Result<AgentSettings, Problem> {
        Ok(AgentSettings {
            name: self.name.map(|name| plain("name", name, 200)).transpose()?,
            email: self
                .email
                .map(|email| email.map(|e| email_address("email", &e)).transpose())
                .transpose()?,
            user: self.user_id,
            active: self.active,
            weight: self.weight.map(weight).transpose()?,
            skills: self.skills.map(skills).transpose()?,
            daily_cap: self.daily_cap,
            open_cap: self.open_cap,
            availability: self.availability.map(availability).transpose()?,
        })
    }
}

/// One line of printable text.
pub(crate) fn plain(field: &str, text: String, most: usize) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > most || text.chars().any(char::is_control) {
        return Err(Problem::field(field, format!("must have 1 to {most} printable characters")));
    }
    Ok(text.to_owned())
}

/// An e-mail address.
pub(crate) fn email_address(field: &str, text: &str) -> Result<String, Problem> {
    let email = engine::intake::email::parse(text).map_err(|e| Problem::field(field, e.to_string()))?;
    Ok(email.as_str().to_owned())
}

/// A weight.
pub(crate) fn weight(weight: f64) -> Result<Weight, Problem> {
    Weight::from_decimal(weight).ok_or_else(|| Problem::field("weight", "must be from 0.001 to 1000"))
}

/// Skills.
pub(crate) fn skills(skills: Vec<String>) -> Result<Vec<String>, Problem> {
    if skills.len() > 100 {
        return Err(Problem::field("skills", "at most 100 skills"));
    }
    skills.into_iter().map(|skill| plain("skills", skill, 100)).collect()
}

/// Working hours and absences.
pub(crate) fn availability(a: Availability) -> Result<Availability, Problem> {
    if a.shifts.len() > 100 || a.leave.len() > 1000 || a.holidays.len() > 1000 {
        return Err(Problem::field("availability", "at most 100 shifts, 1000 leaves and 1000 holidays"));
    }
    if a.leave.iter().any(|leave| leave.to < leave.from) {
        return Err(Problem::field("availability.leave", "ends before it begins"));
    }
    Ok(a)
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    pub(crate) limit: Option<i64>,
    pub(crate) cursor: Option<String>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
struct AgentList {
    items: Vec<AgentJson>,
    next_cursor: Option<String>,
}

/// Agents by number.
#[utoipa::path(get, path = "/api/v1/agents", tag = "agents", operation_id = "agent_list", params(PageQuery),
    responses((status = 200, description = "A page", body = AgentList), Problems))]
async fn list(State(app): State<App>, who: Who<Staff>, Query(query): Query<PageQuery>) -> Answer {
    let limit = page::limit(query.limit)?;
    let [after] = page::numbers(query.cursor.as_deref())?.unwrap_or([0]);
    let rows = store::agent::agent_list(app.reader(), who.org(), after, limit + 1).await?;
    answer::ok(&page::page(rows, limit, |a| page::cursor(&[a.agent_no]), |a| AgentJson::from(&a)))
}

fn created(outcome: &Result<Agent, Refusal>) -> (u16, String) {
    answer::rendered(StatusCode::CREATED, outcome, AgentJson::from)
}

fn changed(outcome: &Result<Agent, Refusal>) -> (u16, String) {
    answer::rendered(StatusCode::OK, outcome, AgentJson::from)
}

/// Adds an agent.
#[utoipa::path(post, path = "/api/v1/agents", tag = "agents", operation_id = "agent_create",
    request_body = AgentBody, responses((status = 201, description = "Added", body = AgentJson), Problems))]
async fn create(State(app): State<App>, who: Who<Staff>, body: Json<AgentBody>) -> Answer {
    if body.value.name.is_none() {
        return Err(Problem::field("name", "is required"));
    }
    keyed::run(&app, &who.by(), CreateAgent(body.value.settings()?), body.key, created).await
}

/// One agent.
#[utoipa::path(get, path = "/api/v1/agents/{id}", tag = "agents", operation_id = "agent_fetch",
    params(("id" = String, Path)), responses((status = 200, description = "The agent", body = AgentJson), Problems))]
async fn fetch(State(app): State<App>, who: Who<Staff>, Seg(id): Seg<AgentId>) -> Answer {
    let agent = or_missing(store::agent::agent_fetch(app.reader(), who.org(), id).await, "agent")?;
    answer::ok(&AgentJson::from(&agent))
}

/// Changes an agent.
#[utoipa::path(patch, path = "/api/v1/agents/{id}", tag = "agents", operation_id = "agent_patch",
    params(("id" = String, Path)), request_body = AgentBody,
    responses((status = 200, description = "The agent", body = AgentJson), Problems))]
async fn patch(
    State(app): State<App>,
    who: Who<Staff>,
    Seg(agent): Seg<AgentId>,
    body: Json<AgentBody>,
) -> Answer {
    let command = UpdateAgent { agent, settings: body.value.settings()? };
    keyed::run(&app, &who.by(), command, None, changed).await
}

/// Removes an agent that has no history; others are deactivated instead.
#[utoipa::path(delete, path = "/api/v1/agents/{id}", tag = "agents", operation_id = "agent_remove",
    params(("id" = String, Path)), responses((status = 204, description = "Removed"), Problems))]
async fn remove(State(app): State<App>, who: Who<Staff>, Seg(id): Seg<AgentId>) -> Answer {
    app.engine().run(&who.by(), DeleteAgent(id)).await?;
    Ok(answer::no_content())
}

/// Whether an agent is at work.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PresenceBody {
    #[schema(value_type = schema::PresenceWord)]
    state: Presence,
}

/// Says whether an agent is at work.
#[utoipa::path(put, path = "/api/v1/agents/{id}/presence", tag = "agents", operation_id = "agent_presence",
    params(("id" = String, Path)), request_body = PresenceBody,
    responses((status = 200, description = "The agent", body = AgentJson), Problems))]
async fn presence(
    State(app): State<App>,
    who: Who<PresenceClass>,
    Seg(agent): Seg<AgentId>,
    body: Json<PresenceBody>,
) -> Answer {
    let command = SetPresence { agent, presence: body.value.state };
    keyed::run(&app, &who.by(), command, None, changed).await
}
