//! Sessions: signing in, seeing where one is signed in, signing out, switching the organisation.

use crate::account::AccountJson;
use crate::answer::{self, Answer};
use crate::app::App;
use crate::body::Json;
use crate::cookie;
use crate::params::Seg;
use crate::peer::Guest;
use crate::problem::Problem;
use crate::rights::{Own, Who};
use crate::schema::Problems;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use engine::Refusal;
use engine::access::session::{EndSession, Opened, SwitchOrganization, used_since};
use engine::access::sign_in::SignIn;
use model::{Micros, SessionId, SignInMethod};
use serde::{Deserialize, Serialize};
use store::session::Session;
use store::user::Credential;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(end)).routes(routes!(switch))
}

/// Somebody signed in with a browser.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
struct SessionJson {
    #[schema(value_type = String)]
    id: SessionId,
    /// The one this request came in.
    current: bool,
    /// `password` or `link`.
    #[schema(value_type = String)]
    method: SignInMethod,
    /// What the browser called itself.
    client: String,
    address: String,
    #[schema(value_type = String, format = DateTime)]
    signed_in_at: Micros,
    /// To the minute.
    #[schema(value_type = String, format = DateTime)]
    last_used_at: Micros,
    /// However much it is used.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Micros,
}

impl SessionJson {
    fn new(s: Session, current: Option<SessionId>) -> Self {
        Self {
            current: current == Some(s.id),
            id: s.id,
            method: s.method,
            client: s.client,
            address: s.address,
            signed_in_at: Micros(s.signed_in_at),
            last_used_at: Micros(s.last_used_at),
            expires_at: Micros(s.expires_at),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    email: String,
    password: String,
    /// The short name of an organisation, for who belongs to several; else the oldest that knows the password.
    organization: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SwitchTo {
    /// The short name.
    organization: String,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
struct SessionList {
    items: Vec<SessionJson>,
    next_cursor: Option<String>,
}

/// The caller's session, if it came in one.
pub(crate) fn current(who: &Who<Own>) -> Option<SessionId> {
    match who.caller.credential {
        Credential::Session(id) => Some(id),
        Credential::Token(_) => None,
    }
}

/// Adds the cookie of a session to an answer.
pub(crate) fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Answer {
    let cookie = cookie.ok_or_else(|| Problem::internal("a cookie could not be written"))?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Who somebody is, with the cookie of a session that was just opened.
async fn opened(app: &App, status: StatusCode, opened: &Opened) -> Answer {
    let account = AccountJson::of_session(app, &opened.session).await?;
    with_cookie(answer::json(status, &account)?, cookie::set(app.options(), opened))
}

/// Signs in: the answer sets the session's cookie. A wrong e-mail and a wrong password are answered alike.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "account", operation_id = "session_create", security(()),
    request_body = Credentials, responses((status = 201, description = "Signed in", body = AccountJson), Problems))]
async fn create(State(app): State<App>, guest: Guest, body: Json<Credentials>) -> Answer {
    let Credentials { email, password, organization } = body.value;
    let Guest { client, replaces } = guest;
    let wish = SignIn { email, password, organization, client, replaces };
    opened(&app, StatusCode::CREATED, &app.engine().sign_in(wish).await?).await
}

/// Where the caller's user is signed in, the latest first.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "account", operation_id = "session_list",
    responses((status = 200, description = "All", body = SessionList), Problems))]
async fn list(State(app): State<App>, who: Who<Own>) -> Answer {
    let now = app.engine().now();
    let (org, user) = (who.org(), who.caller.user);
    let sessions = store::session::session_list(app.reader(), org, user, now.0, used_since(now)).await?;
    let current = current(&who);
    let items: Vec<SessionJson> = sessions.into_iter().map(|s| SessionJson::new(s, current)).collect();
    answer::ok(&serde_json::json!({"items": items, "next_cursor": null}))
}

/// Ends a session of the caller's user; `current` signs out.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "account", operation_id = "session_end",
    params(("id" = String, Path, description = "Its id, or `current`")),
    responses((status = 204, description = "Ended"), Problems))]
async fn end(State(app): State<App>, who: Who<Own>, Seg(id): Seg<String>) -> Answer {
    let current = current(&who);
    let session = match id.as_str() {
        "current" => current.ok_or(Refusal::NoSession)?,
        id => id.parse().map_err(|_| Problem::not_found("session"))?,
    };
    app.engine().run(&who.by(), EndSession { user: who.caller.user, session }).await?;
    match current == Some(session) {
        true => with_cookie(answer::no_content(), cookie::clear(app.options())),
        false => Ok(answer::no_content()),
    }
}

/// Goes on in another organisation that the sign-in proved the caller to belong to. The session gets a new cookie.
#[utoipa::path(post, path = "/api/v1/sessions/current/organization", tag = "account",
    operation_id = "session_switch", request_body = SwitchTo,
    responses((status = 200, description = "Switched", body = AccountJson), Problems))]
async fn switch(State(app): State<App>, who: Who<Own>, body: Json<SwitchTo>) -> Answer {
    let session = current(&who).ok_or(Refusal::NoSession)?;
    let command = SwitchOrganization { user: who.caller.user, session, to: body.value.organization };
    opened(&app, StatusCode::OK, &app.engine().run(&who.by(), command).await?).await
}
