//! What the list is narrowed to: the page's query in the API's words, the form, and a chip for each part of it.

use crate::console::fields::Fields;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Clock, Field};
use crate::lead_list::LeadQuery;
use crate::problem::Problem;
use maud::{Markup, html};
use model::{Micros, Status};
use store::agent::Agent;
use store::source::Source;

/// The page's name for "without an agent", where an agent could stand.
const NOBODY: &str = "nobody";
/// The parts of a filter, and what a chip calls them.
const PARTS: &[(&str, &str)] = &[
    ("q", "Search"),
    ("source", "Source"),
    ("status", "Status"),
    ("agent", "Agent"),
    ("unassigned", "Unassigned"),
    ("category", "Category"),
    ("created_from", "From"),
    ("created_to", "Until"),
    ("import", "One import"),
];
const SORTS: &[(&str, &str)] =
    &[("newest", "Newest first"), ("oldest", "Oldest first"), ("changed", "Last changed first")];

/// What one can choose from.
pub(super) struct Choices {
    pub(super) sources: Vec<Source>,
    /// Empty for an agent, who sees its own leads only.
    pub(super) agents: Vec<Agent>,
    pub(super) staff: bool,
}

/// The query in the API's words.
pub(super) fn query(fields: &Fields, clock: &Clock) -> Result<LeadQuery, Problem> {
    let text = |name: &str| fields.given(name).map(str::to_owned);
    let nobody = fields.text("agent") == NOBODY;
    Ok(LeadQuery {
        source: text("source"),
        status: fields.parsed::<Status>("status")?,
        agent: text("agent").filter(|_| !nobody),
        category: text("category"),
        import: text("import"),
        created_from: fields.given("created_from").map(|text| day(text, clock, false)).transpose()?,
        created_to: fields.given("created_to").map(|text| day(text, clock, true)).transpose()?,
        unassigned: Some(nobody || fields.on("unassigned")),
        q: text("q"),
        sort: text("sort"),
        limit: None,
        cursor: text("cursor"),
    })
}

/// The beginning of a local day, or its end; an exact instant is understood, too.
fn day(text: &str, clock: &Clock, end: bool) -> Result<Micros, Problem> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(Micros::from_timestamp(at));
    }
    let day = text.parse::<jiff::civil::Date>().ok();
    let day = if end { day.and_then(|day| day.tomorrow().ok()) } else { day };
    let at = day.and_then(|day| clock.parse_day(&day.to_string()));
    at.ok_or_else(|| Problem::field("created", format!("{text:?} is no day")))
}

/// Whether anything is narrowed at all.
pub(super) fn narrowed(fields: &Fields) -> bool {
    PARTS.iter().any(|(name, _)| fields.given(name).is_some())
}

/// Where the same leads are a file.
pub(super) fn export(fields: &Fields, query: Option<&LeadQuery>) -> String {
    let instant = |at: Option<Micros>| at.map(|at| at.to_string()).unwrap_or_default();
    let from = instant(query.and_then(|q| q.created_from));
    let to = instant(query.and_then(|q| q.created_to));
    let unassigned = query.is_some_and(|q| q.unassigned == Some(true));
    let agent = query.and_then(|q| q.agent.clone()).unwrap_or_default();
    let changes = [
        ("created_from", from.as_str()),
        ("created_to", &to),
        ("unassigned", if unassigned { "true" } else { "" }),
        ("agent", &agent),
        ("cursor", ""),
    ];
    format!("/api/v1/leads.csv?{}", fields.query_with(&changes))
}

/// The form; it answers while one types.
pub(super) fn form(fields: &Fields, choices: &Choices, categories: &[String]) -> Markup {
    let more = ["category", "created_from", "created_to"].iter().any(|name| fields.given(name).is_some());
    let agent = if fields.on("unassigned") { NOBODY } else { fields.text("agent") };
    html! {
        form.filters method="get" action="/leads" data-filter="lead-list" role="search" aria-label="Filter leads" {
            @if let Some(import) = fields.given("import") { (ui::hidden("import", import)) }
            div.filter-row {
                (ui::field(Field::text("q", "Search", fields.text("q")).kind("search")))
                (ui::select(Field::text("source", "Source", fields.text("source")), &sources(choices)))
                (ui::select(Field::text("status", "Status", fields.text("status")), &statuses()))
                @if choices.staff { (agents(choices, agent)) }
                (ui::select(Field::text("sort", "Order", fields.text("sort")), SORTS))
            }
            details.more open[more] {
                summary { "More filters" }
                div.filter-row {
                    (ui::field(Field::text("created_from", "Created from", fields.text("created_from")).kind("date")))
                    (ui::field(Field::text("created_to", "Created until", fields.text("created_to")).kind("date")))
                    div.field {
                        label for="f-category" { "Category" }
                        input id="f-category" type="text" name="category" value=(fields.text("category")) list="categories" autocomplete="off";
                        datalist #categories { @for category in categories { option value=(category) {} } }
                    }
                }
            }
            noscript { (ui::submit(ui::Tone::Plain, "Show these leads")) }
        }
    }
}

fn sources(choices: &Choices) -> Vec<(&str, &str)> {
    let names = choices.sources.iter().map(|source| (source.name.as_str(), source.name.as_str()));
    std::iter::once(("", "Every source")).chain(names).collect()
}

fn statuses() -> Vec<(&'static str, &'static str)> {
    let words = Status::ALL.iter().map(|status| (status.as_str(), ui::status_word(*status)));
    std::iter::once(("", "Every status")).chain(words).collect()
}

fn agents(choices: &Choices, chosen: &str) -> Markup {
    let named: Vec<(String, &str)> =
        choices.agents.iter().map(|a| (a.agent_no.to_string(), a.name.as_str())).collect();
    let chosen = agent_of(choices, chosen).map_or(chosen.to_owned(), |agent| agent.agent_no.to_string());
    let mut options = vec![("", "Everybody"), (NOBODY, "Nobody yet")];
    options.extend(named.iter().map(|(number, name)| (number.as_str(), *name)));
    ui::select(Field::text("agent", "Agent", &chosen), &options)
}

fn agent_of<'a>(choices: &'a Choices, named: &str) -> Option<&'a Agent> {
    choices.agents.iter().find(|a| a.agent_no.to_string() == named || a.id.to_string() == named)
}

/// A chip for each part, with the link that takes it away.
pub(super) fn chips(fields: &Fields, choices: &Choices, import: Option<&str>) -> Markup {
    let given: Vec<_> = PARTS.iter().filter(|(name, _)| fields.given(name).is_some()).collect();
    html! {
        @if !given.is_empty() {
            div.chips.filter-chips {
                @for (name, label) in given {
                    @let word = word(name, fields.text(name), choices, import);
                    span.chip {
                        span.ellipsis { span.muted { (label) ": " } (word) }
                        a.remove href={ "/leads?" (fields.query_with(&[(name, ""), ("cursor", "")])) }
                            aria-label={ "Remove " (label) ": " (word) } { (Icon::Cross.svg()) }
                    }
                }
                a.button.quiet href="/leads" { "Clear filters" }
            }
        }
    }
}

fn word(name: &str, value: &str, choices: &Choices, import: Option<&str>) -> String {
    match name {
        "status" => value.parse().map_or(value.to_owned(), |s| ui::status_word(s).to_owned()),
        "agent" if value == NOBODY => "nobody yet".to_owned(),
        "unassigned" => "nobody yet".to_owned(),
        "agent" => agent_of(choices, value).map_or(value.to_owned(), |agent| agent.name.clone()),
        "import" => import.unwrap_or(value).to_owned(),
        _ => value.to_owned(),
    }
}
