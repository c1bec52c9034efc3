//! Invariant 4: a constant team is never further from its share than 1 − 1/(2n − 2).
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{desk, pool, thousandths};
use model::{BacklogOrder, Credit, LeadNeeds, PolicyKind};
use proptest::prelude::*;
use routing::{Dealer, Rule, decide, reconfigure};

/// Spread evenly over the orders of magnitude of 0.001 to 1000.
fn any_weight() -> impl Strategy<Value = i64> {
    (0.0..6.0_f64).prop_map(|exponent| 10_f64.powf(exponent) as i64)
}

/// The worst |got − share| over every agent after every lead.
fn worst_error(weights: &[i64], leads: i64) -> f64 {
    let (mut desk, mut roster) = desk(PolicyKind::Fair, weights);
    let total: i64 = weights.iter().sum();
    let mut got = vec![0_i64; weights.len()];
    let mut worst = 0_i64;
    for lead in 1..=leads {
        let pick = desk.assign(&mut roster, &LeadNeeds::default()).unwrap();
        got[pick.slot] += 1;
        for (got, weight) in got.iter().zip(weights) {
            worst = worst.max((got * total - lead * weight).abs());
        }
    }
    worst as f64 / total as f64
}

fn bound(n: usize) -> f64 {
    if n == 1 { 0.0 } else { 1.0 - 1.0 / (2.0 * n as f64 - 2.0) }
}

fn check(weights: &[i64], leads: i64) {
    let worst = worst_error(weights, leads);
    assert!(worst <= bound(weights.len()) + 1e-6, "{worst} for {weights:?}");
}

#[test]
fn awkward_teams_stay_within_the_bound() {
    check(&[1000], 1000);
    check(&[1, 1_000_000], 5000);
    check(&[1, 1, 1, 1_000_000], 5000);
    check(&[3000, 2000, 2000, 1000, 1000, 1000, 1000, 500, 500, 250], 20_000);
    check(&[1000; 50], 10_000);
    check(&[333, 333, 334], 10_000);
    check(&[999_999, 1_000_000], 10_000);
}

#[test]
fn a_hundred_thousand_leads_do_not_wear_the_bound_out() {
    check(&[700, 1100, 1300, 1700, 1900, 2300, 2900], 100_000);
}

#[test]
fn an_equal_team_takes_turns_from_the_first_slot_on() {
    let (mut desk, mut roster) = desk(PolicyKind::Fair, &[1000; 7]);
    let slots: Vec<usize> =
        (0..21).map(|_| desk.assign(&mut roster, &LeadNeeds::default()).unwrap().slot).collect();
    assert_eq!(slots, (0..21).map(|lead| lead % 7).collect::<Vec<_>>());
}

#[test]
fn the_largest_pool_does_not_overflow() {
    let mut pool = pool(PolicyKind::Fair, &vec![1_000_000; 10_000]);
    let verdicts = vec![0; 10_000];
    let mut dealer = Dealer::default();
    for lead in 1..=50 {
        assert_eq!(decide(&mut pool, &mut dealer, &verdicts, &[], false).unwrap().seq, lead);
    }
    assert_eq!(pool.members.iter().map(|member| i128::from(member.credit.0)).sum::<i128>(), 0);
}

#[test]
fn a_heavy_member_owed_much_goes_before_a_light_one_that_is_a_little_late() {
    let mut pool = pool(PolicyKind::Fair, &[2000, 250]);
    pool.members[0].credit = Credit(Credit::LEAD * 17 / 10);
    pool.members[1].credit = Credit(Credit::LEAD * 8 / 10);
    let pick = decide(&mut pool, &mut Dealer::default(), &[0, 0], &[], false).unwrap();
    assert_eq!((pick.slot, pick.rule), (0, Rule::Overdue));
}

#[test]
fn nothing_changes_when_nobody_is_eligible() {
    let mut pool = pool(PolicyKind::Fair, &[1000, 2000]);
    let before = pool.clone();
    assert_eq!(decide(&mut pool, &mut Dealer::default(), &[3, 4], &[], false), None);
    assert_eq!(pool, before);
}

#[test]
fn a_newcomer_starts_even_and_a_returner_keeps_its_credit() {
    let mut pool = pool(PolicyKind::Fair, &[1000, 3000]);
    decide(&mut pool, &mut Dealer::default(), &[0, 0], &[], false).unwrap();
    let owed = pool.members[0].credit;
    assert_eq!(owed, Credit(Credit::LEAD / 4));
    let save = |pool: &mut _, members: &[(i64, model::Weight)]| {
        reconfigure(pool, members, PolicyKind::Fair, BacklogOrder::Oldest, true)
    };
    let change = save(&mut pool, &[(2, thousandths(1)), (9, thousandths(5))]);
    assert_eq!((change.left, change.joined), (vec![1], vec![9]));
    assert_eq!((pool.members[0].current, pool.members[0].credit), (false, owed));
    assert_eq!((pool.members[2].slot, pool.members[2].credit), (2, Credit(0)));
    let change = save(&mut pool, &[(1, thousandths(7)), (2, thousandths(1))]);
    assert_eq!((change.returned, change.left), (vec![1], vec![9]));
    assert_eq!((pool.members[0].credit, pool.config_version), (owed, 3));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_team_stays_within_the_bound_after_every_single_lead(
        weights in prop::collection::vec(any_weight(), 1..=50),
    ) {
        let worst = worst_error(&weights, 1500);
        prop_assert!(worst <= bound(weights.len()) + 1e-6, "{worst}");
    }

    #[test]
    fn a_small_team_stays_within_the_bound(weights in prop::collection::vec(1..=20_i64, 2..=6)) {
        let worst = worst_error(&weights, 1500);
        prop_assert!(worst <= bound(weights.len()) + 1e-6, "{worst}");
    }
}
