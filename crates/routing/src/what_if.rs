//! Recorded history under a draft configuration: who would have got what, beside what happened.

use crate::verdict::settle;
use crate::{Dealer, Verdict, decide};
use model::{BacklogOrder, Credit, PolicyKind, PoolMember, PoolState, Weight};
use serde::Serialize;

/// A member of the draft.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftMember {
    /// The agent's number.
    pub agent_no: i64,
    /// Its weight in the draft.
    pub weight: Weight,
    /// Lower case, sorted: judged where history has no verdict of the agent.
    pub skills: Vec<String>,
    /// Leads ever given when the history begins; read by `fewest` only.
    pub total: i64,
}

/// One recorded assignment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RecordedLead {
    /// Skills the lead needs.
    pub skills: Vec<String>,
    /// Who really got it.
    pub happened: Option<i64>,
    /// The stored verdicts by agent number. An agent without one, or one that was not in the pool, counts as ready.
    pub verdicts: Vec<(i64, Verdict)>,
}

/// What the draft would have meant for one agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct WhatIf {
    /// The agent's number.
    pub agent_no: i64,
    /// Leads it really got.
    pub happened: i64,
    /// Leads it would have got.
    pub would: i64,
}

/// Replays recorded leads, in order, under a draft that starts with even credits. Limits are those of history: a
/// recorded [`Verdict::DailyCap`] holds, and a limit that only the draft would have reached is not seen. Draft members
/// come first, in their order, then others who really got leads.
pub fn what_if(
    policy: PolicyKind,
    members: &[DraftMember],
    leads: impl IntoIterator<Item = RecordedLead>,
) -> Vec<WhatIf> {
    let mut pool = draft_pool(policy, members);
    let mut dealer = Dealer::default();
    let mut totals: Vec<i64> = members.iter().map(|member| member.total).collect();
    let mut rows: Vec<WhatIf> =
        members.iter().map(|member| WhatIf { agent_no: member.agent_no, happened: 0, would: 0 }).collect();
    // Where each member's verdict was found last: leads of one pool have their verdicts in one order.
    let mut places = vec![0; members.len()];
    for lead in leads {
        let verdict = |(member, place)| draft_verdict(member, &lead, place).code();
        let verdicts: Vec<u8> = members.iter().zip(&mut places).map(verdict).collect();
        if let Some(pick) = decide(&mut pool, &mut dealer, &verdicts, &totals, false) {
            rows[pick.slot].would += 1;
            totals[pick.slot] += 1;
        }
        let Some(agent_no) = lead.happened else { continue };
        match rows.iter_mut().find(|row| row.agent_no == agent_no) {
            Some(row) => row.happened += 1,
            None => rows.push(WhatIf { agent_no, happened: 1, would: 0 }),
        }
    }
    rows
}

fn draft_verdict(member: &DraftMember, lead: &RecordedLead, place: &mut usize) -> Verdict {
    let is_it = |(agent_no, _): &(i64, Verdict)| *agent_no == member.agent_no;
    if !lead.verdicts.get(*place).is_some_and(is_it) {
        *place = lead.verdicts.iter().position(is_it).unwrap_or(usize::MAX);
    }
    match lead.verdicts.get(*place).map(|(_, verdict)| *verdict) {
        None | Some(Verdict::Removed) => {
            let skilled = lead.skills.iter().all(|skill| member.skills.binary_search(skill).is_ok());
            settle(Verdict::Eligible, false, skilled)
        }
        Some(verdict) => verdict,
    }
}

fn draft_pool(policy: PolicyKind, members: &[DraftMember]) -> PoolState {
    let member = |(slot, member): (usize, &DraftMember)| PoolMember {
        slot,
        agent_no: member.agent_no,
        weight: member.weight,
        credit: Credit(0),
        current: true,
    };
    PoolState {
        source_no: 0,
        enabled: true,
        policy,
        order: BacklogOrder::Oldest,
        config_version: 1,
        seq: 0,
        last_slot: -1,
        members: members.iter().enumerate().map(member).collect(),
    }
}
