//! Who may open a socket, and what it is told.

use crate::app::TestApp;
use crate::client::Client;
use crate::database::{both, sqlite};
use crate::ws::{Came, Ws};
use serde_json::{Value, json};

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

/// An agent's user, linked to the agent.
fn sign_on(app: &TestApp, agent: &str, email: &str) -> (String, Client) {
    let (user, client) = app.user(email, "agent");
    app.admin.json("PATCH", &format!("/api/v1/agents/{agent}"), &json!({"user_id": user})).expect(200);
    (user, client)
}

#[test]
fn an_agent_hears_of_its_own_leads_only_and_that_one_was_taken_away() {
    both(|db| {
        let app = TestApp::start_with(db, &[("FAIRLEAD_LIVE__HEARTBEAT_SECONDS", "1")]);
        let agents = app.pool("META", 2);
        let (_, client) = sign_on(&app, &agents[0], "first@example.com");
        let mut ws = Ws::open(&client, "/ws/leads/");
        let leads = [app.lead("META", 1), app.lead("META", 2)];
        let of = |agent: &str| leads.iter().find(|lead| lead["agent"]["id"] == *agent).expect("one each");
        let (mine, other) = (of(&agents[0]), of(&agents[1]));
        let path = |lead: &Value, what: &str| format!("/api/v1/leads/{}/{what}", text(&lead["id"]));
        app.admin.post(&path(other, "disposition"), &json!({"status": "contacted"})).expect(200);
        client.post(&path(mine, "disposition"), &json!({"status": "busy"})).expect(200);
        app.admin.post(&path(mine, "assign"), &json!({"agent_id": agents[1]})).expect(200);
        app.admin.post(&path(mine, "disposition"), &json!({"status": "sale"})).expect(200);
        let heard: Vec<Value> = (0..3).map(|_| ws.event()).collect();
        let said: Vec<_> = heard.iter().map(|e| (text(&e["type"]), e["data"]["why"].as_str())).collect();
        assert_eq!(
            said,
            [
                ("lead_assigned".to_owned(), None),
                ("lead_status_changed".to_owned(), Some("disposition")),
                ("lead_status_changed".to_owned(), Some("handed back")),
            ]
        );
        assert!(heard.iter().all(|event| event["data"]["lead_id"] == mine["id"]), "{heard:?}");
        // Nothing more of it: the heartbeat passes the rest by.
        let newest = Ws::open(&app.admin, "/ws/leads/").cursor;
        loop {
            match ws.next() {
                Came::Message(beat) if beat["type"] == "heartbeat" && ws.cursor == newest => break,
                Came::Message(beat) => assert_eq!(beat["type"], "heartbeat", "{beat}"),
                Came::End(code) => panic!("closed: {code:?}"),
            }
        }
    });
}

#[test]
fn another_organisation_and_a_provider_hear_nothing() {
    both(|db| {
        let app = TestApp::start_with(db, &[("FAIRLEAD_LIVE__HEARTBEAT_SECONDS", "1")]);
        let other = app.admin.with_token(&app.db.token("admin@other.example", "admin", Some("other")));
        let provider = app.user("provider@example.com", "provider").1;
        let mut sockets = [
            Ws::open(&other, "/ws/leads/"),
            Ws::open(&other, "/ws/notifications/"),
            Ws::open(&other, "/ws/leads/?since=0"),
            Ws::open(&provider, "/ws/leads/"),
            Ws::open(&provider, "/ws/notifications/"),
            Ws::open(&app.admin, "/ws/notifications/"),
        ];
        app.pool("META", 1);
        app.lead("META", 1);
        for ws in &mut sockets {
            loop {
                match ws.next() {
                    Came::Message(message) if message["type"] == "heartbeat" => break,
                    // From the start on, the other organisation hears how its own first admin was made.
                    Came::Message(message) => {
                        let area = message["data"]["area"].as_str();
                        assert!(matches!(area, Some("user" | "token")), "{message}");
                    }
                    Came::End(code) => panic!("closed: {code:?}"),
                }
            }
        }
    });
}

#[test]
fn a_page_of_another_site_may_not_open_a_socket() {
    let app = TestApp::start(sqlite());
    let nobody = app.admin.without_token();
    let bearer = format!("Bearer {}", app.admin.token.as_deref().expect("a token"));
    let host = app.admin.url.trim_start_matches("http://");
    let status = |headers: &[(&'static str, &str)]| Ws::try_open(&nobody, "/ws/leads/", headers).err();
    for origin in ["https://evil.example", "null", &format!("http://{host}.evil.example"), "http://127.0.0.1"]
    {
        assert_eq!(status(&[("origin", origin), ("cookie", "fairlead=x")]), Some(403), "{origin}");
    }
    assert_eq!(status(&[("cookie", "fairlead=x")]), Some(403), "a cookie without an origin");
    assert_eq!(status(&[("origin", &app.admin.url), ("cookie", "fairlead=x")]), Some(401));
    assert_eq!(status(&[]), Some(401));
    // A page cannot send this header; who can is no page.
    assert_eq!(status(&[("origin", "https://elsewhere.example"), ("authorization", &bearer)]), None);
    assert_eq!(app.admin.get("/ws/leads/").status, 426);
}

#[test]
fn a_ticket_opens_one_socket_with_the_rights_of_who_asked_for_it() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 1);
        let (user, manager) = app.user("manager@example.com", "manager");
        let nobody = app.admin.without_token();
        let open = |ticket: &str| {
            let path = format!("/ws/leads/?ticket={ticket}");
            Ws::try_open(&nobody, &path, &[("origin", "https://elsewhere.example")])
        };
        let answer = manager.post("/api/v1/ws-tickets", &json!({})).expect(201);
        let ticket = text(&answer["ticket"]);
        assert_eq!(answer["expires_in"], 30);
        let mut ws = open(&ticket).expect("a socket");
        assert_eq!(open(&ticket).err(), Some(401), "only once");
        assert_eq!(open("nonsense").err(), Some(401));
        let lead = app.lead("META", 1);
        assert_eq!(ws.event()["data"]["lead_id"], lead["id"]);
        let unused = text(&manager.post("/api/v1/ws-tickets", &json!({})).expect(201)["ticket"]);
        app.admin.json("PATCH", &format!("/api/v1/users/{user}"), &json!({"active": false})).expect(200);
        assert_eq!(ws.end(), Some(4001), "the socket goes with who asked for it");
        assert_eq!(open(&unused).err(), Some(401));
    });
}

#[test]
fn a_socket_ends_with_its_token_and_changes_with_its_role() {
    both(|db| {
        let app = TestApp::start(db);
        let beside = app.beside();
        let (user, manager) = app.user("manager@example.com", "manager");
        let there = beside.admin.with_token(manager.token.as_deref().expect("a token"));
        let mut sockets = [Ws::open(&manager, "/ws/leads/"), Ws::open(&there, "/ws/leads/")];
        app.admin.json("PATCH", &format!("/api/v1/users/{user}"), &json!({"role": "agent"})).expect(200);
        for ws in &mut sockets {
            assert_eq!(ws.end(), Some(4003), "in this process and in another");
        }
        let mut sockets = [Ws::open(&manager, "/ws/notifications/"), Ws::open(&there, "/ws/leads/")];
        let tokens = app.admin.get("/api/v1/tokens").expect(200);
        let token = tokens["items"].as_array().and_then(|all| all.iter().find(|t| t["user_id"] == *user));
        let path = format!("/api/v1/tokens/{}", text(&token.expect("it")["id"]));
        app.admin.send("DELETE", &path, &[], b"").expect("an answer").expect(204);
        for ws in &mut sockets {
            assert_eq!(ws.end(), Some(4001));
        }
    });
}
