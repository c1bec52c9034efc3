//! `assign`: 100,000 waiting leads given to 50 agents with history, through the API; and how the cost grows.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::assign_peers as peers;
use crate::bench::{Bench, Database};
use crate::leads;
use crate::measure::median;
use crate::product::{Product, Server};
use crate::table::Row;

const AGENTS: usize = 50;
const HISTORY: usize = 2_525;
/// Each size beside the one it doubles; the smallest are repeated, being shortest.
const DOUBLING: [(usize, usize); 7] =
    [(10_000, 3), (20_000, 3), (40_000, 3), (80_000, 1), (160_000, 1), (100_000, 1), (200_000, 1)];

pub(crate) fn run(bench: &mut Bench) -> Result<()> {
    let leads = bench.size(100_000);
    let rounds = if bench.quick { 2 } else { 3 };
    let mut client = bench.postgres_client()?;
    let one_by_one = median(&peers::loop_postgres(&mut client, bench.size(20_000) / 10, rounds)?);
    let loop_seconds = leads as f64 / one_by_one;
    println!(
        "loop, PostgreSQL: {one_by_one:.0} leads/s, so {leads} leads in {loop_seconds:.1} s (extrapolated)"
    );

    let path = bench.file("assign-limit.db");
    let sqlite = collect(rounds, || peers::set_sqlite(&path, leads))?;
    println!("limit, set-based, SQLite FULL: {sqlite:.3} s, {:.0}× the loop", loop_seconds / sqlite);
    let postgres = collect(rounds, || peers::set_postgres(&mut client, leads))?;
    println!("limit, set-based, PostgreSQL: {postgres:.3} s, {:.0}× the loop", loop_seconds / postgres);
    drop(client);

    for (database, limit) in [(Database::Sqlite, sqlite), (Database::Postgres, postgres)] {
        let work = format!("assign {leads}, {}", database.name());
        let row =
            Row::of(&work).baseline(format!("loop {loop_seconds:.1} s")).limit(format!("set {limit:.3} s"));
        match ours(bench, database, leads, rounds) {
            Ok((seconds, growth)) => {
                println!("ours, {}: {seconds:.3} s", database.name());
                report(bench, row, database, [seconds, loop_seconds, limit], &growth);
            }
            Err(error) => {
                println!("ours, {}: {error:#}", database.name());
                bench.table.push(row.failed(&error));
            }
        }
    }
    Ok(())
}

fn report(bench: &mut Bench, row: Row, database: Database, seconds: [f64; 3], growth: &[(usize, f64)]) {
    let [ours, loop_seconds, limit] = seconds;
    let (times, share) = (loop_seconds / ours, limit / ours * 100.0);
    let row = row.ours(format!("{ours:.3} s"));
    if database == Database::Postgres {
        bench.table.push(row.printed(format!("{times:.0}× loop, {share:.0} % of limit")));
        return;
    }
    let met = times >= 90.0 && share >= 65.0;
    bench.table.push(row.verdict(format!("{times:.0}× loop, {share:.0} % of limit"), "≥ 90×, ≥ 65 %", met));
    for (size, seconds) in growth {
        let half = growth.iter().find(|(other, _)| other * 2 == *size);
        println!("  {size} leads: {seconds:.3} s");
        if let Some((_, before)) = half {
            let times = seconds / before;
            let row = Row::of(format!("assign {size}")).ours(format!("{seconds:.3} s"));
            let row = row.baseline(format!("half of it: {before:.3} s"));
            bench.table.push(row.verdict(format!("{times:.2}×"), "≤ 2.2×", times <= 2.2));
        }
    }
}

/// Seconds of "run now" for `leads` (median), and for each size of the doubling on SQLite.
fn ours(
    bench: &mut Bench,
    database: Database,
    leads: usize,
    rounds: usize,
) -> Result<(f64, Vec<(usize, f64)>)> {
    let whole = medians(bench, database, &[(leads, rounds)])?;
    let mut growth = Vec::new();
    if database == Database::Sqlite {
        let sizes: Vec<_> = DOUBLING.iter().map(|(size, rounds)| (bench.size(*size), *rounds)).collect();
        growth = medians(bench, database, &sizes)?;
    }
    Ok((whole[0].1, growth))
}

/// Seconds for each size (the median of so many rounds), all on one fresh database.
fn medians(bench: &mut Bench, database: Database, sizes: &[(usize, usize)]) -> Result<Vec<(usize, f64)>> {
    let product = Product::new(bench, database)?;
    let mut first = 0;
    let mut load = |source: &str, size: usize| {
        let file = bench.file("assign.csv");
        leads::write(&file, first, size)?;
        first += size;
        product.import(&file, source, size)
    };
    load("HISTORY", HISTORY)?;
    for (size, rounds) in sizes {
        for round in 0..*rounds {
            load(&source(*size, round), *size)?;
        }
    }
    let server = product.serve()?;
    let agents = server.agents(AGENTS)?;
    let saved = server.pool("HISTORY", &agents, true)?;
    ensure!(saved["assigned_count"] == json!(HISTORY), "the history was not assigned: {saved}");
    let median_of = |&(size, rounds): &(usize, usize)| {
        let seconds: Result<Vec<f64>> =
            (0..rounds).map(|round| assign(&server, &source(size, round), &agents, size)).collect();
        Ok((size, median(&seconds?)))
    };
    sizes.iter().map(median_of).collect()
}

fn source(size: usize, round: usize) -> String {
    format!("BENCH-{size}-{round}")
}

/// Times "run now" on a source whose leads all wait, and checks what it did.
fn assign(server: &Server, source: &str, agents: &[String], leads: usize) -> Result<f64> {
    server.pool(source, agents, false)?; // saved but not enabled: nothing may happen before the clock starts
    let run = format!("/api/v1/sources/{source}/auto-assign/run");
    let start = Instant::now();
    let done = server.call("POST", &run, None)?;
    let seconds = start.elapsed().as_secs_f64();
    ensure!(
        done["assigned_count"] == json!(leads),
        "{source}: assigned {} of {leads}",
        done["assigned_count"]
    );
    check_breakdown(&done, agents.len(), leads).with_context(|| format!("{source}: {done}"))?;
    let waiting =
        server.call("GET", &format!("/api/v1/leads?source={source}&unassigned=true&limit=1"), None)?;
    ensure!(waiting["items"] == json!([]), "{source}: a lead still waits");
    let again = server.call("POST", &run, None)?;
    ensure!(
        again["assigned_count"] == json!(0),
        "{source}: a second run assigned {}",
        again["assigned_count"]
    );
    Ok(seconds)
}

/// Every lead once, and equal weights get equal shares.
fn check_breakdown(done: &Value, agents: usize, leads: usize) -> Result<()> {
    let breakdown = done["breakdown"].as_array().context("no breakdown")?;
    let got: Option<Vec<u64>> = breakdown.iter().map(|line| line["assigned"].as_u64()).collect();
    let got = got.context("a line without its count")?;
    ensure!(got.len() == agents, "{} lines for {agents} agents", got.len());
    ensure!(got.iter().sum::<u64>() == leads as u64, "the lines do not add up");
    let spread = got.iter().max().unwrap_or(&0) - got.iter().min().unwrap_or(&0);
    ensure!(spread <= 1, "spread {spread}");
    Ok(())
}

fn collect(rounds: usize, mut once: impl FnMut() -> Result<f64>) -> Result<f64> {
    let all: Result<Vec<f64>> = (0..rounds).map(|_| once()).collect();
    Ok(median(&all?))
}
