//! `post`: durable `POST /api/v1/leads` on 64 connections, in turns with a plain JSON echo of the same body.

use std::env;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;

use crate::bench::{Bench, Database};
use crate::load::{self, Load, Shape};
use crate::measure::{Percentiles, median};
use crate::product::{Product, Server};
use crate::table::Row;

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 3;
const AGENTS: usize = 20;

pub(crate) fn run(bench: &mut Bench) -> Result<()> {
    let time = if bench.quick { Duration::from_secs(1) } else { Duration::from_secs(4) };
    let mut echo = Command::new(env::current_exe()?);
    let echo = Server::start(echo.arg("echo-server"), &bench.file("echo.log"), "none")?;
    let anybody = Shape { token: "none".to_owned(), source: "BENCH".to_owned(), keyed: false };
    let alone = rounds(&[(&echo, 200)], &anybody, time)?;
    println!("echo alone: {}", alone[0]);
    bench.product()?;
    for (database, pooled) in [
        (Database::Sqlite, false),
        (Database::Sqlite, true),
        (Database::Postgres, false),
        (Database::Postgres, true),
    ] {
        let kind = if pooled { "20 agents, keys" } else { "no pool, no key" };
        let row = Row::of(format!("post, {}, {kind}", database.name()));
        let row = match beside(bench, &echo, database, pooled, time) {
            Ok(speeds) => {
                let [echo, ours] = &speeds[..] else { anyhow::bail!("two servers were asked") };
                println!("{}, {kind}: {ours}; echo {echo}", database.name());
                let share = ours.per_second / echo.per_second * 100.0;
                let row = row
                    .ours(format!("{:.0}/s, {}", ours.per_second, ours.ms))
                    .limit(format!("echo {:.0}/s", echo.per_second));
                if database == Database::Sqlite && !pooled {
                    row.verdict(format!("{share:.0} % of echo"), "≥ 30 %", share >= 30.0)
                } else {
                    row.printed(format!("{share:.0} % of echo"))
                }
            }
            Err(error) => {
                println!("{}, {kind}: {error:#}", database.name());
                row.failed(&error)
            }
        };
        bench.table.push(row);
    }
    Ok(())
}

/// The echo and the product in turns: their medians, in this order.
fn beside(
    bench: &mut Bench,
    echo: &Server,
    database: Database,
    pooled: bool,
    time: Duration,
) -> Result<Vec<Speed>> {
    let product = Product::new(bench, database)?;
    let server = product.serve()?;
    server.source("BENCH")?;
    if pooled {
        let agents = server.agents(AGENTS)?;
        server.pool("BENCH", &agents, true)?;
    }
    let shape = Shape { token: server.token.clone(), source: "BENCH".to_owned(), keyed: pooled };
    // One by hand first: a refusal is told in full, and nothing is measured.
    let sample: Value = serde_json::from_str(&load::body("BENCH", "00000000"))?;
    server.call("POST", "/api/v1/leads", Some(&sample))?;
    let speeds = rounds(&[(echo, 200), (&server, 201)], &shape, time)?;
    let stored = server.call("GET", "/api/v1/leads?limit=1", None)?;
    println!("  the product now counts {} leads", stored.get("total").unwrap_or(&Value::Null));
    Ok(speeds)
}

/// Medians over the rounds.
struct Speed {
    per_second: f64,
    ms: Percentiles,
    client: f64,
}

impl std::fmt::Display for Speed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.0}/s, {} (client {:.0} % of a core)", self.per_second, self.ms, self.client * 100.0)
    }
}

/// Each server in turn, a few times; a server comes with the status that every answer must have.
fn rounds(servers: &[(&Server, u16)], shape: &Shape, time: Duration) -> Result<Vec<Speed>> {
    let mut loads: Vec<Vec<Load>> = servers.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for ((server, status), loads) in servers.iter().zip(&mut loads) {
            let load = load::flat_out(server.addr, shape, CONNECTIONS, time)?;
            load.check(*status)?;
            loads.push(load);
        }
    }
    Ok(loads.into_iter().map(speed).collect())
}

fn speed(mut loads: Vec<Load>) -> Speed {
    let per_second: Vec<f64> = loads.iter().map(Load::per_second).collect();
    let ms: Vec<Percentiles> = loads.iter_mut().map(|load| load.latencies.ms()).collect();
    let middle = |of: fn(&Percentiles) -> f64| median(&ms.iter().map(of).collect::<Vec<_>>());
    let ms = Percentiles { p50: middle(|ms| ms.p50), p99: middle(|ms| ms.p99), max: middle(|ms| ms.max) };
    let client = median(&loads.iter().map(|load| load.client).collect::<Vec<_>>());
    Speed { per_second: median(&per_second), ms, client }
}
