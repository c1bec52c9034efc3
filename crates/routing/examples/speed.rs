//! How long a roster, and 100,000 leads over 50 agents, take: `cargo run --release -p routing --example speed`.
#![expect(clippy::print_stdout, reason = "this is what it is for")]

use model::{
    AgentFacts, Availability, BacklogOrder, LeadNeeds, Micros, PolicyKind, PoolState, Presence, Shift, Weight,
};
use routing::{Desk, Roster, reconfigure};
use std::time::Instant;

fn main() {
    let agents: Vec<AgentFacts> = (1..=50).map(agent).collect();
    let begun = Instant::now();
    for _ in 0..1000 {
        std::hint::black_box(Roster::new(Micros(0), agents.clone()));
    }
    println!("a roster of 50 with shifts: {:.1} µs", begun.elapsed().as_secs_f64() * 1e3);
    for policy in PolicyKind::ALL {
        for weighted in [false, true] {
            let mut best = f64::MAX;
            for _ in 0..5 {
                let (mut roster, mut desk) = office(*policy, weighted);
                let begun = Instant::now();
                for _ in 0..100_000 {
                    desk.assign(&mut roster, &LeadNeeds::default());
                }
                best = best.min(begun.elapsed().as_secs_f64());
            }
            println!("{policy}, weighted {weighted}: {:.1} ms", best * 1e3);
        }
    }
}

fn office(policy: PolicyKind, weighted: bool) -> (Roster, Desk) {
    let agents: Vec<AgentFacts> = (1..=50).map(agent).collect();
    let weight = |no: i64| if weighted { Weight::from_thousandths(no * 137) } else { None };
    let members: Vec<_> =
        agents.iter().map(|agent| (agent.agent_no, weight(agent.agent_no).unwrap_or(Weight::ONE))).collect();
    let mut pool = PoolState {
        source_no: 1,
        enabled: true,
        policy,
        order: BacklogOrder::Oldest,
        config_version: 0,
        seq: 0,
        last_slot: -1,
        members: Vec::new(),
    };
    reconfigure(&mut pool, &members, policy, BacklogOrder::Oldest, true);
    let roster = Roster::new(Micros(0), agents);
    let desk = Desk::new(pool, &roster);
    (roster, desk)
}

fn agent(agent_no: i64) -> AgentFacts {
    AgentFacts {
        agent_no,
        name: format!("agent {agent_no}"),
        active: true,
        presence: Presence::Online,
        skills: Vec::new(),
        daily_cap: None,
        open_cap: None,
        availability: Availability { shifts: vec![always()], ..Availability::default() },
        default_timezone: "Asia/Kolkata".into(),
        total: agent_no % 7,
        open_count: 0,
        day: None,
        day_count: 0,
    }
}

/// Round the clock, and yet to be looked at.
fn always() -> Shift {
    use jiff::civil::{Time, Weekday};
    let days = std::iter::successors(Some(Weekday::Monday), |day| Some(day.next())).take(7).collect();
    Shift { days, from: Time::midnight(), to: Time::midnight() }
}
