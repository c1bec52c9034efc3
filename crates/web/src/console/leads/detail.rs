//! One lead in full: who it is, how it goes, why it is where it is, what happened.

use super::give;
use crate::app::App;
use crate::console::fields::Fields;
use crate::console::frame::Room;
use crate::console::lead;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Clock, Field, Tone};
use crate::console::visit::Visit;
use crate::lead::visible;
use crate::params::Seg;
use crate::problem::Problem;
use crate::rights::Leads;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use engine::assign::explain::{Explained, explain};
use maud::{Markup, html};
use model::{Micros, Role};
use store::lead::{LeadRow, LeadView};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/leads/{id}", get(show))
}

async fn show(State(app): State<App>, visit: Visit<Leads>, Seg(id): Seg<String>) -> Result<Response, Oops> {
    let row = visible(&app, &visit.who, &id).await?;
    page(&app, &visit, StatusCode::OK, row, None).await
}

/// The page; `typed`: a result that could not be taken, and why.
pub(super) async fn page(
    app: &App,
    visit: &Visit<Leads>,
    status: StatusCode,
    row: LeadRow,
    typed: Option<(&Fields, &Problem)>,
) -> Result<Response, Oops> {
    let (db, org, clock) = (app.reader(), visit.org(), visit.clock());
    let entries = crate::timeline::entries(app, org, &row).await?;
    let names = lead::names(app, org, &entries).await?;
    let explained = explain(db, org, row.lead_id(), clock.now()).await;
    let import = import(app, visit, &row).await?;
    let first = row.duplicate_of.map(model::lead::uid);
    let staff = visit.me.role != Role::Agent;
    let give = if staff && row.is_open { Some(give::dialog(app, visit, &row).await?) } else { None };
    let views = store::lead::lead_views(db, org, vec![row]).await?;
    let lead = views.first().ok_or_else(|| Oops::missing("lead"))?;
    let title = lead::name_of(lead);
    let body = html! {
        (ui::breadcrumb(&[("Leads", "/leads")], &model::lead::uid(lead.row.lead_no)))
        div #lead.stack-y data-live="lead_assigned lead_status_changed" data-about=(lead.row.lead_id()) {
            (head(lead, &title, clock, staff))
            @if let Some(first) = first {
                (ui::note("info", &html! { "This person asked before: " a href={ "/leads/" (first) } { (first) } " is the first lead." }))
            }
            div.lead-columns {
                div.stack-y {
                    (result(lead, clock, typed))
                    (ui::card("Contact", &ui::NONE, &lead::contact(&lead.row)))
                    (ui::card("Details", &edit_link(lead), &html! {
                        (lead::details(lead, import.as_ref(), clock))
                        (consent(&lead.row, clock))
                    }))
                }
                div.stack-y {
                    (explanation(explained, lead, clock))
                    (ui::card("What happened", &ui::NONE, &lead::story(&entries, &names, clock)))
                }
            }
            @if let Some(give) = give { (give) }
            @if lead.row.is_open && lead.agent.is_some() { (hand_back(lead)) }
        }
    };
    Ok(visit.page_with(status, Room::Leads, &title, &body))
}

fn head(lead: &LeadView, title: &str, clock: &Clock, staff: bool) -> Markup {
    let row = &lead.row;
    let below = html! {
        span.head-line {
            (ui::status(row.status)) span { (model::lead::uid(row.lead_no)) } span { (lead.source) }
            @match &lead.agent {
                Some(agent) => span { "with " strong { (agent.name) } @if let Some(at) = row.assigned_at { " since " (clock.ago(Micros(at))) } },
                None if row.is_open => span { "waits for an agent" },
                None => span { "closed without an agent" },
            }
            span { "created " (clock.ago(Micros(row.created_at))) }
        }
    };
    let give = if lead.agent.is_some() {
        (Tone::Plain, "Give to somebody else")
    } else {
        (Tone::Primary, "Give to an agent")
    };
    let actions = html! {
        @if row.is_open && lead.agent.is_some() {
            (opener(Tone::Plain, Icon::Back, "Hand back", "hand-back"))
        }
        @if staff && row.is_open { (opener(give.0, Icon::Assign, give.1, "give")) }
    };
    ui::heading(title, &below, &actions)
}

fn opener(tone: Tone, icon: Icon, text: &str, dialog: &str) -> Markup {
    let class = if tone == Tone::Primary { "button primary" } else { "button" };
    html! { button class=(class) type="button" data-action="open" data-dialog=(dialog) { (icon.svg()) (text) } }
}

fn result(lead: &LeadView, clock: &Clock, typed: Option<(&Fields, &Problem)>) -> Markup {
    let row = &lead.row;
    let title = if row.is_open { "How did it go?" } else { "Correct the result" };
    let body = html! {
        @if let Some(at) = row.callback_at.map(Micros) {
            @let late = at < clock.now();
            (ui::note(if late { "warn" } else { "info" }, &html! {
                @if late { "The call back is overdue: it was due " } @else { "To be called back " } strong { (clock.ago(at)) } "."
            }))
        }
        @if !row.is_open {
            p.muted { "This lead is closed. A wrong result can be changed into another final one." }
        }
        (lead::results(row, clock, &format!("{}/disposition", lead::path(row.lead_no)), typed))
    };
    ui::card(title, &ui::NONE, &body)
}

fn edit_link(lead: &LeadView) -> Markup {
    let path = format!("{}/edit", lead::path(lead.row.lead_no));
    html! { a.button.quiet href=(path) { (Icon::Note.svg()) "Correct" } }
}

fn explanation(explained: Result<Explained, engine::Failure>, lead: &LeadView, clock: &Clock) -> Markup {
    match explained {
        Ok(explained) => lead::why(&explained, lead.agent.as_ref().map(|a| a.name.as_str()), clock),
        Err(error) => {
            tracing::warn!(%error, lead = lead.row.lead_no, "a decision could not be explained");
            let text = html! { "The stored decision could not be explained; the log says why." };
            ui::card("Why?", &ui::NONE, &ui::note("warn", &text))
        }
    }
}

async fn import(app: &App, visit: &Visit<Leads>, row: &LeadRow) -> Result<Option<Markup>, Oops> {
    let Some(no) = row.import_no else { return Ok(None) };
    let import = match store::import::import_fetch_no(app.reader(), visit.org(), no).await {
        Err(store::Error::NotFound) => return Ok(None),
        other => other?,
    };
    let line = row.import_row.map(|line| format!(", line {}", ui::grouped(line))).unwrap_or_default();
    Ok(Some(html! {
        @if visit.me.role == Role::Agent { (import.file_name) } @else { a href={ "/import/" (import.id) } { (import.file_name) } }
        (line)
    }))
}

fn consent(row: &LeadRow, clock: &Clock) -> Markup {
    let Some(consent) = row.details().consent else { return ui::NONE };
    html! {
        details.more {
            summary { "Consent to be contacted" }
            dl.facts {
                @if let Some(text) = &consent.text { dt { "Words shown" } dd.wrap { (text) } }
                @if let Some(at) = consent.at { dt { "When" } dd { (clock.exact(at)) } }
                // As text: a link out of the console is not followed by accident.
                @if let Some(url) = &consent.url { dt { "Page" } dd.wrap { (url) } }
            }
        }
    }
}

fn hand_back(lead: &LeadView) -> Markup {
    let agent = lead.agent.as_ref().map(|a| a.name.as_str()).unwrap_or_default();
    html! {
        dialog #hand-back aria-labelledby="hand-back-title" {
            form method="post" action={ (lead::path(lead.row.lead_no)) "/hand-back" } data-guard {
                h2 #hand-back-title { "Hand this lead back?" }
                p { "It leaves " strong { (agent) } " and goes to the next in line of " strong { (lead.source) } ", first of all that wait." }
                (ui::hidden("seen", &lead.row.changes.to_string()))
                (ui::field(Field::text("reason", "Why", "").hint("Told in the history; may stay empty")))
                div.dialog-end {
                    button.button type="button" data-action="close" { "Cancel" }
                    (ui::submit(Tone::Danger, "Hand back"))
                }
            }
        }
    }
}
