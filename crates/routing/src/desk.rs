//! One pool at work in a batch: facts in, picks out, everything in memory.

use crate::verdict::{has_skills, settle};
use crate::{Dealer, HandedBack, ManualPick, Pick, Roster, Verdict, decide, hand_back, manual_pick};
use model::{LeadNeeds, PoolState};

/// A pool, and where its members sit in the batch's [`Roster`]. Build it after the configuration is final: a desk does
/// not notice a member that joins later.
#[derive(Debug, Clone)]
pub struct Desk {
    pool: PoolState,
    seats: Vec<Option<usize>>,
    dealer: Dealer,
    verdicts: Vec<u8>,
    totals: Vec<i64>,
    skills: Vec<String>,
    skilled: Vec<bool>,
}

impl Desk {
    /// Seats the pool's members. An agent the roster does not know counts as deactivated.
    pub fn new(pool: PoolState, roster: &Roster) -> Self {
        debug_assert!(pool.members.iter().enumerate().all(|(slot, member)| member.slot == slot));
        let seats: Vec<_> = pool.members.iter().map(|member| roster.index_of(member.agent_no)).collect();
        let slots = seats.len();
        Self {
            pool,
            seats,
            dealer: Dealer::default(),
            verdicts: vec![0; slots],
            totals: vec![0; slots],
            skills: Vec::new(),
            skilled: vec![true; slots],
        }
    }

    /// The pool as it stands: credits, sequence number and turn are what the batch has to write.
    pub fn pool(&self) -> &PoolState {
        &self.pool
    }

    /// The pool, the work being done.
    pub fn into_pool(self) -> PoolState {
        self.pool
    }

    /// Gives a lead out by the pool's policy and counts it in the roster. `None`: the pool is off or nobody is
    /// eligible, the lead waits, nothing has changed; [`Self::verdicts`] says why.
    pub fn assign(&mut self, roster: &mut Roster, needs: &LeadNeeds) -> Option<Pick> {
        self.look(roster, needs);
        if !self.pool.enabled {
            return None;
        }
        let pick = decide(&mut self.pool, &mut self.dealer, &self.verdicts, &self.totals, needs.share_paid)?;
        if let Some(index) = self.seats[pick.slot] {
            roster.given_at(index);
        }
        Some(pick)
    }

    /// A person gives the lead to `agent_no`, member or not; counted in the roster. A lead that somebody holds is taken
    /// by [`Self::hand_back`] first, and given with `needs.share_paid` as that answered.
    pub fn assign_to(&mut self, roster: &mut Roster, needs: &LeadNeeds, agent_no: i64) -> ManualPick {
        self.look(roster, needs);
        let pick = manual_pick(&mut self.pool, &self.verdicts, agent_no, needs.share_paid);
        roster.given(agent_no);
        pick
    }

    /// `agent_no` gives back a lead that was assigned to it as `slot`; counted in the roster.
    pub fn hand_back(&mut self, roster: &mut Roster, agent_no: i64, slot: Option<usize>) -> HandedBack {
        self.look(roster, &LeadNeeds::default());
        roster.given_back(agent_no);
        hand_back(&mut self.pool, slot)
    }

    /// The verdicts of the last step, one byte per slot: what is stored with it.
    pub fn verdicts(&self) -> &[u8] {
        &self.verdicts
    }

    /// Leads ever given before the last step, by slot: what a replay of `fewest` needs.
    pub fn totals(&self) -> &[i64] {
        &self.totals
    }

    /// Fills in verdicts and totals for one lead without giving it out.
    pub fn look(&mut self, roster: &Roster, needs: &LeadNeeds) {
        self.learn_skills(roster, &needs.skills);
        for (slot, member) in self.pool.members.iter().enumerate() {
            let (readiness, total) = match self.seats[slot] {
                _ if !member.current => (Verdict::Removed, 0),
                None => (Verdict::Inactive, 0),
                Some(index) => (roster.readiness(index), roster.agents()[index].total),
            };
            let gave_back = needs.skip_agent == Some(member.agent_no);
            self.totals[slot] = total;
            self.verdicts[slot] = settle(readiness, gave_back, self.skilled[slot]).code();
        }
    }

    /// Who has the skills: worked out again only when the next lead needs others.
    fn learn_skills(&mut self, roster: &Roster, skills: &[String]) {
        if self.skills == skills {
            return;
        }
        self.skills = skills.to_vec();
        let able =
            |seat: &Option<usize>| seat.is_some_and(|index| has_skills(&roster.agents()[index], skills));
        self.skilled = self.seats.iter().map(able).collect();
    }
}
