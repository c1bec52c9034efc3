//! Leads: one row each; storing many at once, finding duplicates, moving them.

use crate::open::Query;
use crate::tx::{Binder, Engine, Tx, lite_insert, pg_insert};
use crate::{Error, Result, Row, vals};
use model::lead::LeadDetails;
use model::{E164, LeadDraft, LeadId, LeadNeeds, OrgId, Status, Urgency};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// A lead as it is stored. Numbers are the small per-organisation keys; `phone` holds the digits of E.164.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct LeadRow {
    pub org_id: i64,
    pub lead_no: i64,
    pub id: uuid::Uuid,
    pub source_no: i64,
    pub status: Status,
    pub is_open: bool,
    pub agent_no: Option<i64>,
    pub name: Option<String>,
    pub phone: Option<i64>,
    pub email: Option<String>,
    pub email_key: Option<i64>,
    pub external_id: Option<String>,
    pub external_key: Option<i64>,
    pub category: Option<String>,
    pub city: Option<String>,
    pub value: Option<i64>,
    pub urgency: Urgency,
    pub skills: Option<Vec<String>>,
    pub share_paid: bool,
    pub skip_agent: Option<i64>,
    pub duplicate_of: Option<i64>,
    pub import_no: Option<i64>,
    pub import_row: Option<i64>,
    pub changes: i64,
    pub callback_at: Option<i64>,
    pub created_at: i64,
    pub changed_at: i64,
    pub assigned_at: Option<i64>,
    /// [`LeadDetails`] as JSON, written once, on the thread that read the lead.
    pub details: Option<Box<RawValue>>,
}

const COLUMNS: &str = "org_id, lead_no, id, source_no, status, is_open, agent_no, name, phone, email, email_key, \
    external_id, external_key, category, city, value, urgency, skills, share_paid, skip_agent, duplicate_of, \
    import_no, import_row, changes, callback_at, created_at, changed_at, assigned_at, details";

impl LeadRow {
    /// A new lead out of a draft; numbers of import and duplicate are set by the caller.
    pub fn new(org: OrgId, lead_no: i64, id: LeadId, source_no: i64, now: i64, draft: LeadDraft) -> Self {
        Self {
            org_id: org.0,
            lead_no,
            id: id.0,
            source_no,
            status: Status::New,
            is_open: true,
            agent_no: None,
            name: draft.name,
            phone: draft.phone.map(|p| p.digits() as i64),
            email_key: draft.email.as_ref().map(|e| text_key(&e.key())),
            email: draft.email.map(|e| e.as_str().to_owned()),
            external_key: draft.external_id.as_deref().map(text_key),
            external_id: draft.external_id,
            category: draft.category,
            city: draft.city,
            value: draft.value,
            urgency: draft.urgency.unwrap_or(Urgency::Normal),
            skills: (!draft.required_skills.is_empty()).then_some(draft.required_skills),
            share_paid: false,
            skip_agent: None,
            duplicate_of: None,
            import_no: None,
            import_row: None,
            changes: 0,
            callback_at: None,
            created_at: now,
            changed_at: now,
            assigned_at: None,
            details: pack(&draft.details),
        }
    }

    /// Its public id.
    pub fn lead_id(&self) -> LeadId {
        LeadId(self.id)
    }

    /// Its phone number.
    pub fn e164(&self) -> Option<E164> {
        self.phone.and_then(|p| E164::from_digits(p as u64))
    }

    /// The parts nothing is searched or decided by.
    pub fn details(&self) -> LeadDetails {
        self.details.as_ref().and_then(|json| serde_json::from_str(json.get()).ok()).unwrap_or_default()
    }

    /// Replaces those parts.
    pub fn set_details(&mut self, details: &LeadDetails) {
        self.details = pack(details);
    }

    /// What routing asks of it.
    pub fn needs(&self) -> LeadNeeds {
        LeadNeeds {
            skills: self.skills.clone().unwrap_or_default(),
            share_paid: self.share_paid,
            skip_agent: self.skip_agent,
        }
    }

    /// Reads the columns of [`COLUMNS`], beginning with the first.
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            org_id: row.get(0)?,
            lead_no: row.get(1)?,
            id: row.get(2)?,
            source_no: row.get(3)?,
            status: row.word(4)?,
            is_open: row.get(5)?,
            agent_no: row.get(6)?,
            name: row.get(7)?,
            phone: row.get(8)?,
            email: row.get(9)?,
            email_key: row.get(10)?,
            external_id: row.get(11)?,
            external_key: row.get(12)?,
            category: row.get(13)?,
            city: row.get(14)?,
            value: row.get(15)?,
            urgency: row.word(16)?,
            skills: optional_json(row, 17)?,
            share_paid: row.get(18)?,
            skip_agent: row.get(19)?,
            duplicate_of: row.get(20)?,
            import_no: row.get(21)?,
            import_row: row.get(22)?,
            changes: row.get(23)?,
            callback_at: row.get(24)?,
            created_at: row.get(25)?,
            changed_at: row.get(26)?,
            assigned_at: row.get(27)?,
            details: optional_json::<LeadDetails>(row, 28)?.and_then(|details| pack(&details)),
        })
    }
}

fn pack(details: &LeadDetails) -> Option<Box<RawValue>> {
    if details.is_empty() {
        return None;
    }
    serde_json::value::to_raw_value(details).ok()
}

/// A nullable JSON column of a known shape.
pub(crate) fn optional_json<T: serde::de::DeserializeOwned>(row: &Row, index: usize) -> Result<Option<T>> {
    match row.get::<Option<serde_json::Value>>(index)? {
        None | Some(serde_json::Value::Null) => Ok(None),
        Some(value) => serde_json::from_value(value).map(Some).map_err(|e| Error::Corrupt(e.to_string())),
    }
}

/// What e-mails and external ids are found by: 64 bits of SHA-256. Small keys keep random inserts cheap; a found row
/// is compared by its text before it counts.
pub fn text_key(text: &str) -> i64 {
    let digest = Sha256::digest(text.as_bytes());
    i64::from_be_bytes([digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7]])
}

/// Stores new leads (status `new`, nobody's); for each whether it was stored. One whose phone, e-mail or external id a first lead already has (in
/// the database or earlier in `rows`) is not, and nothing of it is kept.
pub async fn lead_insert(tx: &Tx<'_>, rows: &[LeadRow]) -> Result<Vec<bool>> {
    match tx.engine() {
        Engine::Lite(db) => {
            if lite_insert(db, INSERT_LITE, rows, bind_lead)? == rows.len() {
                return Ok(vec![true; rows.len()]);
            }
            let numbers: Vec<i64> = rows.iter().map(|row| row.lead_no).collect();
            let stored = stored_lite(db, rows.first().map_or(0, |row| row.org_id), &numbers)?;
            Ok(numbers.iter().map(|number| stored.contains(number)).collect())
        }
        Engine::Pg(db) => {
            let stored = pg_insert(db, "lead", COLUMNS, rows, "ON CONFLICT DO NOTHING RETURNING lead_no").await?;
            let stored: std::collections::HashSet<i64> =
                stored.iter().map(|r| r.try_get_by_index(0)).collect::<Result<_, _>>()?;
            Ok(rows.iter().map(|row| stored.contains(&row.lead_no)).collect())
        }
    }
}

const INSERT_LITE: [&str; 3] = [
    "INSERT OR FAIL INTO lead (org_id, lead_no, id, source_no, status, is_open, agent_no, share_paid, skip_agent, \
     callback_at, assigned_at, name, phone, email, email_key, external_id, external_key, category, city, value, \
     urgency, skills, duplicate_of, import_no, import_row, changes, created_at, changed_at, details)",
    "(?, ?, ?, ?, 'new', 1, NULL, 0, NULL, NULL, NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "ON CONFLICT DO NOTHING",
];

fn bind_lead(binder: &mut Binder<'_, '_>, row: &LeadRow) -> Result<()> {
    let skills = row.skills.as_ref().map(serde_json::to_string).transpose();
    binder.bind(row.org_id)?;
    binder.bind(row.lead_no)?;
    binder.bind(row.id.as_bytes())?;
    binder.bind(row.source_no)?;
    binder.bind(&row.name)?;
    binder.bind(row.phone)?;
    binder.bind(&row.email)?;
    binder.bind(row.email_key)?;
    binder.bind(&row.external_id)?;
    binder.bind(row.external_key)?;
    binder.bind(&row.category)?;
    binder.bind(&row.city)?;
    binder.bind(row.value)?;
    binder.bind(row.urgency.as_str())?;
    binder.bind(skills.map_err(|e| Error::Corrupt(e.to_string()))?)?;
    binder.bind(row.duplicate_of)?;
    binder.bind(row.import_no)?;
    binder.bind(row.import_row)?;
    binder.bind(row.changes)?;
    binder.bind(row.created_at)?;
    binder.bind(row.changed_at)?;
    binder.bind(row.details.as_ref().map(|json| json.get()))
}

/// Which of these numbers are leads.
fn stored_lite(db: &rusqlite::Connection, org_id: i64, numbers: &[i64]) -> Result<std::collections::HashSet<i64>> {
    let (first, last) = (numbers.iter().min(), numbers.iter().max());
    let mut statement =
        db.prepare_cached("SELECT lead_no FROM lead WHERE org_id = ?1 AND lead_no BETWEEN ?2 AND ?3")?;
    let found = statement.query_map((org_id, first, last), |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// A first lead that shares a key with a newcomer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadMatch {
    /// Its number.
    pub lead_no: i64,
    /// Its public id.
    pub id: LeadId,
    /// Phone digits.
    pub phone: Option<i64>,
    /// E-mail.
    pub email: Option<String>,
    /// Key of the e-mail.
    pub email_key: Option<i64>,
    /// External id.
    pub external_id: Option<String>,
    /// Key of the external id.
    pub external_key: Option<i64>,
}

/// First leads that share a phone, an e-mail key or an external key with any of `rows`.
pub async fn lead_match(tx: &Tx<'_>, org: OrgId, rows: &[&LeadRow]) -> Result<Vec<LeadMatch>> {
    let lists = [
        ("phone", "lead_phone", rows.iter().filter_map(|r| r.phone).collect::<Vec<_>>()),
        ("email_key", "lead_email", rows.iter().filter_map(|r| r.email_key).collect()),
        ("external_key", "lead_external", rows.iter().filter_map(|r| r.external_key).collect()),
    ];
    let mut found = Vec::new();
    for (column, index, keys) in lists.into_iter().filter(|(_, _, keys)| !keys.is_empty()) {
        let sql = format!(
            "SELECT lead_no, id, phone, email, email_key, external_id, external_key FROM lead{} \
             WHERE org_id = $1 AND duplicate_of IS NULL AND {column} IS NOT NULL AND {column} IN {}",
            tx.dialect().indexed_by(index),
            tx.dialect().ints("$2")
        );
        for row in tx.rows(&sql, vals![org.0, ints(&keys)]).await? {
            found.push(LeadMatch {
                lead_no: row.get(0)?,
                id: LeadId(row.get(1)?),
                phone: row.get(2)?,
                email: row.get(3)?,
                email_key: row.get(4)?,
                external_id: row.get(5)?,
                external_key: row.get(6)?,
            });
        }
    }
    Ok(found)
}

/// Integers as the JSON text that [`crate::Dialect::ints`] takes apart.
pub(crate) fn ints(keys: &[i64]) -> String {
    let mut text = String::with_capacity(2 + keys.len() * 8);
    text.push('[');
    for (i, key) in keys.iter().enumerate() {
        if i > 0 {
            text.push(',');
        }
        text.push_str(&key.to_string());
    }
    text.push(']');
    text
}

/// Writes the given fields of a draft into a lead; never status or agent. Phone and e-mail are changed only if no
/// other first lead has them.
pub async fn lead_fill(tx: &Tx<'_>, lead: &LeadRow) -> Result<()> {
    let free = |column: &str, p: &str| {
        format!(
            "CASE WHEN {p} IS NULL OR EXISTS (SELECT 1 FROM lead o WHERE o.org_id = $1 AND o.{column} = {p} \
             AND o.duplicate_of IS NULL AND o.lead_no <> $2) THEN FALSE ELSE TRUE END"
        )
    };
    let sql = format!(
        "UPDATE lead SET name = $3, category = $4, city = $5, value = $6, urgency = $7, skills = $8, details = $9, \
         phone = CASE WHEN {phone} THEN $10 ELSE phone END, \
         email = CASE WHEN {email} THEN $11 ELSE email END, \
         email_key = CASE WHEN {email} THEN $12 ELSE email_key END, \
         external_id = CASE WHEN {external} THEN $13 ELSE external_id END, \
         external_key = CASE WHEN {external} THEN $14 ELSE external_key END, \
         changed_at = $15 WHERE org_id = $1 AND lead_no = $2",
        phone = free("phone", "$10"),
        email = free("email_key", "$12"),
        external = free("external_key", "$14"),
    );
    let details = lead.details.as_ref().map(|_| serde_json::json!(lead.details()));
    let skills = lead.skills.as_ref().map(|s| serde_json::json!(s));
    let values = vals![
        lead.org_id,
        lead.lead_no,
        lead.name.clone(),
        lead.category.clone(),
        lead.city.clone(),
        lead.value,
        lead.urgency.as_str(),
        skills,
        details,
        lead.phone,
        lead.email.clone(),
        lead.email_key,
        lead.external_id.clone(),
        lead.external_key,
        lead.changed_at
    ];
    match tx.execute(&sql, values).await? {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// One lead by its public id, locked where several may write.
pub async fn lead_fetch_locked(tx: &Tx<'_>, org: OrgId, id: LeadId) -> Result<LeadRow> {
    let sql = format!(
        "SELECT {COLUMNS} FROM lead WHERE org_id = $1 AND id = $2{}",
        tx.dialect().for_update()
    );
    tx.first(&sql, vals![org.0, id.0]).await?.as_ref().map_or(Err(Error::NotFound), LeadRow::read)
}

/// One lead by its public id.
pub async fn lead_fetch(db: &impl Query, org: OrgId, id: LeadId) -> Result<LeadRow> {
    let sql = format!("SELECT {COLUMNS} FROM lead WHERE org_id = $1 AND id = $2");
    db.first(&sql, vals![org.0, id.0]).await?.as_ref().map_or(Err(Error::NotFound), LeadRow::read)
}

/// One lead by its number.
pub async fn lead_fetch_no(db: &impl Query, org: OrgId, lead_no: i64) -> Result<LeadRow> {
    let sql = format!("SELECT {COLUMNS} FROM lead WHERE org_id = $1 AND lead_no = $2");
    db.first(&sql, vals![org.0, lead_no]).await?.as_ref().map_or(Err(Error::NotFound), LeadRow::read)
}

/// Rows that `tail` (a WHERE clause and what follows) selects.
pub(crate) async fn lead_select(db: &impl Query, tail: &str, values: Vec<Value>) -> Result<Vec<LeadRow>> {
    db.rows(&format!("SELECT {COLUMNS} FROM lead {tail}"), values).await?.iter().map(LeadRow::read).collect()
}

/// A change of status, agent or both, with the history row that tells it. `n` = the lead's changes after it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct LeadMove {
    pub org_id: i64,
    pub lead_no: i64,
    pub n: i64,
    pub from_status: Option<Status>,
    pub to_status: Status,
    pub is_open: bool,
    /// Who held the lead before: the move is refused if that is not so any more.
    pub agent_before: Option<i64>,
    pub agent_no: Option<i64>,
    pub share_paid: bool,
    pub skip_agent: Option<i64>,
    pub callback_at: Option<i64>,
    pub why: String,
    pub actor: String,
    pub note: Option<String>,
    pub at: i64,
    /// The agent changed to somebody.
    pub given: bool,
}

/// Writes moves and their history. [`Error::Conflict`] if a lead is not where the move found it.
pub async fn lead_move(tx: &Tx<'_>, moves: &[LeadMove]) -> Result<()> {
    let moved = match tx.engine() {
        Engine::Lite(db) => move_lite(db, moves)?,
        Engine::Pg(db) => move_pg(db, moves).await?,
    };
    if moved != moves.len() {
        return Err(Error::Conflict(format!("{} of {} leads had moved meanwhile", moves.len() - moved, moves.len())));
    }
    history_insert(tx, moves).await
}

fn move_lite(db: &rusqlite::Connection, moves: &[LeadMove]) -> Result<usize> {
    let mut statement = db.prepare_cached(
        "UPDATE lead SET status = ?3, is_open = ?4, agent_no = ?5, share_paid = ?6, skip_agent = ?7, \
         callback_at = ?8, changes = ?9, changed_at = ?10, \
         assigned_at = CASE WHEN ?11 THEN ?10 ELSE assigned_at END \
         WHERE org_id = ?1 AND lead_no = ?2 AND agent_no IS ?12 AND changes = ?9 - 1",
    )?;
    let mut moved = 0;
    for m in moves {
        moved += statement.execute(rusqlite::params![
            m.org_id,
            m.lead_no,
            m.to_status.as_str(),
            m.is_open,
            m.agent_no,
            m.share_paid,
            m.skip_agent,
            m.callback_at,
            m.n,
            m.at,
            m.given,
            m.agent_before,
        ])?;
    }
    Ok(moved)
}

async fn move_pg(db: &sea_orm::DatabaseTransaction, moves: &[LeadMove]) -> Result<usize> {
    let json = serde_json::to_string(moves).map_err(|e| Error::Corrupt(e.to_string()))?;
    let sql = "UPDATE lead SET status = v.to_status, is_open = v.is_open, agent_no = v.agent_no, \
         share_paid = v.share_paid, skip_agent = v.skip_agent, callback_at = v.callback_at, changes = v.n, \
         changed_at = v.at, assigned_at = CASE WHEN v.given THEN v.at ELSE assigned_at END \
         FROM json_to_recordset(CAST($1 AS JSON)) AS v(org_id BIGINT, lead_no BIGINT, n BIGINT, to_status TEXT, \
           is_open BOOLEAN, agent_before BIGINT, agent_no BIGINT, share_paid BOOLEAN, skip_agent BIGINT, \
           callback_at BIGINT, at BIGINT, given BOOLEAN) \
         WHERE lead.org_id = v.org_id AND lead.lead_no = v.lead_no \
           AND lead.agent_no IS NOT DISTINCT FROM v.agent_before AND lead.changes = v.n - 1";
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [Value::from(json)]);
    Ok(db.execute_raw(statement).await?.rows_affected() as usize)
}

const HISTORY: &str = "org_id, lead_no, n, from_status, to_status, why, actor, note, at";

/// Writes the history of moves whose lead row is written otherwise (a creation).
pub async fn history_insert(tx: &Tx<'_>, moves: &[LeadMove]) -> Result<()> {
    match tx.engine() {
        Engine::Lite(db) => {
            let head = format!("INSERT OR FAIL INTO lead_status_change ({HISTORY})");
            lite_insert(db, [&head, "(?, ?, ?, ?, ?, ?, ?, ?, ?)", ""], moves, |b, m| {
                b.bind(m.org_id)?;
                b.bind(m.lead_no)?;
                b.bind(m.n)?;
                b.bind(m.from_status.map(Status::as_str))?;
                b.bind(m.to_status.as_str())?;
                b.bind(&m.why)?;
                b.bind(&m.actor)?;
                b.bind(&m.note)?;
                b.bind(m.at)
            })?;
        }
        Engine::Pg(_) if moves.is_empty() => {}
        Engine::Pg(db) => {
            pg_insert(db, "lead_status_change", HISTORY, moves, "").await?;
        }
    }
    Ok(())
}

/// A waiting lead, as the backlog gives it out.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// Its number.
    pub lead_no: i64,
    /// Its public id.
    pub id: LeadId,
    /// Where it stands.
    pub status: Status,
    /// How often it has moved.
    pub changes: i64,
    /// Worth in thousandths.
    pub value: i64,
    /// When it must be called back.
    pub callback_at: Option<i64>,
    /// What it asks of an agent.
    pub needs: LeadNeeds,
}

/// How far a walk through a backlog has come: the last lead looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BacklogPlace {
    /// Its worth.
    pub value: i64,
    /// Its number.
    pub lead_no: i64,
}

/// The next waiting leads of a source, in the pool's order, behind `after`.
pub async fn lead_list_waiting(
    tx: &Tx<'_>,
    org: OrgId,
    source_no: i64,
    order: model::BacklogOrder,
    after: Option<BacklogPlace>,
    limit: i64,
) -> Result<Vec<Waiting>> {
    use model::BacklogOrder as Order;
    let (behind, sort) = match order {
        Order::Oldest => ("lead_no > $3", "lead_no"),
        Order::Newest => ("lead_no < $3", "lead_no DESC"),
        Order::Value => (
            "(coalesce(value, 0) < $4 OR (coalesce(value, 0) = $4 AND lead_no > $3))",
            "coalesce(value, 0) DESC, lead_no",
        ),
    };
    let start = match order {
        Order::Newest => BacklogPlace { value: 0, lead_no: i64::MAX },
        _ => BacklogPlace { value: i64::MAX, lead_no: 0 },
    };
    let place = after.unwrap_or(start);
    // $4 is named in every form, so that each has the same parameters.
    let sql = format!(
        "SELECT lead_no, id, status, changes, coalesce(value, 0), callback_at, skills, share_paid, skip_agent FROM lead{} \
         WHERE org_id = $1 AND source_no = $2 AND agent_no IS NULL AND is_open AND {behind} \
           AND CAST($4 AS BIGINT) IS NOT NULL ORDER BY {sort} LIMIT $5{}",
        tx.dialect().indexed_by("lead_waiting"),
        tx.dialect().for_update()
    );
    let rows = tx.rows(&sql, vals![org.0, source_no, place.lead_no, place.value, limit]).await?;
    rows.iter().map(waiting).collect()
}

fn waiting(row: &Row) -> Result<Waiting> {
    Ok(Waiting {
        lead_no: row.get(0)?,
        id: LeadId(row.get(1)?),
        status: row.word(2)?,
        changes: row.get(3)?,
        value: row.get(4)?,
        callback_at: row.get(5)?,
        needs: LeadNeeds {
            skills: optional_json(row, 6)?.unwrap_or_default(),
            share_paid: row.get(7)?,
            skip_agent: row.get(8)?,
        },
    })
}

/// Sources with an enabled pool that have waiting leads.
pub async fn sources_waiting(db: &impl Query) -> Result<Vec<(OrgId, i64)>> {
    let sql = "SELECT DISTINCT t.org_id, t.source_no FROM lead_tally t JOIN pool p \
        ON p.org_id = t.org_id AND p.source_no = t.source_no WHERE t.waiting > 0 AND p.enabled AND p.configured \
        ORDER BY t.org_id, t.source_no";
    db.rows(sql, vec![]).await?.iter().map(|r| Ok((OrgId(r.get(0)?), r.get(1)?))).collect()
}

/// A change of how many leads of a source have a status, and how many of them wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct Tally {
    pub org_id: i64,
    pub source_no: i64,
    pub status: Status,
    pub leads: i64,
    pub waiting: i64,
}

/// Adds tallies to the stored ones.
pub async fn tally_add(tx: &Tx<'_>, tallies: &[Tally]) -> Result<()> {
    for t in tallies {
        // Inserted at zero first: SQLite checks the inserted row, a negative change would not pass.
        tx.execute(
            "INSERT INTO lead_tally (org_id, source_no, status, leads, waiting) VALUES ($1, $2, $3, 0, 0) \
             ON CONFLICT DO NOTHING",
            vals![t.org_id, t.source_no, t.status.as_str()],
        )
        .await?;
        tx.execute(
            "UPDATE lead_tally SET leads = leads + $4, waiting = waiting + $5 \
             WHERE org_id = $1 AND source_no = $2 AND status = $3",
            vals![t.org_id, t.source_no, t.status.as_str(), t.leads, t.waiting],
        )
        .await?;
    }
    Ok(())
}

/// An agent as leads name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentName {
    /// Its number.
    pub agent_no: i64,
    /// Its public id.
    pub id: model::AgentId,
    /// Its name.
    pub name: String,
}

/// A lead with the names its numbers stand for.
#[derive(Debug, Clone)]
pub struct LeadView {
    /// The lead.
    pub row: LeadRow,
    /// Its source's name.
    pub source: String,
    /// Who works it.
    pub agent: Option<AgentName>,
    /// The first lead it repeats.
    pub duplicate_of: Option<LeadId>,
}

/// Puts names to the numbers of leads.
pub async fn lead_views(db: &impl Query, org: OrgId, rows: Vec<LeadRow>) -> Result<Vec<LeadView>> {
    use std::collections::HashMap;
    let d = db.dialect();
    let all = |number: fn(&LeadRow) -> Option<i64>| {
        let mut numbers: Vec<i64> = rows.iter().filter_map(number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        ints(&numbers)
    };
    let sql = format!("SELECT source_no, name FROM source WHERE org_id = $1 AND source_no IN {}", d.ints("$2"));
    let mut sources: HashMap<i64, String> = HashMap::new();
    for row in db.rows(&sql, vals![org.0, all(|r| Some(r.source_no))]).await? {
        sources.insert(row.get(0)?, row.get(1)?);
    }
    let mut agents: HashMap<i64, AgentName> = HashMap::new();
    if rows.iter().any(|r| r.agent_no.is_some()) {
        let sql = format!("SELECT agent_no, id, name FROM agent WHERE org_id = $1 AND agent_no IN {}", d.ints("$2"));
        for row in db.rows(&sql, vals![org.0, all(|r| r.agent_no)]).await? {
            let agent = AgentName { agent_no: row.get(0)?, id: model::AgentId(row.get(1)?), name: row.get(2)? };
            agents.insert(agent.agent_no, agent);
        }
    }
    let mut firsts: HashMap<i64, LeadId> = HashMap::new();
    if rows.iter().any(|r| r.duplicate_of.is_some()) {
        let sql = format!("SELECT lead_no, id FROM lead WHERE org_id = $1 AND lead_no IN {}", d.ints("$2"));
        for row in db.rows(&sql, vals![org.0, all(|r| r.duplicate_of)]).await? {
            firsts.insert(row.get(0)?, LeadId(row.get(1)?));
        }
    }
    let view = |row: LeadRow| LeadView {
        source: sources.get(&row.source_no).cloned().unwrap_or_default(),
        agent: row.agent_no.and_then(|no| agents.get(&no).cloned()),
        duplicate_of: row.duplicate_of.and_then(|no| firsts.get(&no).copied()),
        row,
    };
    Ok(rows.into_iter().map(view).collect())
}

/// A line of a lead's status history.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct StatusChange {
    pub n: i64,
    pub from: Option<Status>,
    pub to: Status,
    pub why: String,
    pub actor: String,
    pub note: Option<String>,
    pub at: i64,
}

/// A lead's status history, oldest first.
pub async fn history_list(db: &impl Query, org: OrgId, lead_no: i64) -> Result<Vec<StatusChange>> {
    let sql = "SELECT n, from_status, to_status, why, actor, note, at FROM lead_status_change \
        WHERE org_id = $1 AND lead_no = $2 ORDER BY n LIMIT 1000";
    let read = |row: &Row| {
        let from: Option<String> = row.get(1)?;
        Ok(StatusChange {
            n: row.get(0)?,
            from: from.map(|f| f.parse().map_err(|e: model::UnknownWord| Error::Corrupt(e.to_string()))).transpose()?,
            to: row.word(2)?,
            why: row.get(3)?,
            actor: row.get(4)?,
            note: row.get(5)?,
            at: row.get(6)?,
        })
    };
    db.rows(sql, vals![org.0, lead_no]).await?.iter().map(read).collect()
}
