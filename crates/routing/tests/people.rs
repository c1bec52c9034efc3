//! Manual picks, hand-backs and limits at a desk.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{NOON, agent, desk, pool};
use model::{LeadNeeds, PolicyKind};
use routing::{Desk, Roster, Verdict};

fn credits(desk: &Desk) -> Vec<f64> {
    desk.pool().members.iter().map(|member| (member.credit.leads() * 1000.0).round() / 1000.0).collect()
}

fn paid(skip: i64) -> LeadNeeds {
    LeadNeeds { share_paid: true, skip_agent: Some(skip), ..LeadNeeds::default() }
}

#[test]
fn a_lead_given_back_goes_to_somebody_else_and_deals_no_shares_twice() {
    let (mut desk, mut roster) = desk(PolicyKind::Fair, &[1000, 1000, 1000]);
    let pick = desk.assign(&mut roster, &LeadNeeds::default()).unwrap();
    assert_eq!(pick.agent_no, 1);
    let back = desk.hand_back(&mut roster, 1, Some(pick.slot));
    assert!(back.share_paid);
    assert_eq!(credits(&desk), [0.333, 0.333, 0.333]);
    assert_eq!((roster.agents()[0].total, roster.agents()[0].open_count), (0, 0));
    let pick = desk.assign(&mut roster, &paid(1)).unwrap();
    assert_eq!((pick.agent_no, pick.seq), (2, 3));
    assert_eq!(desk.verdicts(), [Verdict::HandedBack.code(), 0, 0]);
    assert_eq!(credits(&desk), [0.333, -0.667, 0.333]);
}

#[test]
fn a_manual_pick_of_a_member_that_is_away_counts_as_its_turn() {
    let away = model::AgentFacts { presence: model::Presence::Away, ..agent(2) };
    let mut roster = Roster::new(NOON, vec![agent(1), away]);
    let mut desk = Desk::new(pool(PolicyKind::Fair, &[1000, 1000]), &roster);
    let pick = desk.assign_to(&mut roster, &LeadNeeds::default(), 2);
    assert_eq!((pick.seq, pick.slot), (1, Some(1)));
    assert_eq!(credits(&desk), [0.5, -0.5]);
    assert_eq!(roster.agents()[1].total, 1);
}

#[test]
fn a_lead_that_leaves_the_pool_takes_its_paid_share_along() {
    let (mut desk, mut roster) = desk(PolicyKind::Fair, &[3000, 1000]);
    desk.assign(&mut roster, &LeadNeeds::default()).unwrap();
    desk.hand_back(&mut roster, 1, Some(0));
    let pick = desk.assign_to(&mut roster, &paid(1), 77);
    assert_eq!(pick.slot, None);
    let sum: i64 = desk.pool().members.iter().map(|member| member.credit.0).sum();
    assert_eq!(sum, 0);
    // Agent 77 gives it back: its share is dealt anew.
    assert!(!desk.hand_back(&mut roster, 77, None).share_paid);
    assert_eq!(desk.pool().seq, 4);
}

#[test]
fn a_limit_is_reached_in_the_middle_of_a_batch() {
    let capped = model::AgentFacts { daily_cap: Some(2), ..agent(1) };
    let open = model::AgentFacts { open_cap: Some(3), open_count: 2, ..agent(2) };
    let mut roster = Roster::new(NOON, vec![capped, open]);
    let mut desk = Desk::new(pool(PolicyKind::RoundRobin, &[1000, 1000]), &roster);
    let mut picks = Vec::new();
    while let Some(pick) = desk.assign(&mut roster, &LeadNeeds::default()) {
        picks.push(pick.agent_no);
    }
    assert_eq!(picks, [1, 2, 1]);
    assert_eq!(desk.verdicts(), [Verdict::DailyCap.code(), Verdict::OpenCap.code()]);
    assert_eq!(desk.pool().seq, 3);
}

#[test]
fn two_pools_of_one_batch_share_an_agents_limit() {
    let mut roster = Roster::new(NOON, vec![model::AgentFacts { daily_cap: Some(1), ..agent(1) }]);
    let mut first = Desk::new(pool(PolicyKind::Fair, &[1000]), &roster);
    let mut second = first.clone();
    assert!(first.assign(&mut roster, &LeadNeeds::default()).is_some());
    assert!(second.assign(&mut roster, &LeadNeeds::default()).is_none());
    assert_eq!(roster.changed().count(), 1);
}

#[test]
fn a_pool_that_is_off_lets_leads_wait_but_a_person_may_choose() {
    let (desk, mut roster) = desk(PolicyKind::Fair, &[1000]);
    let off = model::PoolState { enabled: false, ..desk.into_pool() };
    let mut desk = Desk::new(off, &roster);
    assert_eq!(desk.assign(&mut roster, &LeadNeeds::default()), None);
    assert_eq!(desk.assign_to(&mut roster, &LeadNeeds::default(), 1).slot, Some(0));
}

#[test]
fn skills_decide_who_may_take_a_lead() {
    let skilled = model::AgentFacts { skills: vec!["en".into(), "hi".into()], ..agent(2) };
    let mut roster = Roster::new(NOON, vec![agent(1), skilled]);
    let mut desk = Desk::new(pool(PolicyKind::Fair, &[9000, 1000]), &roster);
    let hindi = LeadNeeds { skills: vec!["hi".into()], ..LeadNeeds::default() };
    for _ in 0..3 {
        assert_eq!(desk.assign(&mut roster, &hindi).unwrap().agent_no, 2);
        assert_eq!(desk.verdicts(), [Verdict::MissingSkill.code(), 0]);
    }
    assert_eq!(desk.assign(&mut roster, &LeadNeeds::default()).unwrap().agent_no, 1);
    assert!((desk.pool().members[1].credit.leads() - 0.1).abs() < 1e-9);
}

#[test]
fn a_policy_may_change_and_the_next_picks_follow_it() {
    let (mut desk, mut roster) = desk(PolicyKind::RoundRobin, &[1000, 1000, 1000]);
    desk.assign(&mut roster, &LeadNeeds::default()).unwrap();
    assert_eq!(routing::next_order(desk.pool(), &roster), [2, 3, 1]);
    let fair = model::PoolState { policy: PolicyKind::Fair, ..desk.into_pool() };
    assert_eq!(routing::next_order(&fair, &roster), [2, 3, 1]);
}

#[test]
fn a_waiting_lead_says_why() {
    let mut on_leave = agent(1);
    on_leave.name = "Ravi".into();
    on_leave.availability = serde_json::from_value(serde_json::json!({
        "leave": [{ "from": "2026-11-18", "to": "2026-12-03" }]
    }))
    .unwrap();
    let unskilled = model::AgentFacts { name: "Asha".into(), ..agent(2) };
    let needs = LeadNeeds { skills: vec!["hi".into()], ..LeadNeeds::default() };
    on_leave.skills = vec!["hi".into()];
    let pool = pool(PolicyKind::Fair, &[1000, 1000]);
    let waiting = routing::explain_waiting(NOON, &pool, &[on_leave, unskilled], &needs);
    assert_eq!(
        waiting.sentences(),
        [
            "The lead waits: nobody can take it now.",
            "Ravi could not: on leave until 2026-12-03.",
            "Asha could not: lacks hi.",
        ]
    );
    // Midnight of 4 December in Kolkata.
    assert_eq!(waiting.next_change.unwrap().to_string(), "2026-12-03T18:30:00Z");
}
