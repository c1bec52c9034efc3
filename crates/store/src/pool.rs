//! Pools: a source's configuration, its members' credits, checkpoints for replay.

use crate::open::Query;
use crate::tx::{Engine, Tx, pg_execute};
use crate::{Error, Result, Row, vals};
use model::{Credit, OrgId, PoolMember, PoolState, Weight};
use serde::{Deserialize, Serialize};

/// A pool and whether its source has a configuration at all (deleting one keeps credits and history).
#[derive(Debug, Clone, PartialEq)]
pub struct PoolRow {
    /// What decisions depend on.
    pub state: PoolState,
    /// A configuration is in force.
    pub configured: bool,
    /// When it was last saved or deleted.
    pub changed_at: i64,
}

/// The pool of a source with all its members, locked where several may write.
pub async fn pool_fetch_locked(tx: &Tx<'_>, org: OrgId, source_no: i64) -> Result<PoolRow> {
    fetch(tx, org, source_no, tx.dialect().for_update()).await
}

/// The pool of a source with all its members.
pub async fn pool_fetch(db: &impl Query, org: OrgId, source_no: i64) -> Result<PoolRow> {
    fetch(db, org, source_no, "").await
}

async fn fetch(db: &impl Query, org: OrgId, source_no: i64, lock: &str) -> Result<PoolRow> {
    let sql = format!(
        "SELECT source_no, enabled, configured, policy, ordering, config_version, seq, last_slot, changed_at \
         FROM pool WHERE org_id = $1 AND source_no = $2{lock}"
    );
    let row = db.first(&sql, vals![org.0, source_no]).await?.ok_or(Error::NotFound)?;
    let mut pool = pool(&row)?;
    let members = "SELECT slot, agent_no, weight, credit, is_current FROM pool_member \
        WHERE org_id = $1 AND source_no = $2 ORDER BY slot";
    for row in db.rows(members, vals![org.0, source_no]).await? {
        pool.state.members.push(member(&row)?);
    }
    Ok(pool)
}

fn pool(row: &Row) -> Result<PoolRow> {
    let configured: bool = row.get(2)?;
    let enabled: bool = row.get(1)?;
    Ok(PoolRow {
        configured,
        changed_at: row.get(8)?,
        state: PoolState {
            source_no: row.get(0)?,
            enabled: enabled && configured,
            policy: row.word(3)?,
            order: row.word(4)?,
            config_version: row.get(5)?,
            seq: row.get(6)?,
            last_slot: row.get(7)?,
            members: Vec::new(),
        },
    })
}

fn member(row: &Row) -> Result<PoolMember> {
    let weight: i64 = row.get(2)?;
    Ok(PoolMember {
        slot: row.get::<i64>(0)? as usize,
        agent_no: row.get(1)?,
        weight: Weight::from_thousandths(weight)
            .ok_or_else(|| Error::Corrupt(format!("weight {weight} of a pool member")))?,
        credit: Credit(row.get(3)?),
        current: row.get(4)?,
    })
}

/// A pool in a list: its configuration without the members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolHead {
    /// The source.
    pub source_no: i64,
    /// A configuration is in force.
    pub configured: bool,
    /// Leads are given out.
    pub enabled: bool,
    /// How.
    pub policy: model::PolicyKind,
    /// How many members there are.
    pub members: i64,
}

/// The pools of an organisation, by source.
pub async fn pool_list(db: &impl Query, org: OrgId) -> Result<Vec<PoolHead>> {
    let sql = "SELECT p.source_no, p.configured, p.enabled, p.policy, coalesce(m.members, 0) FROM pool p \
        LEFT JOIN (SELECT source_no, count(*) AS members FROM pool_member WHERE org_id = $1 AND is_current \
        GROUP BY source_no) m ON m.source_no = p.source_no WHERE p.org_id = $1 ORDER BY p.source_no";
    let read = |row: &Row| {
        let (configured, enabled): (bool, bool) = (row.get(1)?, row.get(2)?);
        Ok(PoolHead {
            source_no: row.get(0)?,
            configured,
            enabled: configured && enabled,
            policy: row.word(3)?,
            members: row.get(4)?,
        })
    };
    db.rows(sql, vals![org.0]).await?.iter().map(read).collect()
}

/// Writes a pool as a configuration left it: settings, every member.
pub async fn pool_put(tx: &Tx<'_>, org: OrgId, pool: &PoolState, configured: bool, now: i64) -> Result<()> {
    tx.execute(
        "UPDATE pool SET enabled = $3, configured = $4, policy = $5, ordering = $6, config_version = $7, \
         seq = $8, last_slot = $9, changed_at = $10 WHERE org_id = $1 AND source_no = $2",
        vals![
            org.0,
            pool.source_no,
            pool.enabled,
            configured,
            pool.policy.as_str(),
            pool.order.as_str(),
            pool.config_version,
            pool.seq,
            pool.last_slot,
            now
        ],
    )
    .await?;
    let members: Vec<MemberRow> =
        pool.members.iter().map(|member| MemberRow::new(org, pool.source_no, member)).collect();
    let put = "ON CONFLICT (org_id, source_no, slot) DO UPDATE \
        SET weight = excluded.weight, credit = excluded.credit, is_current = excluded.is_current";
    match tx.engine() {
        Engine::Lite(db) => {
            let mut statement = db.prepare_cached(&format!(
                "INSERT INTO pool_member ({MEMBER}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) {put}"
            ))?;
            for m in &members {
                let row = (m.org_id, m.source_no, m.slot, m.agent_no, m.weight, m.credit, m.is_current);
                statement.execute(row)?;
            }
        }
        Engine::Pg(db) => {
            let sql = format!(
                "INSERT INTO pool_member ({MEMBER}) SELECT {MEMBER} \
                 FROM json_populate_recordset(NULL::pool_member, CAST($1 AS JSON)) {put}"
            );
            pg_execute(db, &sql, &members).await?;
        }
    }
    Ok(())
}

const MEMBER: &str = "org_id, source_no, slot, agent_no, weight, credit, is_current";

/// A member as its row.
#[derive(Serialize)]
struct MemberRow {
    org_id: i64,
    source_no: i64,
    slot: i64,
    agent_no: i64,
    weight: i64,
    credit: i64,
    is_current: bool,
}

impl MemberRow {
    fn new(org: OrgId, source_no: i64, member: &PoolMember) -> Self {
        Self {
            org_id: org.0,
            source_no,
            slot: member.slot as i64,
            agent_no: member.agent_no,
            weight: member.weight.thousandths(),
            credit: member.credit.0,
            is_current: member.current,
        }
    }
}

/// Writes what steps changed: sequence number, turn and the credits that differ from `before`.
pub async fn pool_step(tx: &Tx<'_>, org: OrgId, before: &PoolState, after: &PoolState) -> Result<()> {
    if before.seq == after.seq {
        return Ok(());
    }
    let moved = tx
        .execute(
            "UPDATE pool SET seq = $3, last_slot = $4 WHERE org_id = $1 AND source_no = $2 AND seq = $5",
            vals![org.0, after.source_no, after.seq, after.last_slot, before.seq],
        )
        .await?;
    if moved != 1 {
        return Err(Error::Conflict("the pool moved meanwhile".to_owned()));
    }
    let changed = before.members.iter().zip(&after.members).filter(|(b, a)| b.credit != a.credit);
    let changed: Vec<MemberRow> =
        changed.map(|(_, member)| MemberRow::new(org, after.source_no, member)).collect();
    match tx.engine() {
        Engine::Lite(db) => {
            let mut statement = db.prepare_cached(
                "UPDATE pool_member SET credit = ?4 WHERE org_id = ?1 AND source_no = ?2 AND slot = ?3",
            )?;
            for m in &changed {
                statement.execute((m.org_id, m.source_no, m.slot, m.credit))?;
            }
        }
        Engine::Pg(db) => {
            let sql = "UPDATE pool_member m SET credit = v.credit \
                FROM json_populate_recordset(NULL::pool_member, CAST($1 AS JSON)) v \
                WHERE m.org_id = v.org_id AND m.source_no = v.source_no AND m.slot = v.slot";
            pg_execute(db, sql, &changed).await?;
        }
    }
    Ok(())
}

/// A member as a stored configuration names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigMember {
    /// Its slot in the pool.
    pub slot: usize,
    /// The agent's number.
    pub agent_no: i64,
    /// In thousandths.
    pub weight: i64,
}

/// A configuration as it was saved.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct ConfigRow {
    pub version: i64,
    pub after_seq: i64,
    pub enabled: bool,
    pub policy: model::PolicyKind,
    pub order: model::BacklogOrder,
    pub members: Vec<ConfigMember>,
    pub actor: String,
    pub created_at: i64,
}

/// Stores the configuration that `pool` now has.
pub async fn config_insert(tx: &Tx<'_>, org: OrgId, pool: &PoolState, actor: &str, now: i64) -> Result<()> {
    let members: Vec<ConfigMember> = pool
        .members
        .iter()
        .filter(|m| m.current)
        .map(|m| ConfigMember { slot: m.slot, agent_no: m.agent_no, weight: m.weight.thousandths() })
        .collect();
    tx.execute(
        "INSERT INTO pool_config (org_id, source_no, version, after_seq, enabled, policy, ordering, members, actor, \
         created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        vals![
            org.0,
            pool.source_no,
            pool.config_version,
            pool.seq,
            pool.enabled,
            pool.policy.as_str(),
            pool.order.as_str(),
            serde_json::json!(members),
            actor,
            now
        ],
    )
    .await?;
    Ok(())
}

/// The configurations of a pool from version `from` to `upto`, in order.
pub async fn config_list(
    db: &impl Query,
    org: OrgId,
    source_no: i64,
    from: i64,
    upto: i64,
) -> Result<Vec<ConfigRow>> {
    let sql = "SELECT version, after_seq, enabled, policy, ordering, members, actor, created_at FROM pool_config \
        WHERE org_id = $1 AND source_no = $2 AND version BETWEEN $3 AND $4 ORDER BY version";
    let read = |row: &Row| {
        Ok(ConfigRow {
            version: row.get(0)?,
            after_seq: row.get(1)?,
            enabled: row.get(2)?,
            policy: row.word(3)?,
            order: row.word(4)?,
            members: row.json(5)?,
            actor: row.get(6)?,
            created_at: row.get(7)?,
        })
    };
    db.rows(sql, vals![org.0, source_no, from, upto]).await?.iter().map(read).collect()
}

/// Stores the credits of a pool as they stand after its last step.
pub async fn checkpoint_put(tx: &Tx<'_>, org: OrgId, pool: &PoolState, state: Vec<u8>) -> Result<()> {
    tx.execute(
        "INSERT INTO pool_checkpoint (org_id, source_no, seq, config_version, state) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT DO NOTHING",
        vals![org.0, pool.source_no, pool.seq, pool.config_version, state],
    )
    .await?;
    Ok(())
}

/// The newest checkpoint at or before step `seq`: its step, its configuration version and its state.
pub async fn checkpoint_before(
    db: &impl Query,
    org: OrgId,
    source_no: i64,
    seq: i64,
) -> Result<Option<(i64, i64, Vec<u8>)>> {
    let sql = "SELECT seq, config_version, state FROM pool_checkpoint WHERE org_id = $1 AND source_no = $2 \
        AND seq <= $3 ORDER BY seq DESC, config_version DESC LIMIT 1";
    match db.first(sql, vals![org.0, source_no, seq]).await? {
        Some(row) => Ok(Some((row.get(0)?, row.get(1)?, row.get(2)?))),
        None => Ok(None),
    }
}

/// Leads given out of a source to one agent, ever, less hand-backs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceAgent {
    /// The source.
    pub source_no: i64,
    /// The agent.
    pub agent_no: i64,
    /// How many.
    pub given: i64,
    /// When last.
    pub last_at: i64,
}

impl SourceAgent {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self { source_no: row.get(0)?, agent_no: row.get(1)?, given: row.get(2)?, last_at: row.get(3)? })
    }
}

/// Adds to what agents got out of sources.
pub async fn source_agent_add(tx: &Tx<'_>, org: OrgId, changes: &[SourceAgent]) -> Result<()> {
    let add = "ON CONFLICT (org_id, source_no, agent_no) DO UPDATE SET given = source_agent.given + excluded.given, \
        last_at = CASE WHEN excluded.given > 0 THEN excluded.last_at ELSE source_agent.last_at END";
    let insert = "INSERT INTO source_agent (org_id, source_no, agent_no, given, last_at)";
    match tx.engine() {
        Engine::Lite(db) => {
            let mut statement = db.prepare_cached(&format!("{insert} VALUES (?1, ?2, ?3, ?4, ?5) {add}"))?;
            for c in changes {
                statement.execute((org.0, c.source_no, c.agent_no, c.given, c.last_at))?;
            }
        }
        Engine::Pg(db) => {
            let sql = format!(
                "{insert} SELECT {}, source_no, agent_no, given, last_at \
                 FROM json_populate_recordset(NULL::source_agent, CAST($1 AS JSON)) {add}",
                org.0
            );
            pg_execute(db, &sql, changes).await?;
        }
    }
    Ok(())
}

/// What one agent got out of each source.
pub async fn source_agent_of(db: &impl Query, org: OrgId, agent_no: i64) -> Result<Vec<SourceAgent>> {
    let sql = "SELECT source_no, agent_no, given, last_at FROM source_agent WHERE org_id = $1 AND agent_no = $2 \
        ORDER BY source_no";
    db.rows(sql, vals![org.0, agent_no]).await?.iter().map(SourceAgent::read).collect()
}

/// What each agent got out of each source (or of one).
pub async fn source_agent_list(
    db: &impl Query,
    org: OrgId,
    source_no: Option<i64>,
) -> Result<Vec<SourceAgent>> {
    let sql = "SELECT source_no, agent_no, given, last_at FROM source_agent WHERE org_id = $1 \
        AND ($2 < 0 OR source_no = $2) ORDER BY source_no, agent_no";
    db.rows(sql, vals![org.0, source_no.unwrap_or(-1)]).await?.iter().map(SourceAgent::read).collect()
}
