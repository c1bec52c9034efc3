//! Notifications: what somebody was told, newest first, what is unread, and what they want to hear of.

use crate::app::App;
use crate::console::fields::{Asked, Fields};
use crate::console::frame::Room;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Pages, Tone};
use crate::console::visit::{Visit, done, go};
use crate::page as pages;
use crate::params::Seg;
use crate::rights::Own;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use engine::notification::{MarkAllRead, MarkRead, SetPreferences};
use maud::{Markup, html};
use model::{Micros, NotificationId, NotificationKind, Role};
use store::notification::{Notification, Preference, notification_list, preference_list, unread_fetch};

const PATH: &str = "/notifications";
const PAGE: i64 = 50;
/// How many the bell shows.
const RECENT: i64 = 8;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(show))
        .route("/notifications/recent", get(recent))
        .route("/notifications/{id}/read", post(read))
        .route("/notifications/read-all", post(read_all))
        .route("/notifications/preferences", post(prefer))
}

async fn show(State(app): State<App>, visit: Visit<Own>, Asked(query): Asked) -> Result<Response, Oops> {
    let cursor = query.given("cursor");
    let before = pages::id(cursor)?.map(NotificationId);
    let (org, user) = (visit.org(), visit.who.caller.user);
    let mut rows = notification_list(app.reader(), org, user, before, PAGE + 1).await?;
    let more = rows.len() as i64 > PAGE;
    rows.truncate(PAGE as usize);
    let next = rows.last().filter(|_| more).map(|n| format!("{PATH}?cursor={}", n.id.0.simple()));
    let foot = Pages { told: String::new(), first: cursor.map(|_| PATH.to_owned()), next };
    let unread = unread_fetch(app.reader(), org, user).await?;
    let preferences = preference_list(app.reader(), org, user).await?;
    let all = html! {
        @if unread > 0 {
            form method="post" action="/notifications/read-all" {
                (ui::submit(Tone::Plain, "Mark all as read"))
            }
        }
    };
    let below = html! { @if unread > 0 { (ui::plural(unread, "unread notification")) } @else { "You have read everything." } };
    let body = html! {
        div #notifications.stack-y data-live="notification_message" {
            (ui::heading("Notifications", &below, &all))
            section.card {
                @if rows.is_empty() {
                    (ui::empty(Icon::Bell, "Nothing to tell you yet", empty_words(visit.me.role), &ui::NONE))
                } @else { (list(&visit, &rows)) }
            }
        }
        @if foot.first.is_some() || foot.next.is_some() { (ui::pages(&foot)) }
        (wishes(visit.me.role, &preferences))
    };
    Ok(visit.page(Room::Notifications, "Notifications", &body))
}

/// The newest, without a page around them.
async fn recent(State(app): State<App>, visit: Visit<Own>) -> Result<Response, Oops> {
    let rows = notification_list(app.reader(), visit.org(), visit.who.caller.user, None, RECENT).await?;
    let body = html! {
        div #recent-notifications {
            @if rows.is_empty() { p.muted { "Nothing to tell you yet." } } @else { (list(&visit, &rows)) }
            p { a href=(PATH) { "All notifications" } }
        }
    };
    Ok(body.into_response())
}

fn list(visit: &Visit<Own>, rows: &[Notification]) -> Markup {
    html! { ol.timeline { @for row in rows { (item(visit, row)) } } }
}

fn item(visit: &Visit<Own>, n: &Notification) -> Markup {
    let icon = match n.kind {
        NotificationKind::LeadAssigned => Icon::Leads,
        NotificationKind::ImportFinished => Icon::Import,
        NotificationKind::LeadsWaiting => Icon::Clock,
        NotificationKind::WebhookDisabled => Icon::Warning,
        NotificationKind::Test => Icon::Bell,
    };
    let body = html! {
        div {
            div {
                p {
                    strong { (n.title) } " "
                    @if n.read_at.is_none() { (ui::pill("info", Icon::Circle, "Unread")) }
                }
                p { (n.message) @if let Some(lead) = n.lead_id { " " a href={ "/leads/" (lead) } { "Open the lead" } } }
            }
            @if n.read_at.is_none() {
                form method="post" action={ (PATH) "/" (n.id) "/read" } {
                    button.link type="submit" aria-label={ "Mark as read: " (n.title) } { "Mark as read" }
                }
            }
        }
    };
    ui::timeline_item(icon, &visit.clock().ago(Micros(n.created_at)), &body)
}

const fn empty_words(role: Role) -> &'static str {
    match role {
        Role::Admin | Role::Manager => {
            "You will hear of imports that end, of leads that nobody can take, and of endpoints that are switched off."
        }
        Role::Agent => "You will hear of every lead that is given to you.",
        Role::Provider => "You will hear of what concerns your business.",
    }
}

/// A kind, its field and its name.
type Wish = (NotificationKind, &'static str, &'static str);

const LEADS: Wish = (NotificationKind::LeadAssigned, "lead_assigned", "Leads are given to me");
const STAFF: [Wish; 3] = [
    (NotificationKind::ImportFinished, "import_finished", "An import is done, or failed"),
    (NotificationKind::LeadsWaiting, "leads_waiting", "Leads wait and nobody can take them"),
    (NotificationKind::WebhookDisabled, "webhook_disabled", "A webhook endpoint was switched off"),
];

/// What somebody of this role may hear of.
fn offered(role: Role) -> Vec<Wish> {
    match role {
        Role::Admin | Role::Manager => [&[LEADS], &STAFF[..]].concat(),
        Role::Agent => vec![LEADS],
        Role::Provider => Vec::new(),
    }
}

fn wishes(role: Role, preferences: &[Preference]) -> Markup {
    let on = |kind| preferences.iter().find(|p| p.kind == kind).is_none_or(|p| p.in_app);
    let offered = offered(role);
    html! {
        @if !offered.is_empty() {
            (ui::card("What you want to hear of", &ui::NONE, &html! {
                form.stacked method="post" action="/notifications/preferences" {
                    @for (kind, field, name) in offered { (ui::switch(field, name, on(kind))) }
                    div.actions { (ui::submit(Tone::Plain, "Save")) }
                }
            }))
        }
    }
}

async fn read(
    State(app): State<App>,
    visit: Visit<Own>,
    Seg(id): Seg<NotificationId>,
) -> Result<Response, Oops> {
    app.engine().run(&visit.by(), MarkRead { user: visit.who.caller.user, notification: id }).await?;
    Ok(go(PATH))
}

async fn read_all(State(app): State<App>, visit: Visit<Own>) -> Result<Response, Oops> {
    let marked = app.engine().run(&visit.by(), MarkAllRead { user: visit.who.caller.user }).await?;
    let marked = i64::try_from(marked).unwrap_or(i64::MAX);
    Ok(done(PATH, format!("{} marked as read.", ui::plural(marked, "notification"))))
}

async fn prefer(State(app): State<App>, visit: Visit<Own>, fields: Fields) -> Result<Response, Oops> {
    let wish = |(kind, field, _): Wish| Preference { in_app: fields.on(field), ..Preference::usual(kind) };
    let preferences = offered(visit.me.role).into_iter().map(wish).collect();
    app.engine().run(&visit.by(), SetPreferences { user: visit.who.caller.user, preferences }).await?;
    Ok(done(PATH, "Saved: from now on you hear of what is switched on."))
}
