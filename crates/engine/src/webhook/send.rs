//! One attempt: a POST that goes only where it may, follows nothing, waits for nobody long.

use crate::webhook::address;
use crate::webhook::sign::{body, signatures};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::fmt::Write;
use std::time::{Duration, Instant};
use store::webhook::{Due, Endpoint};

/// How long an attempt may take in all.
const PATIENCE: Duration = Duration::from_secs(15);
/// How much of an answer is kept.
const KEPT: usize = 1024;

/// How an attempt went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// The answer's status, if there was an answer.
    pub(crate) status: Option<u16>,
    /// Why there was none.
    pub(crate) error: Option<String>,
    /// The beginning of the answer's body.
    pub(crate) response: Option<String>,
    pub(crate) ms: i64,
    /// Trying again cannot help.
    pub(crate) hopeless: bool,
}

/// Sends webhooks. Connections are kept for the next; each was made to an address that had been checked.
#[derive(Clone)]
pub(crate) struct Sender {
    client: Result<reqwest::Client, String>,
    allow_internal: bool,
}

/// Looks names up for the client: it connects to what was checked, and to nothing else.
struct Checked {
    allow_internal: bool,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_internal = self.allow_internal;
        Box::pin(async move {
            let found = address::resolve(name.as_str(), 0, allow_internal).await;
            found.map(|found| Box::new(found.into_iter()) as Addrs).map_err(Into::into)
        })
    }
}

impl Sender {
    pub(crate) fn new(allow_internal: bool) -> Self {
        // Somebody else may have chosen the same already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .dns_resolver(Checked { allow_internal })
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .https_only(!allow_internal)
            .timeout(PATIENCE)
            .connect_timeout(PATIENCE)
            .pool_idle_timeout(Duration::from_secs(20))
            .pool_max_idle_per_host(4)
            .user_agent(concat!("Fairlead/", env!("CARGO_PKG_VERSION"), " (webhooks)"))
            .build();
        Self { client: client.map_err(|error| told(&error)), allow_internal }
    }

    /// Sends an event to its endpoint; `now` in seconds is the signature's time.
    pub(crate) async fn send(&self, endpoint: &Endpoint, due: &Due, now: model::Micros) -> Attempt {
        let began = Instant::now();
        let mut attempt = self.attempt(endpoint, due, now).await.unwrap_or_else(|failed| failed);
        attempt.ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        attempt
    }

    async fn attempt(&self, endpoint: &Endpoint, due: &Due, now: model::Micros) -> Result<Attempt, Attempt> {
        let failed = |error: String| Attempt { error: Some(error), ..Attempt::default() };
        let url = address::parse(&endpoint.url, self.allow_internal)
            .map_err(|why| failed(format!("the URL {why}")))?;
        let delivery = &due.delivery;
        let body = match (&due.event, delivery.cursor) {
            (Some((at, data)), _) => body(&delivery.kind, *at, data),
            (None, None) => body(&delivery.kind, delivery.created_at, &test_data()),
            (None, Some(_)) => {
                let gone = "the event is older than 7 days and was removed".to_owned();
                return Err(Attempt { hopeless: true, ..failed(gone) });
            }
        };
        let (id, timestamp) = (delivery.event.to_string(), now.timestamp().as_second());
        let signed = signatures(&secrets(endpoint, now.0), &id, timestamp, &body).map_err(failed)?;
        let client = self.client.as_ref().map_err(|error| failed(error.clone()))?;
        let request = client
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signed)
            .body(body);
        let response = request.send().await.map_err(|error| failed(told(&error)))?;
        let status = response.status().as_u16();
        Ok(Attempt { status: Some(status), response: Some(beginning(response).await), ..Attempt::default() })
    }
}

/// The new secret, and for a day also the one it replaced.
fn secrets(endpoint: &Endpoint, now: i64) -> Vec<&str> {
    let old = endpoint.old_secret.as_deref().filter(|_| endpoint.old_secret_until.is_some_and(|t| t > now));
    [Some(endpoint.secret.as_str()), old].into_iter().flatten().collect()
}

fn test_data() -> serde_json::Value {
    serde_json::json!({"test": true, "message": "Fairlead can reach this endpoint."})
}

async fn beginning(mut response: reqwest::Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < KEPT {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk[..chunk.len().min(KEPT - bytes.len())]),
            Ok(None) | Err(_) => break,
        }
    }
    // No database holds NUL in a text.
    String::from_utf8_lossy(&bytes).replace('\0', "\u{fffd}")
}

/// An error with its causes, without the URL: that is in the row beside it.
fn told(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer within {} seconds", PATIENCE.as_secs());
    }
    let mut text = String::new();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let colon = if text.is_empty() { "" } else { ": " };
        let _ = write!(text, "{colon}{error}");
        cause = error.source();
    }
    if text.is_empty() {
        "the request could not be sent".to_owned()
    } else {
        text.chars().take(300).collect()
    }
}
