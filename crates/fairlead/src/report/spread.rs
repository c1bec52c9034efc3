//! How evenly leads lie, in words: the figures, the verdict, who lags and why.

use crate::report::Member;
use crate::term::{Paint, grouped};
use engine::assign::simulate::{Spread, SpreadVerdict, lagging, spread};

/// `8 agents · average 75.0 · min 74 · max 75 · spread 1: excellent`, then a line for each who lags.
pub(crate) fn overall(paint: Paint, members: &[Member]) -> String {
    let totals: Vec<i64> = members.iter().map(|member| member.total).collect();
    let figures = spread(&totals);
    let mut text = format!("  {}\n", figures_line(paint, &figures));
    if figures.verdict == SpreadVerdict::Uneven {
        for place in lagging(&totals).into_iter().take(4) {
            let member = &members[place];
            let total = grouped(member.total);
            text.push_str(&format!("  {} has {total}: {}\n", member.name, reason(member, members)));
        }
    }
    text
}

/// The figures of all, on one line.
pub(crate) fn figures_line(paint: Paint, figures: &Spread) -> String {
    format!(
        "{} agents · average {:.1} · min {} · max {} · spread {}: {}",
        figures.agents,
        figures.average,
        grouped(figures.min),
        grouped(figures.max),
        grouped(figures.spread),
        verdict(paint, figures.verdict)
    )
}

/// The word in its colour.
pub(crate) fn verdict(paint: Paint, verdict: SpreadVerdict) -> String {
    match verdict {
        SpreadVerdict::Excellent => paint.green(verdict.word()),
        SpreadVerdict::Good => paint.cyan(verdict.word()),
        SpreadVerdict::Uneven => paint.yellow(verdict.word()),
    }
}

/// Why somebody has fewer leads than the others.
fn reason(member: &Member, members: &[Member]) -> String {
    let heaviest = members.iter().map(|m| m.weight).fold(0.0, f64::max);
    if let Some(why) = &member.why {
        why.clone()
    } else if member.weight < heaviest {
        format!("weight {} beside {heaviest}", member.weight)
    } else {
        "was not always there; from now on the share is equal, without a flood to catch up".to_owned()
    }
}

/// How far the gains of a run lie from the shares that weights ask for, among those who could take leads: the
/// distance in leads, and the verdict. `None` where there is nothing to compare.
pub(crate) fn distance(gains: &[(f64, i64)]) -> Option<(f64, SpreadVerdict)> {
    let weights: f64 = gains.iter().map(|(weight, _)| weight).sum();
    let leads: i64 = gains.iter().map(|(_, got)| got).sum();
    if gains.len() < 2 || leads == 0 || weights <= 0.0 {
        return None;
    }
    let away = |(weight, got): &(f64, i64)| (*got as f64 - leads as f64 * weight / weights).abs();
    let worst = gains.iter().map(away).fold(0.0, f64::max);
    Some((worst, spread(&[0, worst.ceil() as i64]).verdict))
}

/// All the same weight?
pub(crate) fn equal_weights(members: &[&Member]) -> bool {
    members.windows(2).all(|pair| (pair[0].weight - pair[1].weight).abs() < 1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::facts::sample::{member, meta};

    #[test]
    fn an_uneven_spread_names_who_lags_and_why() {
        let text = overall(Paint::plain(), &meta().members);
        assert_eq!(
            text,
            "  3 agents · average 9.3 · min 4 · max 12 · spread 8: uneven\n  \
             Chitra Rao has 4: on leave until 2026-12-03\n"
        );
        let weighted = [member(1, "Asha", 2.0, 20), member(2, "Bilal", 1.0, 10)];
        assert!(overall(Paint::plain(), &weighted).ends_with("Bilal has 10: weight 1 beside 2\n"));
        let newcomer = [member(1, "Asha", 1.0, 20), member(2, "Bilal", 1.0, 3)];
        assert!(overall(Paint::plain(), &newcomer).contains("without a flood"));
    }

    #[test]
    fn a_run_is_judged_by_the_shares_that_weights_ask_for() {
        assert_eq!(distance(&[(2.0, 14), (1.0, 6)]).map(|d| d.1), Some(SpreadVerdict::Excellent));
        assert_eq!(distance(&[(1.0, 12), (1.0, 8)]).map(|d| d.1), Some(SpreadVerdict::Good));
        assert_eq!(distance(&[(1.0, 20), (1.0, 0)]), Some((10.0, SpreadVerdict::Uneven)));
        assert_eq!(distance(&[(1.0, 20)]), None);
    }
}
