//! What waits and why, in sentences, with the button that helps.

use super::assign_path;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Tone};
use crate::console::visit::Visit;
use crate::rights::Own;
use engine::overview::{LeadsWhy, Overview, SourceWaiting, Why};
use maud::{Markup, html};

/// Queues shown.
const SHOWN: usize = 8;

/// Nothing if nothing waits.
pub(super) fn card(visit: &Visit<Own>, numbers: &Overview) -> Markup {
    if numbers.waiting.is_empty() {
        return html! {};
    }
    let sum: i64 = numbers.waiting.iter().map(|queue| queue.waiting).sum();
    let title = if sum == 1 { "1 lead waits".to_owned() } else { format!("{} leads wait", ui::grouped(sum)) };
    ui::card(
        &title,
        &ui::NONE,
        &html! {
            ul.waiting {
                @for queue in numbers.waiting.iter().take(SHOWN) { li data-key=(queue.source.id) { (queue_line(visit, queue)) } }
            }
            @if numbers.waiting.len() > SHOWN { p.muted { "And in " (ui::plural((numbers.waiting.len() - SHOWN) as i64, "more source")) ": " a href="/assign" { "see all" } } }
        },
    )
}

fn queue_line(visit: &Visit<Own>, queue: &SourceWaiting) -> Markup {
    let first = queue.reasons.first();
    html! {
        div {
            p { a.row-link.strong href={ "/leads?source=" (queue.source.id) "&agent=nobody" } { (queue.source.name) } " · " (ui::number(queue.waiting)) " waiting" }
            @for reason in &queue.reasons { p.muted { (sentence(visit, queue, reason)) } }
        }
        @if let Some(first) = first { (help(queue, first)) }
    }
}

fn sentence(visit: &Visit<Own>, queue: &SourceWaiting, reason: &LeadsWhy) -> Markup {
    let one = reason.leads == 1;
    html! {
        @if queue.reasons.len() > 1 { (ui::grouped(reason.leads)) @if queue.waiting > queue.asked { " of the first " (ui::grouped(queue.asked)) } ": " }
        @match reason.why {
            Why::NotConfigured => "Nobody is chosen to get these leads.",
            Why::Off => "Auto-assign is switched off.",
            Why::NoMembers => "The source has no agents any more.",
            Why::AboutToBeAssigned => { @if one { "It is" } @else { "They are" } " about to be assigned." },
            Why::Nobody(_) => {
                "Nobody can take " @if one { "it" } @else { "them" } " now: "
                (ui::names(&reason.members.iter().map(|m| format!("{} {}", m.count, members(m.count, m.reason.words()))).collect::<Vec<String>>(), 4)) "."
            },
        }
        @if let Some(at) = reason.next_change { " The next change comes by itself " (visit.clock().at(at)) "." }
    }
}

/// `1 away`, `2 have reached their daily limit`.
fn members(count: usize, words: &'static str) -> &'static str {
    match (words, count) {
        ("daily limit reached", 1) => "has reached the daily limit",
        ("daily limit reached", _) => "have reached their daily limit",
        ("too many open leads", 1) => "holds too many open leads",
        ("too many open leads", _) => "hold too many open leads",
        ("lacks a skill the lead needs", 2..) => "lack a skill the lead needs",
        ("gave this lead back", _) => "gave it back",
        (words, _) => words,
    }
}

/// The button that helps with a reason.
fn help(queue: &SourceWaiting, reason: &LeadsWhy) -> Markup {
    let to = assign_path(&queue.source);
    match reason.why {
        Why::NotConfigured => ui::button_link(Tone::Plain, Some(Icon::Plus), "Choose agents", &to),
        Why::Off => ui::button_link(Tone::Plain, Some(Icon::Bolt), "Switch auto-assign on", &to),
        Why::NoMembers => ui::button_link(Tone::Plain, Some(Icon::Plus), "Add agents", &to),
        Why::AboutToBeAssigned => ui::button_link(Tone::Plain, None, "Look", &to),
        Why::Nobody(_) => match reason.members.first().map(|m| m.reason.word()) {
            Some("away") => ui::button_link(Tone::Plain, None, "See who is away", "/agents?presence=away"),
            Some("inactive") => {
                ui::button_link(Tone::Plain, None, "See who is deactivated", "/agents?state=deactivated")
            }
            Some("daily_cap" | "open_cap") => {
                ui::button_link(Tone::Plain, None, "Look at the limits", "/agents")
            }
            Some("missing_skill") => ui::button_link(Tone::Plain, None, "Look at the skills", "/agents"),
            _ => ui::button_link(Tone::Plain, None, "Look at the agents", &to),
        },
    }
}
