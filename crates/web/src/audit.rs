//! The audit log: who changed what.

use crate::agent::PageQuery;
use crate::answer::{self, Answer};
use crate::app::App;
use crate::page;
use crate::params::Query;
use crate::rights::{Admin, Who};
use crate::schema::Problems;
use axum::extract::State;
use model::Micros;
use serde::Serialize;
use store::audit::{AuditRow, audit_list};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A change of settings.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
struct EntryJson {
    #[schema(value_type = String, format = DateTime)]
    created_at: Micros,
    /// Who: `user_…` or `system`.
    actor: String,
    /// What kind of thing: `source`, `pool`, `agent`, `user`, `token`, `organization`, `webhook_endpoint`.
    area: String,
    /// Its id. A pool goes by its source's.
    subject: String,
    /// What was changed, in words.
    what: String,
}

impl From<AuditRow> for EntryJson {
    fn from(row: AuditRow) -> Self {
        let AuditRow { actor, area, subject, what, created_at, .. } = row;
        Self { created_at: Micros(created_at), actor, area, subject, what }
    }
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
struct EntryList {
    items: Vec<EntryJson>,
    next_cursor: Option<String>,
}

/// Who changed what, the newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", operation_id = "audit_list", params(PageQuery),
    responses((status = 200, description = "A page", body = EntryList), Problems))]
async fn list(State(app): State<App>, who: Who<Admin>, Query(query): Query<PageQuery>) -> Answer {
    let limit = page::limit(query.limit)?;
    let before = page::id(query.cursor.as_deref())?;
    let rows = audit_list(app.reader(), who.org(), before, limit + 1).await?;
    answer::ok(&page::page(rows, limit, |row| row.id.simple().to_string(), EntryJson::from))
}
