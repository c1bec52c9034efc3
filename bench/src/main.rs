//! The figures of the product, each a ratio inside one run: what Fairlead does, beside a baseline (how it is done
//! elsewhere) and a limit (what the machine could do if nothing but the necessary work were done).
//!
//! The product is driven through its public edges only: the `fairlead` program and its HTTP API.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a bench prints its figures")]

mod assign;
mod assign_peers;
mod bench;
mod echo;
mod fairness;
mod http;
mod import;
mod import_peers;
mod leads;
mod live;
mod load;
mod measure;
mod pages;
mod post;
mod product;
mod sends;
mod sockets;
mod table;
mod ws;

use std::env;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result};
use bench::Bench;
use table::Row;

type Figure = fn(&mut Bench) -> Result<()>;

const FIGURES: &[(&str, Figure)] = &[
    ("assign", assign::run),
    ("import", import::run),
    ("live", live::run),
    ("post", post::run),
    ("pages", pages::run),
    ("fairness", fairness::run),
    ("sockets", sockets::run),
];

const USAGE: &str = "\
usage: bench [assign|import|live|post|pages|fairness|sockets|all]… [--quick] [--baselines]
  --quick       ten times smaller
  --baselines   only the baselines and limits, without the product
environment: FAIRLEAD_BIN, FAIRLEAD_SHARED (the simulators), FAIRLEAD_BENCH_DIR (files, on the disk to measure),
             FAIRLEAD_BENCH_REALTIME=0 (do not use chrt), PYTHON
exit code: 0 every goal is met, 1 not, 2 wrong usage";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    if args == ["echo-server"] {
        return finish(echo::serve().map(|()| true));
    }
    if let [role, sockets] = &args[..]
        && role == "send-server"
        && let Ok(sockets) = sockets.parse()
    {
        return finish(sends::serve(sockets).map(|()| true));
    }
    let flag = |name: &str| args.iter().any(|arg| arg == name);
    let mut names: Vec<&str> = args.iter().map(String::as_str).filter(|arg| !arg.starts_with("--")).collect();
    let known = |name: &&str| *name == "all" || FIGURES.iter().any(|(figure, _)| figure == name);
    let flags_known =
        args.iter().filter(|arg| arg.starts_with("--")).all(|arg| arg == "--quick" || arg == "--baselines");
    if !names.iter().all(known) || !flags_known {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    if names.is_empty() || names.contains(&"all") {
        names = FIGURES.iter().map(|(name, _)| *name).collect();
    }
    if let Err(error) = become_realtime(&args) {
        eprintln!("not under chrt -r 1: {error:#}");
    }
    finish(figures(&names, flag("--quick"), flag("--baselines")))
}

fn figures(names: &[&str], quick: bool, baselines: bool) -> Result<bool> {
    let mut bench = Bench::new(quick, baselines)?;
    println!("probe before: {}", measure::probe(&bench.dir)?);
    for (name, figure) in FIGURES.iter().filter(|(name, _)| names.contains(name)) {
        println!("\n## {name}");
        if let Err(error) = figure(&mut bench) {
            println!("{name}: {error:#}");
            bench.table.push(Row::of(*name).failed(&error));
        }
    }
    println!("\nprobe after: {}\n", measure::probe(&bench.dir)?);
    bench.table.print();
    Ok(bench.table.all_met())
}

fn finish(done: Result<bool>) -> ExitCode {
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// On a shared machine a process that sleeps in an fsync may wait a whole scheduler tick (4 ms) before it goes on;
/// real-time round robin avoids that, for this process and for every server and client it starts.
fn become_realtime(args: &[String]) -> Result<()> {
    const DONE: &str = "FAIRLEAD_BENCH_REALTIME";
    if env::var_os(DONE).is_some() {
        return Ok(());
    }
    let mut probe = Command::new("chrt");
    probe.args(["-r", "1", "true"]).stdout(Stdio::null()).stderr(Stdio::null());
    if probe.status().is_ok_and(|status| status.success()) {
        let me = env::current_exe().context("who am I?")?;
        let error = Command::new("chrt").args(["-r", "1"]).arg(me).args(args).env(DONE, "1").exec();
        return Err(error.into());
    }
    anyhow::bail!("chrt is missing or not allowed; durable figures may be of the scheduler, see the probe")
}
