//! The live feed over WebSocket: `/ws/leads/` and `/ws/notifications/`.
//!
//! A **room** an organisation: its pump reads the outbox once, writes each event into a frame once, and puts that on
//! every socket that may see it. A socket that is behind (it came back with a cursor, or reads slowly) is not in the
//! room: it reads the outbox itself, at its own speed, and joins when it has caught up. So nobody waits for it, and
//! nothing is sent twice or left out.

mod frame;
mod handshake;
mod hub;
mod identity;
mod inbound;
mod outbound;
mod pump;
mod room;
mod session;
mod socket;
mod ticket;
mod view;

pub(crate) use hub::Hub;

use crate::app::App;
use std::time::Duration;
use utoipa_axum::{router::OpenApiRouter, routes};

/// How sockets are kept.
#[derive(Debug, Clone, Copy)]
pub struct LiveOptions {
    /// How often a client is told how far the feed has come.
    pub heartbeat: Duration,
    /// How long what is sent may wait for a reader before its socket is closed.
    pub stall: Duration,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self { heartbeat: Duration::from_secs(20), stall: Duration::from_secs(10) }
    }
}

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(ticket::create)).merge(handshake::routes())
}

/// Why the server closes a socket, as the client reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// The client closed.
    Normal = 1000,
    /// Not the protocol.
    Protocol = 1002,
    /// Not text.
    NotText = 1003,
    /// Text that is none, or no message we know.
    BadText = 1007,
    /// More than a client has to say.
    TooBig = 1009,
    /// The server stops or restarts: come back.
    Restart = 1012,
    /// The token or session ended, or its user was deactivated.
    Ended = 4001,
    /// The user's rights changed: come back with the new ones.
    Changed = 4003,
    /// The client did not read.
    Stalled = 4008,
}
