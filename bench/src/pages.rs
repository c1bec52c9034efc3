//! `pages`: lists, searches, sorts, filters and deep pages over a million leads, as a person would ask for them.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use serde_json::{Value, json};

use crate::bench::{Bench, Database};
use crate::http;
use crate::import;
use crate::leads::Random;
use crate::load::{self, Shape};
use crate::product::{Product, Server};
use crate::table::Row;

const SOURCES: [&str; 4] = ["META", "GOOGLE", "AFFILIATE", "WALKIN"];
const AGENTS: usize = 20;
const ROUNDS: usize = 5;
/// Pages that are turned before a deep one is measured.
const TURNED: usize = 20;

pub(crate) fn run(bench: &mut Bench) -> Result<()> {
    bench.product()?;
    let rows = bench.size(1_000_000);
    for database in [Database::Sqlite, Database::Postgres] {
        let row = Row::of(format!("pages over {rows} leads, {}", database.name()));
        let row = match measured(bench, database, rows) {
            Ok(mut taken) => {
                taken.sort_by(|a, b| a.0.total_cmp(&b.0));
                let at = |share: f64| taken[((taken.len() - 1) as f64 * share) as usize].0;
                let (p50, p95, max) = (at(0.5), at(0.95), at(1.0));
                for (ms, path) in taken.iter().rev().take(12) {
                    println!("  {ms:.1} ms {path}");
                }
                let told = format!("p50 {p50:.1} p95 {p95:.1} max {max:.1} ms, n {}", taken.len());
                println!("{}: {told}", database.name());
                row.ours(told).verdict(format!("p95 {p95:.0} ms"), "p95 ≤ 50 ms", p95 <= 50.0)
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

fn measured(bench: &mut Bench, database: Database, rows: usize) -> Result<Vec<(f64, String)>> {
    let product = Product::new(bench, database)?;
    let server = product.serve()?;
    fill(bench, &server, rows)?;
    work(&server, rows)?;
    settled(&server)?;
    let mut paths = asked();
    for path in ["/api/v1/leads?sort=newest", "/api/v1/leads?sort=changed", "/api/v1/leads?q=ba&sort=oldest"]
    {
        paths.push(deep(&server, path)?);
    }
    for page in ["/", "/leads", "/leads?q=ba", "/assign", "/assign/history", "/agents", "/import"] {
        if http::call(server.addr, &server.token, "GET", page, None)?.status == 200 {
            paths.push(page.to_owned());
        }
    }
    println!("{} different requests, {ROUNDS} times each", paths.len());
    let (mut taken, mut random) = (Vec::new(), Random::new(3));
    for _ in 0..ROUNDS {
        let mut order: Vec<&String> = paths.iter().collect();
        while !order.is_empty() {
            let path = order.swap_remove(random.below(order.len()));
            let start = Instant::now();
            let answer = http::call(server.addr, &server.token, "GET", path, None)?;
            let ms = start.elapsed().as_secs_f64() * 1e3;
            ensure!(answer.status == 200, "{path}: {} {}", answer.status, answer.body);
            taken.push((ms, path.clone()));
        }
    }
    Ok(taken)
}

/// Imports, with somebody posting all the while, and waits for the index.
fn fill(bench: &Bench, server: &Server, rows: usize) -> Result<()> {
    server.source("LIVE")?;
    let shape = Shape { token: server.token.clone(), source: "LIVE".to_owned(), keyed: false };
    let stop = Arc::new(AtomicBool::new(false));
    let (addr, stopped) = (server.addr, Arc::clone(&stop));
    let posting = thread::spawn(move || load::paced(addr, &shape, 2, 50, stopped));
    let start = Instant::now();
    let filled = (|| {
        for (place, source) in SOURCES.iter().enumerate() {
            server.source(source)?;
            let file = bench.file("pages.csv");
            let part = rows / SOURCES.len();
            write(&file, place * part, part)?;
            import::through(server, source, &file, part)?;
        }
        println!("imported after {:.1} s", start.elapsed().as_secs_f64());
        settled(server)
    })();
    println!("indexed after {:.1} s", start.elapsed().as_secs_f64());
    stop.store(true, Ordering::Relaxed);
    let mut load = posting.join().map_err(|_| anyhow!("the load client panicked"))??;
    filled?;
    load.check(201)?;
    println!("posts meanwhile, 50/s: {}", load.latencies.ms());
    Ok(())
}

/// Waits until the index has followed.
fn settled(server: &Server) -> Result<()> {
    let runs = || -> Result<Option<i64>> {
        let jobs = server.call("GET", "/api/v1/jobs", None)?;
        let job = jobs["items"].as_array().and_then(|all| all.iter().find(|j| j["name"] == "index_leads"));
        Ok(job.and_then(|job| job["runs"].as_i64()))
    };
    let (mut before, mut since) = (runs()?, Instant::now());
    while since.elapsed() < Duration::from_secs(3) {
        thread::sleep(Duration::from_millis(100));
        let now = runs()?;
        if now != before {
            (before, since) = (now, Instant::now());
        }
    }
    Ok(())
}

/// A quarter is given out, some leads are worked and some corrected.
fn work(server: &Server, rows: usize) -> Result<()> {
    let agents = server.agents(AGENTS)?;
    let start = Instant::now();
    server.pool(SOURCES[0], &agents, true)?;
    println!("{} given out in {:.1} s", rows / SOURCES.len(), start.elapsed().as_secs_f64());
    let list = server.call("GET", "/api/v1/leads?source=META&limit=500", None)?;
    let leads = list["items"].as_array().context("no leads")?;
    for (place, lead) in leads.iter().enumerate() {
        let path = format!("/api/v1/leads/{}", lead["id"].as_str().context("no id")?);
        let status = ["contacted", "no_answer", "sale", "not_interested"][place % 4];
        server.call("POST", &format!("{path}/disposition"), Some(&json!({"status": status})))?;
        if place % 5 == 0 {
            let name = json!({"contact": {"name": format!("Corrected Name{place}")}});
            server.call("PATCH", &path, Some(&name))?;
        }
    }
    Ok(())
}

/// The requests: each kind of filter, search and order alone and together.
fn asked() -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    let searches = [
        "b",
        "ba",
        "bako",
        "bako+le",
        "BAKO+LEMU",
        "b+l",
        "ba+be+bi+bo+bu",
        "1234",
        "+27650012345",
        "512345",
        "bako.le",
        "bako.lemu7%40ex",
        "L-000777",
        "corrected",
        "zzzz",
        "name7",
        "x",
        "asha",
    ];
    let filters = [
        "",
        "source=META",
        "source=WALKIN",
        "status=new",
        "status=pending",
        "status=contacted",
        "status=sale",
        "agent=3",
        "unassigned=true",
        "category=category-7",
        "category=rare",
        "source=GOOGLE&status=new",
        "source=META&status=sale",
        "source=META&agent=5",
        "agent=4&status=contacted",
        "agent=4&status=pending",
        "created_from=2020-01-01T00:00:00Z&status=pending",
        "created_to=2020-01-01T00:00:00Z",
    ];
    paths.extend(searches.iter().map(|q| format!("q={q}")));
    for filter in filters {
        paths.extend(["newest", "oldest", "changed"].map(|sort| format!("{filter}&sort={sort}")));
    }
    for (place, q) in ["b", "bako", "1234", "ba+le", "corrected", "zu"].iter().enumerate() {
        for filter in &filters[1..] {
            let sort = ["newest", "oldest", "changed"][place % 3];
            paths.push(format!("q={q}&{filter}&sort={sort}"));
        }
    }
    // What matches next to nothing.
    paths.push("source=META&status=pending&category=rare&q=b".to_owned());
    paths.push("source=WALKIN&agent=3".to_owned());
    paths.push("category=rare&status=pending&sort=changed".to_owned());
    paths.push("category=category-3&status=sale&q=b&agent=2".to_owned());
    paths.into_iter().map(|query| format!("/api/v1/leads?{query}")).collect()
}

/// The request for a page far down a list.
fn deep(server: &Server, path: &str) -> Result<String> {
    let mut cursor = String::new();
    for _ in 0..TURNED {
        let list: Value = server.call("GET", &format!("{path}&limit=500{cursor}"), None)?;
        match list["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    Ok(format!("{path}{cursor}"))
}

/// Leads with names out of 2,000 first and 2,000 last ones, and 200 categories.
fn write(path: &Path, first: usize, rows: usize) -> Result<()> {
    let mut random = Random::new(11 + first as u64);
    let file = File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
    let mut file = BufWriter::with_capacity(1 << 20, file);
    writeln!(file, "name,phone,email,city,category")?;
    for number in first..first + rows {
        let (a, b) = (name(random.below(2000)), name(random.below(2000)));
        let category = match random.below(50_000) {
            0 => "rare".to_owned(),
            n => format!("category-{}", n % 200),
        };
        // Phones in no order: any odd factor walks through all remainders.
        let phone = 650_000_000 + (number * 7_654_321) % 20_000_000;
        writeln!(file, "{a} {b},+27{phone},{a}.{b}{number}@example.com,City,{category}")?;
    }
    Ok(file.flush()?)
}

/// One of 2,000 names of two to three syllables.
fn name(number: usize) -> String {
    const CONSONANTS: [&str; 14] = ["b", "k", "l", "m", "n", "p", "r", "s", "t", "v", "d", "g", "j", "z"];
    const VOWELS: [&str; 5] = ["a", "e", "i", "o", "u"];
    let mut name = String::new();
    let mut left = number * 37 % 4_900;
    for _ in 0..2 {
        name.push_str(CONSONANTS[left % 14]);
        left /= 14;
        name.push_str(VOWELS[left % 5]);
        left /= 5;
    }
    if number.is_multiple_of(3) {
        name.push_str("ri");
    }
    name
}
