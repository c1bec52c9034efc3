//! Steps run one after the other; each says what it does, and a failed one how to run it alone.

use std::env;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

pub(crate) struct Steps {
    root: PathBuf,
    done: Vec<(String, Outcome, f64)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Outcome {
    Passed,
    Failed,
    Skipped,
}

impl Steps {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root, done: Vec::new() }
    }

    /// Runs `work` under a heading; a failure is printed with the command that repeats it, and remembered.
    pub(crate) fn run(&mut self, name: &str, rerun: &str, work: impl FnOnce() -> Result<()>) {
        println!("\n=== {name}: {rerun}");
        let start = Instant::now();
        let outcome = match work() {
            Ok(()) => Outcome::Passed,
            Err(error) => {
                println!("--- {name} failed: {error:#}\n    run it again with: {rerun}");
                Outcome::Failed
            }
        };
        self.done.push((name.to_owned(), outcome, start.elapsed().as_secs_f64()));
    }

    pub(crate) fn cargo(&mut self, name: &str, args: &[String], envs: &[(&str, &str)]) {
        let assignments: String = envs.iter().map(|(key, value)| format!("{key}={value} ")).collect();
        let rerun = format!("{assignments}cargo {}", args.join(" "));
        let root = self.root.clone();
        self.run(name, &rerun, || {
            finish(Command::new(cargo()).args(args).envs(envs.iter().copied()).current_dir(root))
        });
    }

    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        println!("\n=== {name}: skipped, {why}");
        self.done.push((name.to_owned(), Outcome::Skipped, 0.0));
    }

    /// The last line: every step with its seconds. True when nothing failed.
    pub(crate) fn summary(&self) -> bool {
        let word = |outcome| match outcome {
            Outcome::Passed => "ok",
            Outcome::Failed => "FAILED",
            Outcome::Skipped => "skipped",
        };
        let parts: Vec<String> = self
            .done
            .iter()
            .map(|(name, outcome, seconds)| format!("{name} {} {seconds:.0}s", word(*outcome)))
            .collect();
        let total: f64 = self.done.iter().map(|(_, _, seconds)| seconds).sum();
        let good = self.done.iter().all(|(_, outcome, _)| *outcome != Outcome::Failed);
        println!("\n{}: {} | {total:.0}s", if good { "passed" } else { "FAILED" }, parts.join(" | "));
        good
    }
}

/// Runs a command to its end; not succeeding is an error.
pub(crate) fn finish(command: &mut Command) -> Result<()> {
    let status =
        command.status().with_context(|| format!("{} did not start", command.get_program().display()))?;
    ensure!(status.success(), "{status}");
    Ok(())
}

/// The cargo that started us, so that a toolchain given as `cargo +NAME xtask` is kept.
pub(crate) fn cargo() -> String {
    env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}
