//! Why a lead waits, as of now.

use crate::readiness::{next_change, readiness};
use crate::{Verdict, verdict};
use model::{AgentFacts, LeadNeeds, Micros, PoolState};
use serde::Serialize;

/// Why nobody has been given a lead.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WaitingExplanation {
    /// The instant it speaks of.
    pub now: Micros,
    /// The pool gives leads out at all.
    pub enabled: bool,
    /// How many current members there are for each reason, the most common first.
    pub reasons: Vec<ReasonCount>,
    /// Each current member.
    pub members: Vec<WaitingMember>,
    /// When time alone next changes somebody's readiness.
    pub next_change: Option<Micros>,
}

/// How many members one reason holds back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ReasonCount {
    /// The reason code.
    pub reason: Verdict,
    /// How many.
    pub count: usize,
}

/// One member and why it is not given the lead.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WaitingMember {
    /// Its slot.
    pub slot: usize,
    /// The agent's number.
    pub agent_no: i64,
    /// The agent's name.
    pub name: String,
    /// The reason code: `eligible`, or why not.
    pub reason: Verdict,
    /// The reason as a sentence.
    pub sentence: String,
    /// When time alone next changes its readiness.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_change: Option<Micros>,
}

/// Evaluates a waiting lead against the pool's current members. An agent missing from `agents` counts as deactivated.
pub fn explain_waiting(
    now: Micros,
    pool: &PoolState,
    agents: &[AgentFacts],
    needs: &LeadNeeds,
) -> WaitingExplanation {
    let mut members = Vec::new();
    for member in pool.members.iter().filter(|member| member.current) {
        let agent = agents.iter().find(|agent| agent.agent_no == member.agent_no);
        let reason = agent.map_or(Verdict::Inactive, |agent| verdict(readiness(now, agent), agent, needs));
        members.push(WaitingMember {
            slot: member.slot,
            agent_no: member.agent_no,
            name: agent.map_or_else(|| format!("agent {}", member.agent_no), |agent| agent.name.clone()),
            reason,
            sentence: agent
                .map_or_else(|| "deactivated".to_owned(), |agent| reason.sentence(now, agent, needs)),
            next_change: agent.and_then(|agent| next_change(now, agent)),
        });
    }
    let next_change = members.iter().filter_map(|member| member.next_change).min();
    WaitingExplanation { now, enabled: pool.enabled, reasons: counted(&members), members, next_change }
}

impl WaitingExplanation {
    /// In plain English: what the lead waits for, then each member.
    pub fn sentences(&self) -> Vec<String> {
        let first = if !self.enabled {
            "The lead waits: automatic assignment is off."
        } else if self.members.is_empty() {
            "The lead waits: the pool has no members."
        } else if self.members.iter().any(|member| member.reason.is_eligible()) {
            "The lead is about to be assigned."
        } else {
            "The lead waits: nobody can take it now."
        };
        let each = self.members.iter().map(|member| match member.reason {
            Verdict::Eligible => format!("{} could take it.", member.name),
            _ => format!("{} could not: {}.", member.name, member.sentence),
        });
        std::iter::once(first.to_owned()).chain(each).collect()
    }
}

fn counted(members: &[WaitingMember]) -> Vec<ReasonCount> {
    let mut counts: Vec<ReasonCount> = Vec::new();
    for member in members {
        match counts.iter_mut().find(|count| count.reason == member.reason) {
            Some(count) => count.count += 1,
            None => counts.push(ReasonCount { reason: member.reason, count: 1 }),
        }
    }
    counts.sort_by_key(|count| (std::cmp::Reverse(count.count), count.reason));
    counts
}

impl Verdict {
    /// The reason as a sentence's end, with the agent's own facts: "on leave until 2026-12-03".
    pub fn sentence(self, now: Micros, agent: &AgentFacts, needs: &LeadNeeds) -> String {
        let words = self.words();
        match self {
            Self::OnLeave => {
                let today = crate::local_day(now, agent);
                let leave = agent.availability.leave.iter().filter(|l| l.from <= today && today <= l.to);
                leave
                    .map(|l| l.to)
                    .max()
                    .map_or_else(|| words.to_owned(), |last| format!("{words} until {last}"))
            }
            Self::OffShift | Self::Holiday => next_change(now, agent).map_or_else(
                || words.to_owned(),
                |at| {
                    let local = crate::readiness::local(at, &crate::readiness::zone_of(agent));
                    format!("{words} until {}", local.strftime("%a %-d %b %H:%M"))
                },
            ),
            Self::DailyCap => {
                format!("{words} ({} of {})", agent.day_count, agent.daily_cap.unwrap_or_default())
            }
            Self::OpenCap => {
                format!("{words} ({} of {})", agent.open_count, agent.open_cap.unwrap_or_default())
            }
            Self::MissingSkill => {
                let missing = needs.skills.iter().filter(|skill| agent.skills.binary_search(skill).is_err());
                format!("lacks {}", missing.map(String::as_str).collect::<Vec<_>>().join(", "))
            }
            _ => words.to_owned(),
        }
    }
}
