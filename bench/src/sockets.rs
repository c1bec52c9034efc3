//! `sockets`: what an event costs that goes to many WebSockets, beside a bare loop of sends; that none is lost or
//! doubled while connections break and readers sleep; and how soon after its answer a lead is told.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::bench::{Bench, Database};
use crate::measure::median;
use crate::product::{Product, Server};
use crate::sends;
use crate::table::Row;
use crate::ws::{Crowd, Plan};

/// Events of about this many bytes.
const EVENT: usize = 300;
const SOURCE: &str = "BENCH";

pub(crate) fn run(bench: &mut Bench) -> Result<()> {
    for (sockets, rounds) in [(1_000, 200), (5_000, 60)] {
        fan_out(bench, sockets, bench.size(rounds).max(10))?;
    }
    broken(bench)?;
    soon(bench)
}

/// What a delivery costs a server, and a connection.
#[derive(Clone, Copy)]
struct Cost {
    micros: f64,
    kib: f64,
    round_ms: f64,
}

fn fan_out(bench: &mut Bench, sockets: usize, rounds: usize) -> Result<()> {
    let row = Row::of(format!("{sockets} sockets, {EVENT}-byte event to all"));
    let memory = Row::of(format!("memory a connection, {sockets} sockets"));
    let floor = bare_sends(bench, sockets, rounds)?;
    println!(
        "{sockets} sockets, bare sends: {:.2} µs a delivery, round {:.1} ms",
        floor.micros, floor.round_ms
    );
    match product(bench, sockets, rounds) {
        Ok(ours) => {
            println!(
                "{sockets} sockets, ours: {:.2} µs a delivery, round {:.1} ms, {:.1} KiB a connection",
                ours.micros, ours.round_ms, ours.kib
            );
            let ratio = ours.micros / floor.micros;
            bench.table.push(
                row.ours(format!("{:.2} µs CPU", ours.micros))
                    .baseline("see the README")
                    .limit(format!("sends {:.2} µs", floor.micros))
                    .verdict(format!("{ratio:.2} ×"), "≤ 1.5 ×", ratio <= 1.5),
            );
            bench.table.push(
                memory
                    .ours(format!("{:.1} KiB", ours.kib))
                    .limit(format!("sends {:.1} KiB", floor.kib))
                    .verdict(format!("{:.1} KiB", ours.kib), "≤ 10 KiB", ours.kib <= 10.0),
            );
        }
        Err(error) => {
            println!("{sockets} sockets: {error:#}");
            bench.table.push(row.failed(&error));
            bench.table.push(memory.failed(&error));
        }
    }
    Ok(())
}

fn bare_sends(bench: &Bench, sockets: usize, rounds: usize) -> Result<Cost> {
    let mut server = std::process::Command::new(std::env::current_exe()?);
    server.args(["send-server", &sockets.to_string()]);
    let server = Server::start(&mut server, &bench.file("sends.log"), "none")?;
    let plan = Plan { addr: server.addr, path: "/ws".to_owned(), token: String::new(), hello: false };
    measured(&server, &plan, sockets, rounds, |crowd, _| crowd.say(&sends::ask(EVENT)))
}

fn product(bench: &mut Bench, sockets: usize, rounds: usize) -> Result<Cost> {
    let product = Product::new(bench, Database::Sqlite)?;
    let server = product.serve()?;
    server.source(SOURCE)?;
    measured(&server, &plan(&server), sockets, rounds, |_, n| post(&server, n as u64, EVENT))
}

fn plan(server: &Server) -> Plan {
    Plan { addr: server.addr, path: "/ws/leads/".to_owned(), token: server.token.clone(), hello: true }
}

/// Creates a lead whose event has about `bytes` bytes; its title is its number.
fn post(server: &Server, n: u64, bytes: usize) -> Result<()> {
    // What an event has beside its description.
    let description = "x".repeat(bytes.saturating_sub(285).max(1));
    let lead = json!({
        "source": SOURCE, "title": format!("n{n}"), "description": description,
        "contact": {"phone": format!("+91{}", 9_000_000_000u64 + n)},
    });
    server.call("POST", "/api/v1/leads", Some(&lead)).map(|_| ())
}

fn measured(
    server: &Server,
    plan: &Plan,
    sockets: usize,
    rounds: usize,
    mut tell: impl FnMut(&mut Crowd, usize) -> Result<()>,
) -> Result<Cost> {
    let before = resident_kib(server.pid())?;
    let mut crowd = Crowd::open(plan, sockets)?;
    // What the handshakes used is given back by then, as far as it is.
    std::thread::sleep(Duration::from_millis(1500));
    let kib = (resident_kib(server.pid())? - before) / sockets as f64;
    const WARM: usize = 3;
    let mut taken = Vec::with_capacity(rounds);
    let mut cpu = 0.0;
    for round in 0..rounds + WARM {
        if round == WARM {
            cpu = cpu_seconds(server.pid())?;
            taken.clear();
        }
        let start = std::time::Instant::now();
        tell(&mut crowd, round)?;
        crowd.each_hears(1)?;
        taken.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let used = cpu_seconds(server.pid())? - cpu;
    Ok(Cost { micros: used * 1e6 / (rounds * sockets) as f64, kib, round_ms: median(&taken) })
}

fn resident_kib(pid: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
    Ok(line.split_whitespace().nth(1).context("no size")?.parse()?)
}

/// Processor seconds of another process, in hundredths.
fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    Ok(after_name.split_whitespace().skip(11).take(2).filter_map(|f| f.parse::<f64>().ok()).sum::<f64>()
        / 100.0)
}

/// The same burst twice: with three sockets that never read, and without.
fn broken(bench: &mut Bench) -> Result<()> {
    let sockets = 500;
    let events = bench.size(2_000).max(400) as u64;
    let row = Row::of(format!("{sockets} sockets, {events} events, random disconnects, 3 that never read"));
    let outcome = (|| {
        let mut p99 = [0.0; 2];
        for (sleepers, p99) in [0, 3].into_iter().zip(&mut p99) {
            let product = Product::new(bench, Database::Sqlite)?;
            let server = Arc::new(product.serve()?);
            server.source(SOURCE)?;
            let poster = Arc::clone(&server);
            let tell = move |n| post(&poster, n, 600);
            let heard = crate::ws::burst(&plan(&server), sockets, sleepers, events, tell)?;
            println!(
                "{sleepers} asleep: {} deliveries, {} lost, {} doubled, {} out of order, {} reconnects, {}",
                heard.deliveries, heard.lost, heard.doubled, heard.unordered, heard.reconnects, heard.ms
            );
            ensure!(
                heard.lost + heard.doubled + heard.unordered == 0,
                "events were lost, doubled or out of order"
            );
            *p99 = heard.ms.p99;
        }
        Ok(p99)
    })();
    bench.table.push(match outcome {
        Ok([without, with]) => {
            let ratio = with / without;
            row.ours(format!("0 lost, 0 doubled; p99 {with:.1} ms"))
                .limit(format!("without the 3: p99 {without:.1} ms"))
                .verdict(format!("{ratio:.2} ×"), "≤ 3 ×", ratio <= 3.0)
        }
        Err(error) => row.failed(&error),
    });
    Ok(())
}

fn soon(bench: &mut Bench) -> Result<()> {
    let row = Row::of("event after commit, idle: answer of the POST to the frame");
    let outcome = (|| {
        let product = Product::new(bench, Database::Sqlite)?;
        let server = product.serve()?;
        server.source(SOURCE)?;
        let posts = bench.size(1_000) as u64;
        crate::ws::after_answers(&plan(&server), posts, |n| post(&server, n, EVENT))
    })();
    bench.table.push(match outcome {
        Ok(mut late) => {
            let ms = late.ms();
            println!("frame after answer: {ms}");
            row.ours(format!("{ms}")).verdict(format!("p99 {:.2} ms", ms.p99), "p99 ≤ 20 ms", ms.p99 <= 20.0)
        }
        Err(error) => row.failed(&error),
    });
    Ok(())
}
