//! The audit log: who changed which setting, and when.

use super::page;
use crate::app::App;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Column, Pages};
use crate::console::visit::Visit;
use crate::page as paging;
use crate::params::Query;
use crate::rights::Admin;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use model::{Micros, UserId};
use serde::Deserialize;
use std::collections::BTreeMap;
use store::audit::{AuditRow, audit_list};

const PATH: &str = "/settings/audit";
/// Changes on a page.
const ROWS: i64 = 50;

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(show))
}

#[derive(Deserialize)]
struct From {
    cursor: Option<String>,
}

async fn show(
    State(app): State<App>,
    visit: Visit<Admin>,
    Query(from): Query<From>,
) -> Result<Response, Oops> {
    let before = paging::id(from.cursor.as_deref())?;
    let rows = audit_list(app.reader(), visit.org(), before, ROWS + 1).await?;
    let changes = paging::page(rows, ROWS, |row| row.id.simple().to_string(), |row| row);
    let people = people(&app, &visit, &changes.items).await?;
    let columns = ["When", "Who", "What", "Change"].map(Column::text);
    let rows = html! { @for change in &changes.items { (line(&visit, &people, change)) } };
    let body = html! {
        section.card {
            p.muted { "Every change of a setting is written down with it, and stays." }
            @if changes.items.is_empty() {
                (ui::empty(Icon::Settings, "No changes yet", "As soon as somebody changes a setting, it is listed here.", &ui::NONE))
            } @else {
                (ui::table("Changes of settings, the newest first", &columns, &rows))
            }
        }
        (ui::pages(&Pages {
            told: String::new(),
            first: from.cursor.is_some().then(|| PATH.to_owned()),
            next: changes.next_cursor.map(|cursor| format!("{PATH}?cursor={cursor}")),
        }))
    };
    Ok(page(&visit, PATH, StatusCode::OK, &body))
}

/// The names of those who changed something.
async fn people(
    app: &App,
    visit: &Visit<Admin>,
    changes: &[AuditRow],
) -> Result<BTreeMap<String, String>, Oops> {
    let mut people = BTreeMap::new();
    for change in changes {
        let Ok(user) = change.actor.parse::<UserId>() else { continue };
        if !people.contains_key(&change.actor) {
            let user = store::user::user_fetch(app.reader(), visit.org(), user).await?;
            people.insert(change.actor.clone(), user.name);
        }
    }
    Ok(people)
}

fn line(visit: &Visit<Admin>, people: &BTreeMap<String, String>, change: &AuditRow) -> Markup {
    let who = people.get(&change.actor).map_or("Fairlead", String::as_str);
    html! {
        tr {
            td.nowrap { (visit.clock().ago(Micros(change.created_at))) }
            td { (who) }
            td { (area(&change.area)) }
            td { (change.what) span.muted.small.block { (change.subject) } }
        }
    }
}

fn area(word: &str) -> &str {
    match word {
        "source" => "Source",
        "pool" => "Auto-assign",
        "agent" => "Agent",
        "user" => "User",
        "token" => "Token",
        "organization" => "Organisation",
        "webhook_endpoint" => "Webhook endpoint",
        other => other,
    }
}
