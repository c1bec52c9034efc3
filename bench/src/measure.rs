//! Medians, percentiles, the disk probe, and the peak memory of another process.

use std::fmt;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}

/// The durations of like requests, in microseconds.
#[derive(Default)]
pub(crate) struct Latencies(Vec<u32>);

impl Latencies {
    pub(crate) fn push(&mut self, taken: Duration) {
        self.0.push(u32::try_from(taken.as_micros()).unwrap_or(u32::MAX));
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Milliseconds at p50, p99 and the longest.
    pub(crate) fn ms(&mut self) -> Percentiles {
        self.0.sort_unstable();
        let at = |per_mille: usize| {
            let place = (self.0.len() * per_mille / 1000).min(self.0.len().saturating_sub(1));
            f64::from(self.0.get(place).copied().unwrap_or(0)) / 1e3
        };
        Percentiles { p50: at(500), p99: at(990), max: at(1000) }
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Percentiles {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

impl fmt::Display for Percentiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p50 {:.1} p99 {:.1} max {:.1} ms", self.p50, self.p99, self.max)
    }
}

/// 8 KiB written and fdatasync'ed for a second. A p50 near 4 ms tells of the scheduler, not of the disk.
pub(crate) fn probe(dir: &Path) -> Result<String> {
    let path = dir.join("fsync.probe");
    let file = File::create(&path)?;
    file.write_all_at(&vec![b'x'; 16 << 20], 0)?;
    file.sync_all()?;
    let (mut taken, start) = (Latencies::default(), Instant::now());
    while start.elapsed() < Duration::from_secs(1) {
        let began = Instant::now();
        file.write_all_at(&[b'y'; 8192], (taken.count() as u64 % 2048) * 8192)?;
        file.sync_data()?;
        taken.push(began.elapsed());
    }
    fs::remove_file(path)?;
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let (count, ms) = (taken.count(), taken.ms());
    let load = load.split(' ').next().unwrap_or("?");
    Ok(format!("fdatasync p50 {:.0} µs, p99 {:.0} µs, n {count}, load {load}", ms.p50 * 1e3, ms.p99 * 1e3))
}

/// Watches the peak resident memory of a process until it ends or the watch is stopped.
pub(crate) struct PeakWatch {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<u64>,
}

impl PeakWatch {
    pub(crate) fn start(pid: u32) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let mut peak = 0;
            while let Some(now) = peak_kib(pid) {
                peak = peak.max(now);
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                thread::sleep(Duration::from_millis(4));
            }
            peak
        });
        Self { stop, thread }
    }

    /// The peak in MiB.
    pub(crate) fn mib(self) -> Result<f64> {
        self.stop.store(true, Ordering::Relaxed);
        let kib = self.thread.join().unwrap_or(0);
        ensure!(kib > 0, "/proc told no peak memory");
        Ok(kib as f64 / 1024.0)
    }
}

/// `VmHWM` of a living process, in KiB. A process that was not waited for yet has no memory and no such line.
fn peak_kib(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Processor seconds that this process has used, in hundredths as the kernel counts them.
pub(crate) fn own_cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_taken_from_the_sorted_values() {
        let mut taken = Latencies::default();
        (1..=1000).rev().for_each(|ms| taken.push(Duration::from_millis(ms)));
        let ms = taken.ms();
        assert_eq!((ms.p50, ms.p99, ms.max), (501.0, 991.0, 1000.0));
    }

    #[test]
    fn the_median_of_an_even_number_is_between() {
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
    }
}
