//! Parts that show something.

use super::icon::Icon;
use super::words::grouped;
use maud::{Markup, PreEscaped, html};

/// The head of a page: title, a line below it, the page's actions at the end.
pub(crate) fn heading(title: &str, below: &Markup, actions: &Markup) -> Markup {
    html! {
        div.heading {
            div { h1 { (title) } @if !below.0.is_empty() { p.muted { (below) } } }
            @if !actions.0.is_empty() { div.actions { (actions) } }
        }
    }
}

/// Where a page stands below others: name and path of each.
pub(crate) fn breadcrumb(above: &[(&str, &str)], here: &str) -> Markup {
    html! {
        nav.breadcrumb aria-label="Breadcrumb" {
            ol {
                @for (name, path) in above { li { a href=(path) { (name) } } }
                li aria-current="page" { (here) }
            }
        }
    }
}

/// Pages beside each other: name, path, whether it is this one.
pub(crate) fn tabs(label: &str, tabs: &[(&str, &str, bool)]) -> Markup {
    html! {
        nav.tabs aria-label=(label) {
            @for (name, path, here) in tabs { a href=(path) aria-current=[here.then_some("page")] { (name) } }
        }
    }
}

/// A surface with a title.
pub(crate) fn card(title: &str, actions: &Markup, body: &Markup) -> Markup {
    html! {
        section.card {
            @if !title.is_empty() || !actions.0.is_empty() {
                header.card-head { h2 { (title) } @if !actions.0.is_empty() { div.actions { (actions) } } }
            }
            (body)
        }
    }
}

/// One number with its meaning: label, value, a line below it.
pub(crate) fn stat(label: &str, value: &Markup, below: &Markup) -> Markup {
    html! {
        div.stat {
            p.stat-label { (label) }
            p.stat-value { (value) }
            @if !below.0.is_empty() { p.stat-below.muted { (below) } }
        }
    }
}

/// A number that flashes once when it changes under the reader's eyes.
pub(crate) fn number(value: i64) -> Markup {
    html! { span.number data-number { (grouped(value)) } }
}

/// A word with a colour: `open`, `work`, `won`, `final`, `warn`, `good`, `info`.
pub(crate) fn pill(kind: &str, icon: Icon, word: &str) -> Markup {
    html! { span.pill data-kind=(kind) { (icon.svg()) (word) } }
}

/// Whether somebody is at work.
pub(crate) fn presence(online: bool) -> Markup {
    let word = if online { "Online" } else { "Away" };
    html! { span.presence data-online=(online) { span.dot aria-hidden="true" {} (word) } }
}

/// A thing among others; `remove` is a button that takes it out.
pub(crate) fn chip(body: &Markup, remove: Option<Markup>) -> Markup {
    html! { span.chip { (body) @if let Some(remove) = remove { (remove) } } }
}

/// Nothing here yet: what it is for, and how it fills.
pub(crate) fn empty(icon: Icon, title: &str, text: &str, action: &Markup) -> Markup {
    html! {
        div.empty {
            (icon.svg())
            p.empty-title { (title) }
            p.muted { (text) }
            @if !action.0.is_empty() { div.actions { (action) } }
        }
    }
}

/// Something to know, in the flow of the page: kind `info`, `good`, `warn` or `bad`.
pub(crate) fn note(kind: &str, body: &Markup) -> Markup {
    let icon = match kind {
        "good" => Icon::Check,
        "warn" | "bad" => Icon::Warning,
        _ => Icon::Info,
    };
    let role = if kind == "bad" { "alert" } else { "note" };
    html! { div.note data-kind=(kind) role=(role) { (icon.svg()) div { (body) } } }
}

/// How far something is; a `whole` of 0 means that nobody knows.
pub(crate) fn progress(label: &str, part: i64, whole: i64) -> Markup {
    html! {
        @if whole > 0 { progress aria-label=(label) max=(whole) value=(part.clamp(0, whole)) {} }
        @else { progress aria-label=(label) {} }
    }
}

/// A share of a whole as a bar of 0 to 1.
pub(crate) fn bar(label: &str, share: f64) -> Markup {
    let width = format!("{:.2}", share.clamp(0.0, 1.0) * 100.0);
    html! {
        svg.bar viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label=(label) {
            rect.bar-ground width="100" height="8" rx="0" {}
            rect.bar-fill width=(width) height="8" rx="0" {}
        }
    }
}

/// How much of a limit is used.
pub(crate) fn meter(label: &str, used: i64, limit: i64) -> Markup {
    let share = if limit > 0 { used as f64 / limit as f64 } else { 1.0 };
    let kind = if share >= 1.0 { "full" } else { "free" };
    html! { span.meter data-kind=(kind) { (bar(label, share)) span.number { (grouped(used)) " / " (grouped(limit)) } } }
}

/// One thing that happened, in a list `ol.timeline`.
pub(crate) fn timeline_item(icon: Icon, when: &Markup, body: &Markup) -> Markup {
    html! { li { span.timeline-icon { (icon.svg()) } div { (body) p.muted.small { (when) } } } }
}

/// Nothing, where a part wants something.
pub(crate) const NONE: PreEscaped<String> = PreEscaped(String::new());
