//! Fairness while availability changes: no theorem holds there, these are measured figures that must not get worse.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::pool;
use model::PolicyKind;
use routing::{Dealer, decide};

const WEIGHTS: [i64; 10] = [3000, 2000, 2000, 1000, 1000, 1000, 1000, 500, 500, 250];

/// splitmix64: the test's own dice.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

/// Twenty days of 250 leads, absences of one to four days, one lead in three needing a skill that half the team has.
/// The worst |got − ideal| of anybody at any lead it was eligible for.
fn worst_error(seed: u64) -> f64 {
    let (mut dice, mut pool, mut dealer) = (Dice(seed), pool(PolicyKind::Fair, &WEIGHTS), Dealer::default());
    let mut away = [0_u64; 10];
    let (mut ideal, mut got, mut worst) = ([0.0_f64; 10], [0.0_f64; 10], 0.0_f64);
    for _ in 0..20 {
        for days in &mut away {
            *days = if *days > 0 { *days - 1 } else { (dice.below(100) < 12) as u64 * (1 + dice.below(4)) };
        }
        for _ in 0..250 {
            let hindi = dice.below(10) < 3;
            let skilled = |slot: usize| {
                if hindi { slot.is_multiple_of(3) || slot == 1 } else { slot != 1 && slot != 6 }
            };
            let able: Vec<usize> = (0..10).filter(|slot| away[*slot] == 0 && skilled(*slot)).collect();
            let verdicts: Vec<u8> = (0..10).map(|slot| 3 * u8::from(!able.contains(&slot))).collect();
            let Some(pick) = decide(&mut pool, &mut dealer, &verdicts, &[], false) else { continue };
            let total: i64 = able.iter().map(|slot| WEIGHTS[*slot]).sum();
            able.iter().for_each(|slot| ideal[*slot] += WEIGHTS[*slot] as f64 / total as f64);
            got[pick.slot] += 1.0;
            worst = able.iter().map(|slot| (got[*slot] - ideal[*slot]).abs()).fold(worst, f64::max);
        }
    }
    worst
}

#[test]
fn nobody_strays_far_while_others_come_and_go() {
    let worst = (0..60).map(worst_error).fold(0.0, f64::max);
    assert!(worst <= 1.6, "{worst}");
}
