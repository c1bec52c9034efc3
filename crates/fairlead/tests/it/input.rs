//! Bad requests: told clearly, 4xx, never 5xx.

use crate::app::{TestApp, lead};
use crate::database::both;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;

#[test]
fn a_body_that_cannot_be_read_is_told_where_it_breaks() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 1);
        let send = |body: &str| app.admin.raw("/api/v1/leads", "application/json", body.as_bytes());
        for body in ["", "{", "{\"source\": }", "\u{0}", "{\"source\": \"META\"", "nonsense"] {
            send(body).problem(400, "malformed_json");
        }
        app.admin
            .raw("/api/v1/leads", "application/json", b"{\"source\": \"\xff\xfe\"}")
            .problem(400, "malformed_json");
        for body in
            ["[]", "null", "3", "\"x\"", "{\"source\": 3}", "{}", "{\"source\": \"META\", \"contact\": []}"]
        {
            assert_eq!(send(body).status, 422, "{body}");
        }
        let deep =
            format!("{{\"source\": \"META\", \"custom\": {}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(matches!(send(&deep).status, 400 | 422), "nested 5,000 deep");
        let unknown = send("{\"source\": \"META\", \"contact\": {\"phone\": \"9876543210\"}, \"sorce\": 1}");
        assert_eq!(unknown.problem(422, "unknown_field")["errors"][0]["field"], "sorce");
        app.admin.raw("/api/v1/leads", "text/plain", b"{}").problem(415, "unsupported_media_type");
        // Refused by its announced length: not a byte of it is waited for.
        let head =
            "POST /api/v1/leads HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\nConnection: close\r\n";
        let token = app.admin.token.as_deref().unwrap_or_default();
        let mut stream =
            TcpStream::connect(app.admin.url.trim_start_matches("http://")).expect("a connection");
        stream.write_all(format!("{head}Authorization: Bearer {token}\r\n\r\n").as_bytes()).expect("written");
        let mut said = String::new();
        stream.read_to_string(&mut said).expect("an answer");
        assert!(said.starts_with("HTTP/1.1 413") && said.contains("too_large"), "{said}");

        assert_eq!(app.total(""), 0);
    });
}

#[test]
fn wrong_fields_are_named_one_by_one_and_nothing_is_stored() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 1);
        let with = |change: Value| {
            let mut body = lead("META", 1);
            body.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
            body
        };
        for (field, change) in [
            ("contact", json!({"contact": {"name": "Nobody"}})),
            ("contact.phone", json!({"contact": {"phone": "12"}})),
            ("contact.email", json!({"contact": {"email": "a@"}})),
            ("urgency", json!({"urgency": "purple"})),
            ("value", json!({"value": "lots"})),
            ("max_claims", json!({"max_claims": 0})),
            ("location.lat", json!({"location": {"lat": 91.0, "lon": 0.0}})),
            ("source", json!({"source": "NOWHERE"})),
            ("custom", json!({"custom": 3})),
        ] {
            let answer = app.admin.post("/api/v1/leads", &with(change.clone()));
            assert_eq!(answer.status, 422, "{change}: {}", answer.body);
            let errors = answer.value()["errors"].to_string();
            let part = field.rsplit('.').next().unwrap_or(field);
            assert!(errors.contains(part), "{field}: {errors}");
        }
        assert_eq!(app.total(""), 0);
        // What no database stores is taken out.
        let cleaned =
            app.admin.post("/api/v1/leads", &with(json!({"title": "nul \u{0} inside", "urgency": "asap"})));
        assert_eq!(cleaned.expect(201)["urgency"], "urgent");
        assert!(!cleaned.value()["title"].to_string().contains("u0000"), "{}", cleaned.body);
        // Personal data stays out of error texts.
        let told = app.admin.post("/api/v1/leads", &with(json!({"contact": {"phone": "+91 12345 SECRET"}})));
        assert!(!told.body.contains("SECRET"), "{}", told.body);
        assert_eq!(app.total(""), 1);
    });
}

#[test]
fn odd_paths_queries_and_methods_never_break_the_server() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 1);
        let lead = app.lead("META", 1);
        let id = lead["id"].as_str().expect("id");
        for (method, path) in [
            ("GET", "/api/v1/nothing"),
            ("GET", "/api/v1/leads/lead_00000000000000000000000000000000"),
            ("GET", "/api/v1/leads/%00"),
            ("GET", "/api/v1/leads/%FF%FE"),
            ("GET", "/api/v1/leads/L-99999999999999999999"),
            ("GET", "/api/v1/leads?limit=0"),
            ("GET", "/api/v1/leads?limit=501"),
            ("GET", "/api/v1/leads?limit=many"),
            ("GET", "/api/v1/leads?cursor=zz"),
            ("GET", "/api/v1/leads?surprise=1"),
            ("GET", "/api/v1/leads?created_from=yesterday"),
            ("GET", "/api/v1/leads?q=%00"),
            ("GET", "/api/v1/leads?status=nice"),
            ("GET", "/api/v1/assignments?source=NOWHERE"),
            ("GET", "/api/v1/sources/%27%3B%20DROP%20TABLE%20lead"),
            ("DELETE", "/api/v1/leads"),
            ("POST", "/api/v1/jobs"),
        ] {
            let answer = app.admin.send(method, path, &[], b"").expect("an answer");
            assert!(
                (400..500).contains(&answer.status),
                "{method} {path}: {} {}",
                answer.status,
                answer.body
            );
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{method} {path}");
        }
        for search in ["%27", "%25%25%25%25", "%5C", "%22", "0000000000000000000000000", "%2B%2B%2B%2B"] {
            assert_eq!(app.admin.get(&format!("/api/v1/leads?q={search}")).status, 200, "{search}");
        }
        for (path, body) in [
            ("agents", json!({"name": ""})),
            ("agents", json!({"name": "A", "weight": 0})),
            ("agents", json!({"name": "A", "weight": 1e300})),
            ("agents", json!({"name": "A", "daily_cap": -1})),
            ("agents", json!({"name": "A", "availability": {"timezone": "Mars/Base"}})),
            ("sources", json!({"name": " "})),
            ("users", json!({"email": "no", "role": "admin"})),
            ("users", json!({"email": "a@example.com", "role": "king"})),
        ] {
            assert_eq!(app.admin.post(&format!("/api/v1/{path}"), &body).status, 422, "{path} {body}");
        }
        for body in
            [json!({"timezone": "Nowhere"}), json!({"region": "XX9"}), json!({"duplicate_policy": "eat"})]
        {
            assert_eq!(app.admin.json("PATCH", "/api/v1/organization", &body).status, 422, "{body}");
        }
        let long = json!({"status": "contacted", "note": "x".repeat(2_001)});
        app.admin.post(&format!("/api/v1/leads/{id}/disposition"), &long).problem(422, "invalid");
        app.admin.post("/api/v1/sources", &json!({"name": " meta "})).problem(409, "taken");
        app.check();
    });
}

#[test]
fn bytes_that_are_no_http_and_callers_who_hang_up_do_not_hurt_others() {
    let app = TestApp::start(crate::database::sqlite());
    app.pool("META", 1);
    let address = app.admin.url.trim_start_matches("http://").to_owned();
    for bytes in [b"\x16\x03\x01\x02\x00\x01\x00".as_slice(), b"GET\r\n\r\n", b"\0\0\0\0\r\n\r\n"] {
        let mut stream = TcpStream::connect(&address).expect("a connection");
        stream.write_all(bytes).expect("written");
        stream.shutdown(std::net::Shutdown::Write).expect("shut");
        let mut said = Vec::new();
        // A reset is an answer too.
        let _ = stream.read_to_end(&mut said);
        assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&said));
    }
    let half = "POST /api/v1/leads HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{\"sou";
    TcpStream::connect(&address).expect("a connection").write_all(half.as_bytes()).expect("written");
    assert_eq!(app.lead("META", 1)["uid"], "L-000001");
}
