//! Shifts, leave, days off and limits in the agent's own zone.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{agent, shift};
use model::{AgentFacts, Micros, Shift};
use routing::{Verdict, local_day, next_change, readiness};

const ALL_DAYS: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn at(text: &str) -> Micros {
    Micros::from_timestamp(text.parse().unwrap())
}

fn working(zone: &str, shifts: Vec<Shift>) -> AgentFacts {
    let mut agent = agent(1);
    agent.availability.timezone = Some(zone.into());
    agent.availability.shifts = shifts;
    agent
}

#[track_caller]
fn check(agent: &AgentFacts, now: &str, expected: Verdict, next: Option<&str>) {
    assert_eq!(readiness(at(now), agent), expected, "at {now}");
    let change = next_change(at(now), agent).map(|at| at.to_string());
    assert_eq!(change.as_deref(), next, "after {now}");
}

#[test]
fn a_day_shift_is_read_in_the_agents_zone() {
    let agent = working("Asia/Kolkata", vec![shift(&["fri"], "09:00", "18:00")]);
    check(&agent, "2026-11-20T03:29:59Z", Verdict::OffShift, Some("2026-11-20T03:30:00Z"));
    check(&agent, "2026-11-20T03:30:00Z", Verdict::Eligible, Some("2026-11-20T12:30:00Z"));
    check(&agent, "2026-11-20T12:30:00Z", Verdict::OffShift, Some("2026-11-27T03:30:00Z"));
}

#[test]
fn the_organisations_zone_is_used_where_the_agent_names_none() {
    let mut agent = working("Asia/Kolkata", vec![shift(&["fri"], "09:00", "18:00")]);
    agent.availability.timezone = None;
    check(&agent, "2026-11-20T03:30:00Z", Verdict::Eligible, Some("2026-11-20T12:30:00Z"));
}

#[test]
fn a_night_shift_belongs_to_the_day_it_begins_on() {
    let agent = working("Europe/Berlin", vec![shift(&["fri"], "22:00", "06:00")]);
    check(&agent, "2026-11-20T20:59:00Z", Verdict::OffShift, Some("2026-11-20T21:00:00Z"));
    check(&agent, "2026-11-20T21:00:00Z", Verdict::Eligible, Some("2026-11-21T05:00:00Z"));
    check(&agent, "2026-11-21T04:59:59Z", Verdict::Eligible, Some("2026-11-21T05:00:00Z"));
    check(&agent, "2026-11-21T05:00:00Z", Verdict::OffShift, Some("2026-11-27T21:00:00Z"));
    check(&agent, "2026-11-20T04:00:00Z", Verdict::OffShift, Some("2026-11-20T21:00:00Z"));
}

#[test]
fn a_shift_that_ends_when_it_begins_lasts_a_day() {
    let agent = working("UTC", vec![shift(&["mon"], "00:00", "24:00")]);
    check(&agent, "2026-11-23T00:00:00Z", Verdict::Eligible, Some("2026-11-24T00:00:00Z"));
    let always = working("UTC", vec![shift(ALL_DAYS, "08:00", "08:00")]);
    check(&always, "2026-11-23T08:00:00Z", Verdict::Eligible, None);
}

#[test]
fn a_shift_neither_repeats_nor_vanishes_when_the_clocks_change() {
    // Berlin goes back from 03:00 to 02:00 on 25 October 2026: 02:30 comes twice, the first counts.
    let autumn = working("Europe/Berlin", vec![shift(&["sun"], "01:00", "02:30")]);
    check(&autumn, "2026-10-25T00:29:59Z", Verdict::Eligible, Some("2026-10-25T00:30:00Z"));
    check(&autumn, "2026-10-25T00:30:00Z", Verdict::OffShift, Some("2026-11-01T00:00:00Z"));
    check(&autumn, "2026-10-25T01:15:00Z", Verdict::OffShift, Some("2026-11-01T00:00:00Z"));
    // And forward from 02:00 to 03:00 on 29 March 2026: 02:30 is moved behind the gap.
    let spring = working("Europe/Berlin", vec![shift(&["sun"], "02:30", "05:00")]);
    check(&spring, "2026-03-29T01:15:00Z", Verdict::OffShift, Some("2026-03-29T01:30:00Z"));
    check(&spring, "2026-03-29T01:30:00Z", Verdict::Eligible, Some("2026-03-29T03:00:00Z"));
}

#[test]
fn leave_and_days_off_are_whole_local_days() {
    let mut agent = agent(1);
    agent.availability = serde_json::from_value(serde_json::json!({
        "timezone": "America/New_York",
        "leave": [{ "from": "2026-11-20", "to": "2026-11-21" }],
        "holidays": ["2026-11-26"],
    }))
    .unwrap();
    check(&agent, "2026-11-20T04:59:59Z", Verdict::Eligible, Some("2026-11-20T05:00:00Z"));
    check(&agent, "2026-11-20T05:00:00Z", Verdict::OnLeave, Some("2026-11-22T05:00:00Z"));
    check(&agent, "2026-11-22T05:00:00Z", Verdict::Eligible, Some("2026-11-26T05:00:00Z"));
    check(&agent, "2026-11-26T05:00:00Z", Verdict::Holiday, Some("2026-11-27T05:00:00Z"));
    check(&agent, "2026-11-27T05:00:00Z", Verdict::Eligible, None);
}

#[test]
fn the_daily_count_is_worth_nothing_after_local_midnight() {
    let mut agent = working("Asia/Kolkata", Vec::new());
    agent.daily_cap = Some(5);
    (agent.day, agent.day_count) = (Some("2026-11-20".parse().unwrap()), 5);
    check(&agent, "2026-11-20T18:29:59Z", Verdict::DailyCap, Some("2026-11-20T18:30:00Z"));
    check(&agent, "2026-11-20T18:30:00Z", Verdict::Eligible, None);
    assert_eq!(local_day(at("2026-11-20T18:30:00Z"), &agent).to_string(), "2026-11-21");
    agent.daily_cap = Some(0);
    check(&agent, "2026-11-20T18:30:00Z", Verdict::DailyCap, None);
}

#[test]
fn time_changes_nothing_for_those_who_are_away_or_deactivated() {
    let mut agent = working("UTC", vec![shift(&["fri"], "09:00", "18:00")]);
    agent.presence = model::Presence::Away;
    check(&agent, "2026-11-20T10:00:00Z", Verdict::Away, None);
    agent.active = false;
    check(&agent, "2026-11-20T10:00:00Z", Verdict::Inactive, None);
}

#[test]
fn an_unknown_zone_means_utc() {
    let mut agent = working("Mars/Olympus", vec![shift(&["fri"], "09:00", "18:00")]);
    agent.default_timezone = "Nowhere".into();
    check(&agent, "2026-11-20T09:00:00Z", Verdict::Eligible, Some("2026-11-20T18:00:00Z"));
}
