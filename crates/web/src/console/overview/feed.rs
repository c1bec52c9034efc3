//! The newest events in words. Events carry no contact data.

use crate::app::App;
use crate::console::oops::Oops;
use crate::console::ui;
use crate::console::ui::icon::Icon;
use crate::console::visit::Visit;
use crate::rights::Own;
use maud::{Markup, html};
use model::{Micros, Status};
use serde::Deserialize;
use store::outbox::StoredEvent;

/// Events looked at, and shown.
const LOOKED: i64 = 80;
const SHOWN: usize = 20;

/// What the words need of an event's data.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Data {
    lead_id: Option<String>,
    title: Option<String>,
    category: Option<String>,
    location: Place,
    source: Option<String>,
    agent_id: Option<String>,
    agent_name: Option<String>,
    count: i64,
    to: Option<String>,
    why: Option<String>,
    import_id: Option<String>,
    state: Option<String>,
    rows: i64,
    accepted: i64,
    area: Option<String>,
    test: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Place {
    city: Option<String>,
}

pub(super) async fn list(app: &App, visit: &Visit<Own>) -> Result<Markup, Oops> {
    let newest = store::outbox::cursor_fetch(app.reader(), visit.org()).await?;
    let mut events = store::outbox::event_list(app.reader(), visit.org(), newest - LOOKED, LOOKED).await?;
    events.retain(|event| event.user.is_none());
    let mut told = Vec::new();
    // Of an import that goes on, only how far it is.
    let mut imports: Vec<String> = Vec::new();
    let mut area: Option<String> = None;
    for event in events.iter().rev() {
        let data: Data = serde_json::from_str(&event.data).unwrap_or_default();
        if let Some(import) = &data.import_id {
            if imports.contains(import) {
                continue;
            }
            imports.push(import.clone());
        }
        // One change after the other of the same kind is one.
        let again = data.area.is_some() && data.area == area;
        area = data.area.clone();
        if again {
            continue;
        }
        if let Some((icon, words)) = words(event, &data) {
            told.push((event, icon, html! { @if data.test { "Test: " } (words) }));
        }
        if told.len() == SHOWN {
            break;
        }
    }
    if told.is_empty() {
        return Ok(ui::empty(
            Icon::Clock,
            "Nothing happened yet",
            "New leads, assignments and imports appear here as they happen.",
            &ui::NONE,
        ));
    }
    Ok(html! {
        ol.timeline data-rows {
            @for (event, icon, words) in &told {
                li data-key=(event.cursor) {
                    span.timeline-icon { (icon.svg()) }
                    div { p { (words) } p.muted.small { (visit.clock().ago(Micros(event.occurred_at))) } }
                }
            }
        }
    })
}

fn words(event: &StoredEvent, data: &Data) -> Option<(Icon, Markup)> {
    Some(match event.kind.as_str() {
        "lead_created" => (Icon::Leads, created(data)),
        "lead_assigned" => (Icon::Assign, assigned(data)),
        "lead_status_changed" => (Icon::Tag, moved(data)?),
        "import_progress" => (Icon::Import, import(data)?),
        "settings_changed" => (Icon::Settings, settings(data)),
        _ => return None,
    })
}

fn lead(data: &Data, words: &str) -> Markup {
    html! { @match &data.lead_id { Some(id) => a href={ "/leads/" (id) } { (words) }, None => (words) } }
}

fn created(data: &Data) -> Markup {
    let about: Vec<&str> = [&data.title, &data.category, &data.location.city]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    html! { (lead(data, "A new lead")) @if !about.is_empty() { ": " (about.join(" · ")) } }
}

fn assigned(data: &Data) -> Markup {
    let source = data.source.as_deref().unwrap_or("A source");
    let agent = data.agent_name.as_deref().unwrap_or("an agent");
    html! {
        (source) " gave " (lead(data, &ui::plural(data.count.max(1), "lead"))) " to "
        @match &data.agent_id { Some(id) => a href={ "/agents/" (id) } { (agent) }, None => (agent) }
    }
}

fn moved(data: &Data) -> Option<Markup> {
    let to: Status = data.to.as_deref()?.parse().ok()?;
    let why = data.why.as_deref().unwrap_or_default();
    Some(html! {
        (lead(data, "A lead")) @match why {
            "corrected" => " was corrected",
            "handed back" => " was handed back and waits again",
            _ => { " is " (ui::status(to)) },
        }
    })
}

fn import(data: &Data) -> Option<Markup> {
    let id = data.import_id.as_deref()?;
    let link = |words: &str| html! { a href={ "/import/" (id) } { (words) } };
    Some(match data.state.as_deref()? {
        "done" => {
            html! { (link("An import")) " is done: " (ui::plural(data.accepted, "new lead")) " out of " (ui::plural(data.rows, "row")) }
        }
        "failed" => html! { (link("An import")) " stopped after " (ui::plural(data.rows, "row")) },
        _ => html! { (link("An import")) " runs: " (ui::plural(data.rows, "row")) " so far" },
    })
}

fn settings(data: &Data) -> Markup {
    let what = match data.area.as_deref().unwrap_or_default() {
        "source" => "A source was changed",
        "pool" | "auto_assign" => "Who gets the leads of a source was changed",
        "agent" => "An agent was changed",
        "user" => "A user was changed",
        "organization" => "The organisation's settings were changed",
        "token" => "An API token was changed",
        "webhook_endpoint" => "A webhook endpoint was changed",
        _ => "Settings were changed",
    };
    html! { (what) }
}
