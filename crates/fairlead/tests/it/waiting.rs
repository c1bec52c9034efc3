//! Leads that nobody can take yet: they say why they wait, and go out first in, first out when somebody can.

use crate::app::{TestApp, eventually, lead};
use crate::database::both;
use serde_json::{Value, json};

fn presence(app: &TestApp, agent: &str, state: &str) {
    app.admin.json("PUT", &format!("/api/v1/agents/{agent}/presence"), &json!({"state": state})).expect(200);
}

fn why(app: &TestApp, lead: &Value) -> String {
    let explained =
        app.admin.get(&format!("/api/v1/leads/{}/explain", lead["id"].as_str().expect("id"))).expect(200);
    assert_eq!(explained["state"], "waiting", "{explained}");
    explained["sentences"].to_string()
}

#[test]
fn leads_wait_while_all_are_away_and_go_out_in_order_when_somebody_comes() {
    both(|db| {
        let app = TestApp::start(db);
        let agents = app.pool("META", 2);
        agents.iter().for_each(|agent| presence(&app, agent, "away"));
        let leads: Vec<Value> = (0..5).map(|n| app.lead("META", n)).collect();
        assert!(leads.iter().all(|lead| lead["agent"].is_null() && lead["status"] == "new"));
        assert!(why(&app, &leads[0]).contains("away"), "{}", why(&app, &leads[0]));
        assert_eq!(app.total("unassigned=true"), 5);
        presence(&app, &agents[1], "online");
        eventually("nobody waits", || app.total("unassigned=true") == 0);
        let history = app.admin.get("/api/v1/assignments").expect(200);
        let given: Vec<&Value> =
            history["items"].as_array().expect("items").iter().rev().map(|step| &step["lead_uid"]).collect();
        let made: Vec<&Value> = leads.iter().map(|lead| &lead["uid"]).collect();
        assert_eq!(given, made, "first in, first out");
        assert!(history["items"].as_array().expect("items").iter().all(|a| a["agent_id"] == *agents[1]));
        app.check();
    });
}

#[test]
fn an_open_cap_holds_and_a_finished_lead_makes_room() {
    both(|db| {
        let app = TestApp::start(db);
        app.admin.post("/api/v1/sources", &json!({"name": "META"})).expect(201);
        let agent = app.agent(&json!({"name": "One", "open_cap": 2}));
        app.save("META", &[agent]);
        let leads: Vec<Value> = (0..3).map(|n| app.lead("META", n)).collect();
        assert!(leads[1]["agent"].is_object() && leads[2]["agent"].is_null());
        assert!(why(&app, &leads[2]).contains("open"), "{}", why(&app, &leads[2]));
        let path = format!("/api/v1/leads/{}/disposition", leads[0]["id"].as_str().expect("id"));
        app.admin.post(&path, &json!({"status": "not_interested"})).expect(200);
        eventually("the third lead has an agent", || app.total("unassigned=true") == 0);
        app.check();
    });
}

#[test]
fn a_daily_cap_holds_and_a_raised_one_lets_the_waiting_go() {
    both(|db| {
        let app = TestApp::start(db);
        app.admin.post("/api/v1/sources", &json!({"name": "META"})).expect(201);
        let capped = app.agent(&json!({"name": "Capped", "daily_cap": 1}));
        app.save("META", std::slice::from_ref(&capped));
        assert!(app.lead("META", 1)["agent"].is_object());
        let waits = app.lead("META", 2);
        assert!(why(&app, &waits).contains("da"), "{}", why(&app, &waits));
        app.admin.json("PATCH", &format!("/api/v1/agents/{capped}"), &json!({"daily_cap": 5})).expect(200);
        eventually("nobody waits", || app.total("unassigned=true") == 0);
        app.check();
    });
}

#[test]
fn a_lead_that_asks_for_a_skill_goes_to_who_has_it_or_waits() {
    both(|db| {
        let app = TestApp::start(db);
        let agents = app.pool("META", 2);
        app.admin
            .json("PATCH", &format!("/api/v1/agents/{}", agents[1]), &json!({"skills": ["Tamil"]}))
            .expect(200);
        let asking = |n: u64, skill: &str| {
            let mut lead = lead("META", n);
            lead["required_skills"] = json!([skill]);
            app.admin.post("/api/v1/leads", &lead).expect(201)
        };
        for n in 0..3 {
            assert_eq!(asking(n, "tamil")["agent"]["id"], *agents[1]);
        }
        let waits = asking(9, "klingon");
        assert!(why(&app, &waits).contains("skill") || why(&app, &waits).contains("klingon"));
        app.admin
            .json("PATCH", &format!("/api/v1/agents/{}", agents[0]), &json!({"skills": ["klingon"]}))
            .expect(200);
        eventually("nobody waits", || app.total("unassigned=true") == 0);
        app.check();
    });
}

#[test]
fn a_saved_configuration_gives_out_the_backlog_at_once_and_a_deleted_one_lets_leads_wait() {
    both(|db| {
        let app = TestApp::start(db);
        app.admin.post("/api/v1/sources", &json!({"name": "META"})).expect(201);
        app.admin.post("/api/v1/sources/META/auto-assign/run", &json!({})).problem(409, "not_configured");
        let waits = app.lead("META", 0);
        why(&app, &waits);
        (1..20).for_each(|n| drop(app.lead("META", n)));
        let agents: Vec<String> = (0..3).map(|n| app.agent(&json!({"name": format!("A{n}")}))).collect();
        assert_eq!(app.save("META", &agents)["assigned_count"], 20);
        app.admin
            .send("DELETE", "/api/v1/sources/META/auto-assign", &[], b"")
            .expect("an answer")
            .expect(204);
        assert!(app.lead("META", 30)["agent"].is_null());
        let saved = json!({"source": "META", "cre_ids": [1, "2"]});
        let seed = app.admin.post("/save_auto_assign_config", &saved).expect(200);
        assert_eq!((&seed["success"], &seed["assigned_count"]), (&json!(true), &json!(1)));
        let configs = app.admin.get("/get_auto_assign_config").expect(200);
        assert_eq!(configs, json!({"META": {"cre_ids": [1, 2], "enabled": true, "policy": "fair"}}));
        app.admin.post("/trigger_auto_assign/META", &json!({})).expect(200);
        app.admin.post("/delete_auto_assign_config", &json!({"source": "META"})).expect(200);
        app.check();
    });
}
