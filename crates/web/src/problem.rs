//! Errors as RFC 9457 problems: the one place where a failure becomes a status and a stable code.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::intake::FieldError;
use engine::{Failure, Refusal};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use std::sync::atomic::{AtomicI64, Ordering};

/// An answer that is not what was asked for.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
    pub(crate) errors: Vec<FieldError>,
    /// Seconds after which another try makes sense.
    pub(crate) retry_after: Option<i64>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), errors: Vec::new(), retry_after: None }
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("no such {what}"))
    }

    pub(crate) fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "your role does not allow this")
    }

    pub(crate) fn unauthorized(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
    }

    /// Fields that are wrong: 422.
    pub(crate) fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match &errors[..] {
            [one] if one.field.is_empty() => one.message.clone(),
            [one] => format!("{}: {}", one.field, one.message),
            many => format!("{} fields are wrong", many.len()),
        };
        let code = match &errors[..] {
            [one] if one.code == "unknown_field" => "unknown_field",
            _ => "invalid",
        };
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, code, detail, errors, retry_after: None }
    }

    /// One field that is wrong: 422.
    pub(crate) fn field(field: &str, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError { field: field.to_owned(), code: "invalid", message: message.into() }])
    }

    /// Our mistake: logged here, once, and told without its cause.
    pub(crate) fn internal(cause: &str) -> Self {
        tracing::error!(cause, "a request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the server failed; it has been logged")
    }

    fn busy(cause: &str) -> Self {
        log_busy(cause);
        let detail = "the server is busy or its database cannot be reached";
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail);
        Self { retry_after: Some(1), ..problem }
    }

    /// No place for one more connection.
    pub(crate) fn full() -> Self {
        Self::busy("every place for a connection is taken")
    }

    /// The body as text.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Overload is told once a second at most: a log that grows with the load makes it worse.
fn log_busy(cause: &str) {
    static LAST: AtomicI64 = AtomicI64::new(0);
    let now = jiff::Timestamp::now().as_second();
    if LAST.swap(now, Ordering::Relaxed) != now {
        tracing::warn!(cause, "requests are answered 503");
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut problem = serializer.serialize_struct("Problem", 6)?;
        problem.serialize_field("type", &format_args!("urn:fairlead:problem:{}", self.code))?;
        problem.serialize_field("title", self.status.canonical_reason().unwrap_or("Error"))?;
        problem.serialize_field("status", &self.status.as_u16())?;
        problem.serialize_field("detail", &self.detail)?;
        problem.serialize_field("code", self.code)?;
        if !self.errors.is_empty() {
            problem.serialize_field("errors", &self.errors)?;
        }
        problem.end()
    }
}

/// The content type of problems.
pub(crate) const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.json()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, PROBLEM_JSON);
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"fairlead\""));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (code, detail) = (refusal.code(), refusal.to_string());
        let status = match refusal {
            Refusal::NotFound(_) => StatusCode::NOT_FOUND,
            Refusal::UnknownSource(_) => {
                let error = FieldError { field: "source".to_owned(), code, message: detail };
                return Self { code, ..Self::invalid(vec![error]) };
            }
            Refusal::Invalid { field, message } => return Self::field(field, message),
            Refusal::KeyReused | Refusal::BadFile(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Refusal::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::WrongPassword => StatusCode::UNAUTHORIZED,
            Refusal::LinkSpent => StatusCode::GONE,
            Refusal::TooMany { seconds } => {
                let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, code, detail);
                return Self { retry_after: Some(seconds), ..problem };
            }
            Refusal::SourceInactive
            | Refusal::Taken(_)
            | Refusal::InUse(_)
            | Refusal::MoveNotAllowed { .. }
            | Refusal::NotAssigned
            | Refusal::Final(_)
            | Refusal::AlreadyTheirs
            | Refusal::AgentInactive
            | Refusal::LeadMoved
            | Refusal::NotConfigured
            | Refusal::EndpointOff
            | Refusal::EventGone
            | Refusal::ChangedMeanwhile(_)
            | Refusal::LastAdmin
            | Refusal::NoSession => StatusCode::CONFLICT,
        };
        Self::new(status, code, detail)
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal.into(),
            Failure::Busy(cause) => Self::busy(&cause),
            Failure::Internal(cause) => Self::internal(&cause),
        }
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound => Self::not_found("thing"),
            store::Error::Conflict(cause) | store::Error::Busy(cause) => Self::busy(&cause),
            store::Error::Corrupt(cause) => Self::internal(&cause),
        }
    }
}

/// Says what was not found.
pub(crate) fn or_missing<T>(result: store::Result<T>, what: &str) -> Result<T, Problem> {
    match result {
        Err(store::Error::NotFound) => Err(Problem::not_found(what)),
        other => Ok(other?),
    }
}
