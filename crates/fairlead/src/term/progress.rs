//! Progress: a bar on a terminal, plain lines in a log, nothing for scripts.

use crate::term::{Out, grouped, megabytes, seconds};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io;
use std::time::{Duration, Instant};

/// How many leads lie between two tellings: 5 up to 100, then every 5 %, and never more than a transaction takes.
pub(crate) fn piece_of(backlog: i64) -> i64 {
    if backlog <= 100 { 5 } else { (backlog + 19) / 20 }.min(5_000)
}

/// A backlog on its way to agents.
pub(crate) struct BacklogProgress<'a> {
    out: &'a Out,
    bar: Option<ProgressBar>,
    result: io::Result<()>,
}

impl<'a> BacklogProgress<'a> {
    pub(crate) fn new(out: &'a Out, backlog: i64) -> Self {
        let template = "  {bar:40.green/dim} {pos} of {len} {msg:.dim}";
        let bar = out.terminal.then(|| new_bar(backlog.max(0) as u64, template));
        Self { out, bar, result: Ok(()) }
    }

    pub(crate) fn told(&mut self, assigned: i64, of: i64) {
        match &self.bar {
            Some(bar) => bar.set_position(assigned.max(0) as u64),
            None if assigned > 0 && self.result.is_ok() => {
                let percent = assigned * 100 / of.max(1);
                let line = format!("  {} of {} ({percent} %)", grouped(assigned), grouped(of));
                self.result = self.out.say(line);
            }
            None => {}
        }
    }

    pub(crate) fn end(self) -> io::Result<()> {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        self.result
    }
}

/// A file on its way to leads.
pub(crate) struct ImportProgress<'a> {
    out: &'a Out,
    bar: Option<ProgressBar>,
    begun: Instant,
    told: Instant,
    result: io::Result<()>,
}

impl<'a> ImportProgress<'a> {
    pub(crate) fn new(out: &'a Out, bytes: i64) -> Self {
        let template = "  {bar:40.cyan/dim} {percent:>3} %  {msg}";
        let bar = out.terminal.then(|| new_bar(bytes.max(1) as u64, template));
        let now = Instant::now();
        Self { out, bar, begun: now, told: now, result: Ok(()) }
    }

    pub(crate) fn told(&mut self, rows: u64, bytes: i64, of: i64) {
        let line = rows_line(rows, bytes, of, self.begun.elapsed());
        match &self.bar {
            Some(bar) => {
                bar.set_position(bytes.max(0) as u64);
                bar.set_message(line);
            }
            None if self.told.elapsed() >= Duration::from_secs(2) && self.result.is_ok() => {
                self.told = Instant::now();
                self.result = self.out.say(format!("  {line}"));
            }
            None => {}
        }
    }

    pub(crate) fn end(self) -> io::Result<()> {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        self.result
    }
}

/// `120,000 rows · 14 of 48 MB · 41,000 rows/s · 3.2 s left`.
fn rows_line(rows: u64, bytes: i64, of: i64, spent: Duration) -> String {
    let spent = spent.as_secs_f64().max(0.001);
    let rows_s = rows as f64 / spent;
    let mut line = format!(
        "{} rows · {} of {} · {} rows/s",
        grouped(rows as i64),
        megabytes(bytes),
        megabytes(of),
        grouped(rows_s as i64)
    );
    if bytes > 0 && of > bytes {
        line.push_str(&format!(" · {} left", seconds(spent * (of - bytes) as f64 / bytes as f64)));
    }
    line
}

fn new_bar(length: u64, template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(15));
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏░"));
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_told_every_five_leads_then_every_five_percent() {
        assert_eq!([piece_of(3), piece_of(20), piece_of(100)], [5, 5, 5]);
        assert_eq!([piece_of(101), piece_of(600), piece_of(100_000)], [6, 30, 5_000]);
        assert_eq!(piece_of(10_000_000), 5_000);
    }

    #[test]
    fn a_line_tells_rows_bytes_speed_and_rest() {
        let line = rows_line(1000, 2_000_000, 6_000_000, Duration::from_secs(2));
        assert_eq!(line, "1,000 rows · 2.0 MB of 6.0 MB · 500 rows/s · 4.0 s left");
    }
}
