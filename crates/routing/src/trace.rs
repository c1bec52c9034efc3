//! A trace of joins, absences and leads, answered by the very rule that ships.
//!
//! The format is one JSON object a line: `{"t":0,"ev":"join","agent":"a0","weight":3,"skills":["en"],"cap_day":45}`,
//! `{"t":120,"ev":"absent","agent":"a0"}`, `back`, `{"t":86400,"ev":"midnight"}`, and
//! `{"t":39600,"ev":"lead","lead":"L0","skill":"en"}`. `t` is in seconds; days are those of UTC. The answer is one
//! line `lead,agent` for each lead that somebody was eligible for; there is no backlog.

use crate::{Desk, Roster, reconfigure};
use model::{
    AgentFacts, Availability, BacklogOrder, LeadNeeds, Micros, PolicyKind, PoolState, Presence, Weight,
};
use serde::Deserialize;
use std::io::{BufRead, Write};

/// What a trace came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceSummary {
    /// Leads in the trace.
    pub leads: u64,
    /// Leads nobody was eligible for.
    pub unserved: u64,
    /// Leads by agent, in order of joining.
    pub by_agent: Vec<(String, i64)>,
}

/// A trace that cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// Reading or writing failed.
    #[error("trace: input or output failed")]
    Io(#[from] std::io::Error),
    /// A line is not an event.
    #[error("trace line {line}: not an event")]
    Syntax {
        /// Counted from 1.
        line: u64,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// A weight outside 0.001 to 1000.
    #[error("trace line {line}: weight outside 0.001 to 1000")]
    Weight {
        /// Counted from 1.
        line: u64,
    },
    /// An event of an agent that never joined.
    #[error("trace line {line}: unknown agent {agent:?}")]
    UnknownAgent {
        /// Counted from 1.
        line: u64,
        /// The name given.
        agent: String,
    },
}

/// Answers a trace by `policy`. Blank lines are skipped.
pub fn run_trace(
    input: impl BufRead,
    policy: PolicyKind,
    mut output: impl Write,
) -> Result<TraceSummary, TraceError> {
    let mut office = Office::new(policy);
    let (mut leads, mut unserved) = (0, 0);
    for (line, text) in (1..).zip(input.lines()) {
        let text = text?;
        if text.trim().is_empty() {
            continue;
        }
        let record: Record =
            serde_json::from_str(&text).map_err(|source| TraceError::Syntax { line, source })?;
        let Event::Lead { lead, skill } = record.event else {
            office.change(record, line)?;
            continue;
        };
        leads += 1;
        match office.assign(skill) {
            Some(agent) => writeln!(output, "{lead},{agent}")?,
            None => unserved += 1,
        }
    }
    output.flush()?;
    Ok(TraceSummary { leads, unserved, by_agent: office.counts() })
}

#[derive(Debug, Deserialize)]
struct Record {
    t: f64,
    #[serde(flatten)]
    event: Event,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "ev", rename_all = "lowercase")]
enum Event {
    Join {
        agent: String,
        #[serde(default = "one")]
        weight: f64,
        #[serde(default)]
        skills: Vec<String>,
        #[serde(default)]
        cap_day: i64,
    },
    Absent {
        agent: String,
    },
    Back {
        agent: String,
    },
    Midnight,
    Lead {
        lead: String,
        #[serde(default)]
        skill: Option<String>,
    },
}

fn one() -> f64 {
    1.0
}

/// One pool, everybody in it, on a clock of its own.
struct Office {
    roster: Roster,
    desk: Desk,
}

impl Office {
    fn new(policy: PolicyKind) -> Self {
        let pool = PoolState {
            source_no: 1,
            enabled: true,
            policy,
            order: BacklogOrder::Oldest,
            config_version: 0,
            seq: 0,
            last_slot: -1,
            members: Vec::new(),
        };
        let roster = Roster::new(Micros(0), Vec::new());
        Self { desk: Desk::new(pool, &roster), roster }
    }

    fn assign(&mut self, skill: Option<String>) -> Option<&str> {
        let needs = LeadNeeds { skills: skill.into_iter().collect(), ..LeadNeeds::default() };
        let pick = self.desk.assign(&mut self.roster, &needs)?;
        self.roster.agent(pick.agent_no).map(|agent| agent.name.as_str())
    }

    /// Anything but a lead: facts change, so readiness is worked out anew, as at the beginning of a batch.
    fn change(&mut self, record: Record, line: u64) -> Result<(), TraceError> {
        let now = Micros((record.t * Micros::SECOND as f64) as i64);
        let mut agents = self.roster.agents().to_vec();
        let mut pool = self.desk.pool().clone();
        match record.event {
            Event::Join { agent, weight, skills, cap_day } => {
                let weight = Weight::from_decimal(weight).ok_or(TraceError::Weight { line })?;
                join(&mut agents, &mut pool, newcomer(agent, skills, cap_day), weight);
            }
            Event::Absent { agent } => find(&mut agents, agent, line)?.presence = Presence::Away,
            Event::Back { agent } => find(&mut agents, agent, line)?.presence = Presence::Online,
            Event::Midnight | Event::Lead { .. } => {}
        }
        self.roster = Roster::new(now, agents);
        self.desk = Desk::new(pool, &self.roster);
        Ok(())
    }

    fn counts(self) -> Vec<(String, i64)> {
        self.roster.into_agents().into_iter().map(|agent| (agent.name, agent.total)).collect()
    }
}

/// Saves a configuration with the newcomer in it; one that joins again gets its new terms.
fn join(agents: &mut Vec<AgentFacts>, pool: &mut PoolState, newcomer: AgentFacts, weight: Weight) {
    let agent_no = match agents.iter_mut().find(|agent| agent.name == newcomer.name) {
        Some(known) => {
            (known.skills, known.daily_cap) = (newcomer.skills, newcomer.daily_cap);
            known.agent_no
        }
        None => {
            let agent_no = agents.len() as i64 + 1;
            agents.push(AgentFacts { agent_no, ..newcomer });
            agent_no
        }
    };
    let mut members: Vec<_> = pool.members.iter().map(|member| (member.agent_no, member.weight)).collect();
    members.push((agent_no, weight));
    let (policy, order) = (pool.policy, pool.order);
    reconfigure(pool, &members, policy, order, true);
}

fn newcomer(name: String, mut skills: Vec<String>, cap_day: i64) -> AgentFacts {
    skills.sort_unstable();
    AgentFacts {
        agent_no: 0,
        name,
        active: true,
        presence: Presence::Online,
        skills,
        daily_cap: (cap_day > 0).then_some(cap_day),
        open_cap: None,
        availability: Availability::default(),
        default_timezone: "UTC".into(),
        total: 0,
        open_count: 0,
        day: None,
        day_count: 0,
    }
}

fn find(agents: &mut [AgentFacts], name: String, line: u64) -> Result<&mut AgentFacts, TraceError> {
    match agents.iter_mut().find(|agent| agent.name == name) {
        Some(agent) => Ok(agent),
        None => Err(TraceError::UnknownAgent { line, agent: name }),
    }
}
