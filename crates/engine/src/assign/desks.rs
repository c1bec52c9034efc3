//! Pools at work in one transaction: facts are loaded once, leads are given out in memory, everything is recorded
//! together.

use crate::batch::{Batch, Origin};
use crate::notice::{To, What};
use model::assignment::StepKind;
use model::event::Event;
use model::{BatchId, LeadId, LeadNeeds, Method, Micros, OrgId, PoolState, Status, Trigger};
use routing::{CHECKPOINT_EVERY, Checkpoint, Desk, Roster};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use store::agent::{Agent, AgentCount};
use store::assignment::AssignmentRow;
use store::lead::{AgentName, LeadMove, LeadRow, Waiting};
use store::pool::SourceAgent;
use uuid::Uuid;

/// A lead as it stands before it is given out or back.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) lead_no: i64,
    pub(crate) id: LeadId,
    pub(crate) source_no: i64,
    pub(crate) status: Status,
    pub(crate) changes: i64,
    pub(crate) agent_no: Option<i64>,
    pub(crate) callback_at: Option<i64>,
    pub(crate) needs: LeadNeeds,
    pub(crate) created_at: i64,
}

impl From<&LeadRow> for Standing {
    fn from(row: &LeadRow) -> Self {
        Self {
            lead_no: row.lead_no,
            id: row.lead_id(),
            source_no: row.source_no,
            status: row.status,
            changes: row.changes,
            agent_no: row.agent_no,
            callback_at: row.callback_at,
            needs: row.needs(),
            created_at: row.created_at,
        }
    }
}

impl Standing {
    pub(crate) fn waiting(lead: Waiting, source_no: i64) -> Self {
        Self {
            lead_no: lead.lead_no,
            id: lead.id,
            source_no,
            status: lead.status,
            changes: lead.changes,
            agent_no: None,
            callback_at: lead.callback_at,
            needs: lead.needs,
            created_at: lead.created_at,
        }
    }
}

/// What all assignments of one step of work have in common.
#[derive(Debug, Clone)]
pub(crate) struct How {
    pub(crate) trigger: Trigger,
    pub(crate) batch: Option<BatchId>,
    pub(crate) actor: Arc<str>,
}

/// A lead that was given to an agent.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) lead_no: i64,
    pub(crate) lead_id: LeadId,
    pub(crate) source_no: i64,
    pub(crate) agent_no: i64,
    pub(crate) status: Status,
    pub(crate) changes: i64,
    pub(crate) method: Method,
}

struct OpenDesk {
    desk: Desk,
    before: PoolState,
    checkpoints: Vec<(PoolState, Vec<u8>)>,
}

/// The pools and agents of a piece of work.
pub(crate) struct Desks {
    org: OrgId,
    now: Micros,
    roster: Roster,
    agents: HashMap<i64, Agent>,
    desks: BTreeMap<i64, OpenDesk>,
    moves: Vec<LeadMove>,
    /// The public ids of the leads in `moves`, and when each came in.
    moved: Vec<(LeadId, i64)>,
    rows: Vec<AssignmentRow>,
    given: Vec<Given>,
    from_sources: BTreeMap<(i64, i64), i64>,
}

impl Desks {
    /// Loads and locks the pools of `sources`, then their members and `extra` agents.
    pub(crate) async fn open(
        batch: &Batch<'_>,
        org: OrgId,
        sources: &[i64],
        extra: &[i64],
    ) -> store::Result<Self> {
        let mut sources = sources.to_vec();
        sources.sort_unstable();
        sources.dedup();
        let mut pools = Vec::with_capacity(sources.len());
        for source_no in sources {
            pools.push(store::pool::pool_fetch_locked(batch.tx, org, source_no).await?.state);
        }
        let members = pools.iter().flat_map(|p| p.members.iter().filter(|m| m.current).map(|m| m.agent_no));
        let mut numbers: Vec<i64> = members.chain(extra.iter().copied()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let agents = match numbers.is_empty() {
            true => Vec::new(),
            false => store::agent::agent_list_locked(batch.tx, org, &numbers).await?,
        };
        let zone: Arc<str> = match agents.is_empty() {
            true => "UTC".into(),
            false => store::organization::organization_fetch(batch.tx, org).await?.timezone.into(),
        };
        let roster = Roster::new(batch.now, agents.iter().map(|a| a.facts(&zone)).collect());
        let open = |pool: PoolState| {
            let desk = Desk::new(pool.clone(), &roster);
            (pool.source_no, OpenDesk { desk, before: pool, checkpoints: Vec::new() })
        };
        Ok(Self {
            org,
            now: batch.now,
            desks: pools.into_iter().map(open).collect(),
            agents: agents.into_iter().map(|a| (a.agent_no, a)).collect(),
            roster,
            moves: Vec::new(),
            moved: Vec::new(),
            rows: Vec::new(),
            given: Vec::new(),
            from_sources: BTreeMap::new(),
        })
    }

    /// Gives out of a pool that is switched off, too: a person asked for it.
    pub(crate) fn switch_on(&mut self, source_no: i64) {
        if let Some(open) = self.desks.get_mut(&source_no) {
            let pool = PoolState { enabled: true, ..open.before.clone() };
            open.desk = Desk::new(pool, &self.roster);
        }
    }

    pub(crate) fn pool(&self, source_no: i64) -> Option<&PoolState> {
        self.desks.get(&source_no).map(|open| open.desk.pool())
    }

    /// Whether anybody could take a lead without special needs: if not, a backlog need not be walked.
    pub(crate) fn anybody(&self, source_no: i64) -> bool {
        let ready =
            |agent_no| self.roster.index_of(agent_no).is_some_and(|i| self.roster.readiness(i).is_eligible());
        self.pool(source_no)
            .is_some_and(|p| p.enabled && p.members.iter().any(|m| m.current && ready(m.agent_no)))
    }

    /// Gives a lead out by its pool's policy. `None`: it waits.
    pub(crate) fn give(&mut self, lead: &Standing, how: &How) -> Option<&Given> {
        let open = self.desks.get_mut(&lead.source_no)?;
        let pick = open.desk.assign(&mut self.roster, &lead.needs)?;
        let (to, slot) = (given_status(lead.status), Some(pick.slot));
        let step = StepOf { kind: StepKind::Pick, seq: pick.seq, slot, method: pick.method, to };
        self.gave(lead, how, pick.agent_no, step, None)
    }

    /// A person gives a lead to an agent. A lead that somebody holds is handed back first.
    pub(crate) fn give_to(
        &mut self,
        lead: &Standing,
        how: &How,
        agent_no: i64,
        reason: Option<String>,
    ) -> Option<&Given> {
        let open = self.desks.get_mut(&lead.source_no)?;
        let pick = open.desk.assign_to(&mut self.roster, &lead.needs, agent_no);
        let (to, slot, method) = (given_status(lead.status), pick.slot, Method::Manual);
        let step = StepOf { kind: StepKind::Manual, seq: pick.seq, slot, method, to };
        self.gave(lead, how, agent_no, step, reason)
    }

    fn gave(
        &mut self,
        lead: &Standing,
        how: &How,
        agent_no: i64,
        step: StepOf,
        reason: Option<String>,
    ) -> Option<&Given> {
        let total = self.roster.agent(agent_no).map_or(1, |a| a.total);
        let (method, to) = (step.method, step.to);
        self.step(lead, how, agent_no, step, (total - 1, total), reason);
        self.moved.push((lead.id, lead.created_at));
        self.moves.push(LeadMove {
            org_id: self.org.0,
            lead_no: lead.lead_no,
            n: lead.changes + 1,
            from_status: Some(lead.status),
            to_status: to,
            is_open: true,
            agent_before: lead.agent_no,
            agent_no: Some(agent_no),
            share_paid: false,
            skip_agent: None,
            callback_at: lead.callback_at,
            why: "assigned",
            actor: how.actor.clone(),
            note: None,
            at: self.now.0,
            given: true,
        });
        *self.from_sources.entry((lead.source_no, agent_no)).or_default() += 1;
        self.given.push(Given {
            lead_no: lead.lead_no,
            lead_id: lead.id,
            source_no: lead.source_no,
            agent_no,
            status: to,
            changes: lead.changes + 1,
            method,
        });
        self.given.last()
    }

    /// An agent gives a lead back; `slot` as stored with the assignment that ends. Returns the lead as it stands then.
    pub(crate) fn hand_back(
        &mut self,
        lead: &Standing,
        how: &How,
        slot: Option<i64>,
        reason: Option<String>,
    ) -> Option<Standing> {
        let agent_no = lead.agent_no?;
        let open = self.desks.get_mut(&lead.source_no)?;
        let back = open.desk.hand_back(&mut self.roster, agent_no, slot.map(|s| s as usize));
        let total = self.roster.agent(agent_no).map_or(0, |a| a.total);
        let slot = slot.map(|s| s as usize);
        let to = if lead.status == Status::Pending { Status::New } else { lead.status };
        let step = StepOf { kind: StepKind::HandBack, seq: back.seq, slot, method: Method::Manual, to };
        self.step(lead, how, agent_no, step, (total + 1, total), reason.clone());
        self.moved.push((lead.id, lead.created_at));
        self.moves.push(LeadMove {
            org_id: self.org.0,
            lead_no: lead.lead_no,
            n: lead.changes + 1,
            from_status: Some(lead.status),
            to_status: to,
            is_open: true,
            agent_before: Some(agent_no),
            agent_no: None,
            share_paid: back.share_paid,
            skip_agent: Some(agent_no),
            callback_at: lead.callback_at,
            why: "handed back",
            actor: how.actor.clone(),
            note: reason,
            at: self.now.0,
            given: false,
        });
        *self.from_sources.entry((lead.source_no, agent_no)).or_default() -= 1;
        let needs =
            LeadNeeds { share_paid: back.share_paid, skip_agent: Some(agent_no), ..lead.needs.clone() };
        Some(Standing { status: to, changes: lead.changes + 1, agent_no: None, needs, ..lead.clone() })
    }

    fn step(
        &mut self,
        lead: &Standing,
        how: &How,
        agent_no: i64,
        step: StepOf,
        totals: (i64, i64),
        reason: Option<String>,
    ) {
        let Some(open) = self.desks.get_mut(&lead.source_no) else { return };
        let pool = open.desk.pool();
        self.rows.push(AssignmentRow {
            org_id: self.org.0,
            assignment_no: 0,
            kind: step.kind,
            lead_no: lead.lead_no,
            source_no: lead.source_no,
            pool_seq: step.seq,
            agent_no,
            slot: step.slot.map(|s| s as i64),
            method: step.method,
            trigger: how.trigger,
            config_version: pool.config_version,
            rule_version: routing::RULE_VERSION,
            verdicts: open.desk.verdicts().to_vec(),
            share_paid: lead.needs.share_paid,
            total_before: totals.0,
            total_after: totals.1,
            batch_id: how.batch.map(|b| b.0),
            reason,
            actor: how.actor.clone(),
            created_at: self.now.0,
            n: Some(lead.changes + 1),
            from_status: Some(lead.status),
            to_status: Some(step.to),
        });
        if pool.seq % CHECKPOINT_EVERY == 0 {
            let state = Checkpoint::of(pool).encode();
            open.checkpoints.push((pool.clone(), state));
        }
    }

    /// Writes everything: leads, history, steps, credits, counts, checkpoints. Tells one event a lead, or, for bulk
    /// work, one an agent.
    pub(crate) async fn record(mut self, batch: &mut Batch<'_>, bulk: bool) -> store::Result<Vec<Given>> {
        if self.rows.is_empty() {
            return Ok(Vec::new());
        }
        let counter = batch.counter(self.org).await?;
        for row in &mut self.rows {
            counter.assignment_no += 1;
            row.assignment_no = counter.assignment_no;
        }
        self.count_statuses(batch);
        store::lead::lead_move(batch.tx, &self.moves).await?;
        store::assignment::assignment_insert(batch.tx, &self.rows).await?;
        for open in self.desks.values() {
            store::pool::pool_step(batch.tx, self.org, &open.before, open.desk.pool()).await?;
            for (pool, state) in &open.checkpoints {
                store::pool::checkpoint_put(batch.tx, self.org, pool, state.clone()).await?;
            }
        }
        let got: std::collections::HashSet<i64> = self.given.iter().map(|g| g.agent_no).collect();
        let at = |agent_no| got.contains(&agent_no).then_some(self.now.0);
        let counts: Vec<AgentCount> =
            self.roster.changed().map(|facts| AgentCount::new(facts, at(facts.agent_no))).collect();
        store::agent::agent_count(batch.tx, self.org, &counts).await?;
        let changes: Vec<SourceAgent> = self
            .from_sources
            .iter()
            .map(|(&(source_no, agent_no), &given)| SourceAgent {
                source_no,
                agent_no,
                given,
                last_at: self.now.0,
            })
            .collect();
        store::pool::source_agent_add(batch.tx, self.org, &changes).await?;
        self.tell(batch, bulk).await?;
        Ok(self.given)
    }

    fn count_statuses(&self, batch: &mut Batch<'_>) {
        for ((m, row), (_, created_at)) in self.moves.iter().zip(&self.rows).zip(&self.moved) {
            let from = m.from_status.unwrap_or(Status::New);
            let waited = i64::from(m.agent_before.is_none());
            let waits = i64::from(m.agent_no.is_none());
            let origin = Origin { org: self.org, source_no: row.source_no, created_at: *created_at };
            batch.tally(origin, from, -1, -waited);
            batch.tally(origin, m.to_status, 1, waits);
            let flow = batch.flow(self.org, row.source_no);
            match row.kind {
                StepKind::HandBack => flow.handed_back += 1,
                StepKind::Pick | StepKind::Manual => flow.assigned += 1,
            }
        }
    }

    async fn tell(&self, batch: &mut Batch<'_>, bulk: bool) -> store::Result<()> {
        let mut names: HashMap<i64, String> = HashMap::new();
        for source_no in self.desks.keys() {
            let source = store::source::source_fetch_no(batch.tx, self.org, *source_no).await?;
            names.insert(*source_no, source.name);
        }
        let source = |no: i64| names.get(&no).cloned().unwrap_or_default();
        let batch_id = self.rows.first().and_then(|r| r.batch_id).map(BatchId);
        for (m, (id, _)) in self.moves.iter().zip(&self.moved).filter(|(m, _)| !m.given) {
            let event = Event::LeadStatusChanged {
                lead_id: *id,
                from: m.from_status.unwrap_or(Status::New),
                to: m.to_status,
                agent_id: None,
                why: m.why.to_owned(),
            };
            batch.tell_about(self.org, m.agent_before, event);
        }
        match bulk {
            true => self.tell_agents(batch, batch_id, source),
            false => self.tell_leads(batch, batch_id, source),
        }
        Ok(())
    }

    /// One event a lead.
    fn tell_leads(&self, batch: &mut Batch<'_>, batch_id: Option<BatchId>, source: impl Fn(i64) -> String) {
        for given in &self.given {
            let Some(agent) = self.agents.get(&given.agent_no) else { continue };
            let event = Event::LeadAssigned {
                lead_id: Some(given.lead_id),
                lead_ids: Vec::new(),
                source: source(given.source_no),
                agent_id: agent.id,
                agent_name: agent.name.clone(),
                count: 1,
                batch_id,
                method: given.method.as_str(),
            };
            batch.tell_about(self.org, Some(agent.agent_no), event);
            if let Some(user) = agent.user_id {
                let (id, lead_no) = (given.lead_id, given.lead_no);
                let what = What::Lead { id, lead_no, source: source(given.source_no) };
                batch.notify(self.org, To::User(user), what);
            }
        }
    }

    /// One event an agent and source.
    fn tell_agents(&self, batch: &mut Batch<'_>, batch_id: Option<BatchId>, source: impl Fn(i64) -> String) {
        let mut by_agent: BTreeMap<(i64, i64), (u64, Vec<LeadId>, Method)> = BTreeMap::new();
        for given in &self.given {
            let entry =
                by_agent.entry((given.source_no, given.agent_no)).or_insert((0, Vec::new(), given.method));
            entry.0 += 1;
            if entry.1.len() < 100 {
                entry.1.push(given.lead_id);
            }
        }
        for ((source_no, agent_no), (count, lead_ids, method)) in by_agent {
            let Some(agent) = self.agents.get(&agent_no) else { continue };
            let event = Event::LeadAssigned {
                lead_id: None,
                lead_ids,
                source: source(source_no),
                agent_id: agent.id,
                agent_name: agent.name.clone(),
                count,
                batch_id,
                method: method.as_str(),
            };
            batch.tell_about(self.org, Some(agent_no), event);
            if let Some(user) = agent.user_id {
                let (batch_id, count) = (batch_id.map_or_else(Uuid::now_v7, |id| id.0), count as i64);
                let what = What::Leads { batch: batch_id, count, source: source(source_no) };
                batch.notify(self.org, To::User(user), what);
            }
        }
    }

    /// An agent's name for an answer.
    pub(crate) fn name(&self, agent_no: i64) -> Option<AgentName> {
        self.agents.get(&agent_no).map(|a| AgentName { agent_no, id: a.id, name: a.name.clone() })
    }
}

struct StepOf {
    kind: StepKind,
    seq: i64,
    slot: Option<usize>,
    method: Method,
    /// Where it leaves the lead.
    to: Status,
}

/// Where a lead stands once somebody has it.
fn given_status(status: Status) -> Status {
    if status == Status::New { Status::Pending } else { status }
}
