//! A pool's stored steps, as a replay needs them: with their configurations and, for `fewest`, the totals of then.

use crate::Failure;
use model::{OrgId, PolicyKind};
use routing::{ConfigMember, ConfigVersion, Step};
use std::collections::{BTreeMap, HashMap};
use store::Query;
use store::assignment::AssignmentRow;
use store::pool::PoolRow;

/// A stretch of a pool's history.
pub(crate) struct History {
    pub(crate) rows: Vec<AssignmentRow>,
    configs: BTreeMap<i64, ConfigVersion>,
    totals: Vec<Option<Vec<i64>>>,
}

impl History {
    /// The steps with `after < seq <= upto`.
    pub(crate) async fn load(
        db: &impl Query,
        org: OrgId,
        pool: &PoolRow,
        after: i64,
        upto: i64,
    ) -> Result<Self, Failure> {
        let source_no = pool.state.source_no;
        let rows = store::assignment::assignment_list_steps(db, org, source_no, after, upto).await?;
        let agents: Vec<i64> = pool.state.members.iter().map(|m| m.agent_no).collect();
        let agents = store::agent::agent_list_no(db, org, &agents).await?;
        let names: HashMap<i64, String> = agents.into_iter().map(|a| (a.agent_no, a.name)).collect();
        let versions = || rows.iter().map(|r| r.config_version);
        let (first, last) = (versions().min().unwrap_or(0), versions().max().unwrap_or(0));
        let mut configs = BTreeMap::new();
        for config in store::pool::config_list(db, org, source_no, first, last).await? {
            configs.insert(config.version, version(config, &names));
        }
        let mut history = Self { rows, configs, totals: Vec::new() };
        history.totals = history.totals_of(db, org, pool).await?;
        Ok(history)
    }

    fn policy(&self, row: &AssignmentRow) -> PolicyKind {
        self.configs.get(&row.config_version).map_or(PolicyKind::Fair, |c| c.policy)
    }

    /// By slot, before each step that `fewest` decided: found once, then carried forward over every step of the
    /// organisation in between.
    async fn totals_of(
        &self,
        db: &impl Query,
        org: OrgId,
        pool: &PoolRow,
    ) -> Result<Vec<Option<Vec<i64>>>, Failure> {
        let fewest = |row: &AssignmentRow| self.policy(row) == PolicyKind::Fewest;
        let Some(first) = self.rows.iter().find(|r| fewest(r)) else {
            return Ok(vec![None; self.rows.len()]);
        };
        let last = self.rows.last().map_or(first.assignment_no, |r| r.assignment_no);
        let mut totals: HashMap<i64, i64> = HashMap::new();
        for member in &pool.state.members {
            let total =
                store::assignment::total_before(db, org, member.agent_no, first.assignment_no).await?;
            totals.insert(member.agent_no, total);
        }
        let changes = store::assignment::totals_between(db, org, first.assignment_no, last).await?;
        let mut changes = changes.into_iter().peekable();
        let mut found = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            while let Some((_, agent_no, total)) = changes.next_if(|c| c.0 < row.assignment_no) {
                totals.insert(agent_no, total);
            }
            let slot = |m: &model::PoolMember| totals.get(&m.agent_no).copied().unwrap_or(0);
            found.push(fewest(row).then(|| pool.state.members.iter().map(slot).collect()));
        }
        Ok(found)
    }

    /// The steps as `routing` replays them.
    pub(crate) fn steps(&self) -> Result<Vec<Step<'_>>, Failure> {
        let mut steps = Vec::with_capacity(self.rows.len());
        for (row, totals) in self.rows.iter().zip(&self.totals) {
            let missing = || Failure::Internal(format!("configuration {} is missing", row.config_version));
            let config = match (row.config_version, self.configs.get(&row.config_version)) {
                (_, Some(config)) => config,
                // Before the first configuration only people act.
                (0, None) => &NEVER_CONFIGURED,
                _ => return Err(missing()),
            };
            steps.push(Step {
                seq: row.pool_seq,
                kind: row.kind,
                config,
                verdicts: &row.verdicts,
                slot: row.slot.map(|s| s as usize),
                share_paid: row.share_paid,
                totals: totals.as_deref(),
            });
        }
        Ok(steps)
    }
}

static NEVER_CONFIGURED: ConfigVersion =
    ConfigVersion { version: 0, policy: PolicyKind::Fair, members: Vec::new() };

fn version(config: store::pool::ConfigRow, names: &HashMap<i64, String>) -> ConfigVersion {
    let member = |m: store::pool::ConfigMember| ConfigMember {
        slot: m.slot,
        agent_no: m.agent_no,
        name: names.get(&m.agent_no).cloned().unwrap_or_else(|| format!("agent {}", m.agent_no)),
        weight: model::Weight::from_thousandths(m.weight).unwrap_or(model::Weight::ONE),
    };
    ConfigVersion {
        version: config.version,
        policy: config.policy,
        members: config.members.into_iter().map(member).collect(),
    }
}
