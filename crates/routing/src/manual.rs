//! Steps a person takes: choosing the agent, giving a lead back.

use crate::Shares;
use crate::shares::{add, eligible};
use model::{Credit, PoolState};

/// A manual assignment, counted in its pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManualPick {
    /// The step's number in its pool.
    pub seq: i64,
    /// The member's slot, to be stored with the assignment; `None`: the agent is no current member, and the lead's
    /// share is not paid in this pool.
    pub slot: Option<usize>,
}

/// A lead given back, counted in its pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandedBack {
    /// The step's number in its pool.
    pub seq: i64,
    /// What the lead is to be marked with: its next assignment adds no shares.
    pub share_paid: bool,
}

/// A person gives a lead to `agent_no`. A current member joins the eligible set, away or capped though it may be, and
/// the lead counts as picked. Anybody else leaves the credits alone; but a lead whose share is paid takes it along: the
/// shares are taken back from the eligible, else from all current members, else equally from every slot (no
/// configuration gives the removed a weight), so that the sum of credits stays the number of handed-back leads that wait.
pub fn manual_pick(pool: &mut PoolState, verdicts: &[u8], agent_no: i64, share_paid: bool) -> ManualPick {
    pool.seq += 1;
    let seq = pool.seq;
    let slot = pool.members.iter().position(|member| member.current && member.agent_no == agent_no);
    match (slot, share_paid) {
        (Some(slot), true) => add(pool, slot, -Credit::LEAD),
        (Some(slot), false) => {
            joined(pool, verdicts, slot).deal(pool, seq);
            add(pool, slot, -Credit::LEAD);
        }
        (None, true) => refunders(pool, verdicts).take_back(pool, seq),
        (None, false) => {}
    }
    ManualPick { seq, slot }
}

/// An agent gives a lead back. `giver`: the slot stored with the assignment that ends, `None` if it was given outside
/// the pool (its share was never dealt here, and is not owed). The giver's credit rises by one lead.
pub fn hand_back(pool: &mut PoolState, giver: Option<usize>) -> HandedBack {
    pool.seq += 1;
    let giver = giver.filter(|slot| *slot < pool.members.len());
    if let Some(slot) = giver {
        add(pool, slot, Credit::LEAD);
    }
    HandedBack { seq: pool.seq, share_paid: giver.is_some() }
}

/// The shares of a manual pick: the eligible and the picked one.
pub(crate) fn joined(pool: &PoolState, verdicts: &[u8], picked: usize) -> Shares {
    let mut slots: Vec<usize> = eligible(pool, verdicts).collect();
    if let Err(place) = slots.binary_search(&picked) {
        slots.insert(place, picked);
    }
    Shares::among(pool, slots)
}

/// Those a paid share is taken back from when the lead leaves the pool.
pub(crate) fn refunders(pool: &PoolState, verdicts: &[u8]) -> Shares {
    let able: Vec<usize> = eligible(pool, verdicts).collect();
    if !able.is_empty() {
        return Shares::among(pool, able);
    }
    let current: Vec<usize> = pool.members.iter().filter(|m| m.current).map(|m| m.slot).collect();
    if current.is_empty() { Shares::equal(pool) } else { Shares::among(pool, current) }
}
