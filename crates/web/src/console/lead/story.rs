//! What happened to a lead, in words: who did what, and when.

use crate::app::App;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Clock};
use crate::timeline::{TimelineEntry, What};
use maud::{Markup, html};
use model::assignment::StepKind;
use model::{Method, OrgId, Trigger, UserId};
use std::collections::HashMap;

/// The names behind actors.
pub(crate) struct Names(HashMap<String, String>);

/// Looks up who acted.
pub(crate) async fn names(app: &App, org: OrgId, entries: &[TimelineEntry]) -> Result<Names, Oops> {
    let mut names = HashMap::new();
    for entry in entries {
        let Ok(id) = entry.actor.parse::<UserId>() else { continue };
        if names.contains_key(&entry.actor) {
            continue;
        }
        match store::user::user_fetch(app.reader(), org, id).await {
            Ok(user) => {
                let name = if user.name.is_empty() { user.email } else { user.name };
                names.insert(entry.actor.clone(), name);
            }
            Err(store::Error::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Names(names))
}

impl Names {
    /// A name for people.
    pub(crate) fn of(&self, actor: &str) -> &str {
        match actor {
            "api" => "a program",
            "import" => "an import",
            "system" => "Fairlead",
            actor => self.0.get(actor).map_or("somebody who has left", String::as_str),
        }
    }
}

/// The list, newest first.
pub(crate) fn story(entries: &[TimelineEntry], names: &Names, clock: &Clock) -> Markup {
    html! {
        ol.timeline {
            @for entry in entries.iter().rev() {
                @if let Some((icon, body)) = told(entry, names) {
                    (ui::timeline_item(icon, &clock.ago(entry.at), &body))
                }
            }
        }
    }
}

/// One entry; `None` where another one says the same.
fn told(entry: &TimelineEntry, names: &Names) -> Option<(Icon, Markup)> {
    let who = names.of(&entry.actor);
    match &entry.what {
        What::Status { .. } if matches!(entry.why.as_str(), "assigned" | "handed back") => None,
        What::Status { from: None, .. } if entry.why == "created" => {
            Some((Icon::Plus, html! { "Created by " (who) }))
        }
        What::Status { from: None, .. } => Some((Icon::Import, html! { (ui::sentence(&entry.why)) })),
        What::Status { .. } if entry.why == "corrected" => {
            Some((Icon::Note, html! { strong { (who) } " corrected the details" }))
        }
        What::Status { from, to, note } => {
            let again = *from == Some(*to);
            let body = html! {
                strong { (who) } @if again { " reported again " } @else { " reported " } (ui::status(*to))
                @if entry.why == "taken back" { " (took the last result back)" }
                (quote(note.as_deref()))
            };
            Some((Icon::Phone, body))
        }
        What::Assignment { step, agent_name, method, trigger, .. } => {
            let agent = agent_name.as_deref().unwrap_or("an agent who has left");
            let reason = Some(entry.why.as_str()).filter(|why| *why != step.as_str());
            Some(given(*step, agent, who, (*method, *trigger), reason))
        }
    }
}

fn given(
    step: StepKind,
    agent: &str,
    who: &str,
    (method, trigger): (Method, Trigger),
    reason: Option<&str>,
) -> (Icon, Markup) {
    match step {
        StepKind::Pick => {
            let body = html! { "Given to " strong { (agent) } " by " (method_words(method)) ", " (trigger_words(trigger)) };
            (Icon::Assign, body)
        }
        StepKind::Manual => {
            (Icon::Assign, html! { strong { (who) } " gave it to " strong { (agent) } (quote(reason)) })
        }
        StepKind::HandBack if reason == Some("given to somebody else") => {
            (Icon::Back, html! { strong { (who) } " took it from " strong { (agent) } })
        }
        StepKind::HandBack => (Icon::Back, html! { strong { (agent) } " gave it back" (quote(reason)) }),
    }
}

fn quote(text: Option<&str>) -> Markup {
    html! { @if let Some(text) = text { blockquote { (text) } } }
}

const fn method_words(method: Method) -> &'static str {
    match method {
        Method::Fair => "fair shares",
        Method::RoundRobin => "round robin",
        Method::Fewest => "fewest first",
        Method::Manual => "hand",
    }
}

const fn trigger_words(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Create => "as it came in",
        Trigger::Import => "with its import",
        Trigger::Save => "when the configuration was saved",
        Trigger::Run => "when somebody pressed Auto-assign now",
        Trigger::Sweep => "when somebody became free",
        Trigger::Manual => "by hand",
    }
}
