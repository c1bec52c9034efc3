//! Somebody looks at a page: who it is, in which organisation, how times are shown; and the answers pages give.

use crate::app::App;
use crate::console::frame::{self, Frame, Room};
use crate::console::oops::Oops;
use crate::console::ui::Clock;
use crate::rights::{Classed, Who};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::By;
use maud::Markup;
use model::{OrgId, Role};

/// A visitor who may use pages of class `C`.
pub(crate) struct Visit<C: Classed> {
    pub(crate) who: Who<C>,
    pub(crate) me: Me,
}

/// What every page shows of its visitor.
pub(crate) struct Me {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) role: Role,
    pub(crate) organization: String,
    pub(crate) look: Look,
    pub(crate) clock: Clock,
    /// The newest event the page can show; its sockets go on from there.
    pub(crate) cursor: i64,
    /// Notifications that wait to be read.
    pub(crate) unread: i64,
    /// A sentence from the page before.
    flash: Option<Flash>,
}

/// How somebody likes it to look, kept in their browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// As the system says.
    System,
    Light,
    Dark,
}

/// What happened, told on the next page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flash {
    pub(crate) good: bool,
    pub(crate) text: String,
}

const FLASH: &str = "fl_flash";

impl<C: Classed> FromRequestParts<App> for Visit<C> {
    type Rejection = Oops;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Oops> {
        let path = parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
        let who = Who::<C>::from_request_parts(parts, app).await;
        let who = who.map_err(|problem| Oops::wanting(problem, &path))?;
        // Before the page's own reads: an event in between is told twice rather than never.
        let cursor = store::outbox::cursor_fetch(app.reader(), who.org()).await?;
        let user = store::user::user_fetch(app.reader(), who.org(), who.caller.user).await?;
        let organization = store::organization::organization_fetch(app.reader(), who.org()).await?;
        let unread = store::notification::unread_fetch(app.reader(), who.org(), who.caller.user).await?;
        let iso = cookie(&parts.headers, "fl_dates").as_deref() == Some("iso");
        let me = Me {
            name: if user.name.is_empty() { user.email.clone() } else { user.name },
            email: user.email,
            role: user.role,
            clock: Clock::new(&organization.timezone, app.engine().now(), iso),
            organization: organization.name,
            look: Look::of(&parts.headers),
            flash: cookie(&parts.headers, FLASH).and_then(|text| Flash::decode(&text)),
            cursor,
            unread,
        };
        Ok(Self { who, me })
    }
}

impl<C: Classed> Visit<C> {
    pub(crate) fn org(&self) -> OrgId {
        self.who.org()
    }

    pub(crate) fn by(&self) -> By {
        self.who.by()
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.me.clock
    }

    /// Tells something on the page this request answers with itself.
    pub(crate) fn tell(&mut self, good: bool, text: impl Into<String>) {
        self.me.flash = Some(Flash { good, text: text.into() });
    }

    /// The page, whole.
    pub(crate) fn page(&self, room: Room, title: &str, body: &Markup) -> Response {
        self.page_with(StatusCode::OK, room, title, body)
    }

    /// The page with another status: 422 when the form in it is not right yet.
    pub(crate) fn page_with(&self, status: StatusCode, room: Room, title: &str, body: &Markup) -> Response {
        let frame = Frame { me: &self.me, room, title, flash: self.me.flash.as_ref() };
        let mut response = (status, frame::page(&frame, body)).into_response();
        if self.me.flash.is_some() {
            let gone = HeaderValue::from_static("fl_flash=; Path=/; Max-Age=0; SameSite=Lax");
            response.headers_mut().append(header::SET_COOKIE, gone);
        }
        response
    }
}

/// Done: shows `to`, and there the sentence.
pub(crate) fn done(to: &str, text: impl Into<String>) -> Response {
    redirect(to, Some(Flash { good: true, text: text.into() }))
}

/// Not done: shows `to`, and there why.
pub(crate) fn not_done(to: &str, text: impl Into<String>) -> Response {
    redirect(to, Some(Flash { good: false, text: text.into() }))
}

/// Shows another page.
pub(crate) fn go(to: &str) -> Response {
    redirect(to, None)
}

fn redirect(to: &str, flash: Option<Flash>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/")));
    if let Some(flash) = flash
        && let Ok(cookie) = HeaderValue::from_str(&format!(
            "{FLASH}={}; Path=/; Max-Age=60; SameSite=Lax; HttpOnly",
            flash.encode()
        ))
    {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}

impl Flash {
    fn encode(&self) -> String {
        let text: String = self.text.chars().take(400).collect();
        let text: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        format!("{}{text}", if self.good { '1' } else { '0' })
    }

    fn decode(text: &str) -> Option<Self> {
        let (good, text) = (text.starts_with('1'), text.get(1..)?);
        let (text, _) = form_urlencoded::parse(text.as_bytes()).next()?;
        (!text.is_empty()).then(|| Self { good, text: text.into_owned() })
    }
}

impl Look {
    fn of(headers: &HeaderMap) -> Self {
        match cookie(headers, "fl_theme").as_deref() {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }
}

/// The value of a cookie.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|line| line.split(';')).find_map(|pair| {
        let (n, value) = pair.trim().split_once('=')?;
        (n == name).then(|| value.to_owned())
    })
}
