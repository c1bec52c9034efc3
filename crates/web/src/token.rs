//! API tokens: listed, made (the secret is told once), revoked.

use crate::agent::{PageQuery, plain};
use crate::answer::{self, Answer};
use crate::app::App;
use crate::body::Json;
use crate::keyed;
use crate::page;
use crate::params::{Query, Seg};
use crate::rights::{Admin, Who};
use crate::schema::Problems;
use axum::extract::State;
use axum::http::StatusCode;
use engine::user::{CreateToken, RevokeToken, new_secret};
use engine::{Refusal, Reply};
use model::{Micros, TokenId, UserId};
use serde::{Deserialize, Serialize};
use store::user::Token;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

/// A token without its secret.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = Token)]
struct TokenJson {
    #[schema(value_type = String)]
    id: TokenId,
    #[schema(value_type = String)]
    user_id: UserId,
    name: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Micros,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Micros>,
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Micros>,
    /// Only in the first answer to its creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl From<&Token> for TokenJson {
    fn from(t: &Token) -> Self {
        Self {
            id: t.id,
            user_id: t.user_id,
            name: t.name.clone(),
            created_at: Micros(t.created_at),
            last_used_at: t.last_used_at.map(Micros),
            revoked_at: t.revoked_at.map(Micros),
            token: None,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewToken {
    /// Whose rights it has; the caller's own without.
    #[schema(value_type = Option<String>)]
    user_id: Option<UserId>,
    name: String,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
struct TokenList {
    items: Vec<TokenJson>,
    next_cursor: Option<String>,
}

/// Tokens, oldest first.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "tokens", operation_id = "token_list", params(PageQuery),
    responses((status = 200, description = "A page", body = TokenList), Problems))]
async fn list(State(app): State<App>, who: Who<Admin>, Query(query): Query<PageQuery>) -> Answer {
    let limit = page::limit(query.limit)?;
    let after = page::id(query.cursor.as_deref())?.map(TokenId);
    let rows = store::user::token_list(app.reader(), who.org(), after, limit + 1).await?;
    answer::ok(&page::page(rows, limit, |t| t.id.0.simple().to_string(), |t| TokenJson::from(&t)))
}

fn created(outcome: &Result<Token, Refusal>) -> (u16, String) {
    answer::rendered(StatusCode::CREATED, outcome, TokenJson::from)
}

/// Makes a token. Its secret is in this answer and nowhere else, not even in a repetition under the same
/// Idempotency-Key.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "tokens", operation_id = "token_create",
    request_body = NewToken, responses((status = 201, description = "Made", body = TokenJson), Problems))]
async fn create(State(app): State<App>, who: Who<Admin>, body: Json<NewToken>) -> Answer {
    let user = body.value.user_id.unwrap_or(who.caller.user);
    let (name, secret) = (plain("name", body.value.name, 200)?, new_secret());
    let command = CreateToken { user, name, secret: secret.clone() };
    let reply = app.engine().run_keyed(&who.by(), command, body.key, created).await?;
    // What is stored under the key holds no secret; the first answer does.
    let fresh = match &reply {
        Reply::Fresh(token) => Some(TokenJson::from(token)),
        Reply::Stored { status: 201, body, replayed: false } => serde_json::from_str(body).ok(),
        Reply::Stored { .. } => None,
    };
    match fresh {
        Some(token) => answer::json(StatusCode::CREATED, &TokenJson { token: Some(secret), ..token }),
        None => keyed::respond(reply, created),
    }
}

/// Makes a token useless at once.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "tokens", operation_id = "token_revoke",
    params(("id" = String, Path)), responses((status = 204, description = "Revoked"), Problems))]
async fn revoke(State(app): State<App>, who: Who<Admin>, Seg(id): Seg<TokenId>) -> Answer {
    app.engine().run(&who.by(), RevokeToken(id)).await?;
    Ok(answer::no_content())
}
