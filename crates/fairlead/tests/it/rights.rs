//! Every documented route against the matrix of roles, and against another tenant.

use crate::app::TestApp;
use crate::client::{Answer, Client};
use crate::database::both;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[derive(Clone, Copy, PartialEq, Debug)]
enum Class {
    /// Everybody, also without a token.
    Open,
    /// Admin and manager; an agent its own.
    Leads,
    /// The same.
    Presence,
    /// Everybody with a token, for what is its own.
    Live,
    /// Admin and manager.
    Staff,
    /// Admin.
    Admin,
    /// Everybody its own.
    Own,
    /// Whoever is not in yet.
    Door,
}
use Class::{Admin, Door, Leads, Live, Open, Own, Presence, Staff};

/// What API.md lists for issue 2, with a body that is accepted. `AGENT` stands for an agent's id.
const ROUTES: &[(&str, &str, Class, &str)] = &[
    ("GET", "/healthz", Open, ""),
    ("GET", "/readyz", Open, ""),
    ("GET", "/metrics", Open, ""),
    ("POST", "/api/v1/leads", Staff, r#"{"source": "META", "contact": {"phone": "+919876500000"}}"#),
    ("GET", "/api/v1/leads", Leads, ""),
    ("GET", "/api/v1/leads.csv", Leads, ""),
    ("GET", "/api/v1/leads/{id}", Leads, ""),
    ("PATCH", "/api/v1/leads/{id}", Leads, r#"{"title": "solar"}"#),
    ("GET", "/api/v1/leads/{id}/timeline", Leads, ""),
    ("GET", "/api/v1/leads/{id}/explain", Leads, ""),
    ("POST", "/api/v1/leads/{id}/assign", Staff, r#"{"agent_id": "AGENT"}"#),
    ("POST", "/api/v1/leads/{id}/disposition", Leads, r#"{"status": "contacted"}"#),
    ("POST", "/api/v1/leads/{id}/hand-back", Leads, r#"{"reason": "busy"}"#),
    ("GET", "/api/v1/imports", Staff, ""),
    ("POST", "/api/v1/imports", Staff, "phone\n9876500001\n"),
    ("POST", "/api/v1/imports/preview", Staff, "phone\n9876500001\n"),
    ("GET", "/api/v1/imports/{id}", Staff, ""),
    ("GET", "/api/v1/imports/{id}/errors.csv", Staff, ""),
    ("GET", "/api/v1/agents", Staff, ""),
    ("POST", "/api/v1/agents", Staff, r#"{"name": "New"}"#),
    ("GET", "/api/v1/agents/{id}", Staff, ""),
    ("PATCH", "/api/v1/agents/{id}", Staff, r#"{"weight": 1}"#),
    ("PUT", "/api/v1/agents/{id}/presence", Presence, r#"{"state": "online"}"#),
    ("GET", "/api/v1/sources", Staff, ""),
    ("POST", "/api/v1/sources", Staff, r#"{"name": "NEW"}"#),
    ("GET", "/api/v1/sources/{source}", Staff, ""),
    ("PATCH", "/api/v1/sources/{source}", Staff, r#"{"active": true}"#),
    ("GET", "/api/v1/sources/{source}/auto-assign", Staff, ""),
    ("PUT", "/api/v1/sources/{source}/auto-assign", Staff, r#"{"policy": "fair"}"#),
    ("POST", "/api/v1/sources/{source}/auto-assign/run", Staff, "{}"),
    ("GET", "/api/v1/assignments", Staff, ""),
    ("GET", "/api/v1/assignments.csv", Staff, ""),
    ("GET", "/api/v1/stats/distribution", Staff, ""),
    ("GET", "/api/v1/stats/overview", Staff, ""),
    ("GET", "/api/v1/users", Admin, ""),
    ("POST", "/api/v1/users", Admin, r#"{"email": "new@example.com", "role": "agent"}"#),
    ("GET", "/api/v1/users/{id}", Admin, ""),
    ("PATCH", "/api/v1/users/{id}", Admin, r#"{"name": "Renamed"}"#),
    ("GET", "/api/v1/tokens", Admin, ""),
    ("POST", "/api/v1/tokens", Admin, r#"{"name": "another"}"#),
    ("GET", "/api/v1/organization", Staff, ""),
    ("PATCH", "/api/v1/organization", Admin, r#"{"name": "Renamed"}"#),
    ("GET", "/api/v1/jobs", Staff, ""),
    ("GET", "/api/v1/notifications", Own, ""),
    ("POST", "/api/v1/notifications/read-all", Own, "{}"),
    ("POST", "/api/v1/notifications/{id}/read", Own, "{}"),
    ("GET", "/api/v1/notification-preferences", Own, ""),
    ("PUT", "/api/v1/notification-preferences", Own, r#"{"leads_waiting": {"in_app": true}}"#),
    ("GET", "/api/v1/webhook-endpoints", Admin, ""),
    ("POST", "/api/v1/webhook-endpoints", Admin, r#"{"url": "http://127.0.0.1:9/"}"#),
    ("GET", "/api/v1/webhook-endpoints/{id}", Admin, ""),
    ("PATCH", "/api/v1/webhook-endpoints/{id}", Admin, r#"{"description": "renamed"}"#),
    ("POST", "/api/v1/webhook-endpoints/{id}/rotate", Admin, "{}"),
    ("POST", "/api/v1/webhook-endpoints/{id}/test", Admin, "{}"),
    ("GET", "/api/v1/webhook-endpoints/{id}/deliveries", Admin, ""),
    ("POST", "/api/v1/webhook-endpoints/{id}/deliveries/{delivery}/retry", Admin, "{}"),
    ("DELETE", "/api/v1/webhook-endpoints/{id}", Admin, ""),
    ("POST", "/api/v1/ws-tickets", Live, ""),
    ("GET", "/get_auto_assign_config", Staff, ""),
    ("POST", "/save_auto_assign_config", Staff, r#"{"source": "META", "cre_ids": [1, 2]}"#),
    ("POST", "/trigger_auto_assign/{source}", Staff, "{}"),
    ("POST", "/delete_auto_assign_config", Staff, r#"{"source": "META"}"#),
    ("POST", "/api/v1/sessions", Door, r#"{"email": "nobody@example.com", "password": "wrong"}"#),
    ("POST", "/api/v1/sign-in-links", Door, r#"{"email": "nobody@example.com"}"#),
    ("POST", "/api/v1/password-resets", Door, r#"{"email": "nobody@example.com"}"#),
    ("GET", "/api/v1/account", Own, ""),
    ("PATCH", "/api/v1/account", Own, r#"{"name": "Me"}"#),
    (
        "POST",
        "/api/v1/account/password",
        Own,
        r#"{"password": "correct horse", "current_password": "correct horse"}"#,
    ),
    ("GET", "/api/v1/sessions", Own, ""),
    ("POST", "/api/v1/sessions/current/organization", Own, r#"{"organization": "other"}"#),
    ("GET", "/api/v1/audit", Admin, ""),
    ("DELETE", "/api/v1/sources/{source}/auto-assign", Staff, ""),
    ("DELETE", "/api/v1/sources/{source}", Staff, ""),
    ("DELETE", "/api/v1/agents/{id}", Staff, ""),
    ("DELETE", "/api/v1/sessions/{id}", Own, ""),
    ("DELETE", "/api/v1/tokens/{id}", Admin, ""),
    ("DELETE", "/api/v1/users/{id}", Admin, ""),
];

/// What the parameters of a path stand for.
#[derive(Clone)]

struct Ids {
    lead: String,
    import: String,
    agent: String,
    /// What a body names: always one of the caller's own tenant.
    agent_in_body: String,
    user: String,
    token: String,
    endpoint: String,
    delivery: String,
    notification: String,
}

impl Ids {
    fn path(&self, path: &str) -> String {
        let kinds = [
            ("/leads/", &self.lead),
            ("/imports/", &self.import),
            ("/agents/", &self.agent),
            ("/users/", &self.user),
            ("/tokens/", &self.token),
            ("/webhook-endpoints/", &self.endpoint),
            // Programs have no session to end.
            ("/sessions/", &"current".to_owned()),
            ("/notifications/", &self.notification),
        ];
        let id = kinds.iter().find(|(kind, _)| path.contains(kind)).map_or("", |(_, id)| id);
        let path = path.replace("{id}", id).replace("{source}", "META").replace("{delivery}", &self.delivery);
        if path.ends_with("/imports") { format!("{path}?source=META") } else { path }
    }

    fn call(&self, who: &Client, (method, path, _, body): &(&str, &str, Class, &str)) -> Answer {
        let kind = if body.starts_with('{') { "application/json" } else { "text/csv" };
        let body = body.replace("AGENT", &self.agent_in_body);
        let headers = if body.is_empty() { vec![] } else { vec![("content-type", kind)] };
        let path =
            if *method == "GET" { self.path(path).replace("?source=META", "") } else { self.path(path) };
        who.send(method, &path, &headers, body.as_bytes()).expect("an answer")
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

#[test]
fn the_published_document_lists_exactly_the_routes_of_the_contract() {
    let app = TestApp::start(crate::database::sqlite());
    let document = app.admin.without_token().get("/openapi.json").expect(200);
    assert_eq!(document["openapi"].as_str().map(|version| &version[..3]), Some("3.1"));
    let mut published = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            published.insert((method.to_uppercase(), path.clone()));
        }
    }
    let promised: BTreeSet<_> = ROUTES.iter().map(|r| (r.0.to_owned(), r.1.to_owned())).collect();
    assert_eq!(published, promised);
    assert_eq!(app.admin.without_token().get("/docs/").status, 200);
}

#[test]
fn every_route_keeps_to_the_matrix_of_roles_and_tenants() {
    both(|db| {
        let app = TestApp::start_with(db, crate::webhook::LOCAL);
        let (ids, others) = office(&app);
        let provider = app.user("provider@example.com", "provider").1;
        let manager = app.user("manager@example.com", "manager").1;
        let (user, agent) = app.user("agent@example.com", "agent");
        app.admin
            .json("PATCH", &format!("/api/v1/agents/{}", ids.agent), &json!({"user_id": user}))
            .expect(200);
        let tenant = app.admin.with_token(&app.db.token("admin@other.example", "admin", Some("other")));
        let theirs = text(&tenant.post("/api/v1/agents", &json!({"name": "Theirs"})).expect(201)["id"]);
        let from_outside = Ids { agent_in_body: theirs, ..ids.clone() };
        for route in ROUTES {
            let (method, path, class, _) = *route;
            let name = format!("{method} {path}");
            let nobody = ids.call(&app.admin.without_token(), route);
            if is_for_nobody(class, &nobody, &name) {
                continue;
            }
            nobody.problem(401, "unauthorized");
            if class == Own {
                let all = [&provider, &agent, &manager, &tenant];
                all.iter().for_each(|who| their_own(&ids.call(who, route), &name));
                continue;
            }
            if class == Live {
                ids.call(&provider, route).expect(201);
            } else {
                ids.call(&provider, route).problem(403, "forbidden");
            }
            let own = matches!(class, Leads | Presence | Live);
            if own && path.contains('{') {
                others.call(&agent, route).problem(404, "not_found");
            }
            if !own {
                ids.call(&agent, route).problem(403, "forbidden");
            }
            if path.contains('{') {
                from_outside.call(&tenant, route).problem(404, "not_found");
            }
            if class == Admin {
                ids.call(&manager, route).problem(403, "forbidden");
            }
        }
        let mine = |path: &str| ids.path(path);
        let list = agent.get("/api/v1/leads").expect(200);
        let seen = list["items"].as_array().expect("items");
        assert!(!seen.is_empty() && seen.iter().all(|lead| lead["agent"]["id"] == *ids.agent), "{list}");
        assert_eq!(agent.get("/api/v1/leads.csv").body.lines().count(), seen.len() + 1);
        for route in ROUTES.iter().filter(|r| matches!(r.2, Leads | Presence | Live)) {
            let answer = ids.call(&agent, route);
            assert!(
                matches!(answer.status, 200 | 201),
                "an agent: {} {} {}",
                route.0,
                mine(route.1),
                answer.body
            );
        }
        for (who, client) in [("manager", &manager), ("admin", &app.admin)] {
            for route in
                ROUTES.iter().filter(|r| !matches!(r.2, Open | Door) && (who == "admin" || r.2 != Admin))
            {
                let status = ids.call(client, route).status;
                assert!(matches!(status, 200..=204 | 404 | 409), "{who}: {} {}: {status}", route.0, route.1);
            }
        }
        assert_eq!(tenant.get("/api/v1/leads").expect(200)["total"], 0);
        app.check();
    });
}

/// Whether one needs to be nobody for a route; then it answers whoever asks.
fn is_for_nobody(class: Class, nobody: &Answer, name: &str) -> bool {
    match class {
        Open => assert_eq!(nobody.status, 200, "{name}"),
        Door => {
            assert!(matches!(nobody.status, 202 | 401), "{name}: {}", nobody.body);
            assert!(!nobody.body.contains("unauthorized"), "{name}: {}", nobody.body);
        }
        _ => return false,
    }
    true
}

/// Everybody has their own; the notification that is asked for is the admin's, and does not exist for anybody else.
fn their_own(answer: &Answer, name: &str) {
    let hidden = name.contains("/notifications/{id}");
    let good = if hidden { answer.status == 404 } else { matches!(answer.status, 200..=204 | 409) };
    assert!(good, "{name}: {} {}", answer.status, answer.body);
}

/// Two agents with a lead each, an import, a user and a token; the second agent's.
fn office(app: &TestApp) -> (Ids, Ids) {
    let agents = app.pool("META", 2);
    let leads = [app.lead("META", 1), app.lead("META", 2)];
    let import = app.admin.raw("/api/v1/imports?source=META&no_assign=1", "text/csv", b"phone\n9876512345\n");
    let import = text(&import.expect(202)["id"]);
    app.import_done(&import);
    let user =
        app.admin.post("/api/v1/users", &json!({"email": "u@example.com", "role": "manager"})).expect(201);
    let token = app.admin.post("/api/v1/tokens", &json!({"name": "t", "user_id": user["id"]})).expect(201);
    let hook =
        app.admin.post("/api/v1/webhook-endpoints", &json!({"url": "http://127.0.0.1:9/"})).expect(201);
    let test = format!("/api/v1/webhook-endpoints/{}/test", text(&hook["id"]));
    let delivery = app.admin.post(&test, &json!({})).expect(202);
    let told = app.admin.get("/api/v1/notifications").expect(200);
    let of = |agent: &String| {
        let lead = leads.iter().find(|lead| lead["agent"]["id"] == **agent).expect("one each");
        let (import, user, token) = (import.clone(), text(&user["id"]), text(&token["id"]));
        let (agent, agent_in_body) = (agent.clone(), agent.clone());
        let (endpoint, delivery) = (text(&hook["id"]), text(&delivery["id"]));
        let notification = text(&told["items"][0]["id"]);
        Ids {
            lead: text(&lead["id"]),
            import,
            agent,
            agent_in_body,
            user,
            token,
            endpoint,
            delivery,
            notification,
        }
    };
    (of(&agents[0]), of(&agents[1]))
}

#[test]
fn ids_of_another_tenant_mean_nothing_inside_a_body() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 1);
        let lead = app.lead("META", 1);
        let tenant = app.admin.with_token(&app.db.token("admin@other.example", "admin", Some("other")));
        let foreign = text(&tenant.post("/api/v1/agents", &json!({"name": "Foreign"})).expect(201)["id"]);
        let assign = format!("/api/v1/leads/{}/assign", text(&lead["id"]));
        let member = json!({"members": [{"agent_id": foreign}]});
        for answer in [
            app.admin.post(&assign, &json!({"agent_id": foreign})),
            app.admin.json("PUT", "/api/v1/sources/META/auto-assign", &member),
        ] {
            assert!(matches!(answer.status, 404 | 422), "{} {}", answer.status, answer.body);
        }
        tenant.post("/api/v1/leads", &crate::app::lead("META", 1)).problem(422, "unknown_source");
    });
}

#[test]
fn a_revoked_token_and_a_deactivated_user_are_refused_at_once() {
    both(|db| {
        let app = TestApp::start(db);
        let (user, manager) = app.user("manager@example.com", "manager");
        manager.get("/api/v1/agents").expect(200);
        let tokens = app.admin.get("/api/v1/tokens").expect(200);
        let token =
            tokens["items"].as_array().and_then(|t| t.iter().find(|t| t["user_id"] == *user)).expect("it");
        let path = format!("/api/v1/tokens/{}", text(&token["id"]));
        app.admin.send("DELETE", &path, &[], b"").expect("an answer").expect(204);
        manager.get("/api/v1/agents").problem(401, "unauthorized");
        let (user, manager) = app.user("second@example.com", "manager");
        manager.get("/api/v1/agents").expect(200);
        app.admin.json("PATCH", &format!("/api/v1/users/{user}"), &json!({"active": false})).expect(200);
        manager.get("/api/v1/agents").problem(401, "unauthorized");
        app.admin.with_token("fl_nonsense").get("/api/v1/agents").problem(401, "unauthorized");
    });
}
