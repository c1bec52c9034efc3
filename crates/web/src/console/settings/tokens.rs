//! API tokens: keys for programs. A secret is shown once, right after it was made.

use super::{general, page, status};
use crate::agent::plain;
use crate::app::App;
use crate::console::fields::{Asked, Fields, Filled};
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Column, Pages, Tone};
use crate::console::visit::{Visit, done, not_done};
use crate::page as pages;
use crate::params::Seg;
use crate::problem::Problem;
use crate::rights::Admin;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use engine::Failure;
use engine::user::{CreateToken, RevokeToken, new_secret};
use maud::{Markup, html};
use model::{Micros, TokenId, UserId};
use std::collections::HashMap;
use store::user::{Token, User};

const PATH: &str = "/settings/tokens";
const PAGE: i64 = 50;
/// Users offered as a token's owner.
const OWNERS: i64 = 200;

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(show).post(make)).route("/settings/tokens/{id}/revoke", post(revoke))
}

async fn show(State(app): State<App>, visit: Visit<Admin>, Asked(query): Asked) -> Result<Response, Oops> {
    let myself = visit.who.caller.user.to_string();
    whole(&app, &visit, &Filled::fresh(&[("user", &myself)]), None, query.given("cursor")).await
}

async fn whole(
    app: &App,
    visit: &Visit<Admin>,
    filled: &Filled,
    secret: Option<&str>,
    cursor: Option<&str>,
) -> Result<Response, Oops> {
    let after = pages::id(cursor)?.map(TokenId);
    let mut tokens = store::user::token_list(app.reader(), visit.org(), after, PAGE + 1).await?;
    let more = tokens.len() as i64 > PAGE;
    tokens.truncate(PAGE as usize);
    let next = tokens.last().filter(|_| more).map(|t| format!("{PATH}?cursor={}", t.id.0.simple()));
    let foot = Pages { told: String::new(), first: cursor.map(|_| PATH.to_owned()), next };
    let users = store::user::user_list(app.reader(), visit.org(), None, OWNERS).await?;
    let names: HashMap<UserId, &str> = users.iter().map(|u| (u.id, u.name.as_str())).collect();
    let columns = [
        Column::text("Token"),
        Column::text("Rights of"),
        Column::text("Made"),
        Column::text("Last used"),
        Column::text(""),
    ];
    let rows = html! { @for token in &tokens { (row(visit, token, names.get(&token.user_id).copied().unwrap_or("somebody"))) } };
    let body = html! {
        @if let Some(secret) = secret { (shown_once(secret)) }
        (ui::card("Make a token", &ui::NONE, &new_form(filled, &users)))
        section #tokens.card data-live="settings_changed" {
            @if tokens.is_empty() { (ui::empty(Icon::Key, "No tokens yet", "A token lets a program use the API with the rights of a user.", &ui::NONE)) }
            @else { (ui::table("Tokens", &columns, &rows)) }
        }
        @if foot.first.is_some() || foot.next.is_some() { (ui::pages(&foot)) }
    };
    Ok(page(visit, PATH, status(filled), &body))
}

fn shown_once(secret: &str) -> Markup {
    ui::note(
        "good",
        &html! {
            div.stack-y {
                p { strong { "The token was made. " } "Copy it now: it is stored hashed and cannot be shown again." }
                (ui::copy_field("Token", secret))
            }
        },
    )
}

fn new_form(filled: &Filled, users: &[User]) -> Markup {
    let ids: Vec<String> = users.iter().map(|u| u.id.to_string()).collect();
    let labels: Vec<String> = users.iter().map(|u| format!("{} ({})", u.name, u.role)).collect();
    let owners: Vec<(&str, &str)> =
        ids.iter().map(String::as_str).zip(labels.iter().map(String::as_str)).collect();
    html! {
        form.stacked method="post" action=(PATH) {
            (general(filled))
            div.fields {
                (ui::field(filled.field("name", "Name").required().hint("What the program is called: website form, CRM sync.")))
                (ui::select(filled.field("user", "With the rights of"), &owners))
            }
            div.actions { (ui::submit(Tone::Primary, "Make token")) }
        }
    }
}

fn row(visit: &Visit<Admin>, token: &Token, owner: &str) -> Markup {
    html! {
        tr data-key=(token.id) {
            td { strong.ellipsis { (token.name) } }
            td { span.ellipsis { (owner) } }
            td.nowrap { (visit.clock().at(Micros(token.created_at))) }
            td.nowrap { @match token.last_used_at { Some(at) => (visit.clock().ago(Micros(at))), None => span.muted { "never" } } }
            td { div.actions.end {
                @if token.revoked_at.is_some() { (ui::pill("final", Icon::Cross, "Revoked")) }
                @else { form method="post" action={ (PATH) "/" (token.id) "/revoke" } { (ui::submit(Tone::Danger, "Revoke")) } }
            } }
        }
    }
}

async fn make(State(app): State<App>, visit: Visit<Admin>, fields: Fields) -> Result<Response, Oops> {
    match new_token(&app, &visit, &fields).await {
        // No redirect: the secret must not be stored anywhere, not even in a cookie.
        Ok(secret) => whole(&app, &visit, &Filled::fresh(&[]), Some(&secret), None).await,
        Err(problem) => whole(&app, &visit, &Filled::wrong(fields, problem)?, None, None).await,
    }
}

async fn new_token(app: &App, visit: &Visit<Admin>, fields: &Fields) -> Result<String, Problem> {
    let name = plain("name", fields.text("name").to_owned(), 200)?;
    let user = fields.parsed("user")?.unwrap_or(visit.who.caller.user);
    let secret = new_secret();
    app.engine().run(&visit.by(), CreateToken { user, name, secret: secret.clone() }).await?;
    Ok(secret)
}

async fn revoke(
    State(app): State<App>,
    visit: Visit<Admin>,
    Seg(id): Seg<TokenId>,
) -> Result<Response, Oops> {
    match app.engine().run(&visit.by(), RevokeToken(id)).await {
        Ok(()) => Ok(done(PATH, "The token was revoked: it is refused from now on.")),
        Err(Failure::Refused(refusal)) => Ok(not_done(PATH, ui::sentence(&refusal.to_string()))),
        Err(failure) => Err(failure.into()),
    }
}
