//! What a page answers when it cannot be shown: the sign-in page, or a sentence of what happened and what to do.

use crate::console::frame;
use crate::console::ui;
use crate::problem::Problem;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::{Failure, Refusal};
use maud::html;

/// An error of a page.
#[derive(Debug)]
pub(crate) struct Oops {
    problem: Problem,
    /// Where the visitor wanted to go, for after the sign-in.
    wanted: Option<String>,
}

impl Oops {
    pub(crate) fn wanting(problem: Problem, wanted: &str) -> Self {
        Self { problem, wanted: Some(wanted.to_owned()) }
    }

    /// Nothing is here, or nothing for this visitor.
    pub(crate) fn missing(what: &str) -> Self {
        Problem::not_found(what).into()
    }
}

impl From<Problem> for Oops {
    fn from(problem: Problem) -> Self {
        Self { problem, wanted: None }
    }
}

impl From<store::Error> for Oops {
    fn from(error: store::Error) -> Self {
        Problem::from(error).into()
    }
}

impl From<Failure> for Oops {
    fn from(failure: Failure) -> Self {
        Problem::from(failure).into()
    }
}

impl From<Refusal> for Oops {
    fn from(refusal: Refusal) -> Self {
        Problem::from(refusal).into()
    }
}

/// Heading and advice for a status.
fn words(status: StatusCode) -> (&'static str, &'static str) {
    match status.as_u16() {
        403 => ("This page is not for your role", "Ask an admin of your organisation if you need it."),
        404 => ("Nothing is here", "It was removed, or it belongs to somebody else. Nothing was changed."),
        409 => ("That cannot be done as things stand", "Go back, look at the newest state, and try again."),
        413 => ("That is too large", "Nothing was stored."),
        429 => ("Too many attempts", "Wait a little, then try again."),
        503 => ("The server is busy", "Nothing was changed. Try again in a few seconds."),
        400..=499 => ("That was not understood", "Nothing was changed. Go back and correct it."),
        _ => ("Something went wrong on our side", "It has been logged. Nothing was changed; try again."),
    }
}

impl IntoResponse for Oops {
    fn into_response(self) -> Response {
        let status = self.problem.status;
        if status == StatusCode::UNAUTHORIZED {
            return to_sign_in(self.wanted.as_deref());
        }
        let (heading, advice) = words(status);
        let body = html! {
            h1 { (heading) }
            p.lead-text { (ui::sentence(&self.problem.detail)) }
            p.muted { (advice) }
            p { a.button href="/" { "Go to the start page" } }
        };
        (status, frame::bare(heading, &body)).into_response()
    }
}

fn to_sign_in(wanted: Option<&str>) -> Response {
    let mut to = "/sign-in".to_owned();
    if let Some(wanted) = wanted.filter(|w| w.len() < 500 && *w != "/") {
        to.push_str("?next=");
        to.extend(form_urlencoded::byte_serialize(wanted.as_bytes()));
    }
    let mut response = StatusCode::SEE_OTHER.into_response();
    let to = HeaderValue::from_str(&to).unwrap_or(HeaderValue::from_static("/sign-in"));
    response.headers_mut().insert(header::LOCATION, to);
    response
}
