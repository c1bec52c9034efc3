//! Request bodies: read with a limit and a patience, parsed once, every fault named.

use crate::app::App;
use crate::problem::Problem;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use bytes::BytesMut;
use engine::IdempotencyKey;
use engine::intake::FieldError;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

/// The largest JSON body.
const MOST_JSON: usize = 1 << 20;
/// How long a JSON body may stand still.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest `Idempotency-Key`.
const MOST_KEY: usize = 200;

/// A JSON body, with the request's idempotency key if it is a POST that has one.
pub(crate) struct Json<T> {
    pub(crate) value: T,
    pub(crate) key: Option<IdempotencyKey>,
}

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _app: &App) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        check_type(&parts.headers)?;
        let bytes = read(body, &parts.headers).await?;
        let key = key(&parts, |hash| hash.update(&bytes))?;
        Ok(Self { value: parse(&bytes)?, key })
    }
}

/// A request without a body that matters, with its idempotency key.
pub(crate) struct Bare {
    pub(crate) key: Option<IdempotencyKey>,
}

impl FromRequest<App> for Bare {
    type Rejection = Problem;

    async fn from_request(request: Request, _app: &App) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = read(body, &parts.headers).await?;
        Ok(Self { key: key(&parts, |hash| hash.update(&bytes))? })
    }
}

fn check_type(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let kind = kind.as_bytes();
    let kind = kind.split(|b| *b == b';').next().unwrap_or_default().trim_ascii();
    if kind.eq_ignore_ascii_case(b"application/json") || kind.to_ascii_lowercase().ends_with(b"+json") {
        return Ok(());
    }
    let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    Err(Problem::new(status, "unsupported_media_type", "send Content-Type: application/json"))
}

fn too_large() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", format!("at most {MOST_JSON} bytes"))
}

pub(crate) async fn read(mut body: Body, headers: &HeaderMap) -> Result<Bytes, Problem> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|l| l.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MOST_JSON) {
        return Err(too_large());
    }
    let Some(first) = next(&mut body, PATIENCE).await? else { return Ok(Bytes::new()) };
    if body.is_end_stream() {
        return if first.len() > MOST_JSON { Err(too_large()) } else { Ok(first) };
    }
    let mut whole = BytesMut::from(&first[..]);
    while let Some(piece) = next(&mut body, PATIENCE).await? {
        if whole.len() + piece.len() > MOST_JSON {
            return Err(too_large());
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}

/// The next piece of a body; a body that stands still for `patience` is given up.
pub(crate) async fn next(body: &mut Body, patience: Duration) -> Result<Option<Bytes>, Problem> {
    loop {
        let frame = tokio::time::timeout(patience, poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx))).await;
        match frame {
            Err(_) => {
                let detail = format!("the body stood still for {} seconds", patience.as_secs());
                return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "timeout", detail));
            }
            Ok(None) => return Ok(None),
            Ok(Some(Err(_))) => {
                return Err(Problem::new(
                    StatusCode::BAD_REQUEST,
                    "broken_body",
                    "the body could not be read",
                ));
            }
            // Trailers say nothing to us.
            Ok(Some(Ok(frame))) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

/// The request's idempotency key; `body` adds what the request consists of besides method and path.
pub(crate) fn key(parts: &Parts, body: impl FnOnce(&mut Sha256)) -> Result<Option<IdempotencyKey>, Problem> {
    let Some(key) = parts.headers.get("idempotency-key") else { return Ok(None) };
    if parts.method != Method::POST {
        return Ok(None);
    }
    let text = key.to_str().ok().filter(|k| !k.is_empty() && k.len() <= MOST_KEY && !k.contains('\t'));
    let Some(text) = text else {
        let detail = format!("Idempotency-Key must have 1 to {MOST_KEY} printable ASCII characters");
        return Err(Problem::new(StatusCode::BAD_REQUEST, "bad_idempotency_key", detail));
    };
    let mut hash = Sha256::new();
    hash.update(parts.method.as_str());
    hash.update([0]);
    hash.update(parts.uri.path_and_query().map_or("", |p| p.as_str()));
    hash.update([0]);
    body(&mut hash);
    Ok(Some(IdempotencyKey { key: text.to_owned(), request_hash: hash.finalize().to_vec() }))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // Serde would take a list for an object, field by field.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(match serde_json::from_slice::<serde::de::IgnoredAny>(bytes) {
            Ok(_) => Problem::field("", "expected a JSON object"),
            Err(error) => malformed(&error),
        });
    }
    serde_json::from_slice(bytes).map_err(|error| fault(bytes, &error, again::<T>))
}

/// Parses once more, slower, to learn where the fault is.
fn again<T: DeserializeOwned>(bytes: &[u8]) -> Option<String> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let error = serde_path_to_error::deserialize::<_, T>(&mut json).err()?;
    Some(error.path().to_string()).filter(|path| path != ".")
}

fn fault(bytes: &[u8], error: &serde_json::Error, path: fn(&[u8]) -> Option<String>) -> Problem {
    if !error.is_data() {
        return malformed(error);
    }
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    Problem::invalid(vec![field_error(text, path(bytes).unwrap_or_default())])
}

fn malformed(error: &serde_json::Error) -> Problem {
    let detail = format!("not JSON at line {}, column {}", error.line(), error.column());
    Problem::new(StatusCode::BAD_REQUEST, "malformed_json", detail)
}

/// What serde expected, in words for people.
fn expected(what: &str) -> &str {
    match what {
        "f32" | "f64" => "a number",
        "i64" | "i32" | "u64" | "u32" | "usize" => "a whole number",
        "a boolean" => "true or false",
        other => other,
    }
}

/// What serde says, without the value it says it of: values may be somebody's phone.
pub(crate) fn field_error(text: &str, path: String) -> FieldError {
    let quoted = || text.split('`').nth(1).unwrap_or_default().chars().take(100).collect::<String>();
    let join = |name: String| match path.is_empty() {
        true => name,
        false if path == name || path.ends_with(&format!(".{name}")) => path.clone(),
        false => format!("{path}.{name}"),
    };
    if text.starts_with("unknown field") {
        let known = text.split_once(", ").map_or("is not known", |(_, known)| known);
        return FieldError {
            field: join(quoted()),
            code: "unknown_field",
            message: format!("is not known; {known}"),
        };
    }
    if text.starts_with("missing field") {
        return FieldError { field: join(quoted()), code: "required", message: "is missing".to_owned() };
    }
    if text.starts_with("duplicate field") {
        return FieldError { field: join(quoted()), code: "invalid", message: "is there twice".to_owned() };
    }
    let typed = text.starts_with("invalid type")
        || text.starts_with("invalid value")
        || text.starts_with("invalid length");
    let message = match text.rsplit_once(", expected ") {
        Some((_, what)) if typed => format!("expected {}", expected(what)),
        _ if text.starts_with("unknown ") => text.split_once(" (known").map_or_else(
            || "is not one of the known words".to_owned(),
            |(_, known)| format!("is not known (known{known}"),
        ),
        _ if text.starts_with("invalid digit") || text.contains("number too ") => {
            "must be a whole number".to_owned()
        }
        _ if text.contains("`true` or `false`") => "must be true or false".to_owned(),
        _ if text.starts_with("expected ") || text.starts_with("not a valid id") => text.to_owned(),
        _ => "cannot be understood".to_owned(),
    };
    FieldError { field: path, code: "invalid", message }
}
