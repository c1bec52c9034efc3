//! A configuration somebody is working on: read from the pool or from the form, compared with what is stored.

use crate::console::fields::Fields;
use crate::console::ui;
use engine::assign::config::AgentRef;
use model::{BacklogOrder, PolicyKind, PoolState, Weight};
use std::collections::HashMap;
use store::agent::Agent;
use store::pool::ConfigRow;

/// As many members as a form may name.
const MOST: usize = 10_000;

/// A draft.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Draft {
    /// The stored version it began from.
    pub(super) version: i64,
    pub(super) policy: PolicyKind,
    pub(super) order: BacklogOrder,
    pub(super) members: Vec<Drafted>,
}

/// A member of the draft.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Drafted {
    pub(super) agent_no: i64,
    /// As it was typed.
    pub(super) weight: String,
}

impl Drafted {
    /// A whole or decimal number from 0.001 to 1000.
    pub(super) fn parsed(&self) -> Option<Weight> {
        self.weight.replace(',', ".").parse().ok().and_then(Weight::from_decimal)
    }
}

/// `1`, `0.5`.
pub(super) fn weight_text(weight: Weight) -> String {
    weight.decimal().to_string()
}

impl Draft {
    /// What is stored.
    pub(super) fn stored(pool: &PoolState) -> Self {
        let current = pool.members.iter().filter(|m| m.current);
        let drafted = |m: &model::PoolMember| Drafted { agent_no: m.agent_no, weight: weight_text(m.weight) };
        Self {
            version: pool.config_version,
            policy: pool.policy,
            order: pool.order,
            members: current.map(drafted).collect(),
        }
    }

    /// A stored version of the past.
    pub(super) fn version(config: &ConfigRow) -> Self {
        let drafted = |m: &store::pool::ConfigMember| Drafted {
            agent_no: m.agent_no,
            weight: Weight::from_thousandths(m.weight).map(weight_text).unwrap_or_default(),
        };
        Self {
            version: config.version,
            policy: config.policy,
            order: config.order,
            members: config.members.iter().map(drafted).collect(),
        }
    }

    /// What a form holds; what it does not hold is as it is stored.
    pub(super) fn sent(fields: &Fields, pool: &PoolState) -> Self {
        let mut members: Vec<Drafted> = Vec::new();
        let mut known = std::collections::HashSet::new();
        for agent_no in fields.all("member").filter_map(|no| no.parse::<i64>().ok()).take(MOST) {
            if known.insert(agent_no) {
                members.push(Drafted { agent_no, weight: fields.text(&format!("w{agent_no}")).to_owned() });
            }
        }
        Self {
            version: fields.text("version").parse().unwrap_or(pool.config_version),
            policy: fields.text("policy").parse().unwrap_or(pool.policy),
            order: fields.text("order").parse().unwrap_or(pool.order),
            members,
        }
    }

    pub(super) fn holds(&self, agent_no: i64) -> bool {
        self.members.iter().any(|m| m.agent_no == agent_no)
    }

    /// Adds agents that are not in it yet, each with its own weight.
    pub(super) fn add(&mut self, agents: &[Agent]) {
        for agent in agents {
            if !self.holds(agent.agent_no) {
                let weight = weight_text(agent.weight);
                self.members.push(Drafted { agent_no: agent.agent_no, weight });
            }
        }
    }

    pub(super) fn remove(&mut self, agent_no: i64) {
        self.members.retain(|m| m.agent_no != agent_no);
    }

    /// Whether every weight can be understood.
    pub(super) fn is_sound(&self) -> bool {
        self.members.iter().all(|m| m.parsed().is_some())
    }

    /// Members with their weights, as the engine wants them; what cannot be understood is left out.
    pub(super) fn weights(&self) -> impl Iterator<Item = (i64, Weight)> {
        self.members.iter().filter_map(|m| Some((m.agent_no, m.parsed()?)))
    }

    pub(super) fn references(&self) -> Vec<(AgentRef, Option<Weight>)> {
        self.weights().map(|(no, weight)| (AgentRef::No(no), Some(weight))).collect()
    }

    /// What is different here from `old`, each in words.
    pub(super) fn changes(&self, old: &Self, names: &HashMap<i64, Agent>) -> Vec<String> {
        let name = |no: i64| names.get(&no).map_or_else(|| format!("agent {no}"), |a| a.name.clone());
        let mut told = Vec::new();
        if self.policy != old.policy {
            told.push(format!("policy {}", super::words::policy(self.policy).0));
        }
        if self.order != old.order {
            told.push(format!("order {}", super::words::order(self.order).0));
        }
        let was: HashMap<i64, &Drafted> = old.members.iter().map(|m| (m.agent_no, m)).collect();
        for member in &self.members {
            match was.get(&member.agent_no) {
                None => told.push(format!("{} added", name(member.agent_no))),
                Some(old) if old.parsed() != member.parsed() => {
                    told.push(format!(
                        "{} has weight {} instead of {}",
                        name(member.agent_no),
                        member.weight,
                        old.weight
                    ));
                }
                Some(_) => {}
            }
        }
        let gone: Vec<String> =
            old.members.iter().map(|m| m.agent_no).filter(|no| !self.holds(*no)).map(name).collect();
        told.extend(gone.iter().map(|name| format!("{name} removed")));
        told
    }
}

/// The first changes in a sentence.
pub(super) fn told(changes: &[String]) -> String {
    ui::names(changes, 6)
}
