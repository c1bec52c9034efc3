//! From an HTTP request to a socket: who may, from where, and where it goes on.

use super::identity::Identity;
use super::inbound::Reader;
use super::session::Session;
use super::socket::Socket;
use super::view::{Channel, View};
use super::{Code, frame};
use crate::app::App;
use crate::params::Query;
use crate::problem::Problem;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use engine::By;
use engine::feed::Standing;
use engine::ticket::TakeTicket;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use model::OrgId;
use serde::Deserialize;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use utoipa_axum::router::OpenApiRouter;

pub(super) fn routes() -> OpenApiRouter<App> {
    let mut routes = OpenApiRouter::new();
    for path in ["/ws/leads", "/ws/leads/"] {
        routes = routes.route(path, get(leads));
    }
    for path in ["/ws/notifications", "/ws/notifications/"] {
        routes = routes.route(path, get(notifications));
    }
    routes
}

#[derive(Deserialize)]
struct Ask {
    since: Option<String>,
    ticket: Option<String>,
}

async fn leads(app: State<App>, ask: Query<Ask>, request: Request) -> Result<Response, Problem> {
    open(app.0, Channel::Leads, ask.0, request).await
}

async fn notifications(app: State<App>, ask: Query<Ask>, request: Request) -> Result<Response, Problem> {
    open(app.0, Channel::Notifications, ask.0, request).await
}

async fn open(app: App, channel: Channel, ask: Ask, mut request: Request) -> Result<Response, Problem> {
    let accept = accept(request.headers())?;
    let credential = credential(&app, request.headers(), ask.ticket.as_deref()).await?;
    let upgrade = request.extensions_mut().remove::<OnUpgrade>().ok_or_else(|| {
        Problem::new(StatusCode::UPGRADE_REQUIRED, "upgrade_required", "ask for a WebSocket")
    })?;
    let (identity, feed, standing) = identify(&app, credential).await?;
    let place = app.places().clone().try_acquire_owned().map_err(|_| Problem::full())?;
    let since = ask.since.map(|since| since.parse().unwrap_or(i64::MAX));
    let view = View::of(channel, &identity.caller);
    let arrival = Arrival { app, identity, feed, standing, view, since, place };
    tokio::spawn(async move {
        match upgrade.await {
            Ok(upgraded) => arrival.begin(upgraded).await,
            Err(error) => tracing::debug!(%error, "a client left before its socket was open"),
        }
    });
    let headers = [
        (header::CONNECTION, HeaderValue::from_static("upgrade")),
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers).into_response())
}

/// The answer to the client's key, if it asks for a socket at all.
fn accept(headers: &HeaderMap) -> Result<HeaderValue, Problem> {
    let names = |name, word: &str| {
        let value: &str = headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or("");
        value.split(',').any(|part| part.trim().eq_ignore_ascii_case(word))
    };
    if !names(header::CONNECTION, "upgrade") || !names(header::UPGRADE, "websocket") {
        return Err(Problem::new(StatusCode::UPGRADE_REQUIRED, "upgrade_required", "ask for a WebSocket"));
    }
    if !names(header::SEC_WEBSOCKET_VERSION, "13") {
        return Err(Problem::field("Sec-WebSocket-Version", "must be 13"));
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|key| key.len() == 24);
    let key = key.ok_or_else(|| Problem::field("Sec-WebSocket-Key", "must be 16 bytes in base 64"))?;
    HeaderValue::from_str(&derive_accept_key(key.as_bytes())).map_err(|e| Problem::internal(&e.to_string()))
}

/// The hash of what the client shows: a ticket, a token, or a session's cookie. A browser sends the cookie whoever
/// asks, so then the page must be one of ours.
async fn credential(app: &App, headers: &HeaderMap, ticket: Option<&str>) -> Result<[u8; 32], Problem> {
    if let Some(ticket) = ticket {
        let take = TakeTicket(engine::user::secret_hash(ticket));
        let taken = app.engine().run(&By::system(OrgId(0)), take).await?;
        return taken
            .ok_or_else(|| Problem::unauthorized("the ticket is not known, was used, or has run out"));
    }
    if !headers.contains_key(header::AUTHORIZATION) && is_cross_origin(app, headers) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "cross_origin",
            "another site may not open this socket",
        ));
    }
    app.tokens().shown(app, headers)
}

/// Whether the request was made by a page of another origin. A page always names its origin when it opens a socket.
fn is_cross_origin(app: &App, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    match text(header::ORIGIN) {
        None => headers.contains_key(header::COOKIE),
        Some(origin) if app.options().is_own(origin) => false,
        Some(origin) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            !host.zip(text(header::HOST)).is_some_and(|(origin, host)| origin.eq_ignore_ascii_case(host))
        }
    }
}

/// Who that is now, and where its organisation stands. Standing first: rights that change in between are looked up
/// again before anything is sent.
async fn identify(
    app: &App,
    credential: [u8; 32],
) -> Result<(Identity, watch::Receiver<Standing>, Standing), Problem> {
    let gone = || Problem::unauthorized("the token is not known, was revoked, or its user is deactivated");
    let seen = Identity::find(app, credential).await?.ok_or_else(gone)?;
    let feed = app.engine().feed().listen(app.engine(), seen.caller.org).await?;
    let standing = *feed.borrow();
    let identity = Identity::find(app, credential).await?.ok_or_else(gone)?;
    if identity.caller.org != seen.caller.org {
        return Err(gone());
    }
    Ok((identity, feed, standing))
}

/// A client that was let in.
struct Arrival {
    app: App,
    identity: Identity,
    feed: watch::Receiver<Standing>,
    standing: Standing,
    view: View,
    since: Option<i64>,
    /// Its place among the connections.
    place: OwnedSemaphorePermit,
}

impl Arrival {
    async fn begin(self, upgraded: hyper::upgrade::Upgraded) {
        let Ok(parts) = upgraded.downcast::<TokioIo<TcpStream>>() else {
            return tracing::error!("a socket is on no TCP connection of ours");
        };
        let mut reader = Reader::default();
        reader.feed(&parts.read_buf);
        let stream = parts.io.into_inner();
        let Self { app, identity, feed, standing, view, since, place } = self;
        let org = identity.caller.org;
        // A cursor of the future is none of ours.
        let known = since.filter(|since| (0..=standing.cursor).contains(since));
        let cursor = known.unwrap_or(standing.cursor);
        let socket = Arc::new(Socket::new(stream, view, identity, cursor));
        socket.send(frame::hello(cursor, app.hub().options.heartbeat.as_secs()));
        if since.is_some() && known.is_none() {
            socket.reset(cursor);
        }
        let Some(room) = app.hub().enter(&app, org, feed, &socket) else {
            return socket.close(Code::Restart);
        };
        Session { app, room, socket, access: standing.access, reader }.run().await;
        drop(place);
    }
}
