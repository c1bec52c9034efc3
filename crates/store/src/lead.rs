//! Leads: one row each; storing many at once, finding duplicates, moving them.

mod keys;
mod moves;
mod view;
mod waiting;
mod work;

pub use keys::{Claim, LeadMatch, key_settle, lead_match, lead_take_back};
pub use moves::*;
pub use view::*;
pub use waiting::*;
pub use work::*;

use self::keys::{KeyKind, key_change};
use crate::open::Query;
use crate::tx::{Binder, Engine, Tx, lite_insert, pg_insert};
use crate::{Error, Result, Row, vals};
use model::lead::LeadDetails;
use model::{E164, LeadDraft, LeadId, LeadNeeds, OrgId, Status, Urgency};
use sea_orm::Value;
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
    i64::from_be_bytes([
        digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7],
    ])
}

/// Stores new leads (status `new`, nobody's) with their keys; for each whether it was stored. One whose phone, e-mail
/// or external id a first lead already has (in the database or earlier in `rows`) is not, and nothing of it is kept.
pub async fn lead_insert(tx: &Tx<'_>, rows: &[LeadRow]) -> Result<Vec<bool>> {
    let Some(org_id) = rows.first().map(|row| row.org_id) else { return Ok(Vec::new()) };
    let losers = key_settle(tx, OrgId(org_id), rows.iter().flat_map(LeadRow::claims).collect()).await?;
    if losers.is_empty() {
        lead_store(tx, rows).await?;
        return Ok(vec![true; rows.len()]);
    }
    let won: Vec<bool> = rows.iter().map(|row| !losers.contains(&row.lead_no)).collect();
    // Runs of winners are stored as they stand.
    let mut at = 0;
    for run in won.chunk_by(|a, b| a == b) {
        if run[0] {
            lead_store(tx, &rows[at..at + run.len()]).await?;
        }
        at += run.len();
    }
    Ok(won)
}

/// Stores new leads without their keys: [`key_settle`] must follow in the same transaction.
pub async fn lead_store(tx: &Tx<'_>, rows: &[LeadRow]) -> Result<()> {
    match tx.engine() {
        Engine::Lite(db) => {
            lite_insert(db, INSERT_LITE, rows, bind_lead)?;
        }
        Engine::Pg(_) if rows.is_empty() => {}
        Engine::Pg(db) => {
            pg_insert(db, "lead", COLUMNS, rows, "").await?;
        }
    }
    Ok(())
}

const INSERT_LITE: [&str; 3] = [
    "INSERT OR FAIL INTO lead (org_id, lead_no, id, source_no, status, is_open, agent_no, share_paid, skip_agent, \
     callback_at, assigned_at, name, phone, email, email_key, external_id, external_key, category, city, value, \
     urgency, skills, duplicate_of, import_no, import_row, changes, created_at, changed_at, details)",
    "(?, ?, ?, ?, 'new', 1, NULL, 0, NULL, NULL, NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "",
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
    let sql =
        format!("SELECT {COLUMNS} FROM lead WHERE org_id = $1 AND lead_no = $2{}", tx.dialect().for_update());
    let row = tx.first(&sql, vals![lead.org_id, lead.lead_no]).await?.ok_or(Error::NotFound)?;
    let old = LeadRow::read(&row)?;
    let phone = key_change(tx, &old, KeyKind::Phone, old.phone, lead.phone).await?;
    let email = key_change(tx, &old, KeyKind::Email, old.email_key, lead.email_key).await?;
    let external = key_change(tx, &old, KeyKind::External, old.external_key, lead.external_key).await?;
    let of = |changed: bool| if changed { lead } else { &old };
    let details = lead.details.as_ref().map(|_| serde_json::json!(lead.details()));
    let skills = lead.skills.as_ref().map(|s| serde_json::json!(s));
    crate::segment::stale_mark(tx, lead.org_id, lead.lead_no).await?;
    tx.execute(
        "UPDATE lead SET name = $3, category = $4, city = $5, value = $6, urgency = $7, skills = $8, details = $9, \
         phone = $10, email = $11, email_key = $12, external_id = $13, external_key = $14, changed_at = $15 \
         WHERE org_id = $1 AND lead_no = $2",
        vals![
            lead.org_id,
            lead.lead_no,
            lead.name.clone(),
            lead.category.clone(),
            lead.city.clone(),
            lead.value,
            lead.urgency.as_str(),
            skills,
            details,
            of(phone).phone,
            of(email).email.clone(),
            of(email).email_key,
            of(external).external_id.clone(),
            of(external).external_key,
            lead.changed_at
        ],
    )
    .await?;
    Ok(())
}

/// One lead by its public id, locked where several may write.
pub async fn lead_fetch_locked(tx: &Tx<'_>, org: OrgId, id: LeadId) -> Result<LeadRow> {
    let sql =
        format!("SELECT {COLUMNS} FROM lead WHERE org_id = $1 AND id = $2{}", tx.dialect().for_update());
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
