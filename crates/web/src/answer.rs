//! Writing answers: JSON bodies, and the text that is stored under an idempotency key.

use crate::problem::{PROBLEM_JSON, Problem};
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use engine::Refusal;
use serde::Serialize;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What a handler answers.
pub(crate) type Answer = Result<Response, Problem>;

/// A JSON answer.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Answer {
    Ok(text(status, to_text(value)?))
}

/// 200 with JSON.
pub(crate) fn ok(value: &impl Serialize) -> Answer {
    json(StatusCode::OK, value)
}

/// 204.
pub(crate) fn no_content() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// JSON that is written already; from 400 on it is a problem.
pub(crate) fn text(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let kind = if status.as_u16() >= 400 { PROBLEM_JSON } else { JSON };
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// A value as JSON text.
pub(crate) fn to_text(value: &impl Serialize) -> Result<String, Problem> {
    let mut body = Vec::with_capacity(1024);
    serde_json::to_writer(&mut body, value).map_err(|e| Problem::internal(&e.to_string()))?;
    String::from_utf8(body).map_err(|e| Problem::internal(&e.to_string()))
}

/// Status and body of a command's outcome, as they are answered and stored.
pub(crate) fn rendered<'a, T, J: Serialize>(
    status: StatusCode,
    outcome: &'a Result<T, Refusal>,
    view: impl FnOnce(&'a T) -> J,
) -> (u16, String) {
    let problem = match outcome {
        Ok(output) => match to_text(&view(output)) {
            Ok(body) => return (status.as_u16(), body),
            Err(problem) => problem,
        },
        Err(refusal) => Problem::from(refusal.clone()),
    };
    (problem.status.as_u16(), problem.json())
}
