//! What the page of one source shows, read at once; and small parts several pages here use.

use super::draft::Draft;
use crate::app::App;
use crate::console::oops::Oops;
use crate::console::ui;
use crate::console::visit::Visit;
use crate::problem::or_missing;
use crate::rights::Staff;
use engine::assign::distribution::{Distribution, Facts, distribution};
use engine::overview::{SourceWaiting, day_start, queue_of};
use maud::{Markup, html};
use model::{Micros, OrgId, UserId};
use std::collections::HashMap;
use store::agent::Agent;
use store::assignment::BatchRow;
use store::flow::QUARTER;
use store::pool::{PoolHead, PoolRow};
use store::source::Source;

/// Batches shown.
const BATCHES: i64 = 6;

/// One source, whole.
pub(super) struct View {
    pub(super) source: Source,
    pub(super) pool: PoolRow,
    /// Everybody who is named on the page.
    pub(super) agents: HashMap<i64, Agent>,
    pub(super) queue: Option<SourceWaiting>,
    pub(super) distribution: Distribution,
    /// Why each member cannot take a lead now.
    pub(super) hindered: HashMap<i64, String>,
    /// Leads given out today.
    pub(super) today: i64,
    pub(super) batches: Vec<BatchRow>,
    /// Names of users who did something.
    pub(super) actors: HashMap<String, String>,
    /// The other sources: number of waiting leads, and whether they are on.
    pub(super) others: Vec<(Source, bool, i64)>,
    pub(super) any_agent: bool,
}

/// The source a path names.
pub(super) async fn find(app: &App, org: OrgId, source: &str) -> Result<Source, Oops> {
    Ok(or_missing(store::source::source_find(app.reader(), org, source).await, "source")?)
}

impl View {
    /// Of a source as it stands, with the agents a draft names.
    pub(super) async fn load(
        app: &App,
        visit: &Visit<Staff>,
        source: Source,
        draft: Option<&Draft>,
    ) -> Result<Self, Oops> {
        let (db, org, now) = (app.reader(), visit.org(), visit.clock().now());
        let pool = store::pool::pool_fetch(db, org, source.source_no).await?;
        let facts = Facts::load_source(db, org, &pool.state, now).await?;
        let distribution = distribution(db, org, source.clone(), &facts).await?;
        let queue = match distribution.waiting {
            0 => None,
            waiting => Some(queue_of(db, org, source.clone(), waiting, now).await?),
        };
        let explained = engine::assign::explain::explain_source(db, org, source.source_no, now).await?;
        let batches = store::assignment::batch_list(db, org, source.source_no, BATCHES).await?;
        let mut agents: HashMap<i64, Agent> =
            distribution.shares.iter().map(|s| (s.agent.agent_no, s.agent.clone())).collect();
        let drafted = draft.iter().flat_map(|d| d.members.iter().map(|m| m.agent_no));
        let missing: Vec<i64> = drafted
            .chain(batches.iter().flat_map(|b| super::batches::parts(b).into_iter().map(|(no, _)| no)))
            .filter(|no| !agents.contains_key(no))
            .collect();
        for agent in store::agent::agent_list_no(db, org, &missing).await? {
            agents.insert(agent.agent_no, agent);
        }
        let any_agent = !agents.is_empty() || !store::agent::agent_list(db, org, 0, 1).await?.is_empty();
        let hindered = explained.members.into_iter().filter(|m| !m.reason.is_eligible());
        Ok(Self {
            hindered: hindered.map(|m| (m.agent_no, m.sentence)).collect(),
            today: assigned_today(app, visit, source.source_no).await?,
            actors: actors(app, org, batches.iter().map(|b| b.actor.as_str())).await?,
            others: others(app, org).await?,
            source,
            pool,
            agents,
            queue,
            distribution,
            batches,
            any_agent,
        })
    }

    pub(super) fn path(&self) -> String {
        format!("/assign/{}", self.source.id)
    }

    pub(super) fn name(&self, agent_no: i64) -> String {
        self.agents.get(&agent_no).map_or_else(|| format!("agent {agent_no}"), |a| a.name.clone())
    }

    /// The list of all sources beside the open one.
    pub(super) fn aside(&self) -> Markup {
        html! {
            nav #others.others aria-label="Sources" data-live="lead_created lead_assigned lead_status_changed import_progress settings_changed" {
                @for (source, on, waiting) in &self.others {
                    a href={ "/assign/" (source.id) } data-key=(source.id) title=(source.name) data-on=(on)
                        aria-current=[(source.source_no == self.source.source_no).then_some("page")] {
                        span.dot aria-hidden="true" {}
                        span.visually-hidden { (if *on { "On: " } else { "Off: " }) }
                        span.ellipsis { (source.name) }
                        @if *waiting > 0 { span.count title="waiting" { (ui::grouped(*waiting)) span.visually-hidden { " waiting" } } }
                    }
                }
            }
        }
    }
}

async fn assigned_today(app: &App, visit: &Visit<Staff>, source_no: i64) -> Result<i64, Oops> {
    let now = visit.clock().now();
    let start = day_start(now, visit.clock().zone_name());
    let to = now.0 + QUARTER;
    let steps = store::flow::flow_list(app.reader(), visit.org(), start.0, to, 2 * 24 * 4 * QUARTER).await?;
    Ok(steps.iter().filter(|s| s.source_no == source_no).map(|s| s.assigned).sum())
}

/// Names of those who did something, by what the history calls them.
pub(super) async fn actors<'a>(
    app: &App,
    org: OrgId,
    actors: impl Iterator<Item = &'a str>,
) -> Result<HashMap<String, String>, Oops> {
    let mut names = HashMap::new();
    for actor in actors {
        let Ok(id) = actor.parse::<UserId>() else { continue };
        if names.contains_key(actor) {
            continue;
        }
        if let Ok(user) = store::user::user_fetch(app.reader(), org, id).await {
            names.insert(actor.to_owned(), if user.name.is_empty() { user.email } else { user.name });
        }
    }
    Ok(names)
}

async fn others(app: &App, org: OrgId) -> Result<Vec<(Source, bool, i64)>, Oops> {
    let heads = store::pool::pool_list(app.reader(), org).await?;
    let heads: HashMap<i64, PoolHead> = heads.into_iter().map(|h| (h.source_no, h)).collect();
    let mut waiting: HashMap<i64, i64> = HashMap::new();
    for tally in store::stats::tally_list(app.reader(), org).await? {
        *waiting.entry(tally.source_no).or_default() += tally.waiting;
    }
    let sources = store::source::source_list(app.reader(), org, 0, 10_000).await?;
    let one = |s: Source| {
        let on = heads.get(&s.source_no).is_some_and(|h| h.enabled);
        let waits = waiting.get(&s.source_no).copied().unwrap_or(0);
        (s, on, waits)
    };
    Ok(sources.into_iter().map(one).collect())
}

/// The switch of a source, a button that works at once: it sends `name` = `on` or `off`.
pub(super) fn switch(source: &Source, on: bool, name: &str, form: Option<&str>) -> Markup {
    html! {
        button.switch type="submit" role="switch" name=(name) value=(if on { "off" } else { "on" }) form=[form]
            aria-checked=(on) aria-label={ "Auto-assign of " (source.name) } {
            span.track aria-hidden="true" {}
            span aria-hidden="true" { (if on { "On" } else { "Off" }) }
        }
    }
}

/// Sources and history, beside each other.
pub(super) fn tabs(history: bool) -> Markup {
    ui::tabs("Assign", &[("Sources", "/assign", !history), ("History", "/assign/history", history)])
}

/// Since when the what-if looks: a week.
pub(super) fn week_ago(now: Micros) -> Micros {
    now.plus_seconds(-7 * 24 * 3600)
}
