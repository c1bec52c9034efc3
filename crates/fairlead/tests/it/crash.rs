//! `kill -9` and a database that goes away: nothing acknowledged is lost, nothing is doubled.

use crate::app::{TestApp, csv, eventually, lead};
use crate::database::{both, postgres_or_skip};
use serde_json::json;
use std::collections::BTreeSet;
use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

#[test]
fn an_import_killed_in_the_middle_goes_on_after_the_restart_without_duplicates() {
    const ROWS: u64 = 60_000;
    both(|db| {
        let mut app = TestApp::start(db);
        app.pool("META", 4);
        // Every thousandth row repeats the one before.
        let mut file = csv(0, ROWS);
        for n in (999..ROWS).step_by(1_000) {
            file.push_str(&format!("Again,{},Pune\n", crate::app::phone(n)));
        }
        let queued = app.admin.raw("/api/v1/imports?source=META", "text/csv", file.as_bytes()).expect(202);
        let path = format!("/api/v1/imports/{}", queued["id"].as_str().expect("an id"));
        eventually("some rows", || app.admin.get(&path).expect(200)["rows"].as_u64() >= Some(4_000));
        app.restart();
        let before = app.admin.get(&path).expect(200);
        assert_eq!(before["state"], "running", "killed in the middle: {before}");
        let done = app.import_done(queued["id"].as_str().expect("an id"));
        let counts = ["rows", "accepted", "duplicates", "rejected", "assigned"].map(|n| done[n].as_u64());
        assert_eq!(counts, [ROWS + 60, ROWS, 60, 0, ROWS].map(Some), "{done}");
        let stats = app.distribution("META");
        assert_eq!(
            (&stats["total"], &stats["assigned"], &stats["spread"]),
            (&json!(ROWS), &json!(ROWS), &json!(0))
        );
        assert_eq!(app.spooled(), 0);
        app.check();
    });
}

#[test]
fn every_lead_acknowledged_before_a_kill_is_there_once() {
    both(|db| {
        let mut app = TestApp::start(db);
        app.pool("META", 3);
        let (count, acknowledged) = (AtomicU64::new(0), Mutex::new(BTreeSet::new()));
        let client = app.admin.clone();
        thread::scope(|scope| {
            for n in 0..8 {
                let (client, count, acknowledged) = (&client, &count, &acknowledged);
                scope.spawn(move || {
                    let mut next = n * 100_000;
                    while let Ok(answer) = client.try_json("POST", "/api/v1/leads", &lead("META", next)) {
                        if answer.status == 201 {
                            let id = answer.value()["id"].to_string();
                            assert!(acknowledged.lock().expect("no panic").insert(id), "a doubled id");
                            count.fetch_add(1, Ordering::Relaxed);
                        }
                        next += 1;
                    }
                });
            }
            eventually("some leads", || count.load(Ordering::Relaxed) > 300);
            app.kill();
        });
        app.restart();
        let mut stored = BTreeSet::new();
        let mut cursor = String::new();
        loop {
            let page = app.admin.get(&format!("/api/v1/leads?limit=500{cursor}")).expect(200);
            for lead in page["items"].as_array().expect("items") {
                assert!(stored.insert(lead["id"].to_string()), "a lead is listed twice");
                assert!(lead["agent"].is_object(), "{lead}");
            }
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        let acknowledged = acknowledged.into_inner().expect("no panic");
        assert!(acknowledged.is_subset(&stored), "{:?} are lost", acknowledged.difference(&stored));
        assert!(stored.len() <= acknowledged.len() + 8, "at most what was under way");
        assert!(app.distribution("META")["spread"].as_i64() <= Some(1));
        app.check();
    });
}

#[test]
fn a_backlog_killed_while_it_is_given_out_is_given_out_once() {
    const LEADS: u64 = 12_000;
    both(|db| {
        let mut app = TestApp::start(db);
        let agents = app.pool("META", 4);
        let upload = "/api/v1/imports?source=META&no_assign=1";
        let queued = app.admin.raw(upload, "text/csv", csv(0, LEADS).as_bytes()).expect(202);
        app.import_done(queued["id"].as_str().expect("an id"));
        let client = app.admin.clone();
        let begun = thread::spawn(move || {
            client.try_json("POST", "/api/v1/sources/META/auto-assign/run", &json!({}))
        });
        eventually("some are given out", || app.total("unassigned=true") < LEADS);
        app.restart();
        // Cut off, or finished just before: both are fine.
        let _ = begun.join().expect("no panic");
        app.save("META", &agents);
        app.admin.post("/api/v1/sources/META/auto-assign/run", &json!({})).expect(200);
        let stats = app.distribution("META");
        assert_eq!((&stats["assigned"], &stats["waiting"]), (&json!(LEADS), &json!(0)), "{stats}");
        assert_eq!(stats["spread"], 0, "{stats}");
        app.check();
    });
}

/// Stands before PostgreSQL and can hang up on everybody, as a server that is stopped does.
struct Door {
    url: String,
    open: Arc<AtomicBool>,
    inside: Arc<Mutex<Vec<TcpStream>>>,
}

impl Door {
    fn before(url: &str) -> Self {
        let (start, name) = url.rsplit_once('/').expect("a name");
        let (who, server) = start.rsplit_once('@').expect("a host");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("{who}@{}/{name}", listener.local_addr().expect("an address"));
        let (open, inside) = (Arc::new(AtomicBool::new(true)), Arc::new(Mutex::new(Vec::new())));
        let door = Self { url, open: open.clone(), inside: inside.clone() };
        let server = server.to_owned();
        thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                if !open.load(Ordering::SeqCst) {
                    continue;
                }
                let server = TcpStream::connect(&server).expect("PostgreSQL");
                let copy = |stream: &TcpStream| stream.try_clone().expect("a copy");
                inside.lock().expect("no panic").extend([copy(&caller), copy(&server)]);
                for (mut from, mut to) in [(copy(&caller), copy(&server)), (server, caller)] {
                    thread::spawn(move || {
                        let _ = io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
            }
        });
        door
    }

    fn shut(&self) {
        self.open.store(false, Ordering::SeqCst);
        for stream in self.inside.lock().expect("no panic").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn reopen(&self) {
        self.open.store(true, Ordering::SeqCst);
    }
}

#[test]
fn a_database_that_goes_away_under_load_means_503_and_then_all_is_well_by_itself() {
    let Some(mut db) = postgres_or_skip() else { return };
    let door = Door::before(&db.url);
    db.url.clone_from(&door.url);
    let app = TestApp::start(db);
    app.pool("META", 3);
    let (stop, acknowledged) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for n in 0..4_u64 {
            let (app, stop, acknowledged) = (&app, &stop, &acknowledged);
            scope.spawn(move || {
                let mut next = n * 100_000;
                while !stop.load(Ordering::Relaxed) {
                    let answer = app.admin.post("/api/v1/leads", &lead("META", next));
                    match answer.status {
                        201 => _ = acknowledged.fetch_add(1, Ordering::Relaxed),
                        503 => assert_eq!(answer.header("retry-after"), Some("1")),
                        status => panic!("{status} {}", answer.body),
                    }
                    next += 1;
                }
            });
        }
        let reached = |more: u64| {
            let goal = acknowledged.load(Ordering::Relaxed) + more;
            eventually("leads are created", || acknowledged.load(Ordering::Relaxed) >= goal);
        };
        reached(50);
        door.shut();
        eventually("503", || app.admin.get("/readyz").status == 503);
        assert_eq!(app.admin.get("/healthz").status, 200);
        door.reopen();
        eventually("ready again", || app.admin.get("/readyz").status == 200);
        reached(50);
        stop.store(true, Ordering::Relaxed);
    });
    assert!(app.total("") >= acknowledged.load(Ordering::Relaxed));
    assert!(app.distribution("META")["spread"].as_i64() <= Some(1));
    app.check();
}
