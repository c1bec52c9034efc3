//! A set of leads by number: one bit each.

/// Leads by number, up to the largest that was put in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LeadSet {
    words: Vec<u64>,
}

impl LeadSet {
    pub(crate) fn insert(&mut self, lead_no: i64) {
        let place = (lead_no >> 6) as usize;
        if place >= self.words.len() {
            self.words.resize(place + 1, 0);
        }
        self.words[place] |= 1 << (lead_no & 63);
    }

    /// All numbers from `first` to `last`.
    pub(crate) fn insert_range(&mut self, first: i64, last: i64) {
        let mut lead_no = first;
        while lead_no <= last {
            if lead_no & 63 == 0 && lead_no + 63 <= last {
                self.insert(lead_no);
                self.words[(lead_no >> 6) as usize] = u64::MAX;
                lead_no += 64;
            } else {
                self.insert(lead_no);
                lead_no += 1;
            }
        }
    }

    pub(crate) fn contains(&self, lead_no: i64) -> bool {
        self.words.get((lead_no >> 6) as usize).is_some_and(|word| word & (1 << (lead_no & 63)) != 0)
    }

    /// Keeps what `other` has too.
    pub(crate) fn keep(&mut self, other: &Self) {
        self.words.truncate(other.words.len());
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
    }

    /// Adds what `other` has.
    pub(crate) fn add(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    /// Keeps numbers from `first` to `last`.
    pub(crate) fn keep_range(&mut self, first: i64, last: i64) {
        for (place, word) in self.words.iter_mut().enumerate() {
            let start = (place as i64) << 6;
            if start > last || start + 63 < first {
                *word = 0;
            } else if start < first || start + 63 > last {
                for bit in (0..64).filter(|bit| !(first..=last).contains(&(start + bit))) {
                    *word &= !(1 << bit);
                }
            }
        }
    }

    pub(crate) fn count(&self) -> i64 {
        self.words.iter().map(|word| i64::from(word.count_ones())).sum()
    }

    /// At most `limit` numbers from `from` on, upwards.
    pub(crate) fn up(&self, from: i64, limit: usize) -> Vec<i64> {
        let mut found = Vec::new();
        let from = from.max(0);
        let first = (from >> 6) as usize;
        for (place, word) in self.words.iter().enumerate().skip(first) {
            let mut word = *word;
            if place == first {
                word &= u64::MAX << (from & 63);
            }
            while word != 0 {
                if found.len() == limit {
                    return found;
                }
                found.push(((place as i64) << 6) + i64::from(word.trailing_zeros()));
                word &= word - 1;
            }
        }
        found
    }

    /// At most `limit` numbers from `from` on, downwards.
    pub(crate) fn down(&self, from: i64, limit: usize) -> Vec<i64> {
        let mut found = Vec::new();
        if from < 0 {
            return found;
        }
        let first = (from >> 6) as usize;
        for place in (0..self.words.len().min(first + 1)).rev() {
            let mut word = self.words[place];
            if place == first {
                word &= u64::MAX >> (63 - (from & 63));
            }
            while word != 0 {
                if found.len() == limit {
                    return found;
                }
                let bit = 63 - word.leading_zeros();
                found.push(((place as i64) << 6) + i64::from(bit));
                word &= !(1 << bit);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_in_either_order_from_any_place() {
        let numbers = [1, 5, 63, 64, 65, 127, 128, 1000];
        let mut set = LeadSet::default();
        numbers.iter().for_each(|n| set.insert(*n));
        for from in 0..1100 {
            let up: Vec<i64> = numbers.iter().copied().filter(|n| *n >= from).take(3).collect();
            assert_eq!(set.up(from, 3), up);
            let down: Vec<i64> = numbers.iter().rev().copied().filter(|n| *n <= from).take(3).collect();
            assert_eq!(set.down(from, 3), down);
        }
        assert_eq!(set.count(), 8);
    }

    #[test]
    fn sets_are_cut_and_joined() {
        let mut set = LeadSet::default();
        set.insert_range(60, 300);
        assert_eq!(set.count(), 241);
        let mut other = LeadSet::default();
        other.insert_range(200, 900);
        set.keep(&other);
        assert_eq!((set.count(), set.contains(200), set.contains(199)), (101, true, false));
        set.keep_range(250, 260);
        assert_eq!(set.up(0, 100), (250..=260).collect::<Vec<_>>());
        set.add(&other);
        assert_eq!(set.count(), 701);
    }
}
