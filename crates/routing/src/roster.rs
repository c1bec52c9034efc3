//! The agents of a batch, their readiness worked out once and kept up to date as leads are given out.

use crate::Verdict;
use crate::readiness::{at_limit, local, standing, zone_of};
use jiff::civil::Date;
use model::{AgentFacts, Micros};
use std::collections::HashMap;

/// The agents of one batch, whichever pools they are in: counts live on the agent, so pools share one roster.
#[derive(Debug, Clone)]
pub struct Roster {
    now: Micros,
    agents: Vec<AgentFacts>,
    by_no: HashMap<i64, usize>,
    today: Vec<Date>,
    standing: Vec<Verdict>,
    ready: Vec<Verdict>,
    changed: Vec<bool>,
}

impl Roster {
    /// Evaluates zones, shifts, leave and limits of all agents at `now`.
    pub fn new(now: Micros, agents: Vec<AgentFacts>) -> Self {
        let mut roster = Self {
            now,
            by_no: agents.iter().enumerate().map(|(index, agent)| (agent.agent_no, index)).collect(),
            today: Vec::with_capacity(agents.len()),
            standing: Vec::with_capacity(agents.len()),
            ready: vec![Verdict::Eligible; agents.len()],
            changed: vec![false; agents.len()],
            agents,
        };
        for agent in &roster.agents {
            let zone = zone_of(agent);
            roster.today.push(local(now, &zone).date());
            roster.standing.push(standing(now, agent, &zone));
        }
        (0..roster.agents.len()).for_each(|index| roster.refresh(index));
        roster
    }

    /// The instant all verdicts speak of.
    pub fn now(&self) -> Micros {
        self.now
    }

    /// The agents, in the order they were given, with their counts up to date.
    pub fn agents(&self) -> &[AgentFacts] {
        &self.agents
    }

    /// Where an agent stands in [`Self::agents`].
    pub fn index_of(&self, agent_no: i64) -> Option<usize> {
        self.by_no.get(&agent_no).copied()
    }

    /// An agent by number.
    pub fn agent(&self, agent_no: i64) -> Option<&AgentFacts> {
        self.index_of(agent_no).map(|index| &self.agents[index])
    }

    /// Readiness of the agent at an index: everything but a lead's needs.
    pub fn readiness(&self, index: usize) -> Verdict {
        self.ready[index]
    }

    /// Counts a lead given to an agent, by whomever: total, open and the local day's count rise by one.
    pub fn given(&mut self, agent_no: i64) {
        let Some(index) = self.index_of(agent_no) else { return };
        self.given_at(index);
    }

    pub(crate) fn given_at(&mut self, index: usize) {
        let (agent, today) = (&mut self.agents[index], self.today[index]);
        if agent.day != Some(today) {
            agent.day = Some(today);
            agent.day_count = 0;
        }
        agent.total += 1;
        agent.open_count += 1;
        agent.day_count += 1;
        self.changed[index] = true;
        self.refresh(index);
    }

    /// Counts a lead an agent gave back: total and open fall by one. The day's count stays: it was given that day.
    pub fn given_back(&mut self, agent_no: i64) {
        let Some(index) = self.index_of(agent_no) else { return };
        let agent = &mut self.agents[index];
        agent.total -= 1;
        agent.open_count -= 1;
        self.changed[index] = true;
        self.refresh(index);
    }

    /// The agents whose counts have changed: what the batch has to write.
    pub fn changed(&self) -> impl Iterator<Item = &AgentFacts> {
        self.agents.iter().zip(&self.changed).filter(|(_, changed)| **changed).map(|(agent, _)| agent)
    }

    /// The agents, with their counts up to date.
    pub fn into_agents(self) -> Vec<AgentFacts> {
        self.agents
    }

    fn refresh(&mut self, index: usize) {
        let verdict = match self.standing[index] {
            Verdict::Eligible => at_limit(&self.agents[index], self.today[index]),
            other => other,
        };
        self.ready[index] = verdict;
    }
}
