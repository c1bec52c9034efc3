//! `/assign`: a card a source.

use super::words;
use crate::app::App;
use crate::console::fields::{Asked, Fields};
use crate::console::frame::Room;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Clock, Tone, chart};
use crate::console::visit::Visit;
use crate::rights::Staff;
use axum::extract::State;
use axum::response::Response;
use engine::overview::{Overview, SourceWaiting};
use maud::{Markup, html};
use model::{Micros, PolicyKind};
use std::collections::HashMap;
use store::pool::{PoolHead, SourceAgent};
use store::source::Source;

/// Agents named in a bar of shares; the rest is "others".
const SHOWN: usize = 7;
/// With more sources than this, one looks for them by name.
const FEW: usize = 8;

/// What the cards show.
struct Cards {
    sources: Vec<Source>,
    heads: HashMap<i64, PoolHead>,
    overview: Overview,
    given: Vec<SourceAgent>,
    names: HashMap<i64, String>,
    any_agent: bool,
}

pub(super) async fn page(
    State(app): State<App>,
    visit: Visit<Staff>,
    Asked(asked): Asked,
) -> Result<Response, Oops> {
    let (db, org) = (app.reader(), visit.org());
    let given = store::pool::source_agent_list(db, org, None).await?;
    let mut numbers: Vec<i64> = given.iter().map(|g| g.agent_no).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let agents = store::agent::agent_list_no(db, org, &numbers).await?;
    let heads = store::pool::pool_list(db, org).await?;
    let any_agent = !agents.is_empty() || !store::agent::agent_list(db, org, 0, 1).await?.is_empty();
    let cards = Cards {
        sources: store::source::source_list(db, org, 0, 10_000).await?,
        heads: heads.into_iter().map(|head| (head.source_no, head)).collect(),
        overview: engine::overview::overview(db, org, visit.clock().now()).await?,
        names: agents.into_iter().map(|a| (a.agent_no, a.name)).collect(),
        given,
        any_agent,
    };
    let body = html! {
        (super::view::tabs(false))
        (ui::heading("Assign leads", &html! { "Each source gives its leads to the agents of its pool." }, &ui::NONE))
        @if cards.sources.is_empty() { (nothing()) } @else {
            (cards.numbers(visit.clock()))
            @if !cards.any_agent { (no_agents()) }
            @if cards.sources.len() > FEW { (filter(&asked)) }
            (cards.list(&visit, &asked))
        }
    };
    Ok(visit.page(Room::Assign, "Assign leads", &body))
}

fn nothing() -> Markup {
    let actions = html! {
        (ui::button_link(Tone::Primary, None, "Import a file of leads", "/import"))
        (ui::button_link(Tone::Plain, None, "Add a source", "/settings/sources"))
    };
    let text = "A source is a bucket of leads, such as META or a trade fair. Importing a file creates one; then choose here who gets its leads.";
    ui::card("", &ui::NONE, &ui::empty(Icon::Assign, "No sources yet", text, &actions))
}

fn no_agents() -> Markup {
    ui::note(
        "warn",
        &html! { "There are no agents yet, so leads wait. " a href="/agents" { "Add agents" } " first." },
    )
}

fn filter(asked: &Fields) -> Markup {
    let show = asked.text("show");
    html! {
        form.filters method="get" action="/assign" data-filter="sources" role="search" {
            (ui::field(ui::Field::text("q", "Source", asked.text("q")).kind("search")))
            (ui::select(ui::Field::text("show", "Show", show),
                &[("", "All"), ("waiting", "With waiting leads"), ("on", "Switched on"), ("off", "Switched off")]))
            button.button.no-js type="submit" { "Show" }
        }
    }
}

impl Cards {
    fn head(&self, source: &Source) -> PoolHead {
        let none = PoolHead {
            source_no: source.source_no,
            configured: false,
            enabled: false,
            policy: PolicyKind::Fair,
            members: 0,
        };
        self.heads.get(&source.source_no).copied().unwrap_or(none)
    }

    fn queue(&self, source: &Source) -> Option<&SourceWaiting> {
        self.overview.waiting.iter().find(|q| q.source.source_no == source.source_no)
    }

    fn today(&self, source: &Source) -> i64 {
        let today = self.overview.today.iter().find(|t| t.source.source_no == source.source_no);
        today.map_or(0, |t| t.assigned)
    }

    fn waiting(&self, source: &Source) -> i64 {
        let today = self.overview.today.iter().find(|t| t.source.source_no == source.source_no);
        today.map_or(0, |t| t.waiting)
    }

    fn numbers(&self, clock: &Clock) -> Markup {
        let on = self.sources.iter().filter(|s| self.head(s).enabled).count() as i64;
        let waiting: i64 = self.sources.iter().map(|s| self.waiting(s)).sum();
        let assigned: i64 = self.sources.iter().map(|s| self.today(s)).sum();
        let last = self.given.iter().map(|g| g.last_at).max().filter(|at| *at > 0);
        html! {
            div #numbers.stats data-live="lead_created lead_assigned lead_status_changed import_progress settings_changed" {
                (ui::stat("Auto-assign is on", &html! { (ui::number(on)) span.of { " of " (ui::grouped(self.sources.len() as i64)) } }, &html! { "sources" }))
                (ui::stat("Waiting", &ui::number(waiting), &html! { "leads without an agent" }))
                (ui::stat("Assigned today", &ui::number(assigned), &html! { "leads" }))
                (ui::stat("Last assigned", &html! { @match last { Some(at) => (clock.ago(Micros(at))), None => "–" } }, &html! { "of any source" }))
            }
        }
    }

    fn list(&self, visit: &Visit<Staff>, asked: &Fields) -> Markup {
        let wanted = asked.text("q").to_lowercase();
        let fits = |s: &&Source| {
            let head = self.head(s);
            s.name.to_lowercase().contains(&wanted)
                && match asked.text("show") {
                    "waiting" => self.waiting(s) > 0,
                    "on" => head.enabled,
                    "off" => !head.enabled,
                    _ => true,
                }
        };
        let (active, paused): (Vec<&Source>, Vec<&Source>) =
            self.sources.iter().filter(fits).partition(|s| s.active);
        html! {
            div #sources.cards data-rows data-live="lead_created lead_assigned lead_status_changed import_progress settings_changed" {
                @for source in active.iter().chain(&paused) { (self.card(visit, source)) }
                @if active.is_empty() && paused.is_empty() {
                    (ui::empty(Icon::Search, "No source fits", "Try another name, or show all.", &ui::button_link(Tone::Plain, None, "Show all", "/assign")))
                }
            }
        }
    }

    fn card(&self, visit: &Visit<Staff>, source: &Source) -> Markup {
        let head = self.head(source);
        let path = format!("/assign/{}", source.id);
        let waiting = self.waiting(source);
        let given: Vec<&SourceAgent> =
            self.given.iter().filter(|g| g.source_no == source.source_no).collect();
        let last = given.iter().map(|g| g.last_at).max().filter(|at| *at > 0);
        html! {
            article.card.source data-key=(source.id) data-on=(head.enabled) {
                header.source-head {
                    h2 { a.ellipsis href=(path) title=(source.name) { (source.name) } }
                    form method="post" action={ (path) "/switch" } { (super::view::switch(source, head.enabled, "to", None)) }
                }
                p.source-wait {
                    @if waiting > 0 {
                        (ui::pill("warn", Icon::Clock, "Waiting")) " " strong { (ui::number(waiting)) }
                        @if let Some(queue) = self.queue(source) { span.muted { " · " (words::reason(queue, visit.clock())) } }
                    } @else if !source.active {
                        (ui::pill("open", Icon::Pause, "Paused")) span.muted { " takes no leads" }
                    } @else { span.muted { "Nothing waits." } }
                }
                (self.shares(source, &given))
                p.source-foot.muted.small {
                    span { (ui::number(self.today(source))) " today" }
                    span { @if head.configured { (ui::plural(head.members, "agent")) " · " (words::policy(head.policy).0) } @else { "Not configured" } }
                    span { @if let Some(at) = last { (visit.clock().ago(Micros(at))) } @else { "Nothing assigned yet" } }
                }
            }
        }
    }

    fn shares(&self, source: &Source, given: &[&SourceAgent]) -> Markup {
        let mut parts: Vec<(&str, i64)> = given
            .iter()
            .filter(|g| g.given > 0)
            .map(|g| (self.names.get(&g.agent_no).map_or("somebody", String::as_str), g.given))
            .collect();
        parts.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        if parts.len() > SHOWN + 1 {
            let rest = parts.split_off(SHOWN);
            parts.push(("others", rest.iter().map(|(_, n)| n).sum()));
        }
        chart::stack(&format!("Shares of {}", source.name), &parts)
    }
}
