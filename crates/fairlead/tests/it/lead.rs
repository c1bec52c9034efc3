//! A lead's life: created, given out fairly, worked, handed back, given by hand; duplicates; lists and search.

use crate::app::{TestApp, eventually, lead, phone};
use crate::database::both;
use serde_json::{Value, json};

fn id(lead: &Value) -> &str {
    lead["id"].as_str().expect("an id")
}

#[test]
fn a_created_lead_is_given_out_in_the_same_answer_and_fairly() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 3);
        let leads: Vec<Value> = (0..10).map(|n| app.lead("META", n)).collect();
        assert!(
            leads.iter().all(|l| l["agent"]["name"].is_string() && l["status"] == "pending"),
            "{leads:?}"
        );
        assert_eq!((&leads[0]["uid"], &leads[9]["uid"]), (&json!("L-000001"), &json!("L-000010")));
        assert_eq!(leads[4]["contact"]["phone"], phone(4));
        let stats = app.distribution("META");
        assert_eq!((&stats["assigned"], &stats["spread"]), (&json!(10), &json!(1)), "{stats}");
        assert_eq!((&stats["verdict"], &stats["waiting"]), (&json!("excellent"), &json!(0)));
        let history = app.admin.get("/api/v1/assignments?limit=500").expect(200);
        assert_eq!(history["items"].as_array().map(Vec::len), Some(10));
        assert!(history["items"][0]["method"] == "fair" && history["items"][0]["trigger"] == "create");
        app.check();
    });
}

#[test]
fn a_duplicate_is_skipped_updated_or_kept_as_the_organisation_says() {
    both(|db| {
        let app = TestApp::start(db);
        let agents = app.pool("META", 2);
        let first = app.lead("META", 1);
        let mut again = lead("META", 1);
        again["contact"]["name"] = json!("Somebody Else");
        again["location"] = json!({"city": "Pune"});
        let skipped = app.admin.post("/api/v1/leads", &again).expect(200);
        assert_eq!((&skipped["id"], &skipped["duplicate"]), (&first["id"], &json!(true)));
        assert_eq!(skipped["contact"]["name"], "Lead 1");

        let policy = |policy: &str| {
            app.admin.json("PATCH", "/api/v1/organization", &json!({"duplicate_policy": policy})).expect(200);
        };
        policy("update");
        let updated = app.admin.post("/api/v1/leads", &again).expect(200);
        assert_eq!((&updated["id"], &updated["location"]["city"]), (&first["id"], &json!("Pune")));
        assert_eq!((&updated["agent"], &updated["status"]), (&first["agent"], &first["status"]));

        policy("keep");
        let kept = app.admin.post("/api/v1/leads", &again).expect(201);
        assert_ne!(kept["id"], first["id"]);
        assert_eq!(kept["duplicate_of"], first["id"]);
        assert!(agents.iter().any(|agent| kept["agent"]["id"] == **agent));
        assert_eq!(app.total(""), 2);
        app.check();
    });
}

#[test]
fn the_timeline_and_the_explanation_tell_what_happened_and_why() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 3);
        let lead = app.lead("META", 1);
        let path = format!("/api/v1/leads/{}", id(&lead));
        app.admin
            .post(&format!("{path}/disposition"), &json!({"status": "no_answer", "note": "rang out"}))
            .expect(200);
        let timeline = app.admin.get(&format!("{path}/timeline")).expect(200);
        let text = timeline.to_string();
        assert!(
            text.contains("no_answer") && text.contains("rang out") && text.contains("pending"),
            "{text}"
        );

        let explained = app.admin.get(&format!("{path}/explain")).expect(200);
        assert_eq!(explained["state"], "assigned");
        let sentences = explained["sentences"].to_string();
        let name = lead["agent"]["name"].as_str().expect("a name");
        assert!(sentences.contains(name) && sentences.chars().any(|c| c.is_ascii_digit()), "{sentences}");
        assert!(explained["decision"]["explanation"].is_object(), "{explained}");
        let told = app.db.cli(&["explain", "L-000001"]);
        assert!(told.status.success() && String::from_utf8_lossy(&told.stdout).contains(name));
    });
}

#[test]
fn work_moves_a_lead_along_the_allowed_ways_only() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 1);
        let lead = app.lead("META", 1);
        let path = format!("/api/v1/leads/{}/disposition", id(&lead));
        let work = |body: Value| app.admin.post(&path, &body);
        assert_eq!(work(json!({"status": "contacted"})).expect(200)["status"], "contacted");
        work(json!({"status": "callback"})).problem(422, "invalid");
        let later = json!({"status": "callback", "callback_at": "2030-01-01T10:00:00Z"});
        assert_eq!(work(later).expect(200)["callback_at"], "2030-01-01T10:00:00Z");
        work(json!({"status": "new"})).problem(422, "invalid");
        work(json!({"status": "sale"})).expect(200);
        work(json!({"status": "contacted"})).problem(409, "move_not_allowed");
        let back = app.admin.post(&format!("/api/v1/leads/{}/hand-back", id(&lead)), &json!({}));
        assert_eq!(back.status, 409, "a sold lead is not handed back: {}", back.body);
        let agent = &app.admin.get("/api/v1/agents").expect(200)["items"][0];
        assert_eq!((&agent["total"], &agent["open_count"]), (&json!(1), &json!(0)));
        app.check();
    });
}

#[test]
fn a_handed_back_lead_goes_to_somebody_else_and_the_credits_still_add_up() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 3);
        let leads: Vec<Value> = (0..6).map(|n| app.lead("META", n)).collect();
        let path = format!("/api/v1/leads/{}", id(&leads[0]));
        app.admin.post(&format!("{path}/hand-back"), &json!({"reason": "wrong language"})).expect(200);
        eventually("the handed-back lead has an agent", || {
            app.admin.get(&path).expect(200)["agent"].is_object()
        });
        assert_ne!(app.admin.get(&path).expect(200)["agent"]["id"], leads[0]["agent"]["id"]);
        let config = app.admin.get("/api/v1/sources/META/auto-assign").expect(200);
        let credits = config["members"].as_array().expect("members").iter();
        let sum: f64 = credits
            .map(|m| m["credit"].as_str().and_then(|c| c.parse::<f64>().ok()).expect("a credit"))
            .sum();
        assert!(sum.abs() < 1e-4, "{config}");
        for n in 6..30 {
            app.lead("META", n);
        }
        assert!(app.distribution("META")["spread"].as_i64() <= Some(1));
        app.check();
    });
}

#[test]
fn a_lead_is_given_by_hand_to_whom_a_manager_says() {
    both(|db| {
        let app = TestApp::start(db);
        let agents = app.pool("META", 2);
        let outsider = app.agent(&json!({"name": "Outsider"}));
        let lead = app.lead("META", 1);
        let path = format!("/api/v1/leads/{}/assign", id(&lead));
        let other = agents.iter().find(|a| lead["agent"]["id"] != ***a).expect("the other");
        let given =
            app.admin.post(&path, &json!({"agent_id": other, "reason": "knows the person"})).expect(200);
        assert_eq!(given["agent"]["id"], **other);
        app.admin.post(&path, &json!({"agent_id": other})).problem(409, "already_theirs");
        let given = app.admin.post(&path, &json!({"agent_id": outsider})).expect(200);
        assert_eq!(given["agent"]["name"], "Outsider");
        app.admin.json("PATCH", &format!("/api/v1/agents/{other}"), &json!({"active": false})).expect(200);
        app.admin.post(&path, &json!({"agent_id": other})).problem(409, "agent_inactive");
        let nobody = json!({"agent_id": "agent_00000000000000000000000000000000"});
        assert!(matches!(app.admin.post(&path, &nobody).status, 404 | 422));
        app.check();
    });
}

#[test]
fn lists_page_by_cursor_and_search_finds_by_phone_email_uid_and_name() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 2);
        for n in 0..23 {
            app.lead("META", n);
        }
        let asha = json!({"source": "META", "contact": {"name": "Asha Rao", "email": "Asha.Rao@Example.com"},
            "value": "1500.50", "custom": {"form": "A"}});
        app.admin.post("/api/v1/leads", &asha).expect(201);
        for sort in ["newest", "oldest", "changed"] {
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = app.admin.get(&format!("/api/v1/leads?limit=7&sort={sort}{cursor}")).expect(200);
                seen.extend(page["items"].as_array().expect("items").iter().map(|l| l["uid"].to_string()));
                let Some(next) = page["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            let distinct: std::collections::BTreeSet<_> = seen.iter().collect();
            assert_eq!((seen.len(), distinct.len()), (24, 24), "{sort}");
        }
        let whole = phone(7).replace('+', "%2B");
        for (q, found) in [
            (whole.as_str(), 1),
            ("0012", 1),
            ("asha.r", 1),
            ("L-000024", 1),
            ("ra%20ash", 1),
            ("lead", 23),
            ("nobody", 0),
            ("%25", 0),
        ] {
            assert_eq!(app.total(&format!("q={q}")), found, "{q}");
        }
        assert_eq!((app.total("source=META&status=pending"), app.total("unassigned=true")), (24, 0));
        let found = app.admin.get("/api/v1/leads/l-24").expect(200);
        assert_eq!((&found["value"], &found["custom"]["form"]), (&json!("1500.5"), &json!("A")));
        let patched = json!({"contact": {"phone": phone(7)}});
        app.admin.json("PATCH", &format!("/api/v1/leads/{}", id(&found)), &patched).problem(409, "taken");
    });
}

#[test]
fn a_server_that_is_told_to_stop_finishes_well_and_everything_is_there_afterwards() {
    both(|db| {
        let mut app = TestApp::start(db);
        app.pool("META", 2);
        let lead = app.lead("META", 1);
        assert!(app.terminate(), "exit code 0");
        app.restart();
        app.admin.get(&format!("/api/v1/leads/{}", id(&lead))).expect(200);
        app.admin.get("/readyz").expect(200);
    });
}
