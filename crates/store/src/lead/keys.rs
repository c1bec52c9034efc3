//! What first leads are known by: a phone, an e-mail, an external id. Each has one first lead in an organisation.

use super::{LeadRow, ints, lead_select};
use crate::open::Query;
use crate::tx::{Engine, Tx, lite_insert, pg_insert};
use crate::{Error, Result, Row, vals};
use model::{LeadId, OrgId};
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// By what a lead is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum KeyKind {
    Phone = 0,
    Email = 1,
    External = 2,
}

/// A key that a lead asks for. Their order is the order of the table, and first come, first served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Claim {
    org_id: i64,
    kind: i64,
    value: i64,
    lead_no: i64,
}

impl LeadRow {
    /// The keys it is known by; a kept duplicate has none.
    pub fn claims(&self) -> impl Iterator<Item = Claim> + use<> {
        let keys = [
            (KeyKind::Phone, self.phone),
            (KeyKind::Email, self.email_key),
            (KeyKind::External, self.external_key),
        ];
        let (org_id, lead_no, first) = (self.org_id, self.lead_no, self.duplicate_of.is_none());
        keys.into_iter().filter_map(move |(kind, value)| {
            value.filter(|_| first).map(|value| Claim { org_id, kind: kind as i64, value, lead_no })
        })
    }
}

const COLUMNS: &str = "org_id, kind, value, lead_no";
/// Keys one statement carries on PostgreSQL, so that its text stays small.
const PIECE: usize = 10_000;

/// Takes the keys of newcomers, each lead all of its keys or none. Answers the leads that got none, because a first
/// lead has one of them already: in the database, or a newcomer with a smaller number.
pub async fn key_settle(tx: &Tx<'_>, org: OrgId, mut claims: Vec<Claim>) -> Result<HashSet<i64>> {
    claims.sort_unstable();
    let refused = claim(tx, org, &claims).await?;
    if refused.is_empty() {
        return Ok(refused);
    }
    // Who was refused one key gives the others back; what those kept from later ones is then settled one by one.
    let mut losers = refused;
    let mut theirs: Vec<Claim> = claims.into_iter().filter(|c| losers.contains(&c.lead_no)).collect();
    release(tx, &theirs).await?;
    let mut taken: HashSet<(i64, i64)> = HashSet::with_capacity(theirs.len());
    for part in theirs.chunks(PIECE) {
        taken.extend(holders(tx, org, part).await?.into_keys());
    }
    theirs.sort_unstable_by_key(|claim| claim.lead_no);
    let mut late = Vec::new();
    for keys in theirs.chunk_by(|a, b| a.lead_no == b.lead_no) {
        if keys.iter().all(|key| !taken.contains(&(key.kind, key.value))) {
            taken.extend(keys.iter().map(|key| (key.kind, key.value)));
            losers.remove(&keys[0].lead_no);
            late.extend_from_slice(keys);
        }
    }
    late.sort_unstable();
    match claim(tx, org, &late).await?.is_empty() {
        true => Ok(losers),
        false => Err(Error::Conflict("a lead was stored meanwhile with the same phone or e-mail".to_owned())),
    }
}

/// Writes sorted claims; the leads that were refused one.
async fn claim(tx: &Tx<'_>, org: OrgId, claims: &[Claim]) -> Result<HashSet<i64>> {
    let mut refused = HashSet::new();
    match tx.engine() {
        Engine::Lite(db) => {
            let head = format!("INSERT OR FAIL INTO lead_key ({COLUMNS})");
            let shape = [head.as_str(), "(?, ?, ?, ?)", "ON CONFLICT DO NOTHING"];
            // Groups as large as those of the insert: only one that met a conflict is looked at again.
            for group in claims.chunks(1000) {
                let stored = lite_insert(db, shape, group, |b, claim| {
                    b.bind(claim.org_id)?;
                    b.bind(claim.kind)?;
                    b.bind(claim.value)?;
                    b.bind(claim.lead_no)
                })?;
                if stored < group.len() {
                    let holders = holders(tx, org, group).await?;
                    let mine = |c: &&Claim| holders.get(&(c.kind, c.value)) == Some(&c.lead_no);
                    refused.extend(group.iter().filter(|c| !mine(c)).map(|c| c.lead_no));
                }
            }
        }
        Engine::Pg(db) => {
            for part in claims.chunks(PIECE) {
                let tail = "ON CONFLICT DO NOTHING RETURNING kind, value, lead_no";
                let stored: HashSet<(i64, i64, i64)> = pg_insert(db, "lead_key", COLUMNS, part, tail)
                    .await?
                    .iter()
                    .map(|r| Ok((r.try_get_by_index(0)?, r.try_get_by_index(1)?, r.try_get_by_index(2)?)))
                    .collect::<Result<_>>()?;
                let mine = |c: &&Claim| stored.contains(&(c.kind, c.value, c.lead_no));
                refused.extend(part.iter().filter(|c| !mine(c)).map(|c| c.lead_no));
            }
        }
    }
    Ok(refused)
}

/// Gives keys back, those that the claiming lead has.
async fn release(tx: &Tx<'_>, claims: &[Claim]) -> Result<()> {
    match tx.engine() {
        Engine::Lite(db) => {
            let sql = "DELETE FROM lead_key WHERE org_id = ?1 AND kind = ?2 AND value = ?3 AND lead_no = ?4";
            let mut statement = db.prepare_cached(sql)?;
            for c in claims {
                statement.execute((c.org_id, c.kind, c.value, c.lead_no))?;
            }
        }
        Engine::Pg(_) => {
            let sql = "DELETE FROM lead_key k USING json_populate_recordset(NULL::lead_key, CAST($1 AS JSON)) v \
                WHERE k.org_id = v.org_id AND k.kind = v.kind AND k.value = v.value AND k.lead_no = v.lead_no";
            for part in claims.chunks(PIECE) {
                let json = serde_json::to_string(part).map_err(|e| Error::Corrupt(e.to_string()))?;
                tx.execute(sql, vals![json]).await?;
            }
        }
    }
    Ok(())
}

/// Who has the claimed keys now: kind and value to the lead's number.
async fn holders(tx: &Tx<'_>, org: OrgId, claims: &[Claim]) -> Result<HashMap<(i64, i64), i64>> {
    let mut found = HashMap::new();
    for kind in [KeyKind::Phone, KeyKind::Email, KeyKind::External] {
        let kind = kind as i64;
        let values: Vec<i64> = claims.iter().filter(|c| c.kind == kind).map(|c| c.value).collect();
        if values.is_empty() {
            continue;
        }
        let sql = format!(
            "SELECT value, lead_no FROM lead_key WHERE org_id = $1 AND kind = $2 AND value IN {}",
            tx.dialect().ints("$3")
        );
        for row in tx.rows(&sql, vals![org.0, kind, ints(&values)]).await? {
            found.insert((kind, row.get(0)?), row.get(1)?);
        }
    }
    Ok(found)
}

/// Takes one key for a first lead in place of another; whether the lead has it now.
pub(crate) async fn key_change(
    tx: &Tx<'_>,
    lead: &LeadRow,
    kind: KeyKind,
    old: Option<i64>,
    new: Option<i64>,
) -> Result<bool> {
    let Some(value) = new else { return Ok(false) };
    let claim_of = |value| Claim { org_id: lead.org_id, kind: kind as i64, value, lead_no: lead.lead_no };
    let first = lead.duplicate_of.is_none();
    let holder = holders(tx, OrgId(lead.org_id), &[claim_of(value)]).await?.into_values().next();
    if holder.is_some_and(|holder| holder != lead.lead_no) {
        return Ok(false);
    }
    if let Some(old) = old.filter(|old| first && *old != value) {
        release(tx, &[claim_of(old)]).await?;
    }
    if first && holder.is_none() {
        return Ok(claim(tx, OrgId(lead.org_id), &[claim_of(value)]).await?.is_empty());
    }
    Ok(true)
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
        (KeyKind::Phone, rows.iter().filter_map(|r| r.phone).collect::<Vec<_>>()),
        (KeyKind::Email, rows.iter().filter_map(|r| r.email_key).collect()),
        (KeyKind::External, rows.iter().filter_map(|r| r.external_key).collect()),
    ];
    let read = |row: &Row| -> Result<LeadMatch> {
        Ok(LeadMatch {
            lead_no: row.get(0)?,
            id: LeadId(row.get(1)?),
            phone: row.get(2)?,
            email: row.get(3)?,
            email_key: row.get(4)?,
            external_id: row.get(5)?,
            external_key: row.get(6)?,
        })
    };
    let mut found = Vec::new();
    for (kind, keys) in lists.into_iter().filter(|(_, keys)| !keys.is_empty()) {
        // CROSS JOIN: SQLite then walks the keys first.
        let sql = format!(
            "SELECT l.lead_no, l.id, l.phone, l.email, l.email_key, l.external_id, l.external_key \
             FROM lead_key k CROSS JOIN lead l WHERE k.org_id = $1 AND k.kind = $2 AND k.value IN {} \
             AND l.org_id = k.org_id AND l.lead_no = k.lead_no",
            tx.dialect().ints("$3")
        );
        for part in keys.chunks(PIECE) {
            for row in tx.rows(&sql, vals![org.0, kind as i64, ints(part)]).await? {
                found.push(read(&row)?);
            }
        }
    }
    Ok(found)
}

/// Takes leads out again that were stored in this very transaction and got no keys; as they stood, by number.
pub async fn lead_take_back(tx: &Tx<'_>, org: OrgId, numbers: &[i64]) -> Result<Vec<LeadRow>> {
    let mut rows = Vec::with_capacity(numbers.len());
    for part in numbers.chunks(PIECE) {
        let of = format!("org_id = $1 AND lead_no IN {}", tx.dialect().ints("$2"));
        rows.extend(lead_select(tx, &format!("WHERE {of}"), vals![org.0, ints(part)]).await?);
        tx.execute(&format!("DELETE FROM lead WHERE {of}"), vals![org.0, ints(part)]).await?;
    }
    rows.sort_unstable_by_key(|row| row.lead_no);
    Ok(rows)
}
