//! Tickets: for clients that can send neither header nor cookie when they open a socket.

use crate::answer::{self, Answer};
use crate::app::App;
use crate::rights::{Live, Who};
use crate::schema::Problems;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use engine::ticket::{CreateTicket, GOOD_FOR};
use engine::user::{new_secret, secret_hash};
use model::Micros;
use serde::Serialize;
use utoipa::ToSchema;

/// A secret that opens one socket: `/ws/leads/?ticket=…`.
#[derive(Serialize, ToSchema)]
struct WsTicket {
    ticket: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Micros,
    /// How long it is good, in seconds.
    expires_in: i64,
}

/// Makes a ticket that opens one socket within 30 seconds, with the caller's rights. It is told once: a repetition
/// makes another.
#[utoipa::path(post, path = "/api/v1/ws-tickets", tag = "live", operation_id = "ws_ticket_create",
    responses((status = 201, description = "Made", body = WsTicket), Problems))]
pub(super) async fn create(State(app): State<App>, who: Who<Live>, headers: HeaderMap) -> Answer {
    let ticket = new_secret();
    let credential = app.tokens().shown(&app, &headers)?;
    let command = CreateTicket { secret_hash: secret_hash(&ticket), credential };
    let expires_at = app.engine().run(&who.by(), command).await?;
    answer::json(StatusCode::CREATED, &WsTicket { ticket, expires_at, expires_in: GOOD_FOR })
}
