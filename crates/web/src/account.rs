//! One's own account: who one is, name and password; and what helps who cannot sign in.

use crate::agent::plain;
use crate::answer::{self, Answer};
use crate::app::App;
use crate::body::Json;
use crate::cookie;
use crate::peer::Guest;
use crate::problem::Problem;
use crate::rights::{Own, Who};
use crate::schema::{self, Problems};
use crate::session::{current, with_cookie};
use axum::extract::State;
use axum::http::StatusCode;
use engine::access::account::{NewPassword, Rename};
use engine::access::session::memberships;
use model::{AgentId, OrgId, Purpose, Role, SessionId, UserId};
use serde::{Deserialize, Serialize};
use store::session::{Session, session_fetch};
use store::user::user_fetch;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(fetch, patch))
        .routes(routes!(password))
        .routes(routes!(sign_in_link))
        .routes(routes!(password_reset))
}

/// Who somebody is.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
pub(crate) struct AccountJson {
    #[schema(value_type = String)]
    user_id: UserId,
    email: String,
    name: String,
    #[schema(value_type = schema::RoleWord)]
    role: Role,
    /// Whether it may sign in with a password.
    has_password: bool,
    /// The agent the user is.
    #[schema(value_type = Option<String>)]
    agent_id: Option<AgentId>,
    /// Short name of the organisation.
    organization: String,
    organization_name: String,
    /// The session, if the request came in one.
    #[schema(value_type = Option<String>)]
    session_id: Option<SessionId>,
    /// Where the session may be switched to, the present one among them.
    organizations: Vec<Belongs>,
}

/// An organisation somebody belongs to.
#[derive(Serialize, ToSchema)]
#[schema(as = Membership)]
struct Belongs {
    organization: String,
    name: String,
    current: bool,
}

impl AccountJson {
    pub(crate) async fn of_session(app: &App, session: &Session) -> Result<Self, Problem> {
        Self::new(app, session.org, session.user_id, Some(session)).await
    }

    async fn new(app: &App, org: OrgId, user: UserId, session: Option<&Session>) -> Result<Self, Problem> {
        let user = user_fetch(app.reader(), org, user).await?;
        let organization = store::organization::organization_fetch(app.reader(), org).await?;
        let agent = match store::agent::agent_of_user(app.reader(), org, user.id).await? {
            Some(no) => store::agent::agent_list_no(app.reader(), org, &[no]).await?.pop(),
            None => None,
        };
        let members = match session {
            Some(session) => memberships(app.reader(), session).await?,
            None => Vec::new(),
        };
        let organizations = members
            .into_iter()
            .map(|m| Belongs { organization: m.slug, name: m.organization, current: m.org == org })
            .collect();
        Ok(Self {
            user_id: user.id,
            email: user.email,
            name: user.name,
            role: user.role,
            has_password: user.password_hash.is_some(),
            agent_id: agent.map(|agent| agent.id),
            organization: organization.slug,
            organization_name: organization.name,
            session_id: session.map(|session| session.id),
            organizations,
        })
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccountChanges {
    name: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordChange {
    /// Not asked of who has none yet.
    current_password: Option<String>,
    /// At least 8 characters.
    password: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Address {
    email: String,
}

async fn account(app: &App, who: &Who<Own>) -> Answer {
    let (org, user) = (who.org(), who.caller.user);
    let session = match current(who) {
        Some(id) => session_fetch(app.reader(), org, user, id).await.ok(),
        None => None,
    };
    answer::ok(&AccountJson::new(app, org, user, session.as_ref()).await?)
}

/// Who the caller is.
#[utoipa::path(get, path = "/api/v1/account", tag = "account", operation_id = "account_fetch",
    responses((status = 200, description = "The caller", body = AccountJson), Problems))]
async fn fetch(State(app): State<App>, who: Who<Own>) -> Answer {
    account(&app, &who).await
}

/// Changes the caller's own name.
#[utoipa::path(patch, path = "/api/v1/account", tag = "account", operation_id = "account_patch",
    request_body = AccountChanges, responses((status = 200, description = "The caller", body = AccountJson), Problems))]
async fn patch(State(app): State<App>, who: Who<Own>, body: Json<AccountChanges>) -> Answer {
    if let Some(name) = body.value.name {
        let name = plain("name", name, 200)?;
        app.engine().run(&who.by(), Rename { user: who.caller.user, name }).await?;
    }
    account(&app, &who).await
}

/// Changes the caller's own password: every session ends, and the one this came in goes on under a new cookie.
#[utoipa::path(post, path = "/api/v1/account/password", tag = "account", operation_id = "account_password",
    request_body = PasswordChange, responses((status = 204, description = "Changed"), Problems))]
async fn password(State(app): State<App>, who: Who<Own>, guest: Guest, body: Json<PasswordChange>) -> Answer {
    let PasswordChange { current_password, password } = body.value;
    let wish = NewPassword {
        user: who.caller.user,
        current: current_password,
        new: password,
        session: current(&who),
        client: guest.client,
    };
    match app.engine().change_password(&who.by(), wish).await? {
        Some(opened) => with_cookie(answer::no_content(), cookie::set(app.options(), &opened)),
        None => Ok(answer::no_content()),
    }
}

/// Mails a link in the background: neither the answer nor its time tells whether there is such a user.
pub(crate) fn mail_link(app: &App, guest: &Guest, purpose: Purpose, email: String) -> Result<(), Problem> {
    app.engine().may_ask_for_mail(guest.client.address)?;
    let engine = app.engine().clone();
    app.background(async move {
        if let Err(error) = engine.mail_link(purpose, &email).await {
            tracing::warn!(%error, "a mail with a link could not be queued");
        }
    });
    Ok(())
}

fn asked() -> Answer {
    let detail = "if there is such a user, a mail is on its way";
    answer::json(StatusCode::ACCEPTED, &serde_json::json!({"detail": detail}))
}

/// Mails a link that signs in once, within 15 minutes. The answer is the same whether the address is known.
#[utoipa::path(post, path = "/api/v1/sign-in-links", tag = "account", operation_id = "sign_in_link", security(()),
    request_body = Address, responses((status = 202, description = "Perhaps a mail is on its way"), Problems))]
async fn sign_in_link(State(app): State<App>, guest: Guest, body: Json<Address>) -> Answer {
    mail_link(&app, &guest, Purpose::SignIn, body.value.email)?;
    asked()
}

/// Mails a link to choose a new password, for 15 minutes. The answer is the same whether the address is known.
#[utoipa::path(post, path = "/api/v1/password-resets", tag = "account", operation_id = "password_reset",
    security(()), request_body = Address,
    responses((status = 202, description = "Perhaps a mail is on its way"), Problems))]
async fn password_reset(State(app): State<App>, guest: Guest, body: Json<Address>) -> Answer {
    mail_link(&app, &guest, Purpose::Reset, body.value.email)?;
    asked()
}
