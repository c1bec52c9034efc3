//! When a delivery is tried again: over three days, more and more seldom.

/// Seconds between an attempt and the next; the first comes at once.
pub const DELAYS: [i64; 9] =
    [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600];

/// Attempts a delivery gets.
pub const ATTEMPTS: i64 = DELAYS.len() as i64 + 1;

/// Microseconds until the attempt after `attempts` have failed; `None`: it was the last. `jitter` is random, from 0
/// to 1: up to a tenth more, so that what failed together does not come back together. `scale` is 1 but in tests.
pub fn delay(attempts: i64, jitter: f64, scale: f64) -> Option<i64> {
    let seconds = DELAYS.get(usize::try_from(attempts - 1).ok()?)?;
    Some((*seconds as f64 * (1.0 + jitter.clamp(0.0, 1.0) / 10.0) * scale * 1e6) as i64)
}
