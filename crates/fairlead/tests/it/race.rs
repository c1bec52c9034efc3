//! Everybody at once on one pool: each lead is given once, and the shares stay even.

use crate::app::{TestApp, csv, eventually, lead};
use crate::client::Client;
use crate::database::{both, postgres_or_skip, sqlite};
use serde_json::json;
use std::thread;

/// Creations, an import, saves and runs, all at the same time; `here` and `there` may be two servers.
fn storm(app: &TestApp, here: &Client, there: &Client, agents: &[String]) {
    const EACH: u64 = 60;
    const FILE: u64 = 2_500;
    let members: Vec<_> = agents.iter().map(|id| json!({"agent_id": id})).collect();
    let import = thread::scope(|scope| {
        for (n, client) in [here, there, here, there].into_iter().enumerate() {
            let from = n as u64 * EACH;
            scope.spawn(move || {
                for n in from..from + EACH {
                    client.post("/api/v1/leads", &lead("META", n)).expect(201);
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..12 {
                let saved = json!({"enabled": true, "members": members});
                there.json("PUT", "/api/v1/sources/META/auto-assign", &saved).expect(200);
            }
        });
        scope.spawn(|| {
            for client in [here, there].into_iter().cycle().take(16) {
                client.post("/api/v1/sources/META/auto-assign/run", &json!({})).expect(200);
            }
        });
        let file = csv(10_000, FILE);
        let queued = here.raw("/api/v1/imports?source=META", "text/csv", file.as_bytes()).expect(202);
        queued["id"].as_str().expect("an id").to_owned()
    });
    let done = app.import_done(&import);
    assert_eq!((&done["state"], &done["accepted"]), (&json!("done"), &json!(FILE)), "{done}");
    eventually("nobody waits", || app.total("unassigned=true") == 0);
    let stats = app.distribution("META");
    assert_eq!(stats["assigned"], 4 * EACH + FILE, "{stats}");
    assert!(stats["spread"].as_i64() <= Some(1), "{stats}");
    app.check();
}

#[test]
fn saves_runs_an_import_and_creations_at_once_give_every_lead_once_and_evenly() {
    both(|db| {
        let app = TestApp::start(db);
        let agents = app.pool("META", 5);
        storm(&app, &app.admin, &app.admin, &agents);
    });
}

#[test]
fn two_servers_on_one_database_give_every_lead_once_and_evenly() {
    let Some(db) = postgres_or_skip() else { return };
    let app = TestApp::start(db);
    let second = app.beside();
    let agents = app.pool("META", 5);
    storm(&app, &app.admin, &second.admin, &agents);
}

#[test]
fn the_command_line_assigns_beside_a_running_server_on_the_same_file() {
    let app = TestApp::start(sqlite());
    app.pool("META", 3);
    let file = csv(10_000, 1_500);
    let queued =
        app.admin.raw("/api/v1/imports?source=META&no_assign=1", "text/csv", file.as_bytes()).expect(202);
    app.import_done(queued["id"].as_str().expect("an id"));
    thread::scope(|scope| {
        for from in [0, 40] {
            let app = &app;
            scope.spawn(move || (from..from + 40).for_each(|n| drop(app.lead("META", n))));
        }
        for _ in 0..2 {
            scope.spawn(|| {
                let out = app.db.cli(&["assign", "META", "--json"]);
                assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
            });
        }
        scope.spawn(|| app.admin.post("/api/v1/sources/META/auto-assign/run", &json!({})).expect(200));
    });
    eventually("nobody waits", || app.total("unassigned=true") == 0);
    let stats = app.distribution("META");
    assert_eq!((&stats["assigned"], stats["spread"].as_i64() <= Some(1)), (&json!(1_580), true), "{stats}");
    app.check();
}
