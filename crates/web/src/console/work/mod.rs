//! An agent's workspace: what is to be done at the left, the lead at hand at the right, its result in one press.

mod act;
mod lead;
mod queue;

use crate::app::App;
use crate::console::fields::{Asked, Fields};
use crate::console::frame::Room;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Clock};
use crate::console::visit::Visit;
use crate::problem::Problem;
use crate::rights::Leads;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use engine::Scope;
use maud::{Markup, html};
use model::{Micros, Presence};
use queue::{Queue, Tab};
use store::agent::Agent;
use store::lead::{Done, ToDo};

const PATH: &str = "/my-leads";

pub(super) fn routes() -> Router<App> {
    Router::new().route(PATH, get(show)).merge(act::routes())
}

async fn show(State(app): State<App>, visit: Visit<Leads>, Asked(fields): Asked) -> Result<Response, Oops> {
    page(&app, &visit, StatusCode::OK, &fields, None).await
}

/// The page; `typed`: a result that could not be taken, and why.
async fn page(
    app: &App,
    visit: &Visit<Leads>,
    status: StatusCode,
    fields: &Fields,
    typed: Option<(&Fields, &Problem)>,
) -> Result<Response, Oops> {
    let Some(desk) = desk(app, visit, fields).await? else {
        let body = if visit.who.scope == Scope::All { choose(app, visit).await? } else { unlinked() };
        return Ok(visit.page(Room::Work, "My leads", &body));
    };
    let (db, org, clock) = (app.reader(), visit.org(), visit.clock());
    let to_do = store::lead::to_do(db, org, desk.agent.agent_no, clock.now()).await?;
    let midnight = clock.parse_day(&clock.day(clock.now())).unwrap_or(clock.now());
    let done = store::lead::work_sum(db, org, desk.agent.agent_no, midnight).await?;
    let queue = Queue::load(app, visit, &desk, fields).await?;
    let hand = lead::Hand::load(app, visit, &desk, &queue, fields).await?;
    let word = if desk.own { "My leads".to_owned() } else { format!("Leads of {}", desk.agent.name) };
    let title = if desk.own && to_do.fresh > 0 { format!("({}) {word}", to_do.fresh) } else { word.clone() };
    let body = html! {
        div.work data-step=(if fields.given("lead").is_some() { "lead" } else { "queue" }) data-title=(word) {
            div.work-queue {
                (head(&desk, &word, (to_do, done), &desk.path(queue.tab, hand.as_ref().map(lead::Hand::lead_no)), clock))
                (queue::tabs(&desk, queue.tab, to_do))
                (queue::list(&desk, &queue, hand.as_ref().map(lead::Hand::lead_no), clock))
            }
            (lead::pane(&desk, &queue, hand.as_ref(), clock, typed))
        }
        (keys())
    };
    Ok(visit.page_with(status, Room::Work, &title, &body))
}

/// Whose work is looked at.
struct Desk {
    agent: Agent,
    /// The visitor is that agent; others may look, and work leads on the leads' own pages.
    own: bool,
}

impl Desk {
    /// The page with some of its query.
    fn path(&self, tab: Tab, lead: Option<i64>) -> String {
        let mut path = format!("{PATH}?tab={}", tab.name());
        if !self.own {
            path.push_str(&format!("&agent={}", self.agent.agent_no));
        }
        if let Some(lead) = lead {
            path.push_str(&format!("&lead={}", model::lead::uid(lead)));
        }
        path
    }
}

async fn desk(app: &App, visit: &Visit<Leads>, fields: &Fields) -> Result<Option<Desk>, Oops> {
    let (number, own) = match visit.who.scope {
        Scope::Agent(own) => (own, true),
        Scope::Nothing => return Ok(None),
        Scope::All => match fields.given("agent") {
            None => match visit.who.caller.agent_no {
                Some(own) => (own, true),
                None => return Ok(None),
            },
            Some(agent) => {
                let number = crate::lead_list::agent_no(app, visit.org(), agent).await?;
                let number = number.ok_or_else(|| Oops::missing("agent"))?;
                (number, visit.who.caller.agent_no == Some(number))
            }
        },
    };
    let found = store::agent::agent_list_no(app.reader(), visit.org(), &[number]).await?.pop();
    Ok(Some(Desk { agent: found.ok_or_else(|| Oops::missing("agent"))?, own }))
}

fn unlinked() -> Markup {
    let text = "Your user is not linked to an agent, so no leads can be given to you. Ask an admin or manager to open \
        Agents, choose your entry there (or add one), and set you as its user. This page fills by itself then.";
    html! {
        (ui::heading("My leads", &ui::NONE, &ui::NONE))
        section #unlinked.card data-live="settings_changed lead_assigned" {
            (ui::empty(Icon::Work, "You are almost there", text, &ui::NONE))
        }
    }
}

/// Staff choose whose work they look at.
async fn choose(app: &App, visit: &Visit<Leads>) -> Result<Markup, Oops> {
    let agents = store::agent::agent_list(app.reader(), visit.org(), 0, 500).await?;
    Ok(html! {
        (ui::heading("Whose leads?", &html! { "You see an agent's workspace as the agent does; results are reported on a lead's own page." }, &ui::NONE))
        section.card {
            @if agents.is_empty() {
                (ui::empty(Icon::Agents, "No agents yet", "Agents are who leads are given to.",
                    &ui::button_link(ui::Tone::Primary, None, "Add an agent", "/agents")))
            } @else {
                ul.picks { @for agent in &agents {
                    li { a.pick-link href={ (PATH) "?agent=" (agent.agent_no) } {
                        span.ellipsis { (agent.name) } (ui::presence(agent.presence == Presence::Online))
                        span.muted.number { (ui::plural(agent.open_count, "open lead")) }
                    } }
                } }
            }
        }
    })
}

fn head(desk: &Desk, word: &str, (to_do, done): (ToDo, Done), back: &str, clock: &Clock) -> Markup {
    let agent = &desk.agent;
    let online = agent.presence == Presence::Online;
    let today: Option<jiff::civil::Date> = clock.day(clock.now()).parse().ok();
    let given = if agent.day == today { agent.day_count } else { 0 };
    html! {
        div #work-head.work-head data-live="lead_assigned lead_status_changed settings_changed" data-fresh=(to_do.fresh) {
            div.row.between {
                h1 { (word) }
                @if desk.own {
                    form.presence-form method="post" action="/my-leads/presence" {
                        (ui::presence(online))
                        (ui::hidden("back", back))
                        (ui::hidden("state", if online { "away" } else { "online" }))
                        (ui::submit(if online { ui::Tone::Plain } else { ui::Tone::Primary }, if online { "Go away" } else { "Go online" }))
                    }
                } @else { (ui::presence(online)) }
            }
            dl.today {
                div { dt { "Given today" } dd { (ui::number(given)) } }
                div { dt { "Results today" } dd { (ui::number(done.results)) } }
                div { dt { "Sales today" } dd { (ui::number(done.sales.max(0))) } }
                div { dt { "Open" } dd { (ui::number(agent.open_count)) } }
            }
            @if !online && desk.own { (ui::note("warn", &html! { "You are away: no new leads are given to you. Those you have stay yours." })) }
            @if !agent.active { (ui::note("warn", &html! { "This agent is deactivated and gets no new leads." })) }
        }
    }
}

/// `999+` beyond what is counted.
fn counted(count: i64) -> String {
    if count > store::lead::COUNTED { format!("{}+", store::lead::COUNTED) } else { count.to_string() }
}

/// Its time has come.
fn overdue(at: Micros, clock: &Clock) -> bool {
    at <= clock.now()
}

fn keys() -> Markup {
    const KEYS: &[(&str, &str)] = &[
        ("1 – 9", "Report the result on that button"),
        ("Enter", "Next lead"),
        ("J  ↓", "Down the queue"),
        ("K  ↑", "Up the queue"),
        ("N", "Write a note; Escape leaves it"),
        ("/", "Search"),
        ("?", "This list"),
    ];
    html! {
        dialog #work-keys aria-labelledby="work-keys-title" {
            h2 #work-keys-title { "Keys" }
            dl.facts.keys { @for (key, does) in KEYS { dt { kbd { (key) } } dd { (does) } } }
            div.dialog-end { button.button type="button" data-action="close" { "Close" } }
        }
    }
}
