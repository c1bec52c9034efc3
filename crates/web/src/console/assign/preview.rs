//! What if: last week's leads under the draft, beside what happened.

use super::draft::Draft;
use super::view::View;
use crate::app::App;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Column};
use crate::console::visit::Visit;
use crate::rights::Staff;
use engine::assign::simulate::{Draft as Wish, Replayed, Stretch, WhatIf, what_if};
use maud::{Markup, html};

/// As many of the newest leads are replayed at most: an answer within a second.
const MOST: i64 = 5_000;

/// Replays the source's last week under the draft.
pub(super) async fn replay(
    app: &App,
    visit: &Visit<Staff>,
    view: &View,
    draft: &Draft,
) -> Result<Replayed, Oops> {
    let wish = Wish { policy: draft.policy, members: Some(draft.weights().collect()) };
    let since = super::view::week_ago(visit.clock().now());
    let stretch = Stretch { since, most: Some(MOST) };
    Ok(what_if(app.reader(), visit.org(), view.source.source_no, &wish, stretch).await?)
}

/// The card.
pub(super) fn card(view: &View, replayed: &Replayed) -> Markup {
    let most = replayed.agents.iter().flat_map(|a| [a.happened, a.would]).max().unwrap_or(0);
    let would: i64 = replayed.agents.iter().map(|a| a.would).sum();
    let unserved = replayed.leads - would;
    let columns = [
        Column::text("Agent"),
        Column::text("Happened / would have"),
        Column::number("Happened"),
        Column::number("Would have"),
        Column::number("Change"),
    ];
    html! {
        section #preview.card tabindex="-1" data-arrive aria-label="Preview" {
            header.card-head {
                h2 { "Preview: last week under this draft" }
                span.legend { span { (swatch("happened")) "Happened" } span { (swatch("would")) "Would have" } }
            }
            @if replayed.leads == 0 {
                (ui::empty(Icon::Clock, "Nothing to replay", "No lead of this source was given out in the last 7 days.", &ui::NONE))
            } @else {
                p.muted {
                    @if replayed.cut { "The newest " (ui::plural(replayed.leads, "lead")) " of the last 7 days were" }
                    @else { (ui::plural(replayed.leads, "lead")) " of the last 7 days " (if replayed.leads == 1 { "was" } else { "were" }) }
                    " replayed with even credits, everybody as present and as full as then. Nothing is changed."
                    @if unserved > 0 { " " strong { (ui::plural(unserved, "lead")) } " would have waited: nobody in the draft could take them." }
                }
                (ui::table("What the draft would have meant", &columns, &html! {
                    @for agent in &replayed.agents { (row(view, agent, most)) }
                }))
            }
        }
    }
}

fn row(view: &View, agent: &WhatIf, most: i64) -> Markup {
    let name = view.name(agent.agent_no);
    let change = agent.would - agent.happened;
    let (sign, kind) = match change {
        0 => ("", "same"),
        c if c > 0 => ("+", "more"),
        _ => ("", "less"),
    };
    html! {
        tr data-key=(agent.agent_no) {
            td { span.ellipsis title=(name) { (name) } }
            td.bars { (bars(agent, most)) }
            td.numeric { (ui::grouped(agent.happened)) }
            td.numeric { (ui::grouped(agent.would)) }
            td.numeric data-change=(kind) { (sign) (ui::grouped(change)) }
        }
    }
}

fn bars(agent: &WhatIf, most: i64) -> Markup {
    let width = |n: i64| format!("{:.2}", n as f64 / most.max(1) as f64 * 100.0);
    let told = format!("Happened {}, would have {}", ui::grouped(agent.happened), ui::grouped(agent.would));
    html! {
        svg.two-bars viewBox="0 0 100 18" preserveAspectRatio="none" role="img" aria-label=(told) {
            rect.happened y="0" width=(width(agent.happened)) height="8" {}
            rect.would y="10" width=(width(agent.would)) height="8" {}
        }
    }
}

fn swatch(class: &str) -> Markup {
    html! { svg.swatch viewBox="0 0 10 10" aria-hidden="true" { rect class=(class) width="10" height="10" rx="2" {} } }
}
