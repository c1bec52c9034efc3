//! An agent's workspace, as a browser without JavaScript sees and uses it.

use crate::app::TestApp;
use crate::client::Client;
use crate::console_leads::{leads_to, page, says, send, uid};
use crate::database::{both, sqlite};
use serde_json::json;

/// A pool of two, and the user who is its first agent.
fn office(app: &TestApp) -> (Vec<String>, Client) {
    let agents = app.pool("META", 2);
    let (user, agent) = app.user("agent@example.com", "agent");
    app.admin.json("PATCH", &format!("/api/v1/agents/{}", agents[0]), &json!({"user_id": user})).expect(200);
    (agents, agent)
}

#[test]
fn an_agent_works_fresh_leads_then_calls_that_are_due() {
    both(|db| {
        let app = TestApp::start(db);
        let (agents, agent) = office(&app);
        says(&page(&agent, "/my-leads"), 200, &["<title>My leads", "Nothing fresh"]);
        let leads: Vec<_> = (0..6).map(|n| app.lead("META", n)).collect();
        let own: Vec<String> = leads.iter().filter(|l| l["agent"]["id"] == *agents[0]).map(uid).collect();
        assert_eq!(own.len(), 3);
        let fresh = page(&agent, "/my-leads");
        says(&fresh, 200, &["(3) My leads", "Given today", &own[0], &own[1], &own[2]]);
        assert!(fresh.body.find(&own[2]) < fresh.body.find(&own[0]), "the newest first");
        let work = |uid: &str| format!("/my-leads/{uid}/disposition?tab=fresh");
        let at = |uid: &str| format!("/my-leads?tab=fresh&lead={uid}");
        leads_to(
            &send(&agent, &work(&own[2]), &[("status", "no_answer"), ("note", "rang out")]),
            &at(&own[2]),
            "No answer",
        );
        let after = page(&agent, &at(&own[2]));
        says(&after, 200, &["(2) My leads", "rang out", "Next lead", &format!("lead={}", own[1])]);
        leads_to(
            &send(&agent, &work(&own[1]), &[("callback", "2099-01-02T10:00")]),
            &at(&own[1]),
            "called back",
        );
        leads_to(&send(&agent, &work(&own[0]), &[("status", "sale")]), &at(&own[0]), "Sale");
        says(&page(&agent, "/my-leads?tab=callbacks"), 200, &[&own[1], "Callbacks"]);
        says(&page(&agent, "/my-leads"), 200, &["<title>My leads", "Nothing fresh"]);
        says(&page(&agent, "/my-leads?tab=mine"), 200, &[&own[0], &own[1], &own[2]]);
        let numbers = page(&agent, "/my-leads").body;
        for number in [
            "Results today</dt><dd><span class=\"number\" data-number>3",
            "Sales today</dt><dd><span class=\"number\" data-number>1",
        ] {
            assert!(numbers.contains(number), "{number}: {numbers}");
        }
        says(&send(&agent, &work(&own[2]), &[("status", "callback")]), 422, &["when to call back"]);
        app.check();
    });
}

#[test]
fn a_lead_that_is_somebody_elses_by_now_is_told_in_words() {
    let app = TestApp::start(sqlite());
    let (agents, agent) = office(&app);
    let leads = [app.lead("META", 1), app.lead("META", 2)];
    let own = leads.iter().find(|l| l["agent"]["id"] == *agents[0]).expect("one each");
    let path = format!("/api/v1/leads/{}/assign", own["id"].as_str().expect("an id"));
    app.admin.post(&path, &json!({"agent_id": agents[1]})).expect(200);
    let late = send(&agent, &format!("/my-leads/{}/disposition?tab=fresh", uid(own)), &[("status", "sale")]);
    leads_to(&late, "/my-leads?tab=fresh", "not yours any more");
    says(&page(&agent, &format!("/my-leads?lead={}", uid(own))), 200, &["No lead at hand"]);
    app.check();
}

#[test]
fn an_agent_comes_and_goes_and_hands_back() {
    let app = TestApp::start(sqlite());
    let (agents, agent) = office(&app);
    let leads = [app.lead("META", 1), app.lead("META", 2)];
    let own = leads.iter().find(|l| l["agent"]["id"] == *agents[0]).expect("one each");
    leads_to(&send(&agent, "/my-leads/presence", &[("state", "away")]), "/my-leads", "You are away");
    says(&page(&agent, "/my-leads"), 200, &["Go online", "no new leads"]);
    let back = send(&agent, &format!("/my-leads/{}/hand-back?tab=mine", uid(own)), &[("reason", "on leave")]);
    leads_to(&back, "/my-leads?tab=mine", "handed back");
    leads_to(
        &send(&agent, "/my-leads/presence", &[("state", "online"), ("back", "https://example.com/")]),
        "/my-leads",
        "online",
    );
    app.check();
}

#[test]
fn staff_may_look_others_may_not_and_an_unlinked_agent_is_helped() {
    let app = TestApp::start(sqlite());
    office(&app);
    app.lead("META", 1);
    says(&page(&app.admin, "/my-leads"), 200, &["Whose leads?", "META 1"]);
    let looked = page(&app.admin, "/my-leads?agent=1");
    says(&looked, 200, &["Leads of META 1"]);
    assert!(!looked.body.contains("/disposition"), "read only: {}", looked.body);
    says(&page(&app.admin, "/my-leads?agent=99"), 404, &["Nothing is here"]);
    let stray = app.user("stray@example.com", "agent").1;
    says(&page(&stray, "/my-leads"), 200, &["not linked to an agent"]);
    let provider = app.user("provider@example.com", "provider").1;
    says(&page(&provider, "/my-leads"), 403, &["not for your role"]);
}
