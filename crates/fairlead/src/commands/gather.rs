//! Facts for the reports, read from the store.

use crate::commands::office::Office;
use crate::report::monitor::{Line, MonitorFacts};
use crate::report::{Member, SourceFacts};
use anyhow::Context as _;
use engine::assign::explain::{AgentAvailability, availability, next_order};
use model::Micros;
use model::assignment::StepKind;
use std::collections::HashMap;
use store::assignment::{AssignmentFilter, assignment_list};
use store::pool::{SourceAgent, pool_fetch, source_agent_list};
use store::source::{Source, source_list};
use store::stats::tally_list;

/// Sources a page.
const PAGE: i64 = 500;

/// What is read once for all sources.
pub(crate) struct Gathered {
    agents: Vec<AgentAvailability>,
    tallies: HashMap<i64, (i64, i64)>,
    given: Vec<SourceAgent>,
}

impl Gathered {
    pub(crate) async fn load(office: &Office) -> anyhow::Result<Self> {
        let (db, org) = (office.reader(), office.org());
        let mut tallies: HashMap<i64, (i64, i64)> = HashMap::new();
        for tally in tally_list(db, org).await.context("cannot read the counts of leads")? {
            let sums = tallies.entry(tally.source_no).or_default();
            sums.0 += tally.leads;
            sums.1 += tally.waiting;
        }
        let agents = availability(db, org, office.now()).await.context("cannot read the agents")?;
        let given = source_agent_list(db, org, None).await.context("cannot read what agents got")?;
        Ok(Self { agents, tallies, given })
    }

    /// The agents that take part at all.
    pub(crate) fn active_agents(&self) -> Vec<Member> {
        let active = self.agents.iter().filter(|availability| availability.agent.active);
        active.map(|availability| member(availability, availability.agent.weight.decimal(), 0)).collect()
    }

    /// One source with its pool.
    pub(crate) async fn source(&self, office: &Office, source: &Source) -> anyhow::Result<SourceFacts> {
        let (db, org, no) = (office.reader(), office.org(), source.source_no);
        let pool = pool_fetch(db, org, no).await.context("cannot read the pool")?;
        let order = match pool.state.members.iter().any(|member| member.current) {
            true => next_order(db, org, no, office.now()).await.context("cannot work out the order")?,
            false => Vec::new(),
        };
        let given = self.given.iter().filter(|given| given.source_no == no);
        let by_agent: HashMap<i64, i64> = given.clone().map(|given| (given.agent_no, given.given)).collect();
        let members = pool.state.members.iter().filter(|member| member.current).filter_map(|in_pool| {
            let agent = self.agents.iter().find(|known| known.agent.agent_no == in_pool.agent_no)?;
            let from_source = by_agent.get(&in_pool.agent_no).copied().unwrap_or(0);
            Some(member(agent, in_pool.weight.decimal(), from_source))
        });
        let mut members: Vec<Member> = members.collect();
        members.sort_by_key(|member| member.agent_no);
        let (leads, waiting) = self.tallies.get(&no).copied().unwrap_or_default();
        Ok(SourceFacts {
            source_no: no,
            source: source.name.clone(),
            configured: pool.configured,
            enabled: pool.state.enabled,
            policy: pool.state.policy,
            order: pool.state.order,
            leads,
            waiting,
            last_assigned_at: given.map(|given| given.last_at).max().filter(|at| *at > 0).map(Micros),
            members,
            next: order.into_iter().filter_map(|no| self.name(no)).collect(),
        })
    }

    /// An agent's name.
    pub(crate) fn name(&self, agent_no: i64) -> Option<String> {
        let found = self.agents.iter().find(|known| known.agent.agent_no == agent_no);
        found.map(|known| known.agent.name.clone())
    }
}

fn member(availability: &AgentAvailability, weight: f64, from_source: i64) -> Member {
    Member {
        agent_no: availability.agent.agent_no,
        name: availability.agent.name.clone(),
        weight,
        total: availability.agent.total,
        from_source,
        available: availability.available,
        why: (!availability.available).then(|| availability.why.clone()),
    }
}

/// Every source, in the order they were made.
pub(crate) async fn sources(office: &Office) -> anyhow::Result<Vec<Source>> {
    let mut all: Vec<Source> = Vec::new();
    loop {
        let after = all.last().map_or(0, |source| source.source_no);
        let page = source_list(office.reader(), office.org(), after, PAGE)
            .await
            .context("cannot read the sources")?;
        let full = page.len() as i64 == PAGE;
        all.extend(page);
        if !full {
            return Ok(all);
        }
    }
}

/// Everything the monitor shows.
pub(crate) async fn monitor(office: &Office) -> anyhow::Result<MonitorFacts> {
    let gathered = Gathered::load(office).await?;
    let mut facts = Vec::new();
    for source in sources(office).await?.iter().filter(|source| source.active) {
        facts.push(gathered.source(office, source).await?);
    }
    let filter = AssignmentFilter::default();
    let newest = assignment_list(office.reader(), office.org(), &filter, None, 10)
        .await
        .context("cannot read the last assignments")?;
    let line = |line: store::assignment::AssignmentLine| Line {
        at: Micros(line.created_at),
        lead: model::lead::uid(line.lead_no),
        source: line.source,
        agent: line.agent_name,
        total_before: line.total_before,
        total_after: line.total_after,
        method: line.method,
        trigger: line.trigger,
        handed_back: line.kind == StepKind::HandBack,
    };
    let agents = gathered.active_agents();
    Ok(MonitorFacts {
        organization: office.organization.name.clone(),
        timezone: office.organization.timezone.clone(),
        at: office.now(),
        sources: facts,
        overall: MonitorFacts::figures(&agents),
        agents,
        history: newest.into_iter().map(line).collect(),
    })
}
