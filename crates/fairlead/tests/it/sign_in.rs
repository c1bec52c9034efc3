//! Signing in and out, guessing, links, passwords, rights that change, several organisations.

use crate::app::{TestApp, fairlead};
use crate::browser::Browser;
use crate::database::{both, sqlite};
use crate::mail_server::{MailServer, link};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse";

impl TestApp {
    /// Adds a user with a password.
    fn with_password(&self, email: &str, role: &str, org: &str, password: &str) {
        let args = ["user", "add", "--email", email, "--role", role, "--org", org];
        let out = fairlead(&self.db.url, &args, &format!("{password}\n"));
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }

    /// An admin's browser, signed in.
    fn meera(&self) -> Browser {
        self.with_password("meera@example.com", "admin", "default", PASSWORD);
        let mut browser = Browser::new(&self.admin);
        browser.sign_in("Meera@Example.com", PASSWORD).expect(201);
        browser
    }

    fn mailing(db: crate::database::Database, server: &MailServer) -> Self {
        let from = "Fairlead <leads@example.com>";
        Self::start_with(db, &[("FAIRLEAD_MAIL__URL", &server.url), ("FAIRLEAD_MAIL__FROM", from)])
    }
}

#[test]
fn whoever_signs_in_is_let_in_until_they_sign_out() {
    both(|db| {
        let mut app = TestApp::start(db);
        let mut browser = app.meera();
        let account = browser.get("/api/v1/account").expect(200);
        assert_eq!((&account["email"], &account["role"]), (&json!("meera@example.com"), &json!("admin")));
        browser.get("/api/v1/users").expect(200);
        app.restart();
        let mut browser = browser.moved(&app.admin);
        let sessions = browser.get("/api/v1/sessions").expect(200);
        assert_eq!(
            (sessions["items"].as_array().map(Vec::len), &sessions["items"][0]["current"]),
            (Some(1), &json!(true))
        );
        let cookie = browser.cookie.clone();
        browser.send("DELETE", "/api/v1/sessions/current", &[], "").expect(204);
        assert_eq!(browser.cookie, None, "the cookie is taken away");
        browser.cookie = cookie;
        browser.get("/api/v1/users").problem(401, "unauthorized");
        app.check();
    });
}

#[test]
fn the_cookie_is_for_the_server_alone() {
    let flags = |app: &TestApp| {
        let answer = app.meera_signs_in();
        answer.headers.get("set-cookie").expect("a cookie").to_str().expect("text").to_owned()
    };
    let plain = flags(&TestApp::start(sqlite()));
    assert!(plain.starts_with("fairlead=fl_"), "{plain}");
    assert!(plain.ends_with("; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax"), "{plain}");
    let public = ("FAIRLEAD_SERVER__PUBLIC_URL", "https://leads.example.com");
    let app = TestApp::start_with(sqlite(), &[public]);
    let on_tls = flags(&app);
    assert!(on_tls.starts_with("__Host-fairlead=fl_"), "{on_tls}");
    assert!(on_tls.ends_with("; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure"), "{on_tls}");
    let page = app.admin.without_token().get("/docs/");
    assert!(page.header("strict-transport-security").is_some_and(|said| said.starts_with("max-age=")));
    assert!(
        page.header("content-security-policy").is_some_and(|said| said.contains("frame-ancestors 'none'"))
    );
}

impl TestApp {
    fn meera_signs_in(&self) -> crate::client::Answer {
        self.with_password("meera@example.com", "admin", "default", PASSWORD);
        let credentials = json!({"email": "meera@example.com", "password": PASSWORD});
        self.admin.without_token().post("/api/v1/sessions", &credentials)
    }
}

#[test]
fn a_session_is_not_a_token_and_a_new_sign_in_replaces_it() {
    let app = TestApp::start(sqlite());
    let mut browser = app.meera();
    browser.get("/api/v1/account").expect(200);
    let old = browser.cookie.clone().expect("a cookie");
    let secret = old.split_once('=').expect("name=value").1;
    app.admin.with_token(secret).get("/api/v1/account").problem(401, "unauthorized");
    browser.sign_in("meera@example.com", PASSWORD).expect(201);
    assert_ne!(browser.cookie.as_ref(), Some(&old));
    let mut before = Browser::new(&app.admin);
    before.cookie = Some(old);
    before.get("/api/v1/account").problem(401, "unauthorized");
    let list = browser.get("/api/v1/sessions").expect(200);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
}

#[test]
fn guessing_is_stopped_and_tells_nothing_about_who_exists() {
    let app = TestApp::start_with(sqlite(), &[("FAIRLEAD_SERVER__BEHIND_PROXY", "true")]);
    app.with_password("meera@example.com", "admin", "default", PASSWORD);
    let mut browser = Browser::new(&app.admin);
    let mut guess = |email: &str, from: &str| {
        let body = json!({"email": email, "password": "wrong"}).to_string();
        let headers = [("content-type", "application/json"), ("x-forwarded-for", from)];
        browser.send("POST", "/api/v1/sessions", &headers, &body)
    };
    let known = guess("meera@example.com", "10.9.9.1").problem(401, "wrong_password");
    let unknown = guess("nobody@example.com", "10.9.9.2").problem(401, "wrong_password");
    assert_eq!(known, unknown);
    // One account, many addresses; many accounts, one address. What the client claims before the proxy is not believed.
    let stopped =
        (0..20).map(|n| guess("meera@example.com", &format!("10.0.0.{n}"))).find(|a| a.status == 429);
    let stopped = stopped.expect("429 by the 20th");
    assert!(stopped.header("retry-after").and_then(|s| s.parse::<u64>().ok()).is_some_and(|s| s > 60));
    let flood = (0..20).map(|n| guess(&format!("{n}@example.com"), &format!("10.8.8.{n}, 10.7.7.7")));
    assert!(flood.map(|answer| answer.status).any(|status| status == 429));
    browser.sign_in("meera@example.com", PASSWORD).problem(429, "too_many");
}

#[test]
fn another_site_cannot_act_in_somebodys_name() {
    let app = TestApp::start(sqlite());
    let mut browser = app.meera();
    let from = |name, value| [("content-type", "application/json"), (name, value)];
    let source = json!({"name": "EVIL"}).to_string();
    for header in [
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let answer = browser.send("POST", "/api/v1/sources", &from(header.0, header.1), &source);
        answer.problem(403, "cross_site");
        let answer = browser.send("POST", "/api/v1/sessions", &from(header.0, header.1), "{}");
        answer.problem(403, "cross_site");
    }
    browser.send("POST", "/api/v1/sources", &from("sec-fetch-site", "same-origin"), &source).expect(201);
    // A token is not sent by accident.
    let body = json!({"name": "MINE"}).to_string();
    let answer =
        app.admin.send("POST", "/api/v1/sources", &from("origin", "http://evil.example"), body.as_bytes());
    answer.expect("an answer").expect(201);
}

#[test]
fn a_changed_role_and_a_deactivation_end_sessions_at_once() {
    both(|db| {
        let app = TestApp::start(db);
        let mut browser = app.meera();
        let id = browser.get("/api/v1/account").expect(200)["user_id"].as_str().expect("an id").to_owned();
        let path = format!("/api/v1/users/{id}");
        app.admin.json("PATCH", &path, &json!({"role": "agent"})).expect(200);
        browser.get("/api/v1/account").problem(401, "unauthorized");
        browser.sign_in("meera@example.com", PASSWORD).expect(201);
        browser.get("/api/v1/users").problem(403, "forbidden");
        app.admin.json("PATCH", &path, &json!({"name": "Meera"})).expect(200);
        assert_eq!(browser.get("/api/v1/account").expect(200)["name"], "Meera");
        app.admin.json("PATCH", &path, &json!({"active": false})).expect(200);
        browser.get("/api/v1/account").problem(401, "unauthorized");
        browser.sign_in("meera@example.com", PASSWORD).problem(401, "wrong_password");
    });
}

#[test]
fn a_changed_password_ends_every_other_session() {
    let app = TestApp::start(sqlite());
    let mut here = app.meera();
    let mut there = Browser::new(&app.admin);
    there.sign_in("meera@example.com", PASSWORD).expect(201);
    let change = |current: &str, new: &str| json!({"current_password": current, "password": new});
    let path = "/api/v1/account/password";
    here.json("POST", path, &json!({"password": "a new one"})).problem(422, "invalid");
    here.json("POST", path, &change("wrong", "a new one")).problem(422, "invalid");
    here.json("POST", path, &change(PASSWORD, "password123")).problem(422, "invalid");
    here.json("POST", path, &change(PASSWORD, "short")).problem(422, "invalid");
    let before = here.cookie.clone();
    here.json("POST", path, &change(PASSWORD, "a new one")).expect(204);
    assert_ne!(here.cookie, before);
    here.get("/api/v1/account").expect(200);
    there.get("/api/v1/account").problem(401, "unauthorized");
    there.sign_in("meera@example.com", PASSWORD).problem(401, "wrong_password");
    there.sign_in("meera@example.com", "a new one").expect(201);
    let sessions = here.get("/api/v1/sessions").expect(200);
    let other = sessions["items"].as_array().and_then(|all| all.iter().find(|s| s["current"] == false));
    let id = other.and_then(|s| s["id"].as_str()).expect("the other session");
    here.send("DELETE", &format!("/api/v1/sessions/{id}"), &[], "").expect(204);
    there.get("/api/v1/account").problem(401, "unauthorized");
    here.send("DELETE", &format!("/api/v1/sessions/{id}"), &[], "").problem(404, "not_found");
}

#[test]
fn one_person_goes_from_organisation_to_organisation_but_only_where_it_was_proven() {
    both(|db| {
        let app = TestApp::start(db);
        app.with_password("meera@example.com", "admin", "default", PASSWORD);
        app.with_password("meera@example.com", "manager", "other", PASSWORD);
        app.with_password("meera@example.com", "admin", "third", "another one");
        let mut browser = Browser::new(&app.admin);
        let account = browser.sign_in("meera@example.com", PASSWORD).expect(201);
        let slugs = |account: &Value| -> Vec<String> {
            let all = account["organizations"].as_array().expect("organizations");
            all.iter().map(|o| o["organization"].as_str().expect("a name").to_owned()).collect()
        };
        assert_eq!(
            (&account["organization"], slugs(&account)),
            (&json!("default"), vec!["default".to_owned(), "other".to_owned()])
        );
        let switch = |to: &str| json!({"organization": to});
        let path = "/api/v1/sessions/current/organization";
        browser.json("POST", path, &switch("third")).problem(404, "not_found");
        browser.json("POST", path, &switch("nowhere")).problem(404, "not_found");
        let old = browser.cookie.clone();
        let account = browser.json("POST", path, &switch("other")).expect(200);
        assert_eq!((&account["organization"], &account["role"]), (&json!("other"), &json!("manager")));
        assert_ne!(browser.cookie, old);
        browser.get("/api/v1/users").problem(403, "forbidden");
        // A change of rights there ends what was proven of it here.
        let user = app.admin.get("/api/v1/users").expect(200);
        let user =
            user["items"].as_array().and_then(|all| all.iter().find(|u| u["email"] == "meera@example.com"));
        let id = user.and_then(|u| u["id"].as_str()).expect("her user").to_owned();
        app.admin.json("PATCH", &format!("/api/v1/users/{id}"), &json!({"role": "agent"})).expect(200);
        browser.json("POST", path, &switch("default")).problem(404, "not_found");
        let third = json!({"email": "meera@example.com", "password": "another one", "organization": "third"});
        assert_eq!(browser.json("POST", "/api/v1/sessions", &third).expect(201)["organization"], "third");
    });
}

#[test]
fn the_audit_log_says_who_changed_what() {
    both(|db| {
        let app = TestApp::start(db);
        let mut browser = app.meera();
        let me = browser.get("/api/v1/account").expect(200)["user_id"].clone();
        app.pool("META", 1);
        browser.json("PATCH", "/api/v1/sources/META", &json!({"active": false})).expect(200);
        browser.json("PATCH", "/api/v1/sources/META", &json!({"active": false})).expect(200);
        browser.json("PATCH", "/api/v1/organization", &json!({"region": "ZA"})).expect(200);
        let log = browser.get("/api/v1/audit?limit=2").expect(200);
        let line = |n: usize| (log["items"][n]["actor"].clone(), log["items"][n]["what"].clone());
        assert_eq!(line(0), (me.clone(), json!("region IN → ZA")));
        assert_eq!(line(1), (me, json!("\"META\" deactivated")));
        let cursor = log["next_cursor"].as_str().expect("more");
        let rest = browser.get(&format!("/api/v1/audit?cursor={cursor}")).expect(200);
        let areas: Vec<&str> =
            rest["items"].as_array().expect("items").iter().filter_map(|i| i["area"].as_str()).collect();
        assert_eq!(areas, ["pool", "agent", "source", "user", "token", "user"]);
        assert!(!rest.to_string().contains("example.com"), "no addresses");
        let tenant = app.admin.with_token(&app.db.token("admin@other.example", "admin", Some("other")));
        assert_eq!(tenant.get("/api/v1/audit").expect(200)["items"].as_array().map(Vec::len), Some(2));
    });
}

#[test]
fn a_new_password_by_mail_ends_every_session() {
    let server = MailServer::start(0);
    let app = TestApp::mailing(sqlite(), &server);
    let mut browser = app.meera();
    let ask =
        |email: &str| app.admin.without_token().post("/api/v1/password-resets", &json!({"email": email}));
    let unknown = ask("nobody@example.com").expect(202);
    assert_eq!(ask("Meera@example.com").expect(202), unknown);
    let mail = server.wait_for(1);
    assert!(mail.contains("To: meera <meera@example.com>"), "{mail}");
    let path = link(&mail);
    let mut other = Browser::new(&app.admin);
    assert!(other.get(&path).body.contains("form"), "a page with a form");
    other.form(&path, &[("password", "short")]);
    browser.get("/api/v1/account").expect(200);
    assert_eq!(other.form(&path, &[("password", "a new one")]).status, 303);
    browser.get("/api/v1/account").problem(401, "unauthorized");
    assert_ne!(other.form(&path, &[("password", "once more")]).status, 303);
    browser.sign_in("meera@example.com", PASSWORD).problem(401, "wrong_password");
    browser.sign_in("meera@example.com", "a new one").expect(201);
    assert_eq!(server.mails().len(), 1, "nobody else got a mail");
}

#[test]
fn a_mailed_link_signs_in_once_and_looking_at_it_does_not_use_it_up() {
    both(|db| {
        let server = MailServer::start(1);
        let app = TestApp::mailing(db, &server);
        app.with_password("meera@example.com", "admin", "default", PASSWORD);
        app.with_password("meera@example.com", "manager", "other", "another one");
        let ask = json!({"email": "meera@example.com"});
        app.admin.without_token().post("/api/v1/sign-in-links", &ask).expect(202);
        let path = link(&server.wait_for(1));
        assert!(server.has_refused_all(), "the mail was tried again");
        let mut browser = Browser::new(&app.admin);
        for _ in 0..2 {
            assert_eq!(browser.get(&path).status, 200);
        }
        assert_eq!(browser.cookie, None);
        assert_eq!(browser.form(&path, &[]).status, 303);
        // Who reads the mailbox is the same person everywhere.
        let account = browser.get("/api/v1/account").expect(200);
        assert_eq!(account["organizations"].as_array().map(Vec::len), Some(2));
        let mut second = Browser::new(&app.admin);
        assert_ne!(second.form(&path, &[]).status, 303);
        assert_eq!(second.cookie, None);
    });
}

#[test]
fn the_command_line_makes_a_way_in() {
    let app = TestApp::start(sqlite());
    let out = app.db.cli(&["--json", "user", "link", "--email", "admin@example.com"]);
    let said: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let path = link(said["url"].as_str().expect("a link"));
    let mut browser = Browser::new(&app.admin);
    assert_eq!(browser.form(&path, &[]).status, 303);
    assert_eq!(browser.get("/api/v1/account").expect(200)["has_password"], false);
    // Who has no password yet chooses one.
    browser.json("POST", "/api/v1/account/password", &json!({"password": PASSWORD})).expect(204);
    browser.sign_in("admin@example.com", PASSWORD).expect(201);
    let refused =
        fairlead(&app.db.url, &["user", "add", "--email", "x@example.com", "--role", "agent"], "short\n");
    assert_eq!(refused.status.code(), Some(2));
}
