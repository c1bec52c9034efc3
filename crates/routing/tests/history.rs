//! Random histories: the sum of credits, and replay.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{empty_pool, thousandths};
use model::assignment::StepKind;
use model::{BacklogOrder, Credit, PolicyKind, PoolState};
use proptest::prelude::*;
use routing::{
    Checkpoint, ConfigMember, ConfigVersion, Dealer, ReplayMismatch, Replayer, Step, decide, hand_back,
    manual_pick, reconfigure, replay,
};

/// One thing that happens to a pool.
#[derive(Debug, Clone)]
enum Act {
    Configure { members: Vec<(i64, i64)>, policy: PolicyKind },
    Lead { away: u64 },
    GiveBack { which: usize },
    AssignWaiting { away: u64 },
    Manual { agent_no: i64, away: u64, waiting: bool },
}

fn any_act() -> impl Strategy<Value = Act> {
    let policy = prop::sample::select(PolicyKind::ALL);
    let members = prop::collection::vec((1..=9_i64, 1..=5000_i64), 0..=6);
    prop_oneof![
        1 => (members, policy).prop_map(|(members, policy)| Act::Configure { members, policy }),
        12 => any::<u64>().prop_map(|away| Act::Lead { away: away & away.rotate_left(7) }),
        3 => any::<usize>().prop_map(|which| Act::GiveBack { which }),
        3 => any::<u64>().prop_map(|away| Act::AssignWaiting { away: away & away.rotate_left(9) }),
        3 => (1..=11_i64, any::<u64>(), any::<bool>())
            .prop_map(|(agent_no, away, waiting)| Act::Manual { agent_no, away, waiting }),
    ]
}

/// A step as it would be stored.
struct Stored {
    seq: i64,
    kind: StepKind,
    config: usize,
    verdicts: Vec<u8>,
    slot: Option<usize>,
    share_paid: bool,
    totals: Vec<i64>,
}

/// A pool with its history and the leads it gave out.
struct World {
    pool: PoolState,
    dealer: Dealer,
    totals: Vec<i64>,
    /// The slot stored with the assignment of each lead that is held.
    held: Vec<Option<usize>>,
    /// Givers of handed-back leads that wait with a paid share.
    waiting: Vec<usize>,
    configs: Vec<ConfigVersion>,
    steps: Vec<Stored>,
}

impl World {
    fn new() -> Self {
        let pool = empty_pool(PolicyKind::Fair);
        let config = ConfigVersion { version: 0, policy: PolicyKind::Fair, members: Vec::new() };
        Self {
            pool,
            dealer: Dealer::default(),
            totals: vec![0; 16],
            held: Vec::new(),
            waiting: Vec::new(),
            configs: vec![config],
            steps: Vec::new(),
        }
    }

    fn verdicts(&self, away: u64, giver: Option<usize>) -> Vec<u8> {
        let verdict = |slot: usize| match self.pool.members[slot].current {
            false => 1,
            true if giver == Some(slot) => 10,
            true => u8::from(away >> slot & 1 == 1) * 3,
        };
        (0..self.pool.members.len()).map(verdict).collect()
    }

    fn store(&mut self, kind: StepKind, verdicts: Vec<u8>, slot: Option<usize>, share_paid: bool) {
        let (seq, config, totals) = (self.pool.seq, self.configs.len() - 1, self.totals.clone());
        self.steps.push(Stored { seq, kind, config, verdicts, slot, share_paid, totals });
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Configure { members, policy } => self.configure(&members, policy),
            Act::Lead { away } => drop(self.pick(away, None)),
            Act::AssignWaiting { away } => {
                if let Some(giver) = self.waiting.pop()
                    && !self.pick(away, Some(giver))
                {
                    self.waiting.push(giver);
                }
            }
            Act::GiveBack { which } => self.give_back(which),
            Act::Manual { agent_no, away, waiting } => self.manual(agent_no, away, waiting),
        }
    }

    fn configure(&mut self, members: &[(i64, i64)], policy: PolicyKind) {
        let members: Vec<_> = members.iter().map(|(no, weight)| (*no, thousandths(*weight))).collect();
        reconfigure(&mut self.pool, &members, policy, BacklogOrder::Oldest, true);
        let current = self.pool.members.iter().filter(|member| member.current);
        let member = |member: &model::PoolMember| ConfigMember {
            slot: member.slot,
            agent_no: member.agent_no,
            name: format!("agent {}", member.agent_no),
            weight: member.weight,
        };
        let (version, members) = (self.pool.config_version, current.map(member).collect());
        self.configs.push(ConfigVersion { version, policy, members });
    }

    fn pick(&mut self, away: u64, giver: Option<usize>) -> bool {
        let verdicts = self.verdicts(away, giver);
        let paid = giver.is_some();
        let Some(pick) = decide(&mut self.pool, &mut self.dealer, &verdicts, &self.totals, paid) else {
            return false;
        };
        self.store(StepKind::Pick, verdicts, Some(pick.slot), paid);
        self.totals[pick.slot] += 1;
        self.held.push(Some(pick.slot));
        true
    }

    fn give_back(&mut self, which: usize) {
        if self.held.is_empty() {
            return;
        }
        let giver = self.held.swap_remove(which % self.held.len());
        let verdicts = self.verdicts(0, None);
        let back = hand_back(&mut self.pool, giver);
        self.store(StepKind::HandBack, verdicts, giver, false);
        assert_eq!(back.share_paid, giver.is_some());
        self.waiting.extend(giver);
    }

    fn manual(&mut self, agent_no: i64, away: u64, waiting: bool) {
        let giver = if waiting { self.waiting.pop() } else { None };
        let verdicts = self.verdicts(away, giver);
        let pick = manual_pick(&mut self.pool, &verdicts, agent_no, giver.is_some());
        self.store(StepKind::Manual, verdicts, pick.slot, giver.is_some());
        if let Some(slot) = pick.slot {
            self.totals[slot] += 1;
        }
        self.held.push(pick.slot);
    }

    fn sum(&self) -> i64 {
        self.pool.members.iter().map(|member| member.credit.0).sum()
    }

    fn step(&self, index: usize) -> Step<'_> {
        let stored = &self.steps[index];
        Step {
            seq: stored.seq,
            kind: stored.kind,
            config: &self.configs[stored.config],
            verdicts: &stored.verdicts,
            slot: stored.slot,
            share_paid: stored.share_paid,
            totals: Some(&stored.totals),
        }
    }
}

const START: Checkpoint = Checkpoint { seq: 0, last_slot: -1, credits: Vec::new() };

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn credits_add_up_and_every_pick_is_reproduced(acts in prop::collection::vec(any_act(), 1..=300)) {
        let mut world = World::new();
        for act in acts {
            world.act(act);
            prop_assert_eq!(world.sum(), world.waiting.len() as i64 * Credit::LEAD);
        }
        let mut replayer = Replayer::new(&START);
        for index in 0..world.steps.len() {
            replayer.step(&world.step(index)).unwrap();
        }
        let replayed = replayer.checkpoint();
        let stored = Checkpoint::of(&world.pool);
        // Members that joined after the last step are not in the replay yet; they are even.
        prop_assert_eq!(&replayed.credits[..], &stored.credits[..replayed.credits.len()]);
        prop_assert_eq!((replayed.seq, replayed.last_slot), (stored.seq, stored.last_slot));
        prop_assert!(stored.credits[replayed.credits.len()..].iter().all(|credit| *credit == 0));
    }

    #[test]
    fn every_last_step_is_explained(acts in prop::collection::vec(any_act(), 30..=60)) {
        let mut world = World::new();
        acts.into_iter().for_each(|act| world.act(act));
        if world.steps.is_empty() {
            return Ok(());
        }
        let explanation = replay(&START, (0..world.steps.len()).map(|index| world.step(index))).unwrap();
        prop_assert!(!explanation.sentences().is_empty());
        for member in &explanation.members {
            let moved = f64::from(u8::from(member.picked))
                * if explanation.kind == StepKind::HandBack { 1.0 } else { -1.0 };
            prop_assert!((member.credit_with_share + moved - member.credit_after).abs() < 3e-6);
        }
        prop_assert!(serde_json::to_value(&explanation).is_ok());
    }
}

fn three_leads() -> World {
    let mut world = World::new();
    world.configure(&[(1, 3000), (2, 2000), (3, 1000)], PolicyKind::Fair);
    for away in [0, 0b100, 0] {
        assert!(world.pick(away, None));
    }
    world
}

#[test]
fn an_explanation_names_the_winner_the_others_and_the_numbers() {
    let world = three_leads();
    let explanation = replay(&START, (0..2).map(|index| world.step(index))).unwrap();
    assert_eq!(
        explanation.sentences(),
        [
            "agent 2 got the lead: the turn could not wait, and nobody was owed more.",
            "agent 2 was owed 0.73 of a lead with the share of this lead (0.40), and is 0.27 of a lead ahead now.",
            "agent 1 could have, but was owed 0.10 of a lead.",
            "agent 3 could not: away.",
        ]
    );
    let first = replay(&START, [world.step(0)]).unwrap();
    assert_eq!(
        first.sentences(),
        [
            "agent 1 got the lead: the turn was due first.",
            "agent 1 was owed 0.50 of a lead with the share of this lead (0.50), and is 0.50 of a lead ahead now.",
            "agent 2 could have, but was due later: owed 0.33 of a lead, to be picked within 1.3 leads.",
            "agent 3 could have, but was not due yet: owed 0.17 of a lead, due from 0.25 on.",
        ]
    );
    let json = serde_json::to_value(&explanation).unwrap();
    assert_eq!(json["rule"], "overdue");
    assert_eq!(json["members"][2]["reason"], "away");
    assert_eq!(json["members"][1]["credit_before"], 0.333_333);
}

#[test]
fn a_history_that_does_not_follow_from_the_rules_is_reported() {
    let mut world = three_leads();
    let gap = replay(&START, [world.step(1)]);
    assert_eq!(gap, Err(ReplayMismatch::Gap { expected: 1, found: 2 }));
    assert_eq!(replay(&START, []), Err(ReplayMismatch::Nothing));
    world.steps[2].slot = Some(1);
    let steps = (0..3).map(|index| world.step(index));
    let wrong = replay(&START, steps);
    assert!(matches!(wrong, Err(ReplayMismatch::Picked { seq: 3, stored: Some(1), .. })), "{wrong:?}");
    world.steps[2].slot = Some(7);
    let unknown = replay(&START, (0..3).map(|index| world.step(index)));
    assert_eq!(unknown, Err(ReplayMismatch::UnknownSlot { seq: 3, slot: 7 }));
}
