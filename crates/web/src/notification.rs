//! A person's own notifications, and what they want to hear of.

use crate::agent::PageQuery;
use crate::answer::{self, Answer};
use crate::app::App;
use crate::body::{Bare, Json};
use crate::keyed;
use crate::page;
use crate::params::{Query, Seg};
use crate::rights::{Own, Who};
use crate::schema::{self, Problems};
use axum::extract::State;
use axum::http::StatusCode;
use engine::Refusal;
use engine::notification::{MarkAllRead, MarkRead, SetPreferences};
use model::{LeadId, Micros, NotificationId, NotificationKind, OrgId, UserId};
use serde::{Deserialize, Serialize};
use store::notification::{Notification, Preference, preference_list};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(read_all))
        .routes(routes!(preferences, prefer))
}

/// Something a person was told.
#[derive(Serialize, ToSchema)]
#[schema(as = Notification)]
struct NotificationJson {
    #[schema(value_type = String)]
    id: NotificationId,
    #[schema(value_type = schema::NotificationKindWord)]
    kind: NotificationKind,
    title: String,
    message: String,
    /// The lead it is about, if it is about one.
    #[schema(value_type = Option<String>)]
    lead_id: Option<LeadId>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Micros,
    #[schema(value_type = Option<String>, format = DateTime)]
    read_at: Option<Micros>,
}

impl From<Notification> for NotificationJson {
    fn from(n: Notification) -> Self {
        Self {
            id: n.id,
            kind: n.kind,
            title: n.title,
            message: n.message,
            lead_id: n.lead_id,
            created_at: Micros(n.created_at),
            read_at: n.read_at.map(Micros),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct NotificationList {
    items: Vec<NotificationJson>,
    next_cursor: Option<String>,
    /// How many the caller has not read, of all.
    unread_count: i64,
}

#[derive(Serialize, ToSchema)]
struct UnreadCount {
    unread_count: i64,
}

/// The caller's notifications, newest first; kept for 90 days.
#[utoipa::path(get, path = "/api/v1/notifications", tag = "notifications", operation_id = "notification_list",
    params(PageQuery), responses((status = 200, description = "A page", body = NotificationList), Problems))]
async fn list(State(app): State<App>, who: Who<Own>, Query(query): Query<PageQuery>) -> Answer {
    let limit = page::limit(query.limit)?;
    let before = page::id(query.cursor.as_deref())?.map(NotificationId);
    let user = who.caller.user;
    let rows =
        store::notification::notification_list(app.reader(), who.org(), user, before, limit + 1).await?;
    let page = page::page(rows, limit, |n| n.id.0.simple().to_string(), NotificationJson::from);
    let unread_count = store::notification::unread_fetch(app.reader(), who.org(), user).await?;
    answer::ok(&NotificationList { items: page.items, next_cursor: page.next_cursor, unread_count })
}

fn counted(outcome: &Result<i64, Refusal>) -> (u16, String) {
    answer::rendered(StatusCode::OK, outcome, |unread| UnreadCount { unread_count: *unread })
}

fn all_read(outcome: &Result<u64, Refusal>) -> (u16, String) {
    answer::rendered(StatusCode::OK, outcome, |_| UnreadCount { unread_count: 0 })
}

/// Marks a notification as read.
#[utoipa::path(post, path = "/api/v1/notifications/{id}/read", tag = "notifications",
    operation_id = "notification_read", params(("id" = String, Path)),
    responses((status = 200, description = "How many are unread then", body = UnreadCount), Problems))]
async fn read(State(app): State<App>, who: Who<Own>, Seg(id): Seg<NotificationId>, bare: Bare) -> Answer {
    let command = MarkRead { user: who.caller.user, notification: id };
    keyed::run(&app, &who.by(), command, bare.key, counted).await
}

/// Marks all of the caller's notifications as read.
#[utoipa::path(post, path = "/api/v1/notifications/read-all", tag = "notifications",
    operation_id = "notification_read_all",
    responses((status = 200, description = "None are unread", body = UnreadCount), Problems))]
async fn read_all(State(app): State<App>, who: Who<Own>, bare: Bare) -> Answer {
    keyed::run(&app, &who.by(), MarkAllRead { user: who.caller.user }, bare.key, all_read).await
}

/// Where one kind of notification is told.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Told {
    /// In the console: bell, toast, socket, and this list.
    in_app: bool,
}

/// What the caller wants to hear of.
#[derive(Serialize, ToSchema)]
struct NotificationPreferences {
    lead_assigned: Told,
    import_finished: Told,
    leads_waiting: Told,
    webhook_disabled: Told,
}

/// What changes; a kind that is not given stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PreferenceChanges {
    lead_assigned: Option<Told>,
    import_finished: Option<Told>,
    leads_waiting: Option<Told>,
    webhook_disabled: Option<Told>,
}

/// What the caller wants to hear of.
#[utoipa::path(get, path = "/api/v1/notification-preferences", tag = "notifications",
    operation_id = "notification_preference_fetch",
    responses((status = 200, description = "By kind", body = NotificationPreferences), Problems))]
async fn preferences(State(app): State<App>, who: Who<Own>) -> Answer {
    answer::ok(&of(&app, who.org(), who.caller.user).await?)
}

async fn of(app: &App, org: OrgId, user: UserId) -> store::Result<NotificationPreferences> {
    let said = preference_list(app.reader(), org, user).await?;
    let told = |kind| {
        let preference = said.iter().find(|p| p.kind == kind).copied();
        Told { in_app: preference.unwrap_or(Preference::usual(kind)).in_app }
    };
    Ok(NotificationPreferences {
        lead_assigned: told(NotificationKind::LeadAssigned),
        import_finished: told(NotificationKind::ImportFinished),
        leads_waiting: told(NotificationKind::LeadsWaiting),
        webhook_disabled: told(NotificationKind::WebhookDisabled),
    })
}

/// Says what the caller wants to hear of.
#[utoipa::path(put, path = "/api/v1/notification-preferences", tag = "notifications",
    operation_id = "notification_preference_put", request_body = PreferenceChanges,
    responses((status = 200, description = "By kind", body = NotificationPreferences), Problems))]
async fn prefer(State(app): State<App>, who: Who<Own>, body: Json<PreferenceChanges>) -> Answer {
    let PreferenceChanges { lead_assigned, import_finished, leads_waiting, webhook_disabled } = body.value;
    let changes = [
        (NotificationKind::LeadAssigned, lead_assigned),
        (NotificationKind::ImportFinished, import_finished),
        (NotificationKind::LeadsWaiting, leads_waiting),
        (NotificationKind::WebhookDisabled, webhook_disabled),
    ];
    let wish = |(kind, told): (NotificationKind, Option<Told>)| {
        told.map(|told| Preference { in_app: told.in_app, ..Preference::usual(kind) })
    };
    let user = who.caller.user;
    let preferences = changes.into_iter().filter_map(wish).collect();
    app.engine().run(&who.by(), SetPreferences { user, preferences }).await?;
    answer::ok(&of(&app, who.org(), user).await?)
}
