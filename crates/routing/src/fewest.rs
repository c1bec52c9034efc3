//! Policy `fewest`: whoever has been given the fewest leads so far, in the whole organisation; ties in turn.

use crate::shares::Shares;
use crate::turns::next_after;

/// `totals` by slot. A slot without a total counts as never having been given a lead.
pub(crate) fn choose(last_slot: i64, shares: &Shares, totals: &[i64]) -> Option<usize> {
    let total = |slot: usize| totals.get(slot).copied().unwrap_or(0);
    let slots = || shares.seats().iter().map(|seat| seat.slot);
    let fewest = slots().map(total).min()?;
    next_after(last_slot, slots().filter(|slot| total(*slot) == fewest))
}
