//! The overview's numbers: today, the flow of leads, what waits and why.

use crate::app::{TestApp, csv};
use crate::database::both;
use serde_json::{Value, json};

fn of<'a>(list: &'a Value, source: &str) -> &'a Value {
    let items = list.as_array().expect("a list");
    items.iter().find(|item| item["source"] == source).unwrap_or(&Value::Null)
}

#[test]
fn the_overview_counts_what_came_in_where_it_stands_and_why_it_waits() {
    both(|db| {
        let app = TestApp::start(db);
        let agents = app.pool("META", 2);
        let leads: Vec<Value> = (0..4).map(|n| app.lead("META", n)).collect();
        let path = |n: usize, what: &str| {
            format!("/api/v1/leads/{}/{what}", leads[n]["id"].as_str().expect("an id"))
        };
        app.admin.post(&path(0, "disposition"), &json!({"status": "sale"})).expect(200);
        app.admin.post(&path(0, "disposition"), &json!({"status": "dnc"})).expect(200);
        for agent in &agents {
            let path = format!("/api/v1/agents/{agent}/presence");
            app.admin.json("PUT", &path, &json!({"state": "away"})).expect(200);
        }
        app.admin.post(&path(1, "hand-back"), &json!({"reason": "busy"})).expect(200);
        app.lead("META", 4);
        app.admin.post("/api/v1/sources", &json!({"name": "FAIR"})).expect(201);
        let path = "/api/v1/imports?source=FAIR&no_assign=true";
        let import = app.admin.raw(path, "text/csv", csv(100, 7).as_bytes()).expect(202);
        app.import_done(import["id"].as_str().expect("an id"));

        let told = app.admin.get("/api/v1/stats/overview").expect(200);
        let meta = of(&told["today"], "META");
        assert_eq!(
            (&meta["created"], &meta["closed"], &meta["handed_back"]),
            (&json!(5), &json!(1), &json!(1))
        );
        assert_eq!(meta["assigned"], 4, "{told}");
        let count = |status: &str| {
            let all = meta["by_status"].as_array().expect("statuses").iter();
            all.filter(|s| s["status"] == status).filter_map(|s| s["leads"].as_i64()).sum::<i64>()
        };
        assert_eq!((count("dnc"), count("sale"), count("new") + count("pending")), (1, 0, 4), "{told}");
        let fair = of(&told["today"], "FAIR");
        assert_eq!((&fair["created"], &fair["waiting"]), (&json!(7), &json!(7)));
        assert_eq!(fair["assignment_rate"], 0.0);
        let sum = |steps: &str, what: &str| {
            let all = told[steps].as_array().expect("steps").iter();
            all.filter_map(|step| step[what].as_i64()).sum::<i64>()
        };
        assert_eq!((sum("last_day", "created"), sum("last_week", "created")), (12, 12));
        assert_eq!((sum("last_day", "assigned"), sum("last_day", "closed")), (4, 1));
        assert_eq!(told["last_day"].as_array().map(Vec::len), Some(24));

        let waits = of(&told["waiting"], "META");
        assert_eq!((&waits["asked"], &waits["reasons"][0]["reason"]), (&json!(2), &json!("away")), "{waits}");
        assert_eq!(waits["reasons"][0]["members"][0]["reason"], "away", "the first in line: {waits}");
        assert_eq!(of(&told["waiting"], "FAIR")["reasons"][0]["reason"], "not_configured");
        app.check();
    });
}
