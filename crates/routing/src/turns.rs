//! Policy `round_robin`: each in turn.

use crate::shares::Shares;

/// The next eligible slot after the one picked last, around the circle.
pub(crate) fn choose(last_slot: i64, shares: &Shares) -> Option<usize> {
    next_after(last_slot, shares.seats().iter().map(|seat| seat.slot))
}

/// The first of the ascending `slots` that comes after `last_slot`; behind the end, the first of all.
pub(crate) fn next_after(last_slot: i64, slots: impl Iterator<Item = usize>) -> Option<usize> {
    let mut first = None;
    for slot in slots {
        if i64::try_from(slot).is_ok_and(|slot| slot > last_slot) {
            return Some(slot);
        }
        first = first.or(Some(slot));
    }
    first
}
