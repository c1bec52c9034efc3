//! The one entry to the three policies.

use crate::shares::add;
use crate::{Dealer, Shares, fair, fewest, turns};
use model::{Credit, Method, PolicyKind, PoolState};
use serde::Serialize;

/// The rule that settled a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// `fair`: owed more than 1 − 1/(2n − 2), and most of all.
    Overdue,
    /// `fair`: the earliest deadline among the credits that reach the threshold.
    EarliestDeadline,
    /// `fair`: nobody reached the threshold, the largest credit.
    LargestCredit,
    /// `fewest`: the fewest leads so far, ties in turn.
    FewestLeads,
    /// `round_robin`: the next in turn.
    NextInTurn,
    /// A person chose.
    ChosenByPerson,
    /// The agent gave the lead back.
    HandedBack,
}

impl Rule {
    /// In plain words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Overdue => "largest credit among credits > 1 − 1/(2n−2)",
            Self::EarliestDeadline => "earliest deadline among credits ≥ 1/(2n−2)",
            Self::LargestCredit => "largest credit",
            Self::FewestLeads => "fewest leads",
            Self::NextInTurn => "next in turn",
            Self::ChosenByPerson => "chosen by a person",
            Self::HandedBack => "handed back",
        }
    }
}

/// Who got a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pick {
    /// The step's number in its pool.
    pub seq: i64,
    /// The member's slot.
    pub slot: usize,
    /// The agent's number.
    pub agent_no: i64,
    /// How it was chosen, as stored.
    pub method: Method,
    /// The rule that settled it.
    pub rule: Rule,
}

/// Gives the next lead out: takes step `seq + 1`, adds the shares to the credits of the eligible (for every policy:
/// so that a pool may change its policy and stay fair), subtracts one lead from the picked one's.
///
/// `verdicts`: one byte per slot, 0 = eligible. `totals`: leads ever given, by slot, read by `fewest` only.
/// `share_paid`: a lead that was handed back; its shares were dealt when it was first given.
/// `None`: nobody is eligible, and nothing has changed.
pub fn decide(
    pool: &mut PoolState,
    dealer: &mut Dealer,
    verdicts: &[u8],
    totals: &[i64],
    share_paid: bool,
) -> Option<Pick> {
    let shares = dealer.shares(pool, verdicts);
    if shares.is_empty() {
        return None;
    }
    let seq = pool.seq + 1;
    if !share_paid {
        shares.deal(pool, seq);
    }
    let (slot, rule) = choose(pool, shares, totals)?;
    add(pool, slot, -Credit::LEAD);
    pool.seq = seq;
    if pool.policy != PolicyKind::Fair {
        pool.last_slot = slot as i64;
    }
    Some(Pick { seq, slot, agent_no: pool.members[slot].agent_no, method: pool.policy.into(), rule })
}

fn choose(pool: &PoolState, shares: &Shares, totals: &[i64]) -> Option<(usize, Rule)> {
    match pool.policy {
        PolicyKind::Fair => fair::choose(pool, shares),
        PolicyKind::RoundRobin => turns::choose(pool.last_slot, shares).map(|slot| (slot, Rule::NextInTurn)),
        PolicyKind::Fewest => {
            fewest::choose(pool.last_slot, shares, totals).map(|slot| (slot, Rule::FewestLeads))
        }
    }
}
