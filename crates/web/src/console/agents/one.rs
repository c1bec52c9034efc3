//! One agent: takes leads or not and why, what it holds, its settings.

use super::{PATH, form, hours, limit, ready};
use crate::app::App;
use crate::console::fields::{Fields, Filled};
use crate::console::frame::Room;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Column, Tone};
use crate::console::visit::{Visit, done, go, not_done};
use crate::params::Seg;
use crate::problem::{Problem, or_missing};
use crate::rights::Staff;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::access::link::{CreateLink, link_path};
use engine::agent::{AgentSettings, DeleteAgent, SetPresence, UpdateAgent};
use engine::assign::explain::AgentAvailability;
use engine::{Failure, Refusal};
use maud::{Markup, html};
use model::{AgentId, Micros, Presence, Purpose, Role};
use std::collections::HashMap;
use store::agent::Agent;
use store::lead::LeadRow;
use store::lead_list::{LeadFilter, LeadSort};
use store::pool::SourceAgent;
use store::source::Source;
use store::user::User;

/// Leads shown on the page.
const LEADS: i64 = 10;

/// Everything the page shows.
struct View {
    ready: AgentAvailability,
    user: Option<User>,
    given: Vec<SourceAgent>,
    member_of: Vec<i64>,
    sources: HashMap<i64, Source>,
    leads: Vec<LeadRow>,
}

impl View {
    async fn load(app: &App, visit: &Visit<Staff>, id: AgentId) -> Result<Self, Oops> {
        let (db, org) = (app.reader(), visit.org());
        let agent = or_missing(store::agent::agent_fetch(db, org, id).await, "agent")?;
        let user = match agent.user_id {
            Some(user) => Some(store::user::user_fetch(db, org, user).await?),
            None => None,
        };
        let filter = LeadFilter { agent_no: Some(agent.agent_no), ..LeadFilter::default() };
        let sources = store::source::source_list(db, org, 0, 10_000).await?;
        Ok(Self {
            user,
            given: store::pool::source_agent_of(db, org, agent.agent_no).await?,
            member_of: store::agent::agent_pools(db, org, agent.agent_no).await?,
            sources: sources.into_iter().map(|s| (s.source_no, s)).collect(),
            leads: store::lead_list::lead_list(db, org, &filter, LeadSort::Newest, None, LEADS).await?,
            ready: AgentAvailability::of(agent, &visit.clock().zone_name().into(), app.engine().now()),
        })
    }

    fn agent(&self) -> &Agent {
        &self.ready.agent
    }

    fn filled(&self) -> Filled {
        form::filled(self.agent(), self.user.as_ref().map(|user| user.email.as_str()))
    }
}

pub(super) async fn show(
    State(app): State<App>,
    visit: Visit<Staff>,
    Seg(id): Seg<AgentId>,
) -> Result<Response, Oops> {
    let view = View::load(&app, &visit, id).await?;
    Ok(page(&visit, &view, &view.filled(), None))
}

pub(super) async fn save(
    State(app): State<App>,
    visit: Visit<Staff>,
    Seg(id): Seg<AgentId>,
    fields: Fields,
) -> Result<Response, Oops> {
    match saved(&app, &visit, id, &fields).await {
        Ok(agent) => Ok(done(&format!("{PATH}/{id}"), format!("The settings of {} were saved.", agent.name))),
        Err(problem) => {
            let view = View::load(&app, &visit, id).await?;
            Ok(page(&visit, &view, &Filled::wrong(fields, problem)?, None))
        }
    }
}

async fn saved(app: &App, visit: &Visit<Staff>, agent: AgentId, fields: &Fields) -> Result<Agent, Problem> {
    let user = form::user_of(app, visit, fields.text("user_email")).await?;
    let settings = AgentSettings { user: Some(user), ..form::settings(fields)? };
    Ok(app.engine().run(&visit.by(), UpdateAgent { agent, settings }).await?)
}

pub(super) async fn presence(
    State(app): State<App>,
    visit: Visit<Staff>,
    Seg(agent): Seg<AgentId>,
    fields: Fields,
) -> Result<Response, Oops> {
    let presence: Presence = fields.parsed("state")?.unwrap_or(Presence::Online);
    let agent = app.engine().run(&visit.by(), SetPresence { agent, presence }).await?;
    let text = match presence {
        Presence::Online => format!("{} is online: leads come again.", agent.name),
        Presence::Away => format!("{} is away: leads go to others until they are back.", agent.name),
    };
    Ok(done(&format!("{PATH}/{}", agent.id), text))
}

pub(super) async fn active(
    State(app): State<App>,
    visit: Visit<Staff>,
    Seg(agent): Seg<AgentId>,
    fields: Fields,
) -> Result<Response, Oops> {
    let active = fields.on("active");
    let settings = AgentSettings { active: Some(active), ..AgentSettings::default() };
    let agent = app.engine().run(&visit.by(), UpdateAgent { agent, settings }).await?;
    let text = match active {
        true => format!("{} is active again and gets leads where it is a member.", agent.name),
        false => format!(
            "{} is deactivated and gets no more leads. {} stay with them.",
            agent.name,
            ui::plural(agent.open_count, "open lead")
        ),
    };
    Ok(done(&format!("{PATH}/{}", agent.id), text))
}

pub(super) async fn remove(
    State(app): State<App>,
    visit: Visit<Staff>,
    Seg(id): Seg<AgentId>,
) -> Result<Response, Oops> {
    match app.engine().run(&visit.by(), DeleteAgent(id)).await {
        Ok(()) => Ok(done(PATH, "The agent was deleted.")),
        Err(Failure::Refused(Refusal::InUse(why))) => {
            Ok(not_done(&format!("{PATH}/{id}"), ui::sentence(&why)))
        }
        Err(failure) => Err(failure.into()),
    }
}

/// A link is made by a POST and shown once; its address again leads to the agent.
pub(super) async fn no_link(_visit: Visit<Staff>, Seg(id): Seg<AgentId>) -> Response {
    go(&format!("{PATH}/{id}"))
}

/// Makes a one-time sign-in link and shows it, once.
pub(super) async fn link(
    State(app): State<App>,
    visit: Visit<Staff>,
    Seg(id): Seg<AgentId>,
) -> Result<Response, Oops> {
    if visit.me.role != Role::Admin {
        return Err(Problem::forbidden().into());
    }
    let view = View::load(&app, &visit, id).await?;
    let Some(user) = view.user.as_ref() else { return Err(Oops::missing("user of this agent")) };
    let command = CreateLink { user: user.id, purpose: Purpose::SignIn };
    let secret = app.engine().run(&visit.by(), command).await?;
    let site = app.options().public_url.trim_end_matches('/').to_owned();
    let link = format!("{site}{}", link_path(Purpose::SignIn, &secret));
    Ok(page(&visit, &view, &view.filled(), Some(&link)))
}

fn page(visit: &Visit<Staff>, view: &View, filled: &Filled, link: Option<&str>) -> Response {
    let agent = view.agent();
    let path = format!("{PATH}/{}", agent.id);
    let body = html! {
        (ui::breadcrumb(&[("Agents", PATH)], &agent.name))
        div #agent.stack-y data-live="lead_assigned lead_status_changed settings_changed" {
            (heading(view, &path))
            (now(visit, view))
        }
        @if let Some(link) = link {
            (ui::note("good", &html! {
                strong { "A sign-in link for " (agent.name) } p { "It works once, within 15 minutes. It is shown only now." }
                (ui::copy_field("Sign-in link", link))
            }))
        }
        form #settings.stack-y method="post" action=(path) data-guard {
            @if let Some(text) = filled.general() { (ui::note("bad", &html! { (ui::sentence(text)) })) }
            (ui::card("Settings", &ui::NONE, &html! { (form::basics(filled)) div.fields { (ui::field(signs_in(filled))) } }))
            (ui::card("Hours", &ui::NONE, &hours::editor(filled, visit.clock().zone_name())))
            div.save-bar { span.muted { "Changes hold from the next lead on." } (ui::submit(Tone::Primary, "Save settings")) }
        }
        div #held.columns data-live="lead_assigned lead_status_changed" {
            (ui::card("Leads by source", &ui::NONE, &by_source(visit, view)))
            (ui::card("Newest leads", &html! { a href={ "/leads?agent=" (agent.id) } { "All leads" } }, &newest(visit, view)))
        }
    };
    let status = if filled.is_wrong() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    visit.page_with(status, Room::Agents, &agent.name, &body)
}

fn signs_in(filled: &Filled) -> ui::Field<'_> {
    let error = filled.error("user_email").or(filled.error("user_id"));
    filled
        .field("user_email", "Signs in as")
        .kind("email")
        .hint("The e-mail of a user; empty: nobody")
        .error(error)
}

fn heading(view: &View, path: &str) -> Markup {
    let agent = view.agent();
    let away = agent.presence == Presence::Away;
    html! {
        div.heading {
            div {
                h1 { (agent.name) }
                p.muted.row { "Number " (agent.agent_no) (ui::presence(!away)) }
            }
            div.actions {
                @if agent.active {
                    form method="post" action={ (path) "/presence" } {
                        (ui::hidden("state", if away { "online" } else { "away" }))
                        (ui::submit(Tone::Plain, if away { "Set online" } else { "Set away" }))
                    }
                }
                @if view.user.is_some() { form method="post" action={ (path) "/link" } { (ui::submit(Tone::Plain, "Make a sign-in link")) } }
                @if agent.active { (deactivate(view, path)) } @else {
                    form method="post" action={ (path) "/active" } { (ui::hidden("active", "on")) (ui::submit(Tone::Primary, "Activate")) }
                }
                @if agent.total == 0 && view.member_of.is_empty() {
                    form method="post" action={ (path) "/delete" } { (ui::submit(Tone::Danger, "Delete")) }
                }
            }
        }
    }
}

/// The dialog that says what a deactivation means.
fn deactivate(view: &View, path: &str) -> Markup {
    let agent = view.agent();
    let of: Vec<&str> =
        view.member_of.iter().filter_map(|no| view.sources.get(no)).map(|s| s.name.as_str()).collect();
    let open = html! { button.button.danger type="button" data-action="open" data-dialog="deactivate" { "Deactivate" } };
    let text = html! {
        ul.plain {
            @if of.is_empty() { li { "No source gives leads to " (agent.name) "." } }
            @else { li { (ui::names(&of, 5)) @if of.len() == 1 { " gives" } @else { " give" } " no more leads to " (agent.name) "; the other members get them." } }
            li { (ui::plural(agent.open_count, "open lead")) @if agent.open_count == 1 { " stays" } @else { " stay" } " with " (agent.name) ": give them to somebody else from the list of leads." }
            li { "History stays. You can activate " (agent.name) " again at any time." }
        }
    };
    ui::confirm(
        "deactivate",
        &open,
        &format!("Deactivate {}?", agent.name),
        &text,
        &format!("{path}/active"),
        ("Deactivate", Tone::Danger),
    )
}

/// Whether leads come, and why not; what is held.
fn now(visit: &Visit<Staff>, view: &View) -> Markup {
    let AgentAvailability { agent, available, why, next_change, today } = &view.ready;
    let alone = view.member_of.is_empty();
    html! {
        section.card {
            p.row.lead-text {
                (ready(*available && !alone, agent.active))
                span {
                    @if !available { (agent.name) " takes no leads now: " (why) "." }
                    @else if alone { (agent.name) " could take leads, but no source names them as a member. " a href="/assign" { "Choose sources under Assign" } }
                    @else { (agent.name) " takes the next lead whose turn it is." }
                    @if let Some(at) = next_change { " " span.muted { "That changes by itself " (visit.clock().at(*at)) "." } }
                }
            }
        }
        div.stats {
            (ui::stat("Today", &limit("Leads today", *today, agent.daily_cap), &html! { @if agent.daily_cap.is_some() { "of the daily limit" } @else { "no daily limit" } }))
            (ui::stat("Open", &limit("Open leads", agent.open_count, agent.open_cap), &html! { @if agent.open_cap.is_some() { "of the limit" } @else { "no limit" } }))
            (ui::stat("Ever", &ui::number(agent.total), &html! { "all sources, less hand-backs" }))
            (ui::stat("Last lead", &html! { @match agent.last_assigned_at { Some(at) => span.stat-time { (visit.clock().ago(Micros(at))) }, None => "–" } }, &html! { "weight " (agent.weight.decimal()) }))
        }
    }
}

fn by_source(visit: &Visit<Staff>, view: &View) -> Markup {
    let mut numbers: Vec<i64> =
        view.member_of.iter().copied().chain(view.given.iter().map(|g| g.source_no)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.is_empty() {
        return ui::empty(
            Icon::Assign,
            "No source yet",
            "Under Assign, add this agent to the sources whose leads it should get.",
            &ui::button_link(Tone::Plain, None, "Go to Assign", "/assign"),
        );
    }
    let columns =
        [Column::text("Source"), Column::text("Member"), Column::number("Leads"), Column::text("Last")];
    let rows = html! {
        @for source in numbers.iter().filter_map(|no| view.sources.get(no)) {
            @let given = view.given.iter().find(|g| g.source_no == source.source_no);
            tr data-key=(source.id) {
                td { a.row-link.ellipsis href={ "/assign/" (source.id) } { (source.name) } }
                td { @if view.member_of.contains(&source.source_no) { (ui::pill("good", Icon::Check, "Member")) } @else { (ui::pill("open", Icon::Circle, "No more")) } }
                td.numeric { (ui::number(given.map_or(0, |g| g.given))) }
                td.nowrap { @match given.filter(|g| g.last_at > 0) { Some(g) => (visit.clock().ago(Micros(g.last_at))), None => span.muted { "never" } } }
            }
        }
    };
    ui::table("Leads by source", &columns, &rows)
}

fn newest(visit: &Visit<Staff>, view: &View) -> Markup {
    if view.leads.is_empty() {
        return ui::empty(Icon::Leads, "No leads yet", "The first one appears here by itself.", &ui::NONE);
    }
    let columns = [Column::text("Lead"), Column::text("Status"), Column::text("Given")];
    let rows = html! {
        @for lead in &view.leads {
            tr data-key=(lead.lead_no) {
                td {
                    a.row-link.ellipsis href={ "/leads/" (lead.lead_id()) } { (lead.name.as_deref().unwrap_or("No name")) }
                    span.muted.small { (model::lead::uid(lead.lead_no)) @if let Some(source) = view.sources.get(&lead.source_no) { " · " (source.name) } }
                }
                td { (ui::status(lead.status)) }
                td.nowrap { @if let Some(at) = lead.assigned_at { (visit.clock().ago(Micros(at))) } }
            }
        }
    };
    ui::table("Newest leads", &columns, &rows)
}
