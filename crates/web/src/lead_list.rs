//! Lists of leads: filters, search, pages, the export.

use crate::answer::{self, Answer};
use crate::app::App;
use crate::csv;
use crate::lead_view::{LeadJson, Thousandths};
use crate::page;
use crate::params::Query;
use crate::problem::{Problem, or_missing};
use crate::rights::{Leads, Who};
use crate::schema::Problems;
use axum::extract::State;
use engine::Scope;
use model::{AgentId, ImportId, Micros, OrgId, Status};
use serde::{Deserialize, Serialize};
use store::lead::LeadView;
use store::lead_list::{LeadFilter, LeadPlace, LeadPlan, LeadSort, Search, Total as Found};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Beyond this many a total is told as `"10000+"`.
const COUNTED: i64 = 10_000;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(export))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LeadQuery {
    /// By name or id.
    pub(crate) source: Option<String>,
    #[param(value_type = Option<crate::schema::LeadStatus>)]
    pub(crate) status: Option<Status>,
    /// `agent_…`, or the agent's number.
    pub(crate) agent: Option<String>,
    pub(crate) category: Option<String>,
    /// `import_…`.
    pub(crate) import: Option<String>,
    #[param(value_type = Option<String>, format = DateTime)]
    pub(crate) created_from: Option<Micros>,
    #[param(value_type = Option<String>, format = DateTime)]
    pub(crate) created_to: Option<Micros>,
    /// Without an agent and not final.
    pub(crate) unassigned: Option<bool>,
    /// A whole phone or its last digits (at least four), the beginning of an e-mail, a uid, beginnings of the name.
    pub(crate) q: Option<String>,
    /// `newest` (default), `oldest` or `changed`.
    pub(crate) sort: Option<String>,
    pub(crate) limit: Option<i64>,
    pub(crate) cursor: Option<String>,
}

/// What a caller asked for, in the store's words.
pub(crate) struct Asked {
    pub(crate) filter: LeadFilter,
    pub(crate) sort: LeadSort,
    /// Nothing can be found.
    pub(crate) nothing: bool,
}

#[derive(Serialize, ToSchema)]
struct LeadList<'a> {
    items: Vec<LeadJson<'a>>,
    /// Null at the end. A page with room left may go on, too, where looking further would have taken too long.
    next_cursor: Option<String>,
    /// A number; `"10000+"`: more than that; `"37+"`: at least so many, counting them all would take too long.
    total: Total,
}

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Total {
    Number(i64),
    Text(String),
}

/// Leads, filtered and sorted.
#[utoipa::path(get, path = "/api/v1/leads", tag = "leads", operation_id = "lead_list", params(LeadQuery),
    responses((status = 200, description = "A page", body = LeadList<'static>), Problems))]
async fn list(State(app): State<App>, who: Who<Leads>, Query(query): Query<LeadQuery>) -> Answer {
    let limit = page::limit(query.limit)?;
    let after = place(query.cursor.as_deref())?;
    let asked = asked(&app, &who, query).await?;
    if asked.nothing {
        return answer::ok(&LeadList { items: Vec::new(), next_cursor: None, total: Total::Number(0) });
    }
    let (db, org) = (app.reader(), who.org());
    let plan = LeadPlan::open(db, org, &asked.filter).await?;
    let page = plan.page(db, asked.sort, after, limit).await?;
    let next_cursor = page.next.map(|place| page::cursor(&[place.changed_at, place.lead_no]));
    let total = total(&app, &plan).await?;
    let views = store::lead::lead_views(db, org, page.rows).await?;
    answer::ok(&LeadList { items: views.iter().map(LeadJson::new).collect(), next_cursor, total })
}

pub(crate) async fn total(app: &App, plan: &LeadPlan) -> Result<Total, Problem> {
    Ok(match plan.total(app.reader()).await? {
        Found::Exactly(count) => Total::Number(count),
        Found::AtLeast(count) => Total::Text(format!("{}+", count.min(COUNTED))),
    })
}

pub(crate) fn place(cursor: Option<&str>) -> Result<Option<LeadPlace>, Problem> {
    let numbers = page::numbers::<2>(cursor)?;
    Ok(numbers.map(|[changed_at, lead_no]| LeadPlace { changed_at, lead_no }))
}

pub(crate) async fn asked(app: &App, who: &Who<Leads>, query: LeadQuery) -> Result<Asked, Problem> {
    let (db, org) = (app.reader(), who.org());
    let sort = match query.sort.as_deref() {
        None | Some("newest") => LeadSort::Newest,
        Some("oldest") => LeadSort::Oldest,
        Some("changed") => LeadSort::Changed,
        Some(_) => return Err(Problem::field("sort", "one of newest, oldest, changed")),
    };
    let mut nothing = who.scope == Scope::Nothing;
    let mut filter = LeadFilter {
        status: query.status,
        category: query.category,
        created_from: query.created_from.map(|at| at.0),
        created_to: query.created_to.map(|at| at.0),
        unassigned: query.unassigned.unwrap_or(false),
        q: query.q.as_deref().map(|q| search(q, &who.caller.region)).transpose()?.flatten(),
        ..LeadFilter::default()
    };
    if let Some(source) = &query.source {
        match store::source::source_find(db, org, source).await {
            Ok(source) => filter.source_no = Some(source.source_no),
            Err(store::Error::NotFound) => nothing = true,
            Err(error) => return Err(error.into()),
        }
    }
    if let Some(agent) = &query.agent {
        filter.agent_no = Some(agent_no(app, org, agent).await?.unwrap_or(-1));
    }
    if let Some(import) = &query.import {
        let id: ImportId =
            import.parse().map_err(|e: model::ids::BadId| Problem::field("import", e.to_string()))?;
        let import = or_missing(store::import::import_fetch(db, org, id).await, "import")?;
        filter.import_no = Some(import.import_no);
    }
    if let Scope::Agent(own) = who.scope {
        nothing |= filter.agent_no.is_some_and(|agent_no| agent_no != own);
        filter.agent_no = Some(own);
    }
    Ok(Asked { filter, sort, nothing })
}

/// An agent by its id or number; `None`: there is none.
pub(crate) async fn agent_no(app: &App, org: OrgId, agent: &str) -> Result<Option<i64>, Problem> {
    if let Ok(number) = agent.parse::<i64>() {
        return Ok(Some(number));
    }
    let id: AgentId = agent.parse().map_err(|e: model::ids::BadId| Problem::field("agent", e.to_string()))?;
    match store::agent::agent_fetch(app.reader(), org, id).await {
        Ok(agent) => Ok(Some(agent.agent_no)),
        Err(store::Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What was typed into the search box.
pub(crate) fn search(q: &str, region: &str) -> Result<Option<Search>, Problem> {
    let q = q.trim();
    if q.chars().count() > 200 || q.contains('\0') {
        return Err(Problem::field("q", "at most 200 characters"));
    }
    if q.is_empty() {
        return Ok(None);
    }
    if let Some(lead_no) = model::lead::parse_uid(q) {
        return Ok(Some(Search::Uid(lead_no)));
    }
    let phone_like =
        q.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')' | '.' | '/'));
    let digits: String = q.chars().filter(char::is_ascii_digit).collect();
    if phone_like && digits.len() >= 4 {
        // A whole number is found by index; fewer digits are an end.
        if digits.len() >= 9
            && let Ok(phone) = engine::intake::phone::parse(q, region)
        {
            return Ok(Some(Search::Phone(phone.digits() as i64)));
        }
        let end: String = digits.chars().skip(digits.len().saturating_sub(15)).collect();
        return Ok(end.parse().ok().map(|number| Search::PhoneEnd(number, end.len() as u32)));
    }
    if q.contains(char::is_whitespace) {
        let words: Vec<&str> = q.split_whitespace().take(5).collect();
        return Ok(Some(Search::Name(words.join(" "))));
    }
    // No name has that sign; any other word may begin either.
    Ok(Some(if q.contains('@') { Search::Email(q.to_lowercase()) } else { Search::Word(q.to_owned()) }))
}

const COLUMNS: [&str; 23] = [
    "uid",
    "id",
    "source",
    "status",
    "agent",
    "name",
    "phone",
    "email",
    "title",
    "description",
    "category",
    "country",
    "region",
    "city",
    "suburb",
    "postal_code",
    "urgency",
    "value",
    "external_id",
    "created_at",
    "changed_at",
    "assigned_at",
    "enquired_at",
];

/// The same leads as a file.
#[utoipa::path(get, path = "/api/v1/leads.csv", tag = "leads", operation_id = "lead_export", params(LeadQuery),
    responses((status = 200, description = "Every lead the filter finds", content_type = "text/csv", body = String),
        Problems))]
async fn export(State(app): State<App>, who: Who<Leads>, Query(query): Query<LeadQuery>) -> Answer {
    let after = place(query.cursor.as_deref())?;
    let asked = asked(&app, &who, query).await?;
    let (org, sort, nothing) = (who.org(), asked.sort, asked.nothing);
    let plan = std::sync::Arc::new(LeadPlan::open(app.reader(), org, &asked.filter).await?);
    csv::stream("leads", &COLUMNS, after, move |after| {
        let (app, plan) = (app.clone(), plan.clone());
        async move {
            if nothing {
                return Ok((String::new(), None));
            }
            let page = plan.page(app.reader(), sort, after, csv::PAGE).await?;
            let mut lines = String::new();
            for view in store::lead::lead_views(app.reader(), org, page.rows).await? {
                line(&mut lines, &view);
            }
            Ok((lines, page.next.map(Some)))
        }
    })
    .await
}

fn line(lines: &mut String, lead: &LeadView) {
    let row = &lead.row;
    let details = row.details();
    let text = |t: Option<&String>| t.cloned().unwrap_or_default();
    let time = |at: Option<i64>| at.map(|at| Micros(at).to_string()).unwrap_or_default();
    let cells = [
        model::lead::uid(row.lead_no),
        row.lead_id().to_string(),
        lead.source.clone(),
        row.status.to_string(),
        lead.agent.as_ref().map(|a| a.name.clone()).unwrap_or_default(),
        text(row.name.as_ref()),
        row.e164().map(|p| p.to_string()).unwrap_or_default(),
        text(row.email.as_ref()),
        details.title.unwrap_or_default(),
        details.description.unwrap_or_default(),
        text(row.category.as_ref()),
        details.country.unwrap_or_default(),
        details.region.unwrap_or_default(),
        text(row.city.as_ref()),
        details.suburb.unwrap_or_default(),
        details.postal_code.unwrap_or_default(),
        row.urgency.to_string(),
        row.value.map(|v| Thousandths(v).to_string()).unwrap_or_default(),
        text(row.external_id.as_ref()),
        time(Some(row.created_at)),
        time(Some(row.changed_at)),
        time(row.assigned_at),
        details.enquired_at.map(|at| at.to_string()).unwrap_or_default(),
    ];
    csv::line(lines, cells.iter().map(String::as_str));
}
