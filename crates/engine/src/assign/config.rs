//! A source's auto-assign configuration: saved, deleted; versions are kept for ever.

use crate::batch::Batch;
use crate::{By, Command, Refusal, Stop};
use model::{AgentId, Area, BacklogOrder, PolicyKind, PoolState, Weight};
use routing::Checkpoint;
use store::pool::{checkpoint_put, config_insert, pool_fetch_locked, pool_put};
use store::source::{Source, source_find};

/// Whom a configuration names, as the edges do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AgentRef {
    /// `agent_…`.
    Id(AgentId),
    /// The agent's number in the organisation (`cre_ids`).
    No(i64),
}

/// Saves a configuration; what is not given stays as it is. The caller then runs the backlog.
#[derive(Debug, Clone)]
pub struct SaveConfig {
    /// By name or id.
    pub source: String,
    /// On or off.
    pub enabled: Option<bool>,
    /// The policy.
    pub policy: Option<PolicyKind>,
    /// In which order the backlog is given out.
    pub order: Option<BacklogOrder>,
    /// All members; no weight: the agent's own.
    pub members: Option<Vec<(AgentRef, Option<Weight>)>>,
    /// The version the caller saw: refused if it is not that any more.
    pub seen: Option<i64>,
}

/// A configuration as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// The source.
    pub source: Source,
    /// The pool with its members.
    pub pool: PoolState,
    /// What changed among the members, by number.
    pub joined: Vec<i64>,
    /// Back again.
    pub returned: Vec<i64>,
    /// Gone.
    pub left: Vec<i64>,
}

impl Command for SaveConfig {
    type Output = Saved;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Saved, Stop> {
        let source = find_source(batch, by, &self.source).await?;
        let row = pool_fetch_locked(batch.tx, by.org, source.source_no).await?;
        let mut pool = row.state;
        if self.seen.is_some_and(|seen| seen != pool.config_version) {
            return Err(Refusal::ChangedMeanwhile(pool.config_version).into());
        }
        let members = match &self.members {
            Some(members) => resolve(batch, by, members).await?,
            None => pool.members.iter().filter(|m| m.current).map(|m| (m.agent_no, m.weight)).collect(),
        };
        let enabled = self.enabled.unwrap_or(if row.configured { pool.enabled } else { true });
        let policy = self.policy.unwrap_or(pool.policy);
        let order = self.order.unwrap_or(pool.order);
        let change = routing::reconfigure(&mut pool, &members, policy, order, enabled);
        // No wake: whoever saves runs the backlog and answers for it; the sweep is there should it die in between.
        record(batch, by, &pool, true).await?;
        let switch = if enabled { "on" } else { "off" };
        let what =
            format!("{} saved: {switch}, {policy}, {order} first, {} members", source.name, members.len());
        batch.audit(by, Area::Pool, source.id, what);
        Ok(Saved { source, pool, joined: change.joined, returned: change.returned, left: change.left })
    }
}

/// Deletes a configuration: leads wait, members leave; credits and history stay.
#[derive(Debug, Clone)]
pub struct DeleteConfig {
    /// By name or id.
    pub source: String,
}

impl Command for DeleteConfig {
    type Output = Source;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Source, Stop> {
        let source = find_source(batch, by, &self.source).await?;
        let row = pool_fetch_locked(batch.tx, by.org, source.source_no).await?;
        if !row.configured {
            return Err(Refusal::NotConfigured.into());
        }
        let mut pool = row.state;
        let (policy, order) = (pool.policy, pool.order);
        routing::reconfigure(&mut pool, &[], policy, order, false);
        record(batch, by, &pool, false).await?;
        batch.audit(by, Area::Pool, source.id, format!("{} deleted", source.name));
        Ok(source)
    }
}

/// Writes the pool, its new version and a checkpoint: a replay of what follows begins here.
async fn record(batch: &Batch<'_>, by: &By, pool: &PoolState, configured: bool) -> store::Result<()> {
    pool_put(batch.tx, by.org, pool, configured, batch.now.0).await?;
    config_insert(batch.tx, by.org, pool, &by.actor, batch.now.0).await?;
    checkpoint_put(batch.tx, by.org, pool, Checkpoint::of(pool).encode()).await
}

pub(crate) async fn find_source(batch: &Batch<'_>, by: &By, name: &str) -> Result<Source, Stop> {
    match source_find(batch.tx, by.org, name).await {
        Err(store::Error::NotFound) => Err(Refusal::NotFound("source").into()),
        other => Ok(other?),
    }
}

async fn resolve(
    batch: &Batch<'_>,
    by: &By,
    members: &[(AgentRef, Option<Weight>)],
) -> Result<Vec<(i64, Weight)>, Stop> {
    let mut resolved: Vec<(i64, Weight)> = Vec::with_capacity(members.len());
    for (agent, weight) in members {
        let found = match agent {
            AgentRef::Id(id) => match store::agent::agent_fetch(batch.tx, by.org, *id).await {
                Err(store::Error::NotFound) => None,
                other => Some(other?),
            },
            AgentRef::No(no) => store::agent::agent_list_no(batch.tx, by.org, &[*no]).await?.pop(),
        };
        let Some(found) = found else {
            let who = match agent {
                AgentRef::Id(id) => id.to_string(),
                AgentRef::No(no) => format!("number {no}"),
            };
            return Err(Refusal::Invalid { field: "members", message: format!("no agent {who}") }.into());
        };
        if resolved.iter().any(|(no, _)| *no == found.agent_no) {
            let message = format!("{} is named twice", found.name);
            return Err(Refusal::Invalid { field: "members", message }.into());
        }
        resolved.push((found.agent_no, weight.unwrap_or(found.weight)));
    }
    Ok(resolved)
}
