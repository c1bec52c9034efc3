//! To whom a lead is given by hand: everybody with what they hold now, and why they would not get it by themselves.

use crate::app::App;
use crate::console::lead;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Field, Tone};
use crate::console::visit::Visit;
use crate::rights::Leads;
use engine::assign::explain::{AgentAvailability, availability};
use maud::{Markup, html};
use model::Presence;
use store::lead::LeadRow;

/// Agents the dialog holds; free ones first.
const SHOWN: usize = 200;

/// The dialog.
pub(super) async fn dialog(app: &App, visit: &Visit<Leads>, row: &LeadRow) -> Result<Markup, Oops> {
    let mut agents = availability(app.reader(), visit.org(), visit.clock().now()).await?;
    agents.retain(|a| a.agent.active && Some(a.agent.agent_no) != row.agent_no);
    agents.sort_by_key(|a| (!a.available, a.agent.open_count, a.agent.name.to_lowercase()));
    let hidden = agents.len().saturating_sub(SHOWN);
    agents.truncate(SHOWN);
    Ok(html! {
        dialog #give aria-labelledby="give-title" {
            form method="post" action={ (lead::path(row.lead_no)) "/assign" } data-guard {
                h2 #give-title { "Who shall have this lead?" }
                (ui::hidden("seen", &row.changes.to_string()))
                @if agents.is_empty() {
                    (ui::empty(Icon::Agents, "Nobody else is there", "Add an agent, or activate one, to give leads to.",
                        &ui::button_link(Tone::Plain, None, "Agents", "/agents")))
                } @else {
                    div.field {
                        label for="f-find-agent" { "Find an agent" }
                        input id="f-find-agent" type="search" data-narrow="give-list" autocomplete="off";
                    }
                    ul #give-list.picks {
                        @for agent in &agents { (pick(agent)) }
                        li.muted data-none hidden { "Nobody is called that." }
                    }
                    @if hidden > 0 { p.muted.small { (ui::plural(hidden as i64, "more agent")) " not shown: those who hold most." } }
                    (ui::field(Field::text("reason", "Why", "").hint("Told in the history; may stay empty")))
                }
                div.dialog-end {
                    button.button type="button" data-action="close" { "Cancel" }
                    @if !agents.is_empty() { (ui::submit(Tone::Primary, "Give the lead")) }
                }
            }
        }
    })
}

fn pick(a: &AgentAvailability) -> Markup {
    let agent = &a.agent;
    html! {
        li data-text=(agent.name) {
            label.pick {
                input type="radio" name="agent_id" value=(agent.id) required;
                span.pick-name { span.ellipsis { (agent.name) } @if !a.available { span.muted.small { (ui::sentence(&a.why)) } } }
                (ui::presence(agent.presence == Presence::Online))
                span.muted.small.number { (ui::grouped(agent.open_count)) " open" }
            }
        }
    }
}
