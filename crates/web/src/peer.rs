//! From where a request comes: the connection's address, and what the browser says of itself.

use crate::app::App;
use crate::cookie;
use crate::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Request, header};
use engine::access::Client;
use std::net::IpAddr;
use std::task::{Context, Poll};
use tower::Service;

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
struct Peer(IpAddr);

/// Tells requests the address they come from. Those with a token are not asked where from.
#[derive(Clone)]
pub(crate) struct FromPeer<S> {
    inner: S,
    peer: Peer,
}

impl<S> FromPeer<S> {
    pub(crate) fn new(inner: S, address: IpAddr) -> Self {
        Self { inner, peer: Peer(address) }
    }
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for FromPeer<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        // Also with an `Authorization`: the doors do not look at it, and it must not hide who knocks.
        request.extensions_mut().insert(self.peer);
        self.inner.call(request)
    }
}

/// Somebody at the door, who may have a session already.
pub(crate) struct Guest {
    pub(crate) client: Client,
    /// The hash of the secret in its cookie.
    pub(crate) replaces: Option<[u8; 32]>,
}

impl FromRequestParts<App> for Guest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let peer = parts.extensions.get::<Peer>().map(|peer| peer.0);
        let forwarded = app.options().behind_proxy.then(|| forwarded(&parts.headers)).flatten();
        let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        let client = Client { agent: agent.unwrap_or_default().to_owned(), address: forwarded.or(peer) };
        let replaces = cookie::secret(&parts.headers, app.options()).map(engine::user::secret_hash);
        Ok(Self { client, replaces })
    }
}

/// The address the proxy in front of us saw: the last one; those before it are what the client claims.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let line = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    let last = line.rsplit(',').next()?.trim();
    let bare = last.strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or(last);
    bare.parse().ok()
}
