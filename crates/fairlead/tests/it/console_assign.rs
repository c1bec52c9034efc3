//! The page where people configure who gets the leads, and the history below it, as a browser without JavaScript
//! sees and uses them.

use crate::app::TestApp;
use crate::client::{Answer, Client};
use crate::database::{both, sqlite};
use serde_json::{Value, json};

/// Somebody with a browser.
trait Browse {
    fn page(&self, path: &str) -> Answer;
    fn send_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer;
}

impl Browse for Client {
    fn page(&self, path: &str) -> Answer {
        self.send("GET", path, &[("accept", "text/html")], b"").expect("a page")
    }

    fn send_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let pair = |(name, value): &(&str, &str)| format!("{}={}", encoded(name), encoded(value));
        let body = fields.iter().map(pair).collect::<Vec<_>>().join("&");
        let kind = ("content-type", "application/x-www-form-urlencoded");
        self.send("POST", path, &[kind], body.as_bytes()).expect("an answer")
    }
}

fn encoded(text: &str) -> String {
    let plain = |b: &u8| b.is_ascii_alphanumeric();
    text.bytes().map(|b| if plain(&b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[track_caller]
fn says(answer: &Answer, status: u16, sentences: &[&str]) {
    assert_eq!(answer.status, status, "{}", answer.body);
    for sentence in sentences {
        assert!(answer.body.contains(sentence), "{sentence:?} is missing in {}", answer.body);
    }
}

/// What the next page is going to say.
fn flash(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.body);
    let cookie = answer.header("set-cookie").unwrap_or_default();
    let value = cookie.strip_prefix("fl_flash=").and_then(|c| c.split(';').next()).unwrap_or_default();
    let (mut text, mut bytes) = (Vec::new(), value.bytes());
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => text.push(b' '),
            b'%' => {
                let hex = [bytes.next(), bytes.next()].map(|b| char::from(b.unwrap_or_default()));
                let hex: String = hex.iter().collect();
                text.push(u8::from_str_radix(&hex, 16).expect("an escape"));
            }
            byte => text.push(byte),
        }
    }
    String::from_utf8(text).expect("text")
}

fn source(app: &TestApp, name: &str) -> String {
    let id = app.admin.get(&format!("/api/v1/sources/{name}")).expect(200)["id"].clone();
    format!("/assign/{}", id.as_str().expect("an id"))
}

fn config(app: &TestApp, name: &str) -> Value {
    app.admin.get(&format!("/api/v1/sources/{name}/auto-assign")).expect(200)
}

/// The draft as the form of agents 1 to `members` of weight 1 sends it.
fn draft<'a>(version: &'a str, wish: &'a str, members: &'a [&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![("version", version), ("policy", "fair"), ("order", "oldest"), ("do", wish)];
    for no in members {
        fields.push(("member", no));
        fields.push((["w0", "w1", "w2", "w3"][no.parse::<usize>().expect("a number")], "1"));
    }
    fields
}

#[test]
fn without_sources_and_without_a_configuration_the_page_says_what_to_do() {
    let app = TestApp::start(sqlite());
    says(&app.admin.page("/assign"), 200, &["No sources yet", "Import a file of leads"]);
    says(&app.admin.page("/assign/history"), 200, &["No assignments yet"]);
    app.admin.post("/api/v1/sources", &json!({"name": "META"})).expect(201);
    app.lead("META", 1);
    says(
        &app.admin.page("/assign"),
        200,
        &["META", "automatic assignment is not configured", "no agents yet"],
    );
    let path = source(&app, "META");
    says(&app.admin.page(&path), 200, &["Nobody is chosen yet", "Add agents to the organisation first"]);
    let told = flash(&app.admin.send_form(&format!("{path}/switch"), &[("to", "on")]));
    assert_eq!(told, "0Choose who gets the leads of META, then save: that switches it on.");
    assert_eq!(config(&app, "META")["configured"], false);
    says(&app.admin.page("/assign/source_00000000000000000000000000000000"), 404, &["Nothing is here"]);
}

#[test]
fn a_draft_is_edited_without_storing_anything_and_saved_with_what_it_did() {
    both(|db| {
        let app = TestApp::start(db);
        app.admin.post("/api/v1/sources", &json!({"name": "META"})).expect(201);
        for name in ["Asha", "Bilal", "Chitra"] {
            app.agent(&json!({"name": name, "skills": ["hindi"]}));
        }
        (1..=4).for_each(|n| drop(app.lead("META", n)));
        let path = source(&app, "META");
        let open = app.admin.send_form(&path, &draft("0", "choose", &[]));
        says(&open, 200, &["Add agents", "Asha", "Bilal", "Chitra", "0 open"]);
        let mut chosen = draft("0", "add", &["3"]);
        chosen.extend([("add", "1"), ("add", "2"), ("add", "99")]);
        let added = app.admin.send_form(&path, &chosen);
        says(&added, 200, &["3 changes", "Remove Asha", "Remove Chitra"]);
        let removed = app.admin.send_form(&path, &draft("0", "remove:2", &["1", "2", "3"]));
        says(&removed, 200, &["2 changes", "Remove Chitra"]);
        assert!(!removed.body.contains("Remove Bilal"), "{}", removed.body);
        let wrong = [("version", "0"), ("do", "save"), ("member", "1"), ("w1", "much")];
        says(&app.admin.send_form(&path, &wrong), 422, &["from 0.001 to 1000", "value=\"much\""]);
        assert_eq!(config(&app, "META")["version"], 0, "nothing was stored yet");

        let told = flash(&app.admin.send_form(&path, &draft("0", "save", &["1", "2", "3"])));
        assert_eq!(
            told,
            "1Saved. 4 leads were assigned at once: Asha 2, Bilal 1, Chitra 1. \
             4 is not divisible by 3: one more to Asha."
        );
        says(
            &app.admin.page(&path),
            200,
            &["NEXT", "WAITING", "Spread 1: excellent", "one more to Asha", "4 leads"],
        );
        says(&app.admin.page("/assign"), 200, &["Nothing waits.", "3 agents"]);
        app.check();
    });
}

#[test]
fn the_switch_works_at_once_and_leaves_a_draft_as_it_is() {
    let app = TestApp::start(sqlite());
    app.pool("META", 2);
    let path = source(&app, "META");
    let off = flash(&app.admin.send_form(&format!("{path}/switch"), &[("to", "off")]));
    assert_eq!(off, "1Auto-assign of META is off: new leads wait until you switch it on again.");
    app.lead("META", 1);
    app.lead("META", 2);
    says(&app.admin.page("/assign"), 200, &["automatic assignment is off"]);
    // In the open panel, in the middle of a draft with one member less.
    let on = app.admin.send_form(&path, &draft("2", "on", &["1"]));
    says(
        &on,
        200,
        &["Auto-assign of META is on. 2 leads were assigned", "1 change", "name=\"version\" value=\"3\""],
    );
    assert_eq!(config(&app, "META")["members"].as_array().map(Vec::len), Some(2));
    app.lead("META", 3);
    let told = flash(&app.admin.send_form(&path, &draft("3", "run", &["1", "2"])));
    assert_eq!(told, "1No lead was waiting.");
}

#[test]
fn a_draft_does_not_silently_replace_what_somebody_else_saved() {
    both(|db| {
        let app = TestApp::start(db);
        let agents = app.pool("META", 3);
        let path = source(&app, "META");
        app.save("META", &agents[..2]);
        let mine = app.admin.send_form(&path, &draft("1", "save", &["1", "3"]));
        says(&mine, 409, &["changed this configuration", "META 3 removed", "name=\"version\" value=\"2\""]);
        assert_eq!(config(&app, "META")["version"], 2);
        assert!(flash(&app.admin.send_form(&path, &draft("2", "save", &["1", "3"]))).starts_with("1Saved."));
        let stale = json!({"version": 1, "policy": "fewest"});
        app.admin.json("PUT", "/api/v1/sources/META/auto-assign", &stale).problem(409, "changed_meanwhile");
        let fresh = json!({"version": 3, "policy": "fewest"});
        assert_eq!(
            app.admin.json("PUT", "/api/v1/sources/META/auto-assign", &fresh).expect(200)["version"],
            4
        );
    });
}

#[test]
fn a_preview_replays_last_week_and_stores_nothing() {
    let app = TestApp::start(sqlite());
    app.pool("META", 3);
    (1..=6).for_each(|n| drop(app.lead("META", n)));
    let path = source(&app, "META");
    let told = app.admin.send_form(&path, &draft("1", "preview", &["1", "2"]));
    says(&told, 200, &["6 leads of the last 7 days", "Happened 2, would have 3", "Happened 2, would have 0"]);
    let nobody = app.admin.send_form(&path, &draft("1", "preview", &[]));
    says(&nobody, 200, &["6 leads</strong> would have waited"]);
    assert_eq!(config(&app, "META")["version"], 1);
}

#[test]
fn deleting_a_configuration_tells_what_follows_and_keeps_what_was_given() {
    let app = TestApp::start(sqlite());
    app.pool("META", 2);
    app.lead("META", 1);
    let path = source(&app, "META");
    says(
        &app.admin.page(&path),
        200,
        &["2 agents get no more leads of META", "1 lead already given out stays"],
    );
    let told = flash(&app.admin.send_form(&format!("{path}/delete"), &[]));
    assert!(told.starts_with("1The configuration of META is deleted"), "{told}");
    let again = flash(&app.admin.send_form(&format!("{path}/delete"), &[]));
    assert_eq!(again, "0Auto-assign is not configured for this source.");
    says(&app.admin.page(&path), 200, &["Nobody is chosen yet", "no member any more"]);
}

#[test]
fn the_history_is_narrowed_paged_and_exported() {
    both(|db| {
        let app = TestApp::start(db);
        let agents = app.pool("META", 2);
        app.pool("BTL", 1);
        (1..=60).for_each(|n| drop(app.lead("META", n)));
        app.lead("BTL", 100);
        let first = app.admin.page("/assign/history");
        says(&first, 200, &["50 assignments on this page", "L-000061", "Next page"]);
        let next = first.body.split("href=\"").find(|part| part.contains("before=")).expect("a next page");
        let next = next.split('"').next().expect("its path").replace("&amp;", "&");
        says(&app.admin.page(&next), 200, &["11 assignments, to the end", "L-000001", "First page"]);
        let btl = source(&app, "BTL").replace("/assign/", "");
        says(&app.admin.page(&format!("/assign/history?source={btl}")), 200, &["1 assignment, to the end"]);
        let mine = app.admin.page(&format!("/assign/history?agent={}&method=fair", agents[0]));
        says(
            &mine,
            200,
            &["30 assignments, to the end", &format!("assignments.csv?agent={}&amp;method=fair", agents[0])],
        );
        says(&app.admin.page("/assign/history?trigger=manual"), 200, &["Nothing fits"]);
        says(&app.admin.page("/assign/history?from=2020-01-01&to=2020-01-02"), 200, &["Nothing fits"]);
        says(&app.admin.page("/assign/history?from=2020-01-01"), 200, &["50 assignments on this page"]);
        says(&app.admin.page("/assign/history?method=nonsense"), 422, &["nonsense"]);
        let csv = app.admin.get("/api/v1/assignments.csv?trigger=create&method=fair");
        assert_eq!(csv.body.lines().count(), 62);
    });
}

#[test]
fn only_staff_of_the_organisation_sees_and_changes_it_and_names_stay_text() {
    let app = TestApp::start(sqlite());
    let evil = "<script>alert(1)</script>";
    let agent = app.agent(&json!({"name": evil}));
    app.admin.post("/api/v1/sources", &json!({"name": "<b>META</b>"})).expect(201);
    app.save("%3Cb%3EMETA%3C%2Fb%3E", &[agent]);
    app.lead("<b>META</b>", 1);
    let path = source(&app, "%3Cb%3EMETA%3C%2Fb%3E");
    for page in ["/assign", &path, "/assign/history"] {
        let shown = app.admin.page(page);
        assert!(!shown.body.contains(evil) && !shown.body.contains("<b>META"), "{page}: {}", shown.body);
        assert_eq!(app.user(&format!("agent{}@example.com", page.len()), "agent").1.page(page).status, 403);
        assert_eq!(app.user(&format!("p{}@example.com", page.len()), "provider").1.page(page).status, 403);
        assert_eq!(app.admin.without_token().page(page).status, 303);
    }
    let tenant = app.admin.with_token(&app.db.token("admin@other.example", "admin", Some("other")));
    assert_eq!(tenant.page(&path).status, 404);
    for form in [path.clone(), format!("{path}/switch"), format!("{path}/delete")] {
        assert_eq!(tenant.send_form(&form, &[("do", "save"), ("to", "off")]).status, 404, "{form}");
    }
    assert_eq!(config(&app, "%3Cb%3EMETA%3C%2Fb%3E")["enabled"], true);
}
