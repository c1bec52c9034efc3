//! Users: who may come in, and as what.

use super::{general, page, status};
use crate::agent::{email_address, plain};
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
use engine::user::{CreateUser, UpdateUser};
use maud::{Markup, html};
use model::{Role, UserId};
use store::user::User;

const PATH: &str = "/settings/users";
const PAGE: i64 = 50;
const ROLES: &[(&str, &str)] =
    &[("admin", "Admin"), ("manager", "Manager"), ("agent", "Agent"), ("provider", "Provider")];

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(show).post(add)).route("/settings/users/{id}", post(change))
}

async fn show(State(app): State<App>, visit: Visit<Admin>, Asked(query): Asked) -> Result<Response, Oops> {
    whole(&app, &visit, &Filled::fresh(&[("role", "agent")]), query.given("cursor")).await
}

async fn whole(
    app: &App,
    visit: &Visit<Admin>,
    filled: &Filled,
    cursor: Option<&str>,
) -> Result<Response, Oops> {
    let after = pages::id(cursor)?.map(UserId);
    let mut users = store::user::user_list(app.reader(), visit.org(), after, PAGE + 1).await?;
    let more = users.len() as i64 > PAGE;
    users.truncate(PAGE as usize);
    let next = users.last().filter(|_| more).map(|u| format!("{PATH}?cursor={}", u.id.0.simple()));
    let foot = Pages { told: String::new(), first: cursor.map(|_| PATH.to_owned()), next };
    let columns = [
        Column::text("Person"),
        Column::text("Role"),
        Column::text("State"),
        Column::text("Since"),
        Column::text(""),
    ];
    let rows = html! { @for user in &users { (row(visit, user)) } };
    let body = html! {
        (ui::card("Add a user", &ui::NONE, &html! {
            form.stacked method="post" action=(PATH) {
                (general(filled))
                div.fields {
                    (ui::field(filled.field("email", "E-mail").kind("email").required()))
                    (ui::field(filled.field("name", "Name")))
                    (ui::select(filled.field("role", "Role"), ROLES))
                }
                p.hint { "An admin may do everything. A manager runs leads, agents and sources. An agent works its own leads; link it to an agent on the agent's page." }
                div.actions { (ui::submit(Tone::Primary, "Add user")) }
            }
        }))
        section #users.card data-live="settings_changed" { (ui::table("Users", &columns, &rows)) }
        @if foot.first.is_some() || foot.next.is_some() { (ui::pages(&foot)) }
    };
    Ok(page(visit, PATH, status(filled), &body))
}

fn row(visit: &Visit<Admin>, user: &User) -> Markup {
    let (path, myself) = (format!("{PATH}/{}", user.id), user.id == visit.who.caller.user);
    html! {
        tr data-key=(user.id) {
            td { strong.ellipsis { (user.name) @if myself { " (you)" } } span.muted.small.ellipsis { (user.email) } }
            td {
                form method="post" action=(path) {
                    label.visually-hidden for={ "r-" (user.id) } { "Role of " (user.name) }
                    select.small id={ "r-" (user.id) } name="role" data-send {
                        @for (value, name) in ROLES { option value=(value) selected[*value == user.role.as_str()] { (name) } }
                    }
                    noscript { (ui::submit(Tone::Quiet, "Change role")) }
                }
            }
            td { @if user.active { (ui::pill("good", Icon::Check, "Active")) } @else { (ui::pill("open", Icon::Pause, "Deactivated")) } }
            td.nowrap { (visit.clock().at(model::Micros(user.created_at))) }
            td { div.actions.end {
                @if !myself {
                    form method="post" action=(path) {
                        (ui::hidden("active", if user.active { "off" } else { "on" }))
                        (ui::submit(Tone::Quiet, if user.active { "Deactivate" } else { "Activate" }))
                    }
                }
            } }
        }
    }
}

async fn add(State(app): State<App>, visit: Visit<Admin>, fields: Fields) -> Result<Response, Oops> {
    match new_user(&app, &visit, &fields).await {
        Ok(user) => Ok(done(
            PATH,
            format!("{} was added. A sign-in link by e-mail, or one you make, lets them in.", user.name),
        )),
        Err(problem) => whole(&app, &visit, &Filled::wrong(fields, problem)?, None).await,
    }
}

async fn new_user(app: &App, visit: &Visit<Admin>, fields: &Fields) -> Result<User, Problem> {
    let email = email_address("email", fields.text("email"))?;
    let name = plain("name", fields.given("name").unwrap_or(&email).to_owned(), 200)?;
    let role: Role = fields.parsed("role")?.ok_or_else(|| Problem::field("role", "is required"))?;
    Ok(app.engine().run(&visit.by(), CreateUser { email, name, role, password_hash: None }).await?)
}

async fn change(
    State(app): State<App>,
    visit: Visit<Admin>,
    Seg(user): Seg<UserId>,
    fields: Fields,
) -> Result<Response, Oops> {
    let active = fields.given("active").map(|_| fields.on("active"));
    let command = UpdateUser { user, name: None, role: fields.parsed("role")?, active };
    match app.engine().run(&visit.by(), command).await {
        Ok(user) => Ok(done(
            PATH,
            match active {
                Some(false) => {
                    format!("{} cannot come in any more; tokens and sessions have ended.", user.name)
                }
                Some(true) => format!("{} may come in again.", user.name),
                None => format!("{} has the role {} now.", user.name, user.role),
            },
        )),
        Err(Failure::Refused(refusal)) => Ok(not_done(PATH, ui::sentence(&refusal.to_string()))),
        Err(failure) => Err(failure.into()),
    }
}
