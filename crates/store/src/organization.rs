//! Organisations and the numbers handed out inside each.

use crate::open::Query;
use crate::tx::Tx;
use crate::{Error, Result, Row, vals};
use model::{DuplicatePolicy, OrgId, OrgPublicId};

/// A tenant.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct Organization {
    pub org: OrgId,
    pub id: OrgPublicId,
    pub slug: String,
    pub name: String,
    pub timezone: String,
    pub region: String,
    pub duplicate_policy: DuplicatePolicy,
    pub created_at: i64,
}

const COLUMNS: &str = "org_id, id, slug, name, timezone, region, duplicate_policy, created_at";

impl Organization {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            org: OrgId(row.get(0)?),
            id: OrgPublicId(row.get(1)?),
            slug: row.get(2)?,
            name: row.get(3)?,
            timezone: row.get(4)?,
            region: row.get(5)?,
            duplicate_policy: row.word(6)?,
            created_at: row.get(7)?,
        })
    }
}

/// One organisation.
pub async fn organization_fetch(db: &impl Query, org: OrgId) -> Result<Organization> {
    let sql = format!("SELECT {COLUMNS} FROM organization WHERE org_id = $1");
    db.first(&sql, vals![org.0]).await?.as_ref().map_or(Err(Error::NotFound), Organization::read)
}

/// Every organisation, oldest first.
pub async fn organization_list(db: &impl Query) -> Result<Vec<Organization>> {
    let sql = format!("SELECT {COLUMNS} FROM organization ORDER BY org_id");
    db.rows(&sql, vec![]).await?.iter().map(Organization::read).collect()
}

/// Stores a new organisation (its `org` is chosen here) with its counters.
pub async fn organization_insert(tx: &Tx<'_>, new: &Organization) -> Result<OrgId> {
    let row = tx.first("SELECT coalesce(max(org_id), 0) + 1 FROM organization", vec![]).await?;
    let org = OrgId(row.ok_or(Error::NotFound)?.get(0)?);
    tx.execute(
        &format!("INSERT INTO organization ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"),
        vals![
            org.0,
            new.id.0,
            new.slug.clone(),
            new.name.clone(),
            new.timezone.clone(),
            new.region.clone(),
            new.duplicate_policy.as_str(),
            new.created_at
        ],
    )
    .await?;
    tx.execute("INSERT INTO org_counter (org_id) VALUES ($1)", vals![org.0]).await?;
    Ok(org)
}

/// Writes an organisation's settings.
pub async fn organization_update(tx: &Tx<'_>, o: &Organization) -> Result<()> {
    tx.execute(
        "UPDATE organization SET name = $2, timezone = $3, region = $4, duplicate_policy = $5 WHERE org_id = $1",
        vals![o.org.0, o.name.clone(), o.timezone.clone(), o.region.clone(), o.duplicate_policy.as_str()],
    )
    .await?;
    Ok(())
}

/// The last number of each kind that was handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct Counter {
    pub cursor: i64,
    pub lead_no: i64,
    pub assignment_no: i64,
    pub agent_no: i64,
    pub source_no: i64,
    pub import_no: i64,
    pub access: i64,
    pub last_created_at: i64,
}

impl Counter {
    /// When a lead comes in that is numbered now: never before the one with the number before.
    pub fn created_at(&mut self, now: i64) -> i64 {
        self.last_created_at = self.last_created_at.max(now);
        self.last_created_at
    }
}

/// Reads and locks an organisation's numbers until the commit.
pub async fn counter_lock(tx: &Tx<'_>, org: OrgId) -> Result<Counter> {
    let sql = format!(
        "SELECT cursor, lead_no, assignment_no, agent_no, source_no, import_no, access, \
         last_created_at FROM org_counter WHERE org_id = $1{}",
        tx.dialect().for_update()
    );
    let row = tx.first(&sql, vals![org.0]).await?.ok_or(Error::NotFound)?;
    Ok(Counter {
        cursor: row.get(0)?,
        lead_no: row.get(1)?,
        assignment_no: row.get(2)?,
        agent_no: row.get(3)?,
        source_no: row.get(4)?,
        import_no: row.get(5)?,
        access: row.get(6)?,
        last_created_at: row.get(7)?,
    })
}

/// Writes the numbers: the last statement of a batch.
pub async fn counter_put(tx: &Tx<'_>, org: OrgId, c: &Counter) -> Result<()> {
    tx.execute(
        "UPDATE org_counter SET cursor = $2, lead_no = $3, assignment_no = $4, agent_no = $5, source_no = $6, \
         import_no = $7, access = $8, last_created_at = $9 WHERE org_id = $1",
        vals![
            org.0,
            c.cursor,
            c.lead_no,
            c.assignment_no,
            c.agent_no,
            c.source_no,
            c.import_no,
            c.access,
            c.last_created_at
        ],
    )
    .await?;
    Ok(())
}
