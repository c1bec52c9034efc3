//! Who has got how much out of a source, and how that compares with what the weights ask for.

use crate::Failure;
use model::{Micros, OrgId, PolicyKind, PoolState, Weight};
use routing::{Balance, Spread, balance, lagging, spread};
use std::collections::HashMap;
use store::Query;
use store::agent::Agent;
use store::pool::SourceAgent;
use store::source::Source;
use store::stats::SourceTally;

/// What every source's distribution is made of.
#[derive(Debug)]
pub struct Facts {
    agents: HashMap<i64, Agent>,
    given: Vec<SourceAgent>,
    tallies: Vec<SourceTally>,
    now: Micros,
}

impl Facts {
    /// Of all sources and agents, or with the leads of one source only.
    pub async fn load(db: &impl Query, org: OrgId, only: Option<i64>, now: Micros) -> Result<Self, Failure> {
        let agents = store::agent::agent_list(db, org, 0, 100_000).await?;
        let given = store::pool::source_agent_list(db, org, only).await?;
        Self::of(db, org, agents, given, now).await
    }

    /// Of one source and the agents who are members of it or have got something out of it.
    pub async fn load_source(
        db: &impl Query,
        org: OrgId,
        pool: &PoolState,
        now: Micros,
    ) -> Result<Self, Failure> {
        let given = store::pool::source_agent_list(db, org, Some(pool.source_no)).await?;
        let members = pool.members.iter().filter(|m| m.current).map(|m| m.agent_no);
        let numbers: Vec<i64> = members.chain(given.iter().map(|g| g.agent_no)).collect();
        let agents = store::agent::agent_list_no(db, org, &numbers).await?;
        Self::of(db, org, agents, given, now).await
    }

    async fn of(
        db: &impl Query,
        org: OrgId,
        agents: Vec<Agent>,
        given: Vec<SourceAgent>,
        now: Micros,
    ) -> Result<Self, Failure> {
        let tallies = store::stats::tally_list(db, org).await?;
        let agents = agents.into_iter().map(|a| (a.agent_no, a)).collect();
        Ok(Self { agents, given, tallies, now })
    }

    /// How evenly leads of any source lie among the active agents.
    pub fn overall(&self) -> Spread {
        let totals: Vec<i64> = self.agents.values().filter(|a| a.active).map(|a| a.total).collect();
        spread(&totals)
    }

    /// An agent by number.
    pub fn agent(&self, agent_no: i64) -> Option<&Agent> {
        self.agents.get(&agent_no)
    }
}

/// A source's distribution.
#[derive(Debug, Clone)]
pub struct Distribution {
    /// The source.
    pub source: Source,
    /// A configuration is in force.
    pub configured: bool,
    /// Leads are given out.
    pub enabled: bool,
    /// How.
    pub policy: PolicyKind,
    /// Leads of the source.
    pub total: i64,
    /// Leads without an agent that are not final.
    pub waiting: i64,
    /// Leads given out of the source, less hand-backs.
    pub assigned: i64,
    /// Everybody who is a member or has got something, by number.
    pub shares: Vec<Share>,
    /// How evenly the members' leads lie; whoever has left does not count any more.
    pub spread: Spread,
    /// The same, measured against the weights.
    pub balance: Balance,
    /// Names of the members who are more than one lead below the average, the furthest first.
    pub lagging: Vec<String>,
    /// When somebody last got a lead.
    pub last_at: Option<Micros>,
    /// The members who can take a lead now, in the order of their next turn.
    pub next: Vec<i64>,
}

/// An agent's part of a source.
#[derive(Debug, Clone)]
pub struct Share {
    /// Who.
    pub agent: Agent,
    /// Out of this source, less hand-backs.
    pub total: i64,
    /// Of what was given out, 0 to 1.
    pub share: f64,
    /// For members: what the weights ask for.
    pub member: Option<MemberShare>,
    /// When it last got a lead.
    pub last_at: Option<Micros>,
}

/// What a member's weight asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MemberShare {
    /// The weight.
    pub weight: Weight,
    /// By weight, 0 to 1.
    pub target: f64,
    /// Leads more (or fewer, below zero) than the weight asks for of what all members have got.
    pub difference: f64,
}

/// How the leads of a source lie.
pub async fn distribution(
    db: &impl Query,
    org: OrgId,
    source: Source,
    facts: &Facts,
) -> Result<Distribution, Failure> {
    let pool = store::pool::pool_fetch(db, org, source.source_no).await?;
    let mut shares = shares(&pool.state, facts);
    let members = || shares.iter().filter_map(|s| s.member.map(|m| (s, m)));
    let counts: Vec<i64> = members().map(|(share, _)| share.total).collect();
    let weights: Vec<Weight> = members().map(|(_, member)| member.weight).collect();
    let names: Vec<&str> = members().map(|(share, _)| share.agent.name.as_str()).collect();
    let lagging = lagging(&counts).into_iter().map(|place| names[place].to_owned()).collect();
    let balance = balance(&counts, &weights);
    for (member, difference) in shares.iter_mut().filter_map(|s| s.member.as_mut()).zip(&balance.differences)
    {
        member.difference = *difference;
    }
    let tallies = || facts.tallies.iter().filter(|t| t.source_no == source.source_no);
    let given = || facts.given.iter().filter(|g| g.source_no == source.source_no);
    let next = match pool.configured {
        true => super::explain::next_order(db, org, source.source_no, facts.now).await?,
        false => Vec::new(),
    };
    Ok(Distribution {
        configured: pool.configured,
        enabled: pool.state.enabled,
        policy: pool.state.policy,
        total: tallies().map(|t| t.leads).sum(),
        waiting: tallies().map(|t| t.waiting).sum(),
        assigned: given().map(|g| g.given).sum(),
        spread: spread(&counts),
        balance,
        lagging,
        last_at: given().filter(|g| g.last_at > 0).map(|g| Micros(g.last_at)).max(),
        next,
        shares,
        source,
    })
}

fn shares(pool: &PoolState, facts: &Facts) -> Vec<Share> {
    let given: HashMap<i64, &SourceAgent> =
        facts.given.iter().filter(|g| g.source_no == pool.source_no).map(|g| (g.agent_no, g)).collect();
    let sum: i64 = given.values().map(|g| g.given).sum();
    let weights: HashMap<i64, Weight> =
        pool.members.iter().filter(|m| m.current).map(|m| (m.agent_no, m.weight)).collect();
    let whole: i64 = weights.values().map(|w| w.thousandths()).sum();
    let mut numbers: Vec<i64> = weights.keys().chain(given.keys()).copied().collect();
    numbers.sort_unstable();
    numbers.dedup();
    let share = |agent_no: i64| {
        let got = given.get(&agent_no);
        let total = got.map_or(0, |g| g.given);
        let member = weights.get(&agent_no).map(|&weight| MemberShare {
            weight,
            target: weight.thousandths() as f64 / whole as f64,
            difference: 0.0,
        });
        Some(Share {
            agent: facts.agents.get(&agent_no)?.clone(),
            total,
            share: if sum > 0 { total as f64 / sum as f64 } else { 0.0 },
            member,
            last_at: got.map(|g| Micros(g.last_at)),
        })
    };
    numbers.into_iter().filter_map(share).collect()
}
