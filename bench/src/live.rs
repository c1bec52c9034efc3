//! `live`: how long a new lead waits for its answer while a million rows are imported through the same server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Result, anyhow};

use crate::bench::{Bench, Database};
use crate::import;
use crate::leads;
use crate::load::{self, Load, Shape};
use crate::product::Product;
use crate::table::Row;

const CONNECTIONS: usize = 4;
const RATE: u32 = 200;

pub(crate) fn run(bench: &mut Bench) -> Result<()> {
    bench.product()?;
    let rows = bench.size(1_000_000);
    // Numbers that the posted leads (+27 6…) do not reach while it lasts.
    let file = bench.file("live.csv");
    leads::write(&file, 50_000_000, rows)?;
    for database in [Database::Sqlite, Database::Postgres] {
        let row = Row::of(format!("post during an import of {rows}, {}", database.name()));
        let row = match during(bench, database, &file, rows) {
            Ok(mut load) => {
                let (sent, rate, ms) = (load.latencies.count(), load.per_second(), load.latencies.ms());
                println!("{}: {sent} posts, {rate:.0}/s, {ms}", database.name());
                let row = row.ours(format!("{ms}")).baseline(format!("{sent} posts, {rate:.0}/s"));
                if database == Database::Sqlite {
                    row.verdict(format!("p99 {:.0} ms", ms.p99), "p99 ≤ 150 ms", ms.p99 <= 150.0)
                } else {
                    row.printed(format!("p99 {:.0} ms", ms.p99))
                }
            }
            Err(error) => {
                println!("{}: {error:#}", database.name());
                row.failed(&error)
            }
        };
        bench.table.push(row);
    }
    Ok(())
}

fn during(bench: &mut Bench, database: Database, file: &std::path::Path, rows: usize) -> Result<Load> {
    let product = Product::new(bench, database)?;
    let server = product.serve()?;
    server.source("BENCH")?;
    server.source("LIVE")?;
    let shape = Shape { token: server.token.clone(), source: "LIVE".to_owned(), keyed: false };
    let stop = Arc::new(AtomicBool::new(false));
    let (addr, stopped) = (server.addr, Arc::clone(&stop));
    let posting = thread::spawn(move || load::paced(addr, &shape, CONNECTIONS, RATE, stopped));
    let imported = import::through(&server, "BENCH", file, rows);
    stop.store(true, Ordering::Relaxed);
    let load = posting.join().map_err(|_| anyhow!("the load client panicked"))??;
    imported?;
    load.check(201)?;
    Ok(load)
}
