//! The form that holds a draft: members as chips, policy, order, the bar that saves.

use super::candidates::Candidates;
use super::draft::{Draft, Drafted};
use super::view::View;
use super::words;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Clock, Tone};
use maud::{Markup, html};
use model::{BacklogOrder, Micros, PolicyKind};

/// The form's id: buttons elsewhere on the page send it too.
pub(super) const FORM: &str = "config";

/// The panel with the draft, and below it the way to delete what is stored.
pub(super) fn panel(view: &View, draft: &Draft, candidates: Option<&Candidates>, clock: &Clock) -> Markup {
    let stored = Draft::stored(&view.pool.state);
    let changes = draft.changes(&stored, &view.agents).len();
    let numbers: Vec<String> = stored.members.iter().map(|m| m.agent_no.to_string()).collect();
    html! {
        section #panel.card data-live="settings_changed lead_assigned" data-version=(view.pool.state.config_version) {
            form #(FORM) method="post" action=(view.path()) novalidate data-guard data-members=(numbers.join(" "))
                data-policy=(stored.policy.as_str()) data-order=(stored.order.as_str())
                data-dirty[changes > 0 || candidates.is_some()] {
                // Enter in a field sends the first button: it changes nothing.
                button.visually-hidden type="submit" name="do" value="keep" tabindex="-1" { "Keep the draft" }
                (ui::hidden("version", &draft.version.to_string()))
                header.card-head {
                    h2 { "Who gets the leads" }
                    button.button type="submit" name="do" value="choose" data-choose { (Icon::Plus.svg()) "Add agent" }
                }
                (members(view, draft))
                (policies(draft.policy))
                (orders(draft.order))
                (save_bar(view, draft, changes))
                @if let Some(candidates) = candidates { (candidates.dialog()) }
            }
            @if view.pool.configured { (delete(view, clock)) }
        }
    }
}

fn members(view: &View, draft: &Draft) -> Markup {
    let agents = || draft.members.iter().filter_map(|m| view.agents.get(&m.agent_no));
    let gone = agents().filter(|a| !a.active).count() as i64;
    html! {
        @if draft.members.is_empty() {
            (ui::empty(Icon::Agents, "Nobody is chosen yet", "Leads of this source wait until at least one agent is in its pool.", &html! {
                @if !view.any_agent { (ui::button_link(Tone::Plain, None, "Add agents to the organisation first", "/agents")) }
            }))
        } @else {
            div.chips.members role="group" aria-label="Members" {
                @for member in &draft.members { (chip(view, member)) }
            }
        }
        @if gone > 0 {
            (ui::note("warn", &html! {
                (ui::plural(gone, "member")) (if gone == 1 { " is deactivated and gets" } else { " are deactivated and get" })
                " nothing. Remove them here, or activate them again under " a href="/agents" { "Agents" } "."
            }))
        }
    }
}

fn chip(view: &View, member: &Drafted) -> Markup {
    let no = member.agent_no;
    let name = view.name(no);
    let agent = view.agents.get(&no);
    let active = agent.is_none_or(|a| a.active);
    let online = active && agent.is_some_and(|a| a.presence == model::Presence::Online);
    let why = view.hindered.get(&no).map(String::as_str);
    let state = if !active { "deactivated" } else { why.unwrap_or(if online { "online" } else { "away" }) };
    let saved = view.pool.state.members.iter().find(|m| m.current && m.agent_no == no);
    let saved = saved.map(|m| super::draft::weight_text(m.weight));
    let wrong = member.parsed().is_none();
    html! {
        span.chip.member data-key=(no) data-inactive[!active] data-new[saved.is_none()] {
            (ui::hidden("member", &no.to_string()))
            span.presence data-online=(online) title=(state) { span.dot aria-hidden="true" {} }
            span.ellipsis title=(name) { (name) }
            span.visually-hidden { ", " (state) }
            @if !active { span.small.bad { "deactivated" } }
            span.stepper {
                button type="button" data-action="step-down" aria-label={ "Less weight: " (name) } tabindex="-1" { "−" }
                input type="number" name={ "w" (no) } value=(member.weight) step="0.5" min="0.5" max="1000" inputmode="decimal"
                    aria-label={ "Weight of " (name) } data-saved=[saved] aria-invalid=[wrong.then_some("true")];
                button type="button" data-action="step-up" aria-label={ "More weight: " (name) } tabindex="-1" { "+" }
            }
            @if wrong { span.field-error { (Icon::Warning.svg()) "from 0.001 to 1000" } }
            button.remove type="submit" name="do" value={ "remove:" (no) } aria-label={ "Remove " (name) } { (Icon::Cross.svg()) }
        }
    }
}

fn policies(chosen: PolicyKind) -> Markup {
    let all = PolicyKind::ALL.iter().map(|p| (p.as_str(), words::policy(*p), *p == chosen));
    html! { (explained("policy", "Policy", &all.collect::<Vec<_>>())) }
}

fn orders(chosen: BacklogOrder) -> Markup {
    let all = BacklogOrder::ALL.iter().map(|o| (o.as_str(), words::order(*o), *o == chosen));
    html! { (explained("order", "Waiting leads go out", &all.collect::<Vec<_>>())) }
}

/// One of a few, each with a line of explanation.
fn explained(name: &str, label: &str, choices: &[(&str, (&str, &str), bool)]) -> Markup {
    html! {
        fieldset.explained {
            legend { (label) }
            div.options {
                @for (value, (word, line), chosen) in choices {
                    label.option {
                        input type="radio" name=(name) value=(value) checked[*chosen];
                        span { strong { (word) } span.small.muted { (line) } }
                    }
                }
            }
        }
    }
}

fn save_bar(view: &View, draft: &Draft, changes: usize) -> Markup {
    let stored = Draft::stored(&view.pool.state);
    let told = draft.changes(&stored, &view.agents);
    html! {
        div.save-bar data-changes=(changes) {
            p { strong data-told aria-live="polite" { (ui::plural(changes as i64, "change")) }
                span.muted.small.what { " " (super::draft::told(&told)) } }
            div.actions {
                a.button.quiet href=(view.path()) data-discard { "Discard" }
                button.button type="submit" name="do" value="preview" { (Icon::Eye.svg()) "Preview" }
                button.button.primary type="submit" name="do" value="save" { "Save config" }
            }
        }
    }
}

fn delete(view: &View, clock: &Clock) -> Markup {
    let name = &view.source.name;
    let members = view.pool.state.members.iter().filter(|m| m.current).count() as i64;
    let (waiting, given) = (view.distribution.waiting, view.distribution.assigned);
    let open = html! {
        button.button.quiet.bad type="button" data-action="open" data-dialog="delete" { (Icon::Trash.svg()) "Delete config" }
    };
    let text = html! {
        ul.consequences {
            li { @if members == 0 { "Nobody is in the pool." } @else { (ui::plural(members, "agent")) (if members == 1 { " gets" } else { " get" }) " no more leads of " (name) "." } }
            li { @if waiting == 0 { "New leads wait from now on." } @else { (ui::plural(waiting, "waiting lead")) (if waiting == 1 { " keeps" } else { " keep" }) " waiting, and new ones join." } }
            li { (ui::plural(given, "lead")) " already given out " (if given == 1 { "stays" } else { "stay" }) " where " (if given == 1 { "it is." } else { "they are." }) }
            li { "History and credits are kept: configuring " (name) " again goes on where it was." }
        }
    };
    let path = format!("{}/delete", view.path());
    html! {
        div.panel-foot {
            span.muted.small { "Version " (view.pool.state.config_version) " · saved " (clock.ago(Micros(view.pool.changed_at))) }
            (ui::confirm("delete", &open, &format!("Delete the configuration of {name}?"), &text, &path, ("Delete config", Tone::Danger)))
        }
    }
}
