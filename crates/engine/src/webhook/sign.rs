//! Signatures and bodies, as the Standard Webhooks specification writes them.

use model::Micros;
use serde::Serialize;
use uuid::Uuid;

/// The characters of base64.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A new secret: 24 random bytes, written as the specification says.
pub fn new_secret() -> String {
    let random = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
    let letter = |byte: u8| char::from(ALPHABET[usize::from(byte & 63)]);
    format!("whsec_{}", random.into_iter().map(letter).collect::<String>())
}

/// The value of `webhook-signature`: one signature for each secret that is valid.
pub fn signatures(secrets: &[&str], id: &str, timestamp: i64, body: &str) -> Result<String, String> {
    let sign = |secret: &&str| {
        let key = standardwebhooks::Webhook::new(secret)?;
        key.sign(id, timestamp, body.as_bytes())
    };
    let signed: Result<Vec<String>, _> = secrets.iter().map(sign).collect();
    signed.map(|signed| signed.join(" ")).map_err(|error| error.to_string())
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'a str,
    timestamp: Micros,
    data: &'a serde_json::Value,
}

/// What is sent: the same bytes at every attempt.
pub fn body(kind: &str, occurred_at: i64, data: &serde_json::Value) -> String {
    let body = Body { r#type: kind, timestamp: Micros(occurred_at), data };
    serde_json::to_string(&body).unwrap_or_default()
}
