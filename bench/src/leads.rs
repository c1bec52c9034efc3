//! A lead list as a file: the same columns as the peers' generator, unique phones and e-mails, in random order.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};

const FIRST: [&str; 10] =
    ["Asha", "Ravi", "Meera", "John", "Sarah", "Thabo", "Lerato", "Anil", "Priya", "Kumar"];
const LAST: [&str; 8] = ["Rao", "Patel", "Smith", "Dlamini", "Naidoo", "Singh", "Botha", "Khan"];
const SOURCES: [&str; 4] = ["META", "GOOGLE", "AFFILIATE", "WALKIN"];
pub(crate) const HEADER: &str = "name,phone,email,city,source,category,created_at,updated_at";

/// Writes `rows` leads with the numbers from `first`; files with disjoint numbers share no phone and no e-mail.
/// Phones are South African mobiles (+27 6…), the only thing a row's place in the file tells nothing about.
pub(crate) fn write(path: &Path, first: usize, rows: usize) -> Result<()> {
    let mut random = Random(7 + first as u64);
    let mut order: Vec<usize> = (first..first + rows).collect();
    for at in (1..rows).rev() {
        order.swap(at, random.below(at + 1));
    }
    let file = File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
    let mut file = BufWriter::with_capacity(1 << 20, file);
    writeln!(file, "{HEADER}")?;
    for (i, number) in order.into_iter().enumerate() {
        let (a, b) = (FIRST[random.below(FIRST.len())], LAST[random.below(LAST.len())]);
        let (city, source) = (random.below(2000), SOURCES[random.below(SOURCES.len())]);
        let category = random.below(200);
        let (low_a, low_b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
        let time = format!("2025-{:02}-{:02}T{:02}:{:02}:00Z", 1 + i % 12, 1 + i % 28, i % 24, i % 60);
        writeln!(
            file,
            "\"{b}, {a}\",+27{},{low_a}.{low_b}{number}@example.com,City {city},{source},category-{category},{time},{time}",
            600_000_000 + number
        )?;
    }
    Ok(file.flush()?)
}

/// xorshift64*: any seed but 0 gives the same list for ever.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        ((high * end as u64) >> 32) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_phone_is_there_once_and_not_in_order() {
        let path = std::env::temp_dir().join(format!("fairlead-leads-{}.csv", std::process::id()));
        write(&path, 500, 1000).unwrap();
        let mut file = csv::Reader::from_path(&path).unwrap();
        let phones: Vec<String> = file.records().map(|row| row.unwrap()[1].to_owned()).collect();
        std::fs::remove_file(path).unwrap();
        let whole: HashSet<String> = (500..1500).map(|n| format!("+27{}", 600_000_000 + n)).collect();
        assert_eq!(phones.iter().cloned().collect::<HashSet<_>>(), whole);
        assert_eq!(phones.len(), 1000);
        assert!(!phones.is_sorted());
    }
}
