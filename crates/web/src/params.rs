//! Path segments and query strings, with every fault as a problem.

use crate::body::field_error;
use crate::problem::Problem;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use std::str::FromStr;

/// The first path segment that varies. One that is no such id names nothing: 404.
pub(crate) struct Seg<T>(pub(crate) T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for Seg<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let parse = |text: &str| if text.contains('\0') { None } else { text.parse().ok() };
        let value = params.ok().and_then(|params| params.iter().next().and_then(|(_, v)| parse(v)));
        value.map(Self).ok_or_else(|| Problem::not_found("thing"))
    }
}

/// The first two path segments that vary.
pub(crate) struct Segs<A, B>(pub(crate) A, pub(crate) B);

impl<A: FromStr, B: FromStr, S: Send + Sync> FromRequestParts<S> for Segs<A, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let both = params.ok().and_then(|params| {
            let mut values = params.iter().map(|(_, value)| value);
            Some(Self(values.next()?.parse().ok()?, values.next()?.parse().ok()?))
        });
        both.ok_or_else(|| Problem::not_found("thing"))
    }
}

/// The query string.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let text = parts.uri.query().unwrap_or_default();
        // No database holds this character.
        if form_urlencoded::parse(text.as_bytes()).any(|(_, value)| value.contains('\0')) {
            return Err(Problem::field("", "the query holds a NUL character"));
        }
        let query = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
        serde_path_to_error::deserialize(query).map(Self).map_err(|error| {
            let path = Some(error.path().to_string()).filter(|path| path != ".");
            let text = error.inner().to_string();
            Problem::invalid(vec![field_error(&text, path.unwrap_or_default())])
        })
    }
}
