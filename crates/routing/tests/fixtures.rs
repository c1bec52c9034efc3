//! The 40 cases of the assignment fixtures.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{NOON, agent, pool};
use model::{LeadNeeds, PolicyKind};
use routing::{Desk, Roster};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    start: Vec<i64>,
    leads: usize,
    fair_final_sorted: Vec<i64>,
    fair_spread: i64,
    round_robin_gain_sorted: Vec<i64>,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("fixtures/cases.json")).unwrap()
}

fn totals_after(policy: PolicyKind, case: &Case) -> Vec<i64> {
    let agents = (1..).zip(&case.start).map(|(no, total)| model::AgentFacts { total: *total, ..agent(no) });
    let mut roster = Roster::new(NOON, agents.collect());
    let mut desk = Desk::new(pool(policy, &vec![1000; case.start.len()]), &roster);
    for _ in 0..case.leads {
        desk.assign(&mut roster, &LeadNeeds::default()).unwrap();
    }
    roster.agents().iter().map(|agent| agent.total).collect()
}

#[test]
fn fewest_levels_the_totals_as_the_cases_say() {
    let cases = cases();
    assert_eq!(cases.len(), 40);
    for case in &cases {
        let mut totals = totals_after(PolicyKind::Fewest, case);
        totals.sort_unstable();
        assert_eq!(totals, case.fair_final_sorted);
        assert_eq!(routing::spread(&totals).spread, case.fair_spread);
    }
}

#[test]
fn round_robin_gives_the_gains_the_cases_say() {
    for case in &cases() {
        let totals = totals_after(PolicyKind::RoundRobin, case);
        let mut gains: Vec<i64> =
            totals.iter().zip(&case.start).map(|(total, start)| total - start).collect();
        gains.sort_unstable();
        assert_eq!(gains, case.round_robin_gain_sorted);
    }
}

#[test]
fn the_cases_are_the_ones_that_were_counted() {
    let expected: serde_json::Value = serde_json::from_str(include_str!("fixtures/expected.json")).unwrap();
    let leads: usize = cases().iter().map(|case| case.leads).sum();
    assert_eq!(expected["cases"], cases().len());
    assert_eq!(expected["sum_leads"], leads);
}
