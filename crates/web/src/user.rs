//! Users: listed, added, changed.

use crate::agent::{PageQuery, email_address, plain};
use crate::answer::{self, Answer};
use crate::app::App;
use crate::body::Json;
use crate::keyed;
use crate::page;
use crate::params::{Query, Seg};
use crate::problem::or_missing;
use crate::rights::{Admin, Who};
use crate::schema::{self, Problems};
use axum::extract::State;
use axum::http::StatusCode;
use engine::Refusal;
use engine::user::{CreateUser, UpdateUser};
use model::{Micros, Role, UserId};
use serde::{Deserialize, Serialize};
use store::user::User;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(fetch, patch, remove))
}

/// A person who signs in, or a program that calls.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
struct UserJson {
    #[schema(value_type = String)]
    id: UserId,
    email: String,
    name: String,
    #[schema(value_type = schema::RoleWord)]
    role: Role,
    active: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Micros,
}

impl From<&User> for UserJson {
    fn from(u: &User) -> Self {
        Self {
            id: u.id,
            email: u.email.clone(),
            name: u.name.clone(),
            role: u.role,
            active: u.active,
            created_at: Micros(u.created_at),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewUser {
    email: String,
    name: Option<String>,
    #[schema(value_type = schema::RoleWord)]
    role: Role,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UserChanges {
    name: Option<String>,
    #[schema(value_type = Option<schema::RoleWord>)]
    role: Option<Role>,
    /// Deactivated users and their tokens are refused.
    active: Option<bool>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
struct UserList {
    items: Vec<UserJson>,
    next_cursor: Option<String>,
}

/// Users, oldest first.
#[utoipa::path(get, path = "/api/v1/users", tag = "users", operation_id = "user_list", params(PageQuery),
    responses((status = 200, description = "A page", body = UserList), Problems))]
async fn list(State(app): State<App>, who: Who<Admin>, Query(query): Query<PageQuery>) -> Answer {
    let limit = page::limit(query.limit)?;
    let after = page::id(query.cursor.as_deref())?.map(UserId);
    let rows = store::user::user_list(app.reader(), who.org(), after, limit + 1).await?;
    answer::ok(&page::page(rows, limit, |u| u.id.0.simple().to_string(), |u| UserJson::from(&u)))
}

fn created(outcome: &Result<User, Refusal>) -> (u16, String) {
    answer::rendered(StatusCode::CREATED, outcome, UserJson::from)
}

fn changed(outcome: &Result<User, Refusal>) -> (u16, String) {
    answer::rendered(StatusCode::OK, outcome, UserJson::from)
}

/// Adds a user.
#[utoipa::path(post, path = "/api/v1/users", tag = "users", operation_id = "user_create",
    request_body = NewUser, responses((status = 201, description = "Added", body = UserJson), Problems))]
async fn create(State(app): State<App>, who: Who<Admin>, body: Json<NewUser>) -> Answer {
    let NewUser { email, name, role } = body.value;
    let email = email_address("email", &email)?;
    let name = plain("name", name.unwrap_or_else(|| email.clone()), 200)?;
    keyed::run(&app, &who.by(), CreateUser { email, name, role, password_hash: None }, body.key, created)
        .await
}

/// One user.
#[utoipa::path(get, path = "/api/v1/users/{id}", tag = "users", operation_id = "user_fetch",
    params(("id" = String, Path)), responses((status = 200, description = "The user", body = UserJson), Problems))]
async fn fetch(State(app): State<App>, who: Who<Admin>, Seg(id): Seg<UserId>) -> Answer {
    let user = or_missing(store::user::user_fetch(app.reader(), who.org(), id).await, "user")?;
    answer::ok(&UserJson::from(&user))
}

/// Changes a user; what is not given stays.
#[utoipa::path(patch, path = "/api/v1/users/{id}", tag = "users", operation_id = "user_patch",
    params(("id" = String, Path)), request_body = UserChanges,
    responses((status = 200, description = "The user", body = UserJson), Problems))]
async fn patch(
    State(app): State<App>,
    who: Who<Admin>,
    Seg(user): Seg<UserId>,
    body: Json<UserChanges>,
) -> Answer {
    let UserChanges { name, role, active } = body.value;
    let name = name.map(|name| plain("name", name, 200)).transpose()?;
    keyed::run(&app, &who.by(), UpdateUser { user, name, role, active }, None, changed).await
}

/// Deactivates a user: history names users, so they are never removed.
#[utoipa::path(delete, path = "/api/v1/users/{id}", tag = "users", operation_id = "user_deactivate",
    params(("id" = String, Path)), responses((status = 204, description = "Deactivated"), Problems))]
async fn remove(State(app): State<App>, who: Who<Admin>, Seg(user): Seg<UserId>) -> Answer {
    let command = UpdateUser { user, name: None, role: None, active: Some(false) };
    app.engine().run(&who.by(), command).await?;
    Ok(answer::no_content())
}
