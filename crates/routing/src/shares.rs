//! The share of a lead each eligible member earns, in exact integers.

use model::{Credit, PoolState};

/// A credit this little below the threshold still reaches it: 2⁻²⁰ of a lead, under 10⁻⁶. Shares are rounded to whole
/// units, so that a credit which is exactly at the threshold on paper may be stored a few units below it.
pub const SLACK: i64 = 1 << 20;

/// One eligible member of a decision.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seat {
    pub(crate) slot: usize,
    pub(crate) weight: i64,
    share: i64,
}

/// What one lead is worth to each of a set of members: `weight / total weight` of a lead, rounded down, the remainder
/// one unit each to members in turn, so that the shares always add up to exactly one lead.
#[derive(Debug, Clone)]
pub struct Shares {
    seats: Vec<Seat>,
    remainder: usize,
}

impl Shares {
    /// The shares of the members at `slots` (ascending, each once), by weight.
    pub fn among(pool: &PoolState, slots: impl IntoIterator<Item = usize>) -> Self {
        let weight = |slot: usize| pool.members[slot].weight.thousandths();
        Self::weighed(slots.into_iter().map(|slot| (slot, weight(slot))))
    }

    /// The same share for every slot there is: where no configuration gives anybody a weight.
    pub(crate) fn equal(pool: &PoolState) -> Self {
        Self::weighed((0..pool.members.len()).map(|slot| (slot, 1)))
    }

    fn weighed(slots: impl Iterator<Item = (usize, i64)>) -> Self {
        let mut seats: Vec<Seat> = slots.map(|(slot, weight)| Seat { slot, weight, share: 0 }).collect();
        let total: i128 = seats.iter().map(|seat| i128::from(seat.weight)).sum();
        let mut dealt = 0;
        for seat in &mut seats {
            // At most one lead: it fits.
            seat.share = (i128::from(Credit::LEAD) * i128::from(seat.weight) / total) as i64;
            dealt += seat.share;
        }
        let remainder = if seats.is_empty() { 0 } else { (Credit::LEAD - dealt) as usize };
        Self { seats, remainder }
    }

    /// How many members share.
    pub fn len(&self) -> usize {
        self.seats.len()
    }

    /// Nobody shares.
    pub fn is_empty(&self) -> bool {
        self.seats.is_empty()
    }

    /// What the member at `slot` earns by step `seq`, in units of 2⁻⁴⁰ lead; 0 for one that does not share.
    pub fn share_of(&self, slot: usize, seq: i64) -> i64 {
        let Some(position) = self.seats.iter().position(|seat| seat.slot == slot) else { return 0 };
        let turn = (position + self.len() - self.first_extra(seq)) % self.len();
        self.seats[position].share + i64::from(turn < self.remainder)
    }

    /// A member owed at least this may be picked before its deadline presses: 1/(2n − 2), half a lead for n ≤ 2.
    pub fn threshold(&self) -> i64 {
        let n = i64::try_from(self.len()).unwrap_or(i64::MAX / 4);
        Credit::LEAD / (2 * n - 2).max(2)
    }

    /// The weight of all who share, in thousandths.
    pub(crate) fn total_weight(&self) -> i64 {
        self.seats.iter().map(|seat| seat.weight).sum()
    }

    pub(crate) fn seats(&self) -> &[Seat] {
        &self.seats
    }

    /// Adds the shares of step `seq` to the credits.
    pub(crate) fn deal(&self, pool: &mut PoolState, seq: i64) {
        self.apply(pool, seq, 1);
    }

    /// Takes shares back: the sum of credits falls by one lead.
    pub(crate) fn take_back(&self, pool: &mut PoolState, seq: i64) {
        self.apply(pool, seq, -1);
    }

    fn apply(&self, pool: &mut PoolState, seq: i64, sign: i64) {
        for seat in &self.seats {
            add(pool, seat.slot, sign * seat.share);
        }
        if self.remainder == 0 {
            return;
        }
        let (front, back) = self.seats.split_at(self.first_extra(seq));
        for seat in back.iter().chain(front).take(self.remainder) {
            add(pool, seat.slot, sign);
        }
    }

    /// The position whose turn it is to get the first unit of the remainder: follows the sequence number alone, so
    /// that a replay deals the same.
    fn first_extra(&self, seq: i64) -> usize {
        (seq - 1).rem_euclid(self.seats.len() as i64) as usize
    }
}

/// Moves one credit. Saturating: it would take eight million leads of debt to get there, and a wrapped sign would be
/// worse than a wrong sum.
pub(crate) fn add(pool: &mut PoolState, slot: usize, units: i64) {
    let credit = &mut pool.members[slot].credit;
    credit.0 = credit.0.saturating_add(units);
}

/// Remembers the shares of the last few eligible sets of a pool: they change rarely, leads come often.
#[derive(Debug, Clone, Default)]
pub struct Dealer {
    config: (i64, i64),
    known: Vec<(Box<[u8]>, Shares)>,
}

impl Dealer {
    const KEPT: usize = 16;

    /// The shares among the members whose verdict is 0 (eligible); forgotten when the configuration's version changes.
    pub fn shares(&mut self, pool: &PoolState, verdicts: &[u8]) -> &Shares {
        let config = (pool.source_no, pool.config_version);
        if self.config != config {
            self.config = config;
            self.known.clear();
        }
        let index = self.known.iter().position(|(known, _)| **known == *verdicts).unwrap_or_else(|| {
            if self.known.len() == Self::KEPT {
                self.known.pop();
            }
            self.known.insert(0, (verdicts.into(), Shares::among(pool, eligible(pool, verdicts))));
            0
        });
        &self.known[index].1
    }
}

/// The slots of the current members whose verdict is 0.
pub(crate) fn eligible<'a>(pool: &'a PoolState, verdicts: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let members = pool.members.iter().zip(verdicts).enumerate();
    members.filter(|(_, (member, verdict))| member.current && **verdict == 0).map(|(slot, _)| slot)
}
