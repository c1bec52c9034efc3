//! The live feed: everything arrives once and in order, whatever happens to the connection.

use crate::app::{TestApp, csv, eventually, lead};
use crate::database::{both, sqlite};
use crate::ws::{Came, Ws};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

fn cursor(event: &Value) -> u64 {
    event["cursor"].as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{event}"))
}

#[test]
fn an_event_is_told_at_once_and_again_to_who_was_away_when_the_server_was_killed() {
    both(|db| {
        let mut app = TestApp::start(db);
        let agents = app.pool("META", 1);
        let mut ws = Ws::open(&app.admin, "/ws/leads/");
        let lead = app.lead("META", 1);
        let created = ws.event_of("lead_created");
        assert_eq!(created["data"]["lead_id"], lead["id"]);
        assert!(created["id"].as_str().is_some_and(|id| id.starts_with("evt_")), "{created}");
        assert!(created["occurred_at"].as_str().is_some_and(|at| at.ends_with('Z')), "{created}");
        assert!(!created.to_string().contains("9000000001"), "no contact data: {created}");
        let assigned = ws.event();
        assert_eq!(
            (&assigned["type"], &assigned["data"]["agent_id"]),
            (&json!("lead_assigned"), &json!(agents[0]))
        );
        assert_eq!(cursor(&assigned), cursor(&created) + 1);

        let since = ws.cut();
        let missed = app.lead("META", 2);
        app.restart();
        let mut ws = Ws::open(&app.admin, &format!("/ws/leads?since={since}"));
        assert_eq!(ws.event()["data"]["lead_id"], missed["id"]);
        assert_eq!(ws.event()["type"], "lead_assigned");
        let live = app.lead("META", 3);
        assert_eq!(ws.event()["data"]["lead_id"], live["id"], "seamlessly");
        ws.say(r#"{"type":"ping"}"#);
        assert_eq!(ws.event_of("pong"), json!({"type": "pong"}));

        let patched = format!("/api/v1/leads/{}", live["id"].as_str().expect("an id"));
        app.admin.json("PATCH", &patched, &json!({"title": "solar"})).expect(200);
        let corrected = ws.event_of("lead_status_changed");
        assert_eq!(
            (&corrected["data"]["why"], &corrected["data"]["from"]),
            (&json!("corrected"), &json!("pending"))
        );
        app.admin.post(&format!("{patched}/hand-back"), &json!({"reason": "busy"})).expect(200);
        assert_eq!(ws.event_of("lead_status_changed")["data"]["why"], "handed back");
        app.check();
    });
}

#[test]
fn a_cursor_that_is_not_ours_is_told_to_fetch_anew() {
    let app = TestApp::start(sqlite());
    app.pool("META", 1);
    for since in ["999999", "-1", "nonsense"] {
        let mut ws = Ws::open(&app.admin, &format!("/ws/leads/?since={since}"));
        assert_eq!(ws.event()["type"], "reset", "{since}");
        let lead = app.lead("META", since.len() as u64);
        assert_eq!(ws.event()["data"]["lead_id"], lead["id"]);
    }
}

#[test]
fn every_event_comes_once_and_in_order_while_clients_post_and_sockets_break() {
    const EACH: u64 = 60;
    const WRITERS: u64 = 3;
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 3);
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let readers: Vec<_> = (0..4u64)
                .map(|reader| {
                    let (app, done) = (&app, &done);
                    scope.spawn(move || {
                        let mut ws = Ws::open(&app.admin, "/ws/leads/");
                        let (first, mut seen) = (ws.cursor.parse::<u64>().expect("a number"), Vec::new());
                        let break_after = 7 + reader * 5;
                        loop {
                            let event = ws.event();
                            seen.push(cursor(&event));
                            if event["data"]["title"] == "the last" {
                                return (first, seen);
                            }
                            if (seen.len() as u64).is_multiple_of(break_after)
                                && !done.load(Ordering::Relaxed)
                            {
                                let since = ws.cut();
                                ws = Ws::open(&app.admin, &format!("/ws/leads/?since={since}"));
                            }
                        }
                    })
                })
                .collect();
            let writers: Vec<_> = (0..WRITERS)
                .map(|writer| {
                    let app = &app;
                    scope.spawn(move || {
                        (0..EACH).for_each(|n| {
                            app.lead("META", writer * EACH + n);
                        })
                    })
                })
                .collect();
            writers.into_iter().for_each(|writer| writer.join().expect("its end"));
            done.store(true, Ordering::Relaxed);
            let mut last = lead("META", 5_000);
            last["title"] = json!("the last");
            app.admin.post("/api/v1/leads", &last).expect(201);
            for reader in readers {
                let (first, seen) = reader.join().expect("what it saw");
                let all: Vec<u64> = (first + 1..=*seen.last().expect("events")).collect();
                assert_eq!(seen, all);
            }
        });
    });
}

#[test]
fn a_reader_that_stalls_is_closed_and_nobody_else_waits() {
    let app = TestApp::start_with(sqlite(), &[("FAIRLEAD_LIVE__STALL_SECONDS", "1")]);
    app.pool("META", 1);
    let mut asleep = Ws::open(&app.admin, "/ws/leads/");
    let mut awake = Ws::open(&app.admin, "/ws/leads/");
    let metrics = || app.admin.without_token().get("/metrics").body;
    let mut n = 0;
    eventually("the stalled socket is noticed", || {
        for _ in 0..20 {
            n += 1;
            let mut lead = lead("META", n);
            lead["description"] = json!("x".repeat(9_000));
            app.admin.post("/api/v1/leads", &lead).expect(201);
            assert_eq!(awake.event()["type"], "lead_created", "nobody else waits");
            assert_eq!(awake.event()["type"], "lead_assigned");
        }
        metrics().contains("fairlead_sockets_stalled_total 1")
    });
    let (first, mut seen) = (asleep.cursor.parse::<u64>().expect("a number"), 0);
    let code = loop {
        match asleep.next() {
            Came::Message(event) => {
                seen += 1;
                assert_eq!(cursor(&event), first + seen, "in order, to the end");
            }
            Came::End(code) => break code,
        }
    };
    assert_eq!(code, Some(4008));
    assert!(seen > 0 && seen < 2 * n, "{seen} of {}", 2 * n);
    let since = asleep.cut();
    let mut back = Ws::open(&app.admin, &format!("/ws/leads/?since={since}"));
    for _ in seen..2 * n {
        back.event();
    }
    assert_eq!(back.cursor, awake.cursor, "it missed nothing");
}

#[test]
fn what_the_command_line_imports_beside_the_server_is_told() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 2);
        let mut ws = Ws::open(&app.admin, "/ws/leads/");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("leads.csv");
        std::fs::write(&file, csv(0, 50)).expect("a file");
        let out = app.db.cli(&["import", file.to_str().expect("a path"), "--source", "META"]);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let given = [ws.event_of("lead_assigned"), ws.event_of("lead_assigned")];
        assert!(given.iter().all(|event| event["data"]["count"] == 25), "{given:?}");
        let done = loop {
            let progress = ws.event_of("import_progress");
            if progress["data"]["state"] == "done" {
                break progress;
            }
        };
        assert_eq!(done["data"]["accepted"], 50);
    });
}

#[test]
fn a_server_that_stops_sends_its_sockets_away_and_ends_well() {
    let mut app = TestApp::start(sqlite());
    let sockets: Vec<Ws> = (0..3).map(|_| Ws::open(&app.admin, "/ws/leads/")).collect();
    let readers: Vec<_> = sockets.into_iter().map(|mut ws| thread::spawn(move || ws.end())).collect();
    assert!(app.terminate());
    for reader in readers {
        assert_eq!(reader.join().expect("its end"), Some(1012));
    }
}
