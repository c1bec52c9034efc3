//! The cases of the `Idempotency-Key` fixtures: one effect and one answer a key, per tenant, across a `kill -9`.

use crate::app::{TestApp, csv, lead};
use crate::database::both;
use serde_json::json;
use std::thread;

#[test]
fn the_same_key_and_body_have_one_effect_and_one_answer() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 2);
        let first = app.admin.keyed("/api/v1/leads", "K1", &lead("META", 1));
        let second = app.admin.keyed("/api/v1/leads", "K1", &lead("META", 1));
        assert_eq!((first.status, second.status, &first.body), (201, 201, &second.body));
        assert_eq!(
            (first.header("idempotency-replayed"), second.header("idempotency-replayed")),
            (None, Some("true"))
        );
        app.admin.keyed("/api/v1/leads", "K1", &lead("META", 2)).expect(422);
        assert_eq!(app.total(""), 1);
        // A decided refusal is an answer too; a body nobody could read is not.
        let path = format!("/api/v1/leads/{}/disposition", first.value()["id"].as_str().expect("id"));
        app.admin.keyed(&path, "K2", &json!({"status": "sale"})).expect(200);
        app.admin.keyed(&path, "K3", &json!({"status": "contacted"})).expect(409);
        let again = app.admin.keyed(&path, "K3", &json!({"status": "contacted"}));
        assert_eq!((again.status, again.header("idempotency-replayed")), (409, Some("true")));
        app.admin.keyed("/api/v1/leads", "K4", &json!({"source": "META", "contact": 1})).expect(422);
        app.admin.keyed("/api/v1/leads", "K4", &lead("META", 4)).expect(201);
        app.admin
            .keyed("/api/v1/leads", &"k".repeat(201), &lead("META", 5))
            .problem(400, "bad_idempotency_key");
        app.check();
    });
}

#[test]
fn a_key_used_by_many_at_once_has_one_effect() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 2);
        let answers: Vec<_> = thread::scope(|scope| {
            let call = || app.admin.keyed("/api/v1/leads", "K1", &lead("META", 1));
            let calls: Vec<_> = (0..12).map(|_| scope.spawn(call)).collect();
            calls.into_iter().map(|call| call.join().expect("an answer")).collect()
        });
        let made: Vec<_> =
            answers.iter().filter(|a| a.status == 201).map(|a| a.value()["id"].to_string()).collect();
        assert!(!made.is_empty() && made.iter().all(|id| *id == made[0]), "{answers:?}");
        assert!(answers.iter().all(|a| matches!(a.status, 201 | 409)), "{answers:?}");
        let runs: Vec<_> = thread::scope(|scope| {
            let call = || app.admin.keyed("/api/v1/sources/META/auto-assign/run", "R1", &json!({}));
            let calls: Vec<_> = (0..6).map(|_| scope.spawn(call)).collect();
            calls.into_iter().map(|call| call.join().expect("an answer").status).collect()
        });
        assert!(runs.contains(&200) && runs.iter().all(|status| matches!(status, 200 | 409)), "{runs:?}");
        assert_eq!(app.total(""), 1);
        app.check();
    });
}

#[test]
fn keys_are_per_tenant() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 1);
        let tenant = app.admin.with_token(&app.db.token("admin@other.example", "admin", Some("other")));
        tenant.post("/api/v1/sources", &json!({"name": "META"})).expect(201);
        let here = app.admin.keyed("/api/v1/leads", "K1", &lead("META", 1)).expect(201);
        let there = tenant.keyed("/api/v1/leads", "K1", &lead("META", 1)).expect(201);
        assert_ne!(here["id"], there["id"]);
        assert_eq!((&here["uid"], &there["uid"]), (&json!("L-000001"), &json!("L-000001")));
        app.check();
    });
}

#[test]
fn a_key_is_remembered_across_a_kill() {
    both(|db| {
        let mut app = TestApp::start(db);
        app.pool("META", 2);
        let first = app.admin.keyed("/api/v1/leads", "K1", &lead("META", 1));
        let file = |app: &TestApp, rows| {
            let headers = [("content-type", "text/csv"), ("idempotency-key", "I1")];
            app.admin
                .send("POST", "/api/v1/imports?source=META", &headers, csv(10, rows).as_bytes())
                .expect("an answer")
        };
        let import = file(&app, 5).expect(202);
        app.restart();
        let second = app.admin.keyed("/api/v1/leads", "K1", &lead("META", 1));
        assert_eq!((first.status, &first.body), (second.status, &second.body));
        assert_eq!(file(&app, 5).expect(202)["id"], import["id"]);
        assert_eq!(file(&app, 6).status, 422);
        let done = app.import_done(import["id"].as_str().expect("an id"));
        assert_eq!((&done["state"], &done["accepted"], app.total("")), (&json!("done"), &json!(5), 6));
        app.check();
    });
}
