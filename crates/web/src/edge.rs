//! What holds for every answer: figures, security headers, and a net under panics. One allocation a request.

use crate::app::{App, AppOptions};
use crate::origin::is_cross_site;
use crate::problem::Problem;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
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
        let (method, uri, headers) = (request.method(), request.uri(), request.headers());
        let refused = is_cross_site(method, uri, headers, app.options());
        let docs = uri.path().starts_with("/docs");
        let answer = self.inner.call(request);
        Box::pin(async move {
            app.metrics().began();
            let mut running = Running { app, since: Instant::now(), answered: false };
            if refused {
                // Dropped before it was polled: nothing has begun.
                drop(answer);
                running.answered = true;
                running.app.metrics().answered(403, running.since.elapsed());
                let detail = "another site made this request; it was not carried out";
                let mut response = Problem::new(StatusCode::FORBIDDEN, "cross_site", detail).into_response();
                secure(response.headers_mut(), docs, running.app.options());
                return Ok(response);
            }
            let mut response = match AssertUnwindSafe(answer).catch_unwind().await {
                Ok(Ok(response)) => response.into_response(),
                Ok(Err(never)) => match never {},
                Err(_) => {
                    running.app.metrics().panicked();
                    Problem::internal("a handler panicked").into_response()
                }
            };
            secure(response.headers_mut(), docs, running.app.options());
            running.answered = true;
            running.app.metrics().answered(response.status().as_u16(), running.since.elapsed());
            Ok(response)
        })
    }
}

/// What pages may load: only what we serve ourselves, and no code or style inside them.
const PAGES: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
/// The documentation's page is not ours: it carries styles and pictures inside.
const DOCS: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; font-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
);
const NOTHING_OF_THE_DEVICE: HeaderValue = HeaderValue::from_static(
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), bluetooth=(), display-capture=()",
);
const ONE_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");

fn secure(headers: &mut HeaderMap, docs: bool, options: &AppOptions) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Not `no-referrer`: browsers then send `Origin: null` with our own forms.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if options.on_tls() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, ONE_YEAR);
    }
    let page =
        headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if page {
        headers.insert(header::CONTENT_SECURITY_POLICY, if docs { DOCS } else { PAGES });
        headers.insert(HeaderName::from_static("permissions-policy"), NOTHING_OF_THE_DEVICE);
        headers.insert(
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        );
    }
}
