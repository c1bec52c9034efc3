//! What holds for every answer: figures, security headers, and a net under panics. One allocation a request.

use crate::app::App;
use crate::problem::Problem;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;
use tower::{Layer, Service};

/// Puts the edge around a service.
#[derive(Clone)]
pub(crate) struct EdgeLayer(pub(crate) App);

impl<S> Layer<S> for EdgeLayer {
    type Service = Edge<S>;

    fn layer(&self, inner: S) -> Edge<S> {
        Edge { inner, app: self.0.clone() }
    }
}

#[derive(Clone)]
pub(crate) struct Edge<S> {
    inner: S,
    app: App,
}

/// Counts a request as running until its answer, or until its caller has gone away.
struct Running {
    app: App,
    since: Instant,
    answered: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.answered {
            self.app.metrics().abandoned();
        }
    }
}

impl<S> Service<Request> for Edge<S>
where
    S: Service<Request, Error = Infallible>,
    S::Response: IntoResponse,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let app = self.app.clone();
        let answer = self.inner.call(request);
        Box::pin(async move {
            app.metrics().began();
            let mut running = Running { app, since: Instant::now(), answered: false };
            let mut response = match AssertUnwindSafe(answer).catch_unwind().await {
                Ok(Ok(response)) => response.into_response(),
                Ok(Err(never)) => match never {},
                Err(_) => {
                    running.app.metrics().panicked();
                    Problem::internal("a handler panicked").into_response()
                }
            };
            secure(response.headers_mut());
            running.answered = true;
            running.app.metrics().answered(response.status().as_u16(), running.since.elapsed());
            Ok(response)
        })
    }
}

fn secure(headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
