//! Builders shared by the tests.
#![expect(dead_code, reason = "each test binary uses its own part")]

use model::{AgentFacts, Availability, BacklogOrder, Micros, PolicyKind, PoolState, Presence, Shift, Weight};
use routing::{Desk, Roster, reconfigure};

/// Friday 2026-11-20 12:00 UTC.
pub(crate) const NOON: Micros = Micros(1_795_176_000 * Micros::SECOND);

/// An agent that is always there.
pub(crate) fn agent(agent_no: i64) -> AgentFacts {
    AgentFacts {
        agent_no,
        name: format!("agent {agent_no}"),
        active: true,
        presence: Presence::Online,
        skills: Vec::new(),
        daily_cap: None,
        open_cap: None,
        availability: Availability::default(),
        default_timezone: "Asia/Kolkata".into(),
        total: 0,
        open_count: 0,
        day: None,
        day_count: 0,
    }
}

/// A shift in the API's words.
pub(crate) fn shift(days: &[&str], from: &str, to: &str) -> Shift {
    serde_json::from_value(serde_json::json!({ "days": days, "from": from, "to": to })).unwrap()
}

/// A pool that was never configured.
pub(crate) fn empty_pool(policy: PolicyKind) -> PoolState {
    PoolState {
        source_no: 1,
        enabled: true,
        policy,
        order: BacklogOrder::Oldest,
        config_version: 0,
        seq: 0,
        last_slot: -1,
        members: Vec::new(),
    }
}

/// A pool of agents 1, 2, … with weights in thousandths.
pub(crate) fn pool(policy: PolicyKind, weights: &[i64]) -> PoolState {
    let mut pool = empty_pool(policy);
    let members: Vec<_> = (1..).zip(weights).map(|(no, weight)| (no, thousandths(*weight))).collect();
    reconfigure(&mut pool, &members, policy, BacklogOrder::Oldest, true);
    pool
}

/// A desk and a roster of agents that are always there.
pub(crate) fn desk(policy: PolicyKind, weights: &[i64]) -> (Desk, Roster) {
    let roster = Roster::new(NOON, (1..=weights.len() as i64).map(agent).collect());
    (Desk::new(pool(policy, weights), &roster), roster)
}

/// A weight.
pub(crate) fn thousandths(weight: i64) -> Weight {
    Weight::from_thousandths(weight).unwrap()
}
