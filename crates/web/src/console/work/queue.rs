//! The queue: untouched leads, calls that are due, all of an agent's leads.

use super::{Desk, counted, overdue};
use crate::app::App;
use crate::console::fields::Fields;
use crate::console::lead;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Clock};
use crate::console::visit::Visit;
use crate::rights::Leads;
use maud::{Markup, html};
use model::{Micros, Presence};
use store::lead::{LeadView, ToDo, callback_list, fresh_list};
use store::lead_list::{LeadFilter, LeadSort, lead_list};

/// Leads the queue shows; who has more works these first.
const SHOWN: i64 = 50;

/// Which leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Fresh,
    Callbacks,
    Mine,
}

impl Tab {
    pub(super) fn of(text: &str) -> Self {
        match text {
            "callbacks" => Self::Callbacks,
            "mine" => Self::Mine,
            _ => Self::Fresh,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Callbacks => "callbacks",
            Self::Mine => "mine",
        }
    }
}

/// What is to be done, in its order.
pub(super) struct Queue {
    pub(super) tab: Tab,
    pub(super) leads: Vec<LeadView>,
    more: bool,
}

impl Queue {
    pub(super) async fn load(
        app: &App,
        visit: &Visit<Leads>,
        desk: &Desk,
        fields: &Fields,
    ) -> Result<Self, Oops> {
        let (db, org, agent_no) = (app.reader(), visit.org(), desk.agent.agent_no);
        let tab = Tab::of(fields.text("tab"));
        let mut rows = match tab {
            Tab::Fresh => fresh_list(db, org, agent_no, SHOWN + 1).await?,
            Tab::Callbacks => callback_list(db, org, agent_no, SHOWN + 1).await?,
            Tab::Mine => {
                let filter = LeadFilter { agent_no: Some(agent_no), ..LeadFilter::default() };
                lead_list(db, org, &filter, LeadSort::Changed, None, SHOWN + 1).await?
            }
        };
        let more = rows.len() as i64 > SHOWN;
        rows.truncate(SHOWN as usize);
        Ok(Self { tab, leads: store::lead::lead_views(db, org, rows).await?, more })
    }

    /// The lead to go on with after this one.
    pub(super) fn next(&self, lead_no: i64) -> Option<i64> {
        let numbers = || self.leads.iter().map(|lead| lead.row.lead_no);
        let first = numbers().find(|no| *no != lead_no);
        match numbers().position(|no| no == lead_no) {
            Some(place) => numbers().nth(place + 1).or(first),
            // It has left the queue: the first is next.
            None => first,
        }
    }
}

pub(super) fn tabs(desk: &Desk, tab: Tab, to_do: ToDo) -> Markup {
    let one = |at: Tab, name: &str, count: Option<String>, urgent: bool| {
        html! {
            a href=(desk.path(at, None)) aria-current=[(at == tab).then_some("page")] {
                (name) @if let Some(count) = count { span.count data-urgent[urgent] data-number { (count) } }
            }
        }
    };
    let callbacks = if to_do.due > 0 { to_do.due } else { to_do.callbacks };
    html! {
        nav #work-tabs.tabs aria-label="Queues" data-live="lead_assigned lead_status_changed" {
            (one(Tab::Fresh, "Fresh", Some(counted(to_do.fresh)), false))
            (one(Tab::Callbacks, if to_do.due > 0 { "Callbacks due" } else { "Callbacks" }, Some(counted(callbacks)), to_do.due > 0))
            (one(Tab::Mine, "All mine", None, false))
        }
    }
}

pub(super) fn list(desk: &Desk, queue: &Queue, at: Option<i64>, clock: &Clock) -> Markup {
    html! {
        div #queue data-live="lead_assigned lead_status_changed" {
            @if queue.leads.is_empty() { (nothing(desk, queue.tab)) }
            ol.queue data-rows {
                @for lead in &queue.leads { (row(desk, queue.tab, lead, at == Some(lead.row.lead_no), clock)) }
            }
            @if queue.more {
                p.muted.small.queue-more {
                    @if queue.tab == Tab::Mine {
                        @let path = if desk.own { "/leads?sort=changed".to_owned() } else { format!("/leads?sort=changed&agent={}", desk.agent.agent_no) };
                        a href=(path) { "All of them, with search" }
                    } @else { "More follow as these are worked." }
                }
            }
        }
    }
}

fn row(desk: &Desk, tab: Tab, lead: &LeadView, here: bool, clock: &Clock) -> Markup {
    let row = &lead.row;
    let wants = row.details().title.or_else(|| row.category.clone());
    let place = lead::place(row);
    let when = match (tab, row.callback_at, row.assigned_at) {
        (Tab::Callbacks, Some(at), _) => Micros(at),
        (Tab::Fresh, _, Some(at)) => Micros(at),
        _ => Micros(row.changed_at),
    };
    let late = tab == Tab::Callbacks && overdue(when, clock);
    html! {
        li data-key=(row.lead_id()) {
            a.queue-row href=(desk.path(tab, Some(row.lead_no))) aria-current=[here.then_some("true")] data-go {
                span.queue-name.ellipsis { (lead::name_of(lead)) }
                span.queue-when.small data-late[late] { @if late { (Icon::Warning.svg()) "due " } (clock.ago(when)) }
                span.queue-what.muted.small.ellipsis {
                    @if let Some(wants) = &wants { (wants) @if !place.is_empty() { " · " } }
                    (place) @if wants.is_none() && place.is_empty() { (lead.source) }
                }
                @if tab == Tab::Mine { (ui::status(row.status)) }
                @else { span.queue-value.small.number { @if let Some(value) = row.value { (lead::money(value)) } } }
            }
        }
    }
}

fn nothing(desk: &Desk, tab: Tab) -> Markup {
    let online = desk.agent.presence == Presence::Online;
    match tab {
        Tab::Fresh if online => ui::empty(
            Icon::Check,
            "Nothing fresh",
            "Every lead has been touched. A new one appears here by itself.",
            &ui::NONE,
        ),
        Tab::Fresh => ui::empty(
            Icon::Pause,
            "Nothing fresh",
            "Nobody gives leads to somebody who is away. Go online to get the next one.",
            &ui::NONE,
        ),
        Tab::Callbacks => ui::empty(
            Icon::Clock,
            "No calls promised",
            "A lead with the result Callback waits here for its time.",
            &ui::NONE,
        ),
        Tab::Mine => ui::empty(
            Icon::Leads,
            "No leads yet",
            "The leads that are given to you stay here with their history.",
            &ui::NONE,
        ),
    }
}
