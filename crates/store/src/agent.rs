//! Agents: who they are, when they work, how much they hold.

use crate::open::Query;
use crate::tx::{Engine, Tx, pg_execute};
use crate::{Error, Result, Row, lead, vals};
use jiff::civil::Date;
use model::{AgentFacts, AgentId, Availability, OrgId, Presence, UserId, Weight};
use std::sync::Arc;

/// An agent as it is stored.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct Agent {
    pub agent_no: i64,
    pub id: AgentId,
    pub user_id: Option<UserId>,
    pub name: String,
    pub email: Option<String>,
    pub active: bool,
    pub presence: Presence,
    pub weight: Weight,
    pub skills: Vec<String>,
    pub daily_cap: Option<i64>,
    pub open_cap: Option<i64>,
    pub availability: Availability,
    pub total: i64,
    pub open_count: i64,
    pub day: Option<Date>,
    pub day_count: i64,
    pub last_assigned_at: Option<i64>,
    pub created_at: i64,
}

const COLUMNS: &str = "agent_no, id, user_id, name, email, active, presence, weight, skills, daily_cap, open_cap, \
    availability, total, open_count, day, day_count, last_assigned_at, created_at";

impl Agent {
    fn read(row: &Row) -> Result<Self> {
        let weight: i64 = row.get(7)?;
        Ok(Self {
            agent_no: row.get(0)?,
            id: AgentId(row.get(1)?),
            user_id: row.get::<Option<uuid::Uuid>>(2)?.map(UserId),
            name: row.get(3)?,
            email: row.get(4)?,
            active: row.get(5)?,
            presence: row.word(6)?,
            weight: Weight::from_thousandths(weight)
                .ok_or_else(|| Error::Corrupt(format!("weight {weight} of an agent")))?,
            skills: row.json(8)?,
            daily_cap: row.get(9)?,
            open_cap: row.get(10)?,
            availability: row.json(11)?,
            total: row.get(12)?,
            open_count: row.get(13)?,
            day: row.get::<Option<i64>>(14)?.map(day_from_number).transpose()?,
            day_count: row.get(15)?,
            last_assigned_at: row.get(16)?,
            created_at: row.get(17)?,
        })
    }

    /// What routing needs to know, in an organisation of this zone.
    pub fn facts(&self, timezone: &Arc<str>) -> AgentFacts {
        AgentFacts {
            agent_no: self.agent_no,
            name: self.name.clone(),
            active: self.active,
            presence: self.presence,
            skills: self.skills.clone(),
            daily_cap: self.daily_cap,
            open_cap: self.open_cap,
            availability: self.availability.clone(),
            default_timezone: timezone.clone(),
            total: self.total,
            open_count: self.open_count,
            day: self.day,
            day_count: self.day_count,
        }
    }
}

/// A local day as it is stored: 20261120.
fn day_number(day: Date) -> i64 {
    i64::from(day.year()) * 10_000 + i64::from(day.month()) * 100 + i64::from(day.day())
}

fn day_from_number(number: i64) -> Result<Date> {
    let part = |value: i64| i8::try_from(value).unwrap_or(-1);
    Date::new((number / 10_000) as i16, part(number / 100 % 100), part(number % 100))
        .map_err(|e| Error::Corrupt(e.to_string()))
}

/// Stores an agent.
pub async fn agent_insert(tx: &Tx<'_>, org: OrgId, a: &Agent) -> Result<()> {
    tx.execute(
        "INSERT INTO agent (org_id, agent_no, id, user_id, name, email, active, presence, weight, skills, daily_cap, \
         open_cap, availability, created_at, changed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)",
        vals![
            org.0,
            a.agent_no,
            a.id.0,
            a.user_id.map(|u| u.0),
            a.name.clone(),
            a.email.clone(),
            a.active,
            a.presence.as_str(),
            a.weight.thousandths(),
            serde_json::json!(a.skills),
            a.daily_cap,
            a.open_cap,
            serde_json::json!(a.availability),
            a.created_at
        ],
    )
    .await?;
    Ok(())
}

/// Writes an agent's settings; its counts are written by [`agent_count`] only.
pub async fn agent_update(tx: &Tx<'_>, org: OrgId, a: &Agent, now: i64) -> Result<()> {
    tx.execute(
        "UPDATE agent SET user_id = $3, name = $4, email = $5, active = $6, presence = $7, weight = $8, skills = $9, \
         daily_cap = $10, open_cap = $11, availability = $12, changed_at = $13 WHERE org_id = $1 AND agent_no = $2",
        vals![
            org.0,
            a.agent_no,
            a.user_id.map(|u| u.0),
            a.name.clone(),
            a.email.clone(),
            a.active,
            a.presence.as_str(),
            a.weight.thousandths(),
            serde_json::json!(a.skills),
            a.daily_cap,
            a.open_cap,
            serde_json::json!(a.availability),
            now
        ],
    )
    .await?;
    Ok(())
}

/// An agent's counts as they stand after a piece of work.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct AgentCount {
    pub agent_no: i64,
    pub total: i64,
    pub open_count: i64,
    pub day: Option<i64>,
    pub day_count: i64,
    /// `None`: it was given nothing, the column stays.
    pub last_assigned_at: Option<i64>,
}

impl AgentCount {
    /// The counts of `facts`; `assigned_at`: when it was given a lead, if it was.
    pub fn new(facts: &AgentFacts, assigned_at: Option<i64>) -> Self {
        Self {
            agent_no: facts.agent_no,
            total: facts.total,
            open_count: facts.open_count,
            day: facts.day.map(day_number),
            day_count: facts.day_count,
            last_assigned_at: assigned_at,
        }
    }
}

/// Writes what was counted while leads were given out or back.
pub async fn agent_count(tx: &Tx<'_>, org: OrgId, counts: &[AgentCount]) -> Result<()> {
    match tx.engine() {
        Engine::Lite(db) => {
            let mut statement = db.prepare_cached(
                "UPDATE agent SET total = ?3, open_count = ?4, day = ?5, day_count = ?6, \
                 last_assigned_at = coalesce(?7, last_assigned_at) WHERE org_id = ?1 AND agent_no = ?2",
            )?;
            for c in counts {
                let row = (org.0, c.agent_no, c.total, c.open_count, c.day, c.day_count, c.last_assigned_at);
                statement.execute(row)?;
            }
        }
        Engine::Pg(db) => {
            let sql = format!(
                "UPDATE agent a SET total = v.total, open_count = v.open_count, day = v.day, \
                 day_count = v.day_count, last_assigned_at = coalesce(v.last_assigned_at, a.last_assigned_at) \
                 FROM json_to_recordset(CAST($1 AS JSON)) AS v(agent_no BIGINT, total BIGINT, open_count BIGINT, \
                   day BIGINT, day_count BIGINT, last_assigned_at BIGINT) \
                 WHERE a.org_id = {} AND a.agent_no = v.agent_no",
                org.0
            );
            pg_execute(db, &sql, counts).await?;
        }
    }
    Ok(())
}

/// A lead of the agent's became final, or was opened again.
pub async fn agent_open_add(tx: &Tx<'_>, org: OrgId, agent_no: i64, change: i64) -> Result<()> {
    tx.execute(
        "UPDATE agent SET open_count = open_count + $3 WHERE org_id = $1 AND agent_no = $2",
        vals![org.0, agent_no, change],
    )
    .await?;
    Ok(())
}

/// One agent by its public id.
pub async fn agent_fetch(db: &impl Query, org: OrgId, id: AgentId) -> Result<Agent> {
    let sql = format!("SELECT {COLUMNS} FROM agent WHERE org_id = $1 AND id = $2");
    db.first(&sql, vals![org.0, id.0]).await?.as_ref().map_or(Err(Error::NotFound), Agent::read)
}

/// Agents behind the number `after`, by number.
pub async fn agent_list(db: &impl Query, org: OrgId, after: i64, limit: i64) -> Result<Vec<Agent>> {
    let sql =
        format!("SELECT {COLUMNS} FROM agent WHERE org_id = $1 AND agent_no > $2 ORDER BY agent_no LIMIT $3");
    db.rows(&sql, vals![org.0, after, limit]).await?.iter().map(Agent::read).collect()
}

/// What a list of agents is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentFilter {
    /// Part of the name or the e-mail.
    pub q: Option<String>,
    /// The beginning of a skill.
    pub skill: Option<String>,
    /// Online or away.
    pub presence: Option<Presence>,
    /// Active or deactivated.
    pub active: Option<bool>,
}

/// Agents behind the number `after` that a filter finds, by number.
pub async fn agent_search(
    db: &impl Query,
    org: OrgId,
    filter: &AgentFilter,
    after: i64,
    limit: i64,
) -> Result<Vec<Agent>> {
    let mut sql = format!("SELECT {COLUMNS} FROM agent WHERE org_id = $1 AND agent_no > $2");
    let mut values = vals![org.0, after];
    let mut and = |clause: &str, value: sea_orm::Value| {
        values.push(value);
        sql.push_str(&clause.replace('?', &format!("${}", values.len())));
    };
    if let Some(q) = &filter.q {
        let like = format!("%{}%", like_text(&q.to_lowercase()));
        and(
            " AND (lower(name) LIKE ? ESCAPE '!' OR lower(coalesce(email, '')) LIKE ? ESCAPE '!')",
            like.into(),
        );
    }
    if let Some(skill) = &filter.skill {
        // Skills are a JSON list of lower-case words: each begins behind a quotation mark.
        let like = format!("%\"{}%", like_text(&skill.to_lowercase()));
        and(" AND CAST(skills AS TEXT) LIKE ? ESCAPE '!'", like.into());
    }
    if let Some(presence) = filter.presence {
        and(" AND presence = ?", presence.as_str().into());
    }
    if let Some(active) = filter.active {
        and(" AND active = ?", active.into());
    }
    and(" ORDER BY agent_no LIMIT ?", limit.into());
    db.rows(&sql, values).await?.iter().map(Agent::read).collect()
}

/// A text as itself inside a LIKE pattern.
fn like_text(text: &str) -> String {
    text.chars().flat_map(|c| matches!(c, '!' | '%' | '_').then_some('!').into_iter().chain([c])).collect()
}

/// In which pools agents are: agent and source.
pub async fn agent_pool_list(db: &impl Query, org: OrgId, numbers: &[i64]) -> Result<Vec<(i64, i64)>> {
    let sql = format!(
        "SELECT agent_no, source_no FROM pool_member WHERE org_id = $1 AND is_current AND agent_no IN {} \
         ORDER BY agent_no, source_no",
        db.dialect().ints("$2")
    );
    let read = |row: &Row| Ok((row.get(0)?, row.get(1)?));
    db.rows(&sql, vals![org.0, lead::ints(numbers)]).await?.iter().map(read).collect()
}

/// Agents by number, those that exist, in order; locked where several may write.
pub async fn agent_list_locked(tx: &Tx<'_>, org: OrgId, numbers: &[i64]) -> Result<Vec<Agent>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM agent WHERE org_id = $1 AND agent_no IN {} ORDER BY agent_no{}",
        tx.dialect().ints("$2"),
        tx.dialect().for_update()
    );
    tx.rows(&sql, vals![org.0, lead::ints(numbers)]).await?.iter().map(Agent::read).collect()
}

/// Agents by number without locking them.
pub async fn agent_list_no(db: &impl Query, org: OrgId, numbers: &[i64]) -> Result<Vec<Agent>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM agent WHERE org_id = $1 AND agent_no IN {} ORDER BY agent_no",
        db.dialect().ints("$2")
    );
    db.rows(&sql, vals![org.0, lead::ints(numbers)]).await?.iter().map(Agent::read).collect()
}

/// Removes an agent that never had anything to do with a lead or a pool. [`Error::Conflict`] if it had.
pub async fn agent_delete(tx: &Tx<'_>, org: OrgId, agent_no: i64) -> Result<()> {
    let used = "SELECT 1 FROM assignment WHERE org_id = $1 AND agent_no = $2 \
        UNION ALL SELECT 1 FROM pool_member WHERE org_id = $1 AND agent_no = $2 LIMIT 1";
    if !tx.rows(used, vals![org.0, agent_no]).await?.is_empty() {
        return Err(Error::Conflict("the agent has leads or history: deactivate it instead".to_owned()));
    }
    tx.execute("DELETE FROM agent WHERE org_id = $1 AND agent_no = $2", vals![org.0, agent_no]).await?;
    Ok(())
}

/// Sources in whose pools an agent is.
pub async fn agent_pools(db: &impl Query, org: OrgId, agent_no: i64) -> Result<Vec<i64>> {
    let sql = "SELECT source_no FROM pool_member WHERE org_id = $1 AND agent_no = $2 AND is_current ORDER BY source_no";
    db.rows(sql, vals![org.0, agent_no]).await?.iter().map(|row| row.get(0)).collect()
}

/// The agent a user is.
pub async fn agent_of_user(db: &impl Query, org: OrgId, user: UserId) -> Result<Option<i64>> {
    let sql = "SELECT agent_no FROM agent WHERE org_id = $1 AND user_id = $2";
    db.first(sql, vals![org.0, user.0]).await?.map(|row| row.get(0)).transpose()
}
