//! Why this agent, why not that one, why does the lead wait: told from the stored decision by taking it again.

use crate::assign::History;
use crate::{Failure, Refusal};
use model::assignment::StepKind;
use model::{AgentFacts, LeadId, Micros, OrgId, PoolState};
use routing::{Checkpoint, Explanation, ReplayMismatch, Roster, WaitingExplanation};
use serde::Serialize;
use store::Query;
use store::assignment::AssignmentRow;
use store::pool::PoolRow;

/// The answer to "why".
#[derive(Debug, Clone, Serialize)]
pub struct Explained {
    /// The lead.
    pub lead_id: LeadId,
    /// Its name for people.
    pub lead_uid: String,
    /// `assigned`, `waiting`, or `closed` (final without an agent).
    pub state: &'static str,
    /// In plain English.
    pub sentences: Vec<String>,
    /// How the lead came to the agent who has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// Why it waits, as of now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<WaitingExplanation>,
}

/// A stored decision, taken again.
#[derive(Debug, Clone, Serialize)]
pub struct Decision {
    /// The organisation's number of the step.
    pub assignment_no: i64,
    /// When.
    pub at: Micros,
    /// How the agent was chosen.
    pub method: model::Method,
    /// What made it happen.
    pub trigger: model::Trigger,
    /// Who asked.
    pub actor: String,
    /// Why, where a person said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The configuration in force.
    pub config_version: i64,
    /// The numbers that decided.
    pub explanation: Explanation,
}

/// Explains a lead as it stands.
pub async fn explain(db: &impl Query, org: OrgId, lead: LeadId, now: Micros) -> Result<Explained, Failure> {
    let row = match store::lead::lead_fetch(db, org, lead).await {
        Err(store::Error::NotFound) => return Err(Refusal::NotFound("lead").into()),
        other => other?,
    };
    let pool = store::pool::pool_fetch(db, org, row.source_no).await?;
    let mut explained = Explained {
        lead_id: row.lead_id(),
        lead_uid: model::lead::uid(row.lead_no),
        state: match (row.agent_no, row.is_open) {
            (Some(_), _) => "assigned",
            (None, true) => "waiting",
            (None, false) => "closed",
        },
        sentences: Vec::new(),
        decision: None,
        waiting: None,
    };
    if explained.state == "waiting" {
        let waiting = explain_pool(db, org, &pool.state, &row.needs(), now).await?;
        explained.sentences = waiting.sentences();
        explained.waiting = Some(waiting);
        return Ok(explained);
    }
    let steps = store::assignment::assignment_list_lead(db, org, row.lead_no).await?;
    match steps.into_iter().rev().find(|s| s.kind != StepKind::HandBack) {
        Some(step) => {
            let decision = decision(db, org, &pool, step).await?;
            explained.sentences = decision.explanation.sentences();
            explained.decision = Some(decision);
        }
        None => explained.sentences.push(format!("The lead was closed as {} without an agent.", row.status)),
    }
    Ok(explained)
}

async fn decision(
    db: &impl Query,
    org: OrgId,
    pool: &PoolRow,
    row: AssignmentRow,
) -> Result<Decision, Failure> {
    let explanation = taken_again(db, org, pool, row.pool_seq).await?;
    Ok(Decision {
        assignment_no: row.assignment_no,
        at: Micros(row.created_at),
        method: row.method,
        trigger: row.trigger,
        actor: row.actor.to_string(),
        reason: row.reason,
        config_version: row.config_version,
        explanation,
    })
}

async fn taken_again(db: &impl Query, org: OrgId, pool: &PoolRow, seq: i64) -> Result<Explanation, Failure> {
    let source_no = pool.state.source_no;
    let checkpoint = match store::pool::checkpoint_before(db, org, source_no, seq - 1).await? {
        Some((_, _, state)) => Checkpoint::decode(&state).map_err(|e| Failure::Internal(e.to_string()))?,
        None => Checkpoint { seq: 0, last_slot: -1, credits: Vec::new() },
    };
    let history = History::load(db, org, pool, checkpoint.seq, seq).await?;
    let mismatch = |e: ReplayMismatch| Failure::Internal(format!("the stored decision does not replay: {e}"));
    routing::replay(&checkpoint, history.steps()?).map_err(mismatch)
}

async fn explain_pool(
    db: &impl Query,
    org: OrgId,
    pool: &PoolState,
    needs: &model::LeadNeeds,
    now: Micros,
) -> Result<WaitingExplanation, Failure> {
    let agents = member_facts(db, org, pool).await?;
    Ok(routing::explain_waiting(now, pool, &agents, needs))
}

/// Why a pool gives out nothing now, member by member, for a lead without special needs.
pub async fn explain_source(
    db: &impl Query,
    org: OrgId,
    source_no: i64,
    now: Micros,
) -> Result<WaitingExplanation, Failure> {
    let pool = store::pool::pool_fetch(db, org, source_no).await?;
    explain_pool(db, org, &pool.state, &model::LeadNeeds::default(), now).await
}

/// The members of a pool who can take a lead now, by number, in the order of their next turn: NEXT, then WAITING.
pub async fn next_order(
    db: &impl Query,
    org: OrgId,
    source_no: i64,
    now: Micros,
) -> Result<Vec<i64>, Failure> {
    let pool = store::pool::pool_fetch(db, org, source_no).await?;
    let roster = Roster::new(now, member_facts(db, org, &pool.state).await?);
    Ok(routing::next_order(&pool.state, &roster))
}

/// The current members of a pool, as routing knows them.
pub(crate) async fn member_facts(
    db: &impl Query,
    org: OrgId,
    pool: &PoolState,
) -> Result<Vec<AgentFacts>, Failure> {
    let numbers: Vec<i64> = pool.members.iter().filter(|m| m.current).map(|m| m.agent_no).collect();
    let zone: std::sync::Arc<str> = store::organization::organization_fetch(db, org).await?.timezone.into();
    let agents = store::agent::agent_list_no(db, org, &numbers).await?;
    Ok(agents.iter().map(|a| a.facts(&zone)).collect())
}

/// Whether each agent could take a lead now, and if not, why, in words.
pub async fn availability(
    db: &impl Query,
    org: OrgId,
    now: Micros,
) -> Result<Vec<AgentAvailability>, Failure> {
    let zone: std::sync::Arc<str> = store::organization::organization_fetch(db, org).await?.timezone.into();
    let agents = store::agent::agent_list(db, org, 0, 10_000).await?;
    Ok(agents.into_iter().map(|agent| AgentAvailability::of(agent, &zone, now)).collect())
}

impl AgentAvailability {
    /// Of an agent in an organisation of this zone.
    pub fn of(agent: store::agent::Agent, zone: &std::sync::Arc<str>, now: Micros) -> Self {
        let facts = agent.facts(zone);
        let verdict = routing::readiness(now, &facts);
        Self {
            available: verdict.is_eligible(),
            why: verdict.sentence(now, &facts, &model::LeadNeeds::default()),
            next_change: routing::next_change(now, &facts),
            today: if facts.day == Some(routing::local_day(now, &facts)) { facts.day_count } else { 0 },
            agent,
        }
    }
}

/// An agent and whether it could take a lead.
#[derive(Debug, Clone)]
pub struct AgentAvailability {
    /// The agent.
    pub agent: store::agent::Agent,
    /// Leads it got on its own local day.
    pub today: i64,
    /// It could.
    pub available: bool,
    /// Why not, in words.
    pub why: String,
    /// When time alone next changes that.
    pub next_change: Option<Micros>,
}
