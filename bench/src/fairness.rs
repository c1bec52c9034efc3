//! `fairness`: the shipped rule on simulated traces, scored by a program that is not ours to bend.
//!
//! The generator and scorer (`fair.py`, Python with numpy) lies beside the repository, not in it; without it
//! the figure is skipped.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::bench::Bench;
use crate::table::Row;

/// Seeds that development does not use.
const SEEDS: std::ops::Range<u32> = 100..120;
/// Agents in a constant team: the bound on its error is 1 − 1/(2n−2).
const TEAM: f64 = 10.0;
const TRACES: [(&str, bool); 4] = [("equal", true), ("steady", true), ("churn1", false), ("churn", false)];

/// The worst over all seeds.
#[derive(Default)]
struct Worst {
    error: f64,
    flood: f64,
    streak: f64,
    bad: f64,
}

pub(crate) fn run(bench: &mut Bench) -> Result<()> {
    let Some((python, simulator)) = simulator() else {
        println!("skipped: needs python3 with numpy, and sim/fair.py in FAIRLEAD_SHARED or ../shared");
        bench.table.push(Row::of("fairness").ours("skipped: no simulator").printed(""));
        return Ok(());
    };
    let bin = bench.product()?.to_owned();
    let seeds = if bench.quick { SEEDS.start..SEEDS.start + 3 } else { SEEDS };
    for (kind, constant) in TRACES {
        let row = Row::of(format!("fairness, {kind}, seeds {seeds:?}"));
        let worst = seeds.clone().try_fold(Worst::default(), |worst, seed| {
            let score = score(bench, &bin, &python, &simulator, kind, seed)?;
            worst.and(&score).with_context(|| format!("seed {seed}"))
        });
        bench.table.push(match worst {
            Ok(worst) => judge(row, &worst, constant),
            Err(error) => {
                println!("{kind}: {error:#}");
                row.failed(&error)
            }
        });
    }
    Ok(())
}

fn judge(row: Row, worst: &Worst, constant: bool) -> Row {
    let bound = if constant { 1.0 - 1.0 / (2.0 * TEAM - 2.0) } else { 1.6 };
    let met = worst.error <= bound + 1e-6 && worst.flood <= 2.0 && worst.streak <= 5.0 && worst.bad == 0.0;
    let text = format!(
        "error {:.3}, flood {:.2}, streak {}, ineligible {}",
        worst.error, worst.flood, worst.streak, worst.bad
    );
    println!("{text}");
    row.ours(text).verdict("", format!("error ≤ {bound:.3}, flood ≤ 2, streak ≤ 5, ineligible 0"), met)
}

impl Worst {
    fn and(self, score: &Value) -> Result<Self> {
        let of = |name: &str| score[name].as_f64().with_context(|| format!("no {name} in {score}"));
        Ok(Self {
            error: self.error.max(of("max_err")?),
            flood: self.flood.max(of("flood")?),
            streak: self.streak.max(of("streak")?),
            bad: self.bad.max(of("bad")?),
        })
    }
}

/// One trace through `fairlead simulate assign`, and what the scorer says of the answer.
fn score(bench: &Bench, bin: &Path, python: &str, simulator: &Path, kind: &str, seed: u32) -> Result<Value> {
    let (trace, answer) = (bench.file("trace.jsonl"), bench.file("answer.csv"));
    let mut generate = Command::new(python);
    output(generate.arg(simulator).args(["gen", kind, &seed.to_string()]), &trace)?;
    let mut simulate = Command::new(bin);
    output(simulate.args(["simulate", "assign", "--policy", "fair", "--trace"]).arg(&trace), &answer)?;
    let scored = bench.file("score.json");
    output(Command::new(python).arg(simulator).arg("score").args([&trace, &answer]), &scored)?;
    Ok(serde_json::from_str(&fs::read_to_string(scored)?)?)
}

fn output(command: &mut Command, file: &Path) -> Result<()> {
    let out = command.stdin(Stdio::null()).stdout(File::create(file)?).stderr(Stdio::piped()).output()?;
    let complaint = String::from_utf8_lossy(&out.stderr);
    ensure!(out.status.success(), "{}: {}", command.get_program().display(), complaint.trim());
    Ok(())
}

fn simulator() -> Option<(String, PathBuf)> {
    let beside = || {
        // Wherever it was started: beside the checkout that the program was built in.
        let checkout = env::current_exe().ok()?.ancestors().nth(3)?.to_owned();
        [PathBuf::from("../shared"), checkout.join("../shared")].into_iter().find(|shared| shared.is_dir())
    };
    let shared = env::var_os("FAIRLEAD_SHARED").map(PathBuf::from).or_else(beside)?;
    let file = shared.join("sim/fair.py");
    let python = env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut probe = Command::new(&python);
    probe.args(["-c", "import numpy"]).stdout(Stdio::null()).stderr(Stdio::null());
    (file.is_file() && probe.status().is_ok_and(|status| status.success())).then_some((python, file))
}
