//! "Add agent": who could be added to a draft, and how busy each is.

use super::draft::Draft;
use super::view::View;
use crate::app::App;
use crate::console::fields::Fields;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Tone};
use engine::assign::explain::{AgentAvailability, availability};
use maud::{Markup, html};
use model::{Micros, OrgId};
use std::collections::HashSet;

/// As many are listed; others are found by name or skill.
const LISTED: usize = 60;

/// The dialog's content.
pub(super) struct Candidates {
    asked: String,
    chosen: HashSet<i64>,
    /// Those chosen so far first.
    listed: Vec<AgentAvailability>,
    /// How many more fit.
    more: usize,
    inactive: usize,
    /// There is somebody to choose from at all.
    anybody: bool,
}

impl Candidates {
    pub(super) async fn load(
        app: &App,
        org: OrgId,
        now: Micros,
        draft: &Draft,
        fields: &Fields,
    ) -> Result<Self, Oops> {
        let all = availability(app.reader(), org, now).await?;
        let asked = fields.text("q").to_lowercase();
        let chosen: HashSet<i64> = chosen(fields).collect();
        let members: HashSet<i64> = draft.members.iter().map(|m| m.agent_no).collect();
        let inactive = all.iter().filter(|a| !a.agent.active).count();
        let mut free: Vec<AgentAvailability> =
            all.into_iter().filter(|a| a.agent.active && !members.contains(&a.agent.agent_no)).collect();
        let anybody = !free.is_empty();
        let fits = |a: &AgentAvailability| {
            asked.is_empty()
                || a.agent.name.to_lowercase().contains(&asked)
                || a.agent.skills.iter().any(|skill| skill.contains(&asked))
        };
        free.retain(|a| chosen.contains(&a.agent.agent_no) || fits(a));
        free.sort_by_key(|a| (!chosen.contains(&a.agent.agent_no), a.agent.name.to_lowercase()));
        let more = free.len().saturating_sub(LISTED.max(chosen.len()));
        free.truncate(LISTED.max(chosen.len()));
        Ok(Self { asked: fields.text("q").to_owned(), chosen, listed: free, more, inactive, anybody })
    }

    /// The dialog, open.
    pub(super) fn dialog(&self) -> Markup {
        html! {
            dialog #add-agent open data-modal aria-labelledby="add-agent-title" {
                div.stack-y {
                    h2 #add-agent-title { "Add agents" }
                    @if self.anybody { (self.search()) (self.list()) } @else { (self.nobody()) }
                    div.dialog-end {
                        button.button type="submit" name="do" value="keep" data-close { "Cancel" }
                        @if self.anybody { button.button.primary type="submit" name="do" value="add" data-add { (add_words(self.chosen.len())) } }
                    }
                }
            }
        }
    }

    fn search(&self) -> Markup {
        html! {
            div.candidate-search {
                (ui::field(ui::Field::text("q", "Name or skill", &self.asked).kind("search")))
                button.button.no-js type="submit" name="do" value="search" data-search { "Search" }
            }
        }
    }

    fn list(&self) -> Markup {
        html! {
            div.candidates role="group" aria-label="Agents" tabindex="0" {
                @for candidate in &self.listed { (self.candidate(candidate)) }
                @if self.listed.is_empty() { p.muted { "Nobody is called so or has such a skill." } }
            }
            @if self.more > 0 { p.small.muted { (ui::plural(self.more as i64, "more agent")) ": type a name or a skill." } }
            @if self.inactive > 0 { p.small.muted { (ui::plural(self.inactive as i64, "deactivated agent")) " cannot be chosen." } }
        }
    }

    fn candidate(&self, candidate: &AgentAvailability) -> Markup {
        let agent = &candidate.agent;
        let online = agent.presence == model::Presence::Online;
        let limit =
            |limit: Option<i64>| limit.map(|cap| format!(" of {}", ui::grouped(cap))).unwrap_or_default();
        html! {
            label.candidate data-key=(agent.agent_no) {
                input type="checkbox" name="add" value=(agent.agent_no) checked[self.chosen.contains(&agent.agent_no)];
                span.candidate-who {
                    span.presence data-online=(online) { span.dot aria-hidden="true" {} span.visually-hidden { (if online { "Online" } else { "Away" }) } }
                    strong.ellipsis title=(agent.name) { (agent.name) }
                }
                span.candidate-load.small.muted {
                    (ui::grouped(agent.open_count)) (limit(agent.open_cap)) " open · "
                    (ui::grouped(candidate.today)) (limit(agent.daily_cap)) " today"
                }
                span.candidate-more.small.muted {
                    @if !candidate.available { span.warn { (candidate.why) } }
                    @if !agent.skills.is_empty() { @if !candidate.available { " · " } (agent.skills.join(", ")) }
                }
            }
        }
    }

    fn nobody(&self) -> Markup {
        html! {
            (ui::empty(Icon::Agents, "Nobody is left to add", "Every active agent of the organisation is in this pool, or there is none yet.",
                &ui::button_link(Tone::Plain, None, "Go to Agents", "/agents")))
        }
    }
}

fn add_words(chosen: usize) -> String {
    if chosen == 0 { "Add agents".to_owned() } else { format!("Add {}", ui::plural(chosen as i64, "agent")) }
}

/// The agents chosen in the dialog.
pub(super) fn chosen(fields: &Fields) -> impl Iterator<Item = i64> {
    fields.all("add").filter_map(|no| no.parse().ok())
}

/// Puts the chosen agents into the draft.
pub(super) async fn add(app: &App, org: OrgId, draft: &mut Draft, fields: &Fields) -> Result<(), Oops> {
    let numbers: Vec<i64> = chosen(fields).collect();
    draft.add(&store::agent::agent_list_no(app.reader(), org, &numbers).await?);
    Ok(())
}

/// Who a draft names that the organisation does not have is left out.
pub(super) fn known(draft: &mut Draft, view: &View) {
    draft.members.retain(|m| view.agents.contains_key(&m.agent_no));
}
