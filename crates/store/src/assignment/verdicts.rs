//! Verdicts as they are stored: mostly everybody in a pool can take a lead, so runs are shorter than a byte a slot.

/// Says that runs follow: pairs of a verdict and how many slots in a row have it. No verdict is this large.
const RUNS: u8 = 0xFF;

/// One byte a slot, or as runs, whichever is shorter.
pub(super) fn pack(verdicts: &[u8]) -> Vec<u8> {
    let mut runs = vec![RUNS];
    for run in verdicts.chunk_by(|a, b| a == b) {
        for part in run.chunks(usize::from(u8::MAX)) {
            runs.extend([part[0], part.len() as u8]);
        }
    }
    if runs.len() < verdicts.len() { runs } else { verdicts.to_vec() }
}

/// One byte a slot.
pub(super) fn unpack(stored: Vec<u8>) -> Vec<u8> {
    match stored.strip_prefix(&[RUNS]) {
        None => stored,
        Some(runs) => {
            runs.chunks_exact(2).flat_map(|run| std::iter::repeat_n(run[0], usize::from(run[1]))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_where_everybody_can_takes_three_bytes() {
        assert_eq!(pack(&[0; 50]), [RUNS, 0, 50]);
        assert_eq!(pack(&[0; 300]), [RUNS, 0, 255, 0, 45]);
        assert_eq!(pack(&[0, 3]), [0, 3]);
        assert_eq!(pack(&[]), [0_u8; 0]);
    }

    #[test]
    fn what_is_packed_comes_back() {
        for length in [1, 2, 3, 7, 254, 255, 256, 600] {
            for period in [1, 2, 5, 255, 256] {
                let verdicts: Vec<u8> = (0..length).map(|slot| (slot / period % 11) as u8).collect();
                assert_eq!(unpack(pack(&verdicts)), verdicts, "{length} slots, runs of {period}");
            }
        }
    }
}
