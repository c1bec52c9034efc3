//! The last batches of a source: how many, to whom, who started it, and who got the odd lead.

use super::view::View;
use super::words;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Clock};
use maud::{Markup, html};
use model::{BatchId, Micros};
use store::assignment::BatchRow;

/// Agent numbers and leads of a batch.
pub(super) fn parts(batch: &BatchRow) -> Vec<(i64, i64)> {
    let parts = batch.breakdown.as_array().map(Vec::as_slice).unwrap_or_default();
    parts.iter().filter_map(|p| Some((p["agent_no"].as_i64()?, p["assigned"].as_i64()?))).collect()
}

/// The card.
pub(super) fn card(view: &View, clock: &Clock) -> Markup {
    let history = format!("/assign/history?source={}", view.source.id);
    html! {
        section #batches.card data-live="lead_assigned import_progress settings_changed" {
            header.card-head { h2 { "Last batches" } a href=(history) { "All assignments of " (view.source.name) } }
            @if view.batches.is_empty() {
                p.muted { "None yet. Leads that come in one by one are given out one by one; saving a configuration, “Auto-assign now” and imports make batches." }
            } @else {
                ol.timeline { @for batch in &view.batches { (item(view, clock, batch)) } }
            }
        }
    }
}

fn item(view: &View, clock: &Clock, batch: &BatchRow) -> Markup {
    let parts: Vec<(String, i64)> = parts(batch).into_iter().map(|(no, n)| (view.name(no), n)).collect();
    let told: Vec<(&str, i64)> = parts.iter().map(|(name, n)| (name.as_str(), *n)).collect();
    let when = html! {
        (clock.ago(Micros(batch.created_at))) " · " (words::trigger(batch.trigger)) " · " (words::method(batch.method))
        @if let Some(who) = view.actors.get(&batch.actor) { " · by " (who) }
    };
    let path = format!("/assign/history?batch={}", BatchId(batch.id));
    ui::timeline_item(
        Icon::Assign,
        &when,
        &html! {
            p { a.row-link href=(path) { strong { (ui::plural(batch.leads, "lead")) } } ": " (words::parts(told.iter().copied())) }
            @if let Some(odd) = words::odd(&told) { p.small.muted { (ui::sentence(&odd)) } }
        },
    )
}
