//! Outgoing webhooks: signed, sent until they arrive, and never into a network.

use crate::app::{TestApp, eventually};
use crate::database::{both, sqlite};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use ureq::http::{HeaderMap, HeaderName, HeaderValue};

/// The receiver of the tests is on this machine, and nobody waits for hours.
pub(crate) const LOCAL: &[(&str, &str)] = &[
    ("FAIRLEAD_WEBHOOKS__ALLOW_INTERNAL_ADDRESSES", "true"),
    ("FAIRLEAD_WEBHOOKS__RETRY_SCALE", "0.000001"),
];
/// The same with the waits people have.
const PATIENT: &[(&str, &str)] = &[("FAIRLEAD_WEBHOOKS__ALLOW_INTERNAL_ADDRESSES", "true")];

const ENDPOINTS: &str = "/api/v1/webhook-endpoints";

/// A request that came in.
#[derive(Clone)]
struct Received {
    headers: HeaderMap,
    body: String,
}

impl Received {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    fn verify(&self, secret: &str) -> Result<(), standardwebhooks::WebhookError> {
        standardwebhooks::Webhook::new(secret).expect("a secret").verify(self.body.as_bytes(), &self.headers)
    }
}

/// A small HTTP server that answers what a test says and keeps what came.
struct Receiver {
    url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Receiver {
    /// `answer` gets the number of the request, from 0, and the request; it gives the head and the body.
    fn start(answer: impl Fn(usize, &Received) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let (kept, answer) = (received.clone(), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, answer) = (kept.clone(), answer.clone());
                thread::spawn(move || serve(stream, &kept, answer.as_ref()));
            }
        });
        Self { url, received }
    }

    fn all(&self) -> Vec<Received> {
        self.received.lock().expect("no panic").clone()
    }

    fn count(&self) -> usize {
        self.received.lock().expect("no panic").len()
    }

    /// How often each event came.
    fn ids(&self) -> BTreeMap<String, usize> {
        let mut ids = BTreeMap::new();
        self.all().iter().for_each(|r| *ids.entry(r.header("webhook-id").to_owned()).or_default() += 1);
        ids
    }
}

fn serve(
    stream: TcpStream,
    kept: &Mutex<Vec<Received>>,
    answer: &(dyn Fn(usize, &Received) -> String + Send + Sync),
) {
    let mut reader = BufReader::new(stream.try_clone().expect("a copy"));
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    let mut headers = HeaderMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).expect("a line");
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        let name: HeaderName = name.parse().expect("a name");
        headers.insert(name, HeaderValue::from_str(value).expect("a value"));
    }
    let length = headers.get("content-length").and_then(|l| l.to_str().ok()?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let received = Received { headers, body: String::from_utf8(body).expect("UTF-8") };
    let number = {
        let mut kept = kept.lock().expect("no panic");
        kept.push(received.clone());
        kept.len() - 1
    };
    let mut stream = stream;
    // The sender may have gone away.
    let _ = stream.write_all(answer(number, &received).as_bytes());
}

fn status(status: u16, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn endpoint(app: &TestApp, url: &str, kinds: &[&str]) -> Value {
    let kinds = if kinds.is_empty() { Value::Null } else { json!(kinds) };
    app.admin.post(ENDPOINTS, &json!({"url": url, "description": "test", "event_types": kinds})).expect(201)
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

fn deliveries(app: &TestApp, endpoint: &Value) -> Vec<Value> {
    let path = format!("{ENDPOINTS}/{}/deliveries?limit=500", text(&endpoint["id"]));
    app.admin.get(&path).expect(200)["items"].as_array().expect("items").clone()
}

#[test]
fn events_arrive_signed_without_contact_data_and_are_listed() {
    both(|db| {
        let app = TestApp::start_with(db, LOCAL);
        app.pool("META", 1);
        let receiver = Receiver::start(|_, _| status(200, "thank you"));
        let hook = endpoint(&app, &receiver.url, &["lead_created", "lead_assigned"]);
        let secret = text(&hook["secret"]);
        let lead = app.lead("META", 1);
        eventually("two events", || receiver.count() == 2);
        let all = receiver.all();
        let kinds: BTreeSet<String> = all.iter().map(|r| text(&r.json()["type"]).to_owned()).collect();
        assert_eq!(kinds, BTreeSet::from(["lead_assigned".to_owned(), "lead_created".to_owned()]));
        for received in &all {
            received.verify(secret).expect("the signature is right");
            let other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
            received.verify(other).expect_err("and of this secret only");
            let body = received.json();
            assert_eq!(body["data"]["lead_id"], lead["id"]);
            assert!(text(&body["timestamp"]).ends_with('Z'), "{body}");
            assert!(!received.body.contains("9000000001") && !received.body.contains("Lead 1"), "{body}");
            assert_eq!(received.header("content-type"), "application/json");
        }
        eventually("both are recorded", || {
            deliveries(&app, &hook).iter().filter(|d| d["state"] == "delivered").count() == 2
        });
        let listed = &deliveries(&app, &hook)[0];
        assert_eq!((&listed["status"], &listed["attempts"]), (&json!(200), &json!(1)), "{listed}");
        assert_eq!(listed["response"], "thank you");
        let fetched = app.admin.get(&format!("{ENDPOINTS}/{}", text(&hook["id"]))).expect(200);
        assert!(fetched.get("secret").is_none(), "told once");
        app.check();
    });
}

#[test]
fn a_failed_delivery_comes_again_under_the_same_id() {
    both(|db| {
        let app = TestApp::start_with(db, LOCAL);
        app.pool("META", 1);
        let receiver =
            Receiver::start(|n, _| if n < 3 { status(500, &"x".repeat(5_000)) } else { status(204, "") });
        let hook = endpoint(&app, &receiver.url, &["lead_created"]);
        app.lead("META", 1);
        eventually("delivered", || deliveries(&app, &hook).iter().any(|d| d["state"] == "delivered"));
        assert_eq!(receiver.ids().into_values().collect::<Vec<_>>(), [4], "one id, four attempts");
        let bodies: BTreeSet<String> = receiver.all().into_iter().map(|r| r.body).collect();
        assert_eq!(bodies.len(), 1, "the same bytes every time");
        assert_eq!(deliveries(&app, &hook)[0]["attempts"], 4);
    });
}

#[test]
fn between_attempts_is_the_wait_of_the_schedule_and_little_of_an_answer_is_kept() {
    let app = TestApp::start_with(sqlite(), PATIENT);
    app.pool("META", 1);
    let receiver = Receiver::start(|_, _| status(500, &"x".repeat(5_000)));
    let hook = endpoint(&app, &receiver.url, &["lead_created"]);
    app.lead("META", 1);
    eventually("an attempt", || deliveries(&app, &hook).iter().any(|d| d["attempts"] == 1));
    let delivery = deliveries(&app, &hook).remove(0);
    assert_eq!((&delivery["state"], &delivery["status"]), (&json!("pending"), &json!(500)));
    assert_eq!(text(&delivery["response"]).len(), 1_024);
    let at = |name: &str| text(&delivery[name]).parse::<jiff::Timestamp>().expect("a time").as_millisecond();
    let wait = at("next_attempt_at") - at("last_attempt_at");
    assert!((5_000..=5_500).contains(&wait), "{wait} ms");
    let retry = format!("{ENDPOINTS}/{}/deliveries/{}/retry", text(&hook["id"]), text(&delivery["id"]));
    app.admin.post(&retry, &json!({})).expect(202);
    eventually("the retry by hand", || receiver.count() == 2);
}

#[test]
fn gone_switches_an_endpoint_off_at_once() {
    both(|db| {
        let app = TestApp::start_with(db, LOCAL);
        app.pool("META", 1);
        let receiver = Receiver::start(|_, _| status(410, ""));
        let hook = endpoint(&app, &receiver.url, &[]);
        let path = format!("{ENDPOINTS}/{}", text(&hook["id"]));
        app.lead("META", 1);
        eventually("it is off", || app.admin.get(&path).expect(200)["active"] == false);
        let off = app.admin.get(&path).expect(200);
        assert!(text(&off["disabled_reason"]).contains("410"), "{off}");
        app.admin.post(&format!("{path}/test"), &json!({})).problem(409, "endpoint_off");
        let on = app.admin.json("PATCH", &path, &json!({"active": true})).expect(200);
        assert_eq!((&on["active"], &on["disabled_reason"]), (&json!(true), &Value::Null));
    });
}

#[test]
fn an_endpoint_that_never_answers_well_is_switched_off_after_the_last_attempt() {
    both(|db| {
        let app = TestApp::start_with(db, LOCAL);
        app.pool("META", 1);
        let receiver = Receiver::start(|_, _| status(503, ""));
        let hook = endpoint(&app, &receiver.url, &["lead_created"]);
        let path = format!("{ENDPOINTS}/{}", text(&hook["id"]));
        app.lead("META", 1);
        eventually("it is off", || app.admin.get(&path).expect(200)["active"] == false);
        assert_eq!(receiver.count(), 10);
        assert_eq!(deliveries(&app, &hook)[0]["state"], "failed");
        let reason = app.admin.get(&path).expect(200);
        assert!(text(&reason["disabled_reason"]).contains("503"), "{reason}");
    });
}

#[test]
fn events_committed_before_a_kill_are_delivered_after_the_restart() {
    both(|db| {
        let mut app = TestApp::start_with(db, PATIENT);
        app.pool("META", 1);
        // It takes the request and never answers: all are under way or wait when the plug is pulled.
        let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = silent.local_addr().expect("an address");
        let hook = endpoint(&app, &format!("http://{address}/hook"), &["lead_created"]);
        let leads: BTreeSet<String> = (0..30).map(|n| text(&app.lead("META", n)["id"]).to_owned()).collect();
        app.kill();
        drop(silent);
        let receiver = Receiver::start(|_, _| status(200, ""));
        app.restart();
        let path = format!("{ENDPOINTS}/{}", text(&hook["id"]));
        app.admin.json("PATCH", &path, &json!({"url": receiver.url})).expect(200);
        let arrived = || -> BTreeSet<String> {
            receiver.all().iter().map(|r| text(&r.json()["data"]["lead_id"]).to_owned()).collect()
        };
        eventually("every lead's event", || arrived() == leads);
        app.check();
    });
}

#[test]
fn a_redirect_is_not_followed() {
    let app = TestApp::start_with(sqlite(), LOCAL);
    app.pool("META", 1);
    let inside = Receiver::start(|_, _| status(200, "secret"));
    let target = inside.url.clone();
    let receiver = Receiver::start(move |_, _| {
        format!("HTTP/1.1 302 Found\r\nlocation: {target}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    });
    let hook = endpoint(&app, &receiver.url, &["lead_created"]);
    app.lead("META", 1);
    eventually("given up", || deliveries(&app, &hook).iter().any(|d| d["state"] == "failed"));
    assert_eq!(deliveries(&app, &hook)[0]["status"], 302);
    assert_eq!(inside.count(), 0, "what it pointed to was not fetched");
}

#[test]
fn addresses_inside_a_network_are_refused_when_they_are_saved() {
    let app = TestApp::start(sqlite());
    let receiver = Receiver::start(|_, _| status(200, ""));
    let port =
        receiver.url.rsplit(':').next().and_then(|end| end.split('/').next()).expect("a port").to_owned();
    for host in [
        "localhost",
        "localhost.",
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "10.0.0.1",
        "169.254.169.254",
        "[fd00::1]",
        "0",
    ] {
        for scheme in ["https", "http"] {
            let url = format!("{scheme}://{host}:{port}/hook");
            let refused = app.admin.post(ENDPOINTS, &json!({"url": url})).problem(422, "invalid");
            assert_eq!(refused["errors"][0]["field"], "url", "{url}: {refused}");
        }
    }
    assert_eq!(app.admin.get(ENDPOINTS).expect(200)["items"], json!([]));
    assert_eq!(receiver.count(), 0);
}

#[test]
fn an_address_that_became_internal_is_not_fetched_when_it_is_sent_to() {
    let mut app = TestApp::start_with(sqlite(), LOCAL);
    app.pool("META", 1);
    let receiver = Receiver::start(|_, _| status(200, ""));
    // Saved while it was allowed; a name, so that the refusal is that of the look-up at every connection.
    let by_name = receiver.url.replace("127.0.0.1", "localhost");
    let hooks = [endpoint(&app, &receiver.url, &[]), endpoint(&app, &by_name, &[])];
    app.settings(&[("FAIRLEAD_WEBHOOKS__RETRY_SCALE", "0.000001")]);
    app.restart();
    app.lead("META", 1);
    for hook in &hooks {
        eventually("given up", || deliveries(&app, hook).iter().any(|d| d["state"] == "failed"));
        assert!(deliveries(&app, hook).iter().all(|d| d["status"].is_null()));
    }
    assert_eq!(receiver.count(), 0);
}

#[test]
fn a_rotated_secret_signs_beside_the_old_one() {
    both(|db| {
        let app = TestApp::start_with(db, LOCAL);
        let receiver = Receiver::start(|_, _| status(200, ""));
        let hook = endpoint(&app, &receiver.url, &[]);
        let path = format!("{ENDPOINTS}/{}", text(&hook["id"]));
        let rotated = app.admin.post(&format!("{path}/rotate"), &json!({})).expect(200);
        assert_ne!(rotated["secret"], hook["secret"]);
        assert!(rotated["old_secret_until"].is_string(), "{rotated}");
        app.admin.post(&format!("{path}/test"), &json!({})).expect(202);
        eventually("the test", || receiver.count() == 1);
        let received = receiver.all().remove(0);
        received.verify(text(&hook["secret"])).expect("the old secret");
        received.verify(text(&rotated["secret"])).expect("the new secret");
        assert_eq!(received.json()["type"], "webhook_test");
    });
}

#[test]
fn a_slow_endpoint_does_not_keep_another_waiting() {
    let app = TestApp::start_with(sqlite(), PATIENT);
    app.pool("META", 1);
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let slow = format!("http://{}/hook", silent.local_addr().expect("an address"));
    endpoint(&app, &slow, &["lead_created"]);
    let receiver = Receiver::start(|_, _| status(200, ""));
    endpoint(&app, &receiver.url, &["lead_created"]);
    let leads: Vec<String> = (0..30).map(|n| text(&app.lead("META", n)["id"]).to_owned()).collect();
    eventually("all", || receiver.ids().len() == leads.len());
}

#[test]
fn unknown_types_of_events_are_refused() {
    let app = TestApp::start_with(sqlite(), LOCAL);
    for kinds in [json!([]), json!(["lead_alert"]), json!(["nonsense"])] {
        let body = json!({"url": "http://127.0.0.1:9/", "event_types": kinds});
        let refused = app.admin.post(ENDPOINTS, &body).problem(422, "invalid");
        assert_eq!(refused["errors"][0]["field"], "event_types", "{refused}");
    }
}
