//! A source's pool: the agents its leads are given to, their weights and credits.

use crate::words;

words! {
    /// How a pool chooses among eligible agents.
    PolicyKind, "policy" {
        /// Quota-EDF on exact deficit credits: shares by weight, after every single lead.
        Fair = "fair",
        /// Each in turn.
        RoundRobin = "round_robin",
        /// Fewest leads so far first, ties in turn: Ather CRM's classic.
        Fewest = "fewest",
    }
}

words! {
    /// In which order waiting leads are given out.
    BacklogOrder, "order" {
        /// First in, first out.
        Oldest = "oldest",
        /// The newest first.
        Newest = "newest",
        /// The most valuable first.
        Value = "value",
    }
}

/// An agent's weight in a pool, in thousandths: 1 (0.001) to 1,000,000 (1000).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Weight(i64);

impl Weight {
    /// The weight 1.
    pub const ONE: Self = Self(1000);

    /// From thousandths; `None` outside 1 ..= 1,000,000.
    pub const fn from_thousandths(thousandths: i64) -> Option<Self> {
        if thousandths >= 1 && thousandths <= 1_000_000 { Some(Self(thousandths)) } else { None }
    }

    /// From a decimal such as 0.5, rounded to thousandths; `None` outside 0.001 ..= 1000.
    pub fn from_decimal(weight: f64) -> Option<Self> {
        let thousandths = (weight * 1000.0).round();
        (1.0..=1_000_000.0).contains(&thousandths).then_some(Self(thousandths as i64))
    }

    /// In thousandths.
    pub const fn thousandths(self) -> i64 {
        self.0
    }

    /// As a decimal.
    pub fn decimal(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

/// What a pool owes an agent (or, below zero, the agent the pool), in units of 2⁻⁴⁰ lead. Stored, never derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Credit(pub i64);

impl Credit {
    /// One lead.
    pub const LEAD: i64 = 1 << 40;

    /// As a decimal number of leads.
    pub fn leads(self) -> f64 {
        self.0 as f64 / Self::LEAD as f64
    }
}

/// One row of `pool_member`: an agent that is, or once was, in the pool. Slots are handed out in the order agents
/// first joined and are never reused, so that a stored byte per slot stays readable for ever.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolMember {
    /// 0, 1, 2, … in the order of first joining.
    pub slot: usize,
    /// The agent's number.
    pub agent_no: i64,
    /// Weight under the current configuration.
    pub weight: Weight,
    /// What the pool owes it.
    pub credit: Credit,
    /// In the current configuration; a removed member keeps its row and its credit.
    pub current: bool,
}

/// All that a decision in one pool depends on besides the agents' own facts and the lead.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolState {
    /// The source the pool belongs to.
    pub source_no: i64,
    /// Off: leads wait.
    pub enabled: bool,
    /// How it chooses.
    pub policy: PolicyKind,
    /// In which order its backlog is given out.
    pub order: BacklogOrder,
    /// The configuration in force; 0: never configured.
    pub config_version: i64,
    /// The number of the last step (pick, manual pick, hand-back) taken.
    pub seq: i64,
    /// The slot picked last by a policy that takes turns; −1 before the first.
    pub last_slot: i64,
    /// By slot: `members[i].slot == i`.
    pub members: Vec<PoolMember>,
}
