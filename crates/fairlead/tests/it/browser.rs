//! A browser as far as cookies go: it keeps the session's cookie and sends it back.

use crate::client::{Answer, Client};
use serde_json::{Value, json};

pub(crate) struct Browser {
    client: Client,
    /// `name=value`, as it is sent.
    pub(crate) cookie: Option<String>,
}

impl Browser {
    pub(crate) fn new(at: &Client) -> Self {
        Self { client: at.without_token(), cookie: None }
    }

    /// Tries to sign in.
    pub(crate) fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        self.json("POST", "/api/v1/sessions", &json!({"email": email, "password": password}))
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], "")
    }

    pub(crate) fn json(&mut self, method: &str, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        self.send(method, path, &[("content-type", "application/json")], &body)
    }

    /// Sends a form, as a page of the server's own does.
    pub(crate) fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let text: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        let kind = ("content-type", "application/x-www-form-urlencoded");
        self.send("POST", path, &[kind, ("sec-fetch-site", "same-origin")], &text.join("&"))
    }

    pub(crate) fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut headers = headers.to_vec();
        let cookie = self.cookie.clone();
        headers.extend(cookie.as_deref().map(|cookie| ("cookie", cookie)));
        let answer = self.client.send(method, path, &headers, body.as_bytes()).expect("an answer");
        for set in answer.headers.get_all("set-cookie") {
            let set = set.to_str().expect("text");
            let pair = set.split(';').next().unwrap_or_default();
            if pair.contains("fairlead=") {
                let gone = set.contains("Max-Age=0");
                self.cookie = (!gone).then(|| pair.to_owned());
            }
        }
        answer
    }

    /// The same browser on another server.
    pub(crate) fn moved(&self, to: &Client) -> Self {
        Self { client: to.without_token(), cookie: self.cookie.clone() }
    }
}

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric();
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
