//! The pages of leads, as a browser without JavaScript sees and uses them.

use crate::app::{TestApp, lead, phone};
use crate::client::{Answer, Client};
use crate::database::{both, sqlite};
use serde_json::{Value, json};

pub(crate) fn page(who: &Client, path: &str) -> Answer {
    who.send("GET", path, &[("accept", "text/html")], b"").expect("a page")
}

pub(crate) fn send(who: &Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    let plain =
        |b: u8| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") };
    let encoded = |text: &str| text.bytes().map(plain).collect::<String>();
    let body: Vec<String> = fields.iter().map(|(n, v)| format!("{}={}", encoded(n), encoded(v))).collect();
    let kind = ("content-type", "application/x-www-form-urlencoded");
    who.send("POST", path, &[kind], body.join("&").as_bytes()).expect("an answer")
}

#[track_caller]
pub(crate) fn says(answer: &Answer, status: u16, sentences: &[&str]) {
    assert_eq!(answer.status, status, "{}", answer.body);
    for sentence in sentences {
        assert!(answer.body.contains(sentence), "{sentence:?} is missing in {}", answer.body);
    }
}

/// The answer leads to `to` and says `text` there.
#[track_caller]
pub(crate) fn leads_to(answer: &Answer, to: &str, text: &str) {
    assert_eq!((answer.status, answer.header("location")), (303, Some(to)), "{}", answer.body);
    let flash = answer.header("set-cookie").unwrap_or_default().replace('+', " ");
    assert!(flash.contains(text), "{text:?} is missing in {flash:?}");
}

pub(crate) fn uid(lead: &Value) -> String {
    lead["uid"].as_str().expect("a uid").to_owned()
}

#[test]
fn the_list_filters_searches_pages_and_says_what_to_do_when_it_is_empty() {
    both(|db| {
        let app = TestApp::start(db);
        says(&page(&app.admin, "/leads"), 200, &["No leads yet", "Import a file"]);
        app.pool("META", 2);
        for n in 0..60 {
            app.lead("META", n);
        }
        let first = page(&app.admin, "/leads");
        says(&first, 200, &["60 leads", "Lead 59", "Next page", "Export CSV"]);
        assert!(!first.body.contains(">Lead 9<"), "fifty a page");
        let next =
            first.body.split("href=\"").find(|part| part.starts_with("/leads?cursor=")).expect("a next page");
        let next = next.split('"').next().expect("its end");
        says(&page(&app.admin, next), 200, &["Lead 9<", "First page"]);
        says(&page(&app.admin, "/leads?sort=oldest"), 200, &["Lead 0<", "ascending"]);
        says(
            &page(&app.admin, "/leads?q=lead%2017&sort=newest"),
            200,
            &["1 lead", "Lead 17<", "Remove Search: lead 17"],
        );
        says(&page(&app.admin, "/leads?agent=nobody"), 200, &["No lead matches", "Clear filters"]);
        says(&page(&app.admin, "/leads?status=nonsense"), 422, &["Clear filters"]);
        says(
            &page(&app.admin, "/leads?source=META&status=pending&agent=1&created_from=2020-01-01"),
            200,
            &["30 leads"],
        );
        says(&page(&app.admin, "/leads?created_to=2020-01-01"), 200, &["No lead matches"]);
        let exact = page(&app.admin, "/leads?q=l-000007");
        assert_eq!((exact.status, exact.header("location")), (303, Some("/leads/L-000007")));
    });
}

#[test]
fn a_lead_is_added_by_hand_and_a_mistake_is_told_beside_its_field() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 1);
        let wrong = [("new.source", "META"), ("new.contact.name", "Asha Rao"), ("new.contact.phone", "12")];
        let answer = send(&app.admin, "/leads/new", &wrong);
        says(&answer, 422, &["value=\"Asha Rao\"", "new.contact.phone-error"]);
        let right = [wrong[0], wrong[1], ("new.contact.phone", "98765 43210"), ("new.value", "1,500.50")];
        leads_to(&send(&app.admin, "/leads/new", &right), "/leads/L-000001", "given to META 1");
        says(&page(&app.admin, "/leads/L-000001"), 200, &["Asha Rao", "+919876543210", "1,500.5", "tel:"]);
        leads_to(&send(&app.admin, "/leads/new", &right), "/leads/L-000001", "known already");
        says(
            &send(&app.admin, "/leads/new", &[("new.source", "")]),
            422,
            &["new.source-error", "phone or an e-mail"],
        );
        app.check();
    });
}

#[test]
fn the_page_of_a_lead_tells_who_why_and_what_happened() {
    let app = TestApp::start(sqlite());
    app.pool("META", 3);
    let uid = uid(&app.lead("META", 1));
    let path = format!("/leads/{uid}");
    says(
        &page(&app.admin, &path),
        200,
        &["Why META 1?", "got the lead", "Created by", "by fair shares", "How did it go?"],
    );
    let result = format!("{path}/disposition");
    says(
        &send(&app.admin, &result, &[("status", "callback"), ("note", "kept")]),
        422,
        &["when to call back", "kept"],
    );
    says(&send(&app.admin, &result, &[("status", "pending")]), 422, &["not the result of work"]);
    leads_to(&send(&app.admin, &result, &[("callback", "2099-01-02T10:00")]), &path, "called back");
    leads_to(&send(&app.admin, &result, &[("status", "sale"), ("note", "two of them")]), &path, "Sale now");
    says(&page(&app.admin, &path), 200, &["two of them", "Correct the result"]);
    says(&send(&app.admin, &result, &[("status", "busy")]), 409, &["cannot become"]);
    app.check();
}

#[test]
fn whoever_saw_an_older_state_is_told_and_nothing_is_stored() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 2);
        let lead = app.lead("META", 1);
        let path = format!("/leads/{}", uid(&lead));
        let result = format!("{path}/disposition");
        leads_to(&send(&app.admin, &result, &[("status", "busy"), ("seen", "2")]), &path, "Busy now");
        let late = send(&app.admin, &result, &[("status", "sale"), ("seen", "2"), ("note", "mine")]);
        says(&late, 409, &["changed this lead while you looked at it: it is Busy now", "mine"]);
        let other = app.agent(&json!({"name": "Somebody Else"}));
        let give = [("agent_id", other.as_str()), ("seen", "2")];
        leads_to(&send(&app.admin, &format!("{path}/assign"), &give), &path, "nothing was done");
        let give = [("agent_id", other.as_str()), ("seen", "3")];
        leads_to(&send(&app.admin, &format!("{path}/assign"), &give), &path, "given to Somebody Else");
        says(&page(&app.admin, &path), 200, &["gave it to", "took it from"]);
        leads_to(
            &send(&app.admin, &format!("{path}/hand-back"), &[("reason", "on leave")]),
            &path,
            "handed back",
        );
        says(&page(&app.admin, &path), 200, &["on leave"]);
        app.check();
    });
}

#[test]
fn corrections_keep_what_is_not_given_and_refuse_what_is_wrong() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 1);
        let path = format!("/leads/{}", uid(&app.lead("META", 1)));
        let edit = format!("{path}/edit");
        app.lead("META", 2);
        says(&page(&app.admin, &edit), 200, &["value=\"Lead 1\"", "Save corrections"]);
        says(&send(&app.admin, &edit, &[("contact.name", "")]), 422, &["Cannot be emptied"]);
        says(&send(&app.admin, &edit, &[("contact.phone", "1")]), 422, &["contact.phone-error"]);
        says(&send(&app.admin, &edit, &[("contact.phone", &phone(2))]), 422, &["already"]);
        leads_to(
            &send(&app.admin, &edit, &[("location.city", "Pune"), ("title", "Solar")]),
            &path,
            "corrected",
        );
        says(&page(&app.admin, &path), 200, &["Pune", "Solar", "Lead 1", "corrected the details"]);
    });
}

#[test]
fn a_script_in_a_lead_stays_text() {
    let app = TestApp::start(sqlite());
    app.pool("META", 1);
    let script = "<script>alert(1)</script>";
    let mut hostile = lead("META", 1);
    hostile["title"] = json!(script);
    hostile["contact"]["name"] = json!(format!("\"'>{script}"));
    hostile["location"] = json!({"city": script});
    hostile["category"] = json!(script);
    hostile["custom"] = json!({script: [script]});
    app.admin.post("/api/v1/leads", &hostile).expect(201);
    for path in [
        "/leads",
        "/leads/L-000001",
        "/leads/L-000001/edit",
        "/leads?q=%3Cscript%3E",
        "/leads?source=%3Cscript%3E",
    ] {
        let answer = page(&app.admin, path);
        assert!(!answer.body.contains("<script>"), "{path}");
        assert!(answer.body.contains("&lt;script&gt;"), "{path}");
    }
}

#[test]
fn an_agent_sees_its_own_leads_and_others_are_not_there() {
    let app = TestApp::start(sqlite());
    let agents = app.pool("META", 2);
    let leads = [app.lead("META", 1), app.lead("META", 2)];
    let (user, agent) = app.user("agent@example.com", "agent");
    app.admin.json("PATCH", &format!("/api/v1/agents/{}", agents[0]), &json!({"user_id": user})).expect(200);
    let (own, other): (Vec<&Value>, Vec<&Value>) = leads.iter().partition(|l| l["agent"]["id"] == *agents[0]);
    let list = page(&agent, "/leads");
    says(&list, 200, &["1 lead", &uid(own[0])]);
    assert!(!list.body.contains(&uid(other[0])) && !list.body.contains("New lead"), "{}", list.body);
    let own = page(&agent, &format!("/leads/{}", uid(own[0])));
    says(&own, 200, &["How did it go?", "Hand back"]);
    assert!(!own.body.contains("Give to somebody"), "{}", own.body);
    let other = format!("/leads/{}", uid(other[0]));
    for path in [other.clone(), format!("{other}/edit")] {
        says(&page(&agent, &path), 404, &["Nothing is here"]);
    }
    says(&send(&agent, &format!("{other}/disposition"), &[("status", "sale")]), 404, &[]);
    says(&send(&agent, &format!("{other}/assign"), &[("agent_id", &agents[0])]), 403, &[]);
    let tenant = app.admin.with_token(&app.db.token("admin@other.example", "admin", Some("other")));
    says(&page(&tenant, &other), 404, &["Nothing is here"]);
    let provider = app.user("provider@example.com", "provider").1;
    says(&page(&provider, "/leads"), 403, &["not for your role"]);
    assert_eq!(page(&app.admin.without_token(), "/leads").status, 303);
}
