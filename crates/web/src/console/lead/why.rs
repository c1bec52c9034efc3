//! "Why this agent, why not that one", and why a lead waits: the stored decision in sentences, with its numbers.

use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Clock, Column};
use engine::assign::explain::{Decision, Explained};
use maud::{Markup, html};
use model::{Micros, PolicyKind};

/// Sentences shown before the rest folds away.
const SHOWN: usize = 6;

/// The card. `agent`: who has the lead.
pub(crate) fn why(explained: &Explained, agent: Option<&str>, clock: &Clock) -> Markup {
    let title = match (explained.state, agent) {
        ("waiting", _) => "Why nobody yet?".to_owned(),
        (_, Some(agent)) => format!("Why {agent}?"),
        _ => "Why nobody?".to_owned(),
    };
    let (first, rest) = explained.sentences.split_at(explained.sentences.len().min(SHOWN));
    let body = html! {
        ul.sentences { @for sentence in first { li { (sentence) } } }
        @if !rest.is_empty() {
            details.more {
                summary { (ui::plural(rest.len() as i64, "more sentence")) }
                ul.sentences { @for sentence in rest { li { (sentence) } } }
            }
        }
        @if let Some(waiting) = &explained.waiting { (when(waiting.next_change, waiting.enabled, clock)) }
        @if let Some(decision) = &explained.decision { (numbers(decision, clock)) }
    };
    ui::card(&title, &ui::NONE, &body)
}

fn when(next: Option<Micros>, enabled: bool, clock: &Clock) -> Markup {
    html! {
        @if let Some(at) = next.filter(|_| enabled) {
            (ui::note("info", &html! { "That changes by itself " strong { (clock.ago(at)) } ", or the moment somebody comes online or has room." }))
        } @else if enabled {
            (ui::note("info", &html! { "It is given out the moment somebody comes online or has room." }))
        } @else {
            (ui::note("info", &html! { "It is given out when auto-assign is switched on, or by hand. " a href="/assign" { "Assign leads" } }))
        }
    }
}

fn numbers(decision: &Decision, clock: &Clock) -> Markup {
    let told = &decision.explanation;
    if told.members.is_empty() {
        return ui::NONE;
    }
    let fewest = told.policy == PolicyKind::Fewest;
    let mut columns = vec![Column::text("Agent"), Column::number("Weight")];
    columns.extend(if fewest {
        vec![Column::number("Leads before")]
    } else {
        vec![Column::number("Owed before"), Column::number("With this lead"), Column::number("After")]
    });
    columns.push(Column::text("Could take it"));
    let rows = html! {
        @for member in &told.members {
            tr {
                td { span.ellipsis { (member.name) } @if member.picked { " " (ui::pill("good", Icon::Check, "Got it")) } }
                td.numeric { (member.weight) }
                @if fewest { td.numeric { (member.total_before.map_or("–".to_owned(), ui::grouped)) } }
                @else {
                    td.numeric { (credit(member.credit_before)) }
                    td.numeric { (credit(member.credit_with_share)) }
                    td.numeric { (credit(member.credit_after)) }
                }
                td { @if member.eligible { "Yes" } @else { "No: " (member.reason_words) } }
            }
        }
    };
    html! {
        details.more {
            summary { "The numbers that decided" }
            p.muted.small {
                "Decided " (clock.at(decision.at)) ", step " (ui::grouped(told.seq)) " of this source, configuration "
                (decision.config_version) ". Owed is counted in leads."
            }
            div.inset { (ui::table("The numbers that decided", &columns, &rows)) }
        }
    }
}

fn credit(credit: f64) -> String {
    format!("{credit:+.2}").replace('-', "−")
}
