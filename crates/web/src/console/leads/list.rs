//! The list: filtered and searched as one types, page by page through a million.

use super::create;
use super::filter::{self, Choices};
use crate::app::App;
use crate::console::fields::{Asked as Query, Fields};
use crate::console::frame::Room;
use crate::console::lead;
use crate::console::oops::Oops;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Column, Pages, Tone};
use crate::console::visit::{Visit, go};
use crate::lead_list::{Asked, LeadQuery, Total, asked, place, total};
use crate::page;
use crate::problem::Problem;
use crate::rights::Leads;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use model::Role;
use store::lead::LeadView;
use store::lead_list::{LeadPlace, LeadPlan, Search};

/// Leads a page.
const PAGE: i64 = 50;
/// Agents one can choose from; more are found by their number in the address.
const AGENTS: i64 = 500;
/// What changes a row of the list, or brings one.
const LIVE: &str = "lead_created lead_assigned lead_status_changed import_progress";

pub(super) fn routes() -> Router<App> {
    Router::new().route("/leads", get(show))
}

/// A page of leads.
struct Found {
    leads: Vec<LeadView>,
    total: Total,
    next: Option<LeadPlace>,
}

async fn show(State(app): State<App>, visit: Visit<Leads>, Query(fields): Query) -> Result<Response, Oops> {
    let staff = visit.me.role != Role::Agent;
    let (db, org) = (app.reader(), visit.org());
    let choices = Choices {
        sources: store::source::source_list(db, org, 0, 1_000).await?,
        agents: if staff { by_name(store::agent::agent_list(db, org, 0, AGENTS).await?) } else { Vec::new() },
        staff,
    };
    let (found, query) = match filter::query(&fields, visit.clock()) {
        Ok(query) => (find(&app, &visit, &fields).await, Some(query)),
        Err(problem) => (Err(problem), None),
    };
    if let Ok(found) = &found
        && let Some(lead) = exact(&visit, &fields, found)
    {
        return Ok(go(&lead::path(lead)));
    }
    let import = match fields.given("import").and_then(|id| id.parse().ok()) {
        Some(id) => store::import::import_fetch(db, org, id).await.ok().map(|import| import.file_name),
        None => None,
    };
    let status = if found.is_err() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let body = whole(&visit, &fields, &choices, &found, query.as_ref(), import.as_deref());
    Ok(visit.page_with(status, Room::Leads, "Leads", &body))
}

fn by_name(mut agents: Vec<store::agent::Agent>) -> Vec<store::agent::Agent> {
    agents.sort_by_key(|agent| agent.name.to_lowercase());
    agents
}

/// How many empty pages are passed over before the visitor is asked to go on.
const FURTHER: usize = 8;

async fn find(app: &App, visit: &Visit<Leads>, fields: &Fields) -> Result<Found, Problem> {
    let query = filter::query(fields, visit.clock())?;
    let after = place(query.cursor.as_deref())?;
    let Asked { filter, sort, nothing } = asked(app, &visit.who, query).await?;
    if nothing {
        return Ok(Found { leads: Vec::new(), total: Total::Number(0), next: None });
    }
    let (db, org) = (app.reader(), visit.org());
    let plan = LeadPlan::open(db, org, &filter).await?;
    let mut page = plan.page(db, sort, after, PAGE).await?;
    // A rare filter may need a longer look than one page takes; a page that stays empty offers to go on.
    for _ in 0..FURTHER {
        if !page.rows.is_empty() || page.next.is_none() {
            break;
        }
        page = plan.page(db, sort, page.next, PAGE).await?;
    }
    let total = total(app, &plan).await?;
    Ok(Found { leads: store::lead::lead_views(db, org, page.rows).await?, total, next: page.next })
}

/// Whoever types a lead's number or a whole phone into the search of the top bar means that lead.
fn exact(visit: &Visit<Leads>, fields: &Fields, found: &Found) -> Option<i64> {
    let [one] = found.leads.as_slice() else { return None };
    let q = fields.given("q")?;
    let alone = fields.query_with(&[("q", "")]).is_empty();
    let means = crate::lead_list::search(q, &visit.who.caller.region).ok().flatten();
    (alone && matches!(means, Some(Search::Uid(_) | Search::Phone(_)))).then_some(one.row.lead_no)
}

fn whole(
    visit: &Visit<Leads>,
    fields: &Fields,
    choices: &Choices,
    found: &Result<Found, Problem>,
    query: Option<&LeadQuery>,
    import: Option<&str>,
) -> Markup {
    let actions = html! {
        (ui::button_link(Tone::Plain, Some(Icon::Download), "Export CSV", &filter::export(fields, query)))
        @if choices.staff {
            a.button.primary href="/leads/new" data-action="open" data-dialog="new-lead" { (Icon::Plus.svg()) "New lead" }
        }
    };
    let below = html! {
        @if choices.staff { "Everybody who asked, wherever they came from" } @else { "The leads that are yours" }
    };
    let categories = found.as_ref().map(categories).unwrap_or_default();
    html! {
        (ui::heading("Leads", &below, &actions))
        (filter::form(fields, choices, &categories))
        div #lead-list.stack-y data-live=(LIVE) {
            (filter::chips(fields, choices, import))
            @match found {
                Ok(found) if found.leads.is_empty() && found.next.is_none() => section.card { (nothing(fields, choices)) },
                Ok(found) => (rows(visit, fields, choices, found)),
                Err(problem) => (ui::note("bad", &html! { (ui::sentence(&problem.detail)) " " a href="/leads" { "Clear filters" } })),
            }
        }
        @if choices.staff { (create::dialog(&choices.sources)) }
    }
}

fn categories(found: &Found) -> Vec<String> {
    let all = found.leads.iter().filter_map(|lead| lead.row.category.clone());
    all.collect::<std::collections::BTreeSet<_>>().into_iter().take(20).collect()
}

fn nothing(fields: &Fields, choices: &Choices) -> Markup {
    if filter::narrowed(fields) || fields.given("cursor").is_some() {
        let clear = ui::button_link(Tone::Plain, None, "Clear filters", "/leads");
        let text = "A name is found by the beginnings of its words, a phone by its last four digits or more, an e-mail by its beginning.";
        return ui::empty(Icon::Search, "No lead matches", text, &clear);
    }
    if !choices.staff {
        let text = "A lead appears here the moment it is given to you.";
        return ui::empty(
            Icon::Leads,
            "No leads are yours yet",
            text,
            &ui::button_link(Tone::Plain, None, "My leads", "/my-leads"),
        );
    }
    let actions = html! {
        (ui::button_link(Tone::Primary, Some(Icon::Import), "Import a file", "/import"))
        a.button href="/leads/new" data-action="open" data-dialog="new-lead" { "Add one by hand" }
    };
    let text = "Leads come from files, forms and programs. Import a file to see them here, given out fairly.";
    ui::empty(Icon::Leads, "No leads yet", text, &actions)
}

fn rows(visit: &Visit<Leads>, fields: &Fields, choices: &Choices, found: &Found) -> Markup {
    let sort = fields.text("sort");
    let order = |name: &str| format!("/leads?{}", fields.query_with(&[("sort", name), ("cursor", "")]));
    let created = match sort {
        "oldest" => (order("newest"), "ascending"),
        "changed" => (order("newest"), "none"),
        _ => (order("oldest"), "descending"),
    };
    let mut columns =
        vec![Column::text("Lead"), Column::text("Contact"), Column::text("Source"), Column::text("Status")];
    if choices.staff {
        columns.push(Column::text("Agent"));
    }
    columns.extend([Column::text("Place"), Column::number("Value")]);
    columns.push(Column { sort: Some(created), ..Column::text("Created") });
    if sort == "changed" {
        let changed = (order("newest"), "descending");
        columns.push(Column { sort: Some(changed), ..Column::text("Changed") });
    }
    let told = match &found.total {
        Total::Number(n) => ui::plural(*n, "lead"),
        Total::Text(least) => match least.trim_end_matches('+').parse() {
            Ok(10_000) | Err(_) => "More than 10,000 leads".to_owned(),
            Ok(least) => format!("At least {}", ui::plural(least, "lead")),
        },
    };
    let cursor = found.next.map(|place| page::cursor(&[place.changed_at, place.lead_no]));
    let pages = Pages {
        told,
        first: fields.given("cursor").map(|_| format!("/leads?{}", fields.query_with(&[("cursor", "")]))),
        next: cursor.map(|cursor| format!("/leads?{}", fields.query_with(&[("cursor", &cursor)]))),
    };
    let rows = html! { @for lead in &found.leads { (row(visit, choices, lead, sort == "changed")) } };
    html! {
        section.card.lead-table { (ui::table("Leads", &columns, &rows)) }
        (ui::pages(&pages))
    }
}

fn row(visit: &Visit<Leads>, choices: &Choices, lead: &LeadView, changed: bool) -> Markup {
    let (row, clock) = (&lead.row, visit.clock());
    let named = row.name.clone().or_else(|| row.details().title);
    let name = named.as_deref().unwrap_or("No name");
    html! {
        tr data-key=(row.lead_id()) {
            td.c-lead { a.row-link.ellipsis.muted[named.is_none()] href=(lead::path(row.lead_no)) title=(name) { (name) } span.muted.small { (model::lead::uid(row.lead_no)) } }
            td.c-contact { (lead::reached(row)) }
            td.c-source { span.ellipsis { (lead.source) } }
            td.c-status { (ui::status(row.status)) }
            @if choices.staff {
                td.c-agent {
                    @match &lead.agent {
                        Some(agent) => span.ellipsis title=(agent.name) { (agent.name) },
                        None if row.is_open => (ui::pill("warn", Icon::Clock, "Waiting")),
                        None => span.muted { "Nobody" },
                    }
                }
            }
            td.c-place {
                span.ellipsis { (lead::place(row)) }
                @if let Some(category) = &row.category { span.ellipsis.muted.small { (category) } }
            }
            td.numeric.c-value { @if let Some(value) = row.value { (lead::money(value)) } }
            td.nowrap.c-created { (clock.ago(model::Micros(row.created_at))) }
            @if changed { td.nowrap.c-changed { (clock.ago(model::Micros(row.changed_at))) } }
        }
    }
}
