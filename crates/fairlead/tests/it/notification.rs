//! Notifications: told once, in the transaction of what caused them, and never with contact data.

use crate::app::{TestApp, csv, eventually};
use crate::client::Client;
use crate::database::{both, sqlite};
use serde_json::{Value, json};

const LIST: &str = "/api/v1/notifications";

/// A source with one agent that a user is.
fn agent_with_user(app: &TestApp) -> Client {
    let agents = app.pool("META", 1);
    let (user, client) = app.user("asha@example.com", "agent");
    app.admin.json("PATCH", &format!("/api/v1/agents/{}", agents[0]), &json!({"user_id": user})).expect(200);
    client
}

fn told(who: &Client) -> Vec<Value> {
    who.get(LIST).expect(200)["items"].as_array().expect("items").clone()
}

fn unread(who: &Client) -> u64 {
    who.get(LIST).expect(200)["unread_count"].as_u64().expect("a count")
}

fn of_kind(who: &Client, kind: &str) -> Vec<Value> {
    told(who).into_iter().filter(|n| n["kind"] == kind).collect()
}

#[test]
fn an_agent_is_told_of_a_lead_without_contact_data_and_reads_it() {
    both(|db| {
        let app = TestApp::start(db);
        let asha = agent_with_user(&app);
        let lead = app.lead("META", 1);
        app.lead("META", 2);
        let all = told(&asha);
        assert_eq!((all.len(), unread(&asha)), (2, 2));
        let first = &all[1];
        assert_eq!((&first["kind"], &first["lead_id"]), (&json!("lead_assigned"), &lead["id"]));
        assert_eq!(
            first["message"],
            format!("{} of META was assigned to you.", lead["uid"].as_str().expect("uid"))
        );
        assert!(
            !first.to_string().contains("9000000001") && !first.to_string().contains("Lead 1"),
            "{first}"
        );
        let read = format!("{LIST}/{}/read", first["id"].as_str().expect("an id"));
        assert_eq!(asha.post(&read, &json!({})).expect(200)["unread_count"], 1);
        assert_eq!(asha.post(&read, &json!({})).expect(200)["unread_count"], 1, "twice is once");
        app.admin.post(&read, &json!({})).problem(404, "not_found");
        assert!(told(&asha)[1]["read_at"].is_string());
        assert_eq!(asha.post(&format!("{LIST}/read-all"), &json!({})).expect(200)["unread_count"], 0);
        assert_eq!(unread(&asha), 0);
        assert!(told(&asha).iter().all(|n| n["read_at"].is_string()));
        app.check();
    });
}

#[test]
fn an_import_is_told_once_to_the_agent_and_once_to_the_staff() {
    both(|db| {
        let app = TestApp::start(db);
        let asha = agent_with_user(&app);
        let manager = app.user("manager@example.com", "manager").1;
        let file = format!("{}Nobody,12,Pune\n", csv(0, 6_500));
        let path = "/api/v1/imports?source=META&file_name=leads.csv";
        let queued = app.admin.raw(path, "text/csv", file.as_bytes());
        let queued = if queued.status == 202 {
            queued.value()
        } else {
            app.admin.raw("/api/v1/imports?source=META", "text/csv", file.as_bytes()).expect(202)
        };
        app.import_done(queued["id"].as_str().expect("an id"));
        let all = of_kind(&asha, "lead_assigned");
        assert_eq!(all.len(), 1, "several chunks, one notification: {all:?}");
        assert_eq!(all[0]["message"], "6500 leads of META were assigned to you.");
        assert_eq!(unread(&asha), 1);
        for who in [&app.admin, &manager] {
            let done = of_kind(who, "import_finished");
            assert_eq!(done.len(), 1, "{done:?}");
            let message = done[0]["message"].as_str().expect("text");
            assert!(message.contains("6500 accepted, 1 rejected"), "{message}");
        }
        assert!(of_kind(&asha, "import_finished").is_empty());
        app.check();
    });
}

#[test]
fn a_backlog_is_told_once_to_each_agent() {
    both(|db| {
        let app = TestApp::start(db);
        app.admin.post("/api/v1/sources", &json!({"name": "META"})).expect(201);
        (0..30).for_each(|n| drop(app.lead("META", n)));
        let agent = app.agent(&json!({"name": "Asha"}));
        let (user, asha) = app.user("asha@example.com", "agent");
        app.admin.json("PATCH", &format!("/api/v1/agents/{agent}"), &json!({"user_id": user})).expect(200);
        app.save("META", &[agent]);
        let all = told(&asha);
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(all[0]["title"], "30 new leads for you");
    });
}

#[test]
fn who_does_not_want_to_hear_of_a_kind_is_not_told() {
    both(|db| {
        let app = TestApp::start(db);
        let asha = agent_with_user(&app);
        let path = "/api/v1/notification-preferences";
        assert_eq!(asha.get(path).expect(200)["lead_assigned"]["in_app"], true);
        let off = json!({"lead_assigned": {"in_app": false}});
        assert_eq!(asha.json("PUT", path, &off).expect(200)["lead_assigned"]["in_app"], false);
        app.lead("META", 1);
        assert_eq!((told(&asha).len(), unread(&asha)), (0, 0));
        asha.json("PUT", path, &json!({"nonsense": {"in_app": false}})).problem(422, "unknown_field");
    });
}

#[test]
fn the_staff_hears_once_of_leads_that_wait_for_nobody() {
    let app = TestApp::start(sqlite());
    let agents = app.pool("META", 1);
    let away = format!("/api/v1/agents/{}/presence", agents[0]);
    app.admin.json("PUT", &away, &json!({"state": "away"})).expect(200);
    app.lead("META", 1);
    eventually("the staff is told", || !of_kind(&app.admin, "leads_waiting").is_empty());
    app.lead("META", 2);
    let all = of_kind(&app.admin, "leads_waiting");
    assert_eq!(all.len(), 1, "once an hour: {all:?}");
    assert_eq!(all[0]["title"], "META: 1 lead waits");
}

#[test]
fn a_switched_off_endpoint_is_told_to_the_staff() {
    let app = TestApp::start_with(sqlite(), crate::webhook::LOCAL);
    let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/secret-path", gone.local_addr().expect("an address"));
    drop(gone);
    let hook =
        app.admin.post("/api/v1/webhook-endpoints", &json!({"url": url, "description": "CRM"})).expect(201);
    let test = format!("/api/v1/webhook-endpoints/{}/test", hook["id"].as_str().expect("an id"));
    app.admin.post(&test, &json!({})).expect(202);
    eventually("the staff is told", || !of_kind(&app.admin, "webhook_disabled").is_empty());
    let message = of_kind(&app.admin, "webhook_disabled")[0]["message"].as_str().expect("text").to_owned();
    assert!(message.contains("CRM (127.0.0.1)") && !message.contains("secret-path"), "{message}");
}

#[test]
fn the_trial_sends_one_event_of_each_type() {
    both(|db| {
        let app = TestApp::start(db);
        let out = app.db.cli(&["events", "test", "--json"]);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let said: Value = serde_json::from_slice(&out.stdout).expect("JSON");
        let sent = said["sent"].as_array().expect("what was sent");
        let kinds: Vec<&str> = sent.iter().filter_map(|event| event["type"].as_str()).collect();
        for kind in [
            "lead_created",
            "lead_assigned",
            "lead_status_changed",
            "lead_claimed",
            "import_progress",
            "lead_alert",
            "notification_message",
            "balance_updated",
        ] {
            assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
        }
        assert!(sent.iter().all(|event| event["data"]["test"] == true), "{said}");
        let told = told(&app.admin);
        assert_eq!((told.len(), &told[0]["kind"]), (1, &json!("test")));
        let nobody = app.db.cli(&["events", "test", "--user", "nobody@example.com"]);
        assert_eq!(nobody.status.code(), Some(2));
        app.check();
    });
}
