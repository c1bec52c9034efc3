//! The lead at hand: how to reach the person, what they want, the result, the story.

use super::queue::Queue;
use super::{Desk, overdue};
use crate::app::App;
use crate::console::fields::Fields;
use crate::console::lead;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Clock, Tone};
use crate::console::visit::Visit;
use crate::lead::visible;
use crate::problem::Problem;
use crate::rights::Leads;
use maud::{Markup, html};
use model::Micros;
use store::lead::LeadView;

/// A lead with what its pane tells.
pub(super) struct Hand {
    lead: LeadView,
    story: Markup,
    why: Markup,
}

impl Hand {
    /// The lead that was asked for, else the first of the queue. `None`: there is nothing to do.
    pub(super) async fn load(
        app: &App,
        visit: &Visit<Leads>,
        desk: &Desk,
        queue: &Queue,
        fields: &Fields,
    ) -> Result<Option<Self>, Oops> {
        let clock = visit.clock();
        let lead = match fields.given("lead") {
            Some(asked) => {
                let row = visible(app, &visit.who, asked).await;
                // It may have been handed to somebody else meanwhile: the queue goes on.
                let Ok(row) = row else { return Ok(None) };
                if row.agent_no != Some(desk.agent.agent_no) {
                    return Ok(None);
                }
                store::lead::lead_views(app.reader(), visit.org(), vec![row]).await?.pop()
            }
            None => queue.leads.first().cloned(),
        };
        let Some(lead) = lead else { return Ok(None) };
        let entries = crate::timeline::entries(app, visit.org(), &lead.row).await?;
        let names = lead::names(app, visit.org(), &entries).await?;
        let story = lead::story(&entries, &names, clock);
        let explained =
            engine::assign::explain::explain(app.reader(), visit.org(), lead.row.lead_id(), clock.now())
                .await;
        let why = explained.map_or(ui::NONE, |explained| lead::why(&explained, Some("you"), clock));
        Ok(Some(Self { lead, story, why }))
    }

    pub(super) fn lead_no(&self) -> i64 {
        self.lead.row.lead_no
    }
}

pub(super) fn pane(
    desk: &Desk,
    queue: &Queue,
    hand: Option<&Hand>,
    clock: &Clock,
    typed: Option<(&Fields, &Problem)>,
) -> Markup {
    let id = hand.map(|hand| hand.lead.row.lead_id().to_string());
    html! {
        section #work-lead.work-lead aria-label="The lead at hand" data-live="lead_assigned lead_status_changed" data-about=[id]
            data-path=[hand.map(|hand| desk.path(queue.tab, Some(hand.lead_no())))] {
            a.button.quiet.back href=(desk.path(queue.tab, None)) { (Icon::Back.svg()) "Queue" }
            @match hand {
                Some(hand) => (whole(desk, queue, hand, clock, typed)),
                None => (nobody(desk, queue)),
            }
        }
    }
}

fn nobody(desk: &Desk, queue: &Queue) -> Markup {
    let first = queue.leads.first().map(|lead| desk.path(queue.tab, Some(lead.row.lead_no)));
    let next =
        html! { @if let Some(first) = first { a #next.button.primary href=(first) data-go { "Next lead" } } };
    let text =
        "Choose a lead from the queue. One that was given to somebody else meanwhile is not yours any more.";
    html! { div.card { (ui::empty(Icon::Work, "No lead at hand", text, &next)) } }
}

fn whole(
    desk: &Desk,
    queue: &Queue,
    hand: &Hand,
    clock: &Clock,
    typed: Option<(&Fields, &Problem)>,
) -> Markup {
    let (lead, row) = (&hand.lead, &hand.lead.row);
    let uid = model::lead::uid(row.lead_no);
    let next = queue.next(row.lead_no).map(|no| desk.path(queue.tab, Some(no)));
    html! {
        article.stack-y data-key=(row.lead_id()) {
            div.card.at-hand {
                div.row.between {
                    div { h2.at-hand-name { (lead::name_of(lead)) } p.head-line.muted { (ui::status(row.status)) span { (uid) } span { (lead.source) }
                        @if let Some(at) = row.assigned_at { span { "given " (clock.ago(Micros(at))) } } } }
                    @if let Some(next) = next { a #next.button.primary[!row_is_fresh(row)] href=(next) data-go { "Next lead" kbd aria-hidden="true" { "Enter" } } }
                }
                @if let Some(at) = row.callback_at.map(Micros) {
                    (ui::note(if overdue(at, clock) { "warn" } else { "info" }, &html! { "To be called back " strong { (clock.ago(at)) } "." }))
                }
                (lead::contact(row))
            }
            @if desk.own {
                div.card.work-results {
                    (lead::results(row, clock, &format!("/my-leads/{uid}/disposition?tab={}", queue.tab.name()), typed))
                }
            } @else { p { a.button href=(lead::path(row.lead_no)) { "Open the lead's page" } } }
            (ui::card("What they want", &html! { a.button.quiet href={ (lead::path(row.lead_no)) "/edit" } { (Icon::Note.svg()) "Correct" } }, &lead::details(lead, None, clock)))
            (ui::card("What happened", &ui::NONE, &hand.story))
            details.more.why-me { summary { "Why this lead is with you" } (hand.why) }
            @if desk.own && row.is_open { (hand_back(queue, &uid, row.changes)) }
        }
    }
}

/// Nothing was reported yet: the result comes first, not the next lead.
fn row_is_fresh(row: &store::lead::LeadRow) -> bool {
    row.status == model::Status::Pending
}

fn hand_back(queue: &Queue, uid: &str, changes: i64) -> Markup {
    html! {
        details.more {
            summary { "Hand this lead back" }
            form.stacked method="post" action={ "/my-leads/" (uid) "/hand-back?tab=" (queue.tab.name()) } data-guard {
                p.muted { "It goes to the next in line, first of all that wait." }
                (ui::hidden("seen", &changes.to_string()))
                div.field { label for="f-reason" { "Why" } input id="f-reason" type="text" name="reason" maxlength="2000" autocomplete="off"; }
                div.actions { (ui::submit(Tone::Danger, "Hand back")) }
            }
        }
    }
}
