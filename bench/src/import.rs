//! `import`: a million rows in random order, by the command line and through the server, and the memory it takes.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::bench::{Bench, Database};
use crate::http;
use crate::import_peers as peers;
use crate::leads;
use crate::measure::{PeakWatch, median};
use crate::product::{Imported, Product, Server};
use crate::table::Row;

const GOAL: &str = "≥ 60 %, ≥ 100×, ≤ 96 MiB";

pub(crate) fn run(bench: &mut Bench) -> Result<()> {
    let rows = bench.size(1_000_000);
    let file = bench.file("import.csv");
    leads::write(&file, 0, rows)?;
    let mut client = bench.postgres_client()?;
    let by_row = peers::rows_postgres(&mut client, &file, bench.size(50_000) / 10)?;
    drop(client);
    println!("one row, one commit, PostgreSQL: {by_row:.0} rows/s");
    let limit = limit(bench, &file, rows)?;

    type Way = fn(&Product, &Path, usize) -> Result<Imported>;
    let ways: [(&str, Database, Way); 4] = [
        ("command line, SQLite", Database::Sqlite, by_command),
        ("server, SQLite", Database::Sqlite, by_server),
        ("command line, PostgreSQL", Database::Postgres, by_command),
        ("server, PostgreSQL", Database::Postgres, by_server),
    ];
    for (name, database, way) in ways {
        let row = Row::of(format!("import {rows}, {name}"));
        let row = row.baseline(format!("by row {by_row:.0}/s")).limit(format!("{limit:.2} s"));
        let done = Product::new(bench, database).and_then(|product| way(&product, &file, rows));
        println!("ours, {name}: {}", done.as_ref().map_or_else(|error| format!("{error:#}"), told));
        bench.table.push(match done {
            Ok(done) => judge(row, &done, database, rows, by_row, limit),
            Err(error) => row.failed(&error),
        });
    }
    Ok(())
}

fn told(done: &Imported) -> String {
    format!("{:.2} s, peak {:.0} MiB", done.seconds, done.peak_mib)
}

fn judge(row: Row, done: &Imported, database: Database, rows: usize, by_row: f64, limit: f64) -> Row {
    let times = rows as f64 / done.seconds / by_row;
    let share = limit / done.seconds * 100.0;
    let row = row.ours(told(done));
    let ratio = format!("{share:.0} % of limit, {times:.0}× by row");
    let met = share >= 60.0 && times >= 100.0 && done.peak_mib <= 96.0;
    if database == Database::Sqlite { row.verdict(ratio, GOAL, met) } else { row.printed(ratio) }
}

/// Seconds of insert and indexes, the median of three.
fn limit(bench: &Bench, file: &Path, rows: usize) -> Result<f64> {
    let mut totals = Vec::new();
    for _ in 0..3 {
        let limit = peers::limit_sqlite(file, &bench.file("import-limit.db"), rows)?;
        let total = limit.insert + limit.indexes;
        println!(
            "limit: parse alone {:.2} s; {:.2} + {:.2} = {total:.2} s",
            limit.parse, limit.insert, limit.indexes
        );
        totals.push(total);
    }
    Ok(median(&totals))
}

fn by_command(product: &Product, file: &Path, rows: usize) -> Result<Imported> {
    product.import(file, "BENCH", rows)
}

fn by_server(product: &Product, file: &Path, rows: usize) -> Result<Imported> {
    let server = product.serve()?;
    server.source("BENCH")?;
    let peak = PeakWatch::start(server.pid());
    let start = Instant::now();
    through(&server, "BENCH", file, rows)?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(Imported { seconds, peak_mib: peak.mib()? })
}

/// Uploads a file and waits until all its rows are accepted.
pub(crate) fn through(server: &Server, source: &str, file: &Path, rows: usize) -> Result<()> {
    let path = format!("/api/v1/imports?source={source}&no_assign=true");
    let begun = http::expect(http::upload(server.addr, &server.token, &path, file)?).context("upload")?;
    let id = begun["id"].as_str().context("an import without an id")?;
    let start = Instant::now();
    loop {
        let now = server.call("GET", &format!("/api/v1/imports/{id}"), None)?;
        match now["state"].as_str() {
            Some("queued" | "running") => std::thread::sleep(Duration::from_millis(20)),
            Some("done") => {
                ensure!(now["accepted"] == json!(rows), "accepted {} of {rows}: {now}", now["accepted"]);
                return Ok(());
            }
            _ => anyhow::bail!("the import ended as {now}"),
        }
        ensure!(start.elapsed() < Duration::from_secs(600), "the import does not end: {now}");
    }
}
