//! The pages before somebody is in: signing in, one-time links, a forgotten password; and the way out.

use crate::account::mail_link;
use crate::app::App;
use crate::console::fields::Fields;
use crate::console::frame;
use crate::console::oops::Oops;
use crate::console::ui::{self, Field, Tone};
use crate::console::visit::{Visit, go};
use crate::cookie;
use crate::params::{Query, Seg};
use crate::peer::Guest;
use crate::problem::Problem;
use crate::rights::Own;
use crate::session::{current, with_cookie};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use engine::Refusal;
use engine::access::password_fault;
use engine::access::session::{EndSession, Opened};
use engine::access::sign_in::SignIn;
use maud::{Markup, html};
use model::Purpose;
use serde::Deserialize;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/sign-in", get(sign_in_page).post(sign_in))
        .route("/sign-in/send-link", post(send_link))
        .route("/sign-in/forgot", post(forgot))
        .route("/sign-in/link/{secret}", get(link_page).post(link))
        .route("/sign-in/reset/{secret}", get(reset_page).post(reset))
        .route("/sign-out", get(sign_out_page).post(sign_out))
}

#[derive(Deserialize, Default)]
struct Wanted {
    /// Where to go afterwards.
    #[serde(default)]
    next: String,
    /// The password was just changed.
    changed: Option<String>,
}

/// A path of our own to go on with, else the start page: never another site.
fn own_path(next: &str) -> &str {
    let odd = |c: char| c == '\\' || c.is_control() || !c.is_ascii();
    if next.starts_with('/') && !next.starts_with("//") && !next.contains(odd) { next } else { "/" }
}

/// In: to where they wanted, with the session's cookie.
fn welcome(app: &App, opened: &Opened, next: &str) -> Result<Response, Oops> {
    Ok(with_cookie(go(own_path(next)), cookie::set(app.options(), opened))?)
}

/// A bare page, perhaps with why something did not work.
fn sheet(status: StatusCode, title: &str, body: &Markup) -> Response {
    (status, frame::bare(title, body)).into_response()
}

async fn sign_in_page(
    State(app): State<App>,
    visit: Result<Visit<Own>, Oops>,
    Query(wanted): Query<Wanted>,
) -> Response {
    if visit.is_ok() {
        return go(own_path(&wanted.next));
    }
    let mails = !app.options().mail_is_logged;
    form(StatusCode::OK, &Fields::default(), &wanted.next, None, wanted.changed.is_some(), mails)
}

fn form(
    status: StatusCode,
    typed: &Fields,
    next: &str,
    why: Option<&str>,
    changed: bool,
    mails: bool,
) -> Response {
    let email = Field::text("email", "E-mail", typed.text("email")).kind("email").required();
    let password = Field::text("password", "Password", "").kind("password").required();
    let body = html! {
        h1 { "Sign in" }
        @if let Some(why) = why { (ui::note("bad", &html! { (ui::sentence(why)) })) }
        @if changed { (ui::note("good", &html! { "Your password is changed. Sign in with the new one." })) }
        form method="post" action="/sign-in" data-plain {
            (ui::hidden("next", own_path(next)))
            (ui::field(email.autocomplete("username")))
            (ui::field(password.autocomplete("current-password")))
            (ui::submit(Tone::Primary, "Sign in"))
            hr;
            button.button type="submit" formaction="/sign-in/send-link" formnovalidate { "Send me a sign-in link" }
            button.button.quiet type="submit" formaction="/sign-in/forgot" formnovalidate { "I forgot my password" }
        }
        @if !mails { p.muted { "No mail server is set up here: mails are written to the server's log." } }
    };
    sheet(status, "Sign in", &body)
}

/// The form again, with what was wrong.
fn again(app: &App, typed: &Fields, problem: &Problem) -> Response {
    let mails = !app.options().mail_is_logged;
    let mut response = form(problem.status, typed, typed.text("next"), Some(&problem.detail), false, mails);
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

async fn sign_in(State(app): State<App>, guest: Guest, typed: Fields) -> Result<Response, Oops> {
    let Guest { client, replaces } = guest;
    let wish = SignIn {
        email: typed.text("email").to_owned(),
        password: typed.exact("password").to_owned(),
        organization: typed.given("organization").map(str::to_owned),
        client,
        replaces,
    };
    match app.engine().sign_in(wish).await {
        Ok(opened) => welcome(&app, &opened, typed.text("next")),
        Err(failure) => Ok(again(&app, &typed, &failure.into())),
    }
}

async fn send_link(State(app): State<App>, guest: Guest, typed: Fields) -> Response {
    ask(&app, &guest, Purpose::SignIn, &typed, "The link in it signs you in, once, within 15 minutes.")
}

async fn forgot(State(app): State<App>, guest: Guest, typed: Fields) -> Response {
    let then = "With the link in it you choose a new password, once, within 15 minutes.";
    ask(&app, &guest, Purpose::Reset, &typed, then)
}

fn ask(app: &App, guest: &Guest, purpose: Purpose, typed: &Fields, then: &str) -> Response {
    let email = typed.text("email");
    if !email.contains('@') {
        return again(app, typed, &Problem::field("", "write your e-mail address first"));
    }
    if let Err(problem) = mail_link(app, guest, purpose, email.to_owned()) {
        return again(app, typed, &problem);
    }
    let body = html! {
        h1 { "Look into your mailbox" }
        p.lead-text { "If " strong { (email) } " may come in here, a mail is on its way. " (then) }
        p { a href="/sign-in" { "Back to the sign-in" } }
    };
    sheet(StatusCode::OK, "Look into your mailbox", &body)
}

/// A link that was used, is too old, or never was one.
fn spent() -> Response {
    let body = html! {
        h1 { "This link is no good any more" }
        p.lead-text { "It works once and for 15 minutes. Ask for a new one." }
        p { a.button href="/sign-in" { "Go to the sign-in" } }
    };
    sheet(StatusCode::GONE, "This link is no good any more", &body)
}

/// Looking does not use the link up: programs that scan mail look, too.
async fn link_page(State(app): State<App>, Seg(secret): Seg<String>) -> Result<Response, Oops> {
    if !app.engine().link_works(Purpose::SignIn, &secret).await? {
        return Ok(spent());
    }
    let body = html! {
        h1 { "Welcome back" }
        p.lead-text { "One more press and you are in." }
        form method="post" data-plain { (ui::submit(Tone::Primary, "Sign in")) }
    };
    Ok(sheet(StatusCode::OK, "Sign in", &body))
}

async fn link(State(app): State<App>, guest: Guest, Seg(secret): Seg<String>) -> Result<Response, Oops> {
    match app.engine().sign_in_by_link(&secret, guest.client, guest.replaces).await {
        Ok(opened) => welcome(&app, &opened, "/"),
        Err(engine::Failure::Refused(Refusal::LinkSpent)) => Ok(spent()),
        Err(failure) => Err(failure.into()),
    }
}

async fn reset_page(State(app): State<App>, Seg(secret): Seg<String>) -> Result<Response, Oops> {
    if !app.engine().link_works(Purpose::Reset, &secret).await? {
        return Ok(spent());
    }
    Ok(new_password(StatusCode::OK, None))
}

fn new_password(status: StatusCode, error: Option<&str>) -> Response {
    let field = Field::text("password", "New password", "").kind("password").required();
    let field = field.hint("At least 8 characters. All your sessions end.").error(error);
    let body = html! {
        h1 { "Choose a new password" }
        form method="post" data-plain {
            (ui::field(field.autocomplete("new-password")))
            (ui::submit(Tone::Primary, "Change the password"))
        }
    };
    sheet(status, "Choose a new password", &body)
}

async fn reset(State(app): State<App>, Seg(secret): Seg<String>, typed: Fields) -> Result<Response, Oops> {
    let password = typed.exact("password");
    if let Some(fault) = password_fault(password) {
        return Ok(new_password(StatusCode::UNPROCESSABLE_ENTITY, Some(&fault)));
    }
    match app.engine().reset_password(&secret, password.to_owned()).await {
        Ok(()) => Ok(go("/sign-in?changed=1")),
        Err(engine::Failure::Refused(Refusal::LinkSpent)) => Ok(spent()),
        Err(failure) => Err(failure.into()),
    }
}

async fn sign_out_page(_visit: Visit<Own>) -> Response {
    let body = html! {
        h1 { "Sign out?" }
        form method="post" action="/sign-out" data-plain { (ui::submit(Tone::Primary, "Sign out")) }
        p { a href="/" { "Stay" } }
    };
    sheet(StatusCode::OK, "Sign out", &body)
}

async fn sign_out(State(app): State<App>, visit: Result<Visit<Own>, Oops>) -> Result<Response, Oops> {
    // Whoever is out already is where they wanted to be.
    if let Ok(visit) = visit
        && let Some(session) = current(&visit.who)
    {
        app.engine().run(&visit.by(), EndSession { user: visit.who.caller.user, session }).await?;
    }
    Ok(with_cookie(go("/sign-in"), cookie::clear(app.options()))?)
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn after_the_sign_in_nobody_is_sent_to_another_site() {
        for path in ["/", "/leads?q=a&b=%2F"] {
            assert_eq!(own_path(path), path);
        }
        for other in [
            "",
            "leads",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nb",
            "/\t/evil.example",
        ] {
            assert_eq!(own_path(other), "/", "{other:?}");
        }
    }
}
