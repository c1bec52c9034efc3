//! A stored decision, taken again: the same rules over the same bytes give the same pick, and tell why.

use crate::explanation::{Explanation, MemberShare};
use crate::manual::{joined, refunders};
use crate::shares::eligible;
use crate::{CHECKPOINT_EVERY, Checkpoint, Dealer, Rule, Shares, Verdict, decide, hand_back, manual_pick};
use model::assignment::StepKind;
use model::{BacklogOrder, Credit, PolicyKind, PoolMember, PoolState, Weight};

/// One version of a pool's configuration; versions are never updated once stored.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigVersion {
    /// Its number.
    pub version: i64,
    /// How the pool chose.
    pub policy: PolicyKind,
    /// Who was in it.
    pub members: Vec<ConfigMember>,
}

/// A member under one version of the configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigMember {
    /// Its slot in the pool.
    pub slot: usize,
    /// The agent's number.
    pub agent_no: i64,
    /// For sentences; may be today's.
    pub name: String,
    /// Its weight then.
    pub weight: Weight,
}

/// One stored step of a pool.
#[derive(Debug, Clone)]
pub struct Step<'a> {
    /// Its number.
    pub seq: i64,
    /// What kind of step.
    pub kind: StepKind,
    /// The configuration in force.
    pub config: &'a ConfigVersion,
    /// One byte per slot there was.
    pub verdicts: &'a [u8],
    /// Who was picked, or gave the lead back; `None`: an agent outside the pool.
    pub slot: Option<usize>,
    /// The lead had been handed back before.
    pub share_paid: bool,
    /// Leads given before the step, by slot; needed by policy `fewest` only.
    pub totals: Option<&'a [i64]>,
}

/// Stored history that does not follow from the rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayMismatch {
    /// No step was given.
    #[error("nothing to replay")]
    Nothing,
    /// More steps than lie between two checkpoints.
    #[error("more than {CHECKPOINT_EVERY} steps since the checkpoint")]
    TooMany,
    /// The numbers have a gap or a repeat.
    #[error("step {found} follows where step {expected} was expected")]
    Gap {
        /// The number that was due.
        expected: i64,
        /// The number that came.
        found: i64,
    },
    /// The rules pick somebody else.
    #[error("step {seq}: stored slot {stored:?}, the rules say {replayed:?}")]
    Picked {
        /// The step's number.
        seq: i64,
        /// The slot that is stored.
        stored: Option<usize>,
        /// The slot that the rules pick.
        replayed: Option<usize>,
    },
    /// A step of policy `fewest` without totals.
    #[error("step {seq}: totals are missing")]
    NoTotals {
        /// The step's number.
        seq: i64,
    },
    /// A slot nobody ever had.
    #[error("step {seq}: unknown slot {slot}")]
    UnknownSlot {
        /// The step's number.
        seq: i64,
        /// The slot.
        slot: usize,
    },
}

/// Takes the steps again from the checkpoint on, holds each pick against the stored one, and explains the last.
pub fn replay<'a>(
    from: &Checkpoint,
    steps: impl IntoIterator<Item = Step<'a>>,
) -> Result<Explanation, ReplayMismatch> {
    let mut replayer = Replayer::new(from);
    let mut steps = steps.into_iter().peekable();
    let mut taken = 0;
    while let Some(step) = steps.next() {
        taken += 1;
        if taken > CHECKPOINT_EVERY {
            return Err(ReplayMismatch::TooMany);
        }
        if steps.peek().is_none() {
            return replayer.explain(&step);
        }
        replayer.step(&step)?;
    }
    Err(ReplayMismatch::Nothing)
}

/// A pool rebuilt from a checkpoint, step after step: what `fairlead check` walks through a whole history with.
#[derive(Debug, Clone)]
pub struct Replayer {
    pool: PoolState,
    dealer: Dealer,
}

impl Replayer {
    /// The pool right after the checkpoint.
    pub fn new(from: &Checkpoint) -> Self {
        let mut pool = PoolState {
            source_no: 0,
            enabled: true,
            policy: PolicyKind::Fair,
            order: BacklogOrder::Oldest,
            config_version: -1,
            seq: from.seq,
            last_slot: from.last_slot,
            members: Vec::new(),
        };
        grow(&mut pool, from.credits.len());
        for (member, credit) in pool.members.iter_mut().zip(&from.credits) {
            member.credit = Credit(*credit);
        }
        Self { pool, dealer: Dealer::default() }
    }

    /// The pool as it stands now, to be held against the next stored checkpoint or the pool's own rows.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint::of(&self.pool)
    }

    /// Takes one step again.
    pub fn step(&mut self, step: &Step<'_>) -> Result<(), ReplayMismatch> {
        self.prepare(step)?;
        self.take(step).map(drop)
    }

    /// Takes one step again and tells why it went as it did.
    pub fn explain(&mut self, step: &Step<'_>) -> Result<Explanation, ReplayMismatch> {
        self.prepare(step)?;
        let before = self.checkpoint().credits;
        let (shares, sign) = self.shares_of(step);
        let threshold = shares.threshold();
        let rule = self.take(step)?;
        let member = |member: &ConfigMember| {
            let slot = member.slot;
            let share = sign * shares.share_of(slot, step.seq);
            let verdict = step.verdicts.get(slot).copied().unwrap_or(Verdict::Removed.code());
            MemberShare {
                member: member.clone(),
                verdict: Verdict::from_code(verdict).unwrap_or(Verdict::Inactive),
                share,
                before: before[slot],
                after: self.pool.members[slot].credit.0,
                total: step.totals.and_then(|totals| totals.get(slot).copied()),
                picked: step.slot == Some(slot),
            }
        };
        let members = step.config.members.iter().map(member).collect();
        Ok(Explanation::new(step, rule, threshold, shares.total_weight(), members))
    }

    /// The shares the step deals (+1), takes back (−1), or leaves alone (0).
    fn shares_of(&self, step: &Step<'_>) -> (Shares, i64) {
        let (pool, verdicts) = (&self.pool, step.verdicts);
        let able = || Shares::among(pool, eligible(pool, verdicts));
        match (step.kind, step.slot, step.share_paid) {
            (StepKind::Pick, _, paid) => (able(), i64::from(!paid)),
            (StepKind::Manual, Some(slot), paid) => (joined(pool, verdicts, slot), i64::from(!paid)),
            (StepKind::Manual, None, true) => (refunders(pool, verdicts), -1),
            (StepKind::Manual, None, false) | (StepKind::HandBack, ..) => (able(), 0),
        }
    }

    fn prepare(&mut self, step: &Step<'_>) -> Result<(), ReplayMismatch> {
        if step.seq != self.pool.seq + 1 {
            return Err(ReplayMismatch::Gap { expected: self.pool.seq + 1, found: step.seq });
        }
        self.configure(step);
        match step.slot {
            Some(slot) if slot >= self.pool.members.len() => {
                Err(ReplayMismatch::UnknownSlot { seq: step.seq, slot })
            }
            _ => Ok(()),
        }
    }

    fn configure(&mut self, step: &Step<'_>) {
        let slots = step.config.members.iter().map(|member| member.slot + 1).max().unwrap_or(0);
        grow(&mut self.pool, slots.max(step.verdicts.len()));
        if self.pool.config_version == step.config.version {
            return;
        }
        self.pool.config_version = step.config.version;
        self.pool.policy = step.config.policy;
        self.pool.members.iter_mut().for_each(|member| member.current = false);
        for member in &step.config.members {
            let row = &mut self.pool.members[member.slot];
            (row.agent_no, row.weight, row.current) = (member.agent_no, member.weight, true);
        }
    }

    fn take(&mut self, step: &Step<'_>) -> Result<Rule, ReplayMismatch> {
        let wrong = |replayed| ReplayMismatch::Picked { seq: step.seq, stored: step.slot, replayed };
        match step.kind {
            StepKind::Pick => {
                if self.pool.policy == PolicyKind::Fewest && step.totals.is_none() {
                    return Err(ReplayMismatch::NoTotals { seq: step.seq });
                }
                let totals = step.totals.unwrap_or_default();
                let pick = decide(&mut self.pool, &mut self.dealer, step.verdicts, totals, step.share_paid)
                    .ok_or_else(|| wrong(None))?;
                if step.slot == Some(pick.slot) { Ok(pick.rule) } else { Err(wrong(Some(pick.slot))) }
            }
            StepKind::Manual => {
                // A removed member is outside the pool: it was stored without its slot.
                let agent = step.slot.map_or(NOBODY, |slot| self.pool.members[slot].agent_no);
                let pick = manual_pick(&mut self.pool, step.verdicts, agent, step.share_paid);
                if step.slot == pick.slot { Ok(Rule::ChosenByPerson) } else { Err(wrong(pick.slot)) }
            }
            StepKind::HandBack => {
                hand_back(&mut self.pool, step.slot);
                Ok(Rule::HandedBack)
            }
        }
    }
}

/// No agent has this number.
const NOBODY: i64 = i64::MIN;

fn grow(pool: &mut PoolState, slots: usize) {
    while pool.members.len() < slots {
        let slot = pool.members.len();
        pool.members.push(PoolMember {
            slot,
            agent_no: NOBODY,
            weight: Weight::ONE,
            credit: Credit(0),
            current: false,
        });
    }
}
