//! Agents: who there is and what each holds; one agent with its settings, and why it gets leads or not.

mod add;
mod form;
mod hours;
mod one;

use crate::app::App;
use crate::console::fields::{Asked, Fields};
use crate::console::frame::Room;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Column, Field, Pages, Tone};
use crate::console::visit::Visit;
use crate::page as pages;
use crate::rights::Staff;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use engine::assign::explain::AgentAvailability;
use maud::{Markup, html};
use model::{Micros, Presence};
use std::collections::HashMap;
use std::sync::Arc;
use store::agent::AgentFilter;
use store::source::Source;

const PATH: &str = "/agents";
const PAGE: i64 = 50;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(list).post(add::create))
        .route("/agents/new", get(add::page))
        .route("/agents/{id}", get(one::show).post(one::save))
        .route("/agents/{id}/presence", post(one::presence))
        .route("/agents/{id}/active", post(one::active))
        .route("/agents/{id}/delete", post(one::remove))
        .route("/agents/{id}/link", get(one::no_link).post(one::link))
}

async fn list(State(app): State<App>, visit: Visit<Staff>, Asked(query): Asked) -> Result<Response, Oops> {
    let filter = filter(&query);
    let [after] = pages::numbers(query.given("cursor"))?.unwrap_or([0]);
    let mut agents = store::agent::agent_search(app.reader(), visit.org(), &filter, after, PAGE + 1).await?;
    let more = agents.len() as i64 > PAGE;
    agents.truncate(PAGE as usize);
    let here = |cursor: &str| format!("{PATH}?{}", query.query_with(&[("cursor", cursor)]));
    let next = agents.last().filter(|_| more).map(|a| here(&pages::cursor(&[a.agent_no])));
    let foot = Pages { told: String::new(), first: (after > 0).then(|| here("")), next };
    let numbers: Vec<i64> = agents.iter().map(|a| a.agent_no).collect();
    let pools = store::agent::agent_pool_list(app.reader(), visit.org(), &numbers).await?;
    let sources = store::source::source_list(app.reader(), visit.org(), 0, 10_000).await?;
    let sources: HashMap<i64, Source> = sources.into_iter().map(|s| (s.source_no, s)).collect();
    let zone: Arc<str> = visit.clock().zone_name().into();
    let now = app.engine().now();
    let agents: Vec<AgentAvailability> =
        agents.into_iter().map(|agent| AgentAvailability::of(agent, &zone, now)).collect();
    let nobody = agents.is_empty() && after == 0 && filter == AgentFilter::default();
    let add = ui::button_link(Tone::Primary, Some(Icon::Plus), "Add agent", "/agents/new");
    let body = html! {
        (ui::heading("Agents", &html! { "The people who work leads: what each holds today, and whether the next one can go there." }, &add))
        @if !nobody { (filter_bar(&query)) }
        section #agents.card data-live="lead_assigned lead_status_changed settings_changed" {
            @if nobody {
                (ui::empty(Icon::Agents, "No agents yet", "An agent gets leads and works them. Add the first one, then name the agents of each source under Assign.", &add))
            } @else if agents.is_empty() {
                (ui::empty(Icon::Search, "No agent is like that", "Take a filter back to see more.", &ui::button_link(Tone::Plain, None, "Show all agents", PATH)))
            } @else { (table(&visit, &agents, &pools, &sources)) }
        }
        @if foot.first.is_some() || foot.next.is_some() { (ui::pages(&foot)) }
    };
    Ok(visit.page(Room::Agents, "Agents", &body))
}

fn filter(query: &Fields) -> AgentFilter {
    let text = |name: &str| query.given(name).map(|text| text.chars().take(200).collect());
    AgentFilter {
        q: text("q"),
        skill: text("skill"),
        presence: query.text("presence").parse::<Presence>().ok(),
        active: match query.text("state") {
            "active" => Some(true),
            "deactivated" => Some(false),
            _ => None,
        },
    }
}

fn filter_bar(query: &Fields) -> Markup {
    html! {
        form.filter role="search" aria-label="Filter agents" method="get" action=(PATH) data-filter="agents" {
            (ui::field(Field::text("q", "Name or e-mail", query.text("q")).kind("search")))
            (ui::field(Field::text("skill", "Skill", query.text("skill")).kind("search")))
            (ui::select(Field::text("presence", "Presence", query.text("presence")), &[("", "Any"), ("online", "Online"), ("away", "Away")]))
            (ui::select(Field::text("state", "State", query.text("state")), &[("", "All"), ("active", "Active"), ("deactivated", "Deactivated")]))
            noscript { (ui::submit(Tone::Plain, "Filter")) }
        }
    }
}

fn table(
    visit: &Visit<Staff>,
    agents: &[AgentAvailability],
    pools: &[(i64, i64)],
    sources: &HashMap<i64, Source>,
) -> Markup {
    let columns = [
        Column::number("No."),
        Column::text("Agent"),
        Column::text("Takes leads now"),
        Column::text("Skills"),
        Column::number("Today"),
        Column::number("Open"),
        Column::text("Gets leads of"),
        Column::number("Weight"),
        Column::text("Last lead"),
    ];
    let rows = html! {
        @for AgentAvailability { agent, available, why, today, .. } in agents {
            @let of: Vec<&str> = pools.iter().filter(|(no, _)| *no == agent.agent_no).filter_map(|(_, s)| sources.get(s)).map(|s| s.name.as_str()).collect();
            tr data-key=(agent.id) {
                td.numeric { (agent.agent_no) }
                td {
                    a.row-link.ellipsis href={ "/agents/" (agent.id) } { (agent.name) }
                    span.muted.small.ellipsis { @match &agent.email { Some(email) => (email), None => "no e-mail" } @if agent.user_id.is_some() { " · signs in" } }
                }
                td {
                    (ready(*available, agent.active))
                    @if !available && agent.active { span.muted.small.block { (ui::sentence(why)) } }
                }
                td { (skills(&agent.skills)) }
                td.numeric { (limit("Leads today", *today, agent.daily_cap)) }
                td.numeric { (limit("Open leads", agent.open_count, agent.open_cap)) }
                td { span.ellipsis title=(of.join(", ")) { @if of.is_empty() { span.muted { "no source" } } @else { (ui::names(&of, 3)) } } }
                td.numeric { (agent.weight.decimal()) }
                td.nowrap { @match agent.last_assigned_at { Some(at) => (visit.clock().ago(Micros(at))), None => span.muted { "never" } } }
            }
        }
    };
    ui::table("Agents", &columns, &rows)
}

/// Whether somebody takes leads, in a word.
fn ready(available: bool, active: bool) -> Markup {
    match (active, available) {
        (false, _) => ui::pill("final", Icon::Cross, "Deactivated"),
        (true, true) => ui::pill("good", Icon::Check, "Yes"),
        (true, false) => ui::pill("warn", Icon::Pause, "No"),
    }
}

/// Two skills and how many more.
fn skills(skills: &[String]) -> Markup {
    html! {
        span.chips {
            @for skill in skills.iter().take(2) { span.chip { span.ellipsis { (skill) } } }
            @if skills.len() > 2 { span.muted.small title=(skills.join(", ")) { "+" (skills.len() - 2) } }
        }
    }
}

/// A count, against its limit if there is one.
fn limit(label: &str, used: i64, limit: Option<i64>) -> Markup {
    match limit {
        Some(limit) => ui::meter(label, used, limit),
        None => ui::number(used),
    }
}
