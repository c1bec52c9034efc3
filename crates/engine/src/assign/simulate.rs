//! Policies tried out: over a recorded trace, or over a source's own history under a draft configuration.

use crate::Failure;
use model::assignment::StepKind;
use model::{Micros, OrgId, PolicyKind, Weight};
use routing::{DraftMember, RecordedLead, Verdict};
use std::collections::HashMap;
use store::Query;

pub use routing::{
    Balance, Spread, SpreadVerdict, TraceError, TraceSummary, WhatIf, lagging, odd_leads, run_trace as trace,
    spread,
};

/// A draft configuration.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The policy.
    pub policy: PolicyKind,
    /// Members by number with weights; `None`: those of today.
    pub members: Option<Vec<(i64, Weight)>>,
}

/// Which part of a source's history is replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Not before.
    pub since: Micros,
    /// Only so many of the newest steps; `None`: all.
    pub most: Option<i64>,
}

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// Agent by agent: those of the draft first, then others who really got leads.
    pub agents: Vec<WhatIf>,
    /// How many leads were replayed.
    pub leads: i64,
    /// There were more steps since then than were to be replayed.
    pub cut: bool,
}

/// Who would have got the leads of a source under a draft, beside who got them.
pub async fn what_if(
    db: &impl Query,
    org: OrgId,
    source_no: i64,
    draft: &Draft,
    stretch: Stretch,
) -> Result<Replayed, Failure> {
    let pool = store::pool::pool_fetch(db, org, source_no).await?.state;
    let start = stretch.most.map_or(0, |most| (pool.seq - most).max(0));
    let members = match &draft.members {
        Some(members) => members.clone(),
        None => pool.members.iter().filter(|m| m.current).map(|m| (m.agent_no, m.weight)).collect(),
    };
    let numbers: Vec<i64> = members.iter().map(|m| m.0).collect();
    let agents = store::agent::agent_list_no(db, org, &numbers).await?;
    let skills: HashMap<i64, Vec<String>> = agents.into_iter().map(|a| (a.agent_no, a.skills)).collect();
    let slots: Vec<i64> = pool.members.iter().map(|m| m.agent_no).collect();

    let mut recorded = Vec::new();
    let mut first_totals: HashMap<i64, i64> = HashMap::new();
    let (mut after, mut cut) = (start, false);
    loop {
        let since = stretch.since.0;
        let steps = store::assignment::recorded_steps(db, org, source_no, since, after, 10_000).await?;
        let Some(last) = steps.last() else { break };
        after = last.seq;
        cut |= start > 0 && steps[0].seq == start + 1;
        if recorded.is_empty() && draft.policy == PolicyKind::Fewest {
            let first = store::assignment::assignment_step(db, org, source_no, steps[0].seq).await?;
            for no in &numbers {
                let total = store::assignment::total_before(db, org, *no, first.assignment_no).await?;
                first_totals.insert(*no, total);
            }
        }
        recorded.extend(steps.into_iter().filter(|s| s.kind != StepKind::HandBack).map(|step| {
            let verdict = |(slot, code): (usize, &u8)| {
                Some((*slots.get(slot)?, Verdict::from_code(*code).unwrap_or(Verdict::Inactive)))
            };
            RecordedLead {
                skills: step.skills,
                happened: Some(step.agent_no),
                verdicts: step.verdicts.iter().enumerate().filter_map(verdict).collect(),
            }
        }));
    }
    let draft_members: Vec<DraftMember> = members
        .into_iter()
        .map(|(agent_no, weight)| DraftMember {
            agent_no,
            weight,
            skills: skills.get(&agent_no).cloned().unwrap_or_default(),
            total: first_totals.get(&agent_no).copied().unwrap_or(0),
        })
        .collect();
    let leads = recorded.len() as i64;
    Ok(Replayed { agents: routing::what_if(draft.policy, &draft_members, recorded), leads, cut })
}
