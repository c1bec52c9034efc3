//! Policy `fair`: quota-EDF on deficit credits (Tijdeman 1980; the norm is Fagin & Williams' carpool, 1983).

use crate::Rule;
use crate::shares::{SLACK, Seat, Shares};
use model::{Credit, PoolState};

/// On credits with this lead's shares included. Whoever is overdue (owed more than 1 − 1/(2n − 2)) comes first, the
/// largest credit of them; then, among those who reach the threshold 1/(2n − 2), the earliest deadline; then the largest
/// credit of all. Ties: the lowest slot.
///
/// A constant team is never further than 1 − 1/(2n − 2) of a lead from its share: there quota-EDF misses no deadline, so
/// that at most one member at a time is overdue, its deadline is the only one below zero, and the first clause picks
/// whom the second would have. The clause matters when availability changes and several are overdue at once: deadlines
/// are in leads, and would let a light member that is a little late pass a heavy one that is owed far more
/// (worst error 2.67 on the simulator's fresh seeds; 1.31 with the clause).
pub(crate) fn choose(pool: &PoolState, shares: &Shares) -> Option<(usize, Rule)> {
    let threshold = shares.threshold();
    let limit = Credit::LEAD - threshold;
    let mut due: Option<(&Seat, i64)> = None;
    let mut largest: Option<(&Seat, i64)> = None;
    for seat in shares.seats() {
        let credit = pool.members[seat.slot].credit.0;
        if largest.is_none_or(|(_, most)| credit > most) {
            largest = Some((seat, credit));
        }
        if credit >= threshold - SLACK && due.is_none_or(|best| earlier(limit, (seat, credit), best)) {
            due = Some((seat, credit));
        }
    }
    let (most, credit) = largest?;
    Some(match due {
        _ if credit > limit + SLACK => (most.slot, Rule::Overdue),
        Some((seat, _)) => (seat.slot, Rule::EarliestDeadline),
        None => (most.slot, Rule::LargestCredit),
    })
}

/// The deadline `(limit − credit) · W / weight` is the number of leads after which the member, left out, would be owed
/// more than the bound. W is common to all: the quotients are compared by cross-multiplication, exactly.
fn earlier(limit: i64, (a, credit_a): (&Seat, i64), (b, credit_b): (&Seat, i64)) -> bool {
    let rest = |credit: i64| i128::from(limit) - i128::from(credit);
    rest(credit_a) * i128::from(b.weight) < rest(credit_b) * i128::from(a.weight)
}
