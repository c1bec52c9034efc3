//! The console's overview and agents: who takes leads and why not, today in numbers, rights, texts that stay texts.

use crate::app::TestApp;
use crate::client::Answer;
use crate::database::both;
use serde_json::json;

#[track_caller]
fn holds(page: &Answer, words: &[&str]) {
    assert_eq!(page.status, 200, "{}", page.body);
    for words in words {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
}

#[test]
fn an_empty_organisation_is_led_to_its_first_leads() {
    both(|db| {
        let app = TestApp::start(db);
        holds(
            &app.admin.get("/"),
            &["Four steps, and leads flow", "Add a source", "/agents/new", "Nothing came in today"],
        );
        holds(&app.admin.get("/agents"), &["No agents yet", "Add agent"]);
        app.pool("META", 1);
        app.lead("META", 1);
        assert!(!app.admin.get("/").body.contains("Four steps"), "who has leads has begun");
    });
}

#[test]
fn the_overview_tells_what_waits_and_why_and_what_just_happened() {
    both(|db| {
        let app = TestApp::start(db);
        let agents = app.pool("META", 2);
        let title = json!({"source": "META", "title": "<script>alert(1)</script>", "location": {"city": "<b>Pune"},
            "contact": {"phone": "+919876500001"}});
        app.admin.post("/api/v1/leads", &title).expect(201);
        for agent in &agents {
            let path = format!("/api/v1/agents/{agent}/presence");
            app.admin.json("PUT", &path, &json!({"state": "away"})).expect(200);
        }
        app.lead("META", 2);
        app.admin.post("/api/v1/sources", &json!({"name": "GOOGLE"})).expect(201);
        app.lead("GOOGLE", 3);
        let page = app.admin.get("/");
        holds(
            &page,
            &[
                "2 leads wait",
                "Nobody can take it now: 2 away.",
                "Nobody is chosen to get these leads.",
                "META gave ",
                "&lt;script&gt;alert(1)&lt;/script&gt;",
                "&lt;b&gt;Pune",
            ],
        );
        assert!(!page.body.contains("<script>alert"), "a title stays text");
        assert!(!page.body.contains("9876500001"), "no contact data");
    });
}

#[test]
fn everybody_is_led_to_their_own_start_page() {
    both(|db| {
        let app = TestApp::start(db);
        let (_, agent) = app.user("agent@example.com", "agent");
        let (_, manager) = app.user("manager@example.com", "manager");
        holds(&manager.get("/"), &["Overview"]);
        assert!(!agent.get("/").body.contains("Leads today"), "an agent sees its own work");
        for page in ["/agents", "/agents/new", "/import"] {
            assert_eq!(agent.get(page).status, 403, "{page}");
            holds(&manager.get(page), &["</html>"]);
        }
        assert_eq!(agent.form("/agents", "name=Mine").status, 403);
    });
}

#[test]
fn an_agent_is_added_with_its_user_changed_and_deactivated() {
    both(|db| {
        let app = TestApp::start(db);
        let wrong = app.admin.form("/agents", "name=&email=nonsense&weight=1&signs_in=on");
        assert_eq!(wrong.status, 422);
        assert!(wrong.body.contains("value=\"nonsense\""), "what was typed is kept: {}", wrong.body);
        let name = "name=Asha+%3Cb%3ENair&email=asha%40example.com&weight=2&skills=Hindi%2C+solar&daily_cap=5&signs_in=on";
        let hours = "s0_mon=on&s0_tue=on&s0_from=09%3A00&s0_to=18%3A00&l0_from=2030-01-01&l0_to=2030-01-05&holidays=2030-12-25";
        let added = app.admin.form("/agents", &format!("{name}&{hours}"));
        holds(&added, &["Asha &lt;b&gt;Nair", "asha@example.com"]);
        let agent = app.admin.get("/api/v1/agents").expect(200)["items"][0].clone();
        assert_eq!(agent["skills"], json!(["hindi", "solar"]));
        assert_eq!((&agent["weight"], &agent["daily_cap"]), (&json!(2.0), &json!(5)));
        assert_eq!(agent["availability"]["shifts"][0]["days"], json!(["mon", "tue"]));
        assert_eq!(agent["availability"]["leave"][0]["to"], "2030-01-05");
        assert!(agent["user_id"].is_string(), "it signs in: {agent}");
        let path = format!("/agents/{}", agent["id"].as_str().expect("an id"));
        let taken = app.admin.form("/agents", name);
        assert_eq!(taken.status, 422, "its e-mail is a user's already: {}", taken.body);
        assert_eq!(app.admin.get("/api/v1/agents").expect(200)["items"].as_array().map(Vec::len), Some(1));

        let bad = app.admin.form(&path, "name=Asha&weight=1&s0_mon=on&s0_from=x&s0_to=18%3A00");
        assert_eq!(bad.status, 422);
        assert!(bad.body.contains("say from when to when"), "{}", bad.body);
        let zone = app.admin.form(&path, "name=Asha&weight=1&timezone=Mars%2FBase");
        assert!(zone.status == 422 && zone.body.contains("is not an IANA time zone"), "{}", zone.body);
        holds(
            &app.admin.form(&path, "name=Asha&weight=1.5&skills=&user_email="),
            &["The settings of Asha were saved."],
        );
        let agent = app.admin.get(&format!("/api/v1{path}")).expect(200);
        assert_eq!((&agent["availability"]["shifts"], &agent["user_id"]), (&json!([]), &json!(null)));

        holds(&app.admin.form(&format!("{path}/presence"), "state=away"), &["takes no leads now: away."]);
        holds(&app.admin.form(&format!("{path}/active"), "active=off"), &["is deactivated", "Activate"]);
        holds(&app.admin.get("/agents?state=deactivated"), &["Asha", "Deactivated"]);
        assert!(app.admin.get("/agents?state=active").body.contains("No agent is like that"));
        let other = app.admin.with_token(&app.db.token("other@example.com", "admin", Some("other")));
        assert_eq!(other.get(&path).status, 404);
        assert_eq!(other.form(&path, "name=Mine&weight=1").status, 404);
        holds(&app.admin.form(&format!("{path}/delete"), ""), &["The agent was deleted."]);
        app.check();
    });
}

#[test]
fn agents_are_found_by_name_skill_and_presence() {
    both(|db| {
        let app = TestApp::start(db);
        app.agent(&json!({"name": "Asha_100%", "skills": ["hindi", "solar"]}));
        app.agent(&json!({"name": "Bilal", "email": "bilal@example.com", "skills": ["tamil"]}));
        for (query, found, not) in [
            ("q=asha_", "Asha_100%", "Bilal"),
            ("q=%25", "Asha_100%", "Bilal"),
            ("q=BILAL%40", "Bilal", "Asha_100%"),
            ("skill=sol", "Asha_100%", "Bilal"),
            ("skill=tamil&presence=online", "Bilal", "Asha_100%"),
        ] {
            let page = app.admin.get(&format!("/agents?{query}"));
            let row = |name: &str| page.body.contains(&format!(">{name}</a>"));
            assert!(row(found) && !row(not), "{query}: {}", page.body);
        }
        assert!(app.admin.get("/agents?presence=away").body.contains("No agent is like that"));
    });
}
