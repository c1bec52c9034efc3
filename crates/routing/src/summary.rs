//! Figures of a distribution, for the terminal and the API.

use crate::{Desk, Pick, Roster};
use model::{LeadNeeds, PoolState, Weight};
use serde::Serialize;

/// How evenly leads lie.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// How many agents.
    pub agents: usize,
    /// Leads of all.
    pub sum: i64,
    /// The fewest.
    pub min: i64,
    /// The most.
    pub max: i64,
    /// `max − min`.
    pub spread: i64,
    /// The mean; 0 of nobody.
    pub average: f64,
    /// The population variance; 0 of nobody.
    pub variance: f64,
    /// What people call it.
    pub verdict: SpreadVerdict,
}

/// What people call a spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SpreadVerdict {
    /// At most 1.
    Excellent,
    /// At most 3.
    Good,
    /// Above: see [`lagging`].
    Uneven,
}

impl SpreadVerdict {
    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Excellent => "excellent",
            Self::Good => "good",
            Self::Uneven => "uneven",
        }
    }

    const fn of(spread: i64) -> Self {
        match spread {
            i64::MIN..=1 => Self::Excellent,
            2..=3 => Self::Good,
            _ => Self::Uneven,
        }
    }
}

/// The spread of the agents' counts.
pub fn spread(counts: &[i64]) -> Spread {
    let (min, max) = (counts.iter().min().copied().unwrap_or(0), counts.iter().max().copied().unwrap_or(0));
    let sum: i64 = counts.iter().sum();
    let agents = counts.len().max(1) as f64;
    let average = sum as f64 / agents;
    let variance = counts.iter().map(|count| (*count as f64 - average).powi(2)).sum::<f64>() / agents;
    let (spread, agents) = (max - min, counts.len());
    Spread { agents, sum, min, max, spread, average, variance, verdict: SpreadVerdict::of(spread) }
}

/// How far counts lie from the shares that weights ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct Balance {
    /// Not everybody has the same weight.
    pub weighted: bool,
    /// For each place: leads more (or fewer, below zero) than its weight asks for.
    pub differences: Vec<f64>,
    /// From the furthest behind to the furthest ahead, in leads; of equal weights that is the spread.
    pub gap: f64,
    /// What people call it. Whoever is dealt single leads by weight is less than one lead off, so of different weights
    /// a gap below two is as even as it gets.
    pub verdict: SpreadVerdict,
}

/// Measures counts, place by place, against the weights.
pub fn balance(counts: &[i64], weights: &[Weight]) -> Balance {
    let sum: i64 = counts.iter().sum();
    let whole: i64 = weights.iter().map(|weight| weight.thousandths()).sum();
    let target = |weight: &Weight| sum as f64 * weight.thousandths() as f64 / whole.max(1) as f64;
    let differences: Vec<f64> = counts.iter().zip(weights).map(|(c, w)| *c as f64 - target(w)).collect();
    let weighted = weights.windows(2).any(|pair| pair[0] != pair[1]);
    let most = differences.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let fewest = differences.iter().copied().fold(f64::INFINITY, f64::min);
    let gap = if differences.is_empty() { 0.0 } else { most - fewest };
    let verdict = if weighted { SpreadVerdict::of(gap as i64) } else { spread(counts).verdict };
    Balance { weighted, differences, gap, verdict }
}

/// Who lags in an uneven spread: the places whose count is more than one below the average, the furthest first.
pub fn lagging(counts: &[i64]) -> Vec<usize> {
    let average = spread(counts).average;
    let mut places: Vec<usize> =
        (0..counts.len()).filter(|place| (counts[*place] as f64) < average - 1.0).collect();
    places.sort_by_key(|place| counts[*place]);
    places
}

/// Who got an odd lead: when a batch of leads does not divide evenly, the places that got one more than the fewest.
/// Empty when all gains are equal, or when they differ by more than one (then it is no matter of an odd lead).
pub fn odd_leads(gains: &[i64]) -> Vec<usize> {
    let spread = spread(gains);
    if spread.spread != 1 {
        return Vec::new();
    }
    (0..gains.len()).filter(|place| gains[*place] == spread.max).collect()
}

/// The order in which leads that need nothing would be given out from here: `places` picks ahead, fewer if everybody
/// reaches a limit. The first is NEXT. Nothing changes; the pool need not be switched on.
pub fn next_picks(pool: &PoolState, roster: &Roster, places: usize) -> Vec<Pick> {
    let mut roster = roster.clone();
    let mut desk = Desk::new(PoolState { enabled: true, ..pool.clone() }, &roster);
    std::iter::repeat_with(|| desk.assign(&mut roster, &LeadNeeds::default()))
        .take(places)
        .map_while(|pick| pick)
        .collect()
}

/// Each member once, in the order of its next turn: the first is NEXT, the others WAITING. Those whose turn does not
/// come within twenty rounds (2,000 leads at most), or who cannot take a lead now, are left out.
pub fn next_order(pool: &PoolState, roster: &Roster) -> Vec<i64> {
    let members = pool.members.iter().filter(|member| member.current).count();
    let mut order = Vec::with_capacity(members);
    for pick in next_picks(pool, roster, (members * 20).min(2000)) {
        if !order.contains(&pick.agent_no) {
            order.push(pick.agent_no);
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_follows_the_spread() {
        assert_eq!(spread(&[21, 22, 22]).verdict.word(), "excellent");
        assert_eq!(spread(&[15, 16, 18]).verdict, SpreadVerdict::Good);
        assert_eq!(spread(&[0, 4]).verdict, SpreadVerdict::Uneven);
        assert_eq!(spread(&[]).spread, 0);
        assert!((spread(&[1, 3]).variance - 1.0).abs() < 1e-12);
    }

    #[test]
    fn counts_are_measured_against_the_weights() {
        let weights = [2000, 1000, 1000].map(|w| Weight::from_thousandths(w).expect("a weight"));
        let told = balance(&[14, 7, 6], &weights);
        assert_eq!(told.differences, [0.5, 0.25, -0.75]);
        assert!(told.weighted && (told.gap - 1.25).abs() < 1e-9 && told.verdict == SpreadVerdict::Excellent);
        assert_eq!(balance(&[20, 1, 6], &weights).verdict, SpreadVerdict::Uneven);
        let even = balance(&[3, 4, 4], &[Weight::ONE; 3]);
        assert!(!even.weighted && (even.gap - 1.0).abs() < 1e-9);
        assert_eq!(balance(&[], &[]).verdict, SpreadVerdict::Excellent);
    }

    #[test]
    fn the_odd_lead_is_named() {
        assert_eq!(odd_leads(&[6, 7, 7]), [1, 2]);
        assert!(odd_leads(&[5, 5]).is_empty());
        assert!(odd_leads(&[8, 7, 5]).is_empty());
        assert_eq!(lagging(&[10, 1, 10, 3]), [1, 3]);
    }
}
