//! A pool's configuration is saved.

use model::{BacklogOrder, Credit, PolicyKind, PoolMember, PoolState, Weight};

/// What a saved configuration changed among the members, by agent number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reconfigured {
    /// In the pool for the first time: a new slot, a credit of 0.
    pub joined: Vec<i64>,
    /// Back again, with the credit they left with.
    pub returned: Vec<i64>,
    /// Not in the configuration any more; row and credit stay.
    pub left: Vec<i64>,
}

/// Replaces the configuration: `members` are agent numbers with weights (of a repeated one the last counts). Weight
/// changes act forward: no credit moves. The configuration's version rises by one; no step is taken.
pub fn reconfigure(
    pool: &mut PoolState,
    members: &[(i64, Weight)],
    policy: PolicyKind,
    order: BacklogOrder,
    enabled: bool,
) -> Reconfigured {
    let was_current: Vec<bool> = pool.members.iter().map(|member| member.current).collect();
    pool.members.iter_mut().for_each(|member| member.current = false);
    let mut change = Reconfigured::default();
    for &(agent_no, weight) in members {
        if let Some(member) = pool.members.iter_mut().find(|member| member.agent_no == agent_no) {
            member.current = true;
            member.weight = weight;
        } else {
            let slot = pool.members.len();
            pool.members.push(PoolMember { slot, agent_no, weight, credit: Credit(0), current: true });
            change.joined.push(agent_no);
        }
    }
    for (member, was_current) in pool.members.iter().zip(was_current) {
        match (was_current, member.current) {
            (false, true) => change.returned.push(member.agent_no),
            (true, false) => change.left.push(member.agent_no),
            _ => {}
        }
    }
    (pool.policy, pool.order, pool.enabled) = (policy, order, enabled);
    pool.config_version += 1;
    change
}
