//! A small HTTP client: one person with a token, answers as status and JSON.

use serde_json::Value;
use std::time::Duration;
use ureq::http::{HeaderMap, Request};

/// Somebody who calls the API.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) url: String,
    pub(crate) token: Option<String>,
    agent: ureq::Agent,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    asked: String,
}

impl Client {
    pub(crate) fn new(url: &str, token: Option<&str>) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            // A redirect is an answer, too.
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(120)))
            .build();
        Self { url: url.to_owned(), token: token.map(str::to_owned), agent: config.into() }
    }

    /// The same connections, another token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Nobody.
    pub(crate) fn without_token(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"").expect("an answer")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.json("POST", path, body)
    }

    pub(crate) fn json(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.try_json(method, path, body).expect("an answer")
    }

    /// `Err` when the server has gone away.
    pub(crate) fn try_json(&self, method: &str, path: &str, body: &Value) -> Result<Answer, ureq::Error> {
        self.send(method, path, &[("content-type", "application/json")], body.to_string().as_bytes())
    }

    /// A POST under an `Idempotency-Key`.
    pub(crate) fn keyed(&self, path: &str, key: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        self.send("POST", path, &headers, body.to_string().as_bytes()).expect("an answer")
    }

    /// Bytes as they are.
    pub(crate) fn raw(&self, path: &str, kind: &str, body: &[u8]) -> Answer {
        self.send("POST", path, &[("content-type", kind)], body).expect("an answer")
    }

    /// A form of the console, and the page it leads to, with the sentence that is told there.
    pub(crate) fn form(&self, path: &str, fields: &str) -> Answer {
        self.follow(self.raw(path, "application/x-www-form-urlencoded", fields.as_bytes()))
    }

    /// The page that an answer leads to, if it leads somewhere.
    pub(crate) fn follow(&self, answer: Answer) -> Answer {
        let (303, Some(to)) = (answer.status, answer.header("location")) else { return answer };
        let cookie = answer.header("set-cookie").and_then(|c| c.split(';').next()).unwrap_or_default();
        self.send("GET", to, &[("cookie", cookie)], b"").expect("an answer")
    }

    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, ureq::Error> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        // A server may close a kept connection whenever it likes; no test is about that.
        request = request.header("connection", "close");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let asked = format!("{method} {path}");
        let mut response = if matches!(method, "GET" | "DELETE") {
            self.agent.run(request.body(()).map_err(ureq::Error::from)?)?
        } else {
            self.agent.run(request.body(body).map_err(ureq::Error::from)?)?
        };
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.body_mut().with_config().limit(1 << 30).read_to_string()?,
            asked,
        })
    }
}

impl Answer {
    /// The body, which must be JSON.
    pub(crate) fn value(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{}: {e}: {}", self.asked, self.body))
    }

    /// The body of an answer that must have this status.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.body);
        if self.body.is_empty() { Value::Null } else { self.value() }
    }

    /// A problem with this status and code.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        let kind = self.headers.get("content-type").and_then(|kind| kind.to_str().ok());
        assert_eq!(kind, Some("application/problem+json"), "{}: {} {}", self.asked, self.status, self.body);
        let body = self.expect(status);
        assert_eq!((&body["code"], &body["status"]), (&code.into(), &status.into()), "{}", self.asked);
        body
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
