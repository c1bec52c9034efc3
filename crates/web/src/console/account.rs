//! One's own account: name, password, where one is signed in, which organisation.

use crate::agent::plain;
use crate::app::App;
use crate::console::fields::Fields;
use crate::console::frame::Room;
use crate::console::oops::Oops;
use crate::console::ui::{self, Column, Field, Tone};
use crate::console::visit::{Visit, done, go};
use crate::cookie;
use crate::params::Seg;
use crate::peer::Guest;
use crate::problem::Problem;
use crate::rights::Own;
use crate::session::{current, with_cookie};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use engine::access::account::{NewPassword, Rename};
use engine::access::session::{EndOtherSessions, EndSession, SwitchOrganization, memberships, used_since};
use engine::{Failure, Refusal};
use maud::{Markup, html};
use model::{Micros, SessionId};
use store::session::{Session, session_list};
use store::user::{Member, User, user_fetch};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/account", get(page))
        .route("/account/name", post(rename))
        .route("/account/password", post(password))
        .route("/account/organization", post(switch))
        .route("/account/sessions/end-others", post(end_others))
        .route("/account/sessions/{id}/end", post(end))
}

/// A field that is not right yet.
struct Wrong {
    field: String,
    message: String,
}

async fn page(State(app): State<App>, visit: Visit<Own>) -> Result<Response, Oops> {
    show(&app, &visit, None).await
}

async fn show(app: &App, visit: &Visit<Own>, wrong: Option<&Wrong>) -> Result<Response, Oops> {
    let (org, me) = (visit.org(), visit.who.caller.user);
    let now = app.engine().now();
    let user = user_fetch(app.reader(), org, me).await?;
    let sessions = session_list(app.reader(), org, me, now.0, used_since(now)).await?;
    let here = current(&visit.who);
    let members = match sessions.iter().find(|s| Some(s.id) == here) {
        Some(session) => memberships(app.reader(), session).await?,
        None => Vec::new(),
    };
    let body = html! {
        (ui::heading("Account", &html! { (user.email) }, &ui::NONE))
        div.columns {
            (ui::card("You", &ui::NONE, &name_form(&user, wrong)))
            (ui::card("Password", &ui::NONE, &password_form(&user, wrong)))
        }
        @if members.len() > 1 { (ui::card("Organisation", &ui::NONE, &organizations(visit, &members))) }
        (ui::card("Where you are signed in", &end_all(&sessions), &list(visit, &sessions, here)))
    };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(visit.page_with(status, Room::Account, "Account", &body))
}

fn error<'a>(wrong: Option<&'a Wrong>, field: &str) -> Option<&'a str> {
    wrong.filter(|wrong| wrong.field == field).map(|wrong| wrong.message.as_str())
}

fn name_form(user: &User, wrong: Option<&Wrong>) -> Markup {
    let name = Field::text("name", "Name", &user.name).required().error(error(wrong, "name"));
    html! {
        form.stacked method="post" action="/account/name" {
            (ui::field(name.autocomplete("name")))
            div.actions { (ui::submit(Tone::Plain, "Save the name")) }
        }
    }
}

fn password_form(user: &User, wrong: Option<&Wrong>) -> Markup {
    let known = user.password_hash.is_some();
    let now = Field::text("current_password", "Present password", "").kind("password").required();
    let new = Field::text("password", "New password", "").kind("password").required();
    let new = new.hint("At least 8 characters. Everywhere else you are signed out.");
    html! {
        form.stacked method="post" action="/account/password" {
            // Password managers want to know whose it is.
            input type="text" name="username" value=(user.email) autocomplete="username" hidden readonly;
            @if known {
                (ui::field(now.error(error(wrong, "current_password")).autocomplete("current-password")))
            } @else {
                p.muted { "You have no password yet: you came by a link." }
            }
            (ui::field(new.error(error(wrong, "password")).autocomplete("new-password")))
            div.actions { (ui::submit(Tone::Plain, if known { "Change the password" } else { "Set a password" })) }
        }
    }
}

fn organizations(visit: &Visit<Own>, members: &[Member]) -> Markup {
    html! {
        p.muted { "You belong to these; switching needs no new sign-in." }
        div.actions {
            @for member in members {
                @if member.org == visit.org() {
                    span.muted aria-current="true" { strong { (member.organization) } " (here)" }
                } @else {
                    form method="post" action="/account/organization" data-plain {
                        (ui::hidden("organization", &member.slug))
                        (ui::submit(Tone::Plain, &format!("Switch to {}", member.organization)))
                    }
                }
            }
        }
    }
}

fn end_all(sessions: &[Session]) -> Markup {
    html! {
        @if sessions.len() > 1 {
            form method="post" action="/account/sessions/end-others" {
                (ui::submit(Tone::Danger, "Sign out everywhere else"))
            }
        }
    }
}

fn list(visit: &Visit<Own>, sessions: &[Session], here: Option<SessionId>) -> Markup {
    let columns = ["Browser", "Address", "Signed in", "Last used", ""].map(Column::text);
    let rows = html! {
        @for session in sessions {
            tr {
                td { (browser(&session.client)) @if here == Some(session.id) { " " strong { "this one" } } }
                td { (session.address) }
                td { (visit.clock().ago(Micros(session.signed_in_at))) }
                td { (visit.clock().ago(Micros(session.last_used_at))) }
                td {
                    @if here != Some(session.id) {
                        form method="post" action={ "/account/sessions/" (session.id) "/end" } {
                            (ui::submit(Tone::Quiet, "End this session"))
                        }
                    }
                }
            }
        }
    };
    if sessions.is_empty() {
        return html! { p.muted { "Nowhere: this request came with a token." } };
    }
    ui::table("Where you are signed in", &columns, &rows)
}

/// `Firefox on Linux`, as far as the browser says so.
fn browser(agent: &str) -> String {
    let of = |known: &[(&str, &'static str)]| {
        known.iter().find(|(part, _)| agent.contains(part)).map(|(_, name)| *name)
    };
    let browser = of(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = of(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        _ if agent.is_empty() => "Unknown".to_owned(),
        _ => agent.chars().take(60).collect(),
    }
}

async fn rename(State(app): State<App>, visit: Visit<Own>, typed: Fields) -> Result<Response, Oops> {
    let name = match plain("name", typed.text("name").to_owned(), 200) {
        Ok(name) => name,
        Err(problem) => return show(&app, &visit, Some(&wrong(problem)?)).await,
    };
    app.engine().run(&visit.by(), Rename { user: visit.who.caller.user, name }).await?;
    Ok(done("/account", "Your name is saved."))
}

/// The field a problem is about; a problem of another kind is one of the page.
fn wrong(mut problem: Problem) -> Result<Wrong, Oops> {
    match problem.errors.pop() {
        Some(error) => Ok(Wrong { field: error.field, message: error.message }),
        None => Err(problem.into()),
    }
}

async fn password(
    State(app): State<App>,
    visit: Visit<Own>,
    guest: Guest,
    typed: Fields,
) -> Result<Response, Oops> {
    let wish = NewPassword {
        user: visit.who.caller.user,
        current: Some(typed.exact("current_password").to_owned()),
        new: typed.exact("password").to_owned(),
        session: current(&visit.who),
        client: guest.client,
    };
    match app.engine().change_password(&visit.by(), wish).await {
        Ok(opened) => {
            let answer = done("/account", "Your password is changed; everywhere else you are signed out.");
            match opened {
                Some(opened) => Ok(with_cookie(answer, cookie::set(app.options(), &opened))?),
                None => Ok(answer),
            }
        }
        Err(Failure::Refused(refusal @ Refusal::Invalid { .. })) => {
            show(&app, &visit, Some(&wrong(refusal.into())?)).await
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn switch(State(app): State<App>, visit: Visit<Own>, typed: Fields) -> Result<Response, Oops> {
    let session = current(&visit.who).ok_or(Refusal::NoSession)?;
    let to = typed.text("organization").to_owned();
    let command = SwitchOrganization { user: visit.who.caller.user, session, to };
    let opened = app.engine().run(&visit.by(), command).await?;
    Ok(with_cookie(go("/"), cookie::set(app.options(), &opened))?)
}

async fn end(
    State(app): State<App>,
    visit: Visit<Own>,
    Seg(session): Seg<SessionId>,
) -> Result<Response, Oops> {
    app.engine().run(&visit.by(), EndSession { user: visit.who.caller.user, session }).await?;
    Ok(done("/account", "The session is ended."))
}

async fn end_others(State(app): State<App>, visit: Visit<Own>) -> Result<Response, Oops> {
    let session = current(&visit.who).ok_or(Refusal::NoSession)?;
    let command = EndOtherSessions { user: visit.who.caller.user, session };
    let ended = app.engine().run(&visit.by(), command).await?;
    Ok(done("/account", format!("{} ended.", ui::plural(ended as i64, "session"))))
}
